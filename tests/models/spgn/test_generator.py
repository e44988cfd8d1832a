"""The generator as a whole: switches, gradients, seeds, guidance, and its files."""

import json
import subprocess
import sys
from dataclasses import replace

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
from videeg_pipe.models.checkpoint import load_generator, make_generator, save_generator
from videeg_pipe.models.parts.losses import total_loss
from videeg_pipe.runtime.errors import UserError

SPGN = ["spgn", "spgn-paper"]
QUICK = SampleOptions(steps=3)


def sample(generator, condition=None, seeds=(1, 2, 3), settings=QUICK):
    condition = random_condition(len(seeds)) if condition is None else condition
    return generator.eval().sample(condition, list(seeds), settings)


@pytest.mark.parametrize("name", SPGN)
def test_samples_have_the_windows_shape(tmp_path, name):
    out = sample(tiny_generator(tmp_path, name))
    assert out.shape == (3, len(CHANNELS), T)
    assert out.isfinite().all()


@pytest.mark.parametrize("n_samples", [100, 199, 400])
def test_any_window_length(tmp_path, n_samples):
    generator = tiny_generator(tmp_path, n_samples=n_samples)
    condition = random_condition(3, n_samples=n_samples)
    assert sample(generator, condition).shape == (3, len(CHANNELS), n_samples)


def test_patches_join_to_what_was_cut(tmp_path):
    """Patches overlap by half: every sample lies in two of them, at the ends in one."""
    network = tiny_generator(tmp_path).network
    x, half = torch.randn(2, len(CHANNELS), network.patches.n_points), network.patches.step // 2
    joined = network.patches.join(network.patches.cut(x))
    torch.testing.assert_close(joined[..., half:-half], 2 * x[..., half:-half])
    torch.testing.assert_close(joined[..., :half], x[..., :half])
    torch.testing.assert_close(joined[..., -half:], x[..., -half:])


@pytest.mark.parametrize("name", SPGN)
def test_gradient_reaches_every_parameter(tmp_path, name):
    for prior in ("off", "preceding"):
        generator = tiny_generator(tmp_path, name, spgn={"eeg_prior": prior}).train()
        x = torch.randn(16, len(CHANNELS), T)
        condition = random_condition(16, prior=400 if prior == "preceding" else 0)
        rng = torch.Generator().manual_seed(3)
        losses = generator.losses(x, condition, rng)
        if generator.head_parameters():
            losses |= generator.evoked_losses(x, condition, rng)
        total_loss(losses, generator.train_config.losses).backward()
        # the key's bias adds the same to all logits of a query: its gradient is zero by right
        untouched = [n for n, w in generator.named_parameters() if w.grad is None]
        assert untouched == []
        dead = [n for n, w in generator.named_parameters() if not w.grad.any()]
        assert dead == []


@pytest.mark.parametrize(
    "switch",
    [
        {"electrode_graph": False},
        {"signal_graph": False},
        {"electrode_graph": False, "signal_graph": False},
        {"spatial_attention": False},
        {"eeg_prior": "preceding"},
    ],
)
def test_switches_change_the_output(tmp_path, switch):
    condition = random_condition(3, prior=400)
    full, less = (tiny_generator(tmp_path, spgn=spgn) for spgn in ({}, switch))
    changed = sample(less, condition)
    assert changed.isfinite().all()
    assert not torch.allclose(sample(full, condition), changed)


@pytest.mark.parametrize(
    "switch",
    [{"graph_da": False, "self_play": False}, {"graph_da_ratio": 0.9}, {"graph_da_noise": 2}],
)
def test_graph_da_changes_training_alone(tmp_path, switch):
    condition, x = random_condition(16), torch.randn(16, len(CHANNELS), T)

    def diffusion_loss(spgn, train):
        generator = tiny_generator(tmp_path, spgn=spgn, condition_dropout=0.0).train(train)
        return generator.losses(x, condition, torch.Generator().manual_seed(0))["diffusion"].item()

    assert diffusion_loss({}, True) != pytest.approx(diffusion_loss(switch, True))
    assert diffusion_loss({}, False) == diffusion_loss(switch, False)


@pytest.mark.parametrize("spgn", [{"self_play": False}, {}])
def test_self_play_switch(tmp_path, spgn):
    generator = tiny_generator(tmp_path, spgn=spgn).train()
    x = torch.randn(8, len(CHANNELS), T)
    found = generator.losses(x, random_condition(8), torch.Generator().manual_seed(0))
    assert ("adversarial" in found) == ("discriminator" in found) == (spgn == {})


@pytest.mark.parametrize("name", ["diffusion", "adversarial", "frequency", "spatial", "temporal"])
def test_a_loss_with_weight_zero_is_not_computed(tmp_path, name):
    generator = tiny_generator(
        tmp_path, losses={"frequency": 0.1, "spatial": 0.1, "temporal": 0.1} | {name: 0.0}
    ).train()
    x = torch.randn(8, len(CHANNELS), T)
    found = generator.losses(x, random_condition(8), torch.Generator().manual_seed(0))
    assert name not in found
    assert len(found) == (4 if name == "adversarial" else 5)


def test_self_play_without_graph_da_is_refused():
    with pytest.raises(ValueError, match=r"spgn\.self_play"):
        tiny_config(spgn={"graph_da": False})


@pytest.mark.parametrize("part", ["clip", "text", "track", "subject"])
def test_every_path_of_the_condition_matters(tmp_path, part):
    generator = tiny_generator(tmp_path)
    condition, other = random_condition(3), random_condition(3, seed=9)
    values = dict(vars(condition)) | {part: getattr(other, part)}
    if part == "subject":
        values[part] = 1 - condition.subject
    assert not torch.allclose(
        sample(generator, condition), sample(generator, type(other)(**values))
    )


def test_the_papers_generator_sees_no_track(tmp_path):
    generator = tiny_generator(tmp_path, "spgn-paper")
    condition = random_condition(3)
    values = dict(vars(condition)) | {"track": condition.track + 1}
    assert torch.equal(sample(generator, condition), sample(generator, type(condition)(**values)))


@pytest.mark.parametrize("scheduler", ["ddpm", "ddim", "dpm-solver++"])
def test_a_seed_changes_its_own_window_alone(tmp_path, scheduler):
    generator = tiny_generator(tmp_path)
    settings = SampleOptions(steps=5, scheduler=scheduler)
    one = sample(generator, seeds=(1, 2, 3), settings=settings)
    other = sample(generator, seeds=(1, 7, 3), settings=settings)
    assert torch.equal(one[[0, 2]], other[[0, 2]])
    assert not torch.allclose(one[1], other[1])
    assert torch.equal(one, sample(generator, seeds=(1, 2, 3), settings=settings))


def test_guidance_one_is_the_condition_alone_in_one_pass(tmp_path):
    generator = tiny_generator(tmp_path).eval()
    calls = []
    generator.network.register_forward_hook(lambda *_: calls.append(1))
    plain = sample(generator)
    assert len(calls) == QUICK.steps
    sample(generator, settings=SampleOptions(steps=3, guidance=0.999))
    assert len(calls) == 3 * QUICK.steps
    near = sample(generator, settings=SampleOptions(steps=3, guidance=1 + 1e-6))
    torch.testing.assert_close(plain, near, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(
        plain, sample(generator, settings=SampleOptions(steps=3, guidance=3.0))
    )


def test_guidance_zero_forgets_the_video_and_keeps_the_person(tmp_path):
    generator = tiny_generator(tmp_path)
    condition, other = random_condition(3), random_condition(3, seed=9)
    values = dict(vars(condition)) | {"clip": other.clip, "track": other.track}
    settings = SampleOptions(steps=3, guidance=0.0)
    one = sample(generator, condition, settings=settings)
    another_video = sample(generator, type(condition)(**values), settings=settings)
    torch.testing.assert_close(one, another_video, rtol=1e-3, atol=1e-4)
    values = dict(vars(condition)) | {"subject": 1 - condition.subject}
    assert not torch.allclose(one, sample(generator, type(condition)(**values), settings=settings))


@pytest.mark.parametrize("name", SPGN)
def test_permuting_electrodes_permutes_the_denoised_window(tmp_path, name):
    """Electrodes differ by graphs and position alone; sources stay what they are."""
    generator = tiny_generator(tmp_path, name).eval()
    network, n = generator.network, len(CHANNELS)
    x, t, condition = (
        torch.randn(2, n, network.patches.n_points),
        torch.tensor([10, 500]),
        random_condition(2),
    )
    frame = torch.linalg.qr(torch.randn(2, n, n))[0] if name == "spgn" else None
    with torch.no_grad():
        encoded = replace(network.encoder(condition), frame=frame)
        before, _ = network(x, t, encoded)
        order = torch.randperm(n)
        network.adjacency.copy_(network.adjacency[:, order][:, :, order])
        network.positions.copy_(network.positions[order])
        if frame is not None:
            after, _ = network(x, t, replace(encoded, frame=frame[:, order]))
            torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)
        else:
            after, _ = network(x[:, order], t, encoded)
            torch.testing.assert_close(after, before[:, order], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", SPGN)
def test_fit_brings_any_scale_to_unit_variance(tmp_path, name):
    generator = tiny_generator(tmp_path, name)
    for weight in generator.head_parameters():
        torch.nn.init.zeros_(weight)  # a random mean would leave more than the window
    x, condition = 0.03 * torch.randn(60, len(CHANNELS), T), random_condition(60)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.fit_residual([(x, condition)])
    z, rest = generator.coordinates(x, condition)
    assert z.std().item() == pytest.approx(1, rel=0.02)
    left = generator.coordinates.inverse(z, rest, condition.subject)
    back = left + generator.coordinates.evoked(condition)
    torch.testing.assert_close(back, x, rtol=1e-4, atol=1e-4)


def test_the_paper_s_reading_keeps_the_power_of_windows_before_it_has_learned(tmp_path):
    generator = tiny_generator(tmp_path, "spgn-paper").eval()
    x, condition = 3 * torch.randn(60, len(CHANNELS), T), random_condition(60)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.fit_residual([(x, condition)])
    torch.nn.init.zeros_(generator.network.patches_out.weight)
    torch.nn.init.zeros_(generator.network.patches_out.bias)
    for scheduler in ("ddim", "dpm-solver++"):
        settings = SampleOptions(scheduler=scheduler, steps=50, guidance=1)
        drawn = generator.sample(condition, range(60), settings)
        assert drawn.std().item() == pytest.approx(3, rel=0.1)


def test_save_and_load_round_trip(tmp_path):
    inputs = results_inputs(tmp_path)
    generator = tiny_generator(tmp_path).eval()
    told, x = random_condition(9), torch.randn(9, len(CHANNELS), T)
    generator.fit(x, told.subject, told.clip, told.track)
    generator.fit_residual([(x, told)])
    save_generator(tmp_path / "models/spgn", "spgn", generator, tiny_config(), {"epochs": 1})
    loaded = load_generator(tmp_path / "models/spgn")
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
    save_generator(tmp_path / "m", "spgn", generator, tiny_config(), {})
    path = tmp_path / "m" / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match=r"checkpoint\.safetensors"):
        load_generator(tmp_path / "m")
    path.unlink()
    with pytest.raises(UserError, match="nothing under that name"):
        load_generator(tmp_path / "m")


def test_an_unknown_generator_is_refused(tmp_path):
    layout = tiny_generator(tmp_path).layout
    with pytest.raises(UserError, match=r"run\.model.*spgn-paper"):
        make_generator("gan", layout, torch.zeros(3, 12, 12), tiny_config())


def test_windows_of_another_length_are_refused(tmp_path):
    inputs = results_inputs(tmp_path)
    save_generator(tmp_path / "m", "spgn", tiny_generator(tmp_path), tiny_config(), {})
    loaded = load_generator(tmp_path / "m")
    with pytest.raises(UserError, match="400 samples"):
        loaded.conditions(inputs.windows("test").assign(n_samples=400), inputs)


def test_the_prior_is_the_eeg_before_the_window(tmp_path):
    results_inputs(tmp_path)
    inputs = inputs_of(tmp_path)
    config = tiny_config(spgn={"eeg_prior": "preceding"})
    generator = tiny_generator(tmp_path, spgn={"eeg_prior": "preceding"})
    save_generator(tmp_path / "m", "spgn", generator, config, {})
    loaded = load_generator(tmp_path / "m")
    assert loaded.protocol == "reconstruction"
    rows = inputs.windows("test").iloc[:2].copy()
    rows.loc[rows.index[1], "start_sample"] = 150  # 250 samples of the prior do not exist
    prior = loaded.conditions(rows, inputs).batch(np.arange(2)).eeg_prior.numpy()
    eeg = inputs.eeg().recording(rows["recording_id"].iloc[0]) / 10
    start = rows["start_sample"].iloc[0]
    np.testing.assert_allclose(prior[0], eeg[:, start - 400 : start], rtol=1e-6)
    assert not prior[1, :, :250].any()
    np.testing.assert_allclose(prior[1, :, 250:], eeg[:, :150], rtol=1e-6)


def test_sampling_imports_neither_lightning_nor_torch_geometric():
    code = (
        "import json, sys, videeg_pipe.sample, videeg_pipe.models.registry;"
        "heavy = ('lightning', 'torch_geometric', 'mne');"
        "print(json.dumps([name for name in heavy if name in sys.modules]))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(out.stdout) == []


def test_a_channel_that_is_flat_does_not_poison_the_others(tmp_path):
    """An electrode that recorded nothing, in one person's windows, from training to samples."""
    rng = torch.Generator().manual_seed(0)
    mixing = torch.eye(len(CHANNELS)) + 0.3 * torch.randn(12, 12, generator=rng)
    x, condition = mixing @ torch.randn(200, 12, T, generator=rng), random_condition(200)
    flat = x.clone()
    flat[condition.subject == 0, 3] = 0
    told, seeds = random_condition(60), range(60)
    told = replace(told, subject=torch.zeros_like(told.subject))
    powers = []
    for windows in (x, flat):
        generator = tiny_generator(tmp_path).eval()
        for weight in [*generator.head_parameters(), *generator.network.parameters()]:
            torch.nn.init.zeros_(weight)  # what statistics alone make of it
        generator.fit(windows, condition.subject, condition.clip, condition.track)
        generator.fit_residual([(windows, condition)])
        losses = generator.train().losses(windows[:32], random_condition(32), rng)
        total_loss(losses, generator.train_config.losses).backward()
        gradients = [w.grad for w in generator.parameters() if w.grad is not None]
        assert gradients and all(gradient.isfinite().all() for gradient in gradients)
        generator.eval()
        powers.append(generator.sample(told, list(seeds), QUICK).square().mean((0, 2)))
    others = [c for c in range(12) if c != 3]
    assert powers[1][3] < 0.01 * powers[0][3]
    torch.testing.assert_close(powers[1][others], powers[0][others], rtol=0.1, atol=0)


@pytest.mark.parametrize("name", SPGN)
def test_a_dropped_electrode_changes_the_others_little(tmp_path, name):
    """Graph-DA drops electrodes from what the graphs see: no output runs off."""
    generator = tiny_generator(tmp_path, name).eval()
    network, condition = generator.network, random_condition(2)
    x, t = torch.randn(2, len(CHANNELS), network.patches.n_points), torch.tensor([10, 500])
    dropped = x.clone()
    dropped[:, 3] = 0
    with torch.no_grad():
        encoded = network.encoder(condition)
        whole, less = (network(x, t, encoded, nodes)[0] for nodes in (x, dropped))
    others = [c for c in range(len(CHANNELS)) if c != 3]
    change = (whole - less)[:, others].square().mean() / whole[:, others].square().mean()
    assert whole.isfinite().all() and less.isfinite().all()
    assert 0 < change < 1
