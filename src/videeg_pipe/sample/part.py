"""The files of one part: a Zarr group with one shard per sample, and a journal of its contents."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path, sha256_array


@contextmanager
def only_writer(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; the system releases it when the process ends, even if killed.

    Raises:
        UserError: if another process is writing this part.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                str(path),
                expected="no other writer of this part",
                found="another process that is still running",
                next_step="wait for it or stop it, then run again",
            ) from None
        yield


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
        if entries and (self.group / "eeg" / "zarr.json").exists():
            array = zarr.open_array(self.group / "eeg", mode="r+")
            intact = {row: sha for row, sha in entries.items() if _is_intact(array, row, sha)}
            # zarr reads a shard before it writes it, so damaged ones are deleted first
            for row in set(range(shape[0])) - set(intact):
                shard = self.group / "eeg" / array.metadata.encode_chunk_key((row, 0, 0))
                shard.unlink(missing_ok=True)
        else:
            shutil.rmtree(self.group, ignore_errors=True)
            group = zarr.create_group(self.group, attributes=attributes, zarr_format=3)
            one = (1, *shape[1:])
            array = group.create_array(
                "eeg", shape=shape, dtype="float32", chunks=one, shards=one, fill_value=np.nan
            )
            intact = {}
        lines = [{"key": self.key}, *({"row": r, "sha256": s} for r, s in intact.items())]
        with atomic_path(self.journal) as temporary:
            temporary.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return PartWriter(array, self.journal, intact)

    def _journal_entries(self) -> dict[int, str]:
        """Row to checksum; empty if the journal is missing or has another key."""
        if not self.journal.exists():
            return {}
        entries: dict[int, str] = {}
        for number, text in enumerate(self.journal.read_text().splitlines()):
            try:
                line = json.loads(text)
            except json.JSONDecodeError:
                break  # an interruption truncated this line
            if number == 0:
                if line.get("key") != self.key:
                    return {}
            else:
                entries[line["row"]] = line["sha256"]
        return entries


@dataclass
class PartWriter:
    """A part that is being written."""

    array: zarr.Array
    journal: Path
    sha256: dict[int, str]  # row to checksum of the samples so far

    def write(self, row: int, eeg: NDArray[np.float32]) -> None:
        """Write one sample, (C, T), and then its line in the journal."""
        self.array[row] = eeg
        self.sha256[row] = sha256_array(eeg)
        with self.journal.open("a") as file:
            file.write(json.dumps({"row": row, "sha256": self.sha256[row]}) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _is_intact(array: zarr.Array, row: int, sha256: str) -> bool:
    try:
        return sha256_array(np.asarray(array[row])) == sha256
    except (ValueError, OSError, RuntimeError):  # a truncated shard does not decode
        return False
