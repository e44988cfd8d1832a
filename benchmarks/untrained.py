"""Untrained generators with random conditions: cost does not depend on weights.

Whitening is the identity. Outputs that are initialised to zero are computed nevertheless.
"""

from collections.abc import Callable
from pathlib import Path

import mne
import numpy as np
import torch
import yaml

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config import Config, load
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.stores import TRACK_CHANNELS
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.models.checkpoint import make_generator

_CONFIG = Path(__file__).parents[1] / "config"
_SUBJECTS = 4  # people in the training of the default run
_CLIP, _TOKENS = 768, 77


def overlay(name: str) -> Config:
    """Return the default configuration with one file of `config/` merged over it."""
    return load(yaml.safe_load((_CONFIG / name).read_text(encoding="utf-8")))


def make_layout(n_channels: int, n_samples: int, config: Config) -> EegLayout:
    """Return a layout with electrodes of the 10-5 system, spread from left to right.

    Args:
        n_channels: C, at most 335.
        n_samples: T.
        config: Configuration with sampling rate and graphs.
    """
    montage = mne.channels.make_standard_montage("colin27_1005")
    places = np.unique(
        list(montage.get_positions()["ch_pos"].values()), axis=0
    )  # sorted by x, without aliases
    chosen = np.linspace(0, len(places) - 1, n_channels).round().astype(int)
    return EegLayout(
        channels=tuple(f"E{i + 1}" for i in range(n_channels)),
        positions_m=places[chosen],
        sfreq=config.preprocess.sfreq,
        n_samples=n_samples,
        subjects=tuple(f"sub{i + 1}" for i in range(_SUBJECTS)),
        graphs=(
            *(f"electrode/{scale:g}" for scale in config.graphs.scales),
            *(f"signal/{band}" for band in BANDS),
        ),
    )


def make_untrained(config: Config, layout: EegLayout) -> EegGenerator:
    """Return the generator that the configuration names, in evaluation mode on the CPU."""
    C = len(layout.channels)
    adjacency = torch.full((len(layout.graphs), C, C), 1 / C)
    torch.manual_seed(0)
    return make_generator(
        config.run.model, layout, adjacency, config.model_dump(mode="json")
    ).eval()


def random_condition(n: int, layout: EegLayout, config: ConditionOptions) -> Condition:
    """Return random conditions of n windows; each person has one sentence."""
    rng, of_people = (torch.Generator().manual_seed(seed) for seed in (0, 1))
    subject = torch.arange(n) % len(layout.subjects)
    sentences = torch.randn(len(layout.subjects), _TOKENS, _CLIP, generator=of_people)
    window_s = layout.n_samples / layout.sfreq
    n_track = round((config.track_history_s + window_s) * config.track_rate)
    return Condition(
        clip=torch.randn(n, config.n_frames, _CLIP, generator=rng),
        text=sentences[subject],
        track=torch.randn(n, len(TRACK_CHANNELS), n_track, generator=rng),
        subject=subject,
    )


def sampling_call(
    generator: EegGenerator,
    config: Config,
    n: int,
    device: torch.device,
    *,
    steps: int | None = None,
) -> Callable[[], torch.Tensor]:
    """Return a call that draws n windows with the configured sampler, or with `steps` steps."""
    generator.to(device)
    condition = random_condition(n, generator.layout, config.condition).to(device)
    settings = config.sample
    if steps is not None:
        settings = settings.model_copy(update={"steps": steps, "baseline_nfe": steps})
    return lambda: generator.sample(condition, range(n), settings)
