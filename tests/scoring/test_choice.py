"""Chosen windows are spread over people and clips; of very many, released ones are scored."""

import numpy as np

from tests.scoring.fakes import evoked_and_noise, inputs_of, write_release
from videeg_pipe.scoring import choice
from videeg_pipe.scoring.choice import choose_windows, most_windows
from videeg_pipe.scoring.scoring_data import read_scoring_data


def test_windows_are_chosen_evenly_and_whatever_the_order(built):
    windows = inputs_of(built).windows("test", table="windows")
    rows = choose_windows(windows, 20, seed=1)
    chosen = windows.iloc[rows]
    assert chosen["subject"].value_counts().tolist() == [10, 10]
    assert chosen["clip_id"].is_unique
    turned = windows.iloc[::-1].reset_index(drop=True)
    again = turned.iloc[choose_windows(turned, 20, seed=1)]
    assert set(again["window_id"]) == set(chosen["window_id"])
    assert len(choose_windows(windows, 10**6, seed=1)) == len(windows)


def test_of_very_many_windows_released_ones_come_first(built, monkeypatch):
    windows = inputs_of(built).windows("test", table="windows")
    windows["released"] = np.arange(len(windows)) % 3 == 0
    assert most_windows(windows) is windows
    n_released = int(windows["released"].sum())
    monkeypatch.setattr(choice, "MOST_WINDOWS", n_released + 4)
    chosen = most_windows(windows)
    assert chosen["released"].sum() == n_released and len(chosen) == n_released + 4
    assert chosen["window_id"].tolist() == sorted(
        chosen["window_id"], key=windows["window_id"].tolist().index
    )
    monkeypatch.setattr(choice, "MOST_WINDOWS", 4)
    assert most_windows(windows)["released"].tolist() == [True] * 4


def test_samples_of_windows_that_are_left_out_are_left_out(built, tmp_path, monkeypatch):
    h5, inputs = write_release(built, evoked_and_noise()), inputs_of(built)
    whole = read_scoring_data(h5, inputs)
    monkeypatch.setattr(choice, "MOST_WINDOWS", 20)
    some = read_scoring_data(h5, inputs)
    assert len(some.windows) == len(some.real) == 20 and 0 < len(some.generated) <= 20
    by_id = dict(zip(whole.windows["window_id"].iloc[whole.matched], whole.generated, strict=True))
    for window_id, sample in zip(
        some.windows["window_id"].iloc[some.matched], some.generated, strict=True
    ):
        np.testing.assert_array_equal(sample, by_id[window_id])
