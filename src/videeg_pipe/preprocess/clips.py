"""Place clips of one length in the preprocessed recordings, for decoding."""

import logging
from pathlib import Path

import pandas as pd

from videeg_pipe.config.split import SplitOptions
from videeg_pipe.config.windows import WindowsOptions
from videeg_pipe.contracts.tables import TABLES, read_table, write_table
from videeg_pipe.preprocess.split import assign_splits
from videeg_pipe.preprocess.windows import plan_windows
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_record

logger = logging.getLogger(__name__)


def cut_clips(
    *, recordings: Path, clips: Path, index: Path, clip_s: float, split: SplitOptions, out: Path
) -> None:
    """Write the `clips_cut` table: the first `clip_s` seconds of each clip that is long enough.

    Args:
        recordings: The `recordings` table.
        clips: The `clips` table.
        index: `eeg/index.json`.
        clip_s: Length, in seconds.
        split: The section `split`.
        out: Path of the table.

    Raises:
        UserError: if no clip is long enough, or clips of one video are in two splits.
    """
    recorded = read_table(recordings, "recordings")
    shown = _with_runs(read_table(clips, "clips"), recorded["recording_id"], clip_s)
    store = read_record(index)
    if shown["duration_s"].max() < clip_s - 1 / store["sfreq"]:
        raise UserError(
            "pictures.clip_s",
            expected=f"at most the longest clip, {shown['duration_s'].max():g} s",
            found=f"{clip_s:g} s",
            next_step="correct the option",
        )
    whole = WindowsOptions(length_s=clip_s, stride_s=shown["duration_s"].max() + clip_s)
    cut, dropped = plan_windows(recorded, shown, store["recordings"], store["sfreq"], whole)
    if dropped:
        logger.warning("clips left out: %s", dropped)
    of = recorded.set_index("recording_id")[["subject", "session", "block"]]
    places = of.loc[cut["recording_id"]].itertuples(index=False, name=None)
    cut["split"] = assign_splits(list(places), split)
    added = ["clip_id", "run_id", "position", "stimulus_id", "video_start_s", "caption"]
    cut = cut.merge(shown[added], on="clip_id", validate="one_to_one")
    _check_splits(cut)
    write_table(out, "clips_cut", cut[list(TABLES["clips_cut"].columns)])


def _with_runs(clips: pd.DataFrame, recordings: pd.Series, clip_s: float) -> pd.DataFrame:
    """Add the stimulus of each clip, its run and its position in the run, from 1.

    A run is a series of clips of one concept, less than a clip's length apart. Clips come in the
    order of presentation: that of `recordings`, where block 10 follows block 9, then of onsets.
    """
    order = pd.Series(range(len(recordings)), index=recordings)
    clips = clips.assign(recording=clips["recording_id"].map(order))
    clips = clips.sort_values(["recording", "onset_s"], kind="stable").drop(columns="recording")
    place = clips.groupby("video_id")["video_start_s"].rank("dense").astype(int) - 1
    stimulus = clips["video_id"] + "-c" + place.map("{:03d}".format)
    before = clips.groupby("recording_id")[["onset_s", "duration_s", "concept_id"]].shift()
    gap_s = clips["onset_s"] - before["onset_s"] - before["duration_s"]
    new = gap_s.isna() | (gap_s >= clip_s) | (clips["concept_id"] != before["concept_id"])
    number = new.cumsum()
    return clips.assign(
        stimulus_id=stimulus,
        run_id=stimulus.groupby(number).transform("first"),
        position=stimulus.groupby(number).cumcount() + 1,
    )


def _check_splits(cut: pd.DataFrame) -> None:
    """Refuse a part of a video in two splits: models learn from the videos, too."""
    splits = cut.groupby("stimulus_id")["split"].agg(lambda names: sorted(set(names)))
    shared = splits[splits.map(len) > 1]
    if len(shared):
        raise UserError(
            f"clip {shared.index[0]} of the videos",
            expected="one split, also where several people saw it",
            found=", ".join(shared.iloc[0]),
            next_step="hold out whole blocks (split.by: block) that show other videos",
        )
