"""Files of a trained generator: checkpoint.safetensors beside model.json."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.conditions.files import Conditions, Inputs, read_conditions
from videeg_pipe.config import section
from videeg_pipe.config.embed import ConditionOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.models.registry import GENERATORS
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import (
    atomic_path,
    missing,
    read_json,
    sha256_file,
    sha256_json,
    write_json,
)

CHECKPOINT, MODEL = "checkpoint.safetensors", "model.json"


def make_generator(
    name: str, layout: EegLayout, adjacency: torch.Tensor, config: dict[str, Any]
) -> EegGenerator:
    """Make an untrained generator.

    Args:
        name: Key of `GENERATORS`.
        layout: What it has to know of the data.
        adjacency: Normalised adjacency of the layout's graphs, (G, C, C).
        config: The train rule's part of the configuration.

    Raises:
        UserError: for an unknown name.
    """
    if name not in GENERATORS:
        raise UserError(
            "run.model",
            expected=f"one of {', '.join(GENERATORS)}",
            found=name,
            next_step="correct the option",
        )
    return GENERATORS[name].load().from_config(layout, adjacency, config)


def save_generator(
    folder: Path,
    name: str,
    generator: EegGenerator,
    config: dict[str, Any],
    facts: dict[str, Any],
) -> None:
    """Write weights and buffers, then model.json; each appears only when whole.

    Args:
        folder: `models/<name>/`.
        name: Key of `GENERATORS`.
        generator: With the weights to keep.
        config: What it was made and trained with.
        facts: What else model.json should say.
    """
    weights = {key: value.contiguous().cpu() for key, value in generator.state_dict().items()}
    with atomic_path(folder / CHECKPOINT) as temporary:
        save_file(weights, temporary)
    layout = asdict(generator.layout) | {"positions_m": generator.layout.positions_m.tolist()}
    model = {
        "name": name,
        "protocol": generator.protocol,
        "layout": layout,
        "config": config,
        "config_sha256": sha256_json(config),
        "checkpoint_sha256": sha256_file(folder / CHECKPOINT),
        "parameters": generator.n_parameters,
        **facts,
    }
    write_json(folder / MODEL, model)


@dataclass(frozen=True)
class LoadedGenerator:
    """A trained generator, ready to sample, and what its model.json says."""

    generator: EegGenerator
    model: dict[str, Any]
    device: torch.device

    @property
    def layout(self) -> EegLayout:
        """Channels, rate, length and subjects."""
        return self.generator.layout

    @property
    def protocol(self) -> str:
        """`generation` from noise and condition alone, or `reconstruction` with an EEG prior."""
        return str(self.model["protocol"])

    @cached_property
    def condition(self) -> ConditionOptions:
        """What the generator was trained to be told."""
        return section(ConditionOptions, self.model["config"]["condition"])

    def conditions(self, windows: pd.DataFrame, inputs: Inputs) -> Conditions:
        """Conditions of windows, as the generator was trained on them.

        Args:
            windows: n rows of the `cut` or `windows` table.
            inputs: With `videos` and `texts`; with `eeg` and `normalisation` too for a generator
                that takes the EEG prior.

        Raises:
            UserError: if the windows have another length than those of the training.
        """
        return read_conditions(windows, inputs, self.layout, self.condition, self.protocol)

    def sample_uv(
        self,
        windows: pd.DataFrame,
        condition: Condition,
        *,
        normalisation: ChannelScales,
        seeds: Sequence[int],
        settings: SampleOptions,
    ) -> NDArray[np.float32]:
        """Draw windows.

        Args:
            windows: B rows of a windows table: their subjects give the scale.
            condition: Their conditions.
            normalisation: Scales of the training split.
            seeds: One a window.
            settings: How to sample.

        Returns:
            (B, C, T), microvolts.
        """
        z = self.generator.sample(condition.to(self.device), seeds, settings).cpu().numpy()
        return (z * normalisation.scale(windows["subject"])).astype(np.float32)


def load_generator(folder: Path) -> LoadedGenerator:
    """Load what `save_generator` wrote, in evaluation mode, onto the GPU where there is one.

    Raises:
        UserError: if a file is missing, or the weights are not those that model.json speaks of.
    """
    model, path = read_json(folder / MODEL), folder / CHECKPOINT
    if not path.exists():
        raise missing(path)
    again = "delete the folder and run the train rule again"
    found = sha256_file(path)
    if found != model["checkpoint_sha256"]:
        raise UserError(
            str(path), expected=model["checkpoint_sha256"], found=found, next_step=again
        )
    stored = model["layout"]
    layout = EegLayout(
        **{key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()}
        | {"positions_m": np.array(stored["positions_m"])}
    )
    C = len(layout.channels)
    adjacency = torch.zeros(len(layout.graphs), C, C)  # the weights hold the real one
    generator = make_generator(model["name"], layout, adjacency, model["config"])
    try:
        generator.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise UserError(
            str(path), expected="weights of this generator", found=str(error), next_step=again
        ) from None
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return LoadedGenerator(generator.to(device).eval(), model, device)
