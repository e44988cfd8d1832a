"""Events after a pause get the EEG of their second, in every format."""

import mne
import numpy as np
import pandas as pd
import pytest

from tests.sources.builders import build_bids, run_acquire
from tests.sources.eeg_files import write_brainvision, write_edf, write_eeglab
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.gaps import segments
from videeg_pipe.sources.bids.marks import Marks
from videeg_pipe.sources.recording import BOUNDARY, PAUSE, bridge, load_recording

SFREQ = 100
NAMES = mne.channels.make_standard_montage("colin27_1020").ch_names[:20]
N_STORED = 20 * SFREQ
PAUSE_AT, PAUSE_S = 8, 5  # seconds: of the file, and how long
CLOCK_S = (2.0, 15.0, 21.0)  # one event before the pause, two after it
STORED_S = (2.0, 10.0, 16.0)


def peaked(at_s):
    """Noise of 10 uV with a peak of 300 uV at `at_s`, seconds of the file; (20, N_STORED)."""
    values = 10 * np.random.default_rng(0).standard_normal((len(NAMES), N_STORED))
    values[:, [round(at * SFREQ) for at in at_s]] += 300
    return values


def stamp(second):
    return f"2020010112{second // 60:02d}{second % 60:02d}000000"


def write(folder, kind, *, onsets, markers=(), known=True, bad=()):
    """Write one recording with a pause, whose peaks lie at the events.

    Args:
        folder: The data set.
        kind: Suffix of the file.
        onsets: Of the videos in events.tsv.
        markers: Seconds of the file at which it has a marker.
        known: Whether the file tells the length of the pause.
        bad: Other rows of events.tsv: onset, duration and trial_type.

    Returns:
        The configuration that reads it.
    """
    values = build_bids(folder, subjects=("01",))
    eeg = folder / "sub-01" / "eeg"
    for name in ("eeg.edf", "eeg.json"):
        (eeg / f"sub-01_task-video_run-1_{name}").unlink()
    path = eeg / f"sub-01_task-video_run-1_eeg{kind}"
    data = (peaked(STORED_S), NAMES, SFREQ)
    notes = tuple((round(at * SFREQ), "S  1") for at in markers)
    if kind in (".edf", ".bdf"):
        starts = [k if k < PAUSE_AT else k + PAUSE_S for k in range(20)]
        clock = tuple((at if at < PAUSE_AT else at + PAUSE_S, "S  1") for at in markers)
        write_edf(path, *data, onsets_s=starts, notes=clock, kind=f"{kind[1:].upper()}+D")
    elif kind == ".vhdr":
        again = stamp(PAUSE_AT + PAUSE_S) if known else ""
        segments = [(0, stamp(0)), (PAUSE_AT * SFREQ, again)]
        write_brainvision(path, *data, segments=segments, notes=notes)
    else:
        lost = PAUSE_S * SFREQ if known else np.nan
        write_eeglab(path, *data, boundaries=[(PAUSE_AT * SFREQ, lost)], notes=notes)
    rows = [(at, "n/a", "walk", "clip.mp4") for at in onsets] + [(*row, "n/a") for row in bad]
    columns = ["onset", "duration", "trial_type", "stim_file"]
    file = eeg / "sub-01_task-video_run-1_events.tsv"
    pd.DataFrame(rows, columns=columns).to_csv(file, sep="\t", index=False)
    return values


def read(values, out):
    """Return the recording, its annotations and the findings."""
    tables = run_acquire(values, out)
    raw = load_recording("bids", next(tables["recordings"].itertuples()))
    marks = raw.annotations
    spans = zip(marks.onset.round(3), marks.duration.round(3), marks.description, strict=True)
    return raw, list(spans), " ".join(tables["findings"]["what"])


def peaks_s(raw):
    middle = np.median(raw.get_data(), axis=0)
    return np.flatnonzero(middle > 200e-6) / SFREQ


@pytest.mark.parametrize(
    ("kind", "markers"),
    [
        (".edf", ()),  # EDF+ itself counts clock time
        (".bdf", ()),
        (".edf", STORED_S),
        (".vhdr", STORED_S),
        (".set", STORED_S),
    ],
)
def test_onsets_that_count_pauses_find_their_second(tmp_path, kind, markers):
    values = write(tmp_path / "data", kind, onsets=CLOCK_S, markers=markers)
    raw, spans, what = read(values, tmp_path / "out")
    assert raw.n_times == N_STORED + PAUSE_S * SFREQ
    assert peaks_s(raw).tolist() == list(CLOCK_S)
    assert spans == [(PAUSE_AT, PAUSE_S, PAUSE)]
    assert "1 pause of 5.000 s in all: filled" in what
    filled = raw.get_data()[:, PAUSE_AT * SFREQ - 1 : (PAUSE_AT + PAUSE_S) * SFREQ + 1]
    np.testing.assert_allclose(np.diff(filled, 2), 0, atol=1e-12)  # straight lines


@pytest.mark.parametrize("kind", [".edf", ".vhdr", ".set"])
def test_onsets_that_count_samples_find_their_second(tmp_path, kind):
    values = write(tmp_path / "data", kind, onsets=STORED_S, markers=STORED_S)
    raw, spans, what = read(values, tmp_path / "out")
    assert raw.n_times == N_STORED
    assert peaks_s(raw).tolist() == list(STORED_S)
    assert spans == [(PAUSE_AT, 0, BOUNDARY)]
    assert "not filled, as onsets count samples (of 2 later events, 0 have" in what


@pytest.mark.parametrize("kind", [".vhdr", ".set"])
def test_what_onsets_count_is_asked_where_no_marker_tells(tmp_path, kind):
    values = write(tmp_path / "data", kind, onsets=STORED_S)
    with pytest.raises(UserError, match=r"1 pause of 5\.000 s in all; of 2 later.*bids\.onsets"):
        run_acquire(values, tmp_path / "out")
    for onsets, expected in (("clock", N_STORED + PAUSE_S * SFREQ), ("samples", N_STORED)):
        raw, _, _ = read(values | {"bids": {"onsets": onsets}}, tmp_path / onsets)
        assert raw.n_times == expected


def test_clips_after_the_last_sample_show_that_onsets_count_pauses(tmp_path):
    values = write(tmp_path / "data", ".vhdr", onsets=(2.0, 15.0, 22.5))
    raw, _, what = read(values, tmp_path / "out")
    assert raw.n_times == N_STORED + PAUSE_S * SFREQ
    assert "clips end after the last sample" in what


def test_a_pause_of_days_is_refused(tmp_path):
    values = write(tmp_path / "data", ".edf", onsets=CLOCK_S)
    file = tmp_path / "data/sub-01/eeg/sub-01_task-video_run-1_eeg.edf"
    stored = file.read_bytes()
    for second in range(PAUSE_AT, 20):
        time = f"+{second + PAUSE_S}\x14\x14".encode()
        late = f"+{second + 100_000}\x14\x14".encode()
        stored = stored.replace(time + b"\0" * 6, late + b"\0" * (6 + len(time) - len(late)))
    file.write_bytes(stored)
    with pytest.raises(UserError, match=r"at most 24 h in all; found 27\.8 h; export one"):
        run_acquire(values, tmp_path / "out")


@pytest.mark.parametrize("kind", [".vhdr", ".set"])
def test_a_break_of_unknown_length(tmp_path, kind):
    values = write(tmp_path / "a", kind, onsets=STORED_S, markers=STORED_S, known=False)
    raw, spans, what = read(values, tmp_path / "out")
    assert raw.n_times == N_STORED
    assert spans == [(PAUSE_AT, 0, BOUNDARY)]
    assert "1 break of unknown length: not filled, as onsets count samples" in what
    # the event before the break has its marker, those after it have not
    values = write(tmp_path / "b", kind, onsets=(2.0, 10.7, 16.7), markers=STORED_S, known=False)
    with pytest.raises(UserError, match="1 break of unknown length; of 2 later events, 0 have"):
        run_acquire(values, tmp_path / "out")


def test_bad_segments_of_events_and_files(tmp_path):
    bad = [
        (4.5, 1.5, "BAD_movement"), (18.0, 1.0, "bad sweat"), (19.0, "n/a", "boundary"),
        (17.0, 0.5, "badminton"), (24.0, 9.0, "BAD_end"), (1.0, "n/a", "button"),
    ]  # fmt: skip
    values = write(tmp_path / "data", ".edf", onsets=CLOCK_S, bad=bad, markers=STORED_S)
    file = tmp_path / "data/sub-01/eeg/sub-01_task-video_run-1_eeg.edf"
    own = b"+14\x151.5\x14BAD_cable\x14\0+20\x14boundary\x14"  # in place of the marker at 15 s
    stored = file.read_bytes()
    marker = b"+15\x14S  1\x14" + b"\0" * (len(own) - len(b"+15\x14S  1\x14"))
    assert stored.count(marker) == 1
    file.write_bytes(stored.replace(marker, own))
    _, spans, _ = read(values, tmp_path / "out")
    assert spans == [
        (4.5, 1.5, "BAD_movement"),
        (8, 5, PAUSE),
        (14, 1.5, "BAD_cable"),
        (18, 1, "bad sweat"),
        (19, 0, BOUNDARY),
        (20, 0, BOUNDARY),
        (24, 1, "BAD_end"),  # up to the recording's end
    ]


@pytest.mark.parametrize(("start", "stop"), [(0, 3), (4, 9), (0, 9)])
def test_a_pause_at_an_end_gets_the_value_of_its_neighbour(start, stop):
    values = np.arange(9.0)[None].copy()
    bridge(values, start, stop)
    expected = {(0, 3): [3] * 3, (4, 9): [3] * 5, (0, 9): [8] * 9}[start, stop]
    assert values[0, start:stop].tolist() == expected


def test_a_video_may_be_called_bad(tmp_path):
    values = write(tmp_path / "data", ".edf", onsets=CLOCK_S)
    file = tmp_path / "data/sub-01/eeg/sub-01_task-video_run-1_events.tsv"
    file.write_text(file.read_text().replace("walk", "bad acting"))
    _, spans, _ = read(values, tmp_path / "out")
    assert spans == [(PAUSE_AT, PAUSE_S, PAUSE)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Comment/BAD_muscle", ["BAD_muscle"]),
        ("Bad Interval/x", ["Bad Interval/x"]),
        ("bad sweat", ["bad sweat"]),
        ("BAD", ["BAD"]),
        ("badminton", []),
        ("Comment/not bad_at all", []),
    ],
)
def test_a_bad_segment_has_a_name_that_mne_leaves_out(written, read):
    marks = Marks(annotations=[(100.0, 300.0, written)])
    found = segments(marks, None, n_samples=N_STORED, sfreq=SFREQ, clock=False)
    assert found.description.tolist() == read
    raw = mne.io.RawArray(np.zeros((1, N_STORED)), mne.create_info(1, SFREQ), verbose="error")
    raw.set_annotations(found)
    kept = raw.get_data(reject_by_annotation="omit", verbose="error")
    assert kept.shape[1] == N_STORED - 200 * len(read)
