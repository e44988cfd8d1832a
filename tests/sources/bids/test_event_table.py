"""Times in events.tsv: units, decimal signs, and times that are none."""

import json

import pandas as pd
import pytest

from tests.sources.builders import build_bids, run_acquire
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.event_table import read_events
from videeg_pipe.sources.recording import load_recording

STEM = "sub-01/eeg/sub-01_task-video_run-1"


@pytest.fixture
def values(tmp_path):
    return build_bids(tmp_path / "data", subjects=("01",))


def write(folder, onset, duration, *, bad=None, units=None, side_file=f"{STEM}_events.json"):
    """Write the events, with a bad segment as the last row, and the unit of their times."""
    rows = zip(onset, duration, ["walk", "talk"], ["clip.mp4", "more/other.mp4"], strict=False)
    columns = ["onset", "duration", "trial_type", "stim_file"]
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    if bad is not None:
        table.loc[len(table)] = [*bad, "BAD_moved", "n/a"]
    table.to_csv(folder / f"{STEM}_events.tsv", sep="\t", index=False)
    if units is not None:
        facts = {"onset": {"Units": units}, "duration": {"Units": units, "Description": "length"}}
        (folder / side_file).write_text(json.dumps(facts))


def read(values, out):
    """Return onsets and durations of the clips, the bad segments, and the findings."""
    made = run_acquire(values, out)
    raw = load_recording("bids", next(made["recordings"].itertuples()))
    bad = zip(raw.annotations.onset, raw.annotations.duration, strict=True)
    clips = made["clips"]
    return list(clips["onset_s"]), list(clips["duration_s"]), list(bad), made["findings"]


@pytest.mark.parametrize(
    ("units", "per_s"),
    [("ms", 1000), ("milisecond", 1000), ("Milliseconds", 1000), ("\u00b5s", 1_000_000)],
)
def test_the_unit_of_the_side_file_counts(units, per_s, values, tmp_path):
    times = [at * per_s for at in (1.25, 4)], [at * per_s for at in (2, 1)]
    write(tmp_path / "data", *times, bad=(8.5 * per_s, 0.25 * per_s), units=units)
    onset, duration, bad, findings = read(values, tmp_path / "out")
    assert (onset, duration, bad) == ([1.25, 4], [2, 1], [(8.5, 0.25)])
    assert list(findings["action"]) == ["repaired"] * 2
    assert f"Column onset is in {units}, as its side file says" in findings["what"].iloc[0]


@pytest.mark.parametrize("units", ["s", "Seconds", "time (s)", "n/a", ""])
def test_seconds_stay_as_they_are(units, values, tmp_path):
    write(tmp_path / "data", [1.25, 4], [2, 1], bad=(8.5, 0.25), units=units)
    onset, duration, bad, findings = read(values, tmp_path / "out")
    assert (onset, duration, bad) == ([1.25, 4], [2, 1], [(8.5, 0.25)])
    assert findings.empty


def test_the_nearest_side_file_counts(values, tmp_path):
    folder = tmp_path / "data"
    write(folder, [1250, 4000], [2000, 1000], units="s", side_file="events.json")
    write(folder, [1250, 4000], [2000, 1000], units="ms", side_file="task-video_events.json")
    assert read(values, tmp_path / "a")[:2] == ([1.25, 4], [2, 1])
    write(folder, [1.25, 4], [2, 1], units="s", side_file="sub-01/sub-01_task-video_events.json")
    assert read(values, tmp_path / "b")[:2] == ([1.25, 4], [2, 1])


@pytest.mark.parametrize("units", ["TR", "samples", "min", "s or ms"])
def test_another_unit_is_refused(units, values, tmp_path):
    write(tmp_path / "data", [1, 4], [2, 1], units=units)
    with pytest.raises(UserError, match=rf"events\.json; expected onset in sec.*Units {units}; wr"):
        run_acquire(values, tmp_path / "out")


def test_milliseconds_that_could_be_seconds_are_refused(values, tmp_path):
    write(tmp_path / "data", [4.0], ["n/a"], units="ms")
    with pytest.raises(UserError, match=r"events\.tsv; .*fit 12\.00 s as seconds too; write"):
        run_acquire(values, tmp_path / "out")


def test_a_side_file_that_is_not_json_is_refused(values, tmp_path):
    write(tmp_path / "data", [1, 4], [2, 1])
    (tmp_path / "data" / f"{STEM}_events.json").write_text('{"onset": {"Units": "s"}')
    with pytest.raises(UserError, match=r"events\.json; expected JSON.*correct it: a comma"):
        run_acquire(values, tmp_path / "out")


def test_decimal_commas_are_read_as_points(values, tmp_path):
    write(tmp_path / "data", ["1,25", "4"], ["2,0", "n/a"], bad=("8,5", "0,25"))
    onset, duration, bad, findings = read(values, tmp_path / "out")
    assert (onset, duration, bad) == ([1.25, 4], [2, 1], [(8.5, 0.25)])
    assert list(findings["what"]) == [
        f"Column {name} has decimal commas: read as decimal points."
        for name in ("onset", "duration")
    ]


@pytest.mark.parametrize(
    "onset",
    [
        ["1,500", "4,250"],  # 1.5 s or 1500 s
        ["1,5", "4.0"],
        ["00:00:01", "00:00:04"],
        ["14:02:33.125", "14:02:36"],
        ["1.5 s", "4 s"],
        ["2020-01-01T12:00:01", "2020-01-01T12:00:04"],
        ["-1", "4"],
        ["-0,5", "4"],
        ["inf", "4"],
    ],
)
def test_onsets_that_are_no_clear_number_of_seconds_are_refused(onset, values, tmp_path):
    write(tmp_path / "data", onset, ["n/a", "n/a"])
    with pytest.raises(UserError, match=r"events\.tsv, row 1; expected onset in seconds, 0"):
        run_acquire(values, tmp_path / "out")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (("soon", 0.5), r"row 3; expected the onset of a bad segment, in seconds; found soon"),
        (("n/a", 0.5), r"row 3; expected the onset of a bad segment, in seconds; found nan"),
        ((8.5, "0:01"), r"row 3; expected the duration of a bad segment, in seconds; found 0:01"),
    ],
)
def test_a_bad_segment_without_a_time_is_refused(bad, message, values, tmp_path):
    write(tmp_path / "data", [1, 4], [2, 1], bad=bad)
    with pytest.raises(UserError, match=message):
        run_acquire(values, tmp_path / "out")


def test_bad_segments_before_and_after_the_recording(values, tmp_path):
    write(tmp_path / "data", [1, 4], [2, 1], bad=(-0.5, 0.75))
    assert read(values, tmp_path / "a")[2] == [(0, 0.25)]
    write(tmp_path / "data", [1, 4], [2, 1], bad=(12.5, 1))
    _, _, bad, findings = read(values, tmp_path / "b")
    assert bad == []
    assert list(findings["what"]) == ["Bad segments that begin after the end at 12.00 s: 1."]


def test_times_that_do_not_matter_are_not_judged(tmp_path):
    rest = tmp_path / "sub-01" / "eeg" / "sub-01_task-rest_events.tsv"
    rest.parent.mkdir(parents=True)
    rest.write_text("onset\tduration\ttrial_type\nsoon\tn/a\teyes open\n")
    (tmp_path / "task-rest_events.json").write_text('{"onset": {"Units": "samples"}}')
    rows, _ = read_events(rest.with_name("sub-01_task-rest_eeg.edf"), [])
    assert list(rows["onset"]) == ["soon"]
