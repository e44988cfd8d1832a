"""JET: flow matching by a plain transformer over patches in time.

After Wang et al. 2026, "Let EEG Models Learn EEG", arXiv 2605.21280: raw windows, conditional flow
matching (Lipman et al. 2023, arXiv 2210.02747), adaptive layer norm. The paper's constraints on
spectrum, stationarity and statistics, and its sampling by class, are no part of this; width, depth
and patch are our reading. It is told the condition patch by patch, as it runs along the window.
"""

from collections.abc import Sequence

import torch
from diffusers.schedulers.scheduling_flow_match_euler_discrete import (
    FlowMatchEulerDiscreteScheduler,
)
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.train import BaselinesOptions
from videeg_pipe.models.base import spread_steps
from videeg_pipe.models.baselines.adaln import AdaLnBlock, patch_samples
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import WIDTH, Course
from videeg_pipe.models.parts.diffusion import last_steps
from videeg_pipe.models.parts.guidance import Predict
from videeg_pipe.models.spgn.network import TimeEmbedder

_FINEST = 10_000  # times that training draws from
_HEADS = 6


class Jet(Baseline):
    """Transformer, told the course; predicts the velocity from noise to data; Euler's method.

    x_t = (1 - t) noise + t x_0 runs straight from noise at t = 0 to data at 1, as in the paper.
    """

    told_as = Course
    steps = 50

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the transformer of width 384 in eight blocks."""
        C, T = self.shape
        hidden = scaled(384, size.width, _HEADS)
        return PatchTransformer(C, T, hidden=hidden, n_blocks=scaled(8, size.depth))

    def diffusion_loss(self, x0: Tensor, told: Tensor, rng: torch.Generator) -> Tensor:
        """Mean squared error of the velocity at times in (0, 1)."""
        t = (0.5 + spread_steps(len(x0), _FINEST, rng).to(x0.device)) / _FINEST  # (B,)
        noise = torch.randn(x0.shape, generator=rng).to(x0)
        x_t = noise.lerp(x0, t[:, None, None])  # (B, C, T)
        return (self.network(x_t, t, told).float() - (x0 - noise)).square().mean()

    def noised(self, z: Tensor, noise: Tensor, steps: int, strength: float) -> Tensor:
        """x_t on the straight line, where the last of so many steps start from, (B, C, T)."""
        return z.lerp(noise, round(strength * steps) / steps)

    def draw(
        self,
        predict: Predict,
        noise: Tensor,
        steps: int,
        rngs: Sequence[torch.Generator],
        *,
        strength: float = 1.0,
    ) -> Tensor:
        """Follow the velocity from noise to data in equal steps, (B, C, T)."""
        scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1)
        scheduler.set_timesteps(sigmas=[1 - i / steps for i in range(steps)])  # it ends at 0
        x = noise
        for sigma in last_steps(scheduler.timesteps, strength):  # the share of noise, 1 - t
            v = predict(x, (1 - sigma).to(x).expand(len(x)))
            x = scheduler.step(-v, sigma, x).prev_sample  # (B, C, T)
        return x


class PatchTransformer(nn.Module):
    """Patches of all electrodes, adaLN-zero blocks, and patches again."""

    def __init__(self, n_channels: int, n_samples: int, *, hidden: int, n_blocks: int) -> None:
        """Make the network for C channels of T samples."""
        super().__init__()
        C, patch = n_channels, patch_samples(n_channels, hidden)
        n_tokens = -(-n_samples // patch)
        self.n_samples, self.padding = n_samples, n_tokens * patch - n_samples
        self.patches_in = nn.Conv1d(C, hidden, patch, stride=patch)
        self.place = nn.Parameter(0.02 * torch.randn(n_tokens, hidden))
        self.time = TimeEmbedder(hidden)
        self.told = nn.Conv1d(WIDTH, hidden, patch, stride=patch)
        self.blocks = nn.ModuleList(AdaLnBlock(hidden, _HEADS) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(hidden, elementwise_affine=False)
        self.modulate = nn.Linear(hidden, 2 * hidden)
        self.patches_out = nn.ConvTranspose1d(hidden, C, patch, stride=patch)
        for weight in [*self.modulate.parameters(), *self.patches_out.parameters()]:
            nn.init.zeros_(weight)

    def forward(self, x_t: Tensor, t: Tensor, told: Tensor) -> Tensor:
        """Predict the velocity, (B, C, T), of x_t (B, C, T) at t (B,) in [0, 1], told a course."""
        x_t, told = (functional.pad(part, (0, self.padding)) for part in (x_t, told))
        e = self.time(1000 * t)[:, None] + self.told(told).mT  # (B, P, hidden)
        e = functional.silu(e)
        z = self.patches_in(x_t).mT + self.place  # (B, P, hidden)
        for block in self.blocks:
            z = block(z, e)  # (B, P, hidden)
        scale, shift = self.modulate(e).chunk(2, dim=-1)  # (B, P, hidden)
        z = self.norm(z) * (1 + scale) + shift
        return self.patches_out(z.mT)[..., : self.n_samples]  # (B, C, T)
