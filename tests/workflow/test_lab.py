"""A lab's data set runs with one command and a configuration of four lines."""

import h5py
import pytest

from tests.sources.lab import build_lab
from tests.workflow.clone import run_snakemake, tiny, write_config

pytestmark = pytest.mark.slow

FOUR_LINES = """source:
  path: lab
release:
  n_samples: 30
"""


@pytest.fixture(scope="module")
def lab(clone):
    """A clone with the data set, the four lines, and options for a short training."""
    build_lab(clone / "lab")
    (clone / "lab.yaml").write_text(FOUR_LINES)
    short = tiny(run={"results": "results-lab"}, sample={"part_size": 30})
    short = {name: short[name] for name in ("run", "graphs", "spgn", "train", "sample")}
    write_config(clone / "short.yaml", evaluation=tiny()["evaluation"], **short)
    return clone


FILES = ("--configfile", "config/bids.yaml", "lab.yaml", "short.yaml")


def test_a_split_that_does_not_fit_stops_before_the_first_job(lab):
    by_run = "split={by: run, validation: [2], test: [3]}"
    done = run_snakemake(lab, "all", *FILES, "--config", by_run, "run={results: results-no}")
    assert done.returncode == 1
    assert "split.test; expected runs with windows: 1, 2; found 3" in done.stdout
    assert "the data have 3 subjects, 2 sessions, 2 runs" in done.stdout
    assert not (lab / "results-no").exists()


@pytest.mark.nightly
def test_the_lab_runs_to_a_release_and_a_report(lab):
    done = run_snakemake(lab, "all", *FILES)
    assert done.returncode == 0, done.stdout + done.stderr
    results = lab / "results-lab"
    with h5py.File(results / "release" / "videeg-gen.h5") as h5:
        assert h5["eeg"].shape == (30, 20, 200)
        assert set(h5["concept"].asstr()[:]) == {"river", "anna"}
    card = (results / "release" / "README.md").read_text()
    assert "skipped in 5 files: It has no events file" in card
    assert "P01" not in card
    page = (results / "report" / "validation.html").read_text()
    assert "sub-P03/ses-1/eeg/sub-P03_ses-1_task-rest_eeg.edf" in page
