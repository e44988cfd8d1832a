"""An adaptive filter: gains a source, band and time token, applied to the noisy window.

Once EEG is whitened, the best linear denoiser of it is known. What is left to predict is how a
window departs from its person's mean spectrum: bursts, blinks, a restless minute. That acts on the
signal as a gain, which a network that only adds would have to draw sample by sample.
"""

import math

import torch
from torch import Tensor, nn

from videeg_pipe.contracts.bands import BANDS

_FLOOR = 0.1  # of the mean energy: what is fainter looks alike


class SpectralGain(nn.Module):
    """Local spectra of patches that overlap by half, their energies a band, and gains on them."""

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
        self.n_bands = members.shape[1]
        for name, values in {
            "window": window,
            "basis": basis,
            "members": members,
            "averages": members / members.sum(0) / window.square().mean(),
        }.items():
            self.register_buffer(name, values, persistent=False)

    def spectrum(self, patches: Tensor) -> Tensor:
        """Local spectra, (..., L), of patches (..., L)."""
        return (patches * self.window) @ self.basis

    def log_energy(self, spectrum: Tensor) -> Tensor:
        """Log of the energy a band, (..., bands); 0 is that of white noise of unit variance."""
        return torch.log(spectrum.square() @ self.averages + _FLOOR)

    def forward(self, spectrum: Tensor, gain: Tensor) -> Tensor:
        """Patches (..., L) to add up, of spectra with gains (..., bands).

        A gain of 1 gives the input times the sum of the windows that overlap there.
        """
        return (spectrum * (gain @ self.members.T)) @ self.basis.T


def _fourier_basis(length: int, sfreq: float) -> tuple[Tensor, Tensor]:
    """Real orthonormal Fourier basis in columns, (L, L), and the frequency of each, Hz."""
    n = torch.arange(length)
    places = torch.arange(length // 2 + 1)
    angles = 2 * math.pi * n[:, None] * places / length  # (L, L / 2 + 1)
    columns = torch.cat([angles.cos(), angles[:, 1:-1].sin()], dim=1)  # (L, L)
    frequency = torch.cat([places, places[1:-1]]) * sfreq / length
    return columns / columns.norm(dim=0), frequency


def _band(frequency: Tensor) -> Tensor:
    """Index of each frequency's band: one a local frequency below beta, beta in two halves, gamma.

    Slow rhythms are narrower than their bands: each person's alpha has a frequency of its own.
    """
    low, high = BANDS["beta"]
    edges = torch.tensor([(low + high) / 2, high, BANDS["gamma"][1]])
    wide = torch.bucketize(frequency, edges, right=True).float()
    own = torch.where(frequency < low, frequency - low, wide)  # negative: each for itself
    return own.unique(return_inverse=True)[1]
