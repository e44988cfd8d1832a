"""Train a tiny generator in several CPU processes: -m tests.train.two_ranks RESULTS FOLDER CONFIG.

Fabric starts this module once more for each further process.
"""

import json
import sys
from pathlib import Path

from tests.generators import inputs_of
from videeg_pipe.train import stage

if __name__ == "__main__":
    results, folder, config = sys.argv[1:]
    # as with that many GPUs
    stage._fabric = lambda settings: stage.make_fabric("cpu", settings.devices)
    stage.train(
        "spgn", inputs=inputs_of(Path(results)), config=json.loads(config), folder=Path(folder)
    )
