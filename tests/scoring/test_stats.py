import numpy as np
import pandas as pd
import pytest
from scipy import stats

from videeg_pipe.scoring.stats import (
    bootstrap_units,
    clip_weights,
    crossed_weights,
    holm,
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


def presentations(*clips, person="a"):
    """Rows of the `windows` table: two windows, one second apart, of each clip (video, start)."""
    return pd.DataFrame(
        {"clip_id": f"{person}-{place}", "video_id": video, "video_time_s": start + offset}
        for place, (video, start) in enumerate(clips)
        for offset in (0.0, 1.0)
    )


FIVE = [("film", 0), ("film", 2), ("short", 0), ("short", 2), ("short", 4)]


def test_presentations_of_one_clip_to_several_people_are_one_unit():
    one, other = presentations(*FIVE), presentations(*FIVE[2:0:-1], person="b")
    units = bootstrap_units(pd.concat([one, other]).iloc[:-1])  # one window was left out
    assert units[:10:2].nunique() == 5 and units.name == "clips"
    assert units.tolist()[10:] == [units[4], units[4], units[2]]


def test_a_repeated_clip_is_one_unit():
    units = bootstrap_units(presentations(*FIVE, FIVE[0]))
    assert units.nunique() == 5 and units[0] == units[10]


def test_units_of_a_single_film_are_its_presentations():
    people = [presentations(("film", 0), person=name) for name in "abcdef"]
    units = bootstrap_units(pd.concat(people))
    assert units.nunique() == 6 and units.name == "presentations"
    assert mean_with_interval(np.arange(12.0), units, 50, seed=0).drawn == "presentations"


@pytest.mark.parametrize(("people", "drawn"), [("abcd", "clips"), ("abcde", "presentations")])
def test_an_interval_needs_five_presentations(people, drawn):
    units = bootstrap_units(pd.concat([presentations(("film", 0), person=name) for name in people]))
    score = mean_with_interval(np.arange(float(len(units))), units, 50, seed=0)
    assert score.drawn == drawn
    assert (score.low is None) == (drawn == "clips")


DRAWN = {
    "clips": lambda clip, window: clip,
    "windows": lambda clip, window: window,
    "clips of each person": lambda clip, window: 2 * clip + window % 2,  # two people saw each clip
}


def coverage(drawn, n_clips, repeats):
    """Number of 95 % intervals that cover the mean of windows correlated within clips.

    Args:
        drawn: Unit of the bootstrap.
        n_clips: Number of clips of one to eight windows.
        repeats: Number of data sets.
    """
    rng, hits = np.random.default_rng(1), 0
    for repeat in range(repeats):
        clip = np.repeat(np.arange(n_clips), rng.integers(1, 9, n_clips))
        values = 0.3 + rng.standard_normal(n_clips)[clip] + 0.5 * rng.standard_normal(len(clip))
        groups = pd.Series(DRAWN[drawn](clip, np.arange(len(clip))))
        score = mean_with_interval(values, groups, 300, seed=repeat)
        hits += score.low <= 0.3 <= score.high
    return hits


@pytest.mark.parametrize("repeats", [100, pytest.param(1000, marks=pytest.mark.nightly)])
@pytest.mark.parametrize(
    ("drawn", "n_clips", "documented"),
    [
        ("clips", 40, 0.934),
        ("clips", 16, 0.908),
        ("clips", 8, 0.871),
        ("clips", 5, 0.817),
        ("windows", 40, 0.62),
        ("clips of each person", 40, 0.826),
    ],
)
def test_coverage_of_intervals_is_as_documented(drawn, n_clips, documented, repeats):
    """The figures are those of docs/evaluation.md."""
    low, high = stats.binom.interval(0.999, repeats, documented)
    assert low <= coverage(drawn, n_clips, repeats) <= high


def test_few_clips_give_no_interval_and_a_reason():
    score = mean_with_interval(np.arange(4.0), pd.Series(list("abcd")), 50, seed=0)
    assert score.value == 1.5
    assert score.low is None and "clips" in score.reason


def test_interval_agrees_with_scipy_where_each_clip_has_one_window():
    values = np.random.default_rng(4).exponential(size=60)
    clips = pd.Series([f"c{i}" for i in range(60)])
    ours = mean_with_interval(values, clips, 8000, seed=0)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=8000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_runs_and_people_are_drawn_whole_and_crossed():
    runs, people = pd.Series(np.tile(np.repeat(list("abcdef"), 2), 5)), np.repeat(range(5), 12)
    weights = crossed_weights(runs, pd.Series(people), 50, seed=0).reshape(50, 5, 6, 2)
    np.testing.assert_allclose(weights.sum((1, 2, 3)), 1)
    assert (weights[..., 0] == weights[..., 1]).all()
    by_person, by_run = weights.sum((2, 3)), weights.sum((1, 3)) / 2
    np.testing.assert_allclose(weights[..., 0], by_person[..., None] * by_run[:, None])
    assert len(np.unique(by_person)) > 2
    alone = crossed_weights(runs, pd.Series(people % 4), 50, seed=0)  # four are not drawn
    assert (alone.reshape(50, 5, 12) == alone.reshape(50, 5, 12)[:, :1]).all()


def test_people_who_saw_different_runs_may_be_missing_from_a_draw():
    names = pd.Series(range(5))
    weights = crossed_weights(names, names, 200, seed=0)
    assert {0.0, 1.0} >= set(weights.sum(1).round(9)) and (weights.sum(1) == 0).any()


def test_adjusted_p_values_are_those_of_holm():
    """The example of Holm (1979) as in R's p.adjust."""
    found = holm({"a": 0.01, "b": 0.02, "c": 0.03, "d": 0.04, "e": 0.005})
    assert found == pytest.approx({"a": 0.04, "b": 0.06, "c": 0.06, "d": 0.06, "e": 0.025})
    assert list(found) == list("abcde") and holm({"a": 0.9, "b": 0.8}) == {"a": 1, "b": 1}
