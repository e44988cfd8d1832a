"""CLIP embeddings and stimulus track of each video."""

import logging
from pathlib import Path
from typing import Any

from videeg_pipe.config.embed import EmbedOptions
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.closure import sha256_code
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record, sha256_file, sha256_json, write_record
from videeg_pipe.runtime.progress import progress
from videeg_pipe.stimuli.clip import ClipEncoder
from videeg_pipe.stimuli.features import measure_video
from videeg_pipe.stimuli.video import frames

logger = logging.getLogger(__name__)


def embed_videos(*, videos: Path, clip_model: Path, config: EmbedOptions, manifest: Path) -> None:
    """Embed each video and measure its stimulus track, in one pass over its frames.

    The features of a video lie beside the manifest, with a note of the inputs they were made from:
    a run that was interrupted continues with the videos that have none.

    Args:
        videos: The `videos` table.
        clip_model: Record of the CLIP, which `prepare_clip` wrote.
        config: Arithmetic, frame rate and size, alignment.
        manifest: List of the features, written last.

    Raises:
        UserError: if a video is missing, cannot be decoded, or differs in length from the table.
    """
    encoder = ClipEncoder(clip_model, dtype=config.dtype)
    basis = {
        "clip": encoder.facts,
        "frames": [config.frame_rate, config.frame_size],
        "alignment": [config.grid_s, config.align_window_s, config.align_overlap],
        "code": sha256_code(__name__),
    }
    entries: dict[str, dict[str, str]] = {}
    made: dict[str, Path] = {}  # features by key: copies of a video are measured once
    for row in read_table(videos, "videos").itertuples():
        path = manifest.parent / f"{row.video_id}.npz"
        key = sha256_json(basis | {"video": row.sha256, "duration_s": row.duration_s})
        note = manifest.parent / f"{row.video_id}.made.json"
        if not _is_current(path, note, key):
            known = made.get(key)
            features = VideoFeatures.read(known) if known else _features(row, encoder, config)
            features.write(path)
            write_record(note, {"key": key, "sha256": sha256_file(path)})
        made[key] = path
        entries[str(row.video_id)] = {"file": path.name, "sha256": read_record(note)["sha256"]}
    write_record(manifest, {"clip": encoder.facts, "videos": entries})


def _is_current(path: Path, note: Path, key: str) -> bool:
    """Whether these features exist, are complete, and were made from the same inputs."""
    if not (path.exists() and note.exists()):
        return False
    try:
        if read_record(note) != {"key": key, "sha256": sha256_file(path)}:
            return False
    except UserError as error:
        logger.warning("%s; made again", error)
        return False
    logger.info("%s: kept from an earlier run", path.name)
    return True


def _features(row: Any, encoder: ClipEncoder, config: EmbedOptions) -> VideoFeatures:
    """Measure the video of a row."""
    n_frames = round(row.duration_s * row.fps)
    shown = progress(frames(Path(row.path)), f"embed {row.video_id}", n_frames)
    features = measure_video(shown, row.duration_s, encoder, config)
    _check_length(row, features.track_s[-1] + 1 / row.fps)
    return features


def _check_length(row: Any, decoded_s: float) -> None:
    if abs(decoded_s - row.duration_s) > 2 / row.fps:
        raise UserError(
            str(row.path),
            expected=f"{row.duration_s:.3f} s of pictures",
            found=f"{decoded_s:.3f} s that decode",
            next_step="copy or download the file again",
        )
