"""The frequency bands."""

from itertools import pairwise

from videeg_pipe.contracts.bands import BANDS


def test_bands_tile_the_pass_band():
    edges = list(BANDS.values())
    assert edges[0][0] == 0.5
    assert edges[-1][1] == 40.0
    assert all(low[1] == high[0] for low, high in pairwise(edges))
