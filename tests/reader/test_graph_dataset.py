"""A release as graphs."""

import numpy as np
import torch
from torch_geometric.loader import DataLoader

from videeg_pipe import load_release
from videeg_pipe.contracts.electrode_graph import electrode_adjacency, scalp_distances


def test_a_graph_per_sample(released):
    release = load_release(released / "videeg-gen.h5").select(split="test")
    graphs = release.to_pyg(scale=0.5)
    graph = graphs[3]
    np.testing.assert_array_equal(graph.x.numpy(), release[3]["eeg"])
    assert (graph.y.item(), graph.sample_id) == (release[3]["label"], release[3]["sample_id"])
    weights = electrode_adjacency(scalp_distances(release.channel_positions_m), 0.5)
    dense = np.zeros_like(weights)
    dense[tuple(graph.edge_index.numpy())] = graph.edge_weight.numpy()
    np.testing.assert_allclose(dense, weights, rtol=1e-6)
    assert (dense[0] > 0).sum() < 10
    np.testing.assert_allclose(graph.pos.numpy(), release.channel_positions_m, atol=1e-8)
    (batch,) = DataLoader(graphs, batch_size=len(graphs))
    assert batch.x.shape == (62 * len(release), 200)
    torch.testing.assert_close(batch.y, torch.from_numpy(release.values("label")))
