"""The tutorial runs, on a tiny run."""

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from website.notebook import TUTORIAL, run


def kinds(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """Kinds of the outputs of each cell."""
    return [[one.output_type for one in cell.get("outputs", [])] for cell in notebook.cells]


@pytest.mark.slow
def test_the_tutorial_runs_from_a_run_to_its_figures(tiny_run, tmp_path):
    (tmp_path / "results").symlink_to(tiny_run / "results")
    notebook = nbformat.read(TUTORIAL, as_version=4)
    stored = kinds(notebook)
    plt.figure()  # of somebody else, before the notebook begins
    names = run(notebook, tmp_path)
    assert kinds(notebook) == stored
    assert names["eeg"].data.shape == (2, 62, names["recorded"].shape[1])
    assert names["real"].shape == names["drawn"].shape == (12, 62, 200)
    assert np.isfinite(names["scores"]["psd_distance"]["value"])
