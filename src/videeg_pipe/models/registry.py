"""The generators by name, and their files: checkpoint.safetensors beside model.json."""

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

from videeg_pipe.config import section
from videeg_pipe.config.embed import Condition as ConditionConfig
from videeg_pipe.config.sample import Sample
from videeg_pipe.contracts.errors import UserError
from videeg_pipe.contracts.files import (
    atomic_path,
    missing,
    read_json,
    sha256_file,
    sha256_json,
    write_json,
)
from videeg_pipe.contracts.stores import Normalisation
from videeg_pipe.models.base import Generator
from videeg_pipe.models.baselines.ced import Ced
from videeg_pipe.models.baselines.ecd import Ecd
from videeg_pipe.models.baselines.eegcid import EegCid
from videeg_pipe.models.baselines.efdm import Efdm
from videeg_pipe.models.baselines.jet import Jet
from videeg_pipe.models.baselines.ntd import Ntd
from videeg_pipe.models.baselines.sse import Sse
from videeg_pipe.models.floors.gaussian import Gaussian
from videeg_pipe.models.floors.mean_response import MeanResponse
from videeg_pipe.models.floors.phase_randomised import PhaseRandomised
from videeg_pipe.models.floors.ridge import Ridge
from videeg_pipe.models.generator import Spgn, SpgnPaper
from videeg_pipe.models.inputs import Condition, Conditions, Inputs, PrecedingEeg
from videeg_pipe.models.layout import Layout

GENERATORS: dict[str, type[Generator]] = {
    "spgn": Spgn,
    "spgn-paper": SpgnPaper,
    "sse": Sse,
    "efdm": Efdm,
    "ecd": Ecd,
    "ced": Ced,
    "ntd": Ntd,
    "eegcid": EegCid,
    "jet": Jet,
    "mean-response": MeanResponse,
    "ridge": Ridge,
    "gaussian": Gaussian,
    "phase-randomised": PhaseRandomised,
}
"""Registry name to class."""

CHECKPOINT, MODEL = "checkpoint.safetensors", "model.json"


def make_generator(
    name: str, layout: Layout, adjacency: torch.Tensor, config: dict[str, Any]
) -> Generator:
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
    return GENERATORS[name].from_config(layout, adjacency, config)


def save_generator(
    folder: Path,
    name: str,
    generator: Generator,
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

    generator: Generator
    model: dict[str, Any]
    device: torch.device

    @property
    def layout(self) -> Layout:
        """Channels, rate, length and subjects."""
        return self.generator.layout

    @property
    def protocol(self) -> str:
        """`generation` from noise and condition alone, or `reconstruction` with an EEG prior."""
        return str(self.model["protocol"])

    @cached_property
    def condition(self) -> ConditionConfig:
        """What the generator was trained to be told."""
        return section(ConditionConfig, self.model["config"]["condition"])

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
        normalisation: Normalisation,
        seeds: Sequence[int],
        settings: Sample,
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


def read_conditions(
    windows: pd.DataFrame,
    inputs: Inputs,
    layout: Layout,
    config: ConditionConfig,
    protocol: str,
) -> Conditions:
    """Conditions of windows for a generator with this layout; see `LoadedGenerator.conditions`."""
    lengths = set(windows["n_samples"]) - {layout.n_samples}
    if lengths:
        raise UserError(
            "windows",
            expected=f"{layout.n_samples} samples, as the generator has",
            found=f"{min(lengths)} samples",
            next_step="train again with these windows",
        )
    prior = None
    if protocol == "reconstruction":
        prior = PrecedingEeg(
            windows,
            store=inputs.eeg(),
            normalisation=inputs.normalisation(),
            n_samples=round(config.context_s * layout.sfreq),
        )
    return Conditions(
        windows,
        videos=inputs.path("videos"),
        texts=inputs.path("texts"),
        sfreq=layout.sfreq,
        subjects=list(layout.subjects),
        config=config,
        prior=prior,
    )


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
    layout = Layout(
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
