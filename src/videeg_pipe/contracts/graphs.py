"""Graphs over the electrodes as torch-geometric `Data`, on disk and as dense matrices.

torch-geometric takes three seconds to import: only functions that return `Data` import it.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import atomic_path, damaged, missing, sha256_array, sha256_json

if TYPE_CHECKING:
    from torch_geometric.data import Data


def from_dense(weights: NDArray[np.float64], channels: tuple[str, ...] = ()) -> "Data":
    """Make a graph from a symmetric (N, N) matrix with one edge per non-zero weight."""
    from torch_geometric.data import Data
    from torch_geometric.utils import dense_to_sparse

    edge_index, edge_weight = dense_to_sparse(torch.as_tensor(weights, dtype=torch.float32))
    return Data(
        edge_index=edge_index,  # (2, E)
        edge_weight=edge_weight,  # (E,)
        num_nodes=len(weights),
        channels=list(channels),
    )


def write_graphs(path: Path, graphs: Mapping[str, "Data"]) -> None:
    """Write graphs over the same nodes as safetensors, with a checksum in the metadata.

    Args:
        path: The file to write.
        graphs: Name, such as `electrode/0.5` or `signal/alpha`, to graph. Names of the
            nodes come from the attribute `channels`, if there is one.
    """
    tensors = {}
    for name, graph in graphs.items():
        tensors[f"{name}:edge_index"] = graph.edge_index.contiguous()
        tensors[f"{name}:edge_weight"] = graph.edge_weight.contiguous()
    described = [
        {
            "name": name,
            "num_nodes": graph.num_nodes,
            "channels": graph.to_dict().get("channels", []),
        }
        for name, graph in graphs.items()
    ]
    # a single entry: safetensors writes several in any order, so that files would differ
    entry = {"graphs": described, "sha256": _sha256(tensors, described)}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, {"description": json.dumps(entry)})


def read_graphs(path: Path) -> "dict[str, Data]":
    """Read what `write_graphs` wrote, in the same order.

    Raises:
        UserError: if the file is missing, damaged, or holds no graphs.
    """
    from torch_geometric.data import Data

    return {name: Data(**graph._asdict()) for name, graph in _read(path).items()}


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return each graph of `write_graphs` as an (N, N) matrix of weights; 0 where there is no edge.

    Raises:
        UserError: if the file is missing, damaged, or holds no graphs.
    """
    matrices = {}
    for name, graph in _read(path).items():
        matrices[name] = torch.zeros(graph.num_nodes, graph.num_nodes)
        matrices[name][tuple(graph.edge_index)] = graph.edge_weight
    return matrices


class _Graph(NamedTuple):
    """A graph as it lies in the file."""

    edge_index: Tensor  # (2, E)
    edge_weight: Tensor  # (E,)
    num_nodes: int  # N
    channels: list[str]  # N names, or none


def _read(path: Path) -> dict[str, _Graph]:
    try:
        with safe_open(path, framework="pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            description = json.loads(stored.metadata()["description"])
        if description["sha256"] != _sha256(tensors, description["graphs"]):
            raise damaged(path)
        return {
            entry["name"]: _Graph(
                edge_index=tensors[f"{entry['name']}:edge_index"],
                edge_weight=tensors[f"{entry['name']}:edge_weight"],
                num_nodes=entry["num_nodes"],
                channels=entry["channels"],
            )
            for entry in description["graphs"]
        }
    except FileNotFoundError:
        raise missing(path) from None
    except (SafetensorError, LookupError, TypeError, ValueError, OSError, RecursionError) as error:
        raise UserError(
            str(path),
            expected="graphs in safetensors",
            found=f"{type(error).__name__}: {error}",
            next_step=make_again(str(path)),
        ) from None


def _sha256(tensors: Mapping[str, Tensor], described: list[dict[str, Any]]) -> str:
    """Return the SHA-256 of names, values and description of the graphs."""
    values = {name: sha256_array(tensor.numpy()) for name, tensor in tensors.items()}
    return sha256_json([values, described])


def adjacency(weights: Mapping[str, Tensor]) -> Tensor:
    """Return adjacency matrices for graph convolution, D^-1/2 (A + I) D^-1/2 (the paper's Eq. 4).

    The self-loops are those of Kipf & Welling (2017); D is the degree with them.

    Args:
        weights: A of G graphs over the same N nodes, (N, N); see `read_weights`.

    Returns:
        (G, N, N) float32, in the order of `weights`.
    """
    A = torch.stack(list(weights.values())).float()  # (G, N, N)
    A = A + torch.eye(A.shape[-1])
    scale = A.sum(dim=-1).rsqrt()  # (G, N)
    return scale[:, :, None] * A * scale[:, None, :]
