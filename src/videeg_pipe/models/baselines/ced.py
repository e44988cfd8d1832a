"""CED: a score-based diffusion in continuous time with a DiffWave-like network.

Klein et al. 2024, with the variance-preserving SDE and the predictor-corrector sampler of Song et
al. 2021, arXiv 2011.13456; network after Kong et al. 2021 (DiffWave), arXiv 2009.09761. The paper
mentions classifier-free guidance, but its code has none; here guidance is an option of all models.
"""

from collections.abc import Sequence

import torch
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import WIDTH, Course
from videeg_pipe.models.parts.diffusion import clip_estimate, last_steps, spread_steps
from videeg_pipe.models.parts.guidance import Predict
from videeg_pipe.models.parts.time import TimeEmbedder

BETA_MIN, BETA_MAX = 0.1, 20.0
"""beta(t) of the SDE dx = -beta(t) x / 2 dt + sqrt(beta(t)) dw at t = 0 and 1."""

_SNR = 0.16  # of a corrector's step, r in Song et al.
_FINEST = 10_000  # distinct times in training
_EMBEDDED = 512
_CYCLE = 7  # blocks per cycle of dilations


class Ced(Baseline):
    """Dilated convolutions, conditioned on the course; noise prediction; predictor-corrector."""

    encoded_as = Course
    steps = 1000
    evaluations_per_step = 2

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the network with 128 features in 40 blocks."""
        C, _ = self.shape
        hidden, embedded = scaled(128, size.width), scaled(_EMBEDDED, size.width)
        return DilatedStack(C, hidden=hidden, embedded=embedded, n_blocks=scaled(40, size.depth))

    def diffusion_loss(self, x0: Tensor, encoded: Tensor, rng: torch.Generator) -> Tensor:
        """Return the mean squared error of the noise at times in (0, 1]."""
        t = (1 + spread_steps(len(x0), _FINEST, rng).to(x0.device)) / _FINEST  # (B,)
        noise = torch.randn(x0.shape, generator=rng).to(x0)
        share = signal_share(t)[:, None, None]  # (B, 1, 1)
        x_t = share.sqrt() * x0 + (1 - share).sqrt() * noise  # (B, C, T)
        return (self.network(x_t, t, encoded).float() - noise).square().mean()

    def noised(self, z: Tensor, noise: Tensor, settings: SampleOptions, strength: float) -> Tensor:
        """Return x_t at the time where the last steps begin, (B, C, T)."""
        coming = round(strength * settings.steps)
        if coming == settings.steps:
            return noise
        share = signal_share(torch.tensor(coming / settings.steps, device=z.device))
        return share.sqrt() * z + (1 - share).sqrt() * noise

    def draw(
        self,
        predict: Predict,
        noise: Tensor,
        settings: SampleOptions,
        rngs: Sequence[torch.Generator],
        *,
        strength: float = 1.0,
    ) -> Tensor:
        """Correct by Langevin dynamics at each time, then predict the previous one, (B, C, T).

        x0_hat is clipped to the training windows' range, as in `Diffusion.sample`. The paper does
        not clip, but with a few dozen of its 1000 steps samples would diverge.
        """
        steps = settings.steps
        times = torch.arange(steps + 1, dtype=torch.float64) / steps
        share = signal_share(times)  # (N + 1,)
        beta = 1 - share[1:] / share[:-1]  # of the SDE between neighbouring times
        predictor = DDPMScheduler(steps, trained_betas=beta.numpy(), clip_sample=False)
        predictor.set_timesteps(steps)
        x = noise
        for i in last_steps(predictor.timesteps, strength):
            t, now = times[i + 1].to(x).expand(len(x)), share[i + 1].item()
            noise_hat = self._limited(predict(x, t), x, now)
            x = corrected(x, noise_hat, now, 1 - beta[i].item(), rngs)
            noise_hat = self._limited(predict(x, t), x, now)
            x = predictor.step(noise_hat, i, x, generator=list(rngs)).prev_sample  # (B, C, T)
        return x

    def _limited(self, noise_hat: Tensor, x: Tensor, share: float) -> Tensor:
        """Return the noise in x_t that corresponds to a clipped x0_hat, (B, C, T)."""
        alpha, sigma = share**0.5, (1 - share) ** 0.5
        x0_hat = (x - sigma * noise_hat) / alpha
        return clip_estimate(x0_hat, x, alpha, sigma, self.limit)[1]


def signal_share(t: Tensor) -> Tensor:
    """Return alpha_t^2, the share of x_0's variance in x_t, for t in [0, 1]."""
    return torch.exp(-(BETA_MIN * t + 0.5 * (BETA_MAX - BETA_MIN) * t.square()))


def corrected(
    x: Tensor, noise_hat: Tensor, share: float, alpha: float, rngs: Sequence[torch.Generator]
) -> Tensor:
    """Return x after one step of Langevin dynamics, (B, C, T), with a step size per window.

    Args:
        x: x_t, (B, C, T).
        noise_hat: The predicted noise, (B, C, T).
        share: alpha_t^2.
        alpha: 1 - beta of this step.
        rngs: One per window.
    """
    score = -noise_hat / (1 - share) ** 0.5  # (B, C, T)
    z = torch.stack([torch.randn(x.shape[1:], generator=rng) for rng in rngs]).to(x)
    ratio = z.flatten(1).norm(dim=1) / score.flatten(1).norm(dim=1).clamp_min(1e-9)
    epsilon = (2 * alpha * (_SNR * ratio) ** 2)[:, None, None]  # (B, 1, 1)
    return x + epsilon * score + (2 * epsilon).sqrt() * z


class DilatedStack(nn.Module):
    """Channels to features, dilated blocks whose skips add up, and features to channels."""

    def __init__(self, n_channels: int, *, hidden: int, embedded: int, n_blocks: int) -> None:
        """Make the network for C channels."""
        super().__init__()
        self.channels_in = nn.Conv1d(n_channels, hidden, 1)
        self.time = TimeEmbedder(embedded)
        self.told = nn.Conv1d(WIDTH, embedded, 1)
        self.blocks = nn.ModuleList(
            DilatedBlock(hidden, embedded, 2 ** (i % _CYCLE)) for i in range(n_blocks)
        )
        self.skips = nn.Conv1d(hidden, hidden, 1)
        last = nn.Conv1d(hidden, n_channels, 1)
        self.channels_out = nn.Sequential(nn.ReLU(), last)
        nn.init.zeros_(last.weight)

    def forward(self, x_t: Tensor, t: Tensor, encoded: Tensor) -> Tensor:
        """Predict the noise, (B, C, T), in x_t at t (B,) in [0, 1], given (B, WIDTH, T)."""
        e = functional.silu(self.time(1000 * t))[..., None]  # (B, embedded, 1)
        u = functional.silu(self.told(encoded))  # (B, embedded, T)
        h = functional.relu(self.channels_in(x_t))  # (B, hidden, T)
        skips = torch.zeros_like(h)
        for block in self.blocks:
            h, skip = block(h, e, u)  # (B, hidden, T) each
            skips = skips + skip
        return self.channels_out(self.skips(skips / len(self.blocks) ** 0.5))  # (B, C, T)


class DilatedBlock(nn.Module):
    """Dilated convolution, time and course added to it, gated tanh; residual and skip."""

    def __init__(self, hidden: int, embedded: int, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(hidden, 2 * hidden, 3, padding="same", dilation=dilation)
        self.time = nn.Conv1d(embedded, 2 * hidden, 1)
        self.told = nn.Conv1d(embedded, 2 * hidden, 1)
        self.out = nn.Conv1d(hidden, 2 * hidden, 1)
        for layer in (self.conv, self.out):  # keeps the scale of x_t through the gates
            nn.init.kaiming_normal_(layer.weight)

    def forward(self, h: Tensor, e: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        """Map h (B, hidden, T) to the same and a skip, given time e and course u."""
        y = self.conv(h) + self.time(e) + self.told(u)  # (B, 2 hidden, T)
        gate, value = y.chunk(2, dim=1)
        more, skip = self.out(gate.sigmoid() * value.tanh()).chunk(2, dim=1)
        return (h + more) / 2**0.5, skip
