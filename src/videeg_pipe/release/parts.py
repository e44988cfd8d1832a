"""The parts that stage `sample` wrote, with checks of origin, order and content."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import zarr
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import read_record, sha256_array

_BLOCK = 64
"""Number of samples per read."""

_UNREADABLE = (OSError, ValueError, RuntimeError, TypeError, KeyError)
"""Errors that Zarr raises for a damaged shard."""


class SampleEntry(BaseModel):
    """One sample of a part."""

    window_id: str
    row: int  # index in the part's array
    seed: int
    sha256: str  # of the (C, T) float32 values in C order


class PartManifest(BaseModel):
    """Manifest of a part, as far as the release needs it."""

    model: str
    checkpoint_sha256: str
    protocol: str
    sampler: dict[str, Any]  # settings that determine the samples
    samples: list[SampleEntry]


@dataclass(frozen=True)
class PartReader:
    """A manifest and its Zarr group, which has the same name and folder."""

    path: Path
    manifest: PartManifest

    def read(self, shape: tuple[int, int]) -> Iterator[tuple[SampleEntry, NDArray[np.float32]]]:
        """Yield the samples, (C, T) in microvolts, after checking each.

        Raises:
            UserError: naming the first sample that is missing, damaged or not finite.
        """
        try:
            eeg: Any = zarr.open_group(self.path.with_suffix(".zarr"), mode="r")["eeg"]
            found = f"{eeg.dtype} EEG of shape {eeg.shape}"
        except Exception as error:  # Zarr raises any kind of error for damaged metadata
            raise self._bad("the EEG of its samples", f"{type(error).__name__}: {error}") from None
        expected = f"float32 EEG of shape {(len(self.manifest.samples), *shape)}"
        if found != expected:
            raise self._bad(expected, found)
        samples = zip(self.manifest.samples, self._values(eeg), strict=True)
        for place, (entry, values) in enumerate(samples):
            self._check(place, entry, values)
            yield entry, values

    def _values(self, eeg: Any) -> Iterator[NDArray[np.float32]]:
        for first in range(0, len(self.manifest.samples), _BLOCK):
            rows = range(first, min(first + _BLOCK, len(self.manifest.samples)))
            block: Iterable[NDArray[np.float32]]
            try:
                block = eeg[rows.start : rows.stop]  # twice as fast as single reads
            except _UNREADABLE:
                block = (self._one(eeg, row) for row in rows)  # to find the damaged sample
            yield from block

    def _one(self, eeg: Any, place: int) -> NDArray[np.float32]:
        try:
            return eeg[place]
        except _UNREADABLE as error:
            raise self._bad(f"a readable {self._name(place)}", str(error)) from None

    def _check(self, place: int, entry: SampleEntry, values: NDArray[np.float32]) -> None:
        if entry.row != place:
            raise self._bad(f"{self._name(place)} with row {place}", f"row {entry.row}")
        if sha256_array(values) != entry.sha256:
            found = "another checksum; the shard is damaged or missing"
            raise self._bad(f"{self._name(place)} with its recorded checksum", found)
        if not np.isfinite(values).all():
            raise self._bad(f"{self._name(place)} with finite values", "NaN or infinity")

    def _name(self, place: int) -> str:
        return f"sample {place} (window {self.manifest.samples[place].window_id})"

    def _bad(self, expected: str, found: str) -> UserError:
        return _bad_part(self.path, expected, found)


def read_parts(
    paths: list[Path], table: pd.DataFrame, *, model: str, checkpoint_sha256: str
) -> list[PartReader]:
    """Read the manifests and check that they list every released sample once, in order.

    Args:
        paths: Manifests of all parts, in order.
        table: The released samples.
        model: Name of the expected generator.
        checkpoint_sha256: SHA-256 of its weights.

    Raises:
        UserError: for a part of another generator, protocol or sampler, and for samples that are
            missing, duplicated, out of order or not in the table.
    """
    parts = [PartReader(path, _read_manifest(path)) for path in paths]
    for part in parts:
        _check_origin(part, model, checkpoint_sha256, parts[0].manifest.sampler)
    listed = [(part, entry) for part in parts for entry in part.manifest.samples]
    released = list(zip(table["sample_id"], table["seed"], strict=True))
    for row, (window_id, seed) in enumerate(released):
        expected = f"window {window_id} with seed {seed} as sample {row} of the release"
        if row == len(listed):
            raise _bad_parts("part manifests", expected, f"{len(listed)} samples in all")
        part, entry = listed[row]
        if (entry.window_id, entry.seed) != (window_id, seed):
            found = f"window {entry.window_id} with seed {entry.seed}"
            raise _bad_parts(part.path, expected, found)
    if len(listed) > len(released):
        part, entry = listed[len(released)]
        found = f"another sample, of window {entry.window_id}"
        raise _bad_parts(part.path, f"{len(released)} samples", found)
    return parts


def _read_manifest(path: Path) -> PartManifest:
    try:
        return PartManifest.model_validate(read_record(path))
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise _bad_part(path, "a part manifest", f"{place}: {problem['msg']}") from None


def _check_origin(
    part: PartReader, model: str, checkpoint_sha256: str, sampler: dict[str, Any]
) -> None:
    manifest = part.manifest
    if manifest.model != model:
        raise _bad_part(part.path, f"samples of {model}", f"samples of {manifest.model}")
    if manifest.checkpoint_sha256 != checkpoint_sha256:
        found = f"{manifest.checkpoint_sha256[:12]}…"
        raise _bad_part(part.path, f"samples of checkpoint {checkpoint_sha256[:12]}…", found)
    if manifest.sampler != sampler:
        raise _bad_parts(part.path, f"sampler {sampler}", f"{manifest.sampler}")
    if manifest.protocol != "generation":
        raise UserError(
            str(part.path),
            expected="samples of the protocol generation, the only released protocol",
            found=f"protocol {manifest.protocol}",
            next_step="set spgn.eeg_prior to off and run again",
        )


def _bad_part(path: Path, expected: str, found: str) -> UserError:
    return UserError(
        str(path),
        expected=expected,
        found=found,
        next_step=f"to sample this part again, {make_again(str(path))}",
    )


def _bad_parts(location: Path | str, expected: str, found: str) -> UserError:
    return UserError(
        str(location),
        expected=expected,
        found=found,
        next_step=f"to sample all parts again, {make_again('sample')}",
    )
