"""Gaussian and phase-randomised windows: the moments they keep, and what they lose."""

import math

import numpy as np
import pytest
import torch

from tests.generators import CHANNELS, layout_of, tiny_config
from tests.models.baselines.toy import N_CHANNELS, told
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import make_generator
from videeg_pipe.models.floors.phase_randomised import phase_randomised

T, N = 64, 1500


def coloured(n: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows of two people whose electrodes share slow waves, each in their own way."""
    rng = torch.Generator().manual_seed(seed)
    kernel = torch.exp(-torch.arange(12) / 4.0)
    raw = torch.randn(n, N_CHANNELS, T + 11, generator=rng)
    slow = raw.unfold(-1, 12, 1) @ kernel  # (n, C, T)
    mixing = torch.randn(2, N_CHANNELS, N_CHANNELS, generator=rng)
    subject = torch.arange(n) % 2
    return mixing[subject] @ slow, subject


def cross_spectrum(x: torch.Tensor) -> torch.Tensor:
    """Of windows (n, C, T): (C, C, T // 2 + 1)."""
    spectrum = torch.fft.rfft(x, norm="ortho")
    return torch.einsum("ncf,ndf->cdf", spectrum, spectrum.conj()) / len(x)


def fitted(name: str, x: torch.Tensor, subject: torch.Tensor):
    layout = layout_of(channels=CHANNELS[:N_CHANNELS], n_samples=T)
    made = make_generator(name, layout, torch.zeros(0), tiny_config())
    made.fit(x, subject, torch.zeros(0), torch.zeros(0))
    return made.eval()


@pytest.mark.parametrize("name", ["gaussian", "phase-randomised"])
def test_cross_spectrum_is_the_persons(name):
    x, subject = coloured(N)
    floor, condition = fitted(name, x, subject), told(2)
    for s in (0, 1):
        drawn = floor.sample(condition.take(torch.full((N,), s)), range(N), SampleOptions())
        expected = cross_spectrum(x[subject == s])
        error = (cross_spectrum(drawn) - expected).norm() / expected.norm()
        other = (cross_spectrum(x[subject != s]) - expected).norm() / expected.norm()
        assert error < 0.15 < 0.5 < other


def test_gaussian_draws_are_gaussian_with_zero_mean():
    x, subject = coloured(N)
    condition = told(2).take(torch.zeros(N, dtype=torch.long))
    drawn = fitted("gaussian", x**3, subject).sample(condition, range(N), SampleOptions())
    z = drawn / drawn.std()
    assert z.mean(0).abs().max() < 5 * N**-0.5
    assert (z[..., 30] / z[..., 30].std(0)).pow(4).mean().item() == pytest.approx(3, abs=0.3)


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
    floor, condition = fitted("phase-randomised", x, subject), told(2)
    drawn = floor.sample(
        condition.take(torch.zeros(40, dtype=torch.long)), range(40), SampleOptions()
    )
    own, found = (torch.fft.rfft(part).abs() for part in (x[subject == 0], drawn))
    distance = (found[:, None] - own).flatten(2).norm(dim=2) / own.flatten(1).norm(dim=1)
    nearest, which = distance.min(1)
    assert nearest.max() < 2e-3  # float16
    assert set(which.tolist()) == {0, 1, 2}
