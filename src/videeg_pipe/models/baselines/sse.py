"""SSE: a latent diffusion, trained after its autoencoder.

Aristimunha et al. 2023, "Synthetic sleep EEG signal generation using latent diffusion models",
after Rombach et al. 2022, arXiv 2112.10752. The published training and sampling disagree on the
network's target; here both use the noise.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.base import FirstPhase
from videeg_pipe.models.baselines.autoencoder import (
    SHRINK,
    Autoencoder,
    PatchDiscriminator,
    patch_gan_losses,
    spectral_loss,
)
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import Vector
from videeg_pipe.models.baselines.unet import UNet
from videeg_pipe.models.parts.diffusion import Diffusion

_LATENT = 3  # channels; the paper tries 1 to 3
_KL, _ADVERSARIAL = 1e-9, 0.01


class Sse(Baseline):
    """UNet over the latent, conditioned on the vector; noise prediction; DDIM."""

    encoded_as = Vector
    diffusion = Diffusion(1000, "epsilon", schedule="scaled_linear", betas=(0.0015, 0.0195))
    sampler = "ddim"
    steps = 200

    latent_sd: Tensor

    def __init__(
        self,
        layout: EegLayout,
        *,
        condition: ConditionOptions,
        train: TrainOptions,
        size: BaselinesOptions,
    ) -> None:
        """Make the generator; see `Baseline`."""
        super().__init__(layout, condition=condition, train=train, size=size)
        C = len(layout.channels)
        levels = [scaled(native, size.width) for native in (32, 32, 64)]
        self.autoencoder = Autoencoder(C, levels, _LATENT)
        self.discriminator = PatchDiscriminator(C, scaled(64, size.width))
        self.register_buffer("latent_sd", torch.ones(()))

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the UNet of widths 128, 256 and 512."""
        return UNet(_LATENT, scaled(128, size.width, 8), (1, 2, 4))

    @property
    def shape(self) -> tuple[int, int]:
        """Latent channels and a quarter of the samples."""
        return _LATENT, -(-self.layout.n_samples // SHRINK)

    @property
    def first_phase(self) -> FirstPhase:
        """The autoencoder and its discriminator, for as many epochs as the diffusion."""
        train = self.train_config
        parts = [self.autoencoder, self.discriminator]
        return FirstPhase(
            "autoencoder",
            "autoencoder_losses",
            [weight for part in parts if part is not None for weight in part.parameters()],
            epochs=train.epochs,
            learning_rate=train.learning_rate,
            weight_decay=train.weight_decay,
        )

    def autoencoder_losses(
        self, x: Tensor, condition: Condition, rng: torch.Generator
    ) -> dict[str, Tensor]:
        """Compute the weighted L1, KL, spectral and adversarial loss; arguments as `losses`."""
        x = x / self.sd  # (B, C, T)
        mean, log_variance = self.autoencoder.encode(x)  # (B, latent, T / 4) each
        noise = torch.randn(mean.shape, generator=rng).to(mean)
        y = self.autoencoder.decode(mean + noise * (0.5 * log_variance).exp(), x.shape[-1])
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum((1, 2)).mean()
        values = {"l1": (x - y).abs().mean(), "spectral": spectral_loss(y, x), "kl": _KL * kl}
        if self.training and self.discriminator is not None:
            loss_D, loss_G = patch_gan_losses(self.discriminator, x, y)
            values |= {"discriminator": loss_D, "patch_gan": _ADVERSARIAL * loss_G}
        return values

    @torch.no_grad()
    def fit_residual(self, batches: Iterable[tuple[Tensor, Condition]]) -> None:
        """Fit scale and range of the trained latent on the training windows."""
        z = torch.cat([self.autoencoder.encode(x / self.sd)[0] for x, _ in batches])
        self.latent_sd.copy_(z.std().clamp_min(1e-6))
        self.largest.copy_(z.abs().max() / self.latent_sd)

    @torch.no_grad()
    def encode(self, x: Tensor, subject: Tensor) -> Tensor:
        """Map normalised EEG, (B, C, T), to the latent, (B, 3, T / 4)."""
        return self.autoencoder.encode(x / self.sd)[0] / self.latent_sd

    def decode(self, z: Tensor, subject: Tensor) -> Tensor:
        """Map the latent back to normalised EEG, (B, C, T)."""
        return self.sd * self.autoencoder.decode(z * self.latent_sd, self.layout.n_samples)
