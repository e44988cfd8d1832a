import numpy as np
import pytest

from tests.scoring.decoding.test_resampling import resampling
from videeg_pipe.scoring.decoding.skill import skill

OF = resampling(2)
NOISE = 0.1 * np.random.default_rng(0).standard_normal(120)


def draws(level):
    """Paired scores with one mean: the same clips are hard for all."""
    return OF.means(level + NOISE)


def test_skill_runs_from_the_best_floor_to_the_ceiling():
    floors = {"mean": draws(0.1), "chance": np.full(401, 0.05), "other": draws(0.2)}
    for value, expected in ((0.2, 0), (0.6, 0.5), (1.0, 1), (0.0, -0.25)):
        found = skill(draws(value), floors, draws(1.0), OF)
        assert found.value == pytest.approx(expected) and found.which == "other"
        assert found.low == pytest.approx(expected) == found.high  # the same clips everywhere


def test_skill_has_an_interval():
    rng = np.random.default_rng(1)
    score = OF.means(0.6 + 0.3 * rng.standard_normal(120))
    found = skill(score, {"mean": draws(0.2)}, draws(1.0), OF)
    assert found.low < found.value < found.high < found.low + 0.4


def test_skill_without_room_is_null_with_a_reason():
    floors = {"mean": draws(0.5)}
    unclear = OF.means(0.5 + np.random.default_rng(2).standard_normal(120))
    assert "ceiling is not known" in skill(draws(0.6), floors, None, OF).reason
    assert "no floor" in skill(draws(0.6), {}, draws(1), OF).reason
    undefined = np.full(401, np.nan)  # no clip has the score, as where nothing moves
    assert "no floor" in skill(draws(0.6), {"mean": undefined}, draws(1), OF).reason
    assert "ceiling is not known" in skill(draws(0.6), floors, undefined, OF).reason
    for ceiling in (draws(0.5), draws(0.4), unclear):
        found = skill(draws(0.6), floors, ceiling, OF)
        assert found.value is None and "above the floor mean" in found.reason
    few = resampling(2, runs=4)
    values = [few.means(np.full(40, of)) for of in (0.5, 0.1, 1.0)]
    assert "too few runs" in skill(values[0], {"a": values[1]}, values[2], few).reason
