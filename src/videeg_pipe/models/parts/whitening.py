"""Coordinates in which a person's EEG is white noise as far as second moments go.

A window is cut into components of rising frequency, the Karhunen-Loeve basis of stationary EEG of
its length: unlike a Fourier transform it does not make the window's end meet its start. Electrodes
are unmixed into the person's independent sources, so that what is not Gaussian, as blinks and
alpha, comes to lie in few of them. In each component a source is divided by its SD; in each group
of neighbouring components, the signal graph of that frequency, what correlation is left is taken
out by its symmetric root, which leaves a source its place.
"""

import math
import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import dct
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor, nn

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.runtime.threads import one_thread

_HIGHEST_HZ = max(high for _, high in BANDS.values())
_GROUP_SHARE = 0.1  # width of a group of components over its place
_RANK = 1e-6  # of the largest eigenvalue: below are directions without EEG, as the reference's
_FLOOR = 3e-4  # smallest eigenvalue of sources' correlations
_SOFT = 0.05  # share of the identity in the soft weights, and of the strongest component in the SD
_PRIOR_WINDOWS = 10  # what the population counts for in a spectrum's course within a group
_PRIOR_SHARE = 0.25  # and, over the number of electrodes, in a group's power and correlations
_PRIOR_SHARE_ADDED = 1.0  # for someone added: chosen on four people's validation windows
_ICA_SAMPLES = 10  # values a weight of a person's own unmixing: with fewer, the population's holds
_ICA_MOST = 20_000  # values an unmixing is learned from at most
_POOLED_WINDOWS = 4000  # of all people together, for the population


class Whitening(nn.Module):
    """An invertible linear map of windows for each person, and one for someone unknown.

    Whitened windows are (C, T) over sources and components. The first `n_points` components, up to
    the highest band's edge, can be read as a course in time of as many points.
    """

    basis: Tensor
    points: Tensor
    level: Tensor
    unmixing: Tensor
    mixing: Tensor
    frame: Tensor
    soft_root: Tensor
    sd: Tensor
    root: Tensor
    inverse_root: Tensor

    def __init__(self, n_subjects: int, n_channels: int, n_samples: int, sfreq: float) -> None:
        """Start as the identity.

        Args:
            n_subjects: S; index S stands for someone unknown.
            n_channels: C.
            n_samples: T.
            sfreq: Hz.
        """
        super().__init__()
        self.edges = _group_edges(n_samples)
        S, C, T, G = n_subjects, n_channels, n_samples, len(self.edges) - 1
        self.n_points = min(T, 2 * math.ceil(_HIGHEST_HZ * T / sfreq))
        self.register_buffer("basis", torch.eye(T))  # (T, T), a component a column
        self.register_buffer("points", torch.eye(self.n_points))  # components to points in time
        self.register_buffer("level", torch.ones(T))  # SD of components over electrodes
        for name in ("unmixing", "mixing", "frame", "soft_root"):
            self.register_buffer(name, torch.eye(C).repeat(S + 1, 1, 1))
        self.register_buffer("sd", torch.ones(S + 1, C, T))
        self.register_buffer("root", torch.eye(C).repeat(S + 1, G, 1, 1))
        self.register_buffer("inverse_root", torch.eye(C).repeat(S + 1, G, 1, 1))

    @one_thread()
    def fit_weights(self, x: Tensor, subject: Tensor) -> None:
        """Estimate what `weighted` and `in_band` need; arguments as those of `fit`."""
        self.basis.copy_(karhunen_loeve(x))
        self.points.copy_(_sampling(self.basis[:, : self.n_points]))
        pooled = _some(x) @ self.basis  # (n', C, T)
        self.level.copy_(pooled.square().mean((0, 1)).clamp_min(1e-12).sqrt())
        for s in range(len(self.sd)):
            own = x[subject == s] @ self.basis  # (n_s, C, T)
            covariance = self._covariance(own if self._enough(own) else pooled)
            eye = torch.eye(len(covariance))
            soft = (1 - _SOFT) * covariance / covariance.diagonal().mean() + _SOFT * eye
            values, vectors = torch.linalg.eigh(soft.double())
            self.soft_root[s] = (vectors / values.sqrt() @ vectors.T).float()

    @one_thread()
    def fit(self, x: Tensor, subject: Tensor) -> None:
        """Estimate everything: sources and cross-spectra too.

        Few windows of a person are filled up with those of all people.

        Args:
            x: Windows, (n, C, T).
            subject: Index of each window's person, (n,).
        """
        self.fit_weights(x, subject)
        S, pooled = len(self.sd) - 1, _some(x) @ self.basis  # (n', C, T)
        self._unmix(S, pooled)
        self._scale(S, pooled, pooled)
        for s in range(S):
            own = x[subject == s] @ self.basis  # (n_s, C, T)
            if self._enough(own):
                self._unmix(s, own)
            else:
                self.unmixing[s], self.mixing[s] = self.unmixing[S], self.mixing[S]
            self._scale(s, own, pooled)

    @one_thread()
    def fit_person(self, s: int, x: Tensor) -> None:
        """Estimate the sources and cross-spectra of one person who was not there at the fit.

        Their rows must be the population's, which fills up few windows and gives the soft weights.

        Args:
            s: Index of the person.
            x: Windows, (n, C, T).
        """
        own = x @ self.basis  # (n, C, T)
        if self._enough(own):
            self._unmix(s, own)
        self._scale(s, own, self._population(), _PRIOR_SHARE_ADDED)

    def forward(self, x: Tensor, subject: Tensor) -> Tensor:
        """Whiten windows (B, C, T) of these people (B,)."""
        y = self.unmixing[subject] @ (x @ self.basis) / self.sd[subject]  # (B, C, T)
        return self._by_group(y, self.inverse_root[subject])

    def inverse(self, z: Tensor, subject: Tensor) -> Tensor:
        """Colour whitened windows, (B, C, T)."""
        y = self._by_group(z, self.root[subject]) * self.sd[subject]  # (B, C, T)
        return self.mixing[subject] @ y @ self.basis.T

    def in_band(self, x: Tensor) -> Tensor:
        """Take from windows (B, C, T) the components up to the highest band's edge."""
        kept = self.basis[:, : self.n_points]
        return x @ kept @ kept.T

    def weighted(self, x: Tensor, subject: Tensor) -> Tensor:
        """Whiten windows (B, C, T) in the bands, softly: (B, C, K).

        No direction is blown up by more than a few times. For least squares: a model's errors lie
        also where EEG has next to no power.
        """
        level = (self.level.square() + (_SOFT * self.level.max()).square()).sqrt()  # (T,)
        weights = (self.basis / level)[:, : self.n_points]  # (T, K)
        return self.soft_root[subject] @ (x @ weights)  # (B, C, K)

    def _by_group(self, y: Tensor, maps: Tensor) -> Tensor:
        """Apply (B, G, C, C) to the groups of components of (B, C, T)."""
        parts = y.split([b - a for a, b in zip(self.edges[:-1], self.edges[1:], strict=True)], -1)
        return torch.cat([maps[:, g] @ part for g, part in enumerate(parts)], dim=-1)

    def _population(self) -> Tensor:
        """Components of C windows whose second moments are the population's, (C, C, T).

        Whitened, the electrodes of a window are those of a unit matrix, at the same place in time.
        """
        _, C, T = self.sd.shape
        z = C**0.5 * torch.eye(C)[..., None].expand(C, C, T)
        return self.mixing[-1] @ (self._by_group(z, self.root[-1:]) * self.sd[-1])

    def _enough(self, y: Tensor) -> bool:
        """Whether components (n, C, T) are enough to tell a person's own sources."""
        return len(y) * self.n_points >= _ICA_SAMPLES * y.shape[1] ** 2

    def _covariance(self, y: Tensor) -> Tensor:
        """Covariance between electrodes, (C, C), all components in the bands counting equally."""
        return _moments(y[..., : self.n_points] / self.level[: self.n_points])

    def _unmix(self, s: int, y: Tensor) -> None:
        """Independent sources of components (n, C, T), most peaked first."""
        white = y[..., : self.n_points] / self.level[: self.n_points]  # (n, C, K)
        eigenvalues, vectors = torch.linalg.eigh(self._covariance(y).double())
        there = eigenvalues > _RANK * eigenvalues.max()
        sphering = (vectors / eigenvalues.clamp_min(1e-30).sqrt())[:, there].T  # (rank, C)
        samples = sphering.float() @ white  # (n, rank, K)
        rotation = _independent(samples.transpose(1, 2).flatten(0, 1).numpy())  # (rank, rank)
        unmixing = torch.from_numpy(rotation).double() @ sphering  # (rank, C)
        rank = len(unmixing)
        self.unmixing[s], self.mixing[s] = 0, 0
        self.unmixing[s, :rank] = unmixing.float()
        self.mixing[s, :, :rank] = torch.linalg.pinv(unmixing).float()

    def _scale(
        self, s: int, own: Tensor, pooled: Tensor, prior_share: float = _PRIOR_SHARE
    ) -> None:
        """SD and correlations of a person's sources, and how they lie over the electrodes."""
        own, pooled = self.unmixing[s] @ own, self.unmixing[s] @ pooled  # (n, C, T)
        n, rest = len(own), pooled.square().mean(0)  # (C, T)
        power = own.square().mean(0) if n else rest
        power = (n * power + _PRIOR_WINDOWS * rest) / (n + _PRIOR_WINDOWS)
        sd = power.clamp_min(1e-12).sqrt()  # (C, T)
        self.sd[s] = sd
        for g, (low, high) in enumerate(zip(self.edges[:-1], self.edges[1:], strict=True)):
            share = prior_share * len(sd) / (n * (high - low) + prior_share * len(sd))
            shared = _moments(pooled[..., low:high] / sd[:, low:high])
            found = _moments(own[..., low:high] / sd[:, low:high]) if n else shared
            mixed = (1 - share) * found + share * shared
            eigenvalues, vectors = torch.linalg.eigh(mixed.double())
            roots = eigenvalues.clamp_min(_FLOOR).sqrt()
            self.root[s, g] = (vectors * roots @ vectors.T).float()
            self.inverse_root[s, g] = (vectors / roots @ vectors.T).float()
        in_band = sd[:, : self.n_points].square().mean(-1).sqrt()  # (C,)
        u, _, v = torch.linalg.svd((self.mixing[s] * in_band).double())
        self.frame[s] = (u @ v).float()  # the rotation of sources that is closest to mixing them


def karhunen_loeve(x: Tensor) -> Tensor:
    """Orthonormal basis of windows (n, C, T), taken as stationary, by rising frequency: (T, T).

    The columns are eigenvectors of the autocovariance, averaged over windows and electrodes.
    """
    T = x.shape[-1]
    n_fft = 2 * T
    spectrum = torch.zeros(T + 1, dtype=torch.float64)
    for part in x.split(256):
        spectrum += torch.fft.rfft(part, n_fft).abs().square().sum((0, 1))
    n_pairs = torch.arange(T, 0, -1) * (x.shape[0] * x.shape[1])
    r = torch.fft.irfft(spectrum, n_fft)[:T] / n_pairs  # (T,) autocovariance by lag
    lags = torch.arange(T)
    _, basis = torch.linalg.eigh(r[(lags[:, None] - lags).abs()])
    power = torch.fft.rfft(basis, 8 * T, dim=0).abs().square()  # (4 T + 1, T)
    frequency = torch.arange(len(power), dtype=power.dtype) @ power / power.sum(0)  # (T,)
    return basis[:, frequency.argsort()].float()


def _sampling(basis: Tensor) -> Tensor:
    """Rotation of K slow components, columns of (T, K), that is closest to K points in time."""
    T, K = basis.shape
    # the functions of a DCT, at T and at K points: interpolation from K points to T, (T, K)
    slow = torch.from_numpy(dct(np.eye(T), norm="ortho")[:, :K] @ dct(np.eye(K), norm="ortho").T)
    u, _, v = torch.linalg.svd(basis.double().T @ slow)
    return (u @ v).float()


def _independent(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Rotation of sphered samples (n, d) into independent sources, most peaked first, (d, d)."""
    samples = samples[:: -(-len(samples) // _ICA_MOST)]
    ica = FastICA(whiten=False, max_iter=50, tol=1e-3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # near enough: most sources are Gaussian
        ica.fit(samples / samples.std())
    u, _, v = np.linalg.svd(ica.components_.astype(np.float64))
    rotation = u @ v
    peaked = np.mean((samples @ rotation.T.astype(np.float32)) ** 4, axis=0)
    return rotation[np.argsort(-peaked)]


def _group_edges(n: int) -> list[int]:
    """Edges of groups of n components, which widen with frequency as the bands of EEG do."""
    edges = [0]
    while edges[-1] < n:
        edges.append(min(n, edges[-1] + max(2, math.ceil(_GROUP_SHARE * edges[-1]))))
    return edges


def _some(x: Tensor) -> Tensor:
    """Windows spread evenly over all, not too many to hold once more."""
    return x[:: -(-len(x) // _POOLED_WINDOWS)]


def _moments(y: Tensor) -> Tensor:
    """Second moments (C, C) of (n, C, k) over windows and components."""
    return torch.einsum("nck,ndk->cd", y, y) / (len(y) * y.shape[-1])
