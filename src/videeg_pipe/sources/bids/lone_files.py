"""Recordings outside a data set: one file with its units, pauses and bad segments."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mne
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.gaps import events_beside, stored_segments
from videeg_pipe.sources.bids.listing import FORMATS
from videeg_pipe.sources.bids.opening import apply_table, channels_table
from videeg_pipe.sources.bids.units import volts_per_value
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.recording import BOUNDARY, open_raw

_ROUNDING = 1e-6  # of a sample


def open_file(path: Path) -> mne.io.BaseRaw:
    """Open a recording; types and bad channels come from channels.tsv, if there is one.

    To be called inside of `reading`.

    Raises:
        UserError: if channels.tsv lacks a name or a type, names a channel twice, or an EEG channel
            that the file lacks.
    """
    raw, _ = open_raw(path)
    if path.suffix.lower() in FORMATS and (channels := channels_table(path)) is not None:
        apply_table(path, raw, channels)
    return raw


def examine_file(
    path: Path, raw: mne.io.BaseRaw
) -> tuple[NDArray[np.float64], list[int], list[str]]:
    """Put bad segments onto the stored samples; return units, pauses and notes.

    Units may come from a channels.tsv beside the recording, bad segments from an events.tsv.

    Args:
        path: The recording.
        raw: The EEG channels of the same, as MNE has opened it.

    Returns:
        Volts per value of each channel, first samples after pauses, and notes.

    To be called inside of `reading`.

    Raises:
        UserError: if the file states no unit of voltage, or not when a bad segment was.
    """
    if path.suffix.lower() not in FORMATS:  # FIF states both
        return np.ones(len(raw.ch_names)), [], []
    findings: list[Finding] = []
    channels = channels_table(path)
    try:
        volts = volts_per_value(path, raw, channels, "auto", findings)
    except UserError as error:
        raise UserError(
            str(path),
            expected="a unit of voltage for each EEG channel",
            found=error.found,
            next_step="correct the units in its header or in channels.tsv, or save the EEG "
            "channels alone as FIF",
        ) from None
    # with the annotations of the file, which BIDS replaces by its events
    found = stored_segments(path, open_raw(path)[0], events_beside(path))
    is_break = found.description == BOUNDARY
    starts = np.ceil(found.onset[is_break] * raw.info["sfreq"] - _ROUNDING)
    bad = found[~is_break]
    at = mne.Annotations(
        bad.onset, bad.duration, bad.description, orig_time=raw.annotations.orig_time
    )
    # without a pause, MNE's times are right, and it knows some more names of bad segments
    raw.set_annotations(at if is_break.any() else raw.annotations + at)
    inside = sorted({int(start) for start in starts if 0 < start < raw.n_times})
    return volts, inside, [finding.what for finding in findings]


@contextmanager
def reading(path: Path, *, expected: str, next_step: str) -> Iterator[None]:
    """Silence MNE and its readers' warnings, and convert any of their errors to a UserError."""
    try:
        with warnings.catch_warnings(action="ignore"), mne.use_log_level("error"):
            yield
    except UserError:
        raise
    except Exception as error:  # each format's reader raises errors of its own
        raise UserError(
            str(path),
            expected=expected,
            found=f"{type(error).__name__}: {error}",
            next_step=next_step,
        ) from error
