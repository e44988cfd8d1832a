"""EEG that is read batch by batch, and statistics on a part of the windows."""

import numpy as np
import pytest

from tests.builders import change_recording
from tests.generators import inputs_of, results_inputs
from tests.train.test_stage import assert_equal_weights, run
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.models.floors.ridge import Ridge
from videeg_pipe.models.parts.whitening import Whitening
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json
from videeg_pipe.train import windows
from videeg_pipe.train.windows import TrainingWindows


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    results_inputs(root)
    return root


def opened(root, split="train") -> TrainingWindows:
    """Windows of all people."""
    inputs = inputs_of(root)
    rows, store = inputs.windows(split), inputs.eeg()
    people = tuple(sorted(rows["subject"].unique()))
    layout = EegLayout(store.channels, store.positions, store.sfreq, 200, people, ())
    return TrainingWindows.read(rows, inputs, layout, ConditionOptions(), "generation")


def test_eeg_from_the_recordings_trains_the_same_generator(results, monkeypatch):
    read = []
    cut = EegStore.windows

    def counted(self, table, **kwargs):
        read.append(len(table))
        return cut(self, table, **kwargs)

    monkeypatch.setattr(EegStore, "windows", counted)
    in_memory = run(results, "in-memory")
    assert len(read) == 2  # training and validation, whole
    monkeypatch.setattr(windows, "MAX_HELD_BYTES", 0)
    read.clear()
    from_files = run(results, "from-files")
    assert len(read) > 10
    assert_equal_weights(in_memory, from_files)


def test_any_rows_can_be_read(results, monkeypatch):
    held, order = opened(results), np.array([7, 0, 3])
    monkeypatch.setattr(windows, "MAX_HELD_BYTES", 0)
    recorded = opened(results)
    assert len(recorded) == len(held)
    assert (recorded.x[order] == held.x[order]).all()


def test_eeg_in_the_recordings_that_is_not_finite_is_found_before_training(tmp_path, monkeypatch):
    results_inputs(tmp_path)
    monkeypatch.setattr(windows, "MAX_HELD_BYTES", 0)
    assert opened(tmp_path).is_finite()
    path = tmp_path / "eeg" / "sub1-s1-b1.npy"
    eeg = np.load(path)
    eeg[0, 700] = np.nan
    change_recording(path, eeg)
    with pytest.raises(UserError, match="finite EEG in the windows of the training split"):
        run(tmp_path)


@pytest.mark.parametrize(("model", "fit_on"), [("spgn", 10), ("ridge", None)])
def test_statistics_are_fitted_on_a_limited_number_of_windows(results, monkeypatch, model, fit_on):
    seen = []

    def counting(cls, name):
        fit = getattr(cls, name)

        def counted(self, x, subject, *rest):
            seen.append(int(subject.bincount().max()))
            fit(self, x, subject, *rest)

        monkeypatch.setattr(cls, name, counted)

    for cls, name in ((Whitening, "fit_weights"), (Whitening, "fit"), (Ridge, "fit")):
        counting(cls, name)
    monkeypatch.setattr(windows, "MAX_PERSON_WINDOWS", 10)
    folder = run(results, f"limited-{model}", model)
    n = read_json(folder / "model.json")["n_train_windows"]
    assert n > 30
    assert set(seen) == {fit_on} if fit_on else min(seen) > 10  # a floor learns from all


def test_the_limit_of_all_people_together_is_shared(results, monkeypatch):
    every = opened(results)
    monkeypatch.setattr(windows, "MAX_FITTED_BYTES", 9 * every.x[np.array([0])].nbytes)
    people, counts = np.unique(every.subject[every.statistics_rows()], return_counts=True)
    assert len(people) > 1
    assert (counts == 9 // len(people)).all()
