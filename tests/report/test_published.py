"""Published scores and the chance level of their metric."""

import numpy as np
import pytest

from videeg_pipe.report import published


@pytest.mark.parametrize(("ways", "expected"), [(2, 0.75), (40, 0.0714), (50, 0.0577)])
def test_chance_is_the_share_of_trials_that_a_random_answer_wins(ways, expected):
    rng = np.random.default_rng(0)
    scores = rng.random((20_000, ways + 2))  # the three true classes, and N - 1 others
    won = scores[:, :3].max(1) > scores[:, 3:].max(1)
    assert published.chance(ways) == pytest.approx(expected, abs=1e-4)
    assert published.chance(ways) == pytest.approx(won.mean(), abs=0.01)


def test_every_row_has_a_value_per_column():
    assert {len(row.values) for row in published.ROWS} == {len(published.COLUMNS)}
    assert len(published.CHANCE) == len(published.NAIVE) == len(published.COLUMNS)
    assert published.CHANCE[-1] is None
