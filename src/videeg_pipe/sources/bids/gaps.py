"""Put recordings with pauses on clock time, and annotate what no window may touch.

MNE's convention for time that was not recorded is kept: such samples are filled and annotated, and
filters treat the parts between them separately.
"""

from pathlib import Path
from typing import Literal

import mne
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.event_table import (
    BREAK,
    LABELS,
    bad_name,
    read_events,
    without_video,
)
from videeg_pipe.sources.bids.listing import events_file
from videeg_pipe.sources.bids.marks import Marks, read_marks
from videeg_pipe.sources.findings import Finding
from videeg_pipe.sources.recording import BOUNDARY, PAUSE, bridge

_MATCH_S = 0.01  # between an event and its marker in the file
_LONGEST_S = 24 * 3600.0


def samples_to_fill(
    path: Path,
    raw: mne.io.BaseRaw,
    marks: Marks,
    clips_s: NDArray[np.float64],
    onsets: Literal["auto", "clock", "samples"],
    findings: list[Finding],
) -> int:
    """Return how many samples the pauses of a recording last; 0 where onsets do not count them.

    In BIDS and EDF+ onsets count pauses. Onsets that were computed from sample numbers do not: this
    shows by the markers in the file.

    Args:
        path: The EEG file.
        raw: The same, as MNE has opened it.
        marks: Its marks.
        clips_s: Onset and end of each clip, (n, 2), seconds.
        onsets: The option `bids.onsets`.
        findings: Pauses and breaks are added to it.

    Raises:
        UserError: if neither the option nor the file tells.
    """
    sfreq = raw.info["sfreq"]
    if not marks.pauses and not marks.boundaries:
        return 0
    n_lost = marks.n_lost
    counted: Literal["clock", "samples"] | None
    if onsets != "auto":
        counted, reason = onsets, "as bids.onsets says"
    elif (clips_s[:, 1] * sfreq > raw.n_times + 1).any():
        counted, reason = "clock", "clips end after the last sample"
    else:
        counted, reason = _counted(path, marks, sfreq)
    found = " and ".join(
        f"{len(them)} {name}{'s' if len(them) > 1 else ''} {length}"
        for them, name, length in (
            (marks.pauses, "pause", f"of {n_lost / sfreq:.3f} s in all"),
            (marks.boundaries, "break", "of unknown length"),
        )
        if them
    )
    if counted is None:
        raise UserError(
            str(path),
            expected="markers that tell whether onsets in events.tsv count its pauses",
            found=f"{found}; {reason}",
            next_step="set bids.onsets to clock (onsets count pauses) or samples (they do not), or "
            "move the recording out of the data set",
        )
    filled = counted == "clock"
    if filled and n_lost / sfreq > _LONGEST_S:  # the filled recording must fit into memory
        raise UserError(
            str(path),
            expected=f"pauses of at most {_LONGEST_S / 3600:g} h in all",
            found=f"{n_lost / sfreq / 3600:.1f} h",
            next_step="export one file per uninterrupted part, each with its own events.tsv",
        )
    how = "filled, as onsets count them" if filled else "not filled, as onsets count samples"
    findings.append(
        Finding(str(path), "repaired" if filled else "assumed", f"{found}: {how} ({reason}).")
    )
    return n_lost if filled else 0


def _counted(
    path: Path, marks: Marks, sfreq: float
) -> tuple[Literal["clock", "samples"] | None, str]:
    """What onsets count, by the markers of the file, and why; None if nothing tells."""
    events = events_beside(path)
    events_s = np.empty(0) if events is None else _numbers(events, "onset")
    first_s = (min([*marks.boundaries, *(start for start, _ in marks.pauses)]) + 1) / sfreq
    own = np.array([start for start, _, _ in marks.annotations])
    later_s = events_s[events_s > first_s]
    if not later_s.size:
        return "clock", "no event follows"
    n_clock, n_samples = (_n_matched(later_s, at / sfreq) for at in (marks.clock(own), own))
    reason = (
        f"of {later_s.size} later events, {n_clock} have a marker if onsets count pauses, "
        f"{n_samples} if not"
    )
    if 2 * max(n_clock, n_samples) >= later_s.size and (not marks.pauses or n_clock != n_samples):
        return ("clock" if n_clock > n_samples else "samples"), reason
    if path.suffix.lower() in (".edf", ".bdf"):
        return "clock", "as EDF+ has it"
    earlier_s = events_s[events_s <= first_s]
    informative = 2 * _n_matched(earlier_s, own / sfreq) >= max(earlier_s.size, 1)
    if not marks.pauses and not informative:
        return "samples", "the length of a break is unknown, and no marker tells otherwise"
    return None, reason


def _n_matched(events_s: NDArray[np.float64], markers_s: NDArray[np.float64]) -> int:
    """Count the events with a marker at their time."""
    ends = np.sort(markers_s)
    first = np.searchsorted(ends, events_s - _MATCH_S)
    return int((first < np.searchsorted(ends, events_s + _MATCH_S)).sum())


def on_clock(raw: mne.io.RawArray, marks: Marks) -> mne.io.RawArray:
    """Return the recording with its pauses filled by straight lines."""
    if not marks.pauses:
        return raw
    stored = raw.get_data()
    volts = np.empty((len(stored), stored.shape[1] + marks.n_lost))
    start = shift = 0
    for stop, lost in marks.pauses:
        volts[:, start + shift : stop + shift] = stored[:, start:stop]
        start, shift = stop, shift + lost
    volts[:, start + shift :] = stored[:, start:]
    for start, stop in _pauses_on_clock(marks):
        bridge(volts, start, stop)
    return mne.io.RawArray(volts, raw.info, verbose="error")


def _pauses_on_clock(marks: Marks) -> list[tuple[int, int]]:
    shift, out = 0, []
    for start, lost in marks.pauses:
        out.append((start + shift, start + shift + lost))
        shift += lost
    return out


def segments(
    marks: Marks, events: pd.DataFrame | None, *, n_samples: int, sfreq: float, clock: bool
) -> mne.Annotations:
    """List pauses, breaks and bad segments of a recording.

    Args:
        marks: Marks of the file.
        events: Rows of events.tsv; those without a video may mark bad segments.
        n_samples: Length of the recording, with its pauses where they are filled.
        sfreq: Its sampling rate, Hz.
        clock: Whether pauses are filled.

    Returns:
        Annotations in seconds from the first sample.
    """
    spans = np.array([(start, end) for start, end, _ in marks.annotations]).reshape(-1, 2)
    breaks = np.array([*marks.boundaries, *(() if clock else (at for at, _ in marks.pauses))])
    found: list[tuple[float, float, str]] = []
    if clock:
        found += [(*span, PAUSE) for span in _pauses_on_clock(marks)]
        breaks = marks.clock(breaks)
        spans = np.column_stack([marks.clock(spans[:, 0]), marks.clock(spans[:, 1], end=True)])
    found += [(start, start, BOUNDARY) for start in breaks]
    for (start, end), (_, _, text) in zip(spans, marks.annotations, strict=True):
        found += _marked(start, end, text)
    if events is not None:
        found += _bad_rows(events, sfreq)
    rows = [
        (max(start, 0.0), min(end, n_samples), text)
        for start, end, text in sorted(found)
        if start < n_samples and end >= 0
    ]
    return mne.Annotations(
        [start / sfreq for start, _, _ in rows],
        [(end - start) / sfreq for start, end, _ in rows],
        [text for _, _, text in rows],
    )


def stored_segments(
    path: Path, raw: mne.io.BaseRaw, events: pd.DataFrame | None
) -> mne.Annotations:
    """List pauses, breaks and bad segments of a recording whose pauses are not filled.

    Args:
        path: The EEG file.
        raw: The same, as MNE has opened it, with the file's annotations.
        events: Rows of events.tsv.

    Returns:
        Annotations in seconds of stored samples; a pause has no length there.

    Raises:
        UserError: if bad segments of events.tsv follow a pause and no marker tells whether their
            onsets count it.
    """
    marks, sfreq = read_marks(path, raw), raw.info["sfreq"]
    first = min((start for start, _ in marks.pauses), default=np.inf)
    rows = [] if events is None else _bad_rows(events, sfreq)
    later = [row for row in rows if row[1] > first and row[2] != BOUNDARY]
    counted: str | None = "samples"
    if any(start > raw.n_times for start, _, _ in later):
        counted = "clock"
    elif later:
        counted, reason = _counted(path, marks, sfreq)
        if counted is None:
            raise UserError(
                str(path),
                expected="markers that tell whether onsets in events.tsv count its pauses",
                found=f"bad segments after a pause: {len(later)}; {reason}",
                next_step="export one file per uninterrupted part, each with its own events.tsv",
            )
    clock = counted == "clock"
    n_samples = raw.n_times + (marks.n_lost if clock else 0)
    found = segments(marks, events, n_samples=n_samples, sfreq=sfreq, clock=clock)
    if not clock:
        return found
    start, end = (marks.stored(at * sfreq) for at in (found.onset, found.onset + found.duration))
    names = np.where(found.description == PAUSE, BOUNDARY, found.description)
    return mne.Annotations(start / sfreq, (end - start) / sfreq, names)


def _bad_rows(events: pd.DataFrame, sfreq: float) -> list[tuple[float, float, str]]:
    """Bad segments and breaks in events.tsv: start and end in samples, and text."""
    start = _numbers(events, "onset") * sfreq
    end = start + np.nan_to_num(_numbers(events, "duration") * sfreq)
    other = without_video(events) & np.isfinite(start)
    found = []
    for name in [name for name in LABELS if name in events]:
        for row in np.flatnonzero(events[name].notna() & other):
            found += _marked(start[row], end[row], events[name].iloc[row])
    return found


def say_late(
    path: Path, events: pd.DataFrame, n_samples: int, sfreq: float, findings: list[Finding]
) -> None:
    """Add a finding where bad segments of events.tsv lie after the end of the recording."""
    late = sum(start >= n_samples for start, _, _ in _bad_rows(events, sfreq))
    if late:
        what = f"Bad segments that begin after the end at {n_samples / sfreq:.2f} s: {late}."
        findings.append(Finding(str(path), "skipped", what))


def _marked(start: float, end: float, text: str) -> list[tuple[float, float, str]]:
    """Return the segment that an annotation marks as bad, if it does."""
    name = bad_name(text)
    if name is not None:
        return [(start, max(start, end), name)]
    return [(start, start, BOUNDARY)] if text in BREAK else []


def _numbers(events: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as numbers; NaN where it is absent or has none."""
    texts = events[column] if column in events else pd.Series(np.nan, events.index)
    return pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)


def events_beside(path: Path) -> pd.DataFrame | None:
    """Return the events.tsv of a recording, by BIDS' inheritance principle; None without one."""
    return None if events_file(path) is None else read_events(path, [])[0]
