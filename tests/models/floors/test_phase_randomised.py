"""Random phases keep the spectra and lose the waveform."""

import math

import numpy as np
import pytest
import torch

from tests.models.baselines.toy import short_condition
from tests.models.floors.test_gaussian import T, coloured, fitted
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.floors.phase_randomised import phase_randomised


@pytest.mark.parametrize("n_samples", [T, T - 1])
def test_randomised_phases_keep_amplitudes_and_differences_between_electrodes(n_samples):
    x = coloured(1)[0][0, :, :n_samples].double()
    drawn = phase_randomised(x, torch.Generator().manual_seed(0))
    one, other = torch.fft.rfft(x), torch.fft.rfft(drawn)
    torch.testing.assert_close(other.abs(), one.abs(), rtol=1e-6, atol=1e-9)
    # amplitudes and phase differences alike
    kept = one[:, None] * one.conj()
    torch.testing.assert_close(other[:, None] * other.conj(), kept, rtol=1e-6, atol=1e-9)


def test_randomised_phases_are_uniform_and_the_waveform_is_lost():
    x = coloured(1)[0][0]
    drawn = torch.stack(
        [phase_randomised(x, torch.Generator().manual_seed(seed)) for seed in range(400)]
    )
    turned = (torch.fft.rfft(drawn) / torch.fft.rfft(x))[:, 0, 1:-1]  # on the unit circle
    assert turned.mean(0).abs().max() < 4 / math.sqrt(400)
    r = [np.corrcoef(x.ravel(), one.ravel())[0, 1] for one in drawn]
    assert abs(np.mean(r)) < 0.05
    assert np.max(np.abs(r)) < 0.95


def test_surrogates_come_from_the_persons_own_windows():
    x, subject = coloured(6)
    floor, condition = fitted("phase-randomised", x, subject), short_condition(2)
    drawn = floor.sample(
        condition.take(torch.zeros(40, dtype=torch.long)), range(40), SampleOptions()
    )
    own, found = (torch.fft.rfft(part).abs() for part in (x[subject == 0], drawn))
    distance = (found[:, None] - own).flatten(2).norm(dim=2) / own.flatten(1).norm(dim=1)
    nearest, which = distance.min(1)
    assert nearest.max() < 2e-3  # float16
    assert set(which.tolist()) == {0, 1, 2}
