import numpy as np
import pandas as pd
import pytest
from scipy import stats

from videeg_pipe.validate.metrics.stats import (
    clip_weights,
    mean_with_interval,
    pearson,
)


def test_pearson_agrees_with_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 6, 3, 50))
    expected = [stats.pearsonr(x.ravel(), y.ravel()).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(pearson(a, b + 7), expected)


def test_pearson_with_a_constant_window_is_zero():
    assert pearson(np.ones((1, 2, 5)), np.arange(10.0).reshape(1, 2, 5))[0] == 0


def test_bootstrap_draws_whole_clips():
    clips = pd.Series(["a", "a", "a", "b", "c"])
    weights = clip_weights(clips, 50, seed=0)
    np.testing.assert_allclose(weights.sum(1), 1)
    assert (weights[:, 0] == weights[:, 1]).all() and (weights[:, 1] == weights[:, 2]).all()
    assert len(np.unique(weights[:, 3])) > 1


@pytest.mark.parametrize("within", [1, 5])
def test_interval_holds_the_known_mean_in_most_repeats(within):
    """Windows of one clip are nearly equal: an interval over windows would be far too narrow."""
    rng = np.random.default_rng(1)
    clips = pd.Series(np.repeat([f"c{i}" for i in range(40)], within))
    hits = 0
    for repeat in range(150):
        values = 0.3 + np.repeat(rng.standard_normal(40), within)
        values += 0.1 * rng.standard_normal(len(values))
        found = mean_with_interval(values, clips, 200, seed=repeat)
        hits += found["low"] <= 0.3 <= found["high"]
    assert 0.88 <= hits / 150 <= 0.99


def test_few_clips_give_no_interval_and_a_reason():
    found = mean_with_interval(np.arange(4.0), pd.Series(list("abcd")), 50, seed=0)
    assert found["value"] == 1.5
    assert found["low"] is None and "clips" in found["reason"]
