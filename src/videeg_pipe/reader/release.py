"""`load_release`: the samples of a release, read one by one or converted to other formats."""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import h5py
import numpy as np
from numpy.typing import NDArray

from videeg_pipe.reader.checks import (
    METADATA,
    UNREADABLE,
    check_fields,
    damaged_release,
    open_release,
    reading,
    verify_release,
)
from videeg_pipe.reader.volumes import IN_VOLUMES, check_volumes
from videeg_pipe.runtime.errors import UserError, listed

if TYPE_CHECKING:
    import mne
    import pandas as pd

    from videeg_pipe.reader.graph_dataset import GraphDataset
    from videeg_pipe.reader.torch_dataset import VidEEGDataset

FIELDS = ("eeg", "label", "concept", "subject", "sample_id")
"""Fields of a sample by default."""

Names = str | Sequence[str] | None
"""A selection: one name, several, or None for all."""


def load_release(
    path: str | Path, *, fields: Sequence[str] = FIELDS, verify: bool = False
) -> "Release":
    """Open a release. Labels are read at once, EEG only when a sample is used.

    Args:
        path: `videeg-gen.h5`.
        fields: Fields of a sample: `label`, and data sets of the file.
        verify: Compare the file and its volumes with SHA256SUMS beside them, which reads all bytes.

    Raises:
        UserError: for a file or a volume that is missing, damaged, newer or not of the release,
            unknown fields, and another checksum.
    """
    return Release(path, fields=fields, verify=verify)


class Release:
    """Samples of a release, or of a part of it.

    `release[3]` and `release["sample id"]` are samples: dictionaries of the chosen fields, with
    arrays, Python numbers and `str`. `release[10:20]` and `select` are parts, which share the
    labels with the whole. Each process opens the file when it first reads EEG, so that a release
    can be used after a fork and be sent to other processes; it is pickled as path and selection.

    Attributes:
        path: Absolute path of the file.
        fields: Fields of a sample.
        rows: Rows of the samples in the file, (n,).
        attributes: Attributes of the file.
        sfreq: Sampling rate, Hz.
        channel_names: C names.
        channel_positions_m: Head coordinates, (C, 3), metres.
        classes: Concepts of the whole file, sorted; `label` counts them from 0.
    """

    def __init__(
        self, path: str | Path, *, fields: Sequence[str] = FIELDS, verify: bool = False
    ) -> None:
        self.path = Path(path).absolute()
        self.fields = tuple(fields)
        if verify:
            verify_release(self.path)
        with reading(self.path), open_release(self.path) as file:
            check_fields(file, self.path, _stored(self.fields))
            self.attributes: dict[str, Any] = dict(file.attrs)
            self._shape: tuple[int, ...] = file["eeg"].shape[1:]
            columns = {name: _column(file[name]) for name in (*METADATA, "eeg_scale")}
            names = np.unique(columns["concept"])
            self.classes = tuple(name.decode() for name in names.tolist())
        columns["label"] = np.searchsorted(names, columns["concept"])
        self._columns = columns
        self.rows: NDArray[np.intp] = np.arange(len(columns["label"]))
        self.sfreq = float(self.attributes["sfreq"])
        self.channel_names = [str(name) for name in self.attributes["channel_names"]]
        self.channel_positions_m: NDArray[np.float64] = self.attributes["channel_positions_m"]
        self._file = _OpenFile(self.path)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.rows)

    def __repr__(self) -> str:
        """Describe the part in one line."""
        n_channels, n_times = self._shape
        size = f"{len(self)} samples of {n_channels} channels x {n_times} values"
        return (
            f"<Release {self.path.name}: {size} at {self.sfreq:g} Hz, {len(self.classes)} classes>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle path, fields and selection; the labels are read again."""
        everything = len(self.rows) == len(self._columns["label"])
        whole = everything and bool((self.rows == np.arange(len(self.rows))).all())
        return _again, (self.path, self.fields, None if whole else self.rows)

    @overload
    def __getitem__(self, key: "int | str | np.integer[Any]") -> dict[str, Any]: ...

    @overload
    def __getitem__(self, key: slice) -> "Release": ...

    def __getitem__(self, key: Any) -> Any:
        """Return a sample by position or sample id, or the part of a slice.

        Raises:
            IndexError: for a position beyond the end.
            KeyError: for an unknown sample id.
            UserError: if the file is damaged.
        """
        if isinstance(key, slice):
            return self._part(self.rows[key])
        row = self._row(key) if isinstance(key, str) else self.rows.item(key)
        columns, file = self._columns, self._file
        sample: dict[str, Any] = {}
        try:
            for name in self.fields:
                if name in columns:
                    value = columns[name].item(row)
                    sample[name] = value.decode() if type(value) is bytes else value
                else:
                    sample[name] = self._found(name, _plain(file.dataset(name)[row]))
        except UNREADABLE as error:
            raise damaged_release(self.path) from error
        return sample

    def select(
        self, *, split: Names = None, subject: Names = None, concept: Names = None
    ) -> "Release":
        """Return the samples with one of the given names in each property.

        Args:
            split: train, validation or test; or several.
            subject: Subject or subjects.
            concept: Concept or concepts.

        Raises:
            UserError: for a name that the file does not have, and for an empty selection.
        """
        given = {"split": split, "subject": subject, "concept": concept}
        wanted = {
            name: [value] if isinstance(value, str) else list(value)
            for name, value in given.items()
            if value is not None
        }
        keep = np.ones(len(self), bool)
        for name, values in wanted.items():
            keep &= self._has(name, values)
        if wanted and not keep.any():
            raise UserError(
                str(self.path),
                expected="samples with "
                + " and ".join(f"{name} {listed(values)}" for name, values in wanted.items()),
                found="none",
                next_step="choose another selection",
            )
        return self._part(self.rows[keep])

    def with_fields(self, fields: Sequence[str]) -> "Release":
        """Return the same samples with other fields.

        Raises:
            UserError: for an unknown field.
        """
        if tuple(fields) == self.fields:
            return self
        with reading(self.path), open_release(self.path) as file:
            check_fields(file, self.path, _stored(tuple(fields)))
        part = self._part(self.rows)
        part.fields = tuple(fields)
        return part

    def values(self, name: str) -> NDArray[Any]:
        """Return one field of all samples, (n, ...): `label`, or a data set of the file.

        Text becomes NumPy's `str`. EEG is float32, (n, C, T), in microvolts.

        Raises:
            UserError: for an unknown field, or if the file is damaged.
        """
        with reading(self.path):
            if name not in self._columns:
                self.with_fields(tuple({*self.fields, name}))
                return self._found(name, _read_rows(self._file.dataset(name), self.rows))
            column = self._columns[name][self.rows]
            return column if column.dtype.kind != "S" else _decoded(column)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subjects of these samples, sorted."""
        return tuple(np.unique(self.values("subject")).tolist())

    def to_numpy(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return all EEG, (n, C, T), in microvolts, and the class labels, (n,)."""
        return self.values("eeg"), self.values("label")

    def to_pandas(self, fields: Sequence[str] = ()) -> "pd.DataFrame":
        """Return the labels, one row per sample.

        Args:
            fields: Further data sets, flattened: `clip_features` gives the columns
                `clip_features_0`, `clip_features_1` and so on.
        """
        import pandas as pd  # takes half a second, which worker processes save

        table = pd.DataFrame({name: self.values(name) for name in (*METADATA, "label")})
        parts = [table]
        for name in fields:
            values = self.values(name)
            flat = values.reshape(len(self), int(np.prod(values.shape[1:])))
            heads = [f"{name}_{i}" for i in range(flat.shape[1])] if values.ndim > 1 else [name]
            parts.append(pd.DataFrame(flat, columns=heads))
        return pd.concat(parts, axis=1)

    def to_torch(
        self, fields: Sequence[str] | None = None, *, scaled: bool = False
    ) -> "VidEEGDataset":
        """Return a torch `Dataset` whose samples are dictionaries with arrays as tensors.

        Args:
            fields: Fields of a sample; by default those of the release.
            scaled: Return `eeg` in [-1, 1], scaled per sample, instead of microvolts.
        """
        from videeg_pipe.reader.torch_dataset import VidEEGDataset

        return VidEEGDataset.of(self if fields is None else self.with_fields(fields), scaled=scaled)

    def to_pyg(self, scale: float = 1.0) -> "GraphDataset":
        """Return one graph over the electrodes per sample, for PyTorch Geometric.

        Args:
            scale: Width of the Gaussian kernel of the distances between electrodes, in units of
                the mean distance to the nearest one.
        """
        from videeg_pipe.reader.graph_dataset import GraphDataset

        return GraphDataset(self.with_fields(("eeg", "label", "subject", "sample_id")), scale)

    def to_mne(self) -> "mne.EpochsArray":
        """Return MNE epochs in volts, with positions, concepts as events and labels as metadata.

        Electrode names get MNE's spelling, so that its standard montages fit: FZ becomes Fz. The
        order is unchanged, and so is the reference.
        """
        from videeg_pipe.reader.mne_epochs import epochs_of

        return epochs_of(self, standard_names=True)

    def to_bids(self, folder: str | Path) -> Path:
        """Write a BIDS derivative data set, with one BrainVision file per subject and split.

        Raises:
            UserError: if the folder exists and is not empty.
        """
        from videeg_pipe.reader.bids import write_bids

        return write_bids(self, Path(folder))

    def to_huggingface(self, folder: str | Path) -> Path:
        """Write Parquet files that `datasets.load_dataset(folder)` reads, split by split.

        Raises:
            UserError: if the folder exists and is not empty.
        """
        from videeg_pipe.reader.huggingface import write_huggingface

        return write_huggingface(self, Path(folder))

    def to_zarr(self, folder: str | Path) -> Path:
        """Write a Zarr group with the same arrays and attributes as the file, and `label`.

        Raises:
            UserError: if the folder exists and is not empty.
        """
        from videeg_pipe.reader.zarr_store import write_zarr

        return write_zarr(self, Path(folder))

    @cached_property
    def _by_id(self) -> tuple[NDArray[np.bytes_], NDArray[np.intp]]:
        """Sorted sample ids, and their rows."""
        ids = self._columns["sample_id"][self.rows]
        order = np.argsort(ids)
        return ids[order], self.rows[order]

    def _row(self, sample_id: str) -> int:
        ids, rows = self._by_id
        place = int(np.searchsorted(ids, np.bytes_(sample_id.encode())))
        if place == len(ids) or ids.item(place) != sample_id.encode():
            raise KeyError(sample_id)
        return rows.item(place)

    def _has(self, name: str, values: list[str]) -> NDArray[np.bool_]:
        column = self._columns[name]
        known = [found.decode() for found in np.unique(column).tolist()]
        if unknown := [value for value in values if value not in known]:
            raise UserError(
                str(self.path),
                expected=f"a {name} among {listed(known, 20)}",
                found=", ".join(map(str, unknown)),
                next_step=f"correct the {name}",
            )
        return np.isin(column[self.rows], np.array([value.encode() for value in values]))

    def _found(self, name: str, values: Any) -> Any:
        """Return values; refuse the NaN that HDF5 gives for those it cannot find in volumes."""
        if name == IN_VOLUMES and values.size and np.isnan(values[..., 0, 0]).any():
            eeg = self._file.dataset(name)
            check_volumes(eeg.file, self.path)
            if eeg.is_virtual:
                raise damaged_release(self.path)
        return values

    def _part(self, rows: NDArray[np.intp]) -> "Release":
        part = object.__new__(Release)
        part.__dict__.update(self.__dict__, rows=rows)
        part.__dict__.pop("_by_id", None)
        return part


class _OpenFile:
    """The file, as each process opens it for itself."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened_by = 0
        self._file: h5py.File | None = None
        self._datasets: dict[str, h5py.Dataset] = {}

    def dataset(self, name: str) -> h5py.Dataset:
        """Return a data set; a look-up in HDF5 takes longer than a sample."""
        if self._opened_by != os.getpid():  # forks must not share a file
            self._file, self._datasets = open_release(self._path), {}
            self._opened_by = os.getpid()
        if name not in self._datasets:
            assert self._file is not None
            dataset = self._file[name]
            text = h5py.check_string_dtype(dataset.dtype) is not None
            self._datasets[name] = dataset.asstr() if text else dataset
        return self._datasets[name]


def _again(path: Path, fields: tuple[str, ...], rows: NDArray[np.intp] | None) -> Release:
    release = Release(path, fields=fields)
    return release if rows is None else release._part(rows)


def _stored(fields: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in fields if name != "label")


def _column(dataset: h5py.Dataset) -> NDArray[Any]:
    """Read one value per sample; text as UTF-8 bytes, a third of the memory of `str`."""
    text = h5py.check_string_dtype(dataset.dtype)
    if text is None or text.length is not None:
        return dataset[:]
    encoded = [value.encode() for value in dataset.asstr()[:]]
    return np.array(encoded, dtype=np.bytes_) if encoded else np.empty(0, "S1")


def _decoded(column: NDArray[np.bytes_]) -> NDArray[np.str_]:
    """Decode UTF-8."""
    try:
        return column.astype(np.str_)  # of ASCII alone, in a fifth of the time
    except UnicodeDecodeError:
        return np.strings.decode(column, "utf-8")


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _read_rows(dataset: Any, rows: NDArray[np.intp]) -> NDArray[Any]:
    """Read rows in any order, one run of consecutive rows at a time."""
    starts = np.flatnonzero(np.diff(rows, prepend=-2) != 1)
    ends = [*starts[1:].tolist(), len(rows)]
    if not len(rows):
        return dataset[:0]
    if len(starts) == 1:
        return dataset[rows[0] : rows[-1] + 1]
    values = np.empty((len(rows), *dataset.shape[1:]), dataset.dtype)
    for start, end in zip(starts.tolist(), ends, strict=True):
        values[start:end] = dataset[rows[start] : rows[end - 1] + 1]
    return values
