"""The videos table."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from videeg_pipe.runtime.files import sha256_file
from videeg_pipe.sources.findings import Finding
from videeg_pipe.stimuli.video import VideoInfo

_ROUNDED_S = 2e-3  # containers round times to a millisecond


def video_ids(paths: Iterable[Path]) -> dict[Path, str]:
    """Give each video a unique id from its file name, with characters safe in file names."""
    ids: dict[Path, str] = {}
    taken: set[str] = set()
    for path in sorted(paths):
        letters = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", letters).strip("-_.") or "video"
        name, number = stem, 1
        while name.lower() in taken:  # some file systems ignore case
            number += 1
            name = f"{stem}-{number}"
        ids[path] = name
        taken.add(name.lower())
    return ids


def video_findings(infos: Mapping[Path, VideoInfo]) -> list[Finding]:
    """Say what was repaired or assumed about videos, from the facts of each file."""
    found = []
    for path, info in infos.items():
        if info.first_s > _ROUNDED_S:
            what = f"The first picture is shown {info.first_s:.3f} s after the start of the file; "
            found.append(Finding(str(path), "assumed", what + "its clips begin with it."))
        if info.counted:
            what = "The file has no frame times: its frames are shown in order, "
            found.append(Finding(str(path), "repaired", what + f"{info.fps:g} per second."))
        if info.n_streams > 1:
            what = f"The file has {info.n_streams} picture streams: the default one is shown."
            found.append(Finding(str(path), "assumed", what))
        if info.n_frames == 1:
            what = f"The file has a single picture: it is shown for {info.duration_s:.3f} s."
            found.append(Finding(str(path), "assumed", what))
    return found


def videos_table(
    infos: Mapping[Path, VideoInfo], *, licence: str, redistributable: bool
) -> pd.DataFrame:
    """Make the videos table.

    Args:
        infos: Facts of each file.
        licence: Of all videos.
        redistributable: Whether the licence allows frames in the release.
    """
    ids = video_ids(infos)
    rows = [
        {
            "video_id": ids[path],
            "path": str(path),
            "fps": info.fps,
            "width": info.width,
            "height": info.height,
            "duration_s": info.duration_s,
            "sha256": sha256_file(path),
        }
        for path, info in infos.items()
    ]
    return pd.DataFrame(rows).assign(licence=licence, redistributable=redistributable)
