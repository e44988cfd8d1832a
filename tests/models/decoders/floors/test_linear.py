"""Principal components of features."""

import numpy as np
import pytest
import torch

from videeg_pipe.models.decoders.checkpoint import make_decoder
from videeg_pipe.models.decoders.clips import joined


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


@pytest.mark.parametrize("name", ["lookup", "ridge"])
def test_generated_clips_do_not_raise_the_number_of_components(planted, fitted, name):
    train, _ = planted
    alone = fitted(name)
    more = make_decoder(name, alone.layout, {}, seed=0)
    more.fit(joined(train, train), seed=0, scaled_by=train)
    assert more.components.shape == alone.components.shape
