"""Reconstruction: from the real window itself at strength 0 to generation at strength 1."""

import numpy as np
import pytest
import torch

from tests.generators import CHANNELS, T, random_condition, tiny_generator
from tests.models.baselines.toy import BASELINES, N_CHANNELS, SHORT, baseline, told
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.models.parts.diffusion import Diffusion
from videeg_pipe.runtime.errors import UserError

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
        return baseline(request.param), x, told(len(SEEDS)), settings
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
    """Of a random autoencoder, the latents are compared: no other network takes part."""
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


@pytest.mark.parametrize("scheduler", ["angle", "ddim", "ddpm", "dpm-solver++"])
@pytest.mark.parametrize("sd", [0.5, 1.0])
def test_of_gaussian_data_the_exact_denoiser_keeps_sd_and_loses_the_input(scheduler, sd):
    """The correlation falls with strength, and the samples stay what the data are."""
    diffusion, settings = (
        Diffusion(1000, "v_prediction"),
        SampleOptions(scheduler=scheduler, steps=40),
    )
    rng = torch.Generator().manual_seed(0)
    x = sd * torch.randn(4, 5, 2000, generator=rng)
    noise = torch.randn(x.shape, generator=rng)

    def exact(x_t, t):
        share = diffusion.signal_share(t)[:, None, None]
        alpha, sigma = share.sqrt(), (1 - share).sqrt()
        return alpha * sigma * (1 - sd**2) / (share * sd**2 + sigma**2) * x_t

    found = []
    for strength in STRENGTHS:
        rngs = [torch.Generator().manual_seed(i) for i in range(len(x))]
        x_t = diffusion.noised(x, noise, settings, strength)
        out = diffusion.sample(exact, x_t, settings, rngs, strength=strength)
        found.append(correlation(out, x))
        assert out.std().item() == pytest.approx(sd, rel=0.08), strength
    assert found[0] == pytest.approx(1) and abs(found[-1]) < 0.02
    assert (np.diff(found) < -0.02).all()


def test_the_angle_leaves_cos_of_it_of_the_input():
    """Of whitened Gaussian windows r is known: cos(pi / 2 strength), and no network changes it."""
    diffusion, settings = Diffusion(1000, "v_prediction"), SampleOptions(steps=100)
    x, noise = torch.randn(2, 2, 8, 5000, generator=torch.Generator().manual_seed(1))
    for strength in (0.1, 0.25, 0.5, 0.75):
        found = correlation(diffusion.noised(x, noise, settings, strength), x)
        assert found == pytest.approx(np.cos(np.pi / 2 * strength), abs=0.02)


def test_a_generator_that_is_no_diffusion_says_so(tmp_path):
    generator = tiny_generator(tmp_path)
    with pytest.raises(UserError, match="generation alone"):
        EegGenerator.reconstruct(
            generator, torch.zeros(1, 1, 1), random_condition(1), [1], SampleOptions(), strength=0.5
        )
