"""What the brain does by itself: 1/f background, and alpha in bursts."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from videeg_pipe.acquire.phantom.forward import (
    background_topographies,
    electrode_directions,
    lead_field,
    mix,
)
from videeg_pipe.acquire.phantom.subject import SubjectParameters
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS

_FLAT_BELOW_HZ = 0.15  # the 1/f spectrum ends here
_SENSOR_NOISE_UV = 0.5
_ALPHA_ABOVE = (("PO3", "O1"), ("PO4", "O2"))  # left and right generator
_ALPHA_DEPTH = 0.65
_BURSTS_PER_S = 0.5
_BURST_S = (0.6, 2.0)  # shortest and longest
_ALPHA_WATCHING = 0.6  # alpha is weaker while a clip runs


def background_mixing(rng: np.random.Generator) -> NDArray[np.float64]:
    """Matrix that gives 62 independent courses the covariance of the person's background.

    All dipoles have one spectrum, so mixing 62 courses by a root of the covariance of the
    potentials is the same as passing each dipole's course through the forward model, only faster.

    Returns:
        (62, 62), lower triangular, scaled so that unit courses give a mean square of 1.
    """
    topographies = background_topographies(rng)
    covariance = mix(topographies, topographies.T)
    return np.linalg.cholesky(covariance / np.diag(covariance).mean())


def simulate_background(
    mixing: NDArray[np.float64], n: int, sfreq: float, exponent: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Background with a 1/f spectrum and, over channels, a mean square of 1, (62, n)."""
    f = fft.rfftfreq(n, 1 / sfreq)
    amplitude = np.maximum(f, _FLAT_BELOW_HZ) ** (-exponent / 2)
    amplitude[0] = 0
    amplitude *= n / np.sqrt(2 * np.sum(amplitude**2))
    shape = (len(mixing), len(f))
    noise = rng.standard_normal(shape, np.float32) + 1j * rng.standard_normal(shape, np.float32)
    courses = fft.irfft(noise * (amplitude / np.sqrt(2)).astype(np.float32), n)
    return mix(mixing.astype(np.float32), courses)


def sensor_noise(n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """White noise of each electrode, (62, n), uV."""
    shape = (len(SEED_DV_CHANNELS), n)
    return np.float32(_SENSOR_NOISE_UV) * rng.standard_normal(shape, np.float32)


def alpha_topographies() -> NDArray[np.float64]:
    """Topographies of the left and the right generator, (62, 2); their mean has its peak at 1."""
    directions = np.stack([electrode_directions(names).mean(axis=0) for names in _ALPHA_ABOVE])
    maps = lead_field(directions, directions, _ALPHA_DEPTH)
    return maps / np.abs(maps.mean(axis=1)).max()


def simulate_alpha(
    parameters: SubjectParameters,
    watching: NDArray[np.bool_],
    sfreq: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Bursts of occipital alpha.

    Args:
        parameters: Frequency and strength.
        watching: (N,) whether a clip runs.
        sfreq: Sampling rate, Hz.
        rng: When bursts come, how strong they are and on which side.

    Returns:
        (62, N), in units of the average person's root mean square within a burst, at the strongest
        electrode.
    """
    n = len(watching)
    times_s = np.arange(n) / sfreq
    sides = np.zeros((2, n))
    for start_s in rng.uniform(-_BURST_S[1], n / sfreq, rng.poisson(_BURSTS_PER_S * n / sfreq)):
        length_s, strength = rng.uniform(*_BURST_S), rng.uniform(0.6, 1.4)
        left, phase = rng.uniform(0.3, 0.7), rng.uniform(0, 2 * np.pi)
        here = slice(*np.clip([start_s * sfreq, (start_s + length_s) * sfreq], 0, n).astype(int))
        inside = (times_s[here] - start_s) / length_s
        wave = np.cos(2 * np.pi * parameters.alpha_hz * times_s[here] + phase)
        burst = strength * np.sin(np.pi * np.clip(inside, 0, 1)) * wave
        sides[:, here] += np.outer([left, 1 - left], burst)
    sides *= np.sqrt(2) * parameters.alpha_gain * np.where(watching, _ALPHA_WATCHING, 1)
    return mix(alpha_topographies(), sides).astype(np.float32)
