from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.scoring.decoding.toy import held_out
from videeg_pipe.scoring.decoding.resampling import Resampling, by_level, per_clip

RNG = np.random.default_rng(0)


def resampling(people=2, runs=12, n_draws=400, seed=0):
    """People who saw the same runs of five clips, of two blocks."""
    run = np.tile(np.repeat(np.arange(runs), 5), people)
    table = pd.DataFrame({"subject": np.repeat(np.arange(people), 5 * runs), "run_id": run})
    return Resampling(
        table.assign(block=run % 2, position=1 + np.arange(len(run)) % 5), n_draws, seed
    )


def test_frames_are_averaged_and_unknown_ones_left_out():
    np.testing.assert_array_equal(per_clip(np.array([[1, np.nan], [np.nan] * 2])), [1, np.nan])


def test_people_are_drawn_from_five_on_and_the_interval_is_wider():
    few, many = resampling(4), resampling(6)
    effect = np.array([0.0, 1, 2, 3, 4, 5])
    scores = [of.mean(effect[of.table["subject"]]) for of in (few, many)]
    assert [score.drawn for score in scores] == ["runs", "runs and people"]
    assert scores[0].low == scores[0].high == 1.5 and scores[1].high - scores[1].low > 2
    over = scores[1].over_people
    t = stats.t.interval(0.95, 5, loc=2.5, scale=stats.sem(effect))
    assert (over.value, over.low, over.high, over.n_people) == pytest.approx((2.5, *t, 6))


def test_intervals_are_as_wide_as_those_of_independent_runs():
    """Clips of a run that agree count once, however many people saw it."""
    of = resampling(4, runs=40, n_draws=2000)
    effect = RNG.standard_normal(40)
    score = of.mean(effect[of.table["run_id"]])
    assert score.n_runs == 40 and score.n_presentations == 800
    expected = 2 * 1.96 * effect.std() / np.sqrt(40)
    assert score.high - score.low == pytest.approx(expected, rel=0.15)


def test_few_runs_and_unknown_values_give_a_reason():
    of = resampling(runs=4)
    assert "5 runs" in of.mean(np.ones(40)).reason
    assert of.mean(np.full(40, np.nan)).value is None
    half = np.where(np.arange(120) % 2, np.nan, 1.0)
    score = resampling().mean(half)
    assert (score.value, score.n_presentations) == (1, 60)


def test_permuted_labels_detect_labels_and_keep_their_level():
    p_values = []
    for seed in range(60):
        of = resampling(n_draws=60, seed=seed)
        label = of.table["run_id"].to_numpy() // 2  # each label once in each block
        noise = np.random.default_rng(seed).standard_normal((12, 6))[of.table["run_id"]]
        p_values.append(of.label_p(noise, label))  # equal within runs: five clips count once
    assert stats.binomtest(int(np.sum(np.array(p_values) <= 0.1)), 60, 0.1).pvalue > 0.01
    follows = np.eye(6)[label] + noise / 9
    assert of.label_p(follows, label) <= 2 / 61
    order = RNG.permutation(120)  # rows in any order
    mixed = replace(of, table=of.table.iloc[order])
    assert mixed.label_p(follows[order], label[order]) <= 2 / 61


def test_flipped_signs_detect_differences_and_keep_their_level():
    found = []
    for seed in range(60):
        of = resampling(n_draws=60, seed=seed)
        found.append(
            of.difference_p(np.random.default_rng(seed).standard_normal(12)[of.table["run_id"]])
        )
    assert stats.binomtest(int(np.sum(np.array(found) <= 0.1)), 60, 0.1).pvalue > 0.01
    assert of.difference_p(1 + 0.1 * RNG.standard_normal(120)) <= 2 / 61
    assert of.difference_p(np.zeros(120)) == 1


@pytest.mark.parametrize("runs", [3, 16])
def test_the_p_of_flipped_signs_is_exact_for_few_runs(runs):
    """A difference of one sign in every run is reached by two of 2^runs signs."""
    of = resampling(runs=runs, n_draws=10)
    assert of.difference_p(np.ones(len(of.table))) == 2 / 2**runs
    but_one = np.where(of.table["run_id"] == 0, -0.5, 1.0)
    assert of.difference_p(but_one) == 4 / 2**runs


def test_more_runs_draw_signs():
    of = resampling(runs=17, n_draws=400)
    assert of.difference_p(np.ones(len(of.table))) == 1 / 401


def test_levels_have_means():
    table = held_out().table
    position = table["position"].to_numpy(float)
    found = by_level({"a": position, "b": position[:, None] * np.ones(3)}, table)
    assert found["position"]["4"] == {"a": 4, "b": 4}
    assert found["subject"] == {"sub1": {"a": 3, "b": 3}, "sub2": {"a": 3, "b": 3}}
    assert found["frame"]["3"] == {"b": 3} and list(found["block"]) == ["7"]
