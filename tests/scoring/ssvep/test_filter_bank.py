import numpy as np
import pytest

from videeg_pipe.scoring.ssvep.filter_bank import around, band_pass, harmonics, sub_bands


def test_harmonics_end_at_the_edge_of_the_recording():
    assert harmonics(13, 45) == [13, 26, 39]
    assert harmonics(21, 20) == [21]
    assert harmonics(5, 100, most=2) == [5, 10]


def test_sub_bands_hold_a_harmonic_of_every_tag():
    assert sub_bands([13, 21, 17], 45) == [(11, 45), (24, 45)]
    assert sub_bands([13, 21], 40) == [(11, 40)]
    assert sub_bands([3.0], 7) == [(1.5, 7), (4, 7)]


@pytest.mark.parametrize(
    "filtered", [lambda x: around(x, 13, 0.5, 128.0), lambda x: band_pass(x, 11, 45, 128.0)]
)
def test_filters_keep_the_tag_and_remove_other_frequencies(filtered):
    times_s = np.arange(1024) / 128
    tag, alpha = np.sin(2 * np.pi * np.outer([13, 8], times_s))[:, None, None]
    middle = slice(384, 640)
    np.testing.assert_allclose(filtered(tag)[..., middle], tag[..., middle], atol=0.15)
    assert np.std(filtered(alpha)[..., middle]) < 0.1
