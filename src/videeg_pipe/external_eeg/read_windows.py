"""Reading windows of EEG from arrays, releases, MNE's formats and folders."""

import tokenize
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.external_eeg.read_recordings import (
    holds_epochs,
    read_epochs,
    read_folder,
    read_recording,
)
from videeg_pipe.external_eeg.window_set import WindowSet, checked, with_labels
from videeg_pipe.reader.checks import RELEASE
from videeg_pipe.reader.generated import holds_generated, read_generated
from videeg_pipe.reader.release import load_release
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_npy


def read_windows(
    source: Path | NDArray[Any],
    window_s: float,
    labels: str | Path | pd.DataFrame | None = None,
    split: str | None = None,
    sfreq: float | None = None,
    name: str = "array",
) -> WindowSet:
    """Read windows from an array, a file or a folder.

    Args:
        source: An array, .npy or .npz in uV, (n, C, T); a release (.h5), or its folder; EEG of
            `videeg generate` (.h5, .zarr); epochs (.fif); a recording that MNE reads, or a folder
            of such files, as BIDS or not; volts are converted to uV.
        window_s: Length of the windows that recordings are cut into, seconds.
        labels: Table or CSV with one row per window and some of the columns LABELS. It takes
            precedence over the file's own labels.
        split: Only the samples of this split of a release.
        sfreq: Resample recordings to this rate before they are cut, Hz.
        name: Name of an array in messages.

    Raises:
        UserError: for a file that is missing, unreadable, empty or of another shape, values that
            are not finite, and labels that do not fit.
    """
    if isinstance(source, Path):
        windows = _file(source, window_s, split, sfreq)
    else:
        windows = _array(name, source, None, None)
    return checked(windows if labels is None else with_labels(windows, labels))


def is_release(source: str | Path | NDArray[Any]) -> bool:
    """Tell whether a file is a release, by its name, unless it holds other generated EEG.

    The folder of a release is one as well.
    """
    if isinstance(source, np.ndarray):
        return False
    path = Path(source)
    if path.is_dir():
        return (path / RELEASE).is_file()
    return path.suffix.lower() in (".h5", ".hdf5") and not holds_generated(path)


def _file(path: Path, window_s: float, split: str | None, sfreq: float | None) -> WindowSet:
    if not path.exists():
        raise UserError(
            str(path),
            expected="a file or a folder with EEG",
            found="no such file or folder",
            next_step="correct the path",
        )
    match path.suffix.lower():
        case ".zarr" | ".h5" | ".hdf5" if path.suffix.lower() == ".zarr" or holds_generated(path):
            return _generated(path, window_s, sfreq)
        case _ if path.is_dir() and is_release(path):
            return _release(path / RELEASE, split)
        case _ if path.is_dir():
            return read_folder(path, window_s, sfreq)
        case ".npy":
            return _array(str(path), read_npy(path), None, None)
        case ".npz":
            return _archive(path)
        case _ if is_release(path):
            return _release(path, split)
        case ".fif" | ".gz" if holds_epochs(path):
            return read_epochs(path)
        case _:
            return read_recording(path, window_s, sfreq)


def _array(
    name: str, eeg: NDArray[Any], sfreq: float | None, channels: tuple[str, ...] | None
) -> WindowSet:
    if eeg.dtype.kind not in "fiu" or eeg.ndim != 3:
        shape = "x".join(map(str, eeg.shape))
        raise UserError(
            name,
            expected="numbers of the shape windows x channels x samples",
            found=f"{eeg.dtype} of the shape {shape or 'of a single value'}",
            next_step="reshape it; a single window is 1 x channels x samples",
        )
    if channels is not None and len(channels) != eeg.shape[1]:
        raise UserError(
            name,
            expected=f"{eeg.shape[1]} channel names",
            found=str(len(channels)),
            next_step="correct `channels`",
        )
    no_labels = pd.DataFrame(index=range(len(eeg)))
    return WindowSet(name, eeg.astype(np.float32), sfreq, channels, no_labels)


_DAMAGED = (
    *(ValueError, TypeError, EOFError, OSError, OverflowError, MemoryError, RecursionError),
    # of an archive: damaged, encrypted, packed in an unknown way, a header that is not Python
    *(zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError),
    *(SyntaxError, tokenize.TokenError),
)


def _archive(path: Path) -> WindowSet:
    """Read a .npz: `eeg` or its only array, and `sfreq` and `channels` if present."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        if other := [key for key, one in arrays.items() if not isinstance(one, np.ndarray)]:
            raise ValueError(f"{other[0]}, which is no array")
        sfreq, channels = arrays.pop("sfreq", None), arrays.pop("channels", None)
        name = next(iter(arrays)) if len(arrays) == 1 else "eeg"
        if name not in arrays:
            raise ValueError(f"arrays {', '.join(arrays) or 'none'}")
        if channels is not None and channels.nbytes == 0:  # a few bytes could claim 10^12 names
            raise ValueError("channels without names")
        return _array(
            str(path),
            arrays[name],
            None if sfreq is None else float(sfreq),
            None if channels is None else tuple(map(str, channels)),
        )
    except _DAMAGED as error:
        raise UserError(
            str(path),
            expected="a .npz of plain arrays, with `eeg` or a single array",
            found=str(error),
            next_step="write it with numpy.savez(path, eeg=..., sfreq=..., channels=...)",
        ) from None


def _release(path: Path, split: str | None) -> WindowSet:
    release = load_release(path, fields=("eeg",)).select(split=split)
    metadata = release.to_pandas()
    counts = metadata["split"].value_counts()
    labels = metadata[["subject", "concept", "emotion"]].assign(
        clip_id=metadata["video_id"] + "/" + metadata["concept_id"].astype(str)
    )
    notes: tuple[str, ...] = ()
    if len(counts) > 1:
        shares = ", ".join(f"{count} of {name}" for name, count in counts.items())
        notes = (f"samples of all splits are used, {shares}; --split selects one",)
    windows = _array(str(path), release.values("eeg"), release.sfreq, tuple(release.channel_names))
    return replace(windows, labels=labels, notes=notes)


def _generated(path: Path, window_s: float, new_sfreq: float | None) -> WindowSet:
    """Cut each draw of generated EEG into adjacent windows, like the parts of recordings."""
    from videeg_pipe.preprocess.recordings import resample  # imports MNE

    stored = read_generated(path)
    data, sfreq = stored["data"], stored["sfreq"]
    notes: tuple[str, ...] = ()
    if new_sfreq is not None and new_sfreq != sfreq:
        data = np.stack([resample(draw, sfreq, new_sfreq) for draw in data])
        notes = (f"resampled from {sfreq:g} to {new_sfreq:g} Hz",)
        sfreq = new_sfreq
    draws, C, N = data.shape
    T = max(1, round(window_s * sfreq))
    n = N // T
    if n == 0:
        raise UserError(
            str(path),
            expected=f"a window of {window_s:g} s or more",
            found=f"{N / sfreq:.3g} s",
            next_step="use a shorter --window-s",
        )
    windows = data[..., : n * T].reshape(draws, C, n, T).swapaxes(1, 2).reshape(-1, C, T)
    return replace(_array(str(path), windows, sfreq, stored["channels"]), notes=notes)
