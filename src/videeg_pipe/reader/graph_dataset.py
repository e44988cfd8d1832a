"""A release as graphs over the electrodes, for PyTorch Geometric."""

import torch
from torch_geometric.data import Data

from videeg_pipe.contracts.electrode_graph import electrode_adjacency, scalp_distances
from videeg_pipe.contracts.graphs import from_dense
from videeg_pipe.reader.release import Release


class GraphDataset(torch.utils.data.Dataset[Data]):
    """Samples of a release as graphs that differ in their values only.

    A node is an electrode. Two are connected if they are close, with the weight exp(-d^2 / (2 w^2))
    of their distance d on the scalp.
    """

    def __init__(self, release: Release, scale: float) -> None:
        """Compute the graph from the electrodes' positions.

        Args:
            release: Samples with the fields eeg, label, subject and sample_id.
            scale: w, in units of the mean distance to the nearest electrode.
        """
        self.release = release
        positions = release.channel_positions_m
        graph = from_dense(electrode_adjacency(scalp_distances(positions), scale))
        self._edge_index, self._edge_weight = graph.edge_index, graph.edge_weight
        self._positions = torch.as_tensor(positions, dtype=torch.float32)

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.release)

    def __getitem__(self, index: int) -> Data:
        """Read one sample.

        Returns:
            A graph with `x` (C, T) in microvolts, `edge_index` (2, E), `edge_weight` (E,), `pos`
            (C, 3) in metres, `y` (1,), `subject` and `sample_id`.
        """
        sample = self.release[index]
        return Data(
            x=torch.from_numpy(sample["eeg"]),
            edge_index=self._edge_index,
            edge_weight=self._edge_weight,
            pos=self._positions,
            y=torch.tensor([sample["label"]]),
            subject=sample["subject"],
            sample_id=sample["sample_id"],
        )
