"""Graphs are read as written, and become the matrices of the paper's Eq. 4."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from videeg_pipe.contracts.graphs import (
    adjacency,
    from_dense,
    read_graphs,
    read_weights,
    write_graphs,
)
from videeg_pipe.runtime.errors import UserError


def random_weights(n, seed=0):
    weights = np.random.default_rng(seed).uniform(0, 1, (n, n))
    weights = np.triu(weights, 1) * (weights > 0.5)
    return weights + weights.T


def test_round_trip(tmp_path):
    channels = ("Cz", "Öz", "P'3", "P4", "O1")
    weights = {"signal/alpha": random_weights(5), "electrode/0.5": np.zeros((5, 5))}  # no edge
    graphs = {name: from_dense(matrix, channels) for name, matrix in weights.items()}
    path = tmp_path / "a b 'ü'" / "graphs.safetensors"
    write_graphs(path, graphs)
    read = read_graphs(path)
    assert list(read) == list(graphs)
    for name, graph in graphs.items():
        assert torch.equal(read[name].edge_index, graph.edge_index)
        assert torch.equal(read[name].edge_weight, graph.edge_weight)
        assert read[name].num_nodes == 5
        assert tuple(read[name].channels) == channels
        assert read[name].is_undirected()
        assert not read[name].has_self_loops()
    dense = read_weights(path)
    assert list(dense) == list(weights)
    for name, matrix in weights.items():
        assert torch.equal(dense[name], torch.as_tensor(matrix, dtype=torch.float32))


def test_equal_graphs_give_equal_files(tmp_path):
    graphs = {"signal/alpha": from_dense(random_weights(5))}
    files = [tmp_path / f"{number}.safetensors" for number in range(8)]
    for file in files:
        write_graphs(file, graphs)
    assert len({file.read_bytes() for file in files}) == 1


def test_a_known_matrix():
    # two nodes with an edge of 3 and a lone one: degrees with self-loops are 4, 4 and 1
    weights = np.array([[0, 3, 0], [3, 0, 0], [0, 0, 0]], dtype=float)
    expected = [[0.25, 0.75, 0], [0.75, 0.25, 0], [0, 0, 1]]
    matrices = adjacency({"a": torch.tensor(weights), "b": torch.zeros(3, 3)})
    assert matrices.dtype == torch.float32
    np.testing.assert_allclose(matrices, [expected, np.eye(3)], atol=1e-6)


@given(st.integers(2, 20), st.integers(0, 100))
def test_matrices_are_symmetric_and_do_not_amplify(n, seed):
    weights = random_weights(n, seed)
    (matrix,) = adjacency({"a": torch.tensor(weights)})
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-7)
    assert np.abs(np.linalg.eigvalsh(matrix.double().numpy())).max() == pytest.approx(1, abs=1e-5)
    order = np.random.default_rng(seed).permutation(n)
    (permuted,) = adjacency({"a": torch.tensor(weights[np.ix_(order, order)])})
    np.testing.assert_allclose(permuted, matrix[order][:, order], atol=1e-6)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "graphs.safetensors"
    with pytest.raises(UserError, match="no such file"):
        read_graphs(path)
    path.write_bytes(b"half a file")
    with pytest.raises(UserError, match="graphs in safetensors"):
        read_graphs(path)
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(UserError, match="graphs in safetensors"):
        read_graphs(path)
