"""The network does not depend on the order of electrodes, and tolerates a dropped one."""

from dataclasses import replace

import pytest
import torch

from tests.generators import (
    CHANNELS,
    random_condition,
    tiny_generator,
)

SPGN = ["spgn", "spgn-paper"]


@pytest.mark.parametrize("name", SPGN)
def test_permuting_electrodes_permutes_the_denoised_window(tmp_path, name):
    """Electrodes differ only by graphs and position; sources do not change."""
    generator = tiny_generator(tmp_path, name).eval()
    network, n = generator.network, len(CHANNELS)
    x, t, condition = (
        torch.randn(2, n, network.patches.n_points),
        torch.tensor([10, 500]),
        random_condition(2),
    )
    frame = torch.linalg.qr(torch.randn(2, n, n))[0] if name == "spgn" else None
    with torch.no_grad():
        encoded = replace(network.encoder(condition), frame=frame)
        before, _ = network(x, t, encoded)
        order = torch.randperm(n)
        network.adjacency.copy_(network.adjacency[:, order][:, :, order])
        network.positions.copy_(network.positions[order])
        if frame is not None:
            after, _ = network(x, t, replace(encoded, frame=frame[:, order]))
            torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)
        else:
            after, _ = network(x[:, order], t, encoded)
            torch.testing.assert_close(after, before[:, order], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", SPGN)
def test_a_dropped_electrode_changes_the_others_little(tmp_path, name):
    """The output stays bounded when Graph-DA drops electrodes from the graphs' input."""
    generator = tiny_generator(tmp_path, name).eval()
    network, condition = generator.network, random_condition(2)
    x, t = torch.randn(2, len(CHANNELS), network.patches.n_points), torch.tensor([10, 500])
    dropped = x.clone()
    dropped[:, 3] = 0
    with torch.no_grad():
        encoded = network.encoder(condition)
        whole, less = (network(x, t, encoded, nodes)[0] for nodes in (x, dropped))
    others = [c for c in range(len(CHANNELS)) if c != 3]
    change = (whole - less)[:, others].square().mean() / whole[:, others].square().mean()
    assert whole.isfinite().all() and less.isfinite().all()
    assert 0 < change < 1
