"""Windows lie inside their clips, on the right sample, in the right split."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import build_results
from videeg_pipe.config.split import SplitOptions
from videeg_pipe.config.windows import WindowsOptions
from videeg_pipe.contracts.tables import TABLES, read_table, write_table
from videeg_pipe.preprocess.windows import _without_bad, cut_windows, plan_windows
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, read_record, write_json

SPLIT = SplitOptions(validation=[2], test=[3])


@dataclass
class Source:
    """Three recordings of one subject, each with the same clips."""

    clips: list[tuple[float, float, float]]  # onset, duration, start in the video; seconds
    n_samples: int = 4000
    sfreq: float = 200.0
    segments: tuple[tuple[float, float, str], ...] = ()  # onset, duration, reason; of block 1

    def cut(self, root: Path, windows: WindowsOptions, split: SplitOptions = SPLIT) -> pd.DataFrame:
        blocks = range(1, 4)
        recordings = [
            (f"s-b{b}", "s", 1, b, "s.npy", self.sfreq, self.n_samples, 2, 1.0, "0" * 64, None)
            for b in blocks
        ]
        clips = [
            (f"s-b{b}-c{place}", f"s-b{b}", onset, duration, f"v{b}", start, 1, "cat", *[None] * 3)
            for b in blocks
            for place, (onset, duration, start) in enumerate(self.clips)
        ]
        tables = {"recordings": recordings, "clips": clips}
        for name, rows in tables.items():
            frame = pd.DataFrame(rows, columns=list(TABLES[name].columns)[: len(rows[0])])
            write_table(root / f"{name}.parquet", name, frame)
        write_json(
            root / "s.json",
            {
                "subject": "s",
                "channels": ["C3", "C4"],
                "positions_m": [[-0.05, 0, 0.1], [0.05, 0, 0.1]],
                "sfreq": self.sfreq,
                "reference": "average",
                "recordings": [
                    {
                        "recording_id": f"s-b{b}",
                        "n_samples": self.n_samples,
                        "segments": [
                            {"onset_s": onset, "duration_s": duration, "reason": reason}
                            for onset, duration, reason in self.segments
                            if b == 1
                        ],
                    }
                    for b in blocks
                ],
            },
        )
        cut_windows(
            recordings=root / "recordings.parquet",
            clips=root / "clips.parquet",
            eeg_manifests=[root / "s.json"],
            windows=windows,
            split=split,
            out=root / "cut.parquet",
            index=root / "index.json",
        )
        return read_table(root / "cut.parquet", "cut")


def test_windows_of_the_default_layout(tmp_path):
    root = build_results(tmp_path)
    expected = read_table(root / "windows" / "cut.parquet", "cut")
    cut_from(root, WindowsOptions(), SPLIT)
    pd.testing.assert_frame_equal(read_table(root / "cut.parquet", "cut"), expected)
    assert read_record(root / "index.json") == read_record(root / "eeg" / "index.json")


def cut_from(root: Path, windows: WindowsOptions, split: SplitOptions) -> None:
    cut_windows(
        recordings=root / "manifest" / "recordings.parquet",
        clips=root / "manifest" / "clips.parquet",
        eeg_manifests=sorted((root / "eeg").glob("sub*.json")),
        windows=windows,
        split=split,
        out=root / "cut.parquet",
        index=root / "index.json",
    )


def test_windows_keep_whether_the_phase_of_their_clip_is_known():
    names = ("recording_id", "clip_id", "onset_s", "duration_s", "video_id", "video_start_s")
    clips = pd.DataFrame([("r", "a", 1, 2, "v", 0), ("r", "b", 4, 2, "v", 0)], columns=names)
    clips = clips.assign(concept_id=1, concept="cat", emotion=None)
    recordings = pd.DataFrame({"recording_id": ["r"], "subject": "s", "block": 1})
    entries = [{"recording_id": "r", "n_samples": 1400, "segments": []}]

    def cut(clips):
        return plan_windows(recordings, clips, entries, 200.0, WindowsOptions())[0]

    windows = cut(clips.assign(phase_known=[True, False]))
    assert windows["phase_known"].tolist() == (windows["clip_id"] == "a").tolist()
    assert "phase_known" not in cut(clips)


def test_a_short_stride_gives_overlapping_windows(tmp_path):
    source = Source([(1.0, 2.0, 7.0)])
    cut = source.cut(tmp_path, WindowsOptions(length_s=1.0, stride_s=0.25))
    first = cut[cut["recording_id"] == "s-b1"]
    assert first["start_sample"].tolist() == [200, 250, 300, 350, 400]
    assert first["video_time_s"].tolist() == [7.0, 7.25, 7.5, 7.75, 8.0]


@pytest.mark.parametrize(
    ("duration_s", "n_windows"),
    [(1.0, 1), (2.0, 2), (1.9975, 2), (1.9951, 1), (1.99, 1), (0.99, 0), (2.0025, 2), (5.055, 5)],
)
def test_a_clip_half_a_sample_short_loses_no_window(tmp_path, duration_s, n_windows):
    source = Source([(1.0, duration_s, 0.0), (10.0, 1.0, 0.0)])
    cut = source.cut(tmp_path, WindowsOptions())
    assert (cut["clip_id"] == "s-b1-c0").sum() == n_windows


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    sfreq=st.sampled_from([100.0, 128.0, 200.0, 250.0, 500.0]),
    length_s=st.floats(0.1, 3),
    stride_s=st.floats(0.05, 3),
    clips=st.lists(
        st.tuples(st.floats(0, 20), st.floats(0.05, 8), st.floats(0, 100)), min_size=1, max_size=4
    ),
)
def test_windows_lie_inside_clips_and_fill_them(sfreq, length_s, stride_s, clips):
    clips = [*clips, (1.0, 3.5, 0.0)]  # one that always has a window
    source = Source(clips, n_samples=int(30 * sfreq), sfreq=sfreq)
    with TemporaryDirectory() as folder:
        cut = source.cut(Path(folder), WindowsOptions(length_s=length_s, stride_s=stride_s))
    n_samples = round(length_s * sfreq)
    assert (cut["n_samples"] == n_samples).all()
    assert set(cut.groupby("recording_id").size()) == {len(cut) // 3}
    half = 0.5 / sfreq + 1e-6
    for place, (onset, duration, start) in enumerate(clips):
        rows = cut[cut["clip_id"] == f"s-b1-c{place}"]
        at_s = rows["start_sample"] / sfreq
        offset_s = rows["video_time_s"] - start
        # the sample is the one nearest to the time at which the video was where it is said to be
        assert (abs(at_s - onset - offset_s) <= half).all()
        assert (at_s >= onset - half).all()
        assert (offset_s + n_samples / sfreq <= duration + half).all()
        np.testing.assert_allclose(offset_s, np.arange(len(rows)) * stride_s, atol=1e-6)
        assert len(rows) * stride_s + n_samples / sfreq > duration  # not one more would fit


def test_windows_that_touch_a_segment_are_dropped_and_counted(tmp_path, caplog):
    source = Source(
        [(2.0, 6.0, 0.0), (10.0, 4.0, 0.0)],
        segments=(
            (3.0, 1.0, "pause"),  # exactly the second window
            (5.9, 0.0, "boundary"),
            (6.0, 0.0, "boundary"),  # between two windows
            (11.5, 1.0, "BAD_movement"),
            (11.8, 0.1, "BAD_cable"),  # a window counts once
            (30.0, 1.0, "BAD_late"),
        ),
    )
    cut = source.cut(tmp_path, WindowsOptions())
    kept = cut[cut["recording_id"] == "s-b1"]["window_id"].str.removeprefix("s-b1-").tolist()
    assert kept == ["c0-w0", "c0-w2", "c0-w4", "c0-w5", "c1-w0", "c1-w3"]
    assert (cut.groupby("recording_id").size() == [6, 10, 10]).all()
    dropped = {"BAD_movement": 2, "boundary": 1, "pause": 1}
    assert read_json(tmp_path / "index.json")["dropped_windows"] == dropped
    assert "4 of 30 windows are dropped: 2 BAD_movement, 1 pause, 1 boundary" in caplog.text


@settings(max_examples=50, deadline=None)
@given(
    start=st.integers(0, 900),
    length=st.integers(0, 300),
    sfreq=st.sampled_from([100.0, 128.0, 200.0, 512.0]),
)
def test_exactly_the_windows_with_samples_of_a_segment_are_dropped(start, length, sfreq):
    """Segments that begin on a sample; one without a length lies before its sample."""
    starts = np.arange(0, 1000, 7)
    cut = pd.DataFrame({"recording_id": "a", "start_sample": starts, "n_samples": 50})
    segment = {"onset_s": start / sfreq, "duration_s": length / sfreq, "reason": "BAD"}
    entries = [{"recording_id": "a", "segments": [segment]}]
    kept, dropped = _without_bad(cut, entries, sfreq)
    samples = np.arange(start, start + length) if length else np.array([start - 0.5])
    touched = [((samples >= at) & (samples <= at + 49)).any() for at in starts]
    assert kept["start_sample"].tolist() == starts[~np.array(touched)].tolist()
    assert sum(dropped.values()) == sum(touched)


def test_no_window_left_is_refused(tmp_path):
    source = Source([(2.0, 2.0, 0.0)], segments=((0.0, 9.0, "pause"),))
    with pytest.raises(UserError, match="none in train"):
        source.cut(tmp_path, WindowsOptions())
    cut = pd.DataFrame({"recording_id": ["a"], "start_sample": [0], "n_samples": [50]})
    segment = {"onset_s": 0, "duration_s": 1, "reason": "pause"}
    entries = [{"recording_id": "a", "segments": [segment]}]
    with pytest.raises(UserError, match="found 1, all of which touch one: 1 pause"):
        _without_bad(cut, entries, 200.0)


def test_by_subject(tmp_path):
    root = build_results(tmp_path, n_subjects=3)
    cut_from(root, WindowsOptions(), SplitOptions(by="subject", validation=["sub2"], test=["sub3"]))
    cut = read_table(root / "cut.parquet", "cut")
    of = cut.groupby("split")["subject"].unique().map(list).to_dict()
    assert of == {"train": ["sub1"], "validation": ["sub2"], "test": ["sub3"]}


@pytest.mark.parametrize(
    ("split", "match"),
    [
        (
            SplitOptions(validation=[2], test=[9]),
            r"split.test; expected blocks with windows: 1, 2, 3.* 9",
        ),
        (SplitOptions(validation=[1, 2], test=[3]), "none in train"),
        (SplitOptions(by="subject", validation=["sub1"], test=["sub9"]), "sub1, sub2.*found sub9"),
        (SplitOptions(by="subject", validation=["sub1"], test=["sub2"]), "none in train"),
    ],
)
def test_a_split_that_does_not_fit_is_refused(tmp_path, split, match):
    root = build_results(tmp_path)
    with pytest.raises(UserError, match=match):
        cut_from(root, WindowsOptions(), split)
    assert not (root / "cut.parquet").exists()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"by": "subject", "validation": [1], "test": ["sub1"]}, "validation: expected names"),
        ({"by": "block", "validation": [1], "test": ["sub1"]}, "test: expected block numbers"),
    ],
)
def test_blocks_and_subjects_are_not_mixed_up(options, match):
    with pytest.raises(ValueError, match=match):
        SplitOptions(**options)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"channels": ["A", "B"]}, "channels of sub1 and sub2.*seed-dv"),
        ({"sfreq": 250.0}, "sub1 and sub2.*200 and 250 Hz"),
    ],
)
def test_subjects_that_differ_are_refused(tmp_path, change, match):
    root = build_results(tmp_path)
    manifest = root / "eeg" / "sub2.json"
    write_json(manifest, read_json(manifest) | change)
    with pytest.raises(UserError, match=match):
        cut_from(root, WindowsOptions(), SPLIT)


def test_clips_that_cannot_be_cut_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"windows.length_s; expected at most.*2 s.*3 s"):
        Source([(1.0, 2.0, 0.0)]).cut(tmp_path, WindowsOptions(length_s=3.0))
    with pytest.raises(
        UserError, match=r"s-b1-c0; expected an end within.*20 s; found one at 21 s"
    ):
        Source([(19.0, 2.0, 0.0)]).cut(tmp_path, WindowsOptions())
