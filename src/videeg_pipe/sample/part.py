"""The files of one part: a Zarr group with one shard per sample, and a journal of its contents."""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from videeg_pipe.runtime.disk import full_disk_named
from videeg_pipe.runtime.files import atomic_path, remove, sha256_array, sync

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PartFiles:
    """`part-NNN.zarr` with the samples, and `part-NNN.journal` with their checksums and origin."""

    manifest: Path
    key: str  # SHA-256 over all that the samples depend on

    @property
    def group(self) -> Path:
        """The Zarr group."""
        return self.manifest.with_suffix(".zarr")

    @property
    def journal(self) -> Path:
        """JSON lines: the key, then row and checksum of every written sample."""
        return self.manifest.with_suffix(".journal")

    def open(self, shape: tuple[int, int, int], attributes: dict[str, Any]) -> "PartWriter":
        """Open the part for writing; keep the intact samples of an interrupted run.

        Args:
            shape: (n, C, T).
            attributes: Attributes of the group: channel names, rate and unit.
        """
        entries = self._journal_entries()
        array = self._stored_array(shape, attributes) if entries else None
        if array is None:
            remove(self.group)
            group = zarr.create_group(self.group, attributes=attributes, zarr_format=3)
            one = (1, *shape[1:])
            array = group.create_array(
                "eeg", shape=shape, dtype="float32", chunks=one, shards=one, fill_value=np.nan
            )
            sync(*self.group.rglob("zarr.json"))
            entries = {}
        intact = {
            row: entries[row]
            for row in range(shape[0])
            if row in entries and _is_intact(array, row, entries[row])
        }
        # zarr reads a shard before it writes it, so damaged ones are deleted first, with the
        # temporary files of a killed writer
        for row in set(range(shape[0])) - set(intact):
            remove(_shard(self.group, array, row).parent)
        lines = [{"key": self.key}, *({"row": r, "sha256": s} for r, s in intact.items())]
        with atomic_path(self.journal) as temporary:
            temporary.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return PartWriter(array, self.journal, intact)

    def _stored_array(self, shape: tuple[int, ...], attributes: dict[str, Any]) -> Any:
        """Return the array of an interrupted run; None if its metadata are damaged or others."""
        try:
            group = zarr.open_group(self.group, mode="r+")
            array: Any = group["eeg"]
            one = (1, *shape[1:])
            found = (array.shape, array.dtype, array.chunks, array.shards, dict(group.attrs))
            if found == (shape, np.float32, one, one, attributes):
                return array
            problem = "other metadata"
        except Exception as error:  # Zarr raises any kind of error for damaged metadata
            problem = f"{type(error).__name__}: {error}"
        logger.warning("%s is damaged (%s): its samples are made again", self.group, problem)
        return None

    def _journal_entries(self) -> dict[Any, Any]:
        """Row to checksum; empty if the journal is missing or has another key."""
        if not self.journal.is_file():
            return {}
        entries = {}
        text = self.journal.read_text(encoding="utf-8", errors="replace")
        for number, written in enumerate(text.splitlines()):
            try:
                line = json.loads(written)
                if number:
                    entries[int(line["row"])] = line["sha256"]
                elif line["key"] != self.key:
                    return {}
            except (ValueError, KeyError, TypeError):
                break  # an interruption truncated this line, or it is damaged
        return entries


@dataclass
class PartWriter:
    """A part that is being written."""

    array: zarr.Array
    journal: Path
    sha256: dict[int, str]  # row to checksum of the samples so far

    def write(self, rows: Iterable[int], eeg: Iterable[NDArray[np.float32]]) -> None:
        """Write samples, (C, T) each, and then their lines in the journal.

        Shards are on the disk before the journal lists them, also after a power cut.
        """
        group = self.journal.with_suffix(".zarr")
        with full_disk_named(group, written=group):
            new = {}
            for row, sample in zip(rows, eeg, strict=True):
                self.array[row] = sample
                new[row] = sha256_array(sample)
            shards = [_shard(group, self.array, row) for row in new]
            depth = len(shards[0].relative_to(group.parent).parts)
            sync(*dict.fromkeys(p for shard in shards for p in (shard, *shard.parents[:depth])))
            with self.journal.open("a") as file:
                file.writelines(json.dumps({"row": r, "sha256": s}) + "\n" for r, s in new.items())
            sync(self.journal)
            self.sha256 |= new


def _shard(group: Path, array: zarr.Array, row: int) -> Path:
    return group / "eeg" / array.metadata.encode_chunk_key((row, 0, 0))


def _is_intact(array: zarr.Array, row: int, sha256: str) -> bool:
    try:
        return sha256_array(np.asarray(array[row])) == sha256
    except (ValueError, OSError, RuntimeError):  # a truncated shard does not decode
        return False
