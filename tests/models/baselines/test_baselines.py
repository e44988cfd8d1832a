"""What holds for every baseline: it learns, its seeds are its own, its files and its cost."""

import numpy as np
import pytest
import torch

from tests.generators import CHANNELS, T, random_condition, tiny_config
from tests.models.baselines.toy import BASELINES, QUICK, baseline, planted, trained
from videeg_pipe.config.sample import Sample
from videeg_pipe.models.registry import load_generator, save_generator


@pytest.fixture(params=BASELINES)
def name(request) -> str:
    return request.param


def test_it_learns_what_the_video_plants(name):
    generator, losses = trained(name)
    assert np.mean(losses[-10:]) < 0.7 * losses[0]
    _, condition, clean = planted(8, seed=1)
    drawn = sum(
        generator.sample(condition, range(8), Sample(baseline_nfe=20), mirrored=mirrored)
        for mirrored in (False, True)
    )
    assert np.corrcoef(drawn.flatten(), clean.flatten())[0, 1] > 0.2


def test_a_seed_changes_its_own_window_alone(name):
    generator, condition = baseline(name), random_condition(3)
    one, again, other = (
        generator.sample(condition, seeds, QUICK) for seeds in [(1, 2, 3), (1, 2, 3), (1, 7, 3)]
    )
    assert one.shape == (3, len(CHANNELS), T)
    assert one.isfinite().all()
    assert torch.equal(one, again)
    assert torch.equal(one[[0, 2]], other[[0, 2]])
    assert not torch.allclose(one[1], other[1])


def test_a_window_depends_on_its_own_condition_alone(name):
    generator, condition = baseline(name), random_condition(3)
    alone = generator.sample(_rows(condition, [1]), [2], QUICK)
    together = generator.sample(condition, [1, 2, 3], QUICK)
    torch.testing.assert_close(alone[0], together[1], rtol=1e-3, atol=1e-4)


def _rows(condition, rows):
    parts = (condition.clip, condition.text, condition.track, condition.subject)
    return type(condition)(*(part[rows] for part in parts))


def test_mirrored_draws_take_all_noise_with_the_opposite_sign(name, monkeypatch):
    generator, condition = baseline(name), random_condition(2)
    monkeypatch.setattr(generator.network, "forward", lambda x_t, t, told: 0.1 * x_t)
    monkeypatch.setattr(generator, "decode", lambda z: z)
    drawn, opposite = (
        generator.sample(condition, [1, 2], QUICK, mirrored=mirrored) for mirrored in (False, True)
    )
    assert drawn.abs().max() > 0
    assert torch.equal(drawn, -opposite)


def test_network_evaluations_are_counted_and_capped(name, monkeypatch):
    generator, condition = baseline(name), random_condition(1)
    calls = []
    generator.network.register_forward_hook(lambda *_: calls.append(1))
    for settings in (Sample(baseline_nfe=6), Sample(baseline_nfe=7, guidance=2.0)):
        calls.clear()
        generator.sample(condition, [1], settings)
        assert len(calls) == generator.nfe(settings)
    assert generator.nfe(Sample(baseline_nfe=6)) == 6
    assert generator.nfe(Sample()) == generator.nfe(Sample(baseline_nfe=10_000))
    assert generator.nfe(Sample(guidance=2.0)) == 2 * generator.nfe(Sample())


@pytest.mark.parametrize("part", ["clip", "text", "track", "subject"])
def test_every_path_of_the_condition_matters(name, part):
    generator, condition, other = baseline(name), random_condition(3), random_condition(3, seed=9)
    changed = 1 - condition.subject if part == "subject" else getattr(other, part)
    another = type(condition)(**(vars(condition) | {part: changed}))
    one, two = (generator.sample(told, [1, 2, 3], QUICK) for told in (condition, another))
    assert not torch.allclose(one, two)


def test_gradient_reaches_every_parameter(name):
    generator = baseline(name).train()
    x, condition = torch.randn(16, len(CHANNELS), T), random_condition(16)
    rng = torch.Generator().manual_seed(3)
    found = list(generator.losses(x, condition, rng).values())
    if generator.first_phase is not None:
        found += getattr(generator, generator.first_phase.losses)(x, condition, rng).values()
    torch.stack(found).sum().backward()
    assert [n for n, w in generator.named_parameters() if w.grad is None or not w.grad.any()] == []


def test_save_and_load_round_trip(tmp_path, name):
    generator, condition = baseline(name), random_condition(3)
    x = 3 * torch.randn(3, len(CHANNELS), T)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.fit_residual([(x, condition)])
    save_generator(tmp_path / name, name, generator, tiny_config(), {})
    loaded = load_generator(tmp_path / name)
    assert loaded.protocol == "generation"
    one, two = (g.sample(condition, [1, 2, 3], QUICK) for g in (generator, loaded.generator))
    assert torch.equal(one, two)
