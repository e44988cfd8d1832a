"""Tables of a data set in SEED-DV's layout, which the phantom shares.

One block is one video and one array of EEG. It shows one concept after the other, each as a hint
and then its clips, without gaps and in the same order for everybody.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from videeg_pipe.config.block_layout import BlockLayout
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.contracts.tables import EMOTIONS, TABLES
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import missing, read_npy, sha256_file
from videeg_pipe.runtime.progress import progress
from videeg_pipe.sources.block_timing import block_s, concept_s
from videeg_pipe.sources.concepts import CONCEPT_GROUPS, CONCEPTS, EMOTIONS_NPY, LABELS_NPY
from videeg_pipe.sources.copies import Excerpts, check_copies
from videeg_pipe.sources.findings import Finding, findings_table
from videeg_pipe.sources.participants import participants_table
from videeg_pipe.sources.signal import Signal, check_channels, examine, scale_to_uv
from videeg_pipe.sources.survey import Survey, per_file
from videeg_pipe.sources.videos import video_findings, video_ids, videos_table
from videeg_pipe.stimuli.video import VideoInfo, probe_video

logger = logging.getLogger(__name__)

_FPS_TOLERANCE = 0.01  # separates 24 from 23.976
_CHUNK = 20_000  # samples examined at a time: 10 MB of 62 channels


@dataclass(frozen=True)
class BlockFolder:
    """Files of a data set in SEED-DV's layout."""

    layout: BlockLayout
    eeg: dict[str, dict[int, Path]]  # subject -> session -> file
    videos: list[Path]  # one per block, in the order of the blocks
    meta_info: Path  # folder of the labels
    captions: Path | None  # folder of the captions
    participants: Path  # participants.tsv, which may be missing
    licence: str
    redistributable: bool
    truth: Path | None = None  # folder of the true evoked parts


def make_block_tables(
    folder: BlockFolder,
    source: SourceOptions,
    found: Iterable[Finding] = (),
    survey: Survey | None = None,
) -> dict[str, pd.DataFrame]:
    """Check a data set and describe it.

    Args:
        folder: Its files.
        source: `units` is read.
        found: What the listing of the files left out.
        survey: Looks at headers and a few seconds of EEG only, collects refusals, and leaves out
            checksums.

    Returns:
        The tables recordings, clips, videos, participants and findings.

    Raises:
        UserError: naming the first file that is missing or not as expected.
    """
    layout = folder.layout
    blocks: list[pd.DataFrame] = []
    with per_file(survey):
        blocks = _blocks(folder)  # small files first: the EEG takes minutes
    infos = {}
    for path in progress(folder.videos, "videos"):
        with per_file(survey):
            infos[path] = _checked_video(path, layout)
    first_s = {path: info.first_s for path, info in infos.items()}
    blocks = [  # the layout counts from the first picture
        block.assign(video_start_s=block["video_start_s"] + first_s.get(path, 0.0))
        for block, path in zip(blocks, folder.videos, strict=survey is None)
    ]
    files = [
        (subject, session, path)
        for subject, sessions in folder.eeg.items()
        for session, path in sessions.items()
    ]
    rows: list[dict[str, Any]] = []
    excerpts = Excerpts()
    for subject, session, path in progress(files, "EEG files"):
        with per_file(survey):
            rows += _recordings(folder, source, subject, session, path, excerpts, survey)
    recordings = pd.DataFrame(rows, columns=[*rows[0]] if rows else ["recording_id", "block"])
    videos = videos_table(
        infos if survey is None else {},  # checksums of videos take long
        licence=folder.licence,
        redistributable=folder.redistributable,
    )
    if survey is None:  # another block's video would belong to other labels
        check_copies(dict(zip(videos["path"], videos["sha256"], strict=True)), "video")
    about_people: list[Finding] = []
    participants = pd.DataFrame()
    with per_file(survey):
        participants, about_people = participants_table(list(folder.eeg), folder.participants)
    return {
        "recordings": recordings,
        "clips": _clips(recordings, blocks),
        "videos": videos,
        "participants": participants,
        "findings": findings_table([*found, *video_findings(infos), *about_people]),
    }


def _recordings(
    folder: BlockFolder,
    source: SourceOptions,
    subject: str,
    session: int,
    path: Path,
    excerpts: Excerpts,
    survey: Survey | None,
) -> Iterator[dict[str, Any]]:
    """Rows of one EEG file, one per block."""
    layout = folder.layout
    eeg = _checked_array(path, layout)
    signals = (
        _signals(path, eeg, layout.sfreq)
        if survey is None
        else [_look(path, eeg, layout.sfreq, survey)]
    )
    scale = scale_to_uv(str(path), signals, source.units)
    if survey is None:
        excerpts.check(str(path), lambda start, stop: eeg[0, :, start:stop], eeg.shape[2])
    truth = None
    if folder.truth is not None:
        truth = folder.truth / path.name
        _checked_array(truth, layout)
    checksum = sha256_file(path) if survey is None else ""
    for block in range(1, layout.n_blocks + 1):
        yield {
            "recording_id": f"{subject}-s{session}-b{block}",
            "subject": subject,
            "session": session,
            "block": block,
            "path": str(path),
            "sfreq": layout.sfreq,
            "n_samples": eeg.shape[2],
            "n_channels": eeg.shape[1],
            "scale_to_uv": scale,
            "sha256": checksum,
            "truth_path": None if truth is None else str(truth),
        }


def _signals(path: Path, eeg: NDArray[np.floating], sfreq: float) -> list[Signal]:
    """Examine all blocks of a file."""
    signals = []
    for block, samples in enumerate(eeg, start=1):
        name = f"{path}, block {block}"
        chunks = (samples[:, at : at + _CHUNK] for at in range(0, eeg.shape[2], _CHUNK))
        signal = examine(name, chunks, SEED_DV_CHANNELS, eeg.shape[2], sfreq)
        check_channels(name, signal, SEED_DV_CHANNELS)
        signals.append(signal)
    return signals


def _look(path: Path, eeg: NDArray[np.floating], sfreq: float, survey: Survey) -> Signal:
    """Examine the first chunk of a file; compare its middle with files of equal size."""
    middle = eeg.shape[2] // 2
    part = eeg[len(eeg) // 2, :, middle : middle + _CHUNK // 20]
    survey.check_copy(str(path), (path.stat().st_size, str(eeg.dtype)), lambda: part)
    first = eeg[0, :, :_CHUNK]
    return examine(f"{path}, block 1", [first], SEED_DV_CHANNELS, first.shape[1], sfreq)


def _checked_array(path: Path, layout: BlockLayout) -> NDArray[np.floating]:
    """Map (blocks, channels, samples) into memory, after checks of shape and type."""
    eeg = read_npy(path, memory_map=True)
    expected = (layout.n_blocks, len(SEED_DV_CHANNELS), round(block_s(layout) * layout.sfreq))
    if eeg.shape != expected:
        other_channels = eeg.ndim == 3 and eeg.shape[1] != expected[1]
        raise UserError(
            str(path),
            expected=f"shape {expected} (blocks, channels, samples)",
            found=f"shape {eeg.shape}",
            next_step=f"leave only the {expected[1]} EEG channels in it, in SEED-DV's order"
            if other_channels
            else "copy or download it again, or correct the layout in the config",
        )
    if eeg.dtype.kind != "f" or eeg.dtype.itemsize not in (4, 8):
        raise UserError(
            str(path),
            expected="float32 or float64",
            found=str(eeg.dtype),
            next_step="copy or download it again, or convert it to volts or microvolts",
        )
    return eeg


def _checked_video(path: Path, layout: BlockLayout) -> VideoInfo:
    info = probe_video(path)
    n_frames = round(block_s(layout) * layout.fps)
    if abs(info.fps - layout.fps) > _FPS_TOLERANCE:
        raise UserError(
            str(path),
            expected=f"{layout.fps:g} frames per second",
            found=f"{info.fps:.3f}",
            next_step="use the original video, or correct fps in the layout",
        )
    if info.n_frames != n_frames:
        raise UserError(
            str(path),
            expected=f"{n_frames} frames ({block_s(layout):g} s)",
            found=f"{info.n_frames} ({info.duration_s:.2f} s)",
            next_step="use the original video, or correct the layout in the config",
        )
    return info


def _blocks(folder: BlockFolder) -> list[pd.DataFrame]:
    """Clips of each block, the same for everybody: all columns except clip_id and recording_id."""
    layout = folder.layout
    labels = _labels(folder.meta_info / LABELS_NPY, layout)
    emotions = _emotions(folder.meta_info / EMOTIONS_NPY, layout)
    ids = video_ids(folder.videos)
    n_clips = layout.concepts_per_block * layout.clips_per_concept
    position, clip = np.divmod(np.arange(n_clips), layout.clips_per_concept)
    start_s = concept_s(layout) * position + layout.hint_s + layout.clip_s * clip
    return [
        pd.DataFrame(
            {
                "onset_s": start_s,
                "duration_s": layout.clip_s,
                "video_id": ids[path],
                "video_start_s": start_s,
                "concept_id": labels[block][position],
                "concept": [CONCEPTS[label] for label in labels[block][position]],
                "concept_group": [CONCEPT_GROUPS[label] for label in labels[block][position]],
                "emotion": None if emotions is None else emotions[block][position],
                "caption": _captions(folder, path, n_clips),
            }
        )
        for block, path in enumerate(folder.videos)
    ]


def _clips(recordings: pd.DataFrame, blocks: list[pd.DataFrame]) -> pd.DataFrame:
    if recordings.empty or not blocks:  # refused, and collected by a survey
        return pd.DataFrame(columns=list(TABLES["clips"].columns))
    tables = []
    for name, block in zip(recordings["recording_id"], recordings["block"], strict=True):
        clips = blocks[block - 1]
        clip_ids = [f"{name}-c{place:03d}" for place in range(len(clips))]
        ids = pd.DataFrame({"clip_id": clip_ids, "recording_id": name})
        tables.append(pd.concat([ids, clips], axis=1))
    return pd.concat(tables, ignore_index=True)


def _labels(path: Path, layout: BlockLayout) -> NDArray[np.int64]:
    """Concept numbers in presentation order, (n_blocks, concepts_per_block)."""
    labels = _whole_numbers(path, layout)
    for block, row in enumerate(labels, start=1):
        wrong = sorted({int(label) for label in row if label not in CONCEPTS})
        repeated = sorted({int(label) for label in row if (row == label).sum() > 1})
        if wrong or repeated:
            raise UserError(
                f"{path}, block {block}",
                expected=f"labels 1 to {len(CONCEPTS)}, each concept once",
                found=f"labels {wrong} out of range" if wrong else f"labels {repeated} twice",
                next_step="copy or download it again",
            )
    return labels


def _emotions(path: Path, layout: BlockLayout) -> NDArray[np.str_] | None:
    """Names of emotions in presentation order, (n_blocks, concepts_per_block)."""
    if not path.is_file():
        return None
    codes = _whole_numbers(path, layout)
    if not np.isin(codes, (-1, 0, 1)).all():
        raise UserError(
            str(path),
            expected="-1, 0 and 1 for negative, neutral and positive",
            found=f"values {codes.min()} to {codes.max()}",
            next_step="correct it, or move it away: emotions are optional",
        )
    return np.array(EMOTIONS)[codes + 1]


def _whole_numbers(path: Path, layout: BlockLayout) -> NDArray[np.int64]:
    values = read_npy(path)
    shape = (layout.n_blocks, layout.concepts_per_block)
    if values.shape != shape or values.dtype.kind not in "iuf" or (values % 1).any():
        raise UserError(
            str(path),
            expected=f"whole numbers, shape {shape} (blocks, concepts)",
            found=f"shape {values.shape} of {values.dtype}",
            next_step="copy or download it again, or correct the layout in the config",
        )
    return values.astype(np.int64)


def _captions(folder: BlockFolder, video: Path, n_clips: int) -> list[str] | None:
    """One line per clip, in presentation order."""
    if folder.captions is None:
        return None
    path = folder.captions / f"{video.stem}.txt"
    if not path.is_file():
        raise missing(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        lines, problem = [], f"no UTF-8: {error.reason}"
    else:
        problem = f"{len(lines)} lines"
    if len(lines) != n_clips:
        raise UserError(
            str(path),
            expected=f"{n_clips} captions, one per line",
            found=problem,
            next_step="copy it again, or set seed_dv.captions to null to use no captions",
        )
    return [line.strip() for line in lines]
