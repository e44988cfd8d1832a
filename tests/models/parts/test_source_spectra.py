"""Spectra of sources and the correlations of their components."""

import numpy as np
import pytest
import torch
from scipy.fft import dct
from torch import Tensor

from videeg_pipe.models.parts.source_spectra import modes, n_modes, power_spectra

T, SFREQ, K = 200, 200.0, 80
ALPHA_HZ, WIDTH_HZ = 10.3, 0.5
BASIS = torch.from_numpy(dct(np.eye(T), norm="ortho")[:, :K]).float()  # of no source's own


@pytest.fixture(scope="module")
def recording() -> Tensor:
    """A narrow rhythm in noise, and noise alone, (2, time)."""
    rng = torch.Generator().manual_seed(0)
    noise = torch.randn(2, 3000 * T, generator=rng)
    frequency = torch.fft.rfftfreq(noise.shape[1], 1 / SFREQ)
    gain = 1 + 8 * torch.exp(-0.5 * ((frequency - ALPHA_HZ) / WIDTH_HZ) ** 2)
    noise[0] = torch.fft.irfft(gain * torch.fft.rfft(noise[0]), noise.shape[1])
    return noise


@pytest.fixture(scope="module")
def halves(recording) -> tuple[Tensor, Tensor]:
    x = recording.unflatten(1, (-1, T)).transpose(0, 1)  # (3000, 2, T)
    return x[:1500], x[1500:]


def largest_correlated(y: Tensor) -> float:
    """Return the largest eigenvalue of the correlation of components (n, K), 1 for white ones."""
    return torch.linalg.eigvalsh(torch.corrcoef(y.T))[-1].item()


def test_the_spectrum_of_white_noise_is_its_variance(halves):
    spectrum = power_spectra(3 * halves[0])[1]
    torch.testing.assert_close(spectrum, torch.full_like(spectrum, 9), rtol=0.15, atol=0)


def test_a_rhythm_keeps_its_frequency_and_width(halves):
    spectrum = power_spectra(halves[0])[0]
    frequency = torch.arange(T + 1) * SFREQ / (2 * T)
    assert frequency[spectrum.argmax()] == pytest.approx(ALPHA_HZ, abs=0.25)
    half = frequency[spectrum > spectrum.max() / 2]
    true_width = 2 * WIDTH_HZ * 0.83  # half of the power of a Gaussian's square
    assert half[-1] - half[0] == pytest.approx(true_width, abs=0.6)


def test_divided_along_its_modes_a_rhythm_of_other_windows_is_white(halves):
    fitted, other = halves
    directions, sd = modes(power_spectra(fitted), BASIS)
    y = other @ BASIS
    y = y / y.square().mean(0).sqrt()  # (n, 2, K)
    along = torch.einsum("nck,ckm->ncm", y, directions)
    white = y + torch.einsum("ncm,ckm->nck", (1 / sd - 1) * along, directions)
    noise = largest_correlated(y[:, 1])
    assert largest_correlated(y[:, 0]) > 2 * noise
    assert largest_correlated(white[:, 0]) < 1.05 * noise
    assert largest_correlated(white[:, 1]) < 1.05 * noise


def test_directions_are_orthonormal_and_noise_has_none_that_matters(halves):
    directions, sd = modes(power_spectra(halves[0]), BASIS)
    assert directions.shape == (2, K, n_modes(K))
    gram = directions.transpose(1, 2) @ directions
    torch.testing.assert_close(gram, torch.eye(n_modes(K)).expand(2, -1, -1), rtol=0, atol=1e-4)
    assert sd[0].max() > 1.5
    assert (sd[1] - 1).abs().max() < 0.15


def test_a_source_without_power_is_left_as_it_is():
    directions, sd = modes(torch.zeros(1, T + 1), torch.eye(T)[:, :K])
    assert directions.isfinite().all()
    torch.testing.assert_close(sd, torch.ones_like(sd))


def test_short_windows_have_fewer_directions():
    assert n_modes(8) == 8
    directions, sd = modes(torch.ones(1, 21), torch.eye(20)[:, :8])
    assert directions.shape == (1, 8, 8)
    torch.testing.assert_close(sd, torch.ones_like(sd))
