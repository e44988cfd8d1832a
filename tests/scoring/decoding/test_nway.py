import numpy as np
import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.decoding import nway
from videeg_pipe.scoring.decoding.nway import (
    best_classes,
    chance,
    mindvideo,
    nearest_caption,
    own_and_others,
)

RNG = np.random.default_rng(0)


def hit_rate(scores, true, n_way):
    """Of one clip per row."""
    return nway.hit_rate(scores, true[:, None], n_way)[:, 0]


def softmax(logits):
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def by_trials(made, true, n_way, trials):
    """The published procedure: random rivals, and any of the true classes may win."""
    hits = []
    for scores, classes in zip(made, true, strict=True):
        others = np.setdiff1d(np.arange(len(scores)), classes)
        drawn = [scores[RNG.choice(others, n_way - 1, replace=False)].max() for _ in range(trials)]
        hits.append(np.mean(scores[classes].max() > np.array(drawn)))
    return np.array(hits)


@pytest.mark.parametrize(("n_way", "n_true"), [(2, 3), (10, 3), (40, 3), (2, 1), (12, 1)])
def test_the_expectation_is_that_of_random_trials(n_way, n_true):
    shown = RNG.standard_normal((6, 60))
    made = softmax(shown + RNG.standard_normal((6, 60)))
    true = best_classes(shown, n_true)
    expected = hit_rate(made, true, n_way)
    trials = by_trials(made, true, n_way, 1500)
    error = np.sqrt(np.maximum(expected * (1 - expected), 1e-4) / 1500)
    assert (np.abs(trials - expected) < 4.5 * error).all()


@pytest.mark.parametrize(("n_way", "expected"), [(2, 0.75), (40, 3 / 42), (50, 3 / 52)])
def test_chance_of_the_published_metric_is_not_one_in_n(n_way, expected):
    """0.75 for 2-way and 0.071 for 40-way, not 0.5 and 0.025."""
    assert chance(n_way, 3) == pytest.approx(expected)
    made, shown = RNG.standard_normal((2, 4000, 100))
    assert hit_rate(made, best_classes(shown), n_way).mean() == pytest.approx(expected, abs=0.015)


def test_the_expectation_over_all_orders_is_chance():
    """One true class at each rank once: exact."""
    scores = np.tile(np.arange(12.0), (12, 1))
    for n_way in (2, 5, 12):
        rate = hit_rate(scores, np.arange(12)[:, None], n_way)
        assert rate.mean() == pytest.approx(chance(n_way)) and rate[-1] == 1


def test_equal_scores_are_no_hit():
    assert hit_rate(np.ones((1, 5)), np.array([[2]]), 2) == 0


def test_more_ways_than_concepts_are_refused():
    assert hit_rate(np.eye(4), np.arange(4)[:, None], 4).tolist() == [1] * 4
    with pytest.raises(UserError, match=r"5-way.* at most 4 classes.* found 5"):
        hit_rate(np.eye(4), np.arange(4)[:, None], 5)


def test_a_shared_prior_raises_the_score_without_information_and_its_floor():
    """Chance does not bound the published metric; the score against other clips does."""
    n, k = 60, 200
    prior = RNG.standard_normal(k)
    shown, made = (softmax(3 * (prior + RNG.standard_normal((n, k)))) for _ in range(2))
    found = mindvideo(made, shown, 2, [np.arange(n)], np.arange(n) // 5)
    assert found["own"].mean() > 0.9 > chance(2, 3)
    assert found["other_clip"].mean() == pytest.approx(found["own"].mean(), abs=0.03)


def test_other_clips_and_other_concepts_are_apart():
    concept = np.repeat(np.arange(3), 2)
    probability = softmax(9 * np.eye(3)[concept])
    found = own_and_others(probability, concept[:, None], 3, [np.arange(6)], concept)
    assert found["own"].tolist() == [1] * 6
    np.testing.assert_allclose(found["other_clip"], 1 / 5)  # the other clip of the concept
    np.testing.assert_allclose(found["other_concept"], 0)


def test_every_label_can_be_tried():
    probability = softmax(RNG.standard_normal((5, 4)))
    every = np.broadcast_to(np.arange(4)[:, None], (5, 4, 1))
    found = nway.hit_rate(probability, every, 3)
    for label in range(4):
        np.testing.assert_array_equal(
            found[:, label], hit_rate(probability, np.full((5, 1), label), 3)
        )


def test_frames_are_averaged():
    shown = RNG.standard_normal((4, 2, 30))
    made = shown.copy()
    made[:, 1] *= -1
    found = mindvideo(made, shown, 2, [np.arange(4)], np.arange(4))
    np.testing.assert_allclose(found["own"], 0.5, atol=0.06)


def test_the_nearest_caption_ignores_what_all_captions_share():
    captions = 0.1 * RNG.standard_normal((5, 40)) + 10
    assert nearest_caption(captions + 0.01, captions).tolist() == [0, 1, 2, 3, 4]
