"""Training on more windows than the memory has room for."""

import numpy as np
import pytest

from tests.generators import inputs_of, results_inputs
from tests.train.test_stage import assert_equal_weights, run
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.parts.whitening import Whitening
from videeg_pipe.runtime.files import read_json
from videeg_pipe.train import windows
from videeg_pipe.train.windows import TrainingWindows


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    results_inputs(root)
    return root


def opened(root) -> TrainingWindows:
    """Training windows of all people."""
    inputs = inputs_of(root)
    rows, store = inputs.windows("train"), inputs.eeg()
    people = tuple(sorted(rows["subject"].unique()))
    n_samples = int(rows["n_samples"].iloc[0])
    layout = EegLayout(store.channels, store.positions, store.sfreq, n_samples, people, ())
    return TrainingWindows(rows, inputs, layout, ConditionOptions(), "generation")


def test_eeg_from_the_recordings_trains_the_same_generator(results, monkeypatch):
    held, order = opened(results), np.array([7, 0, 3])
    monkeypatch.setattr(windows, "HELD_BYTES", 0)
    read = opened(results)
    assert (held.eeg(order) == read.eeg(order)).all()
    assert held.eeg(order).shape[0] == 3
    from_files = run(results, "from-files")
    monkeypatch.undo()
    assert_equal_weights(from_files, run(results, "in-memory"))


def test_statistics_are_fitted_on_a_limited_number_of_windows(results, monkeypatch):
    seen = []
    for name in ("fit_weights", "fit"):
        fit = getattr(Whitening, name)

        def counted(self, x, subject, name=name, fit=fit):
            seen.append((name, int(subject.bincount().max())))
            fit(self, x, subject)

        monkeypatch.setattr(Whitening, name, counted)
    monkeypatch.setattr(windows, "PERSON_WINDOWS", 10)
    folder = run(results, "limited")
    assert set(seen) == {("fit_weights", 10), ("fit", 10)}
    assert read_json(folder / "model.json")["n_train_windows"] > 30


def test_the_limit_of_all_people_together_is_shared(results, monkeypatch):
    every = opened(results)
    window_bytes = every.eeg(np.array([0])).nbytes
    monkeypatch.setattr(windows, "FITTED_BYTES", 9 * window_bytes)
    people, counts = np.unique(every.subject[every.fitted()], return_counts=True)
    assert len(people) > 1
    assert (counts == 9 // len(people)).all()
