import numpy as np
import pytest

from tests.scoring.decoding.test_resampling import resampling
from videeg_pipe.scoring.decoding.compare import compare_decoders


def test_decoders_are_compared_on_the_same_clips():
    of = resampling(6)
    rng = np.random.default_rng(0)
    hard = rng.standard_normal(360)  # differs more between clips than between decoders
    lookup = {"ssim": hard[:, None] * np.ones(3), "motion_r": hard}
    better = {"ssim": lookup["ssim"] + 0.2 + 0.1 * rng.standard_normal((360, 3))}
    same = {"ssim": lookup["ssim"] + 0.1 * rng.standard_normal((360, 3)), "motion_r": hard}
    table = compare_decoders({"lookup": lookup, "better": better, "same": same}, "lookup", of)
    found = table.set_index(["score", "decoder"])
    assert set(found.index) == {("ssim", "better"), ("ssim", "same"), ("motion_r", "same")}
    row = found.loc["ssim", "better"]
    assert row["difference"] == pytest.approx(0.2, abs=0.02) and row["low"] > 0.15
    assert (row["n_presentations"], row["n_runs"], row["n_people"]) == (360, 12, 6)
    assert row["people_low"] > 0.15 and row["p"] < 0.01
    assert row["p_holm"] == pytest.approx(2 * row["p"])
    assert found.loc["ssim", "same"]["low"] < 0 < found.loc["ssim", "same"]["high"]
    assert found.loc["motion_r", "same"]["p"] == 1


def test_one_person_has_no_interval_over_people():
    of = resampling(1)
    values = np.random.default_rng(0).standard_normal((2, 60))
    table = compare_decoders({"a": {"ssim": values[0]}, "b": {"ssim": values[1]}}, "a", of)
    assert table.loc[0, "n_people"] == 1 and table["people_low"].isna().all()


def test_scores_that_no_clip_has_are_left_out():
    of = resampling(1)
    values = {"motion_r": np.full(60, np.nan)}
    assert compare_decoders({"a": values, "b": values}, "a", of).empty
