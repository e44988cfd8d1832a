"""`snakemake phantoms`: a whole run per seed, in a folder of its own, and one table."""

import pandas as pd
import pytest

from tests.workflow.clone import make_clone, run_snakemake, tiny, write_config
from videeg_pipe.runtime.files import read_json

SEEDS = "development: [42]\nfinal: [7]\nreserve: [8]\n"
ARGUMENTS = ("phantoms", "--configfile", "tiny.yaml")


@pytest.mark.slow
@pytest.mark.nightly
def test_each_seed_is_a_whole_run_and_the_table_has_its_scores(tmp_path):
    clone = make_clone(tmp_path / "clone")
    (clone / "config" / "phantoms.yaml").write_text(SEEDS, encoding="utf-8")
    write_config(clone / "tiny.yaml", **tiny())
    run = run_snakemake(clone, *ARGUMENTS)
    assert run.returncode == 0, run.stdout
    assert "seed 7: 1 of " in run.stdout  # progress of the nested run
    own = clone / "results" / "phantoms" / "seed-7"
    assert (own / "report" / "validation.html").is_file()
    metrics = read_json(own / "evaluation" / "spgn" / "metrics.json")
    assert "c2st_eight" in metrics["fidelity"]
    assert read_json(own / "models" / "spgn" / "model.json")["config"]["run"]["seed"] == 7
    table = pd.read_csv(clone / "results" / "evaluation" / "phantoms.csv", dtype={"seed": str})
    assert set(table["seed"]) == {"7", "mean"}
    assert not (clone / "results" / "release").exists()  # the runs have folders of their own

    again = run_snakemake(clone, *ARGUMENTS)
    assert "Nothing to be done" in again.stdout
    # a run of one seed continues alone
    alone = run_snakemake(clone, "-n", "all", "--configfile", str(own / "config.yaml"))
    assert "Nothing to be done" in alone.stdout, alone.stdout
    retitled = run_snakemake(clone, *ARGUMENTS, "--config", "report={title: Another}")
    assert retitled.returncode == 0, retitled.stdout
    assert "<title>Another" in (own / "report" / "validation.html").read_text(encoding="utf-8")
