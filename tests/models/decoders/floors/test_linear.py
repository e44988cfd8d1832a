"""Principal components of features."""

import numpy as np
import torch


def test_new_windows_are_reduced_like_training_windows(planted, fitted):
    train, _ = planted
    floor = fitted("ridge")
    person = floor.layout.person(train.subject)
    reduced = floor.reduced(floor.standardised(torch.from_numpy(train.eeg), person), person)
    assert reduced.shape[1] <= len(train) // 2
    np.testing.assert_allclose(reduced.mean(0), 0, atol=1e-3)
    covariance = np.cov(reduced.numpy().T)
    off = covariance - np.diag(np.diag(covariance))
    assert np.abs(off).max() < 1e-3 * covariance[0, 0]
