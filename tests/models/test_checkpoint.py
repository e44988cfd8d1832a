"""Files of a generator: round trip, refused checkpoints, and conditions as in training."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from tests.generators import (
    CHANNELS,
    T,
    inputs_of,
    random_condition,
    results_inputs,
    tiny_config,
    tiny_generator,
)
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import load_checkpoint, make_generator, save_checkpoint
from videeg_pipe.runtime.errors import UserError

QUICK = SampleOptions(steps=3)


def sample(generator, condition=None, seeds=(1, 2, 3), settings=QUICK):
    condition = random_condition(len(seeds)) if condition is None else condition
    return generator.eval().sample(condition, list(seeds), settings)


@pytest.mark.usefixtures("on_cpu")
def test_save_and_load_round_trip(tmp_path):
    inputs = results_inputs(tmp_path)
    generator = tiny_generator(tmp_path).eval()
    told, x = random_condition(9), torch.randn(9, len(CHANNELS), T)
    generator.fit(x, told.subject, told.clip, told.track)
    generator.fit_residual([(x, told)])
    save_checkpoint(tmp_path / "models/spgn", "spgn", generator, tiny_config(), {"epochs": 1})
    loaded = load_checkpoint(tmp_path / "models/spgn")
    assert loaded.protocol == "generation"
    parts = (generator.network, generator.coordinates)
    assert loaded.model["parameters"] == sum(w.numel() for p in parts for w in p.parameters())
    assert torch.equal(sample(generator), sample(loaded.generator))
    rows = inputs.windows("test").iloc[:3]
    condition = loaded.conditions(rows, inputs).batch(np.arange(3))
    uv = loaded.sample_uv(
        rows, condition, normalisation=inputs.normalisation(), seeds=[1, 2, 3], settings=QUICK
    )
    assert uv.dtype == np.float32
    expected = 10 * sample(generator, condition).numpy()  # builders' scale is 10 uV
    np.testing.assert_allclose(uv, expected, rtol=1e-6)


def test_a_checkpoint_that_was_tampered_with_is_refused(tmp_path):
    generator = tiny_generator(tmp_path)
    save_checkpoint(tmp_path / "m", "spgn", generator, tiny_config(), {})
    path = tmp_path / "m" / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match=r"checkpoint\.safetensors"):
        load_checkpoint(tmp_path / "m")
    path.unlink()
    with pytest.raises(UserError, match="no such file"):
        load_checkpoint(tmp_path / "m")


def test_a_generator_of_an_earlier_version_is_refused(tmp_path):
    generator, config = tiny_generator(tmp_path), tiny_config()
    del config["spgn"]["bursts"], config["spgn"]["evoked"]["lags"]
    save_checkpoint(tmp_path, "spgn", generator, config, {})
    found = r"no spgn\.evoked\.lags, spgn\.bursts: an earlier version"
    with pytest.raises(UserError, match=found):
        load_checkpoint(tmp_path)


def test_an_unknown_generator_is_refused(tmp_path):
    layout = tiny_generator(tmp_path).layout
    with pytest.raises(UserError, match=r"run\.model.*spgn-paper"):
        make_generator("gan", layout, torch.zeros(3, 12, 12), tiny_config())


def test_windows_of_another_length_are_refused(tmp_path):
    inputs = results_inputs(tmp_path)
    save_checkpoint(tmp_path / "m", "spgn", tiny_generator(tmp_path), tiny_config(), {})
    loaded = load_checkpoint(tmp_path / "m")
    with pytest.raises(UserError, match="400 samples"):
        loaded.conditions(inputs.windows("test").assign(n_samples=400), inputs)


def test_the_prior_is_the_eeg_before_the_window(tmp_path):
    results_inputs(tmp_path)
    inputs = inputs_of(tmp_path)
    config = tiny_config(spgn={"eeg_prior": "preceding"})
    generator = tiny_generator(tmp_path, spgn={"eeg_prior": "preceding"})
    save_checkpoint(tmp_path / "m", "spgn", generator, config, {})
    loaded = load_checkpoint(tmp_path / "m")
    assert loaded.protocol == "reconstruction"
    rows = inputs.windows("test").iloc[:2].copy()
    rows.loc[rows.index[1], "start_sample"] = 150  # 250 samples of the prior do not exist
    prior = loaded.conditions(rows, inputs).batch(np.arange(2)).eeg_prior.numpy()
    eeg = inputs.eeg().recording(rows["recording_id"].iloc[0]) / 10
    start = rows["start_sample"].iloc[0]
    np.testing.assert_allclose(prior[0], eeg[:, start - 400 : start], rtol=1e-6)
    assert not prior[1, :, :250].any()
    np.testing.assert_allclose(prior[1, :, 250:], eeg[:, :150], rtol=1e-6)


def test_sampling_imports_none_of_the_libraries_of_other_stages():
    code = (
        "import json, sys, videeg_pipe.sample.stage, videeg_pipe.models.spgn.generator;"
        "heavy = ('lightning_fabric', 'torch_geometric', 'transformers', 'mne');"
        "print(json.dumps([name for name in heavy if name in sys.modules]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(out.stdout) == []
