"""The flat head of interactive pages, and the weights of its scalp map."""

import base64

import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator

from videeg_pipe.contracts.montage import SEED_DV_CHANNELS, electrode_positions
from videeg_pipe.report.head import _splines, flat_places, head_data


def unpacked(text):
    return np.frombuffer(base64.b64decode(text), "<i2")


def map_of(names):
    positions = electrode_positions(names)
    head = head_data(names, positions, 200.0)
    data = head["map"]
    weights = unpacked(data["weights"]).reshape(-1, len(names)) * data["step"]
    side = np.linspace(-data["edge"], data["edge"], data["size"])
    points = np.stack([axis.ravel() for axis in np.meshgrid(side, -side)], 1)
    return weights, points[unpacked(data["inside"])], flat_places(positions)


def test_maps_interpolate_constants_and_positions_exactly():
    weights, points, places = map_of(SEED_DV_CHANNELS)
    assert len(weights) == len(points)
    np.testing.assert_allclose(weights.sum(1), 1, atol=0.01)
    # a map of x and of y is that itself
    np.testing.assert_allclose(weights @ places, points, atol=0.03)


def test_splines_are_those_of_scipy():
    places = flat_places(electrode_positions())
    points = np.random.default_rng(0).uniform(-1.2, 1.2, (100, 2))
    expected = RBFInterpolator(places, np.eye(len(places)))(points)
    np.testing.assert_allclose(_splines(places, points), expected, atol=1e-9)


@pytest.mark.parametrize("names", [("Oz", "O1", "O2", "POz"), ("Fz", "Cz", "Pz", "Oz")])
def test_a_map_of_few_electrodes_shows_each_at_its_place_and_nothing_else(names):
    """Splines through electrodes on a line do not exist; beyond a patch they are invented."""
    weights, points, places = map_of(names)
    assert (weights.max(1) == pytest.approx(1)) and (weights.sum(1) == pytest.approx(1))
    assert (weights.sum(0) > 4).all()
    assert np.linalg.norm(points - weights @ places, axis=1).max() < 0.14


def test_electrodes_have_their_place_on_the_head():
    places = dict(zip(SEED_DV_CHANNELS, flat_places(electrode_positions()), strict=True))
    assert np.hypot(*places["CZ"]) < 0.2
    assert places["FPZ"][1] > 0.6 and places["OZ"][1] < -0.6
    assert places["T7"][0] < -0.6 < 0.6 < places["T8"][0]
