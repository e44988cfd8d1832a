"""From the rows of events.tsv to clips: what counts once, what is refused, what names a concept."""

from pathlib import Path

import pandas as pd
import pytest

from videeg_pipe.config.bids import BidsOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.clips import clips_of
from videeg_pipe.sources.bids.events import FILE, Recording
from videeg_pipe.stimuli.video import VideoInfo

LENGTHS = {"a": 4.0, "b": 2.0}


def info(length_s, first_s=0.0):
    """A video at 25 Hz."""
    return VideoInfo(
        fps=25.0,
        n_frames=round(25 * length_s),
        width=64,
        height=48,
        duration_s=length_s,
        file_s=length_s,
        first_s=first_s,
    )


def clips(columns, first_s=0.0, **options):
    """Return clips and findings of events, whose videos are named by letters."""
    events = pd.DataFrame(columns).astype(object)
    events = events.where(events != "n/a")
    events[FILE] = [Path(f"{name}.mp4") for name in events["video"]]
    path = Path("sub-01_task-video_eeg.edf")
    recording = Recording(path, "sub-01", Path("sub-01_events.tsv"), events)
    infos = {Path(f"{name}.mp4"): info(length, first_s) for name, length in LENGTHS.items()}
    found = []
    made = clips_of(recording, infos, BidsOptions(**options), found)
    return made, [(finding.action, finding.what) for finding in found]


def shown(made):
    """Onset, end and video of each clip."""
    ends = made["onset_s"] + made["duration_s"]
    return list(zip(made["onset_s"], ends, made["video_id"], strict=True))


TWO = [(4.0, 8.0, "a"), (14.0, 16.0, "b")]
START_END = {"onset": ["4", "8", "14", "16"], "video": [*"aabb"]}


def test_clips_begin_at_the_first_picture_where_the_sound_starts_before_it():
    columns = {"onset": ["4", "14"], "duration": ["4", "n/a"], "video": [*"ab"]}
    made, _ = clips(columns, first_s=0.5)
    assert shown(made) == [(4.5, 8.0, "a"), (14.5, 16.0, "b")]
    assert list(made["video_start_s"]) == [0.5, 0.5]


def test_rows_that_repeat_a_row_count_once():
    events = {"onset": ["4", "4.0", "14", "14"], "video": [*"aabb"], "duration": ["n/a"] * 4}
    events |= {"trial_type": [*"ccdd"], "value": ["1", "99", "2", "99"]}
    made, found = clips(events)
    assert shown(made) == TWO
    assert list(made["clip_id"].str[-4:]) == ["c000", "c001"]
    assert found == [("repaired", "2 of 4 rows repeat another row; they count once.")]


@pytest.mark.parametrize(
    ("onset", "video", "concept", "message"),
    [
        (["14", "6", "4"], [*"bba"], [*"cde"], r"rows 3 and 2; .*b\.mp4 starting at 6 s, while a"),
        (["4", "4", "14"], [*"aab"], [*"cde"], r"rows 1 and 2; .*a\.mp4 starting at 4 s, while a"),
        (["4", "4.001", "14"], [*"aab"], [*"ccd"], r"rows 1 and 2; expected one video at a time"),
    ],
)
def test_two_videos_at_once_are_refused_with_both_rows(onset, video, concept, message):
    events = {"onset": onset, "video": video, "duration": ["n/a"] * 3, "trial_type": concept}
    with pytest.raises(UserError, match=message):
        clips(events)


def test_videos_may_follow_each_other_within_a_frame():
    made, found = clips({"onset": ["4", "7.97"], "video": [*"ab"], "duration": ["n/a"] * 2})
    assert list(made["onset_s"]) == [4, 7.97]
    assert not found


@pytest.mark.parametrize(
    "columns",
    [
        {"duration": ["0"] * 4, "trial_type": ["start", "end"] * 2},
        {"duration": ["n/a"] * 4, "trial_type": ["video_start", "video_end"] * 2},
        {"duration": ["0"] * 4, "trial_type": [*"ccdd"], "value": ["10", "20"] * 2},
        {"duration": ["4", "0", "2", "0"], "trial_type": [*"ccdd"]},
        {"duration": ["n/a"] * 4, "event_type": ["stimOnset", "stimOffset"] * 2},
    ],
)
def test_start_and_end_rows_are_one_clip(columns):
    for late_s in (-0.03, 0.0, 0.2):
        onset = ["4", f"{8 + late_s}", "14", f"{16 + late_s}"]
        made, found = clips(START_END | columns | {"onset": onset})
        assert shown(made) == TWO
        what = "2 pairs of start and end rows of the same video are one clip each."
        assert ("repaired", what) in found
        assert "end" not in set(made["concept"])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"onset": ["4", "6", "14", "16"], "trial_type": ["start", "end"] * 2},
            r"rows 1 and 2; expected start and end of a\.mp4 4\.000 s apart.*found 2\.000 s",
        ),
        (
            {"video": [*"abab"], "trial_type": ["start", "end"] * 2},
            r"row 2; expected the start of a video; found its end \(end\)",
        ),
        (
            {"trial_type": [*"ccdd"]},  # starts and ends, or each shown twice?
            r"row 1; expected a duration of 4\.000 s.*found 0 s; write n/a if the row marks the "
            r"start of the video, remove it if it marks the end",
        ),
    ],
)
def test_start_and_end_rows_that_do_not_fit_are_refused(columns, message):
    with pytest.raises(UserError, match=message):
        clips({"duration": ["0"] * 4} | START_END | columns)


def test_a_video_that_follows_itself_is_shown_twice_and_said():
    made, found = clips(START_END | {"duration": ["n/a"] * 4, "trial_type": [*"ccdd"]})
    assert len(made) == 4
    assert found[0][0] == "assumed" and "counts as shown twice" in found[0][1]


def test_trial_type_that_names_no_content_gives_way_to_the_name_of_the_video():
    events = {"onset": ["4", "14"], "video": [*"ab"], "duration": ["n/a"] * 2}
    for general in ("stimulus/video", "Video", "movie_start", "stim on"):
        made, found = clips(events | {"trial_type": [general, "walk"]})
        assert list(made["concept"]) == ["a", "walk"]
        assert found[0][0] == "assumed"
        assert found[0][1].startswith(f"Values of trial_type name no content ({general}): concepts")
    for content in ("video1", "dog video", "n/a"):
        made, found = clips(events | {"trial_type": [content, "walk"]})
        assert made["concept"].iloc[0] == ("a" if content == "n/a" else content)
        assert not found


def test_an_option_names_the_column_of_concepts():
    events = {"onset": ["4", "14"], "video": [*"ab"], "duration": ["n/a"] * 2}
    events |= {"trial_type": ["video"] * 2, "category": ["dog ", "n/a"]}
    made, _ = clips(events, concept="category")
    assert list(made["concept"]) == ["dog", "b"]
    made, _ = clips(events, concept="trial_type")
    assert list(made["concept"]) == ["video"] * 2
    made, _ = clips(events, concept="video")  # a column of the lab, whatever it is called
    assert list(made["concept"]) == ["a", "b"]
    message = r"the column categoy of bids\.concept; found .*did you mean category"
    with pytest.raises(UserError, match=message):
        clips(events, concept="categoy")
