"""Artefacts: blinks, the mains, an electrode with poor contact."""

import numpy as np
from numpy.typing import NDArray

from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.sources.phantom.forward import electrode_directions, lead_field

_EYES_ABOVE = ("FP1", "FP2")
_EYES_BELOW = 0.35  # distance of the eyes below these electrodes, in radii of the head
_CLOSING_S, _OPENING_S = 0.09, 0.19
_REFRACTORY_S = 0.8
_LINE_WANDER = 0.5  # standard deviation of the phase after one second, radians
_LOOSE_UV = 60.0


def blink_topography() -> NDArray[np.float64]:
    """Return the scalp map of a blink, (62,), 1 at FPZ."""
    directions = electrode_directions(_EYES_ABOVE) - [0, 0, _EYES_BELOW]
    potentials = lead_field(directions, directions).sum(axis=1)
    return potentials / potentials[SEED_DV_CHANNELS.index("FPZ")]


def simulate_blinks(
    readiness: NDArray[np.float64], sfreq: float, per_min: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Simulate blinks, (62, N), that close fast and open slowly; the average peak is 1 at FPZ.

    Args:
        readiness: (N,) rate of blinks relative to its mean.
        sfreq: Sampling rate, Hz.
        per_min: Blinks per minute.
        rng: Draws times and sizes.
    """
    n = len(readiness)
    course = np.zeros(n)
    times_s = np.arange(n + 1) / sfreq
    # the rate is constant in a time that runs proportionally to the readiness
    run_s = np.concatenate([[0], np.cumsum(readiness)]) / sfreq
    due_s = 0.0
    pause_s = 60 / per_min - _REFRACTORY_S
    while (due_s := due_s + _REFRACTORY_S + rng.exponential(pause_s)) < run_s[-1]:
        start_s = float(np.interp(due_s, run_s, times_s))
        first = int(start_s * sfreq)
        here = slice(first, first + int((_CLOSING_S + _OPENING_S) * sfreq) + 2)
        closed_s = times_s[:-1][here] - start_s - _CLOSING_S
        phase = np.where(closed_s < 0, closed_s / _CLOSING_S, closed_s / _OPENING_S)
        shape = np.cos(np.pi / 2 * np.clip(phase, -1, 1)) ** 2
        course[here] += rng.lognormal(0, 0.2) * shape
    return np.outer(blink_topography(), course).astype(np.float32)


def simulate_line(
    n: int, sfreq: float, line_hz: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Simulate mains noise of unit mean amplitude, (62, n), that varies over channels and time.

    It is zero at or above the Nyquist frequency, where the recorder's anti-aliasing filter cuts.
    """
    shape = (len(SEED_DV_CHANNELS), n)
    if line_hz >= sfreq / 2:
        return np.zeros(shape, np.float32)
    times_s = np.arange(n) / sfreq
    strength = rng.uniform(0.5, 1.5, (shape[0], 1))
    swell = 1 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.02, 0.1) * times_s)
    # the frequency wanders, so that the mains is not locked to the stimulus
    wander = np.cumsum(rng.normal(0, _LINE_WANDER / np.sqrt(sfreq), n)) + rng.uniform(0, 2 * np.pi)
    turn = 2 * np.pi * line_hz * times_s + wander
    return (strength * (swell * np.sin(turn))).astype(np.float32)


def simulate_loose_contact(channel: str, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Simulate noise that dominates one channel, (62, n), uV."""
    noise = np.zeros((len(SEED_DV_CHANNELS), n), np.float32)
    noise[SEED_DV_CHANNELS.index(channel)] = _LOOSE_UV * rng.standard_normal(n)
    return noise
