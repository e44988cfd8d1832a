import numpy as np

from videeg_pipe.scoring.ssvep.trials import trial_decisions


def test_decisions_of_a_trial_are_the_mean_of_its_windows():
    decision = np.array([[1.0, 0], [5, 2], [0, 4], [3, 4]])
    trials, means = trial_decisions(decision, np.array(["b", "a", "b", "a"]))
    assert trials.tolist() == ["b", "a"]
    np.testing.assert_allclose(means, [[0.5, 2], [4, 3]])
