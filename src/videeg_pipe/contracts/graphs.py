"""Graphs over the electrodes: on disk, as torch-geometric `Data`, and as dense matrices."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import atomic_path, damaged, missing, sha256_array, sha256_json

if TYPE_CHECKING:
    from torch_geometric.data import Data


@dataclass(frozen=True)
class Graph:
    """A weighted graph over electrodes; each edge is listed in both directions."""

    edge_index: Tensor  # (2, E)
    edge_weight: Tensor  # (E,)
    num_nodes: int  # N
    channels: tuple[str, ...] = ()  # names of the nodes

    def to_data(self) -> "Data":
        """Convert to torch-geometric's `Data`."""
        from torch_geometric.data import Data  # takes seconds, and no stage needs it

        return Data(
            edge_index=self.edge_index,
            edge_weight=self.edge_weight,
            num_nodes=self.num_nodes,
            channels=list(self.channels),
        )


def from_dense(weights: NDArray[np.float64], channels: tuple[str, ...] = ()) -> Graph:
    """Make a graph from a symmetric (N, N) matrix with one edge per non-zero weight."""
    dense = torch.as_tensor(weights, dtype=torch.float32)
    row, column = dense.nonzero(as_tuple=True)
    return Graph(torch.stack([row, column]), dense[row, column], len(dense), tuple(channels))


def write_graphs(path: Path, graphs: Mapping[str, Graph]) -> None:
    """Write graphs over the same nodes as safetensors, with a checksum in the metadata.

    Args:
        path: The file to write.
        graphs: Name, such as `electrode/0.5` or `signal/alpha`, to graph.
    """
    tensors = {}
    for name, graph in graphs.items():
        tensors[f"{name}:edge_index"] = graph.edge_index.contiguous()
        tensors[f"{name}:edge_weight"] = graph.edge_weight.contiguous()
    described = [
        {
            "name": name,
            "num_nodes": graph.num_nodes,
            "channels": list(graph.channels),
        }
        for name, graph in graphs.items()
    ]
    # a single entry: safetensors writes several in any order, so that files would differ
    entry = {"graphs": described, "sha256": _sha256(tensors, described)}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, {"description": json.dumps(entry)})


def read_graphs(path: Path) -> dict[str, Graph]:
    """Read what `write_graphs` wrote, in the same order.

    Raises:
        UserError: if the file is missing, damaged, or holds no graphs.
    """
    try:
        with safe_open(path, framework="pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            description = json.loads(stored.metadata()["description"])
        if description["sha256"] != _sha256(tensors, description["graphs"]):
            raise damaged(path)
        return {
            entry["name"]: Graph(
                tensors[f"{entry['name']}:edge_index"],
                tensors[f"{entry['name']}:edge_weight"],
                entry["num_nodes"],
                tuple(entry["channels"]),
            )
            for entry in description["graphs"]
        }
    except FileNotFoundError:
        raise missing(path) from None
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise UserError(
            str(path),
            expected="graphs in safetensors",
            found=f"{type(error).__name__}: {error}",
            next_step="delete it and run again",
        ) from None


def _sha256(tensors: Mapping[str, Tensor], described: list[dict[str, Any]]) -> str:
    """Return the SHA-256 of names, values and description of the graphs."""
    values = {name: sha256_array(tensor.numpy()) for name, tensor in tensors.items()}
    return sha256_json([values, described])


def adjacency(graphs: Mapping[str, Graph]) -> Tensor:
    """Return adjacency matrices for graph convolution, D^-1/2 (A + I) D^-1/2 (the paper's Eq. 4).

    The self-loops are those of Kipf & Welling (2017); D is the degree with them.

    Args:
        graphs: G graphs over the same N nodes.

    Returns:
        (G, N, N) float32, in the order of `graphs`.
    """
    A = torch.stack([_dense(graph) for graph in graphs.values()])  # (G, N, N)
    A = A + torch.eye(A.shape[-1])
    scale = A.sum(dim=-1).rsqrt()  # (G, N)
    return scale[:, :, None] * A * scale[:, None, :]


def _dense(graph: Graph) -> Tensor:
    """Return the weights as a matrix, (N, N)."""
    weights = torch.zeros(graph.num_nodes, graph.num_nodes)
    weights[graph.edge_index[0], graph.edge_index[1]] = graph.edge_weight
    return weights
