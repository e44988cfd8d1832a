"""EFDM: diffusion of single channels by state-space layers.

Puah et al. 2025, EEGDM. A WaveNet-like stack whose convolutions are diagonal state-space layers
(S4D: Gu et al. 2022, arXiv 2206.11893), run in both directions. A channel is conditioned on its
index and independent of its neighbours: correlation between electrodes beyond the condition is
lost.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.models.baselines.baseline import Baseline, scaled
from videeg_pipe.models.baselines.condition import WIDTH, Course
from videeg_pipe.models.parts.diffusion import Diffusion, spread_steps
from videeg_pipe.models.parts.time import TimeEmbedder

_TRAINED_CHANNELS = 8  # per window and step; each is an example of its own


class Efdm(Baseline):
    """State-space stack, conditioned on the course; predicts v; ancestral sampling, 50 steps."""

    encoded_as = Course
    diffusion = Diffusion(50, "v_prediction")
    sampler = "ddpm"
    steps = 50

    def make_network(self, size: BaselinesOptions) -> nn.Module:
        """Make the stack of 20 blocks of width and state 128."""
        C, T = len(self.layout.channels), self.layout.n_samples
        n, n_blocks = scaled(128, size.width), scaled(20, size.depth)
        return StateSpaceStack(C, T, hidden=n, state=n, n_blocks=n_blocks)

    def diffusion_loss(self, x0: Tensor, encoded: Tensor, rng: torch.Generator) -> Tensor:
        """Return the loss of `Baseline` for a few channels per window."""
        B, C, T = x0.shape
        channel = torch.rand(B, C, generator=rng).argsort(1)[:, :_TRAINED_CHANNELS].to(x0.device)
        x0 = x0.gather(1, channel[..., None].expand(-1, -1, T))  # (B, few, T)
        t = spread_steps(B, self.diffusion.steps, rng).to(x0.device)  # (B,)
        noise = torch.randn(x0.shape, generator=rng).to(x0)
        output = self.network(self.diffusion.add_noise(x0, noise, t), t, encoded, channel).float()
        return self.diffusion.loss(output, x0, noise, t)


class StateSpaceStack(nn.Module):
    """Gated residual blocks over time, the same for every channel, with a sum of skips."""

    def __init__(
        self, n_channels: int, n_samples: int, *, hidden: int, state: int, n_blocks: int
    ) -> None:
        """Make the network for C channels of T samples."""
        super().__init__()
        self.wave_in = nn.Linear(1, hidden)
        self.channel = nn.Embedding(n_channels, hidden)
        self.time, self.told = TimeEmbedder(hidden), nn.Linear(WIDTH, hidden)
        self.blocks = nn.ModuleList(
            StateSpaceBlock(hidden, state, n_samples) for _ in range(n_blocks)
        )
        last = nn.Linear(hidden, 1)
        self.head = nn.Sequential(nn.Linear(hidden, hidden), nn.SiLU(), last)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(
        self, x_t: Tensor, t: Tensor, encoded: Tensor, channel: Tensor | None = None
    ) -> Tensor:
        """Predict v, (B, C, T), for x_t (B, C, T) at t (B,), given a course (B, WIDTH, T).

        `channel` holds the channels' indices, (B, C); by default all channels in order.
        """
        B, C, T = x_t.shape
        if channel is None:
            channel = torch.arange(C, device=x_t.device).expand(B, C)
        common = self.time(t)[:, None] + self.told(encoded.mT)  # (B, T, hidden)
        e = functional.silu(common[:, None] + self.channel(channel)[:, :, None])
        e = e.flatten(0, 1)  # (B * C, T, hidden)
        h = self.wave_in(x_t.reshape(B * C, T, 1))  # (B * C, T, hidden)
        skips = torch.zeros_like(h)
        for block in self.blocks:
            h, skip = block(h, e)  # (B * C, T, hidden) each
            skips = skips + skip
        return self.head(skips / len(self.blocks) ** 0.5).view(B, C, T)


class StateSpaceBlock(nn.Module):
    """LayerNorm, condition, state space and gate; then residual and skip."""

    def __init__(self, hidden: int, state: int, n_samples: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.embed = nn.Linear(hidden, hidden)
        self.widen = nn.Linear(hidden, 2 * hidden)
        self.s4d = S4D(2 * hidden, state, n_samples)
        self.out = nn.Linear(hidden, 2 * hidden)
        nn.init.zeros_(self.embed.weight)
        nn.init.zeros_(self.embed.bias)

    def forward(self, h: Tensor, e: Tensor) -> tuple[Tensor, Tensor]:
        """Map h (n, T, hidden) to the same and a skip, given e (n, T, hidden)."""
        y = self.widen(self.norm(h) + self.embed(e))  # (n, T, 2 hidden)
        gate, value = self.s4d(y).chunk(2, dim=-1)  # (n, T, hidden)
        more, skip = self.out(gate.sigmoid() * value.tanh()).chunk(2, dim=-1)
        return (h + more) / 2**0.5, skip


class S4D(nn.Module):
    """Diagonal state space x' = A x + u, y = Re(C x) + D u, as a convolution in both directions.

    A starts at -1/2 + i pi n (S4D-Lin) and time is held constant between samples (zero-order hold).
    """

    def __init__(self, features: int, state: int, n_samples: int) -> None:
        """Make the layer for (n, T, features)."""
        super().__init__()
        low, high = math.log(1e-3), math.log(1e-1)
        self.log_dt = nn.Parameter(low + (high - low) * torch.rand(features))
        self.log_decay = nn.Parameter(torch.full((features, state), math.log(0.5)))
        self.frequency = nn.Parameter((math.pi * torch.arange(state)).repeat(features, 1))
        self.C = nn.Parameter(torch.randn(2, features, state, 2) / state**0.5)  # ahead and back
        self.D = nn.Parameter(torch.ones(features))
        self.n_samples = n_samples

    def kernel(self) -> Tensor:
        """Return the impulse responses in both directions, (2, features, T)."""
        A = torch.complex(-self.log_decay.exp(), self.frequency)  # (features, state)
        dt_A = A * self.log_dt.exp()[:, None]
        C = torch.view_as_complex(self.C.float()) * (dt_A.exp() - 1) / A  # (2, features, state)
        lag = torch.arange(self.n_samples, device=A.device)
        powers = torch.exp(dt_A[..., None] * lag)  # (features, state, T)
        return 2 * torch.einsum("dfn,fnt->dft", C, powers).real

    def forward(self, u: Tensor) -> Tensor:
        """Filter (n, T, features) over T."""
        length = 2 * self.n_samples
        ahead, back = torch.fft.rfft(self.kernel(), length)  # (features, T + 1) each
        spectrum = torch.fft.rfft(u.mT.float(), length) * (ahead + back.conj())
        y = torch.fft.irfft(spectrum, length)[..., : self.n_samples]  # (n, features, T)
        return y.mT + self.D * u
