"""Spectra of sources: correlations of components and rhythms that follow from them.

The components of a window are those of the mean autocovariance of all people and electrodes. A
source with a narrow rhythm, such as alpha, has another one, so that its components are correlated.
Their correlations follow from its autocovariance; a matrix of all pairs would be too uncertain with
some hundred windows.
"""

import torch
from torch import Tensor

_LEAST = 1e-6  # of the largest power; the autocovariance of few windows may give negative power
_LEAST_VARIANCE = 0.05  # of a mode
_MODES = 16  # of a source; along all others, its components are close to uncorrelated
_FROM_HZ, _TO_HZ = 2.0, 40.0  # where the background is a power law
_RHYTHMS_FROM_HZ = 6.0  # slower peaks are events, such as blinks
_ROUNDS = 20  # of the fit of the background
_EXACT = 0.05  # of the log power; smaller errors weigh the same
_RHYTHM_MODES = 8  # of a source; a burst of alpha in a window of 1 s has about four
_LEAST_SHARE, _LARGEST_SHARE = 0.5, 0.97  # of the power along a direction of a rhythm


def power_spectra(x: Tensor) -> Tensor:
    """Return the mean power at T + 1 frequencies up to Nyquist, (C, T + 1), of windows (n, C, T).

    It is the Fourier transform of the autocovariance, tapered towards lag T.
    """
    T = x.shape[-1]
    raw = torch.zeros(x.shape[1], T + 1, dtype=torch.float64)
    for part in x.split(64):
        raw += torch.fft.rfft(part, 2 * T).abs().square().sum(0)
    lags = torch.arange(T, dtype=torch.float64)
    n_pairs = len(x) * (T - lags)
    taper = torch.cos(torch.pi / 2 * lags / T).square()
    r = torch.fft.irfft(raw, 2 * T)[:, :T] / n_pairs * taper  # (C, T)
    zero = torch.zeros(len(r), 1, dtype=r.dtype)
    spectrum = torch.fft.rfft(torch.cat([r, zero, r[:, 1:].flip(1)], dim=1)).real  # (C, T + 1)
    return spectrum.clamp_min(0) + _LEAST * spectrum.amax(1, keepdim=True)


def modes(spectra: Tensor, basis: Tensor) -> tuple[Tensor, Tensor]:
    """Return the directions in which components of whitened sources lack unit variance.

    Args:
        spectra: (C, T + 1), from `power_spectra`; 0 for a source without power.
        basis: K components of a window, (T, K), one per column.

    Returns:
        Orthonormal directions, (C, K, m), and the SD of unit components along them, (C, m).
    """
    covariance = _of_components(spectra, basis)  # (C, K, K)
    sd = covariance.diagonal(dim1=1, dim2=2).clamp_min(1e-30).sqrt()
    absent = ~spectra.any(1)
    correlation = covariance / sd[:, :, None] / sd[:, None]
    correlation[absent] = torch.eye(basis.shape[1], dtype=correlation.dtype)
    variances, vectors = torch.linalg.eigh(correlation)
    variances = variances.clamp_min(_LEAST_VARIANCE)
    kept = variances.log().abs().argsort(dim=1, descending=True)[:, : n_modes(basis.shape[1])]
    return _columns(vectors, kept).float(), variances.gather(1, kept).sqrt().float()


def n_modes(n_components: int) -> int:
    """Return the number of directions that `modes` finds, m."""
    return min(_MODES, n_components)


def rhythm_modes(
    spectra: Tensor, basis: Tensor, directions: Tensor, sd: Tensor, sfreq: float
) -> tuple[Tensor, Tensor]:
    """Return the directions in which rhythms have power, and their share of it.

    A rhythm is a peak of the spectrum above its background, 1 / f to some power (Donoghue et al.
    2020, doi 10.1038/s41593-020-00744-x). Whitened, rhythm and background have covariances that add
    up to the unit matrix, and hence the same directions.

    Args:
        spectra: (C, T + 1), from `power_spectra`.
        basis: K components of a window, (T, K), one per column.
        directions: (C, K, m), from `modes`.
        sd: Along them, (C, m), from `modes`.
        sfreq: Hz.

    Returns:
        Orthonormal directions of whitened components, (C, K, r), and the rhythms' share of the
        variance along them, (C, r), from 0 to 1. It is 0 where the background has the larger share.
    """
    K = basis.shape[1]
    frequency = torch.arange(spectra.shape[1]) * sfreq / (2 * (spectra.shape[1] - 1))
    excess = (spectra - _background(spectra.double(), frequency)).clamp_min(0)
    inside = (frequency >= _RHYTHMS_FROM_HZ) & (frequency <= _TO_HZ)
    excess = torch.where(inside, excess, 0.0)
    # where it falls from the edge on, the source has no rhythm but slow events
    excess[excess.argmax(1) <= inside.nonzero()[0]] = 0
    total = _of_components(spectra, basis).diagonal(dim1=1, dim2=2).clamp_min(1e-30).sqrt()
    rhythm = _of_components(excess, basis) / total[:, :, None] / total[:, None]
    directions, change = directions.double(), 1 / sd.double() - 1
    root = torch.eye(K, dtype=torch.float64) + (
        directions * change[:, None]
    ) @ directions.transpose(1, 2)  # (C, K, K), whitens along the modes
    shares, vectors = torch.linalg.eigh(root @ rhythm @ root)
    shares = torch.where(shares > _LEAST_SHARE, shares, 0.0)
    kept = torch.arange(K - 1, -1, -1)[: n_rhythm_modes(K)].expand(len(shares), -1)
    return _columns(vectors, kept).float(), shares.gather(1, kept).clamp_max(_LARGEST_SHARE).float()


def n_rhythm_modes(n_components: int) -> int:
    """Return the number of directions that `rhythm_modes` finds, r."""
    return min(_RHYTHM_MODES, n_components)


def _background(spectra: Tensor, frequency: Tensor) -> Tensor:
    """Return the power law of spectra (C, F) without their peaks, (C, F).

    It is the line through the log spectrum with the least absolute error, which peaks do not move.
    """
    inside = (frequency >= _FROM_HZ) & (frequency <= _TO_HZ)
    x = frequency.clamp_min(frequency[1]).log().double()
    design = torch.stack([torch.ones_like(x), x], dim=1)  # (F, 2)
    points, target = design[inside], spectra[:, inside].clamp_min(1e-30).log()  # (C, F')
    weight = torch.ones_like(target)
    for _ in range(_ROUNDS):  # reweighted least squares
        weighted = weight[..., None] * points  # (C, F', 2)
        line = torch.linalg.solve(
            weighted.transpose(1, 2) @ points, (weight * target) @ points
        )  # (C, 2)
        error = target - line @ points.T
        weight = 1 / error.abs().clamp_min(_EXACT)
    return (line @ design.T).exp()


def _of_components(spectra: Tensor, basis: Tensor) -> Tensor:
    """Return the covariance of components, (C, K, K), of sources with these spectra (C, T + 1)."""
    T = len(basis)
    lags = torch.arange(T)
    r = torch.fft.irfft(spectra.double(), 2 * T)[:, :T]  # (C, T)
    places, wide = (lags[:, None] - lags).abs(), basis.double()
    return torch.stack([wide.T @ one[places] @ wide for one in r])


def _columns(matrices: Tensor, places: Tensor) -> Tensor:
    """Return columns (C, K, m) of matrices (C, K, K) at places (C, m)."""
    return matrices.gather(2, places[:, None].expand(-1, matrices.shape[1], -1))
