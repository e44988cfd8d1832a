"""The train stage: its files, its data, options, time limits and resuming."""

import itertools
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from torch._dynamo.utils import counters

from tests.builders import change_recording
from tests.generators import CHANNELS, inputs_of, results_inputs, tiny_config
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.models.checkpoint import load_checkpoint
from videeg_pipe.models.registry import GENERATORS, generator_names
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, sha256_file, sha256_json
from videeg_pipe.train import loop
from videeg_pipe.train.loop import Training
from videeg_pipe.train.stage import enough_epochs, train


def run(root: Path, folder: str = "spgn", model: str = "spgn", **config) -> Path:
    target = root / "models" / folder
    train(model, inputs=inputs_of(root), config=tiny_config(**config), folder=target)
    return target


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "checkpoint.safetensors")


def assert_equal_weights(one: Path, other: Path) -> None:
    a, b = weights(one), weights(other)
    assert a.keys() == b.keys()
    different = [name for name in a if not torch.equal(a[name], b[name])]
    assert different == []


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("results, ünd 'more'")
    results_inputs(root)
    return root


def test_few_windows_are_trained_for_more_epochs(results):
    folder = run(results, "few", evoked_min_steps=7, min_steps=4)
    said, history = read_json(folder / "model.json"), pd.read_parquet(folder / "history.parquet")
    batches = -(-said["n_train_windows"] // 16)
    expected = {"evoked": -(-7 // batches), "diffusion": -(-4 // batches)}
    assert history["phase"].value_counts().to_dict() == expected and min(expected.values()) > 1
    assert said["config"]["train"]["evoked_epochs"] == expected["evoked"]


@pytest.mark.parametrize(
    ("n", "options", "epochs"),
    [
        (2400, {}, (10, 40)),  # 38 batches per epoch: enough
        (135, {}, (84, 200)),  # 3 batches per epoch
        (135, {"min_steps": 1, "evoked_min_steps": 1}, (10, 40)),
        (135, {"batch_size": 16, "devices": 2}, (50, 120)),  # 5 batches per epoch and device
        (135, {"privacy": {"epsilon": 8}}, (10, 40)),  # each step costs privacy
    ],
)
def test_few_windows_have_more_epochs(n, options, epochs):
    train = enough_epochs(TrainOptions(**options), n)
    assert (train.epochs, train.evoked_epochs) == epochs


def test_validation_may_be_empty(tmp_path):
    results_inputs(tmp_path)
    cut = inputs_of(tmp_path).path("cut")
    rows = pd.read_parquet(cut)
    rows[rows["split"] != "validation"].to_parquet(cut, index=False)
    history = pd.read_parquet(run(tmp_path) / "history.parquet")
    assert "validation_diffusion" not in history and history["train_diffusion"].notna().any()


@pytest.mark.parametrize("model", ["spgn", "spgn-paper"])
def test_writes_checkpoint_model_and_history(results, model):
    folder = run(results, model, model)
    assert sorted(p.name for p in folder.iterdir() if p.is_file()) == [
        "checkpoint.safetensors", "history.parquet", "model.json",
    ]  # fmt: skip
    assert [path.name for path in folder.glob("state/*")] == ["finished.json"]
    said = read_json(folder / "model.json")
    assert said["name"] == model
    assert said["protocol"] == "generation"
    assert said["layout"]["channels"] == list(CHANNELS)
    assert said["layout"]["subjects"] == ["sub1", "sub2"]
    assert said["n_train_windows"] == 32
    assert said["config"] == tiny_config()
    assert said["config_sha256"] == sha256_json(tiny_config())
    assert said["checkpoint_sha256"] == sha256_file(folder / "checkpoint.safetensors")
    history = pd.read_parquet(folder / "history.parquet")
    phases = ["evoked", "diffusion"] if model == "spgn" else ["diffusion"]
    assert history["phase"].tolist() == phases
    assert history["epoch"].tolist() == list(range(1, len(phases) + 1))
    history = history[history["phase"] == "diffusion"]
    for split in ("train", "validation"):
        for name in ("diffusion", "frequency", "spatial", "temporal"):
            assert history[f"{split}_{name}"].gt(0).all()
    assert history["train_adversarial"].gt(0).all()
    assert {"learning_rate", "seconds", "gradient_norm"} <= set(history)


SCHEDULER = {  # the variables of `srun -n 16`, of torchrun and of MPI, seen by another process
    "SLURM_JOB_ID": "4711", "SLURM_JOB_NAME": "videeg", "SLURM_NTASKS": "16", "SLURM_PROCID": "3",
    "SLURM_LOCALID": "3", "SLURM_NODEID": "1", "SLURM_NNODES": "2", "SLURM_NODELIST": "node[1-2]",
    "RANK": "3", "LOCAL_RANK": "3", "WORLD_SIZE": "16", "NODE_RANK": "1", "GROUP_RANK": "1",
    "OMPI_COMM_WORLD_RANK": "3", "PMI_RANK": "3", "LSB_JOBID": "1", "JSM_NAMESPACE_RANK": "3",
}  # fmt: skip


@pytest.mark.parametrize("per_node", [None, "1", "16"])
def test_variables_of_a_scheduler_change_nothing(results, monkeypatch, per_node):
    alone = run(results, "alone")
    for name, value in SCHEDULER.items():
        monkeypatch.setenv(name, value)
    if per_node is not None:
        monkeypatch.setenv("SLURM_NTASKS_PER_NODE", per_node)
    assert_equal_weights(run(results, f"scheduled-{per_node}"), alone)


def test_more_devices_than_gpus_are_refused(results, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(UserError, match=r"^train\.devices; expected at most 1 .* 2, with 0 GPUs"):
        run(results, "two", devices=2)


@pytest.mark.parametrize(
    ("model", "phases"),
    [("sse", ["autoencoder", "diffusion"]), ("ntd", ["diffusion"]), ("jet", ["diffusion"])],
)
def test_baselines_train_in_the_same_loop(results, model, phases):
    folder = run(results, model, model)
    history = pd.read_parquet(folder / "history.parquet")
    assert history["phase"].tolist() == phases
    last = history.iloc[-1]
    assert last[["train_diffusion", "validation_diffusion"]].gt(0).all()
    loaded = load_checkpoint(folder)
    assert loaded.protocol == "generation"
    assert loaded.generator.sd.item() > 0


@pytest.mark.parametrize("model", generator_names("floor"))
def test_floors_are_fitted_once(results, model):
    folder = run(results, model, model)
    history = pd.read_parquet(folder / "history.parquet")
    assert history[["epoch", "phase"]].to_numpy().tolist() == [[1, "fit"]]
    assert history["seconds"].iloc[0] > 0
    loaded = load_checkpoint(folder)
    assert loaded.protocol == "generation"
    assert loaded.generator.nfe(SampleOptions()) == 0
    assert any(value.any() for value in weights(folder).values())


@pytest.mark.slow
def test_equal_runs_give_equal_weights_and_another_seed_does_not(results):
    one, other = run(results, "one"), run(results, "other")
    assert_equal_weights(one, other)
    config = tiny_config() | {"run": {"seed": 7}}
    train("spgn", inputs=inputs_of(results), config=config, folder=results / "models" / "seven")
    assert not torch.equal(
        weights(one)["network.read_in.weight"],
        weights(results / "models" / "seven")["network.read_in.weight"],
    )


@pytest.mark.slow
@pytest.mark.parametrize("spgn", [{}, {"eeg_prior": "preceding", "dropout": 0.1}])
def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(results, monkeypatch, spgn):
    name = "prior" if spgn else "plain"
    whole = run(results, f"whole-{name}", spgn=spgn, epochs=3)
    epoch_of = Training._epoch

    def broken(self, epoch, windows):
        if epoch == 3:
            raise KeyboardInterrupt
        return epoch_of(self, epoch, windows)

    monkeypatch.setattr(Training, "_epoch", broken)
    with pytest.raises(KeyboardInterrupt):
        run(results, f"cut-{name}", spgn=spgn, epochs=3)
    assert not (results / "models" / f"cut-{name}" / "checkpoint.safetensors").exists()
    monkeypatch.undo()
    done = []
    monkeypatch.setattr(Training, "_epoch", lambda *a: done.append(a[1]) or epoch_of(*a))
    resumed = run(results, f"cut-{name}", spgn=spgn, epochs=3)
    assert done == [3]
    assert_equal_weights(whole, resumed)
    one, other = (
        pd.read_parquet(folder / "history.parquet").drop(columns="seconds")
        for folder in (whole, resumed)
    )
    pd.testing.assert_frame_equal(one, other)


def test_another_configuration_does_not_resume(results, monkeypatch):
    epoch_of, done = Training._epoch, []

    def broken(self, epoch, windows):
        done.append(epoch)
        if epoch == 1 and self.config.learning_rate == 1e-3:
            raise KeyboardInterrupt
        return epoch_of(self, epoch, windows)

    monkeypatch.setattr(Training, "_epoch", broken)
    with pytest.raises(KeyboardInterrupt):
        run(results, "afresh")
    run(results, "afresh", learning_rate=2e-3)
    assert done == [0, 1, 0, 1]


@pytest.mark.slow
def test_a_finished_training_is_kept_until_something_changes(results, monkeypatch):
    epochs, epoch_of = [], Training._epoch
    monkeypatch.setattr(Training, "_epoch", lambda *a: epochs.append(a[1]) or epoch_of(*a))
    once = run(results, "kept")
    assert epochs == [0, 1]
    trained = weights(once)
    (once / "scores.json").write_text("written beside it by a table of trials")
    run(results, "kept")
    assert epochs == [0, 1]
    checkpoint = once / "checkpoint.safetensors"
    damaged = bytearray(checkpoint.read_bytes())
    damaged[-1] ^= 1
    checkpoint.unlink()  # the weights read above are mapped to the old file
    checkpoint.write_bytes(damaged)
    run(results, "kept")
    assert epochs == [0, 1] * 2
    assert all(torch.equal(weights(once)[name], trained[name]) for name in trained)
    run(results, "kept", learning_rate=2e-3)
    assert epochs == [0, 1] * 3
    (once / "state" / "finished.json").write_text("{")
    run(results, "kept", learning_rate=2e-3)
    assert epochs == [0, 1] * 4
    other_class = replace(GENERATORS["spgn"], class_name="SpgnPaper")
    monkeypatch.setitem(GENERATORS, "spgn", other_class)
    run(results, "kept", learning_rate=2e-3)
    assert epochs == [0, 1] * 4 + [0]


def test_an_unknown_generator_is_an_error(results):
    with pytest.raises(UserError, match=r"run\.model; expected one of spgn, .*; found gan"):
        run(results, "unknown", "gan")


def test_weights_do_not_depend_on_validation_and_test_windows(tmp_path):
    results_inputs(tmp_path)
    clean = run(tmp_path, "clean")
    rows = pd.read_parquet(tmp_path / "windows" / "cut.parquet")
    held_out = rows.loc[rows["split"] != "train", "recording_id"].unique()
    for name in held_out:
        path = tmp_path / "eeg" / f"{name}.npy"
        change_recording(path, 1000 * np.load(path)[:, ::-1])
    poisoned = run(tmp_path, "poisoned")
    assert_equal_weights(clean, poisoned)
    scores = [
        pd.read_parquet(folder / "history.parquet")["validation_diffusion"].iloc[-1]
        for folder in (clean, poisoned)
    ]
    assert scores[1] > 2 * scores[0]


@pytest.mark.slow
def test_weights_do_not_depend_on_held_out_subjects(tmp_path):
    results_inputs(tmp_path, n_subjects=3)
    clean = run(tmp_path, "clean", leave_out=["sub2"])
    assert read_json(clean / "model.json")["layout"]["subjects"] == ["sub1", "sub3"]
    for path in (tmp_path / "eeg").glob("sub2-*.npy"):
        change_recording(path, 1000 * np.load(path)[:, ::-1])
    poisoned = run(tmp_path, "poisoned", leave_out=["sub2"])
    assert_equal_weights(clean, poisoned)
    one, other = (
        pd.read_parquet(folder / "history.parquet").drop(columns="seconds")
        for folder in (clean, poisoned)
    )
    pd.testing.assert_frame_equal(one, other)


def test_leaving_out_an_unknown_subject_is_an_error(results):
    with pytest.raises(UserError, match=r"train\.leave_out; expected .* sub1, sub2; found sub9"):
        run(results, leave_out=["sub9"])


def test_training_needs_no_validation_windows(tmp_path):
    results_inputs(tmp_path, n_blocks=2)
    path = tmp_path / "windows" / "cut.parquet"
    rows = pd.read_parquet(path)
    rows.assign(split=rows["split"].replace("validation", "train")).to_parquet(path, index=False)
    folder = run(tmp_path, epochs=1)
    assert not any("validation" in name for name in pd.read_parquet(folder / "history.parquet"))


def test_no_training_windows_is_an_error(tmp_path):
    results_inputs(tmp_path, n_blocks=2)
    with pytest.raises(UserError, match="windows of the training split"):
        run(tmp_path)


def test_a_loss_that_is_not_finite_writes_nothing(tmp_path):
    results_inputs(tmp_path)
    path = tmp_path / "eeg" / "sub1-s1-b1.npy"
    eeg = np.load(path)
    eeg[0, 700] = np.nan
    change_recording(path, eeg)
    with pytest.raises(UserError, match="finite EEG"):
        run(tmp_path)
    assert not list((tmp_path / "models" / "spgn").glob("*.*"))


def test_time_limit_ends_the_training(results):
    folder = run(results, "short", evoked_epochs=30, epochs=50, max_minutes=1e-6)
    history = pd.read_parquet(folder / "history.parquet")
    assert history["phase"].tolist() == ["evoked", "diffusion"]
    assert history["epoch"].tolist() == [1, 31]
    assert (folder / "checkpoint.safetensors").exists()


def test_time_limit_holds_within_an_epoch(results, monkeypatch):
    ticks = itertools.count()  # the clock is read once per step and advances by 1 s
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    rates, rate = [], Training._learning_rate
    monkeypatch.setattr(
        Training, "_learning_rate", lambda *args: rates.append(rate(*args)) or rates[-1]
    )
    run(results, "timed", "spgn-paper", batch_size=1, epochs=1000, max_minutes=0.2)
    assert len(rates) == 11
    assert max(rates) > 0.9e-3 and rates[-1] < 0.1e-3


@pytest.fixture(scope="module")
def plain_weights(results) -> dict[str, torch.Tensor]:
    """Weights of a training with the options of `tiny_config`."""
    return weights(run(results, "plain-options", epochs=1))


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "adam"},
        {"weight_decay": 0.5},
        {"ema_decay": 0.5},
        {"gradient_clip": 1e-3},
        {"condition_dropout": 0.9},
        {"diffusion_steps": 100},
        {"batch_size": 8},
    ],
)
def test_options_reach_the_weights(results, plain_weights, options):
    changed = run(results, "changed-options", epochs=1, **options)
    name = "network.read_in.weight"
    assert not torch.equal(plain_weights[name], weights(changed)[name])


def test_mixed_precision_reaches_the_network_and_nothing_else(results, plain_weights):
    mixed = weights(run(results, "mixed", epochs=1, precision="bf16-mixed"))
    name = "network.read_in.weight"
    assert not torch.equal(plain_weights[name], mixed[name])
    torch.testing.assert_close(plain_weights[name], mixed[name], atol=1e-3, rtol=0)
    for name in (name for name in mixed if name.startswith("coordinates.")):
        assert torch.equal(plain_weights[name], mixed[name])


@pytest.mark.slow
@pytest.mark.nightly  # compiling takes a minute or more
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_a_compiled_network_has_the_same_losses_and_names(results, plain_weights, monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    counters.clear()
    folder = run(results, "compiled", epochs=1, compile=True)
    assert counters["stats"]["unique_graphs"] > 0
    plain, compiled = (
        pd.read_parquet(results / "models" / name / "history.parquet").drop(columns="seconds")
        for name in ("plain-options", "compiled")
    )
    pd.testing.assert_frame_equal(plain, compiled, rtol=1e-4)
    assert weights(folder).keys() == plain_weights.keys()
    for name, value in weights(folder).items():
        torch.testing.assert_close(value, plain_weights[name], atol=1e-4, rtol=0)


@pytest.mark.slow
def test_a_tiny_generator_learns_the_planted_response(tmp_path):
    """The mean over draws follows the evoked response on a held-out block."""
    inputs = results_inputs(tmp_path, n_concepts=10, n_blocks=6)
    folder = run(
        tmp_path,
        spgn={"hidden": 64, "node_width": 16},
        batch_size=32, evoked_epochs=40, epochs=2, ema_decay=0.9, checkpoint_every=100,
    )  # fmt: skip
    loaded = load_checkpoint(folder)
    history = pd.read_parquet(folder / "history.parquet")
    evoked = history["validation_evoked"].dropna()
    assert evoked.iloc[-1] < evoked.iloc[0]
    rows = inputs.windows("test")
    n = len(rows)
    condition = loaded.conditions(rows, inputs).batch(np.arange(n))
    draws = [
        loaded.sample_uv(
            rows,
            condition,
            normalisation=inputs.normalisation(),
            seeds=range(draw * n, draw * n + n),
            settings=SampleOptions(steps=10),
        )
        for draw in range(4)
    ]
    truth = inputs.eeg().windows(rows, truth=True)
    visual = slice(2, None)  # the response that the builders plant
    r = np.corrcoef(np.mean(draws, axis=0)[:, visual].ravel(), truth[:, visual].ravel())[0, 1]
    assert r > 0.4
