"""EEG made for training clips, beside real EEG of the same clips.

augment/share-<percent>/
  cut.parquet           training windows of the share: all that its generator sees
  <origin>/             clips.json lists eeg.npy (draws, n, C, T) float32, microvolts, and
                        clips.parquet, n rows of `clips_cut`
  <decoder>.parquet     scores per training set and test presentation
augment/new-<percent>/<origin>/     EEG of new people for all their training clips; with 0 percent,
                                    of synthetic people, for those of known people
augment/new-<percent>/<decoder>.parquet
evaluation/virtual_calibration.csv
evaluation/augmentation.csv     their means, and differences with intervals
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.contracts.pictures import list_arrays
from videeg_pipe.contracts.tables import read_table, write_table
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import checked, new_npy, read_npy, read_record, sha256_file

GENERATOR = "generator"
FLOORS = ("gaussian", "mean-response", "perturbed")
ORIGINS = (GENERATOR, *FLOORS)
"""Where EEG comes from that is not recorded: the run's generator, and floors for it."""

KNOWN_MEAN = "known-mean"
NEW_ORIGINS = (GENERATOR, KNOWN_MEAN)
"""The same for EEG of new people."""

REAL, OWN, EUCLIDEAN = "none", "own", "euclidean"
"""Origins of training sets without generated EEG: real clips of known people; these and the new
person's first clips; the former, and alignment of the new person's EEG by their first clips."""


_SYNTHETIC = "synthetic-like-"


def synthetic_people(clips: pd.DataFrame) -> pd.DataFrame:
    """Return clips as seen by synthetic people, one for each person: their template."""
    return clips.assign(subject=_SYNTHETIC + clips["subject"])


def with_templates(clips: pd.DataFrame) -> pd.DataFrame:
    """Return clips with the template in place of each synthetic person."""
    return clips.assign(subject=clips["subject"].str.removeprefix(_SYNTHETIC))


def check_generator(name: str, whitening: bool) -> None:
    """Refuse a generator whose windows cannot be joined to clips.

    Args:
        name: Key of `GENERATORS`.
        whitening: The option `spgn.whitening`.

    Raises:
        UserError: if it is another than spgn, or without whitening.
    """
    if name != "spgn" or not whitening:
        raise UserError(
            "run.model",
            expected="spgn with spgn.whitening, whose windows can be joined to clips",
            found=name if name != "spgn" else "spgn without spgn.whitening",
            next_step="set run.model to spgn and spgn.whitening to true",
        )


@dataclass(frozen=True)
class GeneratedClips:
    """EEG of one origin for the clips of one share."""

    manifest: Path  # clips.json

    @classmethod
    @contextmanager
    def fill(
        cls, manifest: Path, shape: tuple[int, ...], clips: pd.DataFrame, **facts: Any
    ) -> Iterator[NDArray[np.float32]]:
        """Yield EEG on the disk, to be filled; on success, write the clips and the record.

        Args:
            manifest: `clips.json`, written last.
            shape: (draws, n, C, T), microvolts.
            clips: n rows of the `clips_cut` table.
            facts: Further entries of the record.

        Raises:
            UserError: if the disk has less space.
        """
        with new_npy(manifest.with_name("eeg.npy"), shape, np.float32) as eeg:
            yield eeg
        path = manifest.with_name("clips.parquet")
        write_table(path, "clips_cut", clips)
        list_arrays(manifest, ["eeg"], clips_sha256=sha256_file(path), **facts)

    def clips(self) -> pd.DataFrame:
        """Read the clips, one row per entry of a draw.

        Raises:
            UserError: if the file is missing or differs from its checksum.
        """
        path = self.manifest.with_name("clips.parquet")
        checked(path, read_record(self.manifest)["clips_sha256"], listed_in=self.manifest)
        return read_table(path, "clips_cut")

    def eeg(self) -> NDArray[np.float32]:
        """Return the EEG, (draws, n, C, T), microvolts, memory-mapped.

        Raises:
            UserError: if the file is missing or differs from its checksum.
        """
        entry = read_record(self.manifest)["arrays"]["eeg"]
        path = self.manifest.with_name(entry["file"])
        checked(path, entry["sha256"], listed_in=self.manifest)
        return read_npy(path, memory_map=True)
