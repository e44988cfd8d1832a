"""Overlapping patches add up to the window that was cut."""

import torch

from tests.generators import (
    CHANNELS,
    tiny_generator,
)


def test_patches_join_to_what_was_cut(tmp_path):
    """Patches overlap by half: every sample lies in two of them, at the ends in one."""
    network = tiny_generator(tmp_path).network
    x, half = torch.randn(2, len(CHANNELS), network.patches.n_points), network.patches.step // 2
    joined = network.patches.join(network.patches.cut(x))
    torch.testing.assert_close(joined[..., half:-half], 2 * x[..., half:-half])
    torch.testing.assert_close(joined[..., :half], x[..., :half])
    torch.testing.assert_close(joined[..., -half:], x[..., -half:])
