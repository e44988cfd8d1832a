"""The HDF5 file."""

import json
import logging
import tracemalloc

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.builders import build_results
from tests.release.conftest import FEW
from tests.release.parts import CHECKPOINT, write_generated, write_release
from videeg_pipe.conditions.files import Conditions
from videeg_pipe.conditions.window_features import read_window_features
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.contracts.tables import EMOTIONS
from videeg_pipe.release.merge import grid_times, unit_scale

SCHEMA = {
    "eeg": ((62, 200), "float32"),
    "eeg_scale": ((), "float32"),
    "clip_features": ((4, 768), "float16"),
    "stimulus_track": ((4, 48), "float32"),
    "frame_times_s": ((4,), "float64"),
    "timestamps_s": ((5,), "float64"),
    "sample_id": ((), "text"),
    "subject": ((), "text"),
    "split": ((), "text"),
    "concept": ((), "text"),
    "concept_id": ((), "int64"),
    "emotion": ((), "text"),
    "emotion_probs": ((3,), "float32"),
    "emotion_origin": ((), "text"),
    "video_id": ((), "text"),
    "video_time_s": ((), "float64"),
    "seed": ((), "int64"),
}


@pytest.fixture
def file(released):
    with h5py.File(released / "videeg-gen.h5") as file:
        yield file


def test_datasets_are_those_of_the_schema(file):
    assert set(file) == set(SCHEMA)
    for name, (shape, kind) in SCHEMA.items():
        made = file[name]
        assert made.shape == (70, *shape)  # one first dimension: Hugging Face refuses others
        assert made.chunks == ((1 if len(shape) > 1 else 70), *shape)
        assert made.fletcher32
        text = h5py.check_string_dtype(made.dtype)
        if kind == "text":
            assert (text.encoding, text.length is not None) == ("utf-8", True)
        else:
            assert made.dtype == kind
        assert made.attrs["description"] and isinstance(made.attrs["units"], str)


def test_root_attributes(file):
    attributes = dict(file.attrs)
    assert attributes["schema_version"] == "1.1"
    assert (attributes["highpass_hz"], attributes["lowpass_hz"]) == (0.5, 40.0)
    assert attributes["synthetic"] is np.True_
    assert (attributes["title"], attributes["version"]) == ("VidEEG-Gen", "1.0.0")
    assert (attributes["license"], attributes["units"]) == ("CC-BY-4.0", "uV")
    assert (attributes["source"], attributes["protocol"]) == ("phantom", "generation")
    assert (attributes["sfreq"], attributes["reference"]) == (200.0, "average")
    assert tuple(attributes["channel_names"]) == SEED_DV_CHANNELS
    np.testing.assert_array_equal(attributes["channel_positions_m"], electrode_positions())
    assert {name: tuple(edge) for name, edge in json.loads(attributes["bands"]).items()} == BANDS
    assert json.loads(attributes["generator"]) == {
        "model": "spgn",
        "config_sha256": "d" * 64,
        "checkpoint_sha256": CHECKPOINT,
        "code_version": "0.1.0",
    }
    assert attributes["created"].endswith("+00:00")
    assert tuple(file["stimulus_track"].attrs["labels"]) == TRACK_CHANNELS
    assert tuple(file["emotion_probs"].attrs["labels"]) == EMOTIONS


def test_eeg_is_unchanged_and_its_scale_maps_it_to_one(file, results):
    _, eeg = results
    np.testing.assert_array_equal(file["eeg"][:], eeg)
    scaled = file["eeg"][:] * file["eeg_scale"][:][:, None, None]
    peaks = np.abs(scaled).max(axis=(1, 2))
    assert peaks.max() <= 1
    np.testing.assert_allclose(peaks[1:], 1, rtol=1e-6)
    assert file["eeg_scale"][0] == 1  # the sample of zeros


def test_labels_are_unchanged(file, results):
    root, _ = results
    windows = pd.read_parquet(root / "windows.parquet").query("released")
    text = {"sample_id": "window_id"} | {
        name: name for name in ("subject", "split", "concept", "emotion", "video_id")
    }
    for name, column in text.items():
        assert file[name].asstr()[:].tolist() == windows[column].tolist()
    for name in ("concept_id", "video_time_s", "seed"):
        np.testing.assert_array_equal(file[name][:], windows[name])
    assert set(file["emotion_origin"].asstr()[:]) == {"source"}
    best = np.array(EMOTIONS)[file["emotion_probs"][:].argmax(axis=1)]
    assert best.tolist() == windows["emotion"].tolist()


def test_features_are_the_generator_s_conditions(file, results):
    root, _ = results
    windows = pd.read_parquet(root / "windows.parquet").query("released").reset_index(drop=True)
    videos, config = root / "video" / "videos.json", ConditionOptions()
    texts = root / "text" / "texts.json"
    conditions = Conditions(
        windows, videos=videos, texts=texts, sfreq=200.0, subjects=[], config=config
    )
    clip, track = conditions.stimuli(np.arange(len(windows)))
    features = read_window_features(windows, videos=videos, sfreq=200.0, config=config)
    np.testing.assert_array_equal(file["clip_features"][:], clip.astype(np.float16))
    np.testing.assert_array_equal(file["stimulus_track"][:], track)
    np.testing.assert_array_equal(file["frame_times_s"][:], features.frame_times_s)


def test_grid_covers_context_and_window_and_holds_the_frames(file):
    grid, frames = file["timestamps_s"][:], file["frame_times_s"][:]
    end = file["video_time_s"][:] + 1.0
    np.testing.assert_allclose(np.diff(grid[end >= 2], axis=1), 0.5)
    np.testing.assert_allclose(grid[:, -1], end)
    np.testing.assert_allclose(grid[:, :-1], frames)


def test_grid_starts_with_a_long_window():
    grid = grid_times(np.array([10.0, 0.0]), 8.0, ConditionOptions(), 0.5)
    assert grid.shape == (2, 17)
    np.testing.assert_allclose(grid[0, [0, -1]], [10, 18])
    assert grid[1, 0] == 0


def test_grid_times_are_not_negative():
    np.testing.assert_allclose(
        grid_times(np.array([0.25]), 1.0, ConditionOptions(), 0.5), [[0, 0, 0.25, 0.75, 1.25]]
    )


@given(hnp.arrays(np.float32, 5, elements=st.floats(0, float(np.finfo("f4").max), width=32)))
def test_scaled_peaks_never_exceed_one(peak):
    scale = unit_scale(peak)
    assert np.isfinite(scale).all()
    assert (peak * scale <= 1).all()
    assert (scale[peak == 0] == 1).all()
    usual = (peak > 1e-30) & (peak < 1e30)
    np.testing.assert_allclose((peak * scale)[usual], 1, rtol=1e-6)


def test_missing_emotions_are_empty_or_nan(small, make):
    path = small / "emotions.parquet"
    emotions = pd.read_parquet(path)
    columns = ["emotion", "p_negative", "p_neutral", "p_positive"]
    emotions.loc[0, columns] = None
    emotions.loc[0, "origin"] = "none"
    emotions.loc[1, "origin"] = "zero-shot"
    emotions.to_parquet(path, index=False)
    with h5py.File(make() / "videeg-gen.h5") as file:  # two windows a clip
        assert file["emotion"].asstr()[:3].tolist() == ["", "", "negative"]
        assert file["emotion_origin"].asstr()[[0, 2, 4]].tolist() == ["none", "zero-shot", "source"]
        assert np.isnan(file["emotion_probs"][:2]).all()
        assert np.isfinite(file["emotion_probs"][2:]).all()


def test_file_does_not_depend_on_the_size_of_parts(small, make, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = (make() / "SHA256SUMS").read_text()
    for path in (small / "samples" / "spgn").glob("*.json"):
        path.unlink()
    write_generated(small, FEW, part_size=7)
    folder = make()
    assert (folder / "SHA256SUMS").read_text() == first
    with h5py.File(folder / "videeg-gen.h5") as file:
        assert file.attrs["created"] == "2023-11-14T22:13:20+00:00"


@pytest.mark.slow
@pytest.mark.parametrize("max_bytes", [None, 70 * 8000])
def test_memory_does_not_grow_with_the_samples(tmp_path, max_bytes):
    def peak(n: int) -> int:
        root = build_results(tmp_path / str(n), n_concepts=20, channels=FEW, truth=False,
                             n_released=n)  # fmt: skip
        write_generated(root, FEW, part_size=64)
        tracemalloc.start()
        write_release(root, max_bytes=max_bytes)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    logging.disable(logging.INFO)
    few, many = peak(100), peak(400)
    logging.disable(logging.NOTSET)
    a_sample = 10 * 200 * 4 + 4 * 768 * 2 + 4 * 48 * 4
    assert many - few < 0.5 * 300 * a_sample  # all of it and more, were the arrays held
