"""A new generator is one module and one row of the catalogue: those of the page about it."""

import os
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.pages import code_blocks
from videeg_pipe.config.trials import TrialTable
from videeg_pipe.runtime.closure import PACKAGE

PAGE = "docs/how-to/generator.md"

USE = """
import sys; from pathlib import Path; import numpy as np
from tests.generators import results_inputs, tiny_config
from videeg_pipe.config import Config; from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import load_checkpoint; from videeg_pipe.train.stage import train
from videeg_pipe.runtime.closure import import_closure
assert Config(run={"model": "toy"}).architecture == ()
inputs, folder = results_inputs(Path(sys.argv[1])), Path(sys.argv[1]) / "models" / "toy"
train("toy", inputs=inputs, config=tiny_config(), folder=folder)
loaded, rows = load_checkpoint(folder), inputs.windows("test").iloc[:3]
condition = loaded.conditions(rows, inputs).batch(np.arange(3))
drawn = loaded.generator.sample(condition, [1, 2, 3], SampleOptions())
assert loaded.generator.mean.any() and drawn.shape == (3, *loaded.generator.mean.shape)
toy, sse = (str(import_closure(f"videeg_pipe.models.baselines.{m}")) for m in ("toy", "sse"))
assert "toy.py" in toy and "toy.py" not in sse
"""


@pytest.mark.slow
def test_a_new_generator_is_chosen_trained_saved_loaded_and_sampled(tmp_path):
    models = shutil.copytree(PACKAGE, tmp_path / "src" / "videeg_pipe") / "models"
    module, row = code_blocks(PAGE, "python")
    (models / "baselines" / "toy.py").write_text(module)
    with (models / "registry.py").open("a") as registry:
        registry.write(row)
    command = sys.executable, "-c", USE, str(tmp_path / "results")
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(tmp_path / "src")})


def test_the_table_of_the_page_is_one_of_trials():
    (table,) = code_blocks(PAGE, "yaml")
    read = TrialTable(**yaml.safe_load(table))
    assert read.reference in read.variants
    assert read.variants["toy"].options == {"run": {"model": "toy"}}
