"""Train a tiny generator in several CPU processes: -m tests.train.two_ranks RESULTS FOLDER CONFIG.

Fabric starts this module once more for each further process. Noise is drawn per window, so that
losses do not depend on the number of processes.
"""

import json
import sys
from pathlib import Path

import torch
from torch import Tensor

from tests.generators import inputs_of
from videeg_pipe.conditions.condition import Condition
from videeg_pipe.models.spgn.generator import Spgn
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.train import stage
from videeg_pipe.train.nodes import connect

batch_losses = Spgn.losses


def window_losses(
    self: Spgn, x: Tensor, condition: Condition, rng: torch.Generator
) -> dict[str, Tensor]:
    """Compute `Spgn.losses` window by window; the noise depends on the window alone."""
    one_by_one = []
    for row in range(len(x)):
        seed = derive_seed(0, str(x[row].double().sum().item()))
        own = torch.Generator().manual_seed(seed)
        rows = torch.tensor([row])
        one_by_one.append(batch_losses(self, x[rows], condition.take(rows), own))
    return {name: torch.stack([one[name] for one in one_by_one]).mean() for name in one_by_one[0]}


if __name__ == "__main__":
    Spgn.losses = window_losses
    results, folder, config = sys.argv[1:]
    # as with that many GPUs
    stage.launch = lambda settings: connect("cpu", settings.devices, settings.nodes)
    stage.train(
        "spgn", inputs=inputs_of(Path(results)), config=json.loads(config), folder=Path(folder)
    )
