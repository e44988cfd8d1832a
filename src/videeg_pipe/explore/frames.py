"""Frames that samples were generated from."""

from functools import cached_property
from pathlib import Path

import numpy as np

from videeg_pipe.reader.release import Release
from videeg_pipe.runtime.errors import UserError

_STORED, _TIMES = "video_frames", "frame_times_s"


class Frames:
    """Frames that a sample was generated from: stored in the release, or of the run's videos."""

    def __init__(self, release: Release, results: Path | None) -> None:
        self._stored = _with(release, _STORED)
        self._times = _with(release, _TIMES)
        self._videos = results / "manifest" / "videos.parquet" if results else None

    @property
    def exist(self) -> bool:
        """Whether there are frames at all."""
        return self._stored is not None or (
            self._times is not None and self._videos is not None and self._videos.is_file()
        )

    def strip(self, row: int, video_id: str) -> bytes | None:
        """Return the frames of a sample side by side, oldest first, as JPEG; None without them."""
        from videeg_pipe.explore.pictures import pictures_of, strip  # takes a second

        if self._stored is not None:
            pictures = self._stored[row][_STORED]
            fine = pictures.dtype == np.uint8 and pictures.ndim == 4 and pictures.shape[-1] == 3
            return strip(pictures) if fine else None
        found = self._known.get(video_id) if self.exist else None
        if found is None or self._times is None or not found[0].is_file():
            return None
        path, aspect = found
        return strip(pictures_of(path, self._times[row][_TIMES]), aspect)

    @cached_property
    def _known(self) -> dict[str, tuple[Path, float]]:
        """File of each video, and its width over its height."""
        from videeg_pipe.contracts.tables import read_table  # takes two seconds

        assert self._videos is not None
        table = read_table(self._videos, "videos")
        aspects = (table["width"] / table["height"]).tolist()
        found = zip(table["path"].map(Path).tolist(), aspects, strict=True)
        return dict(zip(table["video_id"].tolist(), found, strict=True))


def _with(release: Release, name: str) -> Release | None:
    """Return the release with one field, or None if it has no such field."""
    try:
        return release.with_fields((name,))
    except UserError:
        return None
