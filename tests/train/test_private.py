"""Private training: sensitivity, noise, the stated guarantee, and resuming."""

import math
import secrets
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from opacus.accountants import RDPAccountant
from opacus.optimizers import DPOptimizer
from safetensors.torch import load_file

from tests.builders import change_recording
from tests.generators import inputs_of, results_inputs, tiny_config
from videeg_pipe.config import Config, ConfigError, load
from videeg_pipe.models.checkpoint import load_checkpoint
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json
from videeg_pipe.train.private import PrivateTraining
from videeg_pipe.train.stage import train

PUBLIC = {"whitening": False, "signal_graph": False}


def run(root: Path, folder: str = "spgn", *, privacy: dict | None = None, **options) -> Path:
    """Train privately: two people, two epochs of one step that samples both."""
    asked = {"epsilon": 8.0, "delta": 1e-3, "sampling_rate": 1.0} | (privacy or {})
    config = tiny_config(spgn=PUBLIC | options.pop("spgn", {}), privacy=asked, **options)
    train("spgn", inputs=inputs_of(root), config=config, folder=root / "models" / folder)
    return root / "models" / folder


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "checkpoint.safetensors")


def flat(tensors) -> torch.Tensor:
    return torch.cat([tensor.flatten() for tensor in tensors])


@pytest.fixture
def one_secret(monkeypatch):
    """Use one secret seed in all trainings, so that they can be compared."""
    monkeypatch.setattr(secrets, "randbits", lambda bits: 2**bits - 1)


@pytest.fixture
def sums(monkeypatch) -> list[torch.Tensor]:
    """Sums of the clipped gradients of each step, before the noise."""
    found, add_noise = [], DPOptimizer.add_noise

    def seen(self):
        found.append(flat(p.summed_grad for p in self.params).clone())
        add_noise(self)

    monkeypatch.setattr(DPOptimizer, "add_noise", seen)
    return found


def change(root: Path, subject: str, eeg) -> None:
    for path in (root / "eeg").glob(f"{subject}-*-b?.npy"):
        change_recording(path, eeg(np.load(path)).astype(np.float32))


@pytest.mark.usefixtures("on_cpu")
def test_a_person_moves_the_sum_by_the_clipping_norm_at_most(tmp_path, one_secret, sums):
    results_inputs(tmp_path)
    run(tmp_path, "clean", privacy={"clip_norm": 0.01})
    change(tmp_path, "sub2", lambda eeg: 1e6 * eeg[:, ::-1])
    run(tmp_path, "outlier", privacy={"clip_norm": 0.01})
    accumulate = PrivateTraining._accumulate
    with pytest.MonkeyPatch.context() as without:
        # a person who adds nothing: the adjacent data set of the guarantee
        calls = iter([1, 0] * 9)
        without.setattr(
            PrivateTraining, "_accumulate", lambda self, loss: accumulate(self, next(calls) * loss)
        )
        run(tmp_path, "without", privacy={"clip_norm": 0.01})
    clean, outlier, without_2 = sums[0], sums[2], sums[4]  # first steps, from equal weights
    assert clean.norm() <= 2 * 0.01 * (1 + 1e-5)
    assert (clean - outlier).norm() <= 2 * 0.01 * (1 + 1e-5)
    assert (outlier - without_2).norm() == pytest.approx(0.01, rel=1e-3)  # clipped, not ignored
    assert 0 < (clean - without_2).norm() <= 0.01 * (1 + 1e-5)


def test_a_person_with_a_non_finite_gradient_adds_nothing(tmp_path, sums):
    results_inputs(tmp_path)
    accumulate = PrivateTraining._accumulate
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(
            PrivateTraining, "_accumulate", lambda self, loss: accumulate(self, loss * math.nan)
        )
        folder = run(tmp_path)
    assert all((step == 0).all() for step in sums)
    assert all(value.isfinite().all() for value in weights(folder).values() if value.numel() > 1)


def test_noise_has_the_scale_of_the_accountant(tmp_path, monkeypatch):
    results_inputs(tmp_path)
    noise, add_noise = [], DPOptimizer.add_noise

    def seen(self):
        before = flat(p.summed_grad for p in self.params).clone()
        add_noise(self)
        noise.append(flat(p.grad for p in self.params) - before)

    monkeypatch.setattr(DPOptimizer, "add_noise", seen)
    said = read_json(run(tmp_path, privacy={"clip_norm": 0.5}) / "model.json")["privacy"]
    for step in noise:
        assert step.std().item() == pytest.approx(0.5 * said["noise_multiplier"], rel=0.05)
    shortest = min(map(len, noise))
    correlation = torch.corrcoef(torch.stack([step[:shortest] for step in noise]))[0, 1]
    assert abs(correlation) < 4 / shortest**0.5  # each step has noise of its own


def test_model_json_states_the_spent_budget(tmp_path):
    results_inputs(tmp_path)
    asked = {"epsilon": 2.0, "delta": 1e-4, "sampling_rate": 0.5, "clip_norm": 0.3}
    folder = run(tmp_path, privacy=asked, epochs=3, evoked_epochs=2)
    said = read_json(folder / "model.json")["privacy"]
    assert said["steps"] == (3 + 2) * 2
    assert 1.995 <= said["epsilon"] <= 2.0
    accountant = RDPAccountant()  # independent, with the default orders of opacus
    accountant.history = [(said["noise_multiplier"], said["sampling_rate"], said["steps"])]
    assert accountant.get_epsilon(1e-4, alphas=range(2, 64)) == pytest.approx(said["epsilon"])
    assert {key: said[key] for key in ("delta", "unit", "accountant", "sampling_rate")} == {
        "delta": 1e-4, "unit": "subject", "accountant": "rdp", "sampling_rate": 0.5,
    }  # fmt: skip
    assert said["clip_norm"] == 0.3
    history = pd.read_parquet(folder / "history.parquet")
    assert set(history) == {"epoch", "phase", "learning_rate", "seconds"}
    assert load_checkpoint(folder).protocol == "generation"


@pytest.mark.slow
def test_recordings_affect_the_files_only_through_the_clipped_sum(tmp_path, one_secret):
    """If nothing is added to the sums, other recordings give the same files."""
    results_inputs(tmp_path)
    folders = []
    with pytest.MonkeyPatch.context() as silent:
        silent.setattr(PrivateTraining, "_accumulate", lambda self, loss: None)
        for name in ("one", "other"):
            folders.append(run(tmp_path, name, epochs=2))
            for subject in ("sub1", "sub2"):
                change(tmp_path, subject, lambda eeg: 3 + np.cumsum(eeg, axis=1)[::-1])
    one, other = map(weights, folders)
    assert [name for name in one if not torch.equal(one[name], other[name])] == []
    said = [read_json(folder / "model.json") for folder in folders]
    for model in said:
        del model["losses"]["seconds"], model["checksum"]  # the checksum depends on the seconds
    assert said[0] == said[1]
    histories = [pd.read_parquet(f / "history.parquet").drop(columns="seconds") for f in folders]
    pd.testing.assert_frame_equal(*histories)
    # with the sums, they differ: the test can fail
    heard = weights(run(tmp_path, "heard", epochs=2))
    assert not torch.equal(one["network.read_in.weight"], heard["network.read_in.weight"])


def test_rows_of_people_are_not_trained(tmp_path, one_secret):
    results_inputs(tmp_path)
    found = weights(run(tmp_path))
    assert (found["coordinates.head.M_person.weight"] == 0).all()
    assert (found["network.encoder.subject.weight"][-1] == 0).all()  # unknown subject


def test_each_phase_trains_only_its_own_weights(tmp_path, one_secret, monkeypatch):
    results_inputs(tmp_path)
    epoch_of, states = PrivateTraining._epoch, []

    def seen(self, epoch, windows):
        before = {k: v.clone() for k, v in self.generator.module.state_dict().items()}
        rows = epoch_of(self, epoch, windows)
        after = self.generator.module.state_dict()
        states.append({k for k in after if not torch.equal(before[k], after[k])})
        return rows

    monkeypatch.setattr(PrivateTraining, "_epoch", seen)
    run(tmp_path)
    evoked, diffusion = states
    assert evoked
    assert all(name.startswith("coordinates.head.") for name in evoked)
    assert diffusion
    assert not any(name.startswith("coordinates.") for name in diffusion)


def test_the_seed_of_the_run_does_not_determine_the_noise(tmp_path):
    results_inputs(tmp_path)
    one, other = weights(run(tmp_path, "one")), weights(run(tmp_path, "other"))
    name = "network.read_in.weight"
    assert not torch.equal(one[name], other[name])


@pytest.mark.slow
def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(
    tmp_path, one_secret, monkeypatch
):
    results_inputs(tmp_path)
    options = {"epochs": 3, "privacy": {"sampling_rate": 0.5}}
    whole = run(tmp_path, "whole", **options)
    epoch_of = PrivateTraining._epoch

    def broken(self, epoch, windows):
        if epoch == 3:
            raise KeyboardInterrupt
        return epoch_of(self, epoch, windows)

    with pytest.MonkeyPatch.context() as cut:
        cut.setattr(PrivateTraining, "_epoch", broken)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, "cut", **options)
    monkeypatch.setattr(secrets, "randbits", lambda bits: 5)  # the stored secret holds
    resumed = run(tmp_path, "cut", **options)
    a, b = weights(whole), weights(resumed)
    assert [name for name in a if not torch.equal(a[name], b[name])] == []
    said = [read_json(folder / "model.json")["privacy"] for folder in (whole, resumed)]
    assert said[0] == said[1]
    assert said[0]["steps"] == 4 * 2


def test_without_epsilon_there_is_no_guarantee_and_no_change(tmp_path):
    results_inputs(tmp_path)
    folders = []
    for privacy in ({}, {"clip_norm": 9.0, "sampling_rate": 0.1, "delta": 0.5}):
        folder = tmp_path / "models" / f"open-{len(privacy)}"
        config = tiny_config(privacy=privacy)
        train("spgn", inputs=inputs_of(tmp_path), config=config, folder=folder)
        assert read_json(folder / "model.json")["privacy"] is None
        folders.append(folder)
    one, other = map(weights, folders)
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("section", "options", "said"),
    [
        ("spgn", {"whitening": True}, r"spgn\.whitening.* expected false .*found true"),
        ("spgn", {"signal_graph": True}, r"spgn\.signal_graph.* expected false .*found true"),
        ("spgn", {"eeg_prior": "preceding"}, r'spgn\.eeg_prior.* expected "off" .*'),
        ("train", {"max_minutes": 1}, r"train\.max_minutes.* expected null .*found 1"),
        ("train", {"devices": 2}, r"train\.devices.* expected 1 .*found 2"),
        ("run", {"model": "ntd"}, r'run\.model.* expected "spgn" .*found "ntd"'),
    ],
)
def test_options_that_bypass_the_noise_are_refused_with_the_configuration(section, options, said):
    values = {"spgn": dict(PUBLIC), "train": {"privacy": {"epsilon": 1}}, "run": {}}
    assert load(values).train.privacy.epsilon == 1
    values[section] |= options
    with pytest.raises(ConfigError, match=said) as error:
        load(values)
    assert "\n" not in str(error.value)


def test_the_stage_refuses_options_that_bypass_the_noise(tmp_path):
    results_inputs(tmp_path)
    with pytest.raises(UserError, match=r"spgn\.whitening; expected false .*; found true"):
        run(tmp_path, spgn={"whitening": True})
    config = tiny_config(privacy={"epsilon": 1.0})
    del config["spgn"]
    with pytest.raises(UserError, match=r"run\.model"):
        train("ntd", inputs=inputs_of(tmp_path), config=config, folder=tmp_path / "models" / "ntd")


def test_a_budget_that_no_noise_can_keep_is_an_error(tmp_path):
    results_inputs(tmp_path)
    with pytest.raises(UserError, match=r"train\.privacy\.epsilon"):
        run(tmp_path, privacy={"epsilon": 1e-3, "delta": 1e-9})


def test_privacy_is_off_by_default():
    assert Config().train.privacy.epsilon is None
