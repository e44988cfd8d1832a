"""A trained variant is scored without a release, on the split that its table names."""

import numpy as np
import pandas as pd
import pytest
import torch

from tests.validate.test_validate import CONFIG, LAYOUT, OPTIONS, inputs_of
from videeg_pipe.config import slice_of
from videeg_pipe.contracts.files import read_json
from videeg_pipe.models import Inputs
from videeg_pipe.models.registry import load_generator, make_generator, save_generator
from videeg_pipe.validate.metrics.trial import denoising_loss, score_trial


@pytest.fixture(scope="module")
def trial(built):
    """An untrained generator, with a history, beside the built folder."""
    torch.manual_seed(0)
    config = slice_of(CONFIG, "run.seed", "condition", "spgn", "train")
    generator = make_generator("spgn", LAYOUT, torch.eye(62).expand(2, 62, 62), config)
    folder = built / "trial"
    save_generator(folder, "spgn", generator, config, {})
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


@pytest.mark.parametrize("split", ["validation", "test"])
def test_scores_are_numbers_of_their_split_and_checkpoint(trial, tmp_path, split):
    score_trial(inputs=trial, config=OPTIONS, split=split, scores=tmp_path / "scores.json")
    found = read_json(tmp_path / "scores.json")
    scores = found["scores"]
    assert found["split"] == split
    assert found["checkpoint_sha256"] == read_json(trial.path("model"))["checkpoint_sha256"]
    assert scores["training_s"] == 3.5
    assert scores["nfe"] == OPTIONS["sample"]["steps"]
    assert abs(scores["conditional_mean_r"]) < 0.2  # it was not trained
    expected = scores["conditional_mean_r"] / ceiling(trial, split)  # of all windows, not of some
    assert scores["of_ceiling"] == pytest.approx(expected, rel=0.2)
    assert all(value is None or np.isfinite(value) for value in scores.values())


def ceiling(inputs, split):
    rows = inputs.windows(split, table="windows")
    store = inputs.eeg()
    truth, real = (store.windows(rows, truth=flag).reshape(len(rows), -1) for flag in (True, False))
    return np.mean([np.corrcoef(*pair)[0, 1] for pair in zip(truth, real, strict=True)])


def test_an_untrained_generator_that_says_nothing_has_the_loss_of_its_windows_power(trial):
    """It predicts v = 0; the mean square of v is that of noise and window, in equal shares."""
    loaded = load_generator(trial.path("checkpoint").parent)
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
