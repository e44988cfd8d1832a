"""The training loop."""

import numpy as np
import pytest
import torch
from torch import nn

from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.models.decoders.fitting import Stage, minimise
from videeg_pipe.runtime.errors import UserError

OPTIONS = DecodersOptions(steps=200, batch_size=8, learning_rate=0.05, weight_decay=0)


def run(module, losses, stages):
    return minimise(module, losses, stages, OPTIONS, seed=0, title="toy")


def test_a_regression_is_solved_and_recorded():
    x, truth = torch.randn(64, 3), torch.tensor([[1.0, -2.0, 0.5]])
    module = nn.Linear(3, 1)

    def losses(rows, stage, done):
        return {"error": (module(x[rows]) - x[rows] @ truth.T).square().mean()}

    history = run(module, losses, [Stage(np.arange(64), 200)])
    torch.testing.assert_close(module.weight.detach(), truth, atol=1e-2, rtol=0)
    assert len(history) == 20
    assert history[-1]["step"] == 200
    assert history[-1]["error"] < 1e-3 < history[0]["error"]
    assert not module.training


def test_stages_use_their_rows_alone_for_their_steps_and_every_row_equally():
    module, seen = nn.Linear(1, 1), []

    def losses(rows, stage, done):
        seen.append((rows, done))
        return {"error": module(torch.ones(1, 1)).sum().square()}

    run(module, losses, [Stage(np.arange(5), 10), Stage(np.arange(20), 30)])
    first, second = [rows for rows, _ in seen[:10]], [rows for rows, _ in seen[10:]]
    assert all(len(rows) == 5 for rows in first)  # no larger batch than rows
    assert all(len(rows) == 8 for rows in second)
    np.testing.assert_array_equal(np.bincount(np.concatenate(second)), 30 * 8 / 20)
    assert [done for _, done in seen] == [step / 40 for step in range(40)]


def test_a_loss_that_is_not_finite_stops_the_training():
    module = nn.Linear(1, 1)

    def losses(rows, stage, done):
        return {"error": module(torch.ones(1, 1)).sum() * float("nan")}

    with pytest.raises(UserError, match="toy: step 1"):
        run(module, losses, [Stage(np.arange(4), 10)])
