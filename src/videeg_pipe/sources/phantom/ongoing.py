"""Ongoing activity: 1/f background of varying strength, and alpha in bursts."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.sources.phantom.forward import (
    background_topographies,
    electrode_directions,
    lead_field,
    mix,
)
from videeg_pipe.sources.phantom.subject import SubjectParameters

_FLAT_BELOW_HZ = 0.15  # the 1/f spectrum ends here
_BAND_EDGES_HZ = (4.0, 8.0, 16.0, 32.0)
_BAND_CENTRES_HZ = np.array([1.5, 5.7, 11.3, 22.6, 45.0])
_PIVOT_HZ = 10.0  # where a change of the exponent does not change the power
_SHARED, _REGIONAL = 0.4, 0.3  # of the log gain's variance: of the whole head, of a region
_NEGLIGIBLE = 1e-6
_SENSOR_NOISE_UV = 0.5
_ALPHA_ABOVE = (("PO3", "O1"), ("PO4", "O2"))  # left and right generator
_ALPHA_DEPTH = 0.65
_BURSTS_PER_S = 0.5
_BURST_S = (0.6, 2.0)  # shortest and longest


def background_mixing(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the matrix that mixes 62 independent courses to the person's background covariance.

    All dipoles have one spectrum, so mixing 62 courses by a root of the covariance of the
    potentials is the same as passing each dipole's course through the forward model, only faster.
    It is the symmetric root, with which each course has its centre under one electrode.

    Returns:
        (62, 62), symmetric, scaled so that unit courses give a mean square of 1.
    """
    topographies = background_topographies(rng)
    covariance = mix(topographies, topographies.T)
    powers, patterns = np.linalg.eigh(covariance / np.diag(covariance).mean())
    return mix(patterns * np.sqrt(powers), patterns.T)


def background_gains(
    n: int,
    sfreq: float,
    *,
    sd: float,
    exponent_sd: float,
    correlation_s: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Draw slow log-normal gains of the background's amplitude, each of mean square 1.

    Amplitudes of cortical rhythms are close to log-normal and change over seconds (Buzsaki &
    Mizuseki 2014, doi:10.1038/nrn3687; Linkenkaer-Hansen et al. 2001,
    doi:10.1523/JNEUROSCI.21-04-01370.2001), partly together, and the 1/f exponent changes with
    attention (Waschke et al. 2021, doi:10.7554/eLife.70068).

    Args:
        n: Samples.
        sfreq: Sampling rate, Hz.
        sd: Standard deviation of the gain's natural logarithm.
        exponent_sd: Standard deviation of the 1/f exponent over time, the same in all regions.
        correlation_s: Lag at which the logarithm's autocorrelation has fallen to 1/e, s.
        rng: Draws the courses.

    Returns:
        (5, 4, n): frequency bands with edges at 4, 8, 16 and 32 Hz; front, left, back and right.
    """
    n_bands, n_regions = len(_BAND_CENTRES_HZ), 4
    slow = slow_courses(2 + n_regions * (1 + n_bands), n, sfreq, correlation_s, rng)
    everywhere, steepness, rest = slow[0], slow[1], slow[2:].reshape(-1, n_regions, n)
    shared = np.sqrt(_SHARED) * everywhere + np.sqrt(_REGIONAL) * rest[0]
    strength = sd * (shared + np.sqrt(1 - _SHARED - _REGIONAL) * rest[1:])
    tilt = -exponent_sd / 2 * np.log(_BAND_CENTRES_HZ / _PIVOT_HZ)[:, None, None]
    # the mean square of exp(x) is exp(2 var(x))
    return np.exp(strength + tilt * steepness - sd**2 - tilt**2).astype(np.float32)


def slow_courses(
    k: int, n: int, sfreq: float, correlation_s: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw independent Gaussian courses, variance 1, (k, n), correlated as exp(-(lag / time)^2)."""
    f = fft.rfftfreq(n, 1 / sfreq)
    amplitude = np.exp(-0.5 * (np.pi * f * correlation_s) ** 2)
    amplitude = amplitude[amplitude > _NEGLIGIBLE]
    amplitude *= n / np.sqrt(amplitude[0] ** 2 + 2 * np.sum(amplitude[1:] ** 2))
    shape = (k, len(amplitude))
    noise = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    noise /= np.where(np.arange(shape[1]) == 0, 1, np.sqrt(2))
    return fft.irfft(noise * amplitude, n)


def simulate_background(
    mixing: NDArray[np.float64],
    gains: NDArray[np.float32],
    sfreq: float,
    exponent: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Simulate a background with a 1/f spectrum and, over channels, a mean square of 1.

    Args:
        mixing: From `background_mixing`.
        gains: (5, 4, N) of bands and regions, from `background_gains`.
        sfreq: Sampling rate, Hz.
        exponent: Power falls as 1 / f ** exponent.
        rng: Draws the courses.

    Returns:
        (62, N).
    """
    n = gains.shape[-1]
    f = fft.rfftfreq(n, 1 / sfreq)
    amplitude = np.maximum(f, _FLAT_BELOW_HZ) ** (-exponent / 2)
    amplitude[0] = 0
    amplitude *= n / np.sqrt(2 * np.sum(amplitude**2))
    shape = (len(mixing), len(f))
    noise = rng.standard_normal(shape, np.float32) + 1j * rng.standard_normal(shape, np.float32)
    noise *= (amplitude / np.sqrt(2)).astype(np.float32)
    region, courses = _regions(), np.zeros((len(mixing), n), np.float32)
    edges = [0, *np.searchsorted(f, _BAND_EDGES_HZ), len(f)]
    for gain, (first, last) in zip(gains, pairwise(edges), strict=True):
        band = np.zeros_like(noise)
        band[:, first:last] = noise[:, first:last]
        courses += gain[region] * fft.irfft(band, n)
    return mix(mixing.astype(np.float32), courses)


def _regions() -> NDArray[np.int64]:
    """Quarter of the head of each electrode, (62,): 0 front, 1 left, 2 back, 3 right."""
    x, y, _ = electrode_directions(SEED_DV_CHANNELS).T
    return np.floor((np.arctan2(y, x) / np.pi * 2 - 0.5) % 4).astype(int)


def sensor_noise(n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw white noise of each electrode, (62, n), uV."""
    shape = (len(SEED_DV_CHANNELS), n)
    return np.float32(_SENSOR_NOISE_UV) * rng.standard_normal(shape, np.float32)


def alpha_topographies() -> NDArray[np.float64]:
    """Return topographies of the left and right generator, (62, 2); their mean has peak 1."""
    directions = np.stack([electrode_directions(names).mean(axis=0) for names in _ALPHA_ABOVE])
    maps = lead_field(directions, directions, _ALPHA_DEPTH)
    return maps / np.abs(maps.mean(axis=1)).max()


def simulate_alpha(
    parameters: SubjectParameters,
    power: NDArray[np.float64],
    sfreq: float,
    burst_sd: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Simulate bursts of occipital alpha.

    Args:
        parameters: Frequency and strength.
        power: (N,) of a burst at each sample, relative to rest.
        sfreq: Sampling rate, Hz.
        burst_sd: Standard deviation of the natural logarithm of a burst's amplitude. Alpha's power
            has a heavy tail (Freyer et al. 2009, doi:10.1523/JNEUROSCI.0754-09.2009).
        rng: Draws times, strengths and sides of the bursts.

    Returns:
        (62, N), in units of the average person's root mean square within a burst, at the strongest
        electrode.
    """
    n = len(power)
    times_s = np.arange(n) / sfreq
    sides = np.zeros((2, n))
    for start_s in rng.uniform(-_BURST_S[1], n / sfreq, rng.poisson(_BURSTS_PER_S * n / sfreq)):
        length_s = rng.uniform(*_BURST_S)
        strength = np.exp(burst_sd * rng.standard_normal() - burst_sd**2)  # mean square 1
        left, phase = rng.uniform(0.3, 0.7), rng.uniform(0, 2 * np.pi)
        here = slice(*np.clip([start_s * sfreq, (start_s + length_s) * sfreq], 0, n).astype(int))
        inside = (times_s[here] - start_s) / length_s
        wave = np.cos(2 * np.pi * parameters.alpha_hz * times_s[here] + phase)
        burst = strength * np.sin(np.pi * np.clip(inside, 0, 1)) * wave
        sides[:, here] += np.outer([left, 1 - left], burst)
    sides *= np.sqrt(2) * parameters.alpha_gain * np.sqrt(power)
    return mix(alpha_topographies(), sides).astype(np.float32)
