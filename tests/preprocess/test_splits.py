"""Splits by run, session, block and subject, and the check before anything long runs."""

import pandas as pd
import pytest

from videeg_pipe.config.split import SplitOptions
from videeg_pipe.config.windows import WindowsOptions
from videeg_pipe.contracts.tables import TABLES, write_table
from videeg_pipe.preprocess.splits import assign_splits, check_split
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json

PLACES = [(name, session, run) for name in "ab" for session in (1, 2, 3) for run in (1, 2, 3)]


def recordings():
    """Two people, three sessions, three runs."""
    table = pd.DataFrame(PLACES, columns=["subject", "session", "block"])
    table["recording_id"] = [f"{name}-{session}-{run}" for name, session, run in PLACES]
    return table


@pytest.mark.parametrize(
    ("by", "validation", "test", "place"),
    [("run", [1], [-1], 2), ("block", [1], [3], 2), ("session", [1], [3], 1)],
)
def test_whole_runs_or_sessions_of_everybody_are_held_out(by, validation, test, place):
    ids = recordings()["recording_id"].repeat(2).reset_index(drop=True)
    split = SplitOptions(by=by, validation=validation, test=test)
    found = assign_splits(ids, recordings(), split)
    expected = [{1: "validation", 3: "test"}.get(PLACES[k // 2][place], "train") for k in ids.index]
    assert list(found) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"by": "session", "validation": [2], "test": [4]},
            r"split\.test; expected sessions with windows: 1, 2, 3; found 4; correct split\.test "
            r"or split\.by; the data have 2 subjects, 3 sessions, 3 runs",
        ),
        (
            {"by": "subject", "validation": ["a"], "test": ["b"]},
            r"none in train; the subjects are a, b; set split\.by to session \(3\) or run \(3\)",
        ),
        (
            {"by": "run", "validation": [1, 2], "test": [3]},
            r"none in train; the runs are 1, 2, 3; name fewer runs in split\.validation",
        ),
    ],
)
def test_messages_say_how_to_split(options, message):
    with pytest.raises(UserError, match=message):
        assign_splits(recordings()["recording_id"], recordings(), SplitOptions(**options))


def write(folder, duration_s):
    """Write both tables, with one clip per recording."""
    facts = {
        "path": "x",
        "sfreq": 200.0,
        "n_samples": 2000,
        "n_channels": 20,
        "scale_to_uv": 1.0,
        "sha256": "0" * 64,
        "truth_path": None,
    }
    table = recordings().assign(**facts)
    columns = [name for name in TABLES["recordings"].columns if name in table]
    table = table[columns].assign(
        **{name: "auto" for name in TABLES["recordings"].columns if name not in table}
    )
    write_table(folder / "recordings", "recordings", table)
    clips = pd.DataFrame({"clip_id": table["recording_id"], "recording_id": table["recording_id"]})
    clips = clips.assign(
        onset_s=0.0, duration_s=duration_s, video_id="v", video_start_s=0.0, concept_id=1,
        concept="c", concept_group=None, emotion=None, caption=None,
    )  # fmt: skip
    write_table(folder / "clips", "clips", clips)


def check(folder, length_s=1.0):
    """Check a split by session."""
    check_split(
        recordings=folder / "recordings",
        clips=folder / "clips",
        windows=WindowsOptions(length_s=length_s),
        split=SplitOptions(by="session", validation=[2], test=[3]),
        out=folder / "split.json",
    )
    return read_json(folder / "split.json")


def test_clips_are_counted_before_anything_long_runs(tmp_path):
    write(tmp_path, 1.0)
    assert check(tmp_path) == {"train": 6, "validation": 6, "test": 6}
    with pytest.raises(
        UserError, match=r"windows\.length_s; expected at most the longest clip, 1 s"
    ):
        check(tmp_path, length_s=2.0)


def test_a_session_with_short_clips_only_is_empty(tmp_path):
    write(tmp_path, [0.5 if session == 3 else 1.0 for _, session, _ in PLACES])
    with pytest.raises(UserError, match=r"expected sessions with windows: 1, 2; found 3"):
        check(tmp_path)
