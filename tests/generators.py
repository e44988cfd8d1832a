"""Small generators on the results folder of `builders`, for tests of models, train and sample."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.builders import build_results
from videeg_pipe.conditions.condition import Condition
from videeg_pipe.conditions.files import Inputs
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.spgn import SpgnOptions
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.contracts.graphs import adjacency, from_dense, read_weights, write_graphs
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.models.checkpoint import make_generator

CHANNELS = ("FZ", "CZ", "P3", "PZ", "P4", "POZ", "O1", "OZ", "O2", "CB1", "CB2", "C3")
T, F, K = 200, 4, 4


def tiny_config(*, spgn: dict[str, Any] | None = None, **train: Any) -> dict[str, Any]:
    """Return the train rule's slice of the configuration, for a tiny network."""
    small = {"hidden": 32, "layers": 1, "heads": 2, "node_width": 8, "fused": 32, "dropout": 0.0}
    small["evoked"] = {"drives": 8, "width": 16, "lags": 12, "dropout": 0.0}
    fast = {"batch_size": 16, "epochs": 1, "threads": 1, "checkpoint_every": 1}
    fast |= {"evoked_epochs": 1, "min_steps": 1, "evoked_min_steps": 1}
    fast["losses"] = {"frequency": 0.05, "spatial": 0.05, "temporal": 0.05}
    return {
        "run": {"seed": 42},
        "condition": ConditionOptions().model_dump(mode="json"),
        "spgn": SpgnOptions(**(small | (spgn or {}))).model_dump(mode="json"),
        "baselines": {"width": 0.1, "depth": 0.3},
        "train": TrainOptions(**(fast | train)).model_dump(mode="json"),
    }


def write_test_graphs(path: Path, channels: tuple[str, ...]) -> None:
    """Write two electrode graphs by distance, and a chain as the signal graph."""
    positions = electrode_positions(channels)
    distance = np.linalg.norm(positions[:, None] - positions, axis=-1)
    off = 1 - np.eye(len(channels))
    chain = np.eye(len(channels), k=1) + np.eye(len(channels), k=-1)
    weights = {
        "electrode/0.5": np.exp(-((distance / 0.05) ** 2)) * off,
        "electrode/1.0": np.exp(-((distance / 0.1) ** 2)) * off,
        "signal/alpha": chain,
    }
    write_graphs(path, {name: from_dense(weight, channels) for name, weight in weights.items()})


def results_inputs(root: Path, **options: Any) -> Inputs:
    """Build a results folder with graphs; return its files under the rules' names."""
    options.setdefault("channels", CHANNELS)
    build_results(root, **options)
    write_test_graphs(root / "graphs.safetensors", options["channels"])
    return inputs_of(root)


def inputs_of(root: Path) -> Inputs:
    """Return the files of a results folder under the rules' names."""
    return Inputs(
        {
            "cut": root / "windows" / "cut.parquet",
            "windows": root / "windows.parquet",
            "normalisation": root / "normalisation.json",
            "videos": root / "video" / "videos.json",
            "texts": root / "text" / "texts.json",
            "graphs": root / "graphs.safetensors",
            "index": root / "eeg" / "index.json",
            "checkpoint": root / "models" / "spgn" / "checkpoint.safetensors",
            "model": root / "models" / "spgn" / "model.json",
        }
    )


def layout_of(
    graphs: tuple[str, ...] = (), *, channels: tuple[str, ...] = CHANNELS, n_samples: int = T
) -> EegLayout:
    """Return a layout of two people at 200 Hz."""
    positions = electrode_positions(channels)
    return EegLayout(channels, positions, 200.0, n_samples, ("sub1", "sub2"), graphs)


def tiny_generator(
    folder: Path,
    name: str = "spgn",
    *,
    seed: int = 0,
    n_samples: int = T,
    channels: tuple[str, ...] = CHANNELS,
    **options: Any,
) -> Any:
    """Return an untrained generator with random weights, none of them zero."""
    write_test_graphs(folder / "graphs.safetensors", channels)
    graph_weights = read_weights(folder / "graphs.safetensors")
    layout = layout_of(tuple(graph_weights), channels=channels, n_samples=n_samples)
    torch.manual_seed(seed)
    generator = make_generator(name, layout, adjacency(graph_weights), tiny_config(**options))
    torch.manual_seed(seed)  # equal parts get equal noise, whatever the switches drew
    with torch.no_grad():
        for weight in generator.parameters():
            weight += 0.1 * torch.randn_like(weight)
        for part in generator.modules():
            if isinstance(part, torch.nn.Embedding):
                part.weight[part.padding_idx] = 0  # unknown people
    return generator


def random_condition(n: int, *, seed: int = 1, prior: int = 0, n_samples: int = T) -> Condition:
    """Return a random condition of n windows."""
    n_track = round((1 + n_samples / 200) * 24)  # with a second of history
    rng = torch.Generator().manual_seed(seed)
    return Condition(
        torch.randn(n, F, 768, generator=rng),
        torch.randn(n, 77, 768, generator=rng),
        torch.randn(n, K, n_track, generator=rng),
        torch.arange(n) % 2,
        torch.randn(n, len(CHANNELS), prior, generator=rng) if prior else None,
    )
