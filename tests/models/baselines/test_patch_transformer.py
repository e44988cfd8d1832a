"""Patches are as long as the tokens' width can hold."""

import pytest

from videeg_pipe.models.baselines.patch_transformer import patch_samples


@pytest.mark.parametrize(
    ("n_channels", "hidden", "n"), [(62, 256, 4), (62, 384, 6), (8, 256, 10), (300, 64, 1)]
)
def test_a_patch_is_as_long_as_the_width_holds(n_channels, hidden, n):
    assert patch_samples(n_channels, hidden) == n
