"""Reconstruction: from the real window at strength 0 to generation at strength 1."""

import numpy as np
import pytest
import torch

from tests.generators import CHANNELS, T, random_condition, tiny_generator
from tests.models.baselines.toy import BASELINES, N_CHANNELS, SHORT, baseline, short_condition
from videeg_pipe.config.sample import SampleOptions

SEEDS = list(range(6))
STRENGTHS = np.linspace(0, 1, 5)
pytestmark = pytest.mark.usefixtures("single_thread")


def smooth(*shape: int) -> torch.Tensor:
    """Windows of unit variance that are not white."""
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(5)).cumsum(-1)
    return (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True)


def correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    """Mean over windows."""
    pairs = zip(a.flatten(1), b.flatten(1), strict=True)
    return float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs]))


@pytest.fixture(params=["spgn", "spgn-paper", "spgn without head", "spgn unwhitened", *BASELINES])
def case(request, tmp_path):
    """A generator with random weights, its windows, condition and settings."""
    if request.param in BASELINES:
        x, settings = smooth(len(SEEDS), N_CHANNELS, SHORT), SampleOptions(baseline_nfe=8)
        return baseline(request.param), x, short_condition(len(SEEDS)), settings
    name, _, without = request.param.partition(" ")
    options = {"without head": {"evoked_head": False}, "unwhitened": {"whitening": False}}
    generator = tiny_generator(tmp_path, name, spgn=options.get(without)).eval()
    x = smooth(len(SEEDS), len(CHANNELS), T)
    return generator, x, random_condition(len(SEEDS)), SampleOptions(steps=8)


def test_at_strength_0_the_window_comes_back(case):
    generator, x, condition, settings = case
    out = generator.reconstruct(x, condition, SEEDS, settings, strength=0)
    expected = (
        generator.decode(generator.encode(x, condition.subject), condition.subject)
        if hasattr(generator, "autoencoder")
        else x
    )
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-4)


def test_at_strength_1_it_is_generation(case):
    generator, x, condition, settings = case
    made = generator.sample(condition, SEEDS, settings)
    out = generator.reconstruct(x, condition, SEEDS, settings, strength=1)
    torch.testing.assert_close(out, made)
    other = generator.reconstruct(torch.zeros_like(x), condition, SEEDS, settings, strength=1)
    torch.testing.assert_close(out, other)


def test_the_noised_window_resembles_the_input_less_and_less(case, monkeypatch):
    """With a random autoencoder, latents are compared; no other network takes part."""
    generator, x, condition, settings = case
    latent, decode, latents = hasattr(generator, "autoencoder"), generator.decode, []
    monkeypatch.setattr(generator, "decode", lambda z, s: latents.append(z) or decode(z, s))

    def noised(strength):
        out = generator.reconstruct(x, condition, SEEDS, settings, strength=strength, denoise=False)
        return latents[-1] if latent else out

    x0 = generator.encode(x, condition.subject).detach() if latent else x
    found = [correlation(noised(strength), x0) for strength in STRENGTHS]
    assert found[0] == pytest.approx(1, abs=1e-4)
    assert (np.diff(found) < 0.02).all() and found[1] < 0.999
    assert abs(found[-1]) < 0.15


def test_a_window_does_not_depend_on_its_batch(case):
    generator, x, condition, settings = case
    together = generator.reconstruct(x, condition, SEEDS, settings, strength=0.5)
    one = condition.take(torch.tensor([2]))
    alone = generator.reconstruct(x[[2]], one, [SEEDS[2]], settings, strength=0.5)
    torch.testing.assert_close(alone[0], together[2], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("inference", [False, True])
@pytest.mark.parametrize("n_threads", [1, 3, 8])
def test_noise_follows_from_each_window_s_own_seed(tmp_path, monkeypatch, n_threads, inference):
    generator = tiny_generator(tmp_path).eval()
    monkeypatch.setattr(torch, "get_num_threads", lambda: n_threads)
    seeds = [4, 9, 4, 7, 1]
    with torch.inference_mode(inference):
        noise, rngs = generator.initial_noise(seeds, SampleOptions())
    for seed, own, rng in zip(seeds, noise, rngs, strict=True):
        alone = torch.Generator().manual_seed(seed)
        torch.testing.assert_close(own, torch.randn(own.shape, generator=alone), rtol=0, atol=0)
        assert torch.equal(torch.randn(3, generator=rng), torch.randn(3, generator=alone))
