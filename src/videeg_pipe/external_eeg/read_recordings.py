"""Windows of recordings and epochs: files that MNE reads, folders of them, BIDS-EEG folders."""

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from videeg_pipe.contracts.constants import UV_PER_V
from videeg_pipe.external_eeg.window_set import LABELS, WindowSet, match_channels
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_array
from videeg_pipe.sources.bids.listing import FORMATS
from videeg_pipe.sources.subjects import natural_order

if TYPE_CHECKING:
    import mne

_PART = re.compile(r"(?P<first>.*)-\d+\.fif(\.gz)?|.*_split-(?!0*1_)\d+_.*\.fif(\.gz)?")
"""Further parts of a long FIF file, which MNE reads with the first."""


def holds_epochs(path: Path) -> bool:
    """Tell whether the file is a .fif of epochs, whatever its name."""
    return content_of(path) == "epochs"


def read_epochs(path: Path) -> WindowSet:
    """Read a .fif of epochs; columns of its metadata that are in LABELS become labels."""
    import mne

    with _reading(path):
        epochs = mne.read_epochs(path, proj=False, verbose="error")
        return _window_set(path, [epochs])


def read_recording(path: Path, window_s: float, sfreq: float | None = None) -> WindowSet:
    """Read a recording and cut it into adjacent windows of `window_s` seconds.

    It is resampled to `sfreq` Hz before, if that is given. Windows that touch a segment annotated
    as bad, or a pause in the file, are left out.

    Raises:
        UserError: if the file cannot be read, states no unit of voltage, or is too short.
    """
    from videeg_pipe.sources.bids.lone_files import open_file  # imports MNE

    with _reading(path):
        raw = open_file(path)
    return _cut(path, raw, window_s, sfreq)


def read_folder(root: Path, window_s: float, sfreq: float | None = None) -> WindowSet:
    """Read all recordings of a folder: as BIDS if it is laid out so, otherwise file by file.

    Of a BIDS recording in several formats, the file is read that a run would use. Recordings are
    resampled to `sfreq` if given; epochs are not.

    Raises:
        UserError: if there is no recording, one is there twice, or they differ in channels or
            sampling rate.
    """
    from mne_bids import find_matching_paths, read_raw_bids

    from videeg_pipe.sources.bids.listing import other_formats

    paths = find_matching_paths(
        root, datatypes="eeg", suffixes="eeg", extensions=list(FORMATS), check=True
    )
    if not paths:
        return _files(root, window_s, sfreq)
    parts = []
    for path in paths:
        file = Path(path.fpath)
        used, *others = other_formats(file)
        if file != used:
            continue
        with _reading(file):
            raw = read_raw_bids(path, verbose="error")
        part = _cut(file, raw, window_s, sfreq)
        notes = [f"left out, the same recording: {other.name}" for other in others]
        labels = part.labels.assign(subject=f"sub-{path.subject}")
        parts.append(replace(part, labels=labels, notes=(*part.notes, *notes)))
    return _joined(root, parts)


def _files(root: Path, window_s: float, sfreq: float | None) -> WindowSet:
    """Read the EDF, BDF, BrainVision, EEGLAB and FIF files of a folder and of those in it."""
    found = [path for path in root.rglob("*") if path.is_file() and not path.name.startswith(".")]
    contents = {path: content_of(path) for path in sorted(found, key=_place)}
    files = [path for path, content in contents.items() if content in ("raw", "epochs")]
    files = [path for path in files if not _is_further_part(path, files)]
    if not files:
        raise UserError(
            str(root),
            expected="EDF, BDF, BrainVision, EEGLAB or FIF files, or a BIDS folder with "
            f"sub-*/eeg/*_eeg{' or '.join(FORMATS)}",
            found="no such recording",
            next_step="give the folder that holds the recordings",
        )
    first_of: dict[Path, Path] = {}
    for path in files:
        other = first_of.setdefault(path.with_suffix(""), path)
        if other != path:
            raise UserError(
                str(path),
                expected="one file per recording",
                found=f"{other.name} beside it",
                next_step="move one of the two out of the folder",
            )
    parts = [
        read_epochs(path) if contents[path] == "epochs" else read_recording(path, window_s, sfreq)
        for path in files
    ]
    joined = _joined(root, parts)
    rest = [path.name for path, content in contents.items() if content == "other"]
    note = f"left out, as they hold no recording: {', '.join(rest)}"
    return replace(joined, notes=(*joined.notes, note)) if rest else joined


def _place(path: Path) -> list[list[str | int]]:
    """Sort key of a path: numbers in the names of folders and files count by value."""
    return [natural_order(Path(name)) for name in path.parts]


def content_of(path: Path) -> str:
    """Return the content by format: raw, epochs, other (a .fif of something else) or none."""
    import mne

    if path.suffix.lower() in FORMATS:
        return "raw"
    if not path.name.lower().endswith((".fif", ".fif.gz")):
        return "none"
    try:
        content = mne.what(path)
    except (ValueError, OSError):  # not a .fif
        return "raw"  # its reader says what is wrong
    return content if content in ("raw", "epochs") else "other"


def _is_further_part(path: Path, files: Sequence[Path]) -> bool:
    part = _PART.fullmatch(path.name)
    if part is None:
        return False
    return part["first"] is None or any(
        path.with_name(part["first"] + end) in files for end in (".fif", ".fif.gz")
    )


def _cut(
    path: Path,
    raw: "mne.io.BaseRaw",
    window_s: float,
    new_sfreq: float | None = None,
) -> WindowSet:
    """Cut the parts between pauses into adjacent windows.

    Args:
        path: The recording.
        raw: The same, as MNE has opened it.
        window_s: Length of a window, s.
        new_sfreq: Rate to resample to, Hz.
    """
    import mne

    from videeg_pipe.sources.bids.lone_files import examine_file

    with _reading(path):
        raw.pick("eeg", exclude=[])
    with _reading(path):
        volts, breaks, notes = examine_file(path, raw)
    sfreq, ends = raw.info["sfreq"], [*breaks, raw.n_times]
    lengths = np.diff([0, *ends])
    if lengths.max() < round(window_s * sfreq):
        raise UserError(
            str(path),
            expected=f"a window of {window_s:g} s or more",
            found=f"{lengths.max() / sfreq:.3g} s without a pause",
            next_step="use a shorter --window-s, or remove the recording",
        )
    epochs, n_touched = [], 0
    with _reading(path):
        for end, length in zip(ends, lengths, strict=True):
            if length < round(window_s * sfreq):
                continue
            start = end - length
            part = raw
            if breaks:
                part = raw.copy().crop(start / sfreq, end / sfreq, include_tmax=False)
            if new_sfreq not in (None, sfreq):
                part = part.copy().load_data().resample(new_sfreq, method="polyphase")
            cut = mne.make_fixed_length_epochs(part, window_s, proj=False, verbose="error")
            epochs.append(cut.load_data())
            n_touched += len(cut.drop_log) - len(cut)
        windows = _window_set(path, epochs)
    if windows.sfreq != sfreq:
        notes.append(
            f"resampled from {sfreq:g} to {windows.sfreq:g} Hz; filters and reference are those of "
            "the file"
        )
    if breaks:
        notes.append(f"it pauses {len(breaks)} times; no window contains a pause")
    if n_touched:
        notes.append(f"windows that touch a segment marked as bad are left out: {n_touched}")
    if not np.all(volts == 1):
        windows = replace(windows, eeg=(windows.eeg * volts[:, None]).astype(np.float32))
    return replace(windows, notes=tuple(notes))


def _window_set(path: Path, parts: "Sequence[mne.BaseEpochs]") -> WindowSet:
    """The EEG of epochs in uV, with the labels of their metadata."""
    eeg, labels = [], []
    for epochs in parts:
        epochs.pick("eeg", exclude=[])
        known = pd.DataFrame(index=range(len(epochs)))
        if epochs.metadata is not None:
            known = epochs.metadata.filter(LABELS)
            known = known.astype(str).where(known.notna())
        labels.append(known)
        eeg.append((epochs.get_data(copy=False) * UV_PER_V).astype(np.float32))
    return WindowSet(
        str(path),
        np.concatenate(eeg),
        float(parts[0].info["sfreq"]),
        tuple(parts[0].ch_names),
        pd.concat(labels, ignore_index=True),
    )


def _joined(root: Path, parts: Sequence[WindowSet]) -> WindowSet:
    """Concatenate recordings, with the channels in the order of the first."""
    first, seen = parts[0], dict[str, str]()
    matched = []
    for part in parts:
        assert part.sfreq is not None and first.sfreq is not None  # files state their rate
        if part.sfreq != first.sfreq:
            raise UserError(
                part.name,
                expected=f"{first.sfreq:g} Hz, like {first.name}",
                found=f"{part.sfreq:g} Hz",
                next_step=f"resample it, or pass --resample {min(part.sfreq, first.sfreq):g}",
            )
        if part.eeg.shape[-1] != first.eeg.shape[-1]:
            raise UserError(
                part.name,
                expected=f"windows of {first.eeg.shape[-1]} samples, like {first.name}",
                found=f"{part.eeg.shape[-1]} samples",
                next_step="give all epochs one length; --window-s sets that of recordings",
            )
        same = seen.setdefault(sha256_array(part.eeg), part.name) if len(part) else part.name
        if same != part.name:
            raise UserError(
                part.name,
                expected="recordings that differ",
                found=f"the same EEG as in {same}",
                next_step="move one of the two out of the folder",
            )
        matched.append(match_channels(part, first))
    return WindowSet(
        str(root),
        np.concatenate([part.eeg for part in matched]),
        first.sfreq,
        first.channels,
        pd.concat([part.labels for part in matched], ignore_index=True),
        tuple(f"{Path(part.name).name}: {note}" for part in parts for note in part.notes),
        {str(Path(part.name).relative_to(root)): len(part) for part in parts},
    )


def _reading(path: Path) -> AbstractContextManager[None]:
    from videeg_pipe.sources.bids.lone_files import reading

    return reading(
        path,
        expected=".npy, .npz, a release (.h5), a file that MNE reads, or a folder of these",
        next_step="convert it to one of these, such as epochs in -epo.fif",
    )
