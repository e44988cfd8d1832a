"""Tables of the recording: one recording and one clip per trial."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from videeg_pipe.config import section
from videeg_pipe.config.source import SourceOptions
from videeg_pipe.contracts.constants import UV_PER_V
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file
from videeg_pipe.sources.findings import Finding, findings_table
from videeg_pipe.sources.fpvs.listing import FILE, N_TRIALS, PROGRAMS, SUBJECT, program
from videeg_pipe.sources.fpvs.reading import in_millimetres, read_epochs
from videeg_pipe.sources.participants import participants_table
from videeg_pipe.sources.subjects import chosen_subjects
from videeg_pipe.sources.survey import Survey
from videeg_pipe.sources.videos import videos_table
from videeg_pipe.stimuli.video import probe_video

_CONCEPTS = {1: ("periodic", "faces every fifth picture"), 2: ("random", "faces at random places")}
_ASSUMED = (
    "The contrast of a picture follows a raised cosine: the authors do not state its course.",
    "Pictures are stand-ins, textures and schematic faces: the real ones are not published.",
    "In periodic trials the first of five pictures is the face: the authors do not state which.",
)
_REPAIRED = "Electrode positions are in millimetres, although the file says metres."


def make_tables(
    config: Mapping[str, Any], root: Path, survey: Survey | None = None
) -> dict[str, pd.DataFrame]:
    """Describe the recording.

    Args:
        config: `path` and `subjects` of `source`.
        root: Folder of the recording.
        survey: Not used: the file is small.

    Returns:
        The tables recordings, clips, videos, participants and findings.

    Raises:
        UserError: if the file has another number of trials, or codes other than 1xx and 2xx.
    """
    chosen_subjects(section(SourceOptions, config["source"]), [SUBJECT], str(root))
    path = root / FILE
    epochs = read_epochs(path)
    kinds = [int(code) // 100 for code in epochs.events[:, 2]]
    if len(kinds) != N_TRIALS or set(kinds) - set(_CONCEPTS):
        raise UserError(
            str(path),
            expected=f"{N_TRIALS} trials with event codes 1xx or 2xx",
            found=f"{len(kinds)} trials with codes {sorted(set(epochs.events[:, 2].tolist()))}",
            next_step="fetch the file again: make real",
        )
    sfreq, n_samples, blocks = (
        float(epochs.info["sfreq"]),
        len(epochs.times),
        range(1, N_TRIALS + 1),
    )
    names = [f"{SUBJECT}_trial-{block:02d}" for block in blocks]
    recordings = pd.DataFrame({"recording_id": names}).assign(
        subject=SUBJECT,
        session=1,
        block=list(blocks),
        path=str(path),
        sfreq=sfreq,
        n_samples=n_samples,
        n_channels=len(epochs.ch_names),
        scale_to_uv=UV_PER_V,
        sha256=sha256_file(path),
        truth_path=None,
    )
    clips = pd.DataFrame({"clip_id": names, "recording_id": names}).assign(
        onset_s=0.0,
        duration_s=n_samples / sfreq,
        video_id=[_CONCEPTS[kind][0] for kind in kinds],
        video_start_s=0.0,
        concept_id=kinds,
        concept=[_CONCEPTS[kind][1] for kind in kinds],
        concept_group=None,
        emotion=None,
        caption=None,
    )
    videos = {program(name): probe_video(program(name)) for name in PROGRAMS}
    people, found = participants_table([SUBJECT], root / "participants.tsv")
    own = [Finding(str(path), "assumed", what) for what in _ASSUMED]
    if in_millimetres(epochs):
        own.append(Finding(str(path), "repaired", _REPAIRED))
    return {
        "recordings": recordings,
        "clips": clips,
        "videos": videos_table(videos, licence="MIT", redistributable=True),
        "participants": people,
        "findings": findings_table([*own, *found]),
    }
