"""Chosen windows are spread over people and clips; of very many, released ones are scored."""

import numpy as np

from tests.scoring.fakes import evoked_and_noise, inputs_of, write_release
from videeg_pipe.scoring import choice
from videeg_pipe.scoring.choice import choose_windows, most_windows
from videeg_pipe.scoring.scoring_data import read_scoring_data
from videeg_pipe.scoring.stats import bootstrap_units


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


def test_of_very_many_windows_whole_clips_are_kept_released_ones_first(built, monkeypatch):
    windows = inputs_of(built).windows("test", table="windows")
    assert most_windows(windows) is windows
    unit = bootstrap_units(windows)
    released = windows["clip_id"] == windows["clip_id"].iloc[-1]
    windows["released"] = released
    monkeypatch.setattr(choice, "MOST_WINDOWS", len(windows) // 2)
    chosen = most_windows(windows)
    assert 0 < len(chosen) <= len(windows) // 2 and chosen["released"].sum() == released.sum()
    whole = windows[windows["window_id"].isin(chosen["window_id"])]
    assert chosen["window_id"].tolist() == whole["window_id"].tolist()  # in the same order
    # all people, and all windows, of each clip
    assert not set(unit[whole.index]) & set(unit.drop(whole.index))


def test_onsets_and_units_are_those_of_all_windows(built, monkeypatch):
    h5, inputs = write_release(built, evoked_and_noise()), inputs_of(built)
    whole = read_scoring_data(h5, inputs)
    monkeypatch.setattr(choice, "MOST_WINDOWS", len(whole.windows) // 2)
    some = read_scoring_data(h5, inputs)
    assert 0 < len(some.windows) < len(whole.windows)
    kept = whole.windows["window_id"].isin(some.windows["window_id"]).to_numpy()
    np.testing.assert_array_equal(some.at_onset, whole.at_onset[kept])
    numbers = whole.bootstrap_units[kept].to_numpy()
    assert len(set(zip(numbers, some.bootstrap_units, strict=True))) == len(set(numbers))
    # samples stay with their windows
    by_id = dict(zip(whole.windows["window_id"].iloc[whole.matched], whole.generated, strict=True))
    ids = some.windows["window_id"].iloc[some.matched]
    for window_id, sample in zip(ids, some.generated, strict=True):
        np.testing.assert_array_equal(sample, by_id[window_id])
    assert len(some.generated) == sum(name in by_id for name in some.windows["window_id"])
