"""Every baseline learns, samples exactly with the exact network, and has a seed per window."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.generators import tiny_config
from tests.models.baselines.toy import (
    BASELINES,
    N_CHANNELS,
    QUICK,
    SHORT,
    baseline,
    learn,
    planted,
    short_condition,
)
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.baselines import ced
from videeg_pipe.models.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture(params=BASELINES)
def name(request) -> str:
    return request.param


@pytest.mark.slow
def test_training_learns_a_planted_response_to_the_video(name):
    """The loss falls, and a window's own video explains it better than another's."""
    x, condition = planted(12)
    generator, losses = learn(name, x, condition)
    # over four seeds at most 0.89, with a standard deviation of 0.01
    assert np.mean(losses[-5:]) < 0.95 * losses[0]
    another = replace(condition, track=condition.track.roll(2, 0))

    @torch.no_grad()
    def loss(condition):
        rng = torch.Generator().manual_seed(1)
        found = [generator.losses(x, condition, rng)["diffusion"].item() for _ in range(20)]
        return np.mean(found)

    # equal noise in both: they differ by 1 % or more, and by 0.2 % from draw to draw
    assert loss(condition) < loss(another)


@pytest.mark.parametrize("sd", [0.4, 1.0])
def test_the_exact_network_gives_the_datas_mean_and_sd(name, sd, monkeypatch):
    """For Gaussian data, the exact output of the network is known."""
    generator, mean = baseline(name), 0.5

    def alpha_sigma(t):
        if name == "jet":
            return t, 1 - t
        share = ced.signal_share(t) if name == "ced" else generator.diffusion.signal_share(t)
        return share.sqrt(), (1 - share).sqrt()

    def exact(x_t, t, _):
        alpha, sigma = (part[:, None, None] for part in alpha_sigma(t))
        x0 = mean + alpha * sd**2 / ((alpha * sd) ** 2 + sigma**2) * (x_t - alpha * mean)
        noise = (x_t - alpha * x0) / sigma
        if name == "jet":
            return x0 - noise
        return alpha * noise - sigma * x0 if name == "efdm" else noise

    monkeypatch.setattr(generator.network, "forward", exact)
    monkeypatch.setattr(generator, "decode", lambda z, _: z)
    drawn = generator.sample(short_condition(16), range(16), SampleOptions())
    assert drawn.mean().item() == pytest.approx(mean, abs=0.08 * sd)
    # efdm's 50 steps lose 8.6 % at 0.4, with a standard deviation of 0.6 % over five seeds
    assert drawn.std().item() == pytest.approx(sd, rel=0.12)


def test_a_seed_changes_only_its_own_window(name):
    generator, condition = baseline(name), short_condition(3)
    one, again, other = (
        generator.sample(condition, seeds, QUICK) for seeds in [(1, 2, 3), (1, 2, 3), (1, 7, 3)]
    )
    assert one.shape == (3, N_CHANNELS, SHORT)
    assert one.isfinite().all()
    assert torch.equal(one, again)
    assert torch.equal(one[[0, 2]], other[[0, 2]])
    assert not torch.allclose(one[1], other[1])


def test_a_window_does_not_depend_on_its_batch(name):
    generator, condition = baseline(name), short_condition(3)
    single = type(condition)(*(part[[1]] for part in vars(condition).values() if part is not None))
    alone = generator.sample(single, [2], QUICK)
    together = generator.sample(condition, [1, 2, 3], QUICK)
    torch.testing.assert_close(alone[0], together[1], rtol=1e-3, atol=1e-4)


def test_mirrored_draws_take_all_noise_with_the_opposite_sign(name, monkeypatch):
    generator, condition = baseline(name), short_condition(2)
    monkeypatch.setattr(generator.network, "forward", lambda x_t, t, _: 0.1 * x_t)
    monkeypatch.setattr(generator, "decode", lambda z, _: z)
    drawn, opposite = (
        generator.sample(condition, [1, 2], QUICK, mirrored=mirrored) for mirrored in (False, True)
    )
    assert drawn.abs().max() > 0
    assert torch.equal(drawn, -opposite)


def test_network_evaluations_are_counted_and_capped(name):
    generator, condition, calls = baseline(name), short_condition(1), []
    generator.network.register_forward_hook(lambda *_: calls.append(1))
    for settings in (SampleOptions(baseline_nfe=6), SampleOptions(baseline_nfe=7, guidance=2.0)):
        calls.clear()
        generator.sample(condition, [1], settings)
        assert len(calls) == generator.nfe(settings)
    assert generator.nfe(SampleOptions(baseline_nfe=6)) == 6
    assert generator.nfe(SampleOptions()) == generator.nfe(SampleOptions(baseline_nfe=10_000))
    assert generator.nfe(SampleOptions(guidance=2.0)) == 2 * generator.nfe(SampleOptions())


def test_guidance_goes_beyond_the_condition(name):
    generator, condition = baseline(name), short_condition(2)
    nothing, less, more = (
        generator.sample(condition, [1, 2], QUICK.model_copy(update={"guidance": guidance}))
        for guidance in (0, 1, 2)
    )
    blank = replace(
        condition, clip=torch.zeros_like(condition.clip), track=torch.zeros_like(condition.track)
    )
    torch.testing.assert_close(
        nothing, generator.sample(blank, [1, 2], QUICK), rtol=1e-3, atol=1e-3
    )
    assert not torch.allclose(less, more)


@pytest.mark.parametrize("part", ["clip", "text", "track", "subject"])
def test_every_path_of_the_condition_matters(name, part):
    generator, condition = baseline(name), short_condition(2)
    values = getattr(condition, part)
    changed = 1 - values if part == "subject" else values.flip(-1)
    one, two = (
        generator.sample(said, [1, 2], QUICK)
        for said in (condition, replace(condition, **{part: changed}))
    )
    assert not torch.allclose(one, two)


def test_gradient_reaches_every_parameter(name):
    generator = baseline(name).train()
    x, condition = torch.randn(8, N_CHANNELS, SHORT), short_condition(8)
    rng = torch.Generator().manual_seed(3)
    found = list(generator.losses(x, condition, rng).values())
    if generator.first_phase is not None:
        found += getattr(generator, generator.first_phase.losses)(x, condition, rng).values()
    torch.stack(found).sum().backward()
    assert [n for n, w in generator.named_parameters() if w.grad is None or not w.grad.any()] == []


@pytest.mark.usefixtures("on_cpu")
def test_save_and_load_round_trip(tmp_path, name):
    generator, condition = baseline(name), short_condition(3)
    x = 3 * torch.randn(3, N_CHANNELS, SHORT)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.fit_residual([(x, condition)])
    save_checkpoint(tmp_path / name, name, generator, tiny_config(), {})
    loaded = load_checkpoint(tmp_path / name)
    assert loaded.protocol == "generation"
    assert loaded.model["parameters"] == generator.n_parameters
    one, two = (g.sample(condition, [1, 2, 3], QUICK) for g in (generator, loaded.generator))
    assert torch.equal(one, two)
