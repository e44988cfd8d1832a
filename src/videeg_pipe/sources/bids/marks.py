"""Pauses and annotations that an EEG file itself marks.

MNE reads every file as if its samples were continuous. Here, positions are stored samples: sample k
is the k-th in the file, whatever pauses come before it.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import mne
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError

_JITTER_S = 0.005  # rounding of record times that are written with two decimals
_ROUNDING = 1e-6  # of a sample
_EEGLAB_BOUNDARY = ("boundary", "-99")


@dataclass(frozen=True)
class Marks:
    """Pauses and annotations of one file."""

    pauses: list[tuple[int, int]] = field(default_factory=list)
    """First stored sample after each pause, and the number of samples that the pause lasts."""
    boundaries: list[int] = field(default_factory=list)
    """First stored sample after each break of unknown length."""
    annotations: list[tuple[float, float, str]] = field(default_factory=list)
    """Start and end in stored samples, and text."""

    @property
    def n_lost(self) -> int:
        """Samples that all pauses last."""
        return sum(lost for _, lost in self.pauses)

    def clock(self, stored: NDArray[np.float64], *, end: bool = False) -> NDArray[np.float64]:
        """Return the clock time of stored samples, in samples since the first.

        With a pause of 5 samples before stored sample 10, sample 9 is at 9 and sample 10 at 15.

        Args:
            stored: Positions.
            end: Whether these are ends of intervals. An interval that ends at 10, which is
                exclusive, ends before the pause: at 10.
        """
        starts = [start for start, _ in self.pauses]
        passed = np.concatenate([[0], np.cumsum([lost for _, lost in self.pauses])])
        return stored + passed[np.searchsorted(starts, stored, side="left" if end else "right")]

    def stored(self, clock: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the stored samples at clock times, in samples since the first.

        With a pause of 5 samples before stored sample 10, times 10 to 15 are all sample 10.
        """
        out = np.asarray(clock, np.float64)
        for start, lost in self.pauses:  # later ones see time without the earlier
            out = np.where(out < start, out, np.maximum(out - lost, start))
        return out


def read_marks(path: Path, raw: mne.io.BaseRaw) -> Marks:
    """Read the marks of an EDF, BDF, BrainVision or EEGLAB file.

    Args:
        path: The file that BIDS names.
        raw: The same, as MNE has opened it, with the file's annotations.

    Raises:
        UserError: if record times of a discontinuous EDF or BDF file are missing or overlap.
    """
    suffix = path.suffix.lower()
    if suffix in (".edf", ".bdf"):
        return _edf_marks(path, raw.info["sfreq"], raw.n_times)
    return _brainvision_marks(path, raw) if suffix == ".vhdr" else _eeglab_marks(path, raw)


def _edf_marks(path: Path, sfreq: float, n_samples: int) -> Marks:
    """Read the time-stamped annotation lists of EDF+ and BDF+ (Kemp and Olivan 2003)."""
    with path.open("rb") as file:
        header = file.read(256)
        n_signals = int(header[252:256])
        fields = file.read(256 * n_signals)
    width = 3 if header[0] == 0xFF else 2  # bytes per sample
    labels = [fields[16 * k : 16 * k + 16].strip(b" \0") for k in range(n_signals)]
    sizes = [int(fields[216 * n_signals + 8 * k :][:8]) * width for k in range(n_signals)]
    ends = np.cumsum(sizes)
    lists = [
        slice(ends[k] - sizes[k], ends[k])
        for k, label in enumerate(labels)
        if label in (b"EDF Annotations", b"BDF Annotations")
    ]
    discontinuous = header[192:197] in (b"EDF+D", b"BDF+D")
    per_record = round((float(header[244:252]) or 1.0) * sfreq)  # as in MNE, 0 s means 1 s
    shape = (n_samples // per_record, int(ends[-1]))
    stored = np.asarray(np.memmap(path, np.uint8, "r", offset=256 * (n_signals + 1), shape=shape))
    stamps_s, notes = [], []
    for record in stored:
        found = [tal for place in lists for tal in _tals(record[place].tobytes())]
        stamps_s.append(found[0][0] if found and found[0][2] == "" else np.nan)
        notes += [tal for tal in found if tal[2]]
    first_s = stamps_s[0] if np.isfinite(stamps_s[0]) else 0.0
    pauses = _record_pauses(
        (np.array(stamps_s) - first_s) * sfreq, per_record, max(1.0, _JITTER_S * sfreq)
    )
    if pauses is None:
        if discontinuous:
            raise UserError(
                str(path),
                expected="the time of each data record, as EDF+D and BDF+D prescribe",
                found="times that are missing or overlap",
                next_step="export it again as EDF+C, or one file per uninterrupted part",
            )
        pauses = []  # declared continuous, or no EDF+
    marks = Marks(pauses)
    times = np.array([(at, at + length) for at, length, _ in notes]).reshape(-1, 2)
    spans = marks.stored((times - first_s) * sfreq) if notes else times
    for (start, end), (_, _, text) in zip(spans, notes, strict=True):
        marks.annotations.append((float(start), float(end), text))
    return marks


def _tals(stored: bytes) -> list[tuple[float, float, str]]:
    """Split a list of annotations into onset and duration, in seconds, and text."""
    out = []
    for tal in filter(None, stored.split(b"\0")):
        head, *texts = tal.split(b"\x14")
        time = re.fullmatch(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?", head)
        if time:
            for text in texts[:-1]:
                out.append((float(time[1]), float(time[2] or 0), text.decode("utf-8", "replace")))
    return out


def _record_pauses(
    onsets: NDArray[np.float64], per_record: int, tolerance: float
) -> list[tuple[int, int]] | None:
    """Find pauses between data records from their onsets, in samples.

    Returns:
        First stored sample after each pause and the samples lost; None if onsets are unusable.
    """
    pauses, lost = [], 0
    for number, onset in enumerate(onsets):
        late = onset - number * per_record - lost
        if not late >= -tolerance:  # NaN too
            return None
        if late > tolerance:
            pauses.append((number * per_record, round(late)))
            lost += round(late)
    return pauses


def _brainvision_marks(path: Path, raw: mne.io.BaseRaw) -> Marks:
    """Read markers; a New Segment with a time tells how long the pause before it was."""
    sfreq = raw.info["sfreq"]
    marks = Marks(annotations=_spans(raw.annotations, sfreq, skip=("New Segment/",)))
    named = re.search(r"^MarkerFile *= *(.+?)\s*$", path.read_text("latin-1"), re.MULTILINE)
    file = path.with_name(named[1].replace("$b", path.stem)) if named else None
    if file is None or not file.is_file():
        return marks
    segments = re.findall(
        r"^Mk\d+=New Segment,[^,\n]*,(\d+)[^\n]*?(?:,(\d{20}))?\s*$",
        file.read_text("latin-1"),
        re.MULTILINE | re.IGNORECASE,
    )
    first: tuple[int, datetime] | None = None
    for position, stamp in segments:
        start = int(position) - 1  # BrainVision counts from 1
        time = _time(stamp)
        if first is None and time is not None:
            first = (start, time)
        if not 0 < start < raw.n_times:
            continue
        late = np.nan  # samples, after those stored and the pauses before
        if first is not None and time is not None and start > first[0]:
            passed = (time - first[1]).total_seconds() * sfreq
            late = passed - (start - first[0]) - marks.n_lost
        if late > 1:
            marks.pauses.append((start, round(late)))
        elif not late >= -1:  # without a time, or from another recording
            marks.boundaries.append(start)
    return marks


def _time(stamp: str) -> datetime | None:
    """Return the time of a New Segment, or None where it states none that exists."""
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S%f")
    except ValueError:
        return None


def _eeglab_marks(path: Path, raw: mne.io.BaseRaw) -> Marks:
    """Read events; a boundary's duration is the length of the data that were cut out."""
    sfreq = raw.info["sfreq"]
    found = mne.read_annotations(path)  # those of `raw` end with the samples, at the latest
    marks = Marks(annotations=_spans(found, sfreq, skip=_EEGLAB_BOUNDARY))
    for onset, duration, text in zip(found.onset, found.duration, found.description, strict=True):
        start = int(np.ceil(onset * sfreq - _ROUNDING))  # EEGLAB sets it half a sample before
        if text in _EEGLAB_BOUNDARY and 0 < start < raw.n_times:
            lost = round(duration * sfreq) if np.isfinite(duration) else 0
            if lost > 0:
                marks.pauses.append((start, lost))
            else:
                marks.boundaries.append(start)
    return marks


def _spans(
    found: mne.Annotations, sfreq: float, *, skip: tuple[str, ...]
) -> list[tuple[float, float, str]]:
    return [
        (onset * sfreq, (onset + np.nan_to_num(duration)) * sfreq, str(text))
        for onset, duration, text in zip(
            found.onset, found.duration, found.description, strict=True
        )
        if not str(text).startswith(skip)
    ]
