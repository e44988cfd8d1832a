"""Long noise has the cross-spectrum of the windows that its whitening was fitted on."""

import copy

import numpy as np
import pytest
import torch

from tests.models.parts.test_whitening import SFREQ, C, S, T, fitted, recording
from videeg_pipe.models.parts.long_noise import LongNoise, deconvolved
from videeg_pipe.models.parts.whitening import karhunen_loeve

pytestmark = pytest.mark.usefixtures("single_thread")


@pytest.fixture(scope="module")
def whitening():
    x, subject, _ = recording()
    return fitted(x, subject)


def test_a_part_is_the_same_wherever_it_is_asked_for(whitening):
    noise = LongNoise(whitening, 0, seed=1)
    whole = noise.course(-700, 1300)
    assert whole.shape == (C, 2000)
    assert torch.equal(noise.course(-20, 90), whole[:, 680:790])
    windows = noise.windows([-T // 2, 0, 650])
    assert torch.equal(windows[2], whole[:, 1350 : 1350 + T])
    assert torch.equal(windows[0][:, T // 2 :], windows[1][:, : T // 2])
    assert not torch.equal(LongNoise(whitening, 0, seed=2).course(0, 9), whole[:, 700:709])


@pytest.mark.parametrize("person", [0, 1, S])
def test_windows_are_white_for_their_person(whitening, person):
    windows = LongNoise(whitening, person, seed=3).windows(list(range(0, 600 * T, T)))
    z = whitening(windows, torch.full((len(windows),), person))[..., : whitening.n_points]
    power = z.square().mean((0, 2))  # of each source
    assert (power - 1).abs().max() < 0.12
    covariance = torch.einsum("nck,ndk->cd", z, z) / (len(z) * z.shape[-1])
    assert (covariance - torch.diag(covariance.diagonal())).abs().max() < 0.1


def test_spectra_are_those_of_the_windows(whitening):
    x, subject, _ = recording()
    real = x[subject == 0]
    made = LongNoise(whitening, 0, seed=4).windows(list(range(0, 600 * T, T)))
    spectra = [
        torch.fft.rfft(part * torch.hann_window(T)).abs().square().mean(0) for part in (made, real)
    ]
    ratio = (spectra[0] / spectra[1])[:, 1:-1].log()
    assert ratio.abs().mean() < 0.15


@pytest.fixture(scope="module")
def rhythmic():
    """Windows of 1 / f^2 power, the first electrode with a narrow rhythm, and their whitening."""
    rng = torch.Generator().manual_seed(0)
    course = torch.randn(C, 2000 * T, generator=rng)
    frequency = torch.fft.rfftfreq(course.shape[1], 1 / SFREQ)
    spectrum = torch.fft.rfft(course) / frequency.clamp_min(1)
    spectrum[0] *= 1 + 8 * torch.exp(-0.5 * ((frequency - 10.3) / 0.5) ** 2)
    x = torch.fft.irfft(spectrum, course.shape[1]).unflatten(1, (-1, T)).transpose(0, 1)
    return x, fitted(x, torch.zeros(len(x), dtype=torch.long))


def test_a_narrow_rhythm_keeps_its_peak(rhythmic):
    """Windows of the noise have the correlations of components that the rhythm's windows have."""
    x, own = rhythmic
    made = LongNoise(own, 0, seed=1).windows(list(range(0, 1000 * T, T)))
    spectra = [
        torch.fft.rfft(part[:, 0] * torch.hann_window(T), 4 * T).abs().square().mean(0)[24:]
        for part in (x, made)
    ]  # from 6 Hz
    assert spectra[0].argmax() == pytest.approx(spectra[1].argmax().item(), abs=1)
    assert spectra[1].max() / spectra[0].max() == pytest.approx(1, abs=0.15)


def test_the_start_spectrum_makes_windows_whiter(rhythmic):
    """The deconvolution alone finds a broader peak: components of its windows are correlated."""
    _, own = rhythmic
    flat = copy.deepcopy(own)
    flat.spectrum.fill_(1.0)
    n, K = 1500, own.n_points
    white = (1 + (K / n) ** 0.5) ** 2  # largest eigenvalue of the covariance of n white windows

    def excess(whitening):
        windows = LongNoise(whitening, 0, seed=1).windows(list(range(0, n * T, T)))
        z = own(windows, torch.zeros(n, dtype=torch.long))[..., :K]
        return torch.linalg.eigvalsh(torch.einsum("nck,ncl->ckl", z, z) / n).max() - white

    assert excess(own) < 0.5 * excess(flat)


def test_power_is_the_same_at_every_place(whitening):
    course = LongNoise(whitening, 1, seed=5).course(0, 3000 * T)
    power = course.square().mean(0).reshape(-1, 6 * T).mean(0)  # by the place in a block
    by_part = power.reshape(12, -1).mean(1)
    assert np.ptp(by_part.numpy()) < 0.1 * by_part.mean()


def test_a_known_spectrum_is_found_in_front_of_the_blur_of_windows():
    true = torch.exp(-0.5 * ((torch.arange(T + 1) - 30) / 4.0) ** 2) + 0.1
    r = torch.fft.irfft(true, 2 * T)[:T]
    lags = torch.arange(T)
    root = torch.linalg.cholesky(r[(lags[:, None] - lags).abs()].double() + 1e-6 * torch.eye(T))
    x = (torch.randn(4000, T, generator=torch.Generator().manual_seed(0)).double() @ root.T).float()
    basis = karhunen_loeve(x[:, None])
    power = (x @ basis).square().mean(0)
    found = deconvolved(basis, power[None], torch.ones(1, T + 1))[0]
    blurred = torch.cat([power, power[-1:]])
    true = true * found.mean() / true.mean()
    error, without = ((part - true)[2:-2].square().sum() for part in (found, blurred))
    assert error < 0.5 * without
    assert found[24:37].sum() == pytest.approx(true[24:37].sum().item(), rel=0.05)
