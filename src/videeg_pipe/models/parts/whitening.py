"""Whitening per person: coordinates in which EEG has the second moments of white noise.

1. A window is decomposed into components of rising frequency, the Karhunen-Loeve basis of
   stationary EEG of its length. Unlike a Fourier basis, it does not assume a periodic window.
2. Electrodes are unmixed into the person's independent sources, so that non-Gaussian activity, such
   as blinks and alpha, concentrates in few of them. Sources of similar topography have the same
   place and sign in all people, so that a network learns a person's blinks from everybody's.
3. In each component, a source is divided by its SD.
4. In each group of neighbouring components, the remaining correlation is removed by its symmetric
   root, which keeps each source in its place.
5. In each source, the correlation of components that a narrow rhythm causes is removed, again by a
   symmetric root.
"""

import math
import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor, nn

from videeg_pipe.contracts.bands import HIGHEST_HZ
from videeg_pipe.models.parts.source_spectra import modes, n_modes, power_spectra
from videeg_pipe.models.parts.subset import thinned
from videeg_pipe.runtime.threads import one_thread

_GROUP_SHARE = 0.1  # width of a group of components over its index
_RANK = 1e-6  # of the largest eigenvalue; directions below have no EEG, such as the reference's
_FLOOR = 3e-4  # smallest eigenvalue of sources' correlations
_SOFT = 0.05  # share of the identity in the soft weights, and of the strongest component in the SD
_PRIOR_WINDOWS = 10  # weight of the population's spectrum, in windows
_PRIOR_SHARE = 0.25  # weight of its correlations in a group, over the number of electrodes
_PRIOR_SHARE_ADDED = 1.0  # the same for an added person; chosen on validation windows
_ICA_SAMPLES = 10  # values per weight that a person's own unmixing requires
_ICA_STARTS = 3  # of FastICA
_ICA_MOST = 20_000  # values per source that an unmixing is fitted on, at most
_POOLED_WINDOWS = 4000  # of all people, for the population
_MATCH_ROUNDS = 3  # of matching people's sources with their mean topographies


class Whitening(nn.Module):
    """An invertible linear map of windows per person, and one for unknown people.

    Whitened windows are (C, T) over sources and components. The first `n_points` components, up to
    the highest band's edge, can be rotated to a course in time of as many points.
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
    spectrum: Tensor
    modes: Tensor
    mode_sd: Tensor

    def __init__(self, n_subjects: int, n_channels: int, n_samples: int, sfreq: float) -> None:
        """Start as the identity.

        Args:
            n_subjects: S; index S stands for unknown people.
            n_channels: C.
            n_samples: T.
            sfreq: Hz.
        """
        super().__init__()
        self.edges = _group_edges(n_samples)
        S, C, T, G = n_subjects, n_channels, n_samples, len(self.edges) - 1
        self.n_points = min(T, 2 * math.ceil(HIGHEST_HZ * T / sfreq))
        self.register_buffer("basis", torch.eye(T))  # (T, T), one component per column
        self.register_buffer("points", torch.eye(self.n_points))  # components to points in time
        self.register_buffer("level", torch.ones(T))  # SD of components over electrodes
        for name in ("unmixing", "mixing", "frame", "soft_root"):
            self.register_buffer(name, torch.eye(C).repeat(S + 1, 1, 1))
        self.register_buffer("sd", torch.ones(S + 1, C, T))
        self.register_buffer("root", torch.eye(C).repeat(S + 1, G, 1, 1))
        self.register_buffer("inverse_root", torch.eye(C).repeat(S + 1, G, 1, 1))
        K, m = self.n_points, n_modes(self.n_points)
        self.register_buffer("spectrum", torch.ones(S + 1, C, T + 1))  # of sources
        self.register_buffer("modes", torch.eye(K)[:, :m].repeat(S + 1, C, 1, 1))  # (..., K, m)
        self.register_buffer("mode_sd", torch.ones(S + 1, C, m))

    @one_thread()
    def fit_weights(self, x: Tensor, subject: Tensor) -> None:
        """Fit the part that `weighted` and `in_band` use; arguments as those of `fit`."""
        self.basis.copy_(karhunen_loeve(x))
        self.points.copy_(_sampling(self.basis[:, : self.n_points]))
        pooled = thinned(x, _POOLED_WINDOWS) @ self.basis  # (n', C, T)
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
        """Fit everything: basis, sources and cross-spectra.

        A person's estimate is shrunk to the population's, more so with few windows.

        Args:
            x: Windows, (n, C, T).
            subject: Index of each window's person, (n,).
        """
        self.fit_weights(x, subject)
        S, pooled = len(self.sd) - 1, thinned(x, _POOLED_WINDOWS) @ self.basis  # (n', C, T)
        self._unmix(S, pooled)
        unmixed = []
        for s in range(S):
            own = x[subject == s] @ self.basis  # (n_s, C, T)
            if self._enough(own):
                self._unmix(s, own)
                unmixed.append(s)
        self._match(unmixed)
        self._scale(S, pooled, pooled)
        self._sharpen(S, thinned(x, _POOLED_WINDOWS))
        for s in range(S):
            if s not in unmixed:
                self.unmixing[s], self.mixing[s] = self.unmixing[S], self.mixing[S]
            self._scale(s, x[subject == s] @ self.basis, pooled)
            self._sharpen(s, x[subject == s])

    @one_thread()
    def fit_person(self, s: int, x: Tensor) -> None:
        """Fit sources and cross-spectra of one person who was not part of `fit`.

        Their rows must be initialised as the population's, to which the estimate is shrunk.

        Args:
            s: Index of the person.
            x: Windows, (n, C, T).
        """
        own = x @ self.basis  # (n, C, T)
        if self._enough(own):
            self._unmix(s, own)
            self._move(s, _template(self.mixing[:s]))
        self._scale(s, own, self._population(), _PRIOR_SHARE_ADDED)
        self._sharpen(s, x)

    def forward(self, x: Tensor, subject: Tensor) -> Tensor:
        """Whiten windows (B, C, T) of people (B,)."""
        y = self.unmixing[subject] @ (x @ self.basis) / self.sd[subject]  # (B, C, T)
        y = self._by_group(y, self.inverse_root[subject])
        return self._along_modes(y, 1 / self.mode_sd[subject], subject)

    def inverse(self, z: Tensor, subject: Tensor) -> Tensor:
        """Map whitened windows, (B, C, T), back to EEG."""
        y = self._along_modes(z, self.mode_sd[subject], subject)
        y = self._by_group(y, self.root[subject]) * self.sd[subject]  # (B, C, T)
        return self.mixing[subject] @ y @ self.basis.T

    def in_band(self, x: Tensor) -> Tensor:
        """Project windows (B, C, T) on the components up to the highest band's edge."""
        kept = self.basis[:, : self.n_points]
        return x @ kept @ kept.T

    def weighted(self, x: Tensor, subject: Tensor) -> Tensor:
        """Whiten windows (B, C, T) in the bands with a floor, (B, C, K), for least squares.

        The floor limits the gain where EEG has little power but a model still has errors.
        """
        level = (self.level.square() + (_SOFT * self.level.max()).square()).sqrt()  # (T,)
        weights = (self.basis / level)[:, : self.n_points]  # (T, K)
        return self.soft_root[subject] @ (x @ weights)  # (B, C, K)

    def _by_group(self, y: Tensor, maps: Tensor) -> Tensor:
        """Apply (B, G, C, C) to the groups of components of (B, C, T)."""
        parts = y.split([b - a for a, b in zip(self.edges[:-1], self.edges[1:], strict=True)], -1)
        return torch.cat([maps[:, g] @ part for g, part in enumerate(parts)], dim=-1)

    def _along_modes(self, y: Tensor, gain: Tensor, subject: Tensor) -> Tensor:
        """Multiply components (B, C, T) by the gains (B, C, m) along their sources' modes."""
        directions, K = self.modes[subject], self.n_points  # (B, C, K, m)
        along = torch.einsum("bck,bckm->bcm", y[..., :K], directions)
        change = torch.einsum("bcm,bckm->bck", (gain - 1) * along, directions)
        return torch.cat([y[..., :K] + change, y[..., K:]], dim=-1)

    def _population(self) -> Tensor:
        """Return components of C windows with the population's second moments, (C, C, T).

        Whitened, they are the rows of a scaled unit matrix, constant over components.
        """
        _, C, T = self.sd.shape
        z = C**0.5 * torch.eye(C)[..., None].expand(C, C, T)
        return self.mixing[-1] @ (self._by_group(z, self.root[-1:]) * self.sd[-1])

    def _enough(self, y: Tensor) -> bool:
        """Whether components (n, C, T) suffice to fit a person's own sources."""
        return len(y) * self.n_points >= _ICA_SAMPLES * y.shape[1] ** 2

    def _covariance(self, y: Tensor) -> Tensor:
        """Return the covariance between electrodes, (C, C), with equal weight per component."""
        return _moments(y[..., : self.n_points] / self.level[: self.n_points])

    def _unmix(self, s: int, y: Tensor) -> None:
        """Fit independent sources of components (n, C, T), by falling kurtosis."""
        white = y[..., : self.n_points] / self.level[: self.n_points]  # (n, C, K)
        eigenvalues, vectors = torch.linalg.eigh(self._covariance(y).double())
        present = eigenvalues > _RANK * eigenvalues.max()
        sphering = (vectors / eigenvalues.clamp_min(1e-30).sqrt())[:, present].T  # (rank, C)
        samples = sphering.float() @ white  # (n, rank, K)
        rotation = _independent(samples.transpose(1, 2).flatten(0, 1).numpy())  # (rank, rank)
        unmixing = torch.from_numpy(rotation).double() @ sphering  # (rank, C)
        rank = len(unmixing)
        self.unmixing[s], self.mixing[s] = 0, 0
        self.unmixing[s, :rank] = unmixing.float()
        self.mixing[s, :, :rank] = torch.linalg.pinv(unmixing).float()

    def _match(self, people: list[int]) -> None:
        """Give sources of similar topography the same place and sign in these people.

        The order is that of the first; the population follows. Its own sources cannot serve as the
        reference: where people differ, one source of theirs may be two of the pooled windows.
        """
        if not people:
            return
        template = _template(self.mixing[people[:1]])
        for _ in range(_MATCH_ROUNDS):
            for s in people:
                self._move(s, template)
            template = _template(self.mixing[people])
        self._move(len(self.sd) - 1, template)

    def _move(self, s: int, template: Tensor) -> None:
        """Move a person's sources to the places and signs of a template's topographies, (C, C)."""
        cosine = template.T @ nn.functional.normalize(self.mixing[s].double(), dim=0)
        _, sources = linear_sum_assignment(cosine.abs().numpy(), maximize=True)
        order = torch.from_numpy(sources)
        signs = torch.where(cosine[torch.arange(len(order)), order] < 0, -1.0, 1.0)  # (C,)
        self.unmixing[s] = signs[:, None] * self.unmixing[s][order]
        self.mixing[s] = self.mixing[s][:, order] * signs

    def _scale(
        self, s: int, own: Tensor, pooled: Tensor, prior_share: float = _PRIOR_SHARE
    ) -> None:
        """Fit SD, correlations and frame of a person's sources."""
        own, pooled = self.unmixing[s] @ own, self.unmixing[s] @ pooled  # (n, C, T)
        n, rest = len(own), pooled.square().mean(0)  # (C, T)
        power = own.square().mean(0) if n else rest
        power = (n * power + _PRIOR_WINDOWS * rest) / (n + _PRIOR_WINDOWS)
        sd = power.clamp_min(1e-12).sqrt()  # (C, T)
        self.sd[s] = sd
        for g, (low, high) in enumerate(zip(self.edges[:-1], self.edges[1:], strict=True)):
            share = prior_share * len(sd) / (n * (high - low) + prior_share * len(sd))
            shared = _moments(pooled[..., low:high] / sd[:, low:high])
            individual = _moments(own[..., low:high] / sd[:, low:high]) if n else shared
            mixed = (1 - share) * individual + share * shared
            eigenvalues, vectors = torch.linalg.eigh(mixed.double())
            roots = eigenvalues.clamp_min(_FLOOR).sqrt()
            self.root[s, g] = (vectors * roots @ vectors.T).float()
            self.inverse_root[s, g] = (vectors / roots @ vectors.T).float()
        in_band = sd[:, : self.n_points].square().mean(-1).sqrt()  # (C,)
        u, _, v = torch.linalg.svd((self.mixing[s] * in_band).double())
        self.frame[s] = (u @ v).float()  # the rotation closest to the mixing

    def _sharpen(self, s: int, x: Tensor) -> None:
        """Fit spectrum and modes of a person's sources on windows (n, C, T)."""
        n, S = len(x), len(self.sd) - 1
        if n:
            self.spectrum[s] = power_spectra(self.unmixing[s] @ x).float()
        if s != S:
            own, rest = n * self.spectrum[s] if n else 0, _PRIOR_WINDOWS * self.spectrum[S]
            self.spectrum[s] = (own + rest) / (n + _PRIOR_WINDOWS)
        directions, sd = modes(self.spectrum[s], self.basis[:, : self.n_points])
        self.modes[s], self.mode_sd[s] = directions, sd


def karhunen_loeve(x: Tensor) -> Tensor:
    """Return an orthonormal basis of stationary windows (n, C, T), by rising frequency: (T, T).

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
    """Return the rotation of K slow components, (T, K), that is closest to K points in time."""
    T, K = basis.shape
    # the functions of a DCT, at T and at K points: interpolation from K points to T, (T, K)
    slow = torch.from_numpy(dct(np.eye(T), norm="ortho")[:, :K] @ dct(np.eye(K), norm="ortho").T)
    u, _, v = torch.linalg.svd(basis.double().T @ slow)
    return (u @ v).float()


def _independent(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the rotation of sphered samples (n, d) to independent sources, (d, d).

    FastICA ends at a local maximum, which may lack a source as sparse as blinks. Of several starts,
    the one whose sources have the largest sum of squared excess kurtosis is kept. Sources are
    sorted by falling kurtosis.
    """
    # in double precision: steps along sparse and along Gaussian sources differ ten thousandfold
    x = samples[:: -(-len(samples) // _ICA_MOST)].astype(np.float64) / samples.std()
    rng = np.random.default_rng(0)
    starts = [_fourth_moments(x), *rng.standard_normal((_ICA_STARTS - 1, x.shape[1], x.shape[1]))]
    found = [_rotation(x, start) for start in starts]
    sparse = [_kurtosis(x @ rotation.T) - 3 for rotation in found]
    best = int(np.argmax([np.square(excess).sum() for excess in sparse]))
    return found[best][np.argsort(-sparse[best])]


def _rotation(x: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotation that FastICA finds from a start, (d, d)."""
    ica = FastICA(whiten=False, max_iter=50, tol=1e-3, w_init=start, fun=_cube)
    with warnings.catch_warnings():
        # the remaining, nearly Gaussian sources have no unique rotation to converge to
        warnings.simplefilter("ignore", ConvergenceWarning)
        ica.fit(x)
    u, _, v = np.linalg.svd(ica.components_)
    return u @ v


def _fourth_moments(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the eigenvectors of E[|x|^2 x x'], (d, d), a direct estimate of sparse sources.

    Cardoso 1989, doi 10.1109/ICASSP.1989.266878.
    """
    energy = np.square(x).sum(axis=1)
    _, vectors = np.linalg.eigh((x * energy[:, None]).T @ x / len(x))
    return vectors.T[::-1]


def _kurtosis(sources: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the kurtosis of sources (n, d), (d,); 3 for a Gaussian."""
    return np.mean(sources**4, axis=0) / np.mean(sources**2, axis=0) ** 2


def _cube(u: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return u^3 and the mean over samples of its derivative, for the contrast u^4 (kurtosis).

    The default contrast log cosh grows slowly. A source that is active in few windows and silent in
    the others is then no maximum of it.
    """
    square = u * u
    return square * u, 3 * square.mean(axis=-1)


def _template(mixing: Tensor) -> Tensor:
    """Return the mean topographies of people (S, C, C), each of norm 1: (C, C)."""
    normalised = nn.functional.normalize(mixing.double(), dim=1)
    return nn.functional.normalize(normalised.mean(0), dim=0)


def _group_edges(n: int) -> list[int]:
    """Return the edges of groups of n components; groups widen with frequency, like EEG bands."""
    edges = [0]
    while edges[-1] < n:
        edges.append(min(n, edges[-1] + max(2, math.ceil(_GROUP_SHARE * edges[-1]))))
    return edges


def _moments(y: Tensor) -> Tensor:
    """Return second moments (C, C) of (n, C, k) over windows and components."""
    return torch.einsum("nck,ndk->cd", y, y) / (len(y) * y.shape[-1])
