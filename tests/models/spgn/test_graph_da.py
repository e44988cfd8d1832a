"""Graph-DA drops its share of channels and adds noise."""

import pytest
import torch

from videeg_pipe.models.spgn.graph_da import augment


@pytest.mark.parametrize(("ratio", "n_dropped"), [(0.0, 0), (0.3, 4), (0.5, 6)])
def test_graph_da_drops_its_share_of_channels(ratio, n_dropped):
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(64, 12, 50)
    out = augment(x, ratio=ratio, noise_sd=0.2, rng=rng)
    dropped = (out == 0).all(-1)
    assert (dropped.sum(1) == n_dropped).all()
    assert (out - x)[~dropped].std().item() == pytest.approx(0.2, rel=0.05)
    if n_dropped:
        assert dropped.any(0).all()  # every channel is dropped in some window
