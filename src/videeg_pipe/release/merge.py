"""`videeg-gen.h5`: samples streamed from their parts into one file, or into it and its volumes."""

import json
import math
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.conditions.window_features import read_window_features
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.constants import CLIP_WIDTH
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.reader.volumes import IN_VOLUMES
from videeg_pipe.release.fields import (
    FIELDS,
    FRAME_PIXELS,
    FRAMES,
    SCHEMA_VERSION,
    Field,
    chunk_shape,
)
from videeg_pipe.release.frames import context_frames
from videeg_pipe.release.generator_record import GeneratorRecord
from videeg_pipe.release.parts import PartReader
from videeg_pipe.release.samples import PROBABILITIES
from videeg_pipe.release.volumes import (
    Volume,
    create_virtual,
    eeg_bytes,
    fill_volume,
    identify,
    plan_volumes,
    release_id,
    write_rows,
)
from videeg_pipe.runtime.disk import MORE_BYTES, take_space, trim
from videeg_pipe.runtime.progress import progress

_BLOCK = 64
"""Number of samples in memory."""


@dataclass(frozen=True)
class MergeInputs:
    """The samples and everything that is released with them."""

    table: pd.DataFrame  # n samples in the order of the release
    parts: list[PartReader]
    rows: NDArray[np.intp]  # (n,) row in the release of each sample of the parts
    generator: GeneratorRecord
    videos: Path  # `video/videos.json`, the features beside it
    frames_from: pd.DataFrame | None  # `videos` table where frames are released
    condition: ConditionOptions
    grid_s: float  # step of the alignment grid
    max_bytes: int | None  # most bytes of EEG in a file


def write_h5(path: Path, merge: MergeInputs, attributes: dict[str, Any]) -> list[str]:
    """Write the file, one block of samples at a time, and volumes beside it if it needs them.

    Args:
        path: Path in a temporary folder; the caller moves the files to their final place.
        merge: The samples and their origin.
        attributes: Root attributes, except those that come from the generator's record.

    Returns:
        SHA-256 of each sample's EEG, (n,), in the order of the release.

    Raises:
        UserError: if a sample is missing, damaged or not finite, or there are too many volumes.
    """
    shape = merge.generator.layout.shape
    volumes = plan_volumes(path, len(merge.table), shape, merge.max_bytes)
    attributes = attributes | _generator_attributes(merge.generator)
    with ExitStack() as stack:
        file = stack.enter_context(h5py.File(path, "w"))
        in_volumes = sum(eeg_bytes(volume.rows, shape) for volume in volumes)
        take_space(path, n_bytes(merge) - in_volumes + MORE_BYTES)
        file.attrs.update(attributes)
        _create(file, merge, volumes)
        _write_table(file, merge.table)
        parts = [] if volumes else [(range(len(merge.table)), file)]
        files = [file]
        for volume in volumes:
            files.append(stack.enter_context(h5py.File(volume.path, "w")))
            take_space(volume.path, eeg_bytes(volume.rows, shape) + MORE_BYTES)
            fill_volume(files[-1], volume, file, attributes)
            parts.append((volume.rows, files[-1]))
        sha256 = _write_arrays(file, parts, merge)
        if merge.frames_from is not None:
            pictures = context_frames(merge.table, file["frame_times_s"][:], merge.frames_from)
            for row, picture in pictures:
                file[FRAMES.name][row] = picture
        if volumes:
            identify(files, release_id(attributes, list(merge.table["sample_id"]), sha256))
    for written in (path, *(volume.path for volume in volumes)):
        trim(written)
    return sha256


def grid_times(
    start_s: NDArray[np.float64], length_s: float, condition: ConditionOptions, grid_s: float
) -> NDArray[np.float64]:
    """Return times of the alignment grid over context and window, (n, G), seconds, at least 0.

    The grid ends with the window, so that the context frames lie on grid points.
    """
    steps = math.ceil(max(condition.context_s, length_s) / grid_s - 1e-9)
    return np.maximum((start_s + length_s)[:, None] + np.arange(-steps, 1) * grid_s, 0.0)


def unit_scale(peak: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the largest float32 factor that maps `peak` into [-1, 1]; 1 where `peak` is 0."""
    with np.errstate(divide="ignore", over="ignore"):
        scale = np.where(peak > 0, np.float32(1) / peak, np.float32(1))
    scale = np.minimum(scale, np.finfo(np.float32).max)
    return np.where(peak * scale > 1, np.nextafter(scale, np.float32(0)), scale)


def _generator_attributes(generator: GeneratorRecord) -> dict[str, Any]:
    return {
        "sfreq": generator.layout.sfreq,
        "channel_names": generator.layout.channels,
        "channel_positions_m": np.array(generator.layout.positions_m),
        "units": "uV",
        "bands": json.dumps(BANDS),
        "generator": json.dumps(generator.provenance),
        "protocol": generator.protocol,
        "schema_version": SCHEMA_VERSION,
    }


def sample_shapes(merge: MergeInputs) -> dict[str, tuple[int, ...]]:
    """Return the shape of one sample in each dataset of the file."""
    condition, layout = merge.condition, merge.generator.layout
    n_track = round((condition.track_history_s + layout.length_s) * condition.track_rate)
    grid = grid_times(np.zeros(1), layout.length_s, condition, merge.grid_s)
    arrays: dict[str, tuple[int, ...]] = {
        "eeg": layout.shape,
        "clip_features": (condition.n_frames, CLIP_WIDTH),
        "stimulus_track": (len(TRACK_CHANNELS), n_track),
        "frame_times_s": (condition.n_frames,),
        "timestamps_s": grid.shape[1:],
        "emotion_probs": (len(PROBABILITIES),),
    }
    shapes = {field.name: arrays.get(field.name, ()) for field in FIELDS}
    if merge.frames_from is not None:
        shapes[FRAMES.name] = (condition.n_frames, FRAME_PIXELS, FRAME_PIXELS, 3)
    return shapes


def n_bytes(merge: MergeInputs) -> int:
    """Return the bytes of the file's numbers; the texts of the table are few."""
    shapes = sample_shapes(merge)
    numbers = [field for field in (*FIELDS, FRAMES) if field.name in shapes]
    one = sum(
        math.prod(shapes[field.name]) * np.dtype(field.dtype).itemsize
        for field in numbers
        if field.dtype != "string"
    )
    return one * len(merge.table)


def _create(file: h5py.File, merge: MergeInputs, volumes: list[Volume]) -> None:
    n, shapes = len(merge.table), sample_shapes(merge)
    for field in (*FIELDS, FRAMES):
        if field.name not in shapes:
            continue
        shape = shapes[field.name]
        if field.name == IN_VOLUMES and volumes:
            create_virtual(file, (n, *shape), volumes)
        else:
            file.create_dataset(
                field.name,
                shape=(n, *shape),
                chunks=chunk_shape(n, shape),
                dtype=_dtype(field, merge.table),
                fletcher32=True,
            )
        dataset = file[field.name]
        dataset.attrs["units"] = field.units
        dataset.attrs["description"] = field.description
        if field.labels:
            dataset.attrs["labels"] = list(field.labels)
    track, condition = file["stimulus_track"].attrs, merge.condition
    track["rate_hz"], track["history_s"] = condition.track_rate, condition.track_history_s


def _dtype(field: Field, table: pd.DataFrame) -> Any:
    """HDF5 type; text has a fixed length, because HDF5 cannot checksum variable lengths."""
    if field.dtype != "string":
        return field.dtype
    longest = max(len(text.encode()) for text in table[field.name].unique())
    return h5py.string_dtype("utf-8", max(longest, 1))


def _write_table(file: h5py.File, table: pd.DataFrame) -> None:
    for field in FIELDS:
        if field.dtype == "string":
            encoded = [text.encode() for text in table[field.name]]
            file[field.name][:] = np.array(encoded, dtype=file[field.name].dtype)
        elif field.name in table:
            file[field.name][:] = table[field.name].to_numpy(field.dtype)
    file["emotion_probs"][:] = table[list(PROBABILITIES)].to_numpy("float32")


def _write_arrays(
    file: h5py.File, parts: list[tuple[range, h5py.File]], merge: MergeInputs
) -> list[str]:
    layout, sha256 = merge.generator.layout, [""] * len(merge.table)
    samples = chain.from_iterable(part.read(layout.shape) for part in merge.parts)
    for first in progress(range(0, len(merge.table), _BLOCK), f"blocks of {_BLOCK} samples"):
        drawn = merge.rows[first : first + _BLOCK]
        order = np.argsort(drawn)  # HDF5 selects ascending rows
        rows = drawn[order]
        windows = merge.table.iloc[rows]
        block = list(islice(samples, len(rows)))
        eeg = np.stack([block[place][1] for place in order])  # (b, C, T)
        write_rows(parts, rows, eeg)
        file["eeg_scale"][rows] = unit_scale(np.abs(eeg).max(axis=(1, 2)))
        for row, (entry, _) in zip(drawn, block, strict=True):
            sha256[row] = entry.sha256

        features = read_window_features(
            windows, videos=merge.videos, sfreq=layout.sfreq, config=merge.condition
        )
        start_s = windows["video_time_s"].to_numpy()
        grid_s = grid_times(start_s, layout.length_s, merge.condition, merge.grid_s)
        file["frame_times_s"][rows] = features.frame_times_s
        file["clip_features"][rows] = features.clip.astype(np.float16)
        file["stimulus_track"][rows] = features.track
        file["timestamps_s"][rows] = grid_s
    return sha256
