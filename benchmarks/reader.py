"""Speed and memory of the release reader, beside plain h5py.

python -m benchmarks reader
"""

import json
import multiprocessing
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from benchmarks.cost import rounded
from benchmarks.timing import memory_mb, seconds
from videeg_pipe import load_release
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.release.fields import FIELDS, SCHEMA_VERSION, chunk_shape

COMPRESSIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "gzip": {"compression": "gzip", "compression_opts": 1, "shuffle": True},
    "lzf": {"compression": "lzf", "shuffle": True},
}
"""Name to the arguments of h5py; releases are not compressed."""

_SHAPE = (62, 200)
_MANY = 100_000


def measure(
    n: int = 1000, n_many: int = _MANY, repeats: int = 7, workers: int = 4
) -> dict[str, Any]:
    """Measure random access, opening, and an epoch of worker processes.

    Args:
        n: Samples for random access and for the epoch.
        n_many: Samples of the release that is opened.
        repeats: Rounds of random access; each times all readers in turn.
        workers: Processes of the epoch.

    Returns:
        `access`: ms per sample per compression and reader, and the speed of the reader relative to
        plain h5py. `open`: seconds and MiB. `epoch`: seconds with spawned workers, and of a second
        epoch with the same workers.
    """
    rng = np.random.default_rng(0)
    eeg = 0.5 * rng.standard_normal((n, *_SHAPE)).cumsum(axis=2).astype(np.float32)
    measured: dict[str, Any] = {"access": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name, options in COMPRESSIONS.items():
            path = Path(folder, f"{name}.h5")
            write_samples(path, eeg, **options)
            measured["access"][name] = _access(path, rng.permutation(n), repeats)
        path = Path(folder, "none.h5")
        loader = DataLoader(
            load_release(path).to_torch(),
            batch_size=64,
            shuffle=True,
            num_workers=workers,
            multiprocessing_context="spawn",
            persistent_workers=True,
        )
        first, second = (seconds(lambda: sum(1 for _ in loader)) for _ in range(2))
        measured["epoch"] = {
            "samples": n,
            "workers": workers,
            "first_seconds": first,
            "second_seconds": second,
        }
        many = Path(folder, "many.h5")
        write_samples(many, np.zeros((n_many, 4, 2), np.float32), SEED_DV_CHANNELS[:4])
        measured["open"] = {"samples": n_many} | _in_new_process(_open, many)
    return rounded(measured)


def write_samples(
    path: Path,
    eeg: NDArray[np.float32],
    channels: Sequence[str] = SEED_DV_CHANNELS,
    labels: Mapping[str, Sequence[Any]] | None = None,
    **compression: Any,
) -> None:
    """Write a release of given samples with the layout of the workflow's.

    Args:
        path: File to write.
        eeg: Samples, (n, C, T), in microvolts.
        channels: C standard electrodes.
        labels: Values per field; others are made up.
        compression: Arguments of h5py for `eeg`.
    """
    n = len(eeg)
    peaks = np.abs(eeg).max(axis=(1, 2), initial=0)
    values: dict[str, Any] = {
        "sample_id": [f"sub{i % 15 + 1}-s1-b{i % 7 + 1}-c{i % 280:03d}-w{i}" for i in range(n)],
        "subject": [f"sub{i % 15 + 1}" for i in range(n)],
        "split": [("train", "train", "train", "validation", "test")[i % 5] for i in range(n)],
        "concept": [f"concept {i % 40 + 1}" for i in range(n)],
        "concept_id": [i % 40 + 1 for i in range(n)],
        "emotion": [("negative", "neutral", "positive")[i % 3] for i in range(n)],
        "emotion_origin": ["source"] * n,
        "video_id": [f"video{i % 7 + 1}" for i in range(n)],
        "video_time_s": np.arange(n) / 2,
        "seed": np.arange(n),
        "eeg_scale": np.where(peaks > 0, 1 / np.maximum(peaks, 1e-9), 1),
    } | dict(labels or {})
    with h5py.File(path, "w") as file:
        file.attrs.update(
            {
                "title": "Measured",
                "version": "1.0.0",
                "schema_version": SCHEMA_VERSION,
                "license": "CC-BY-4.0",
                "authors": ["Ada Lovelace"],
                "sfreq": 200.0,
                "highpass_hz": 0.5,
                "lowpass_hz": 40.0,
                "reference": "average",
                "units": "uV",
                "generator": json.dumps({"model": "none"}),
                "channel_names": list(channels),
                "channel_positions_m": electrode_positions(tuple(channels)),
            }
        )
        for field in FIELDS:
            if field.name not in values:
                continue
            column = np.array(values[field.name], None if field.dtype == "string" else field.dtype)
            if field.dtype == "string":
                encoded = np.char.encode(column.astype(np.str_), "utf-8")
                column = encoded.astype(h5py.string_dtype("utf-8", max(encoded.itemsize, 1)))
            file.create_dataset(field.name, data=column, chunks=chunk_shape(n, ()), fletcher32=True)
        file.create_dataset(
            "eeg", data=eeg, chunks=chunk_shape(n, eeg.shape[1:]), fletcher32=True, **compression
        )


def _access(path: Path, order: NDArray[np.intp], repeats: int) -> dict[str, float]:
    """Return ms per sample in random order, the median over rounds."""
    rows = order.tolist()
    release = load_release(path)
    plain = release.with_fields(("eeg",))
    tensors = release.to_torch()
    with h5py.File(path) as file:
        eeg = file["eeg"]
        readers: dict[str, Callable[[int], Any]] = {
            "h5py_eeg": lambda row: eeg[row],
            "release_eeg": lambda row: plain[row],
            "release": lambda row: release[row],
            "torch": lambda row: tensors[row],
        }
        taken: dict[str, list[float]] = {name: [] for name in readers}
        for _ in range(repeats + 1):
            for name, read in readers.items():
                taken[name].append(seconds(lambda read=read: [read(row) for row in rows]))
    ms = {name: 1e3 * statistics.median(times[1:]) / len(rows) for name, times in taken.items()}
    return {f"{name}_ms": value for name, value in ms.items()} | {
        "eeg_over_h5py": ms["h5py_eeg"] / ms["release_eeg"],
        "default_over_h5py": ms["h5py_eeg"] / ms["release"],
    }


def _open(path: Path) -> dict[str, float]:
    """Return seconds and MiB of opening a release and reading one sample."""
    held: list[Any] = []
    taken = []
    cpu = torch.device("cpu")
    memory = memory_mb(lambda: taken.append(seconds(lambda: held.append(_first(path)))), cpu)
    return {"seconds": taken[0], "memory_mb": memory}


def _first(path: Path) -> Any:
    release = load_release(path)
    return release, release[len(release) // 2]


def _in_new_process(function: Callable[[Path], dict[str, float]], path: Path) -> dict[str, float]:
    """Memory is correct in a new process only."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(function, path).result()
