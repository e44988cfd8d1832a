"""Local spectra, energies per band, and gains on them."""

import math

import pytest
import torch
from torch.nn import functional

from videeg_pipe.models.spgn.spectral_gain import SpectralGain

L, SFREQ = 40, 80.0  # a local spectrum every 2 Hz up to 40 Hz


@pytest.fixture
def filt():
    return SpectralGain(L, SFREQ)


def cut(x):
    """Patches that overlap by half, (n, patches, L), of (n, T), as the network cuts them."""
    return functional.pad(x, (L // 2, L // 2)).unfold(-1, L, L // 2)


def join(patches, n_samples):
    whole = torch.zeros(len(patches), n_samples + L)
    for i in range(patches.shape[1]):
        whole[:, i * L // 2 : i * L // 2 + L] += patches[:, i]
    return whole[:, L // 2 : -(L // 2)]


def filtered(filt, x, gain):
    spectrum = filt.spectrum(cut(x))
    return join(filt(spectrum, gain.expand(*spectrum.shape[:-1], -1)), x.shape[-1])


def sinusoid(frequency):
    return torch.sin(2 * math.pi * frequency * torch.arange(400) / SFREQ + 0.3)[None]


def band_of(filt, frequency):
    spectrum = filt.spectrum(cut(sinusoid(frequency)))
    return int(filt.log_energy(spectrum).mean((0, 1)).argmax())


def test_gain_1_gives_back_the_input(filt):
    x = torch.randn(3, 160)
    torch.testing.assert_close(filtered(filt, x, torch.ones(filt.n_bands)), x)


def test_every_frequency_is_in_one_band_and_every_band_has_one(filt):
    assert filt.members.shape == (L, filt.n_bands)
    assert (filt.members.sum(1) == 1).all()
    assert (filt.members.sum(0) >= 1).all()


@pytest.mark.parametrize(("length", "sfreq"), [(40, 80.0), (40, 200.0), (20, 100.0)])
def test_energy_of_white_noise_is_1_per_band(length, sfreq):
    torch.manual_seed(0)
    filt = SpectralGain(length, sfreq)
    log_energy = filt.log_energy(filt.spectrum(torch.randn(4000, length)))
    energy = (log_energy.exp() - 0.1).mean(0)  # less the floor
    torch.testing.assert_close(energy, torch.ones(filt.n_bands), rtol=0, atol=0.12)


def test_double_amplitude_is_log_4_more_energy(filt):
    torch.manual_seed(0)
    spectrum = filt.spectrum(100 * torch.randn(50, L))
    more = filt.log_energy(2 * spectrum) - filt.log_energy(spectrum)
    assert more.median().item() == pytest.approx(math.log(4), abs=1e-3)


def test_silence_has_the_floors_energy(filt):
    log_energy = filt.log_energy(filt.spectrum(torch.zeros(2, L)))
    torch.testing.assert_close(log_energy, torch.full_like(log_energy, math.log(0.1)))


def test_gain_0_removes_a_sinusoid_of_the_band_and_leaves_others(filt):
    removed, kept = sinusoid(35), sinusoid(18)
    band = band_of(filt, 35)
    assert band != band_of(filt, 18)
    gain = torch.ones(filt.n_bands)
    gain[band] = 0
    inside = slice(L, -L)  # where there is no edge
    left = filtered(filt, removed + kept, gain)
    assert (left - kept)[:, inside].norm() < 0.03 * removed[:, inside].norm()


def test_slow_frequencies_have_bands_of_their_own(filt):
    bands = [band_of(filt, frequency) for frequency in (2, 4, 6, 8, 10, 12)]
    assert len(set(bands)) == len(bands)
    gain = torch.zeros(filt.n_bands)
    gain[bands[4]] = 1
    strengths = [filtered(filt, sinusoid(f), gain)[:, L:-L].norm().item() for f in (4, 10, 16)]
    assert strengths[1] > 5 * max(strengths[0], strengths[2])


def test_gains_are_linear_in_the_spectrum(filt):
    torch.manual_seed(0)
    x, gain = torch.randn(2, 160), torch.rand(filt.n_bands)
    torch.testing.assert_close(filtered(filt, 3 * x, gain), 3 * filtered(filt, x, gain))


def test_the_slow_course_follows_the_sign_of_a_bump_and_not_of_fast_waves(filt):
    bump = 10 * torch.hann_window(L)[None]
    up, down = filt.slow_course(filt.spectrum(bump)), filt.slow_course(filt.spectrum(-bump))
    assert up.shape == (1, filt.n_slowest) == (1, 3)  # constant, a cosine and a sine
    assert up[0, 0] > 2
    torch.testing.assert_close(down, -up)
    fast = filt.slow_course(filt.spectrum(10 * sinusoid(16)[:, :L]))
    assert fast.abs().max() < 0.1
