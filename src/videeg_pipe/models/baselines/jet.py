"""JET: flow matching by a plain transformer over patches in time.

After Wang et al. 2026, "Let EEG Models Learn EEG", arXiv 2605.21280: raw windows, conditional flow
matching (Lipman et al. 2023, arXiv 2210.02747), adaptive layer norm. Not included are the paper's
constraints on spectrum, stationarity and statistics, and its sampling per class. Width, depth and
patch are our reading. The condition enters patch by patch, along the window.
"""

from collections.abc import Sequence

import torch
from diffusers.schedulers.scheduling_flow_match_euler_discrete import (
    FlowMatchEulerDiscreteScheduler,
)
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import WIDTH, Course
from videeg_pipe.models.baselines.patch_transformer import PatchTransformer
from videeg_pipe.models.parts.diffusion import last_steps, spread_steps
from videeg_pipe.models.parts.guidance import Predict

_FINEST = 10_000  # distinct times in training
_HEADS = 6


class Jet(Baseline):
    """Transformer, conditioned on the course; predicts the velocity to data; Euler's method.

    x_t = (1 - t) noise + t x_0 runs straight from noise at t = 0 to data at 1, as in the paper.
    """

    encoded_as = Course
    steps = 50

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the transformer of width 384 in eight blocks."""
        C, T = self.shape
        hidden = scaled(384, size.width, _HEADS)
        return CourseTransformer(C, T, hidden=hidden, n_blocks=scaled(8, size.depth))

    def diffusion_loss(self, x0: Tensor, encoded: Tensor, rng: torch.Generator) -> Tensor:
        """Return the mean squared error of the velocity at times in (0, 1)."""
        t = (0.5 + spread_steps(len(x0), _FINEST, rng).to(x0.device)) / _FINEST  # (B,)
        noise = torch.randn(x0.shape, generator=rng).to(x0)
        x_t = noise.lerp(x0, t[:, None, None])  # (B, C, T)
        return (self.network(x_t, t, encoded).float() - (x0 - noise)).square().mean()

    def noised(self, z: Tensor, noise: Tensor, settings: SampleOptions, strength: float) -> Tensor:
        """Return x_t on the straight line, where the last steps begin, (B, C, T)."""
        return z.lerp(noise, round(strength * settings.steps) / settings.steps)

    def draw(
        self,
        predict: Predict,
        noise: Tensor,
        settings: SampleOptions,
        rngs: Sequence[torch.Generator],
        *,
        strength: float = 1.0,
    ) -> Tensor:
        """Follow the velocity from noise to data in equal steps, (B, C, T)."""
        steps = settings.steps
        scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1)
        scheduler.set_timesteps(sigmas=[1 - i / steps for i in range(steps)])  # it ends at 0
        x = noise
        for sigma in last_steps(scheduler.timesteps, strength):  # the share of noise, 1 - t
            v = predict(x, (1 - sigma).to(x).expand(len(x)))
            x = scheduler.step(-v, sigma, x).prev_sample  # (B, C, T)
        return x


class CourseTransformer(PatchTransformer):
    """A patch transformer whose condition is a course, cut into the same patches."""

    def __init__(self, n_channels: int, n_samples: int, *, hidden: int, n_blocks: int) -> None:
        """Make the network for C channels of T samples."""
        super().__init__(n_channels, n_samples, hidden=hidden, heads=_HEADS)
        self.add_patches()
        self.told = nn.Conv1d(WIDTH, hidden, self.patch, stride=self.patch)
        self.add_blocks(n_blocks)

    def forward(self, x_t: Tensor, t: Tensor, encoded: Tensor) -> Tensor:
        """Predict the velocity, (B, C, T), of x_t at t (B,) in [0, 1], given (B, WIDTH, T)."""
        e = self.time(1000 * t)[:, None] + self.told(self.pad(encoded)).mT  # (B, P, hidden)
        return self.transform(x_t, functional.silu(e))  # (B, C, T)
