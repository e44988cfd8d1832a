"""Electrode graphs follow distances on the scalp."""

from itertools import product

import numpy as np
import pytest

from videeg_pipe.contracts.electrode_graph import electrode_adjacency, scalp_distances
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions

AXES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1.0]])


def test_distances_on_a_sphere_wherever_it_lies():
    centre = np.array([0.01, -0.02, 0.04])
    corners = np.array(list(product((-1, 1), repeat=3))) / 3**0.5
    edges = np.array([[1, 1, 0], [1, 0, 1]]) / 2**0.5
    distances = scalp_distances(centre + 0.09 * np.concatenate([AXES, corners, edges]))
    assert distances[0, 0] == 0
    assert distances[0, 1] == pytest.approx(0.09 * np.pi)  # to the other pole
    assert distances[0, 2] == pytest.approx(0.09 * np.pi / 2)


@pytest.mark.parametrize("names", [("Oz", "O1", "O2", "POz"), ("Fz", "Cz", "Pz", "Oz")])
def test_distances_of_few_electrodes_are_those_on_a_head(names):
    """Four electrodes lie on many spheres."""
    distances = scalp_distances(electrode_positions(names))
    chords = np.linalg.norm(np.subtract(*electrode_positions((names[0], names[3]))))
    assert 1 < distances[0, 3] / chords < np.pi / 2
    montage = scalp_distances(electrode_positions())
    every = [SEED_DV_CHANNELS.index(name.upper()) for name in names]
    np.testing.assert_allclose(distances, montage[np.ix_(every, every)], rtol=0.15)


def test_kernel_at_known_distances():
    # on a line, each a step from the next: d0 is the step
    distances = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0))) * 0.03
    weights = electrode_adjacency(distances, 1.0)
    assert weights[0, 1] == pytest.approx(np.exp(-0.5))
    assert weights[0, 2] == pytest.approx(np.exp(-2))
    assert weights[0, 3] == pytest.approx(np.exp(-4.5))
    assert weights[0, 4] == 0  # exp(-8) is negligible
    assert electrode_adjacency(distances, 0.5)[0, 1] == pytest.approx(np.exp(-2))


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_graphs_of_seed_dv(scale):
    positions = electrode_positions()
    weights = electrode_adjacency(scalp_distances(positions), scale)
    np.testing.assert_allclose(weights, weights.T)
    assert (np.diag(weights) == 0).all()
    assert ((weights >= 0) & (weights <= 1)).all()
    cz, oz = SEED_DV_CHANNELS.index("CZ"), SEED_DV_CHANNELS.index("OZ")
    nearest = {SEED_DV_CHANNELS[i] for i in np.argsort(weights[cz])[-4:]}
    assert nearest == {"C1", "C2", "FCZ", "CPZ"}
    assert weights[cz, oz] < weights[cz, SEED_DV_CHANNELS.index("PZ")] or scale < 1


def test_wider_kernels_have_larger_weights_and_more_neighbours():
    distances = scalp_distances(electrode_positions())
    narrow, middle, wide = (electrode_adjacency(distances, scale) for scale in (0.5, 1, 2))
    off = ~np.eye(62, dtype=bool)
    assert (narrow <= middle).all()
    assert (middle <= wide).all()
    assert (narrow > 0)[off].mean() < (middle > 0)[off].mean() < (wide > 0)[off].mean()


def test_the_order_of_channels_does_not_matter():
    positions = electrode_positions()
    order = np.random.default_rng(0).permutation(62)
    weights = electrode_adjacency(scalp_distances(positions), 1.0)
    permuted = electrode_adjacency(scalp_distances(positions[order]), 1.0)
    np.testing.assert_allclose(permuted, weights[np.ix_(order, order)], atol=1e-9)
