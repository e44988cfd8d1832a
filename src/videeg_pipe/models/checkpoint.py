"""Files of a trained generator: checkpoint.safetensors beside model.json."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pydantic import BaseModel
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.conditions.files import Conditions, Inputs, read_conditions
from videeg_pipe.config import section
from videeg_pipe.config.baselines import BaselinesOptions
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.spgn import SpgnOptions
from videeg_pipe.contracts.generator_folder import CHECKPOINT, MODEL
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.models.registry import GENERATORS, generator_spec
from videeg_pipe.runtime.device import chosen_device
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import (
    atomic_path,
    entries_of,
    missing,
    read_record,
    sha256_file,
    sha256_json,
    sha256_once,
    write_record,
)

_ARCHITECTURES: dict[str, type[BaseModel]] = {"baselines": BaselinesOptions, "spgn": SpgnOptions}
"""Sections of the options that describe an architecture."""


def make_generator(
    name: str, layout: EegLayout, adjacency: torch.Tensor, config: dict[str, Any]
) -> EegGenerator:
    """Make an untrained generator.

    Args:
        name: Key of `GENERATORS`.
        layout: Electrodes, rate, window length, subjects and graphs of the data.
        adjacency: Normalised adjacency of the layout's graphs, (G, C, C).
        config: The train rule's slice of the configuration.

    Raises:
        UserError: for an unknown name.
    """
    return generator_spec(name).load().from_config(layout, adjacency, config)


def save_checkpoint(
    folder: Path,
    name: str,
    generator: EegGenerator,
    config: dict[str, Any],
    facts: dict[str, Any],
) -> None:
    """Write weights and buffers, then model.json; each file appears only when complete.

    Args:
        folder: `models/<name>/`.
        name: Key of `GENERATORS`.
        generator: The trained generator.
        config: The configuration it was made and trained with.
        facts: Further entries of model.json.
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
    write_record(folder / MODEL, model)


@dataclass(frozen=True)
class LoadedGenerator:
    """A trained generator, ready to sample, and the content of its model.json."""

    generator: EegGenerator
    model: dict[str, Any]
    device: torch.device

    @property
    def layout(self) -> EegLayout:
        """Channels, rate, length and subjects."""
        return self.generator.layout

    @property
    def protocol(self) -> str:
        """`generation`: from noise and condition alone; `reconstruction`: with an EEG prior."""
        return str(self.model["protocol"])

    @cached_property
    def condition(self) -> ConditionOptions:
        """Options of the conditions that the generator was trained on."""
        return section(ConditionOptions, self.model["config"]["condition"])

    def conditions(self, windows: pd.DataFrame, inputs: Inputs) -> Conditions:
        """Return the conditions of windows, as in training.

        Args:
            windows: n rows of the `cut` or `windows` table.
            inputs: `videos` and `texts`; for a generator with EEG prior also `eeg` and
                `normalisation`.

        Raises:
            UserError: if the window length differs from training.
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
            windows: B rows of a windows table, whose subjects give the scale.
            condition: Their conditions.
            normalisation: Scales of the training split.
            seeds: One per window.
            settings: Sampler, steps, guidance and precision.

        Returns:
            (B, C, T), microvolts.
        """
        z = self.generator.sample(condition.to(self.device), seeds, settings).cpu().numpy()
        return (z * normalisation.scale(windows["subject"])).astype(np.float32)


def load_checkpoint(folder: Path, *, next_step: str | None = None) -> LoadedGenerator:
    """Load a generator in evaluation mode, onto the GPU if there is one.

    Args:
        folder: `models/<name>/`, written by `save_checkpoint`.
        next_step: Advice for a damaged folder; by default, to train again.

    Raises:
        UserError: if a file is missing, an earlier version trained the generator, or the weights do
            not match model.json.
    """
    retrain = next_step or make_again(str(folder / MODEL))
    model, path = read_record(folder / MODEL, next_step=retrain), folder / CHECKPOINT
    if not path.is_file():
        raise missing(path, next_step)
    with entries_of(folder / MODEL, next_step=retrain):
        recorded, lacking = str(model["checkpoint_sha256"]), _lacking(model)
    sha256 = sha256_once(path)
    if sha256 != recorded:
        raise UserError(str(path), expected=recorded, found=sha256, next_step=retrain)
    if lacking:
        raise UserError(
            str(folder / MODEL),
            expected="the options of this version",
            found=f"no {', '.join(lacking)}: an earlier version trained this generator",
            next_step=retrain,
        )
    with entries_of(folder / MODEL, next_step=retrain):
        layout = _layout(model["layout"])
        C = len(layout.channels)
        adjacency = torch.zeros(len(layout.graphs), C, C)  # replaced by the stored weights
        generator = make_generator(model["name"], layout, adjacency, model["config"])
    try:
        generator.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        problem = str(error).splitlines()[:2][-1].strip()  # PyTorch lists all tensors
        raise UserError(
            str(path), expected="weights of this generator", found=problem, next_step=retrain
        ) from None
    device = chosen_device()
    return LoadedGenerator(generator.to(device).eval(), model, device)


def _layout(stored: dict[str, Any]) -> EegLayout:
    entries: dict[str, Any] = {
        key: tuple(one) if isinstance(one, list) else one for key, one in stored.items()
    }
    entries["positions_m"] = np.array(stored["positions_m"], np.float64)
    return EegLayout(**entries)


def _lacking(model: dict[str, Any]) -> list[str]:
    """List the options of the architecture that the record of a generator lacks."""
    if model["name"] not in GENERATORS:
        raise ValueError(f"name {model['name']!r}")
    return [
        option
        for name in generator_spec(model["name"]).options
        for option in _missing(_ARCHITECTURES[name], model["config"].get(name, {}), name)
    ]


def _missing(options: type[BaseModel], given: dict[str, Any], place: str) -> Iterator[str]:
    for name, field in options.model_fields.items():
        if name not in given:
            yield f"{place}.{name}"
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _missing(field.annotation, given[name], f"{place}.{name}")
