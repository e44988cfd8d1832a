"""Conditions from the files of the stages."""

import numpy as np
import pytest

from videeg_pipe.conditions import files
from videeg_pipe.conditions.files import Inputs, PrecedingEeg, read_conditions
from videeg_pipe.conditions.window_features import read_window_features, window_features
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.stores import VideoFeatures
from videeg_pipe.runtime.errors import UserError

CONFIG = ConditionOptions()


@pytest.fixture
def inputs(built) -> Inputs:
    return Inputs.of(
        {
            "cut": f"{built}/windows/cut.parquet",
            "index": f"{built}/eeg/index.json",
            "normalisation": f"{built}/normalisation.json",
            "videos": f"{built}/video/videos.json",
            "texts": f"{built}/text/texts.json",
        }
    )


def layout(inputs: Inputs, n_samples: int = 200) -> EegLayout:
    store = inputs.eeg()
    return EegLayout(store.channels, store.positions, store.sfreq, n_samples, ("sub1",), ())


def test_each_window_has_the_features_of_its_own_video(inputs, built):
    windows = inputs.windows("test").sample(frac=1, random_state=0)
    conditions = read_conditions(windows, inputs, layout(inputs), CONFIG, "generation")
    assert len(conditions) == len(windows)
    clip, track = conditions.stimuli(np.arange(len(windows)))
    for place in (0, len(windows) - 1):
        row = windows.iloc[place]
        features = VideoFeatures.read(built / "video" / f"{row['video_id']}.npz")
        expected = window_features(features, np.array([row["video_time_s"]]), 1.0, CONFIG)
        np.testing.assert_array_equal(clip[place], expected.clip[0])
        np.testing.assert_array_equal(track[place], expected.track[0])
    known = windows["subject"].to_numpy() == "sub1"
    assert (conditions.subject == np.where(known, 0, 1)).all()


def test_people_who_watched_the_same_video_share_its_features(inputs, monkeypatch):
    windows = inputs.windows("test").sample(frac=1, random_state=0)
    windows = windows.drop(windows.index[windows["subject"] == "sub2"][:3])
    read = []

    def counted(windows, **kwargs):
        read.append(len(windows))
        return read_window_features(windows, **kwargs)

    monkeypatch.setattr(files, "read_window_features", counted)
    both = read_conditions(windows, inputs, layout(inputs), CONFIG, "generation")
    assert read == [(windows["subject"] == "sub1").sum()]  # sub2 saw a part of it
    for person in ("sub1", "sub2"):
        rows = np.flatnonzero(windows["subject"] == person)
        alone = read_conditions(windows.iloc[rows], inputs, layout(inputs), CONFIG, "generation")
        for ours, own in zip(both.stimuli(rows), alone.stimuli(np.arange(len(rows))), strict=True):
            np.testing.assert_array_equal(ours, own)


def test_windows_of_another_length_are_refused(inputs):
    with pytest.raises(UserError, match=r"expected 100 samples.*found 200"):
        read_conditions(inputs.windows("test"), inputs, layout(inputs, 100), CONFIG, "generation")


def test_the_prior_is_the_scaled_eeg_before_each_window(inputs):
    windows = inputs.windows("test").head(3)
    prior = PrecedingEeg(
        windows, store=inputs.eeg(), normalisation=inputs.normalisation(), n_samples=1000
    )
    first = windows.iloc[0]
    start = first["start_sample"]
    eeg = inputs.eeg().recording(first["recording_id"])
    values = prior.batch(np.arange(3))[0].numpy()
    np.testing.assert_allclose(values[:, 1000 - start :], eeg[:, :start] / 10, rtol=1e-6)
    assert not values[:, : 1000 - start].any()  # zero before the recording starts
