"""Trials of code-modulated stimuli: their bits come as events, one per bit."""

import hashlib
from collections.abc import Iterator
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray

_TRIAL, _BIT = "stim_trial", "stim_epoch"  # MOABB's channels of events
_ZERO = 100  # MOABB's event of a bit 0; that of a bit 1 is one more


def code_trials(
    raw: mne.io.BaseRaw, rate: float, trial_s: float
) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Read the trials of a run whose stimuli follow codes.

    Args:
        raw: A run as MOABB's classes of c-VEP data sets return it.
        rate: Bits per second.
        trial_s: Length of a trial, seconds.

    Yields:
        The first sample of a trial, the name of its code, and the entries of its program. Equal
        codes have equal names, whoever saw them.
    """
    onsets = mne.find_events(raw, stim_channel=_TRIAL, shortest_event=0, verbose="error")[:, 0]
    events = mne.find_events(
        raw, stim_channel=_BIT, shortest_event=0, consecutive=True, verbose="error"
    )
    n_bits, sfreq = round(trial_s * rate), raw.info["sfreq"]
    for onset in onsets:
        steps = (events[:, 0] - onset) * rate / sfreq
        inside = (steps > -0.5) & (steps < n_bits - 0.5)
        bits = np.zeros(n_bits, int)
        bits[np.round(steps[inside]).astype(int)] = events[inside, 2] - _ZERO
        code = "".join(map(str, _cycle(bits)))
        name = f"code-{hashlib.sha256(code.encode()).hexdigest()[:8]}"
        yield (
            int(onset) - raw.first_samp,
            name,
            {"kind": "code", "bits": code, "rate": rate, "frame_rate": rate},
        )


def _cycle(bits: NDArray[np.int_]) -> NDArray[np.int_]:
    """The shortest beginning of which the bits are repeats."""
    for length in range(1, len(bits) // 2 + 1):
        if (bits[length:] == bits[:-length]).all():
            return bits[:length]
    return bits
