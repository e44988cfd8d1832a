"""A trained variant is scored without a release, on the split that its table names."""

import numpy as np
import pandas as pd
import pytest
import torch

from tests.scoring.test_stage import CONFIG, LAYOUT, OPTIONS, inputs_of
from videeg_pipe.conditions.files import Inputs, read_conditions
from videeg_pipe.config import slice_of
from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.contracts.scores import score_spec, trial_scores
from videeg_pipe.models.checkpoint import load_checkpoint, make_generator, save_checkpoint
from videeg_pipe.models.registry import generator_names
from videeg_pipe.runtime.files import read_json
from videeg_pipe.scoring.trial import denoising_loss, score_trial

NATIVE = ("native_seconds_per_sample", "native_nfe", "native_parameters")


@pytest.fixture(scope="module")
def trial(built):
    """An untrained generator, with a history, beside the built folder."""
    torch.manual_seed(0)
    config = slice_of(CONFIG, "run.seed", "condition", "spgn", "train")
    generator = make_generator("spgn", LAYOUT, torch.eye(62).expand(2, 62, 62), config)
    folder = built / "trial"
    save_checkpoint(folder, "spgn", generator, config, {})
    pd.DataFrame({"seconds": [1.5, 2.0]}).to_parquet(folder / "history.parquet")
    paths = inputs_of(built).paths | {
        name: folder / file
        for name, file in {
            "checkpoint": "checkpoint.safetensors",
            "model": "model.json",
            "history": "history.parquet",
        }.items()
    }
    return Inputs(paths)


@pytest.fixture(scope="module", params=["validation", "test"])
def scored_on(trial, tmp_path_factory, request):
    """A split, and the file of scores on it."""
    path = tmp_path_factory.mktemp("scores") / "scores.json"
    score_trial(inputs=trial, config=OPTIONS, split=request.param, scores=path)
    return request.param, read_json(path)


def test_scores_are_numbers_of_their_split_and_checkpoint(trial, scored_on):
    split, found = scored_on
    scores = found["scores"]
    assert found["split"] == split
    assert found["checkpoint_sha256"] == read_json(trial.path("model"))["checkpoint_sha256"]
    assert scores["training_s"] == 3.5
    assert scores["nfe"] == OPTIONS["sample"]["steps"]
    assert abs(scores["conditional_mean_r"]) < 0.2  # it was not trained
    expected = scores["conditional_mean_r"] / ceiling(trial, split)  # of all windows, not of some
    assert scores["of_ceiling"] == pytest.approx(expected, rel=0.2)
    assert all(value is None or np.isfinite(value) for value in scores.values())


def test_every_score_of_a_trial_has_a_row_and_every_row_a_score(scored_on):
    """Only the papers' generators have reduced and native sizes: see test_cost.py.

    Windows are too few for the classifiers of c2st.
    """
    _, content = scored_on
    elsewhere = {*BaselinesOptions.model_fields, *NATIVE, *score_spec("fidelity", "c2st").trials}
    assert set(content["scores"]) | elsewhere == set(trial_scores())
    assert {trial_scores()[name].interval for name in content["intervals"]} == {"clips"}


@pytest.fixture(params=generator_names("floor"))
def floor(trial, tmp_path, request):
    """A floor fitted to the training windows."""
    config = slice_of(CONFIG, "run.seed", "condition", "train")
    generator = make_generator(request.param, LAYOUT, torch.zeros(0), config)
    windows = trial.windows("train", table="windows")
    x = trial.eeg().windows(windows) / trial.normalisation().scale(windows["subject"])
    condition = read_conditions(windows, trial, LAYOUT, CONFIG.condition, "generation")
    stimuli = condition.stimuli(np.arange(len(x)))
    generator.fit(*map(torch.from_numpy, (x, condition.subject, *stimuli)))
    save_checkpoint(tmp_path, request.param, generator, config, {})
    pd.DataFrame({"seconds": [0.5]}).to_parquet(tmp_path / "history.parquet")
    names = {"checkpoint": "checkpoint.safetensors", "history": "history.parquet"}
    return Inputs(trial.paths | {name: tmp_path / file for name, file in names.items()})


def test_floors_are_scored_like_any_generator(floor, tmp_path):
    score_trial(inputs=floor, config=OPTIONS, split="test", scores=tmp_path / "scores.json")
    scores = read_json(tmp_path / "scores.json")["scores"]
    assert (scores["nfe"], scores["training_s"], scores["denoising_loss"]) == (0, 0.5, None)
    assert all(value is None or np.isfinite(value) for value in scores.values())


def test_without_a_checkpoint_another_persons_recordings_are_scored(trial, tmp_path):
    names = ("checkpoint", "model", "history")
    paths = {name: path for name, path in trial.paths.items() if name not in names}
    score_trial(inputs=Inputs(paths), config=OPTIONS, split="test", scores=tmp_path / "scores.json")
    found = read_json(tmp_path / "scores.json")
    assert found["checkpoint_sha256"] is None
    scores = found["scores"]
    assert not {"nfe", "training_s", "denoising_loss", "seconds_per_sample"} & set(scores)
    assert scores["conditional_mean_r"] == scores["sample_r"]  # there is one other person
    assert all(value is None or np.isfinite(value) for value in scores.values())


def ceiling(inputs, split):
    rows = inputs.windows(split, table="windows")
    store = inputs.eeg()
    truth, real = (store.windows(rows, truth=flag).reshape(len(rows), -1) for flag in (True, False))
    return np.mean([np.corrcoef(*pair)[0, 1] for pair in zip(truth, real, strict=True)])


def test_the_loss_of_a_zero_prediction_is_the_power_of_the_windows(trial):
    """It predicts v = 0; the mean square of v is that of noise and window, in equal shares."""
    loaded = load_checkpoint(trial.path("checkpoint").parent)
    windows = trial.windows("test", table="windows")
    for layer in (loaded.generator.network.patches_out, loaded.generator.network.gain_out):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    for weight in loaded.generator.head_parameters():
        torch.nn.init.zeros_(weight)
    x = trial.eeg().windows(windows) / trial.normalisation().scale(windows["subject"])
    basis = loaded.generator.coordinates.whitening.basis
    K = loaded.generator.coordinates.n_points
    power = (torch.from_numpy(x) @ basis[:, :K]).square().mean().item()
    loss, again, louder = (
        denoising_loss(loaded, windows, windows_of, trial, 16, seed=1)
        for windows_of in (x, x, 2 * x)
    )
    assert loss == again == pytest.approx((1 + power) / 2, rel=0.05)
    assert louder == pytest.approx((1 + 4 * power) / 2, rel=0.05)
