"""Real windows of one split, and the released samples made for them."""

import shutil
from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.scoring.fakes import SCALE_UV, evoked_and_noise, inputs_of, write_release
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.scoring_data import read_scoring_data, read_split, with_draws
from videeg_pipe.scoring.stats import moments


@pytest.fixture(scope="module")
def folder(built, tmp_path_factory):
    return shutil.copytree(built, tmp_path_factory.mktemp("data"), dirs_exist_ok=True)


@pytest.fixture(scope="module")
def data(folder):
    return read_scoring_data(write_release(folder, evoked_and_noise()), inputs_of(folder))


def test_samples_belong_to_the_windows_they_were_generated_for(folder, data):
    windows = pd.read_parquet(folder / "windows.parquet")
    own = windows[(windows["split"] == "test") & windows["released"]]
    assert set(data.windows["split"]) == {"test"}
    assert data.samples["window_id"].tolist() == own["window_id"].tolist()
    assert len(data.generated) == len(data.matched) == len(own)
    assert data.real.shape == (len(data.windows), *data.generated.shape[1:])
    assert data.truth.shape == data.real.shape


def test_normalised_windows_are_divided_by_the_scale(data):
    assert data.scale.shape == (len(data.windows), len(data.channels), 1)
    np.testing.assert_allclose(data.normalised * SCALE_UV, data.real, rtol=1e-5)


def test_a_split_has_no_samples_until_draws_are_put_in(folder):
    real = read_split(inputs_of(folder), "validation")
    assert set(real.windows["split"]) == {"validation"}
    assert len(real.generated) == len(real.matched) == 0
    rows = np.array([3, 1])
    drawn = with_draws(real, real.normalised[rows], rows)
    np.testing.assert_allclose(drawn.generated, real.real[rows], rtol=1e-5)
    assert drawn.samples["window_id"].tolist() == real.windows["window_id"][rows].tolist()


def test_the_onset_is_the_first_window_of_a_clip(data):
    onsets = data.windows[data.at_onset]
    assert sorted(onsets["clip_id"]) == sorted(set(data.windows["clip_id"]))
    first = data.windows.groupby("clip_id")["start_sample"].min()
    assert (first[onsets["clip_id"]].to_numpy() == onsets["start_sample"]).all()


def test_others_are_other_people_at_the_same_moment(data):
    shown, subject = moments(data.windows), data.windows["subject"]
    for row, others in enumerate(data.others(np.arange(len(data.windows)))):
        same = np.flatnonzero((shown == shown[row]) & (subject != subject[row]))
        assert others.tolist() == same.tolist()
    alone = replace(data, windows=data.windows[subject == subject[0]].reset_index(drop=True))
    assert not any(map(len, alone.others(np.arange(4))))


def test_samples_of_unknown_windows_are_an_error(folder):
    inputs = inputs_of(folder)
    seeds = inputs.windows(table="windows").query("released")["seed"].to_numpy() + 1
    h5 = write_release(folder, evoked_and_noise(), seed=seeds)
    with pytest.raises(UserError, match=r"videeg-gen\.h5; .*found seed \d+, which no window has"):
        read_scoring_data(h5, inputs)


def test_a_release_without_its_volume_is_an_error(folder):
    h5 = write_release(folder, evoked_and_noise())
    with h5py.File(h5, "a") as file:
        layout = h5py.VirtualLayout(file["eeg"].shape, np.float32)
        layout[:] = h5py.VirtualSource("videeg-gen-000.h5", "eeg", file["eeg"].shape)
        del file["eeg"]
        file.create_virtual_dataset("eeg", layout)
        file.attrs["release_id"] = "0" * 64
    with pytest.raises(UserError, match=r"videeg-gen-000\.h5; .*found no such file"):
        read_scoring_data(h5, inputs_of(folder))


def test_a_release_without_samples_of_the_split_is_an_error(folder):
    inputs = inputs_of(folder)
    released = inputs.windows(table="windows")["released"].sum()
    h5 = write_release(folder, evoked_and_noise(), split=np.full(released, "train", object))
    with pytest.raises(UserError, match=r"found none; raise release\.n_samples"):
        read_scoring_data(h5, inputs)
    h5.unlink()
    with pytest.raises(UserError, match=r"videeg-gen\.h5"):
        read_scoring_data(h5, inputs)
