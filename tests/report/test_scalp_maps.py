"""Scalp maps of few electrodes."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import PathCollection

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.report import scalp_maps
from videeg_pipe.report.head import flat_places


@pytest.mark.parametrize("names", [("Oz", "O1", "O2", "POz"), ("Fz", "Cz", "Pz", "Oz")])
def test_few_electrodes_are_discs_with_their_own_values(names, monkeypatch):
    drawn = []
    monkeypatch.setattr(scalp_maps, "picture", lambda figure, *_: drawn.append(figure))
    power = np.arange(4 * len(BANDS), dtype=float).reshape(len(BANDS), 4)
    arrays = {
        "channels": np.array(names),
        "positions": electrode_positions(names),
        "sfreq": np.array(200.0),
        "power_real": power,
        "power_generated": power + 1,
    }
    scalp_maps.band_maps(arrays)
    assert len(drawn) == len(BANDS)
    real, generated = drawn[0].axes[:2]
    for axes, values in ((real, power[0]), (generated, power[0] + 1)):
        [discs] = [one for one in axes.collections if isinstance(one, PathCollection)]
        np.testing.assert_allclose(discs.get_offsets(), flat_places(arrays["positions"]))
        np.testing.assert_array_equal(discs.get_array(), values)
        assert discs.get_clim() == (0, 4)
    for figure in drawn:
        plt.close(figure)
