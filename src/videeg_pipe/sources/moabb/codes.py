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
        UserError: if a bit has no event, several, or one of another value.
    """
    trials = mne.find_events(raw, stim_channel=_TRIAL, shortest_event=0, verbose="error")
    events = mne.find_events(
        raw, stim_channel=_BIT, shortest_event=0, consecutive=True, verbose="error"
    )
    n_bits, samples_per_bit = round(trial_s * rate), raw.info["sfreq"] / rate
    for onset in trials[:, 0]:
        steps = np.round((events[:, 0] - onset) / samples_per_bit).astype(int)
        inside = (steps >= 0) & (steps < n_bits)
        bits = events[inside, 2] - _ZERO
        if not (np.array_equal(steps[inside], np.arange(n_bits)) and np.isin(bits, (0, 1)).all()):
            raise UserError(
                f"the trial at {(onset - raw.first_samp) / raw.info['sfreq']:.3f} s of a run",
                expected=f"one event, {_ZERO} or {_ZERO + 1}, for each of {n_bits} bits",
                found=f"{inside.sum()} events",
                next_step="delete the files of this person in source.path and run again",
            )
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
