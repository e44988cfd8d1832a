"""SPGN as a generator: switches, gradients, seeds, guidance, departure and temperature."""

from dataclasses import replace

import pytest
import torch

from tests.generators import (
    CHANNELS,
    T,
    random_condition,
    tiny_config,
    tiny_generator,
    write_test_graphs,
)
from tests.sources.patch import EIGHT, FOUR
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.graphs import adjacency, read_weights
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.models.checkpoint import make_generator
from videeg_pipe.models.parts.losses import total_loss

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


@pytest.mark.parametrize("name", SPGN)
@pytest.mark.parametrize("channels", [FOUR, EIGHT])
def test_few_electrodes_are_trained_and_sampled(tmp_path, name, channels):
    """From fitted statistics and average-referenced windows to samples of their power."""
    generator = tiny_generator(tmp_path, name, channels=channels)
    for weight in generator.head_parameters():
        torch.nn.init.zeros_(weight)
    mixing = torch.randn(len(channels), len(channels), generator=torch.Generator().manual_seed(0))
    x, condition = mixing @ torch.randn(120, len(channels), T), random_condition(120)
    x = x - x.mean(1, keepdim=True)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.fit_residual([(x, condition)])
    rng = torch.Generator().manual_seed(3)
    losses = generator.train().losses(x[:16], random_condition(16), rng)
    total_loss(losses, generator.train_config.losses).backward()
    gradients = [w.grad for w in generator.parameters() if w.grad is not None]
    assert gradients and all(gradient.isfinite().all() for gradient in gradients)
    for weight in generator.network.parameters():
        torch.nn.init.zeros_(weight)  # statistics only
    drawn = sample(generator, random_condition(60), range(60))
    assert drawn.shape == (60, len(channels), T)
    assert drawn.isfinite().all()
    if name == "spgn":  # before it has learned, the paper's reading has no covariance
        power, expected = drawn.square().mean((0, 2)), x.square().mean((0, 2))
        torch.testing.assert_close(power, expected, rtol=0.3, atol=0)


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
def test_graph_da_changes_only_training(tmp_path, switch):
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


def test_the_papers_generator_ignores_the_track(tmp_path):
    generator = tiny_generator(tmp_path, "spgn-paper")
    condition = random_condition(3)
    values = dict(vars(condition)) | {"track": condition.track + 1}
    assert torch.equal(sample(generator, condition), sample(generator, type(condition)(**values)))


@pytest.mark.parametrize(("name", "sees"), [("spgn", True), ("spgn", False), ("spgn-paper", False)])
def test_the_diffusion_sees_the_stimulus_where_it_may_or_nothing_else_does(tmp_path, name, sees):
    generator = tiny_generator(tmp_path, name, spgn={"residual_uses_stimulus": sees})
    one = random_condition(3)
    other = replace(one, clip=one.clip.flip(0), track=one.track.flip(0))
    rests = [
        sample(generator, condition) - generator.conditional_mean(condition, QUICK)
        for condition in (one, other)
    ]
    assert torch.allclose(*rests, atol=1e-5) == (name == "spgn" and not sees)
    if generator.head_parameters():
        means = [generator.conditional_mean(condition, QUICK) for condition in (one, other)]
        assert not torch.allclose(*means, atol=1e-3)


def test_what_the_diffusion_may_see_is_the_same_in_training(tmp_path):
    generator = tiny_generator(tmp_path, spgn={"residual_uses_stimulus": False}).eval()
    x, one = torch.randn(3, len(CHANNELS), T), random_condition(3)
    other = replace(one, clip=one.clip.flip(0), track=one.track.flip(0))
    with torch.no_grad():
        generator.coordinates.head.M.zero_()
        generator.coordinates.head.M_person.weight.zero_()
        losses = [
            generator.losses(x, condition, torch.Generator().manual_seed(0))["diffusion"].item()
            for condition in (one, other)
        ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("scheduler", ["ddpm", "ddim", "dpm-solver++"])
def test_a_seed_changes_only_its_own_window(tmp_path, scheduler):
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
    generator.calibrated = lambda z, condition, settings: z  # needs further evaluations, once
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


def test_guidance_zero_drops_the_video_and_keeps_the_person(tmp_path):
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


def test_a_flat_channel_does_not_affect_the_others(tmp_path):
    """One electrode is flat in one person's windows, from training to samples."""
    rng = torch.Generator().manual_seed(0)
    mixing = torch.eye(len(CHANNELS)) + 0.3 * torch.randn(12, 12, generator=rng)
    x, condition = mixing @ torch.randn(200, 12, T, generator=rng), random_condition(200)
    flat = x.clone()
    flat[condition.subject == 0, 3] = 0
    test, seeds = random_condition(60), range(60)
    test = replace(test, subject=torch.zeros_like(test.subject))
    powers = []
    for windows in (x, flat):
        generator = tiny_generator(tmp_path).eval()
        for weight in [*generator.head_parameters(), *generator.network.parameters()]:
            torch.nn.init.zeros_(weight)  # statistics only
        generator.fit(windows, condition.subject, condition.clip, condition.track)
        generator.fit_residual([(windows, condition)])
        losses = generator.train().losses(windows[:32], random_condition(32), rng)
        total_loss(losses, generator.train_config.losses).backward()
        gradients = [w.grad for w in generator.parameters() if w.grad is not None]
        assert gradients and all(gradient.isfinite().all() for gradient in gradients)
        generator.eval()
        powers.append(generator.sample(test, list(seeds), QUICK).square().mean((0, 2)))
    others = [c for c in range(12) if c != 3]
    assert powers[1][3] < 0.01 * powers[0][3]
    torch.testing.assert_close(powers[1][others], powers[0][others], rtol=0.1, atol=0)


def untrained(folder, **options):
    """An untrained generator, whose network returns zero."""
    write_test_graphs(folder / "graphs.safetensors", CHANNELS)
    graph_weights = read_weights(folder / "graphs.safetensors")
    positions = electrode_positions(CHANNELS)
    layout = EegLayout(CHANNELS, positions, 200.0, T, ("sub1", "sub2"), tuple(graph_weights))
    torch.manual_seed(0)
    return make_generator("spgn", layout, adjacency(graph_weights), tiny_config(**options)).eval()


@pytest.mark.parametrize("scheduler", ["angle", "ddpm", "ddim", "dpm-solver++"])
@pytest.mark.parametrize("spgn", [{}, {"whitening": False}, {"evoked_head": False}])
def test_mirrored_noise_gives_the_mirrored_residual_of_an_untrained_network(
    tmp_path, spgn, scheduler
):
    generator, condition = untrained(tmp_path, spgn=spgn), random_condition(3)
    settings = SampleOptions(steps=3, scheduler=scheduler)
    one, other = (
        generator.sample(condition, [1, 2, 3], settings, mirrored=mirrored)
        for mirrored in (False, True)
    )
    with torch.no_grad():
        m = generator.coordinates.evoked(condition)
    assert (one - m).std() > 0.1
    torch.testing.assert_close(other - m, m - one)


def test_without_departure_a_sample_is_the_gaussian_and_without_noise_the_evoked_mean(tmp_path):
    generator, condition = tiny_generator(tmp_path).eval(), random_condition(3)
    asked = []
    handle = generator.network.trunk[0].register_forward_hook(lambda *_: asked.append(1))
    gaussian = generator.sample(condition, [1, 2, 3], SampleOptions(steps=3, departure=0))
    still = generator.sample(
        condition, [1, 2, 3], SampleOptions(steps=3, departure=0, temperature=0)
    )
    handle.remove()
    assert not asked
    noise = torch.stack(
        [torch.randn(12, 200, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2, 3)]
    )
    K = generator.coordinates.n_points
    with torch.no_grad():
        m = generator.coordinates.evoked(condition)
        left = generator.coordinates.inverse(noise[..., :K], noise[..., K:], condition.subject)
    torch.testing.assert_close(still, m)
    torch.testing.assert_close(gaussian, m + left)
    departing = generator.sample(condition, [1, 2, 3], SampleOptions(steps=3))
    assert not torch.allclose(departing, gaussian)


def test_departure_grows_from_one_over_the_steps(tmp_path):
    generator, condition = untrained(tmp_path), random_condition(2)
    asked = torch.randn(2, 12, generator.coordinates.n_points)
    generator.predict = lambda x_t, t, encoded: asked
    last = generator.diffusion.steps - 1
    for departure in (0.5, 1.0, 3.0):
        predict = generator.predictor(condition, SampleOptions(departure=departure))
        for place, factor in ((last, 1.0), (0, departure)):
            found = predict(asked, torch.full((2,), place))
            torch.testing.assert_close(found, factor * asked)


def with_bursts(generator):
    """Give all sources of everybody a rhythm of strong bursts."""
    generator.coordinates.bursts.share[...] = 1.0
    generator.coordinates.bursts.spread[...] = 1.0
    return generator


def test_departure_leaves_bursts_as_their_model_has_them(tmp_path):
    generator, condition = with_bursts(untrained(tmp_path)), random_condition(2)
    asked = torch.randn(2, 12, generator.coordinates.n_points)
    generator.predict = lambda x_t, t, encoded: torch.zeros_like(x_t)
    t = torch.full((2,), generator.diffusion.steps // 4)
    share = generator.diffusion.signal_share(t)
    expected = generator.coordinates.burst_v(asked, share, condition.subject)
    assert expected.abs().max() > 0.1
    for departure in (1.0, 3.0):
        predict = generator.predictor(condition, SampleOptions(departure=departure))
        torch.testing.assert_close(predict(asked, t), expected)


def test_the_network_learns_what_bursts_leave(tmp_path):
    """Bursts are part of the prediction in the loss: wrong ones, of Gaussian noise, raise it."""
    generator = tiny_generator(tmp_path).train()
    x, condition = torch.randn(16, len(CHANNELS), T), random_condition(16)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.fit_residual([(x, condition)])
    generator.coordinates.bursts.spread[...] = 0.0
    none = generator.losses(x, condition, torch.Generator().manual_seed(0))["diffusion"]
    wrong = with_bursts(generator).losses(x, condition, torch.Generator().manual_seed(0))
    assert wrong["diffusion"] > none + 0.001


def test_temperature_scales_the_noise(tmp_path):
    generator, condition = untrained(tmp_path), random_condition(3)
    cold, warm = (
        generator.sample(condition, [1, 2, 3], SampleOptions(steps=3, temperature=temperature))
        for temperature in (0.5, 1.0)
    )
    with torch.no_grad():
        m = generator.coordinates.evoked(condition)
    torch.testing.assert_close(cold - m, 0.5 * (warm - m), rtol=1e-3, atol=1e-4)
