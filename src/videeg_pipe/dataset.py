"""Readers of a release: a torch `Dataset` and MNE epochs.

They need only the released file.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from videeg_pipe.contracts.constants import V_PER_UV
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing

if TYPE_CHECKING:
    import mne

FIELDS = ("eeg", "clip_features", "stimulus_track", "concept_id", "subject", "sample_id")
"""Default fields of `VidEEGDataset`."""

METADATA = (
    "sample_id", "subject", "split", "concept", "concept_id", "emotion", "emotion_origin",
    "video_id", "video_time_s", "seed",
)  # fmt: skip

_SCHEMA = "1.0"
_KINDS = {"eeg": "f", "eeg_scale": "f"} | dict.fromkeys(METADATA, "text")
_KINDS |= {"concept_id": "iu", "seed": "iu", "video_time_s": "f"}


class VidEEGDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """Samples of a release, read one by one.

    Each process opens the file at its first read. The open file is never pickled, so worker
    processes may use any start method.
    """

    def __init__(
        self,
        path: str | Path,
        split: str | None = None,
        *,
        fields: Sequence[str] = FIELDS,
        scaled: bool = False,
    ) -> None:
        """Check the file and find the samples of a split.

        Args:
            path: `videeg-gen.h5`.
            split: train, validation or test; None for all.
            fields: Datasets of the file to return.
            scaled: Return `eeg` in [-1, 1], scaled per sample, instead of microvolts.

        Raises:
            UserError: for a missing file, an unknown split or field.
        """
        self.path, self.fields, self.scaled = Path(path), tuple(fields), scaled
        with reading(self.path), _open(self.path) as file:
            self.rows = _rows(file, self.path, split)
            unknown = [name for name in self.fields if name not in file]
            if unknown:
                raise UserError(
                    str(path),
                    expected=f"fields among {', '.join(file)}",
                    found=", ".join(unknown),
                    next_step="correct the fields",
                )
            self.sfreq = float(file.attrs["sfreq"])
            self.channel_names = [str(name) for name in file.attrs["channel_names"]]
        self._file: h5py.File | None = None
        self._opened_by = 0

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Read one sample: arrays as tensors, numbers as Python numbers, text as `str`.

        Raises:
            UserError: if the file is damaged.
        """
        row = int(self.rows[index])
        with reading(self.path):
            file = self._open_file()
            sample = {name: _plain(file[name], row) for name in self.fields}
            if self.scaled and "eeg" in sample:
                sample["eeg"] = sample["eeg"] * float(file["eeg_scale"][row])
        return sample

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without the open file."""
        return self.__dict__ | {"_file": None, "_opened_by": 0}

    def _open_file(self) -> h5py.File:
        if self._file is None or self._opened_by != os.getpid():  # forks must not share a file
            self._file, self._opened_by = h5py.File(self.path, "r"), os.getpid()
        return self._file


def to_epochs(
    path: str | Path, split: str | None = None, *, subject: str | None = None
) -> "mne.EpochsArray":
    """Convert a release, or a part of it, to MNE epochs.

    Args:
        path: `videeg-gen.h5`.
        split: train, validation or test; None for all.
        subject: Only this subject's samples; None for all.

    Returns:
        Epochs in volts, with time 0 at a sample's first value. They have channel names, the
        montage of the file's positions, concepts as events, and labels as metadata. The
        reference is unchanged.

    Raises:
        UserError: for a missing file, an unknown split, or an empty selection.
    """
    import mne  # takes a second, which the torch data set's workers save

    with reading(Path(path)), _open(Path(path)) as file:
        rows = _rows(file, Path(path), split)
        metadata = read_metadata(file).iloc[rows].reset_index(drop=True)
        if subject is not None:
            rows = rows[(metadata["subject"] == subject).to_numpy()]
            metadata = metadata[metadata["subject"] == subject].reset_index(drop=True)
        if not len(rows):
            raise UserError(
                str(path),
                expected=f"samples with split {split} and subject {subject}",
                found="none",
                next_step="choose another split or subject",
            )
        volts = file["eeg"][rows].astype(np.float64) * V_PER_UV
        names = [str(name) for name in file.attrs["channel_names"]]
        info = mne.create_info(names, float(file.attrs["sfreq"]), "eeg")
        positions = dict(zip(names, file.attrs["channel_positions_m"], strict=True))
        info["description"] = f"{file.attrs['title']} {file.attrs['version']}: SYNTHETIC EEG"
    info.set_montage(mne.channels.make_dig_montage(positions, coord_frame="head"))
    n_times = volts.shape[-1]
    codes = metadata["concept_id"].to_numpy()
    events = np.column_stack([np.arange(len(rows)) * n_times, np.zeros_like(codes), codes])
    epochs = mne.EpochsArray(
        volts, info, events=events, event_id=_event_id(metadata), metadata=metadata, verbose=False
    )
    # marks the data as referenced, so that MNE does not reference them again
    epochs, _ = mne.set_eeg_reference(epochs, ref_channels=[], copy=False, verbose=False)
    return epochs


def read_metadata(file: h5py.File) -> pd.DataFrame:
    """Read the labels of all samples of an open release, (n rows)."""
    return pd.DataFrame({name: _column(file[name]) for name in METADATA})


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Convert HDF5's errors about a damaged release, which are about addresses, to a UserError."""
    try:
        yield
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        raise UserError(
            str(path),
            expected="a release as SHA256SUMS lists it",
            found="one whose data cannot be read: it is damaged",
            next_step="download it again, and check it with sha256sum -c SHA256SUMS",
        ) from error


def _open(path: Path) -> h5py.File:
    """Open a release.

    Raises:
        UserError: if the file is missing, damaged or not a release.
    """
    if not path.exists():
        raise missing(path)
    try:
        file = h5py.File(path, "r")
    except OSError:  # HDF5's own text is about addresses
        found, next_step = "another file", "give the path of a release's videeg-gen.h5"
        if path.is_dir():
            found = "a folder"
        elif not os.access(path, os.R_OK):
            found, next_step = "no permission to read it", "change its permissions"
        elif h5py.is_hdf5(path):
            found, next_step = "a truncated or damaged one", "download it again; see SHA256SUMS"
        raise UserError(
            str(path), expected="a release in an HDF5 file", found=found, next_step=next_step
        ) from None
    problem = _problem(file)
    if problem is None:
        return file
    file.close()
    raise UserError(
        str(path),
        expected=f"a release, with schema {_SCHEMA}",
        found=problem,
        next_step="give the path of a release's videeg-gen.h5, or download it again",
    )


def _problem(file: h5py.File) -> str | None:
    """Return why an HDF5 file is not a release, or None."""
    version = str(file.attrs.get("schema_version", "none"))
    if version != _SCHEMA:
        return f"schema_version {version}"
    lengths, n_bytes = set(), Path(file.filename).stat().st_size
    for name, kinds in _KINDS.items():
        try:
            field = file.get(name)
        except RuntimeError:  # a link to itself
            field = None
        if not isinstance(field, h5py.Dataset):
            return f"no data set {name}"
        # data of another file would not be the release's
        if field.file.filename != file.filename or field.external or field.is_virtual:
            return f"data set {name} outside this file"
        kind = field.dtype.kind if h5py.check_string_dtype(field.dtype) is None else "text"
        if kind not in kinds or len(field.shape or ()) != (3 if name == "eeg" else 1):
            return f"data set {name} of {field.dtype} with shape {field.shape}"
        if not field.dtype.isnative or (field.dtype.itemsize > 8 and kind != "text"):
            return f"data set {name} of {field.dtype}"
        if field.nbytes > n_bytes:
            return f"data set {name} with shape {field.shape}, which the file does not hold"
        lengths.add(field.shape[0])
    if len(lengths) > 1:
        return "data sets of different lengths"
    return _attribute_problem(file.attrs, n_channels=file["eeg"].shape[1])


def _attribute_problem(facts: h5py.AttributeManager, n_channels: int) -> str | None:
    """Return which attribute is missing or not as in a release, or None."""
    for name in ("sfreq", "channel_names", "channel_positions_m", "units", "title", "generator"):
        if name not in facts:
            return f"no attribute {name}"
    sfreq, names = facts["sfreq"], np.asarray(facts["channel_names"])
    if not (isinstance(sfreq, int | float | np.number) and 0 < float(sfreq) < np.inf):
        return f"sfreq {sfreq}"
    if names.shape != (n_channels,) or not all(isinstance(name, str) for name in names):
        return f"channel_names with shape {names.shape} for {n_channels} channels"
    positions = np.asarray(facts["channel_positions_m"])
    if positions.shape != (n_channels, 3) or not np.isfinite(positions).all():
        return "channel_positions_m without three numbers per channel"
    if facts["units"] != "uV":
        return f"units {facts['units']}"
    try:
        is_object = isinstance(json.loads(facts["generator"]), dict)
    except (TypeError, ValueError, RecursionError):
        is_object = False
    return None if is_object else "an attribute generator that is not a JSON object"


def _rows(file: h5py.File, path: Path, split: str | None) -> NDArray[np.intp]:
    splits = _column(file["split"])
    if split is None:
        return np.arange(len(splits))
    if split not in splits:
        raise UserError(
            str(path),
            expected=f"a split among {', '.join(sorted(set(splits)))}",
            found=split,
            next_step="correct the split",
        )
    return np.flatnonzero(splits == split)


def _column(dataset: h5py.Dataset) -> NDArray[Any]:
    return dataset[:] if h5py.check_string_dtype(dataset.dtype) is None else dataset.asstr()[:]


def _plain(dataset: h5py.Dataset, row: int) -> Any:
    if h5py.check_string_dtype(dataset.dtype) is not None:
        return str(dataset.asstr()[row])
    value = dataset[row]
    return torch.from_numpy(value) if isinstance(value, np.ndarray) else value.item()


def _event_id(metadata: pd.DataFrame) -> dict[str, int]:
    """Concept to event code; the code is added to the name of a concept with several codes."""
    pairs = metadata[["concept", "concept_id"]].drop_duplicates()
    twice = pairs["concept"].duplicated(keep=False)
    names = pairs["concept"].where(~twice, pairs["concept"] + "/" + pairs["concept_id"].astype(str))
    return dict(zip(names, pairs["concept_id"].astype(int), strict=True))
