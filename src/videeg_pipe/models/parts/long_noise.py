"""Gaussian EEG of any length with a person's cross-spectrum: the noise of joined windows.

Windows that are cut from one long course agree wherever they overlap. Whitened, each is close to
the white noise that a sampler begins with, so the samples agree as well, and can be joined.
"""

import torch
from torch import Tensor

from videeg_pipe.models.parts.whitening import Whitening
from videeg_pipe.runtime.seeds import derive_seed

_BLOCK = 6  # length of a block of new noise, in windows
_ROUNDS = 10  # of the deconvolution; with more, the noise gets sharp spectral lines
_TINY = 1e-20


class LongNoise:
    """Stationary Gaussian EEG of one person, computed where it is asked for.

    White noise is filtered with zero phase. The filter is the person's whitening reversed: the
    mixing of the sources, their correlations, and a spectrum whose windows have the variances of
    the whitening. Each part depends on the seed and its place only.
    """

    def __init__(self, whitening: Whitening, subject: int, seed: int) -> None:
        """Compute the filter.

        Args:
            whitening: Fitted.
            subject: Index of the person; S for an unknown one.
            seed: Of the white noise.
        """
        self.seed = seed
        self.n_channels, self.T = whitening.sd.shape[1:]
        response = filter_of(whitening, subject).cpu()  # (T + 1, C, C), zero phase
        taps = torch.fft.irfft(response, dim=0).roll(self.T, 0)  # (2 T, C, C), delayed by T
        self.filter = torch.fft.rfft(taps, (_BLOCK + 2) * self.T, dim=0)  # (F, C, C)

    def windows(self, starts: list[int]) -> Tensor:
        """Return windows that begin at these samples, which may be negative: (B, C, T)."""
        first = min(starts)
        course = self.course(first, max(starts) + self.T)
        return torch.stack([course[:, s - first : s - first + self.T] for s in starts])

    def course(self, start: int, stop: int) -> Tensor:
        """Return the EEG from one sample to another, (C, stop - start)."""
        size = _BLOCK * self.T
        blocks = range(start // size, (stop - 1) // size + 1)
        made = torch.cat([self._block(block) for block in blocks], dim=1)
        return made[:, start - blocks[0] * size : stop - blocks[0] * size]

    def _block(self, block: int) -> Tensor:
        """Filter one block of white noise with its neighbourhood, (C, block)."""
        size, T = _BLOCK * self.T, self.T
        white = torch.cat([self._white(block + place) for place in (-1, 0, 1)], dim=1)
        white = white[:, size - T : 2 * size + T]  # (C, block + 2 T)
        spectrum = torch.fft.rfft(white).T[..., None]  # (F, C, 1)
        course = torch.fft.irfft((self.filter @ spectrum)[..., 0].T, white.shape[1])
        return course.roll(-T, 1)[:, T : T + size]

    def _white(self, block: int) -> Tensor:
        rng = torch.Generator().manual_seed(derive_seed(self.seed, "long noise", str(block)))
        return torch.randn(self.n_channels, _BLOCK * self.T, generator=rng)


def filter_of(whitening: Whitening, subject: int) -> Tensor:
    """Return the response of a person's filter at T + 1 frequencies up to Nyquist, (T + 1, C, C).

    Args:
        whitening: Fitted.
        subject: Index of the person.
    """
    T = whitening.sd.shape[-1]
    component = torch.arange(T + 1).clamp(max=T - 1)  # component k has the frequency k / (2 T)
    group = torch.bucketize(component, torch.tensor(whitening.edges[1:]), right=True)
    root = whitening.root[subject].cpu()[group]  # (T + 1, C, C)
    power, spectrum = whitening.sd[subject].cpu().square(), whitening.spectrum[subject].cpu()
    spectrum = deconvolved(whitening.basis.cpu(), power, spectrum)
    return whitening.mixing[subject].cpu() @ (spectrum.sqrt().T[..., None] * root)


def deconvolved(basis: Tensor, power: Tensor, start: Tensor) -> Tensor:
    """Return the spectrum of which windows have this power in each component, (C, T + 1).

    A component of a window takes power from a range of frequencies. Richardson-Lucy iterations
    (Richardson 1972, doi 10.1364/JOSA.62.000055) find the spectrum in front of this blur.

    Args:
        basis: Components, (T, T), one per column, by rising frequency.
        power: Of each source and component, (C, T).
        start: Spectrum to begin with, (C, T + 1); its peaks stay where the power has room for them.
    """
    T = len(basis)
    blur = torch.fft.rfft(basis.T, 2 * T).abs().square()  # (components, T + 1)
    blur[:, 1:-1] *= 2  # negative frequencies
    blur = blur / blur.sum(1, keepdim=True)
    spectrum = start
    for _ in range(_ROUNDS):
        found = spectrum @ blur.T  # (C, components)
        spectrum = spectrum * ((power / found.clamp_min(_TINY)) @ blur) / blur.sum(0)
    return spectrum
