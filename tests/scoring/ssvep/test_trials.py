import numpy as np
import pytest

from videeg_pipe.scoring.ssvep.trials import trial_accuracy, trial_decisions

CLASSES = np.array(["rest", "slow"])


def test_decisions_of_a_trial_are_the_mean_of_its_windows():
    decision = np.array([[1.0, 0], [5, 2], [0, 4], [3, 4]])
    trials, means = trial_decisions(decision, np.array(["b", "a", "b", "a"]))
    assert trials.tolist() == ["b", "a"]
    np.testing.assert_allclose(means, [[0.5, 2], [4, 3]])


def decisions(correct):
    """Decisions on trials of class `slow`, right or wrong."""
    return np.where(np.array(correct)[:, None], [0.0, 1.0], [1.0, 0.0])


def test_every_person_counts_equally():
    correct, people = [True, True, False, False, False, True], np.array(list("aabbbc"))
    score, persons = trial_accuracy(decisions(correct), CLASSES, ["slow"] * 6, people, 100, 0)
    assert {name: of.accuracy for name, of in persons.items()} == {"a": 1, "b": 0, "c": 1}
    assert [of.n_trials for of in persons.values()] == [2, 3, 1]
    assert score.value == pytest.approx(2 / 3) and score.n_people == 3
    assert score.low is None and "five people" in score.reason


def test_chance_is_the_largest_share_of_a_class():
    labels, people = ["slow", "slow", "slow", "rest", "slow", "rest"], np.array(list("aaaabb"))
    score, persons = trial_accuracy(decisions([True] * 6), CLASSES, labels, people, 100, 0)
    assert [of.chance for of in persons.values()] == [0.75, 0.5]
    assert score.chance == pytest.approx(0.625)
    assert [of.accuracy for of in persons.values()] == [0.75, 0.5]


def test_the_interval_covers_the_mean_over_people_as_often_as_stated():
    """As many trials of more people give a narrower interval, more trials of one do not."""
    rng, covered = np.random.default_rng(0), 0
    for seed in range(200):
        skill = rng.beta(4, 2, 12)  # mean 2 / 3
        correct = rng.random((12, 20)) < skill[:, None]
        people = np.repeat(np.arange(12), 20)
        score, _ = trial_accuracy(
            decisions(correct.ravel()), CLASSES, ["slow"] * 240, people, 300, seed
        )
        covered += score.low < 2 / 3 < score.high
    assert 0.86 < covered / 200 < 0.98  # percentile intervals of 12 people are slightly narrow
