"""Whitening by the cross-spectrum of the signal graphs, a person and frequency at a time.

A window is cut into components of rising frequency, the Karhunen-Loeve basis of stationary EEG of
its length: unlike a Fourier transform it does not make the window's end meet its start. In each
component the electrodes are divided by their SD; in each group of neighbouring components, a signal
graph of its own, their correlation is taken out by its symmetric root, which leaves an electrode
its place. Back on the time axis a whitened window is white noise as far as second moments go.
"""

import math

import torch
from torch import Tensor, nn

_GROUP_SHARE = 0.1  # width of a group of components over its place
_NULL = 1e-5  # correlations' eigenvalues below: directions without any EEG, as the reference's
_FLOOR = 3e-4  # eigenvalues between are taken for this: they differ from recording to recording
_SOFT = 0.05  # share of the identity in the soft weights, and of the strongest component in the SD
_PASS_LEVEL = 0.02  # of the strongest component's SD: what is weaker, the filter has stopped
_PRIOR_WINDOWS = 10  # how many windows the population counts for in a person's spectrum
_PRIOR_SHARE = 0.25  # and, over the number of electrodes, in a person's correlations


class Whitening(nn.Module):
    """An invertible linear map of windows (C, T) for each person, and one for someone unknown."""

    basis: Tensor
    sd: Tensor
    root: Tensor
    inverse_root: Tensor
    soft_root: Tensor

    def __init__(self, n_subjects: int, n_channels: int, n_samples: int) -> None:
        """Start as the identity.

        Args:
            n_subjects: S; index S stands for someone unknown.
            n_channels: C.
            n_samples: T.
        """
        super().__init__()
        self.edges = _group_edges(n_samples)
        S, C, T, G = n_subjects, n_channels, n_samples, len(self.edges) - 1
        self.register_buffer("basis", torch.eye(T))
        self.register_buffer("sd", torch.ones(S + 1, C, T))
        self.register_buffer("root", torch.eye(C).repeat(S + 1, G, 1, 1))
        self.register_buffer("inverse_root", torch.eye(C).repeat(S + 1, G, 1, 1))
        self.register_buffer("soft_root", torch.eye(C).repeat(S + 1, 1, 1))

    def fit(self, x: Tensor, subject: Tensor) -> None:
        """Estimate the cross-spectra.

        Few windows of a person are filled up with the mean over people, who count equally.

        Args:
            x: Windows, (n, C, T).
            subject: Index of each window's person, (n,).
        """
        S = len(self.sd) - 1
        self.basis.copy_(karhunen_loeve(x))
        people = [x[subject == s] @ self.basis for s in range(S)]  # S x (n_s, C, T)
        known = [s for s in range(S) if len(people[s])]
        power = torch.stack([people[s].square().mean(0) for s in known])  # (S, C, T)
        self.sd[S] = power.mean(0).clamp_min(1e-12).sqrt()
        for place, s in enumerate(known):
            n = len(people[s])
            mixed = (n * power[place] + _PRIOR_WINDOWS * self.sd[S] ** 2) / (n + _PRIOR_WINDOWS)
            self.sd[s] = mixed.clamp_min(1e-12).sqrt()
        for g, (low, high) in enumerate(zip(self.edges[:-1], self.edges[1:], strict=True)):
            found = torch.stack(
                [_correlation(people[s][..., low:high] / self.sd[s, :, low:high]) for s in known]
            )
            shared = found.mean(0)  # (C, C)
            for place, s in enumerate(known):
                n = len(people[s]) * (high - low)
                weight = n / (n + _PRIOR_SHARE * len(shared))
                self._set(s, g, weight * found[place] + (1 - weight) * shared)
            self._set(S, g, shared)
        for s in set(range(S)) - set(known):
            for values in (self.sd, self.root, self.inverse_root):
                values[s] = values[S]
        correlation = (self.root @ self.root).mean(1)  # (S + 1, C, C)
        eye = torch.eye(correlation.shape[-1])
        eigenvalues, vectors = torch.linalg.eigh((1 - _SOFT) * correlation + _SOFT * eye)
        self.soft_root.copy_(vectors / eigenvalues.sqrt()[:, None] @ vectors.mT)

    def in_band(self, x: Tensor) -> Tensor:
        """Take from windows (B, C, T) the components in which EEG of this pass band has power."""
        level = self.sd[-1].mean(0)  # (T,)
        return x @ (self.basis * (level > _PASS_LEVEL * level.max())) @ self.basis.T

    def weighted(self, x: Tensor, subject: Tensor) -> Tensor:
        """Whiten windows (B, C, T) softly: no direction is blown up by more than a few times.

        For least squares: a model's errors lie also where EEG has next to no power.
        """
        sd = self.sd[subject]  # (B, C, T)
        y = (x @ self.basis) / (sd.square() + (_SOFT * sd.amax(-1, keepdim=True)).square()).sqrt()
        return self.soft_root[subject] @ y  # (B, C, T)

    def forward(self, x: Tensor, subject: Tensor) -> Tensor:
        """Whiten windows (B, C, T) of these people (B,)."""
        y = (x @ self.basis) / self.sd[subject]  # (B, C, T)
        return self._by_group(y, self.inverse_root[subject]) @ self.basis.T

    def inverse(self, z: Tensor, subject: Tensor) -> Tensor:
        """Colour whitened windows, (B, C, T)."""
        y = self._by_group(z @ self.basis, self.root[subject])
        return (y * self.sd[subject]) @ self.basis.T

    def _by_group(self, y: Tensor, maps: Tensor) -> Tensor:
        """Apply (B, G, C, C) to the groups of components of (B, C, T)."""
        parts = y.split([b - a for a, b in zip(self.edges[:-1], self.edges[1:], strict=True)], -1)
        return torch.cat([maps[:, g] @ part for g, part in enumerate(parts)], dim=-1)

    def _set(self, s: int, g: int, correlation: Tensor) -> None:
        eigenvalues, vectors = torch.linalg.eigh(correlation.double())
        roots = eigenvalues.clamp_min(_FLOOR).sqrt()
        there = (eigenvalues > _NULL).double()
        self.root[s, g] = (vectors * (there * roots) @ vectors.T).float()
        self.inverse_root[s, g] = (vectors * (there / roots) @ vectors.T).float()


def karhunen_loeve(x: Tensor) -> Tensor:
    """Orthonormal basis of windows (n, C, T), taken as stationary, by rising frequency: (T, T).

    The columns are eigenvectors of the autocovariance, averaged over windows and electrodes.
    """
    T = x.shape[-1]
    n_fft = 2 * T
    spectrum = torch.fft.rfft(x, n_fft).abs().square().mean((0, 1))  # (T + 1,)
    n_pairs = torch.arange(T, 0, -1)
    r = torch.fft.irfft(spectrum.double(), n_fft)[:T] / n_pairs  # (T,) autocovariance by lag
    lags = torch.arange(T)
    _, basis = torch.linalg.eigh(r[(lags[:, None] - lags).abs()])
    power = torch.fft.rfft(basis, 8 * T, dim=0).abs().square()  # (4 T + 1, T)
    frequency = torch.arange(len(power), dtype=power.dtype) @ power / power.sum(0)  # (T,)
    return basis[:, frequency.argsort()].float()


def _group_edges(n: int) -> list[int]:
    """Edges of groups of n components, which widen with frequency as the bands of EEG do."""
    edges = [0]
    while edges[-1] < n:
        edges.append(min(n, edges[-1] + max(2, math.ceil(_GROUP_SHARE * edges[-1]))))
    return edges


def _correlation(y: Tensor) -> Tensor:
    """Second moments (C, C) of (n, C, k) over windows and components."""
    return torch.einsum("nck,ndk->cd", y, y) / (len(y) * y.shape[-1])
