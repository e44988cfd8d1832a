"""Signal graphs find correlated electrodes, in the training split only."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.signal import butter, sosfiltfilt

from tests.builders import build_results, change_recording
from tests.sources.patch import EIGHT, FOUR
from videeg_pipe.config.graphs import GraphsOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.graphs import read_graphs
from videeg_pipe.graphs.build import build_graphs
from videeg_pipe.graphs.signal import signal_adjacency
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, write_json

CHANNELS = ("FZ", "F3", "F4", "CZ", "C3", "C4", "PZ", "P3", "P4", "OZ", "O1", "O2")
PAIR = (1, 10)  # F3 and O1, far from each other


@pytest.fixture
def results(tmp_path):
    """Noise that differs in every channel; F3 and O1 share their alpha."""
    return noise_with_a_pair(tmp_path, CHANNELS, PAIR)


def noise_with_a_pair(folder, channels, pair):
    root = build_results(folder, channels=channels, truth=False)
    rng = np.random.default_rng(0)
    for path in (root / "eeg").glob("*.npy"):
        eeg = 10 * rng.standard_normal(np.load(path).shape)
        alpha = butter(4, (8.5, 12.5), "bandpass", fs=200, output="sos")
        eeg[list(pair)] += 30 * sosfiltfilt(alpha, rng.standard_normal(eeg.shape[1]))
        change_recording(path, eeg.astype(np.float32))
    return root


def build(root, leave_out=(), **options):
    out = root / "graphs" / "graphs.safetensors"
    build_graphs(
        cut=root / "windows" / "cut.parquet",
        normalisation=root / "normalisation.json",
        eeg=root / "eeg",
        config=GraphsOptions(**options),
        seed=42,
        out=out,
        leave_out=leave_out,
    )
    return read_graphs(out)


def dense(graph):
    weights = torch.zeros(graph.num_nodes, graph.num_nodes)
    weights[graph.edge_index[0], graph.edge_index[1]] = graph.edge_weight
    return weights.numpy()


def test_names_and_shapes(results):
    graphs = build(results, scales=[0.5, 1, 2.25], n_neighbours=3)
    scales = ["electrode/0.5", "electrode/1", "electrode/2.25"]
    assert list(graphs) == [*scales, *(f"signal/{band}" for band in BANDS)]
    for graph in graphs.values():
        assert graph.num_nodes == len(CHANNELS)
        assert tuple(graph.channels) == CHANNELS
        assert graph.is_undirected()
        assert not graph.has_self_loops()
        assert (graph.edge_weight > 0).all()
        assert (graph.edge_weight <= 1).all()


def test_a_pair_that_shares_alpha_is_joined_only_in_alpha(results):
    graphs = build(results)
    alpha = dense(graphs["signal/alpha"])
    assert alpha[PAIR] == alpha.max() > 0.7
    alpha[PAIR] = alpha[PAIR[::-1]] = 0
    assert alpha.max() < 0.3
    assert dense(graphs["signal/beta"])[PAIR] < 0.3
    assert dense(graphs["signal/gamma"])[PAIR] < 0.3


@pytest.mark.parametrize("channels", [FOUR, EIGHT, ("Fz", "Cz", "Pz", "Oz")])
def test_few_electrodes_have_all_graphs(tmp_path, channels):
    """With the default number of neighbours, which may be more than there are."""
    pair = (0, len(channels) - 1)
    graphs = build(noise_with_a_pair(tmp_path, channels, pair))
    assert len(graphs) == len(GraphsOptions().scales) + len(BANDS)
    for graph in graphs.values():
        assert tuple(graph.channels) == channels
        assert graph.is_undirected() and not graph.has_self_loops()
        assert graph.edge_weight.isfinite().all() and (graph.edge_weight > 0).all()
        assert (dense(graph) > 0).any(axis=1).all()  # no electrode is alone
    alpha = dense(graphs["signal/alpha"])
    assert alpha[pair] == alpha.max() > 0.7
    assert dense(graphs["signal/gamma"])[pair] < 0.3


def test_validation_and_test_windows_do_not_matter(results):
    before = build(results)
    rng = np.random.default_rng(1)
    for path in (results / "eeg").glob("*-b[23].npy"):
        wave = 1e6 * rng.standard_normal((1, np.load(path).shape[1]))
        change_recording(path, np.tile(wave, (len(CHANNELS), 1)).astype(np.float32))
    after = build(results)
    for name, graph in before.items():
        assert torch.equal(graph.edge_index, after[name].edge_index)
        assert torch.equal(graph.edge_weight, after[name].edge_weight)


def test_left_out_people_do_not_matter(results):
    before = build(results, leave_out=["sub2"])
    for path in (results / "eeg").glob("sub2-*.npy"):
        change_recording(path, 1000 * np.load(path)[::-1])
    after = build(results, leave_out=["sub2"])
    for name, graph in before.items():
        assert torch.equal(graph.edge_weight, after[name].edge_weight)
    assert not np.allclose(dense(build(results)["signal/alpha"]), dense(after["signal/alpha"]))
    with pytest.raises(UserError, match=r"found none; .*train\.leave_out"):
        build(results, leave_out=["sub1", "sub2"])


def test_samples_between_windows_do_not_matter(results):
    hint, other = 400, (2, 7)  # in the middle of each hint of 3 s; F4 and P3
    sos = butter(4, (8.5, 12.5), "bandpass", fs=200, output="sos")
    for path in (results / "eeg").glob("*.npy"):
        eeg = np.load(path)
        burst = 300 * sosfiltfilt(sos, np.random.default_rng(2).standard_normal(eeg.shape[1]))
        for start in range(100, eeg.shape[1], 1400):
            place = slice(start, start + hint)
            eeg[list(other), place] += burst[place] * np.hanning(hint)
        change_recording(path, eeg.astype(np.float32))
    alpha = dense(build(results)["signal/alpha"])
    assert alpha[PAIR] > 0.7
    assert alpha[other] < 0.3


def test_the_order_of_channels_permutes_the_graphs(results):
    before = build(results)
    order = np.random.default_rng(0).permutation(len(CHANNELS))
    for path in (results / "eeg").glob("*.npy"):
        change_recording(path, np.load(path)[order])
    for path in (results / "eeg").glob("*.json"):
        stored = read_json(path)
        for field in ("channels", "positions_m"):
            stored[field] = [stored[field][i] for i in order]
        write_json(path, stored)
    after = build(results)
    for name, graph in before.items():
        np.testing.assert_allclose(
            dense(after[name]), dense(graph)[np.ix_(order, order)], atol=1e-5
        )


def test_scales_equalise_subjects(results):
    before = build(results)
    for path in (results / "eeg").glob("sub2*.npy"):
        change_recording(path, np.load(path) * 7)
    stored = read_json(results / "normalisation.json")
    stored["scales_uv"]["sub2"] = [7 * scale for scale in stored["scales_uv"]["sub2"]]
    write_json(results / "normalisation.json", stored)
    for name, graph in build(results).items():
        np.testing.assert_allclose(graph.edge_weight, before[name].edge_weight, atol=1e-4)


def test_a_few_windows_give_nearly_the_same_alpha(results):
    few = dense(build(results, max_windows=16)["signal/alpha"])
    assert few[PAIR] == few.max() > 0.6


def test_a_flat_channel_has_no_signal_edges(results):
    for path in (results / "eeg").glob("*.npy"):
        eeg = np.load(path)
        eeg[4] = 0
        change_recording(path, eeg)
    graphs = build(results)
    for band in BANDS:
        weights = dense(graphs[f"signal/{band}"])
        assert (weights[4] == 0).all()
        assert np.isfinite(weights).all()


def test_every_node_keeps_its_strongest_edges():
    values = np.random.default_rng(0).uniform(-1, 1, (20, 20))
    correlations = (values + values.T) / 2
    few, some, all_of_them = (signal_adjacency(correlations, k) for k in (1, 5, 50))
    assert ((few > 0).sum(axis=1) >= 1).all()
    assert ((some > 0).sum(axis=1) >= 5).all()
    off = ~np.eye(20, dtype=bool)
    np.testing.assert_array_equal(all_of_them[off], np.abs(correlations)[off])
    for node in range(20):
        strongest = np.argsort(np.abs(correlations[node]) * off[node])[-5:]
        assert (some[node, strongest] > 0).all()
    for fewer, more in pairwise((few, some, all_of_them)):
        assert ((fewer > 0) <= (more > 0)).all()
