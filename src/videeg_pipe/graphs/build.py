"""Build all graphs of a run."""

from collections.abc import Sequence
from pathlib import Path

from videeg_pipe.config.graphs import GraphsOptions
from videeg_pipe.contracts.electrode_graph import electrode_adjacency, scalp_distances
from videeg_pipe.contracts.graphs import from_dense, write_graphs
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table
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
    """Write one electrode graph per scale and one signal graph per band.

    Args:
        cut: The `cut` table; signal graphs come from its training windows only.
        normalisation: `normalisation.json`.
        eeg: Folder of the preprocessed recordings.
        config: Scales, neighbours and number of windows.
        seed: Seed of the draw, where there are more training windows.
        out: File of the graphs; their names are `electrode/<scale>` and `signal/<band>`.
        leave_out: Subjects whose windows are excluded.

    Raises:
        UserError: if only these subjects have training windows.
    """
    store = EegStore(eeg)
    windows = read_table(cut, "cut")
    training = windows[(windows["split"] == "train") & ~windows["subject"].isin(leave_out)]
    if training.empty:
        raise UserError(
            str(cut),
            expected="training windows of people who are not left out",
            found="none",
            next_step="check split and train.leave_out; leaving one person out needs at least two",
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
