"""Readers and writers of the arrays that stages exchange.

eeg/<recording_id>.npy          (C, N) float32, microvolts; memory-mapped on read
eeg/<recording_id>_truth.npy    the same for the true evoked part, where it is known
eeg/<subject>.json              list of one subject's recordings, with checksums
eeg/index.json                  channels, positions and rate of the run, and all recordings
normalisation.json              scales fitted on the training split
video/<video_id>.npz            CLIP features and stimulus track of one video
video/videos.json, text/texts.json   lists of these files, with checksums
text/<subject>.npy              (77, 768) float32, text tokens of a participant's sentence
"""

import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import atomic_path, checked, missing, read_npy, read_record

TRACK_CHANNELS = ("luminance", "contrast", "motion", "cut")
"""Rows of a stimulus track."""


@dataclass(frozen=True)
class EegStore:
    """The preprocessed recordings under one `eeg/` folder."""

    root: Path

    @cached_property
    def index(self) -> dict[str, Any]:
        """Channels, positions, rate and reference, and the list of recordings with checksums."""
        return read_record(self.root / "index.json")

    @property
    def channels(self) -> tuple[str, ...]:
        """Electrode names, (C,)."""
        return tuple(self.index["channels"])

    @property
    def positions(self) -> NDArray[np.float64]:
        """Electrode positions, (C, 3), metres, head coordinates."""
        return np.array(self.index["positions_m"])

    @property
    def sfreq(self) -> float:
        """Sampling rate, Hz."""
        return float(self.index["sfreq"])

    @property
    def reference(self) -> str:
        """Reference of the potentials: average or recorded."""
        return str(self.index["reference"])

    def recording(self, recording_id: str, *, truth: bool = False) -> NDArray[np.float32]:
        """Return one recording or its true evoked part, (C, N), microvolts, memory-mapped.

        A recording whose channels are stored in another order is read and reordered.

        Raises:
            UserError: if the file is missing or differs from its checksum in the index.
        """
        eeg, rows = self._mapped(recording_id, truth)
        return eeg if rows is None else eeg[rows]

    def _mapped(
        self, recording_id: str, truth: bool
    ) -> tuple[NDArray[np.float32], list[int] | None]:
        """Return a recording as it is stored, and the rows of the channels if these differ."""
        kind, suffix = ("truth_sha256", "_truth") if truth else ("sha256", "")
        entry = self._listed.get(recording_id, {})
        if kind not in entry:
            raise UserError(
                str(self.root / "index.json"),
                expected=f"the checksum of {recording_id}{suffix}.npy",
                found="none",
                next_step=make_again(str(self.root / "index.json")),
            )
        path = self.root / f"{recording_id}{suffix}.npy"
        listed_in = self.root / f"{entry['subject']}.json"
        eeg = read_npy(checked(path, entry[kind], listed_in=listed_in), memory_map=True)
        return eeg, entry.get("rows")

    @cached_property
    def _listed(self) -> dict[str, dict[str, Any]]:
        """Entry of each recording by its id."""
        return {entry["recording_id"]: entry for entry in self.index["recordings"]}

    def windows(self, windows: pd.DataFrame, *, truth: bool = False) -> NDArray[np.float32]:
        """Cut rows of a windows table.

        Args:
            windows: n rows of the `cut` or `windows` table, all with one `n_samples`.
            truth: Cut the true evoked part instead of the recording.

        Returns:
            (n, C, T), microvolts, in the table's order.
        """
        n_samples = int(windows["n_samples"].iloc[0])
        out = np.empty((len(windows), len(self.channels), n_samples), dtype=np.float32)
        places = windows.reset_index(drop=True).groupby("recording_id", sort=False)
        for recording_id, rows in places:
            eeg, stored = self._mapped(str(recording_id), truth)
            for row, start in zip(rows.index, rows["start_sample"], strict=True):
                window = eeg[:, start : start + n_samples]
                out[row] = window if stored is None else window[stored]
        return out

    def has_truth(self, windows: pd.DataFrame) -> bool:
        """Return whether the true evoked part of all these windows is known."""
        ids = windows["recording_id"].unique()
        return all("truth_sha256" in self._listed.get(name, {}) for name in ids)


def interpolate(
    values: NDArray[np.float32], times_s: NDArray[np.float64], at_s: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Interpolate linearly along time; the first and the last sample are held outside.

    Args:
        values: (n, ...) samples.
        times_s: (n,) their times, ascending.
        at_s: Times to interpolate at, of any shape.

    Returns:
        (*at_s.shape, ...), of the dtype of `values`.
    """
    place = np.interp(at_s, times_s, np.arange(len(times_s)))
    low = place.astype(int)
    high = np.minimum(low + 1, len(times_s) - 1)
    weight = (place - low).reshape(*low.shape, *[1] * (values.ndim - 1)).astype(values.dtype)
    return (1 - weight) * values[low] + weight * values[high]


@dataclass(frozen=True)
class ListedFiles:
    """Features of videos or text tokens, which lie beside the manifest that lists them."""

    manifest: Path  # video/videos.json or text/texts.json

    @cached_property
    def _entries(self) -> dict[str, dict[str, str]]:
        record = read_record(self.manifest)
        return record[self.manifest.stem]  # `videos` or `texts`

    def path(self, name: str) -> Path:
        """Return the file of a video or subject after comparing its checksum.

        Raises:
            UserError: if the manifest does not list it, or the file is missing or differs.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise UserError(
                str(self.manifest),
                expected=f"an entry of {name}",
                found="none",
                next_step=make_again(str(self.manifest)),
            )
        path = self.manifest.parent / entry["file"]
        return checked(path, entry["sha256"], listed_in=self.manifest)


@dataclass(frozen=True)
class VideoFeatures:
    """CLIP embeddings and stimulus track of one video."""

    clip: NDArray[np.float32]  # (n, 768) CLIP image embeddings on the alignment grid
    grid_s: NDArray[np.float64]  # (n,) presentation time of each row
    track: NDArray[np.float32]  # (K, m) stimulus track, rows as TRACK_CHANNELS
    track_s: NDArray[np.float64]  # (m,) presentation time of each column

    def write(self, path: Path) -> None:
        """Write as .npz, with CLIP embeddings as float16."""
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                clip=self.clip.astype(np.float16),
                grid_s=self.grid_s,
                track=self.track,
                track_s=self.track_s,
            )

    @classmethod
    def read(cls, path: Path) -> "VideoFeatures":
        """Read a file that `write` wrote; `ListedFiles` compares its checksum.

        Raises:
            UserError: if the file is missing or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                return cls(
                    stored["clip"].astype(np.float32),
                    stored["grid_s"],
                    stored["track"],
                    stored["track_s"],
                )
        except FileNotFoundError:
            raise missing(path) from None
        except (
            *(ValueError, KeyError, EOFError, OSError),
            *(RuntimeError, zipfile.BadZipFile, zlib.error),
        ) as error:
            raise UserError(
                str(path),
                expected="features of one video",
                found=str(error),
                next_step=make_again(str(path.with_name("videos.json"))),
            ) from None

    def clip_at(self, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Interpolate CLIP embeddings at any times, (..., 768); they are held outside the grid."""
        return interpolate(self.clip, self.grid_s, times_s)

    def track_at(self, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
        """Interpolate the stimulus track at any times, (K, len(times_s)); it is held outside."""
        return interpolate(self.track.T, self.track_s, times_s).T
