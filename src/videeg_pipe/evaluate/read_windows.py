"""Reading windows of EEG from arrays, releases, MNE's formats and BIDS-EEG folders."""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.dataset import VidEEGDataset, read_metadata
from videeg_pipe.evaluate.window_set import LABELS, WindowSet, checked, match_channels, with_labels
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing, read_npy

if TYPE_CHECKING:
    import mne

_UV_PER_V = 1e6
_BIDS_EXTENSIONS = [".edf", ".bdf", ".vhdr", ".set"]


def read_windows(
    path: Path, window_s: float, labels: Path | None = None, split: str | None = None
) -> WindowSet:
    """Read windows from a file or a folder.

    Args:
        path: .npy or .npz in uV, (n, C, T); a release (.h5); epochs (.fif); a recording that
            MNE reads, or a BIDS-EEG folder of recordings; volts are converted to uV.
        window_s: Length of the windows that recordings are cut into, seconds.
        labels: CSV with one row per window and some of the columns LABELS. It takes precedence
            over the file's own labels.
        split: Only the samples of this split of a release.

    Raises:
        UserError: for a file that is missing, unreadable, empty or of another shape, values that
            are not finite, and labels that do not fit.
    """
    if not path.exists():
        raise missing(path)
    match "".join(path.suffixes[-1:]).lower():
        case _ if path.is_dir():
            windows = _bids(path, window_s)
        case ".npy":
            windows = _array(path, read_npy(path), None, None)
        case ".npz":
            windows = _archive(path)
        case ".h5" | ".hdf5":
            windows = _release(path, split)
        case ".fif" | ".gz" if _holds_epochs(path):
            windows = _epochs_file(path)
        case _:
            windows = _recording(path, _raw(path), window_s)
    return checked(windows if labels is None else with_labels(windows, labels))


def _array(
    path: Path, eeg: NDArray[Any], sfreq: float | None, channels: tuple[str, ...] | None
) -> WindowSet:
    if eeg.dtype.kind not in "fiu" or eeg.ndim != 3:
        shape = "x".join(map(str, eeg.shape))
        raise UserError(
            str(path),
            expected="numbers of the shape windows x channels x samples",
            found=f"{eeg.dtype} of the shape {shape or 'of a single value'}",
            next_step="reshape it; a single window is 1 x channels x samples",
        )
    if channels is not None and len(channels) != eeg.shape[1]:
        raise UserError(
            str(path),
            expected=f"{eeg.shape[1]} channel names",
            found=str(len(channels)),
            next_step="correct `channels`",
        )
    no_labels = pd.DataFrame(index=range(len(eeg)))
    return WindowSet(str(path), eeg.astype(np.float32), sfreq, channels, no_labels)


def _archive(path: Path) -> WindowSet:
    """Read a .npz: `eeg` or its only array, and `sfreq` and `channels` if present."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        sfreq, channels = arrays.pop("sfreq", None), arrays.pop("channels", None)
        name = next(iter(arrays)) if len(arrays) == 1 else "eeg"
        if name not in arrays:
            raise ValueError(f"arrays {', '.join(arrays) or 'none'}")
        return _array(
            path,
            arrays[name],
            None if sfreq is None else float(sfreq),
            None if channels is None else tuple(map(str, channels)),
        )
    except (ValueError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise UserError(
            str(path),
            expected="a .npz of plain arrays, with `eeg` or a single array",
            found=str(error),
            next_step="write it with numpy.savez(path, eeg=..., sfreq=..., channels=...)",
        ) from None


def _release(path: Path, split: str | None) -> WindowSet:
    data = VidEEGDataset(path, split, fields=("eeg",))  # checks the file
    with h5py.File(path) as file:
        eeg, metadata = file["eeg"][data.rows], read_metadata(file).iloc[data.rows]
    counts = metadata["split"].value_counts()
    labels = metadata[["subject", "concept", "emotion"]].assign(
        clip_id=metadata["video_id"] + "/" + metadata["concept_id"].astype(str)
    )
    notes: tuple[str, ...] = ()
    if len(counts) > 1:
        shares = ", ".join(f"{count} of {name}" for name, count in counts.items())
        notes = (f"samples of all splits are used, {shares}; --split selects one",)
    windows = _array(path, eeg, data.sfreq, tuple(data.channel_names))
    return replace(windows, labels=labels.reset_index(drop=True), notes=notes)


def _holds_epochs(path: Path) -> bool:
    """Whether the file is a .fif of epochs, whatever its name."""
    import mne

    try:
        return mne.what(path) == "epochs"
    except (ValueError, OSError):  # not a .fif
        return False


def _epochs_file(path: Path) -> WindowSet:
    import mne

    with _reading(path):
        epochs = mne.read_epochs(path, proj=False, verbose="error")
        return _epochs(path, epochs)


def _raw(path: Path) -> "mne.io.BaseRaw":
    import mne

    with _reading(path):
        return mne.io.read_raw(path, verbose="error")


def _recording(path: Path, raw: "mne.io.BaseRaw", window_s: float) -> WindowSet:
    """Cut adjacent windows; those that overlap an annotation `bad` are dropped."""
    import mne

    if raw.n_times < round(window_s * raw.info["sfreq"]):
        raise UserError(
            str(path),
            expected=f"a window of {window_s:g} s or more",
            found=f"{raw.n_times / raw.info['sfreq']:.3g} s",
            next_step="use a shorter --window-s, or remove the recording",
        )
    with _reading(path):
        epochs = mne.make_fixed_length_epochs(raw, window_s, proj=False, verbose="error")
        return _epochs(path, epochs.load_data())


def _epochs(path: Path, epochs: "mne.BaseEpochs") -> WindowSet:
    epochs = epochs.pick("eeg", exclude=[])
    known = pd.DataFrame(index=range(len(epochs)))
    if epochs.metadata is not None:
        known = epochs.metadata.filter(LABELS).dropna(axis="columns").astype(str)
        known = known.reset_index(drop=True)
    eeg = epochs.get_data(copy=False) * _UV_PER_V
    windows = _array(path, eeg, float(epochs.info["sfreq"]), tuple(epochs.ch_names))
    return replace(windows, labels=known)


def _bids(root: Path, window_s: float) -> WindowSet:
    """Read all EEG recordings of a BIDS folder, with their subjects as labels."""
    from mne_bids import find_matching_paths, read_raw_bids

    paths = find_matching_paths(
        root, datatypes="eeg", suffixes="eeg", extensions=_BIDS_EXTENSIONS, check=True
    )
    if not paths:
        raise UserError(
            str(root),
            expected=f"a BIDS folder with sub-*/eeg/*_eeg{' or '.join(_BIDS_EXTENSIONS)}",
            found="no such recording",
            next_step="give the data set's root folder, which holds dataset_description.json",
        )
    parts = []
    for path in paths:
        file = Path(path.fpath)
        with _reading(file):
            raw = read_raw_bids(path, verbose="error")
        part = _recording(file, raw, window_s)
        parts.append(replace(part, labels=part.labels.assign(subject=f"sub-{path.subject}")))
    return _joined(str(root), parts)


def _joined(name: str, parts: Sequence[WindowSet]) -> WindowSet:
    """Concatenate recordings, with the channels in the order of the first."""
    first = parts[0]
    matched = [first]
    for part in parts[1:]:
        if part.sfreq != first.sfreq:
            raise UserError(
                part.name,
                expected=f"{first.sfreq:g} Hz, like {first.name}",
                found=f"{part.sfreq:g} Hz",
                next_step="resample it",
            )
        matched.append(match_channels(part, first))
    return WindowSet(
        name,
        np.concatenate([part.eeg for part in matched]),
        first.sfreq,
        first.channels,
        pd.concat([part.labels for part in matched], ignore_index=True),
    )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Silence a reader's warnings, and convert any of its errors to a UserError."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except UserError:
        raise
    except Exception as error:  # each format's reader raises errors of its own
        raise UserError(
            str(path),
            expected=".npy, .npz, a release (.h5), a file that MNE reads, or a BIDS folder",
            found=f"{type(error).__name__}: {error}",
            next_step="convert it to one of these, such as epochs in -epo.fif",
        ) from error
