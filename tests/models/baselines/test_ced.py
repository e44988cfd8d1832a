"""CED: size, the limits of its SDE, and its predictor and corrector."""

import numpy as np
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
from videeg_pipe.models.baselines.ced import BETA_MAX, BETA_MIN, corrected, signal_share


def test_native_size_and_sampler():
    generator = native("ced")
    assert n_parameters(generator.network) == pytest.approx(17e6, rel=0.05)
    assert generator.nfe(SampleOptions()) == 2000
    assert [block.conv.dilation[0] for block in generator.network.blocks[:8]] == [
        1, 2, 4, 8, 16, 32, 64, 1,
    ]  # fmt: skip


def test_the_sde_ends_in_unit_noise():
    share = signal_share(torch.tensor([0.0, 1.0]))
    assert share[0] == 1
    assert share[1] < 1e-4


def test_marginals_are_those_of_the_sde():
    """Euler steps of dx = -beta x / 2 dt + sqrt(beta) dw from a fixed x_0."""
    rng, n_steps = np.random.default_rng(0), 1000
    x, half = np.full(20_000, 2.0), n_steps // 2
    for i in range(half):
        beta = BETA_MIN + (BETA_MAX - BETA_MIN) * i / n_steps
        x += -0.5 * beta * x / n_steps + np.sqrt(beta / n_steps) * rng.standard_normal(len(x))
    share = signal_share(torch.tensor(0.5)).item()
    assert x.mean() == pytest.approx(2 * share**0.5, abs=0.03)
    assert x.var() == pytest.approx(1 - share, rel=0.03)


def test_every_step_evaluates_the_network_twice_at_one_time():
    generator, times = baseline("ced"), []
    generator.network.register_forward_hook(lambda _, given, __: times.append(given[1][0].item()))
    generator.sample(short_condition(1), [1], SampleOptions(baseline_nfe=8))
    assert times == pytest.approx([1, 1, 0.75, 0.75, 0.5, 0.5, 0.25, 0.25])


def test_the_corrector_leaves_the_right_distribution_alone():
    """Langevin dynamics at the exact score of unit noise, whose steps are short."""
    n = 64
    rngs = [torch.Generator().manual_seed(seed) for seed in range(n)]
    x = torch.randn(n, N_CHANNELS, SHORT, generator=torch.Generator().manual_seed(99))
    for _ in range(30):
        x = corrected(x, x, share=0.0, alpha=1.0, rngs=rngs)
    assert x.std().item() == pytest.approx(1, rel=0.03)
    wide = corrected(3 * x, 3 * x, share=0.0, alpha=1.0, rngs=rngs)
    assert wide.std() < 3 * x.std()


def test_a_limit_clips_samples_of_a_bad_prediction():
    generator = baseline("ced")
    noise = torch.randn(2, N_CHANNELS, SHORT, generator=torch.Generator().manual_seed(0))

    def largest(limit):
        rngs = [torch.Generator().manual_seed(seed) for seed in range(2)]
        generator.largest.fill_(limit)
        return (
            generator.draw(lambda x, t: 0.5 * x, noise, SampleOptions(steps=10), rngs).abs().max()
        )

    assert largest(1.0) < 1.5
    assert largest(torch.inf) > 5
