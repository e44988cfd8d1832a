"""Trials of code-modulated stimuli: their bits come as events, one per bit."""

import hashlib
from collections.abc import Iterator
from typing import Any

import mne
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError

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

    Raises:
        UserError: if a bit has no event, or several.
    """
    trials = mne.find_events(raw, stim_channel=_TRIAL, shortest_event=0, verbose="error")
    events = mne.find_events(
        raw, stim_channel=_BIT, shortest_event=0, consecutive=True, verbose="error"
    )
    n_bits, samples_per_bit = round(trial_s * rate), raw.info["sfreq"] / rate
    for onset in trials[:, 0]:
        bits = _bits(events, onset, samples_per_bit, n_bits)
        if bits is None:
            raise UserError(
                f"the trial at {(onset - raw.first_samp) / raw.info['sfreq']:.3f} s of a run",
                expected=f"one event for each of {n_bits} bits",
                found="others",
                next_step="download the files of this person again",
            )
        code = "".join(map(str, _cycle(bits)))
        name = f"code-{hashlib.sha256(code.encode()).hexdigest()[:8]}"
        yield (
            int(onset) - raw.first_samp,
            name,
            {"kind": "code", "bits": code, "rate": rate, "frame_rate": rate},
        )


def _bits(
    events: NDArray[np.int_], onset: int, samples_per_bit: float, n_bits: int
) -> NDArray[np.int_] | None:
    """The bits of one trial; None unless each has one event."""
    steps = np.round((events[:, 0] - onset) / samples_per_bit).astype(int)
    inside = (steps >= 0) & (steps < n_bits)
    if not np.array_equal(steps[inside], np.arange(n_bits)):
        return None
    return events[inside, 2] - _ZERO


def _cycle(bits: NDArray[np.int_]) -> NDArray[np.int_]:
    """The shortest beginning of which the bits are repeats."""
    for length in range(1, len(bits) // 2 + 1):
        if (bits[length:] == bits[:-length]).all():
            return bits[:length]
    return bits
