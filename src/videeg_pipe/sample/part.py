"""The files of one part: a Zarr group with one shard a sample, and a journal of what is in it."""

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
    """Hold the lock file `path`; the system lets go of it when the process ends, however it ends.

    Raises:
        UserError: if another process writes this part now.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                str(path),
                expected="no other writer of this part",
                found="one that is still running",
                next_step="wait for it or stop it, then run again",
            ) from None
        yield


@dataclass(frozen=True)
class PartFiles:
    """`part-NNN.zarr` and `part-NNN.journal`, which says what the former holds and by whom."""

    manifest: Path
    key: str  # SHA-256 of everything that the samples depend on

    @property
    def group(self) -> Path:
        """The Zarr group."""
        return self.manifest.with_suffix(".zarr")

    @property
    def journal(self) -> Path:
        """JSON lines: the key, then a row and its checksum for every sample written."""
        return self.manifest.with_suffix(".journal")

    def open(self, shape: tuple[int, int, int], attributes: dict[str, Any]) -> "Part":
        """Open the part for writing, keeping the samples that an interrupted run left whole.

        Args:
            shape: (n, C, T).
            attributes: For the group: channel names, rate and unit.
        """
        entries = self._entries()
        if entries and (self.group / "eeg" / "zarr.json").exists():
            array = zarr.open_array(self.group / "eeg", mode="r+")
            whole = {row: sha for row, sha in entries.items() if _is_whole(array, row, sha)}
            for row in set(range(shape[0])) - set(whole):  # zarr reads a shard before it writes it
                shard = self.group / "eeg" / array.metadata.encode_chunk_key((row, 0, 0))
                shard.unlink(missing_ok=True)
        else:
            shutil.rmtree(self.group, ignore_errors=True)
            group = zarr.create_group(self.group, attributes=attributes, zarr_format=3)
            one = (1, *shape[1:])
            array = group.create_array(
                "eeg", shape=shape, dtype="float32", chunks=one, shards=one, fill_value=np.nan
            )
            whole = {}
        lines = [{"key": self.key}, *({"row": r, "sha256": s} for r, s in whole.items())]
        with atomic_path(self.journal) as temporary:
            temporary.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return Part(array, self.journal, whole)

    def _entries(self) -> dict[int, str]:
        """Row to checksum; none if the journal is missing or of another run."""
        if not self.journal.exists():
            return {}
        found: dict[int, str] = {}
        for place, text in enumerate(self.journal.read_text().splitlines()):
            try:
                line = json.loads(text)
            except json.JSONDecodeError:
                break  # the line that an interruption cut short
            if place == 0:
                if line.get("key") != self.key:
                    return {}
            else:
                found[line["row"]] = line["sha256"]
        return found


@dataclass
class Part:
    """A part being written."""

    array: zarr.Array
    journal: Path
    sha256: dict[int, str]  # row to checksum of the samples that are there

    def write(self, row: int, eeg: NDArray[np.float32]) -> None:
        """Write one sample, (C, T), and only then its line in the journal."""
        self.array[row] = eeg
        self.sha256[row] = sha256_array(eeg)
        with self.journal.open("a") as file:
            file.write(json.dumps({"row": row, "sha256": self.sha256[row]}) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _is_whole(array: zarr.Array, row: int, sha256: str) -> bool:
    try:
        return sha256_array(np.asarray(array[row])) == sha256
    except (ValueError, OSError, RuntimeError):  # a shard cut short does not decode
        return False
