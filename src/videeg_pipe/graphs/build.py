"""Build all graphs of a run."""

from collections.abc import Sequence
from pathlib import Path

from videeg_pipe.config.graphs import GraphsOptions
from videeg_pipe.contracts.graphs import from_dense, write_graphs
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.graphs.electrode import electrode_adjacency, scalp_distances
from videeg_pipe.graphs.signal import band_correlations, signal_adjacency
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.seeds import derive_seed


def build_graphs(
    *,
    cut: Path,
    normalisation: Path,
    eeg: Path,
    config: GraphsOptions,
    seed: int,
    out: Path,
    leave_out: Sequence[str] = (),
) -> None:
    """Write an electrode graph a scale and a signal graph a band.

    Args:
        cut: The `cut` table; signal graphs come from its training windows alone.
        normalisation: `normalisation.json`.
        eeg: Folder of the preprocessed recordings.
        config: Scales, neighbours and how many windows to take in.
        seed: Seed of the draw among training windows where there are more.
        out: Where the graphs go; they are called `electrode/<scale>` and `signal/<band>`.
        leave_out: Subjects whose windows are not looked at.

    Raises:
        UserError: if there are no training windows but theirs.
    """
    store = EegStore(eeg)
    windows = read_table(cut, "cut")
    training = windows[(windows["split"] == "train") & ~windows["subject"].isin(leave_out)]
    if training.empty:
        raise UserError(
            str(cut),
            expected="windows of the training split, and not only of people who are left out",
            found="none",
            next_step="look at the split section and train.leave_out; to leave one out takes two",
        )
    lots = training["window_id"].map(lambda name: derive_seed(seed, "graphs", name))
    taken = training.loc[lots.nsmallest(config.max_windows).index]
    distances = scalp_distances(store.positions)
    correlations = band_correlations(store, taken, ChannelScales.read(normalisation))
    adjacencies = {
        f"electrode/{scale:g}": electrode_adjacency(distances, scale) for scale in config.scales
    } | {
        f"signal/{band}": signal_adjacency(matrix, config.n_neighbours)
        for band, matrix in correlations.items()
    }
    write_graphs(
        out,
        {name: from_dense(matrix, store.channels) for name, matrix in adjacencies.items()},
    )
