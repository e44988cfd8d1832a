"""An adaptive filter: gains per source, band and time token, applied to the noisy window.

For whitened EEG the best linear denoiser is known. The network must predict how a window deviates
from its person's mean spectrum: bursts, blinks, movement. This deviation acts as a gain, which an
additive network would have to predict sample by sample.
"""

import math

import torch
from torch import Tensor, nn

from videeg_pipe.contracts.bands import BANDS

_FLOOR = 0.1  # of the mean energy; lower energies are not distinguished


class SpectralGain(nn.Module):
    """Local spectra of patches that overlap by half, energies per band, and gains on them."""

    slowest: Tensor
    window: Tensor
    basis: Tensor
    averages: Tensor
    members: Tensor

    def __init__(self, length: int, sfreq: float) -> None:
        """Make the local spectrum of patches.

        Args:
            length: L, samples of a patch, even.
            sfreq: Hz.
        """
        super().__init__()
        window = torch.hann_window(length, periodic=True)  # shifted by L / 2 it adds up to 1
        basis, frequency = _fourier_basis(length, sfreq)
        band = _band(frequency)  # (L,)
        members = nn.functional.one_hot(band).float()  # (L, bands)
        slowest = torch.nonzero(frequency <= frequency[1]).flatten()  # constant, one cycle
        self.n_bands, self.n_slowest = members.shape[1], len(slowest)
        for name, values in {
            "window": window,
            "basis": basis,
            "slowest": slowest,
            "members": members,
            "averages": members / members.sum(0) / window.square().mean(),
        }.items():
            self.register_buffer(name, values, persistent=False)

    def spectrum(self, patches: Tensor) -> Tensor:
        """Return local spectra, (..., L), of patches (..., L)."""
        return (patches * self.window) @ self.basis

    def log_energy(self, spectrum: Tensor) -> Tensor:
        """Return the log energy per band, (..., bands); 0 for white noise of unit variance."""
        return torch.log(spectrum.square() @ self.averages + _FLOOR)

    def slow_course(self, spectrum: Tensor) -> Tensor:
        """Return the compressed coefficients of the slowest course, (..., slowest).

        They have a sign, as blinks have; energies have none.
        """
        return torch.asinh(spectrum[..., self.slowest])

    def forward(self, spectrum: Tensor, gain: Tensor) -> Tensor:
        """Return patches (..., L) to add up, from spectra (..., L) and gains (..., bands).

        A gain of 1 gives the input times the sum of the overlapping taper windows.
        """
        return (spectrum * (gain @ self.members.T)) @ self.basis.T


def _fourier_basis(length: int, sfreq: float) -> tuple[Tensor, Tensor]:
    """Return the real orthonormal Fourier basis, columns of (L, L), and their frequencies, Hz."""
    n = torch.arange(length)
    places = torch.arange(length // 2 + 1)
    angles = 2 * math.pi * n[:, None] * places / length  # (L, L / 2 + 1)
    columns = torch.cat([angles.cos(), angles[:, 1:-1].sin()], dim=1)  # (L, L)
    frequency = torch.cat([places, places[1:-1]]) * sfreq / length
    return columns / columns.norm(dim=0), frequency


def _band(frequency: Tensor) -> Tensor:
    """Return each frequency's band: single frequencies below beta, two halves of beta, gamma.

    Slow rhythms are narrower than their bands: each person's alpha has its own frequency.
    """
    low, high = BANDS["beta"]
    edges = torch.tensor([(low + high) / 2, high, BANDS["gamma"][1]])
    wide = torch.bucketize(frequency, edges, right=True).float()
    own = torch.where(frequency < low, frequency - low, wide)  # negative: one band per frequency
    return own.unique(return_inverse=True)[1]
