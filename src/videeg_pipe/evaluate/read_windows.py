"""Windows of EEG from anybody's files: arrays, releases, what MNE reads, and BIDS-EEG folders."""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.dataset import VidEEGDataset, read_metadata
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing, read_npy

if TYPE_CHECKING:
    import mne

LABELS = ("subject", "clip_id", "concept", "emotion")
"""What may be known of a window, as columns of a CSV or of MNE's metadata."""

_UV_PER_V = 1e6
_BIDS_EXTENSIONS = [".edf", ".bdf", ".vhdr", ".set"]


@dataclass(frozen=True)
class WindowSet:
    """Windows of EEG, and what is known of them."""

    name: str  # in messages
    eeg: NDArray[np.float32]  # (n, C, T) uV
    sfreq: float | None  # Hz
    channels: tuple[str, ...] | None
    labels: pd.DataFrame  # n rows, those of LABELS that are known
    notes: tuple[str, ...] = ()  # what was left aside

    def __len__(self) -> int:
        """Return n."""
        return len(self.eeg)

    def take(self, rows: NDArray[np.intp]) -> "WindowSet":
        """Some of the windows."""
        return replace(
            self, eeg=self.eeg[rows], labels=self.labels.iloc[rows].reset_index(drop=True)
        )


def read_windows(
    path: Path, window_s: float, labels: Path | None = None, split: str | None = None
) -> WindowSet:
    """Read windows from a file or a folder.

    Args:
        path: .npy or .npz in uV, (n, C, T); a release (.h5); epochs (.fif); a recording that
            MNE reads, or a BIDS-EEG folder of them, whose volts become uV.
        window_s: Length of the windows that recordings are cut into, seconds.
        labels: CSV with a row a window and some of the columns LABELS; it outweighs the file's.
        split: Of a release, the samples of this split alone.

    Raises:
        UserError: for a file that is missing, unreadable, empty or of another shape, values that
            are not finite, and labels that do not fit.
    """
    if not path.exists():
        raise missing(path)
    match "".join(path.suffixes[-1:]).lower():
        case _ if path.is_dir():
            found = _bids(path, window_s)
        case ".npy":
            found = _array(path, read_npy(path), None, None)
        case ".npz":
            found = _archive(path)
        case ".h5" | ".hdf5":
            found = _release(path, split)
        case ".fif" | ".gz" if _holds_epochs(path):
            found = _epochs_file(path)
        case _:
            found = _recording(path, _raw(path), window_s)
    return _checked(found if labels is None else _labelled(found, labels))


def _array(
    path: Path, eeg: NDArray[Any], sfreq: float | None, channels: tuple[str, ...] | None
) -> WindowSet:
    if eeg.dtype.kind not in "fiu" or eeg.ndim != 3:
        shape = "x".join(map(str, eeg.shape))
        raise UserError(
            str(path),
            expected="numbers of the shape windows x channels x samples",
            found=f"{eeg.dtype} of the shape {shape or 'of a single value'}",
            next_step="reshape it; one window alone is 1 x channels x samples",
        )
    if channels is not None and len(channels) != eeg.shape[1]:
        raise UserError(
            str(path),
            expected=f"{eeg.shape[1]} channel names",
            found=str(len(channels)),
            next_step="correct `channels`",
        )
    nothing = pd.DataFrame(index=range(len(eeg)))
    return WindowSet(str(path), eeg.astype(np.float32), sfreq, channels, nothing)


def _archive(path: Path) -> WindowSet:
    """A .npz: `eeg` or its only array, and `sfreq` and `channels` where they are there."""
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
            expected="a .npz of plain arrays, with `eeg` or one array alone",
            found=str(error),
            next_step="write it with numpy.savez(path, eeg=..., sfreq=..., channels=...)",
        ) from None


def _release(path: Path, split: str | None) -> WindowSet:
    data = VidEEGDataset(path, split, fields=("eeg",))  # says in one line what is wrong with a file
    with h5py.File(path) as file:
        eeg, metadata = file["eeg"][data.rows], read_metadata(file).iloc[data.rows]
    counts = metadata["split"].value_counts()
    labels = metadata[["subject", "concept", "emotion"]].assign(
        clip_id=metadata["video_id"] + "/" + metadata["concept_id"].astype(str)
    )
    notes: tuple[str, ...] = ()
    if len(counts) > 1:
        held = ", ".join(f"{count} of {name}" for name, count in counts.items())
        notes = (f"samples of all splits are taken, {held}; --split takes one",)
    found = _array(path, eeg, data.sfreq, tuple(data.channel_names))
    return replace(found, labels=labels.reset_index(drop=True), notes=notes)


def _holds_epochs(path: Path) -> bool:
    """Whether it is a .fif of epochs; its name need not say so."""
    import mne

    try:
        return mne.what(path) == "epochs"
    except (ValueError, OSError):  # not a .fif at all
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
    """Windows side by side; those that touch a stretch annotated as bad are left out."""
    import mne

    if raw.n_times < round(window_s * raw.info["sfreq"]):
        raise UserError(
            str(path),
            expected=f"a window of {window_s:g} s or more",
            found=f"{raw.n_times / raw.info['sfreq']:.3g} s",
            next_step="give a shorter --window-s, or leave the recording out",
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
    found = _array(path, eeg, float(epochs.info["sfreq"]), tuple(epochs.ch_names))
    return replace(found, labels=known)


def _bids(root: Path, window_s: float) -> WindowSet:
    """All EEG recordings of a BIDS folder, one after the other; the subjects are known."""
    from mne_bids import find_matching_paths, read_raw_bids

    paths = find_matching_paths(
        root, datatypes="eeg", suffixes="eeg", extensions=_BIDS_EXTENSIONS, check=True
    )
    if not paths:
        raise UserError(
            str(root),
            expected=f"a BIDS folder with sub-*/eeg/*_eeg{' or '.join(_BIDS_EXTENSIONS)}",
            found="no such recording",
            next_step="name the data set's root folder, where dataset_description.json lies",
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
    """Recordings under one another, with the channels in the order of the first."""
    first = parts[0]
    same = [first]
    for part in parts[1:]:
        if part.sfreq != first.sfreq:
            raise UserError(
                part.name,
                expected=f"{first.sfreq:g} Hz, as {first.name} has",
                found=f"{part.sfreq:g} Hz",
                next_step="resample it",
            )
        same.append(in_order(part, first))
    return WindowSet(
        name,
        np.concatenate([part.eeg for part in same]),
        first.sfreq,
        first.channels,
        pd.concat([part.labels for part in same], ignore_index=True),
    )


def in_order(windows: WindowSet, like: WindowSet) -> WindowSet:
    """Windows with their channels in the order of others'; by name where both have names.

    Raises:
        UserError: if the channels are not the same.
    """
    if windows.channels is None or like.channels is None:
        if windows.eeg.shape[1] != like.eeg.shape[1]:
            raise UserError(
                windows.name,
                expected=f"{like.eeg.shape[1]} channels, as {like.name} has",
                found=str(windows.eeg.shape[1]),
                next_step="give both the same channels in the same order",
            )
        return windows
    own, wanted = ([name.upper() for name in of.channels or ()] for of in (windows, like))
    lacking, surplus = sorted(set(wanted) - set(own)), sorted(set(own) - set(wanted))
    if lacking or surplus or len(set(own)) < len(own):
        raise UserError(
            windows.name,
            expected=f"the channels of {like.name}, each once",
            found=f"without {', '.join(lacking) or 'none'}, more {', '.join(surplus) or 'none'}",
            next_step="give both the same channels; their order does not matter",
        )
    order = [own.index(name) for name in wanted]
    return replace(windows, eeg=windows.eeg[:, order], channels=like.channels)


def _labelled(windows: WindowSet, path: Path) -> WindowSet:
    """Windows with the labels of a CSV."""
    try:
        table = pd.read_csv(path, dtype=str, skipinitialspace=True)
    except FileNotFoundError:
        raise missing(path) from None
    except (ValueError, OSError) as error:  # of pandas' parser and decoder too
        raise UserError(
            str(path), expected="a CSV file", found=str(error), next_step="write it again"
        ) from None
    known = [name for name in LABELS if name in table]
    if not known or len(table) != len(windows) or table[known].isna().any(axis=None):
        empty = "" if not known else f", {int(table[known].isna().to_numpy().sum())} empty cells"
        raise UserError(
            str(path),
            expected=f"{len(windows)} rows, one a window of {windows.name}, with some of the "
            f"columns {', '.join(LABELS)}",
            found=f"{len(table)} rows of {', '.join(map(str, table.columns))}{empty}",
            next_step="give every window its row, in the order of the windows",
        )
    rest = windows.labels.drop(columns=known, errors="ignore")
    unknown = [str(name) for name in table if name not in LABELS]
    notes = (f"columns {', '.join(unknown)} of {path} are not used",) if unknown else ()
    labels = pd.concat([table[known], rest], axis=1)
    return replace(windows, labels=labels, notes=windows.notes + notes)


def _checked(windows: WindowSet) -> WindowSet:
    if not windows.eeg.size or windows.eeg.shape[-1] < 2:
        raise UserError(
            windows.name,
            expected="at least one window, of two samples or more",
            found="x".join(map(str, windows.eeg.shape)),
            next_step="check what was written",
        )
    wrong = ~np.isfinite(windows.eeg).all((1, 2))
    if wrong.any():
        raise UserError(
            windows.name,
            expected="finite numbers",
            found=f"NaN or infinity in {wrong.sum()} of {len(windows)} windows, the first in "
            f"window {int(np.argmax(wrong))}",
            next_step="leave those windows out, or interpolate them",
        )
    known = [name for name in windows.labels if (windows.labels[name] != "").all()]
    return replace(windows, labels=windows.labels[known])


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Silence a reader's warnings; its errors become ours: each format fails in its own way."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            str(path),
            expected=".npy, .npz, a release (.h5), a file that MNE reads, or a BIDS folder",
            found=f"{type(error).__name__}: {error}",
            next_step="convert it to one of these, such as epochs in -epo.fif",
        ) from error
