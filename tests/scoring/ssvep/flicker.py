"""Windows with a planted response to a flicker."""

import numpy as np

SFREQ, HIGHEST, CHANNELS = 128.0, 45.0, 4
TAGS = {"rest": None, "slow": 13.0, "middle": 17.0, "fast": 21.0}


def windows(n, amplitude, seed, *, tags=TAGS, seconds=1.0, phase=None):
    """White noise plus a response and its second harmonic; labels take turns.

    Args:
        n: Windows.
        amplitude: Of the response, noise has a variance of 1.
        seed: Of noise and phases.
        tags: Label to frequency, Hz.
        seconds: Length.
        phase: Of the response, radians; None: random per window.

    Returns:
        (n, C, T) and (n,).
    """
    rng = np.random.default_rng(seed)
    topography = np.linspace(1, -0.5, CHANNELS)[:, None]
    labels = np.resize(list(tags), n)
    times_s = np.arange(round(seconds * SFREQ)) / SFREQ
    x = rng.standard_normal((n, CHANNELS, len(times_s)))
    for window, label in zip(x, labels, strict=True):
        if tags[label] is not None:
            angle = 2 * np.pi * tags[label] * times_s
            angle += rng.uniform(0, 2 * np.pi) if phase is None else phase
            window += amplitude * topography * (np.sin(angle) + 0.5 * np.sin(2 * angle))
    return x, labels
