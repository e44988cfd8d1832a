import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score, roc_curve

from tests.scoring.privacy.people import table
from videeg_pipe.scoring.privacy.intervals import (
    auc,
    bootstrap_score,
    nested_weights,
    tpr_at,
    weighted_mean,
)


def test_rates_agree_with_scipy_and_scikit_learn():
    rng = np.random.default_rng(0)
    for n_levels in (5, 1000):  # with ties and without
        scores = rng.integers(n_levels, size=300).astype(float)
        member = rng.random(300) < 0.4
        weights = np.vstack([np.ones(300), rng.integers(0, 3, (2, 300))])
        areas = auc(scores, member, weights)
        pairs = member.sum() * (~member).sum()
        assert areas[0] == mannwhitneyu(scores[member], scores[~member]).statistic / pairs
        for fpr in (0.01, 0.1):
            hits = tpr_at(fpr, scores, member, weights)
            for row, w in enumerate(weights):
                assert areas[row] == pytest.approx(roc_auc_score(member, scores, sample_weight=w))
                false, true, _ = roc_curve(member, scores, sample_weight=w, drop_intermediate=False)
                assert hits[row] == pytest.approx(true[false <= fpr + 1e-12].max())


def test_true_positives_at_one_percent_false_ones():
    member = np.repeat([True, False], [10, 200])
    scores = np.append(np.arange(10), np.linspace(-5, 3.5, 200))  # two of 200 may score higher
    one = np.ones((1, 210))
    third = np.sort(scores[10:])[-3]
    assert tpr_at(0.01, scores, member, one) == (scores[:10] > third).mean() == 0.6
    few, member = np.arange(60.0), np.arange(60) < 10  # with 50 others no false positive is allowed
    assert tpr_at(0.01, few, member, one[:, :60]) == 0
    assert tpr_at(0.01, -few, member, one[:, :60]) == 1


def test_the_bootstrap_draws_people_and_then_their_clips():
    windows = table(people=3)
    strata = (windows["split"] == "train").to_numpy()
    weights = nested_weights(windows, strata, 200, 1)
    assert (weights[0] == 1).all()
    drawn = weights[1:]
    for _, rows in windows.groupby(["clip_id", strata]).indices.items():
        assert (drawn[:, rows] == drawn[:, rows[:1]]).all()  # clips stay whole
    for _, rows in windows.groupby(["subject", strata]).indices.items():
        times = drawn[:, rows].sum(1) / len(rows)
        assert set(times) == {0.0, 1.0, 2.0, 3.0}  # times that the person was drawn
    assert (drawn.sum(1) == len(windows)).all()


def test_people_who_differ_widen_the_interval():
    windows = table(people=4)
    value = windows["subject"].map({"sub0": 0.0, "sub1": 1.0, "sub2": 0.0, "sub3": 1.0})
    weights = nested_weights(windows, np.zeros(len(windows)), 400, 1)
    score = bootstrap_score(weighted_mean(value.to_numpy(), weights), windows["clip_id"])
    assert score.value == 0.5 and score.low == 0 and score.high == 1


def test_the_interval_of_a_mean_covers_it():
    windows, covered = table(people=12, clips=8), 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        own = dict(zip(windows["subject"].unique(), rng.standard_normal(12), strict=True))
        value = windows["subject"].map(own) + rng.standard_normal(len(windows))
        weights = nested_weights(windows, np.zeros(len(windows)), 200, seed)
        score = bootstrap_score(weighted_mean(value.to_numpy(), weights), windows["clip_id"])
        covered += score.low < 0 < score.high
    assert 85 <= covered <= 99
