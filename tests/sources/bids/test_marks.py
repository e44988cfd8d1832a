"""Pauses, breaks and annotations of EDF+D, BDF+D, BrainVision and EEGLAB files."""

import mne
import numpy as np
import pytest

from tests.sources.eeg_files import write_brainvision, write_edf, write_eeglab
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.bids.marks import Marks, read_marks

SFREQ = 100
NAMES = ["A", "B"]
N_S = 6
SAMPLES = np.tile(np.arange(N_S * SFREQ) / 10.0, (2, 1))
READERS = {
    ".edf": mne.io.read_raw_edf,
    ".bdf": mne.io.read_raw_bdf,
    ".vhdr": mne.io.read_raw_brainvision,
    ".set": mne.io.read_raw_eeglab,
}


def marks_of(path) -> Marks:
    return read_marks(path, READERS[path.suffix](path, verbose="error"))


@pytest.mark.parametrize("suffix", [".edf", ".bdf"])
def test_records_after_a_pause(tmp_path, suffix):
    """Record times may begin at a fraction of a second; annotations count clock time."""
    path = tmp_path / f"a{suffix}"
    times = [0.25, 1.25, 5.25, 6.25, 7.25, 9.5]
    notes = ((0.5, "early"), (5.75, "late"))
    kind = suffix[1:].upper() + "+D"
    write_edf(path, SAMPLES, NAMES, SFREQ, onsets_s=times, notes=notes, kind=kind)
    marks = marks_of(path)
    assert marks.pauses == [(200, 300), (500, 125)]
    assert marks.annotations == [(25.0, 25.0, "early"), (250.0, 250.0, "late")]
    assert marks.clock(np.array([199.0, 200.0, 500.0])).tolist() == [199, 500, 925]
    assert marks.clock(np.array([200.0, 500.0]), end=True).tolist() == [200, 800]
    assert marks.stored(np.array([199.0, 350.0, 500.0, 925.0])).tolist() == [199, 200, 200, 500]


@pytest.mark.parametrize(
    ("kind", "record_s", "pauses"),
    [
        ("EDF+D", [0, 1, 2, 3, 4, 5], []),
        ("EDF+D", [0, 1.004, 1.996, 3, 4.004, 5], []),  # times written with few decimals
        ("EDF+C", [0, 1, 2, 9, 10, 11], [(300, 600)]),  # its times contradict the header
        ("EDF+C", [0, 0, 0, 0, 0, 0], []),  # declared continuous, and no useful times
    ],
)
def test_record_times_that_are_continuous_or_contradict_the_header(
    tmp_path, kind, record_s, pauses
):
    path = tmp_path / "a.edf"
    write_edf(path, SAMPLES, NAMES, SFREQ, onsets_s=record_s, kind=kind)
    assert marks_of(path).pauses == pauses


def test_annotations_without_record_times(tmp_path):
    """A file that is declared continuous may lack the time of each record."""
    path = tmp_path / "a.edf"
    write_edf(path, SAMPLES, NAMES, SFREQ, onsets_s=[*range(6)], notes=((3.5, "S"),), kind="EDF+C")
    stored = path.read_bytes()
    for second in range(6):
        time = f"+{second}\x14\x14\0".encode()
        stored = stored.replace(time, b"\0" * len(time))
    path.write_bytes(stored)
    assert read_marks(path, mne.io.read_raw_edf(path, verbose="error")).annotations == [
        (350.0, 350.0, "S")
    ]


def test_records_that_overlap_are_refused(tmp_path):
    path = tmp_path / "a.edf"
    write_edf(path, SAMPLES, NAMES, SFREQ, onsets_s=[0, 1, 2, 2.5, 4, 5])
    with pytest.raises(UserError, match=r"a\.edf; expected the time.*overlap.*EDF\+C"):
        marks_of(path)


def stamp(seconds: float) -> str:
    return f"202001011200{seconds:09.6f}".replace(".", "")


@pytest.mark.parametrize(
    ("second", "pauses", "boundaries"),
    [
        (stamp(12.5), [(200, 1050)], []),
        (stamp(2.0), [], []),  # no time is lost
        (stamp(2.008), [], []),
        ("", [], [200]),
        (stamp(1.0), [], [200]),  # before the end of the first segment
        ("0" * 20, [], [200]),
        ("20139999000000000000", [], [200]),  # no such day
    ],
)
def test_a_new_segment(tmp_path, second, pauses, boundaries):
    path = tmp_path / "a.vhdr"
    write_brainvision(
        path, SAMPLES, NAMES, SFREQ,
        segments=[(0, stamp(0)), (200, second)], notes=((250, "S  1"),),
    )  # fmt: skip
    marks = marks_of(path)
    assert (marks.pauses, marks.boundaries) == (pauses, boundaries)
    assert [(start, text) for start, _, text in marks.annotations] == [(250, "Stimulus/S  1")]


def test_several_new_segments_do_not_add_up_rounding(tmp_path):
    path = tmp_path / "a.vhdr"
    segments = [(100 * k, stamp(3.004 * k)) for k in range(6)]
    write_brainvision(path, SAMPLES, NAMES, SFREQ, segments=segments)
    starts = marks_of(path).clock(np.arange(0.0, 600, 100))
    np.testing.assert_allclose(starts, 300.4 * np.arange(6), atol=0.5)


def test_boundaries_of_eeglab(tmp_path):
    path = tmp_path / "a.set"
    write_eeglab(
        path, SAMPLES, NAMES, SFREQ,
        boundaries=[(0, 50), (200, 1000), (400, np.nan), (600, 30)], notes=((250, "video"),),
    )  # fmt: skip
    marks = marks_of(path)
    assert marks.pauses == [(200, 1000)]  # before the first and after the last sample: no pause
    assert marks.boundaries == [400]
    assert [(start, text) for start, _, text in marks.annotations] == [(250, "video")]
