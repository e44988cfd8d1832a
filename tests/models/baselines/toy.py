"""Small baselines, and windows with a planted response to the video."""

from dataclasses import replace

import torch
from torch import Tensor

from tests.generators import CHANNELS, layout_of, random_condition, tiny_config
from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.models.baselines.baseline import Baseline
from videeg_pipe.models.checkpoint import make_generator
from videeg_pipe.models.parts.losses import total_loss
from videeg_pipe.models.registry import generator_names

BASELINES = generator_names("baseline")
N_CHANNELS, SHORT = 4, 64
QUICK = SampleOptions(baseline_nfe=4)


def baseline(name: str, *, n_samples: int = SHORT) -> Baseline:
    """An untrained small baseline for four channels, whose last layers are not zero."""
    torch.manual_seed(0)
    layout = layout_of(channels=CHANNELS[:N_CHANNELS], n_samples=n_samples)
    made = make_generator(name, layout, torch.zeros(0), tiny_config())
    with torch.no_grad():
        for weight in made.parameters():
            weight += 0.02 * torch.randn_like(weight)
    return made.eval()


def native(name: str) -> Baseline:
    """An untrained baseline of its paper's size on 62 electrodes and 200 samples."""
    config = tiny_config() | {"baselines": {"width": 1.0, "depth": 1.0}}
    return make_generator(name, layout_of(channels=SEED_DV_CHANNELS), torch.zeros(0), config)


def n_parameters(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def short_condition(n: int) -> Condition:
    """A condition of random numbers for n short windows, with a short sentence."""
    condition = random_condition(n, n_samples=SHORT)
    return replace(condition, text=condition.text[:, :2])


def planted(n: int, *, seed: int = 0) -> tuple[Tensor, Condition]:
    """Short windows in which each channel follows a row of the track, 50 ms late.

    The response to a flickering picture cannot be inferred from a noisy window.
    """
    rng = torch.Generator().manual_seed(seed)
    one = short_condition(1)
    track = torch.randn(n, *one.track.shape[1:], generator=rng)
    clip, text = one.clip.expand(n, -1, -1), one.text.expand(n, -1, -1)
    condition = Condition(clip, text, track, torch.arange(n) % 2)
    shown = ((torch.arange(SHORT) / 200 + 1 - 0.05) * 24).long()  # frame on screen 50 ms before
    clean = 0.1 * track[..., shown]  # (n, 4, SHORT)
    return clean + 0.02 * torch.randn(clean.shape, generator=rng), condition


STEPS = {"efdm": 25, "sse": 120, "eegcid": 160, "ecd": 200}
"""Steps until the video lowers the loss; default 80. EFDM's steps are the slowest."""


def learn(name: str, x: Tensor, condition: Condition) -> tuple[Baseline, list[float]]:
    """A small baseline after a few steps on some windows, and its diffusion loss at each."""
    torch.manual_seed(0)
    config = tiny_config(condition_dropout=0.05) | {"baselines": {"width": 0.15, "depth": 0.4}}
    layout = layout_of(channels=CHANNELS[:N_CHANNELS], n_samples=SHORT)
    made: Baseline = make_generator(name, layout, torch.zeros(0), config)
    made.fit(x, condition.subject, condition.clip, condition.track)
    rng, first = torch.Generator().manual_seed(0), made.first_phase
    n_steps = STEPS.get(name, 80)
    if first is not None:
        compute = getattr(made, first.losses)
        descend(made, first.parameters, lambda: compute(x, condition, rng), n_steps)
    made.fit_residual([(x, condition)])
    found = descend(made, made.parameters(), lambda: made.losses(x, condition, rng), n_steps)
    return made.eval(), found


def descend(made, parameters, compute, n_steps) -> list[float]:
    """Take steps down a generator's losses; returns their sum at each."""
    optimizer = torch.optim.Adam(list(parameters), lr=2e-3)
    made.train()
    found = []
    for _ in range(n_steps):
        loss = total_loss(compute(), made.train_config.losses)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(made.parameters(), 1.0)
        optimizer.step()
        found.append(loss.item())
    return found
