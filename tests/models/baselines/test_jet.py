"""JET: size, straight paths, the velocity as target, and a condition per patch."""

import pytest
import torch

from tests.models.baselines.toy import (
    N_CHANNELS,
    SHORT,
    baseline,
    n_parameters,
    native,
    short_condition,
)
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.baselines.condition import WIDTH


def test_native_size_and_sampler():
    generator = native("jet")
    assert n_parameters(generator.network) == pytest.approx(22e6, rel=0.05)
    assert generator.nfe(SampleOptions()) == 50
    assert generator.network.patches_in.kernel_size == (6,)


@pytest.mark.parametrize("steps", [1, 3])
def test_one_step_is_enough_where_paths_are_straight(steps):
    """Noise and window paired: the velocity is the same all the way."""
    generator = baseline("jet")
    noise, x0 = torch.randn(2, 3, N_CHANNELS, SHORT)
    drawn = generator.draw(lambda x, t: x0 - noise, noise, SampleOptions(steps=steps), [])
    torch.testing.assert_close(drawn, x0, rtol=1e-4, atol=1e-5)


def test_euler_steps_of_a_gaussian_are_those_by_hand():
    """The exact velocity of N(0, 0.5^2) is linear in x_t: each step is a known factor."""
    sd, steps, factor = 0.5, 8, 1.0

    def slope(t):
        return (t * sd**2 - (1 - t)) / (t**2 * sd**2 + (1 - t) ** 2)

    for i in range(steps):
        factor *= 1 + slope(i / steps) / steps
    noise = torch.randn(2, N_CHANNELS, SHORT)
    drawn = baseline("jet").draw(
        lambda x, t: slope(t)[:, None, None] * x, noise, SampleOptions(steps=steps), []
    )
    torch.testing.assert_close(drawn, factor * noise, rtol=1e-4, atol=1e-5)


def test_the_target_is_the_velocity_on_the_straight_line(monkeypatch):
    """A network that returns the window's own velocity has no loss."""
    generator, x0 = baseline("jet"), torch.randn(16, N_CHANNELS, SHORT)
    seen = []

    def knows(x_t, t, _):
        seen.append(t)
        return (x0 - x_t) / (1 - t)[:, None, None]

    monkeypatch.setattr(generator.network, "forward", knows)
    loss = generator.diffusion_loss(x0, torch.zeros(()), torch.Generator().manual_seed(0))
    assert loss.item() < 1e-4
    assert ((seen[0] > 0) & (seen[0] < 1)).all()
    assert seen[0].sort().values.diff().max() < 2 / 16  # spread over the whole way


def test_times_run_from_noise_to_data():
    generator, times = baseline("jet"), []
    generator.network.register_forward_hook(lambda _, given, __: times.append(given[1][0].item()))
    generator.sample(short_condition(1), [1], SampleOptions(baseline_nfe=4))
    assert times == pytest.approx([0, 0.25, 0.5, 0.75])


def test_the_course_modulates_its_own_patch():
    """Without attention and overlap, the condition of a patch affects only this patch."""
    network = baseline("jet").network
    for block in network.blocks:
        torch.nn.init.zeros_(block.attention.out_proj.weight)
    x, t, course = (
        torch.randn(1, N_CHANNELS, SHORT),
        torch.tensor([0.5]),
        torch.zeros(1, WIDTH, SHORT),
    )
    before = network(x, t, course)
    (patch,) = network.patches_in.stride
    own = slice(2 * patch, 3 * patch)
    course[..., own] = 1
    changed = (network(x, t, course) - before).abs().amax((0, 1)) > 1e-6
    assert changed.nonzero()[:, 0].tolist() == list(range(own.start, own.stop))
