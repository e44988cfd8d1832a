"""SSE: the autoencoder, its latent's scale, its losses, and its two phases."""

import pytest
import torch

from tests.models.baselines.toy import (
    N_CHANNELS,
    SHORT,
    baseline,
    descend,
    n_parameters,
    native,
    planted,
    short_condition,
)
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.baselines.autoencoder import patch_gan_losses, spectral_loss


def test_native_shapes_and_sampler():
    generator = native("sse")
    assert generator.shape == (3, 50)
    assert generator.nfe(SampleOptions()) == 200
    mean, log_variance = generator.autoencoder.encode(torch.randn(2, 62, 200))
    assert mean.shape == log_variance.shape == (2, 3, 50)
    assert generator.autoencoder.decode(mean, 200).shape == (2, 62, 200)


@pytest.mark.parametrize("n_samples", [61, 64])
def test_any_window_length(n_samples):
    generator, condition = baseline("sse", n_samples=n_samples), short_condition(2)
    x = torch.randn(2, N_CHANNELS, n_samples)
    assert generator.encode(x, condition.subject).shape == (2, *generator.shape)
    assert (
        generator.decode(generator.encode(x, condition.subject), condition.subject).shape == x.shape
    )


def test_the_latent_is_diffused_at_unit_variance():
    generator, condition = baseline("sse"), short_condition(8)
    x = 7 * torch.randn(8, N_CHANNELS, SHORT)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    generator.fit_residual([(x[:5], condition), (x[5:], condition)])
    assert generator.encode(x, condition.subject).std().item() == pytest.approx(1, rel=1e-3)
    mean, _ = generator.autoencoder.encode(x / generator.sd)
    direct = generator.sd * generator.autoencoder.decode(mean, SHORT)
    torch.testing.assert_close(
        generator.decode(generator.encode(x, condition.subject), condition.subject),
        direct,
        rtol=1e-3,
        atol=1e-3,
    )


def test_the_first_phase_trains_the_autoencoder_alone():
    generator, condition = baseline("sse").train(), short_condition(4)
    x, rng = torch.randn(4, N_CHANNELS, SHORT), torch.Generator().manual_seed(0)

    def touched(losses):
        generator.zero_grad()
        sum(losses.values()).backward()
        return {
            name.split(".")[0] for name, w in generator.named_parameters() if w.grad is not None
        }

    first = generator.autoencoder_losses(x, condition, rng)
    assert set(first) == {"l1", "spectral", "kl", "discriminator", "patch_gan"}
    assert touched(first) == {"autoencoder", "discriminator"}
    assert touched(generator.losses(x, condition, rng)) == {"network", "condition"}


@pytest.mark.slow
def test_the_autoencoder_learns_to_rebuild():
    generator, (x, condition) = baseline("sse"), planted(12)
    generator.fit(x, condition.subject, condition.clip, condition.track)
    rng = torch.Generator().manual_seed(0)
    descend(
        generator,
        generator.first_phase.parameters,
        lambda: generator.autoencoder_losses(x, condition, rng),
        n_steps=60,
    )
    left = generator.decode(generator.encode(x, condition.subject), condition.subject) - x
    assert left.square().mean() < 0.95 * x.square().mean()


def test_both_losses_have_separate_gradients():
    D = baseline("sse").discriminator
    x, y = torch.randn(2, N_CHANNELS, SHORT), torch.randn(2, N_CHANNELS, SHORT, requires_grad=True)
    loss_D, loss_G = patch_gan_losses(D, x, y)
    loss_D.backward()
    assert y.grad is None
    D.zero_grad()
    loss_G.backward()
    assert y.grad.abs().max() > 0
    assert all(weight.grad is None or not weight.grad.any() for weight in D.parameters())


def test_spectral_loss_sees_power_and_not_sign():
    x = torch.randn(2, N_CHANNELS, SHORT)
    assert spectral_loss(-x, x) < 1e-6
    assert spectral_loss(2 * x, x) > 0.1


def test_the_discriminator_does_not_count_as_parameters():
    generator = native("sse")
    whole = n_parameters(generator)
    assert generator.n_parameters == whole - n_parameters(generator.discriminator)
