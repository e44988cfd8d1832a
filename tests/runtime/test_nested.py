"""A command in place of Snakemake stands for the nested run."""

import json
import sys

import pytest
import yaml

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.nested import run_nested

CONFIG = {
    "run": {"model": "spgn", "gpus": 0},
    "source": {"kind": "phantom"},
    "train": {"epochs": 3},
}
SUCCEEDS = """
import json, os, sys, yaml
from pathlib import Path
arguments = sys.argv[1:]
config = yaml.safe_load(Path(arguments[arguments.index("--configfile") + 1]).read_text())
folder = Path(config["run"]["results"], "evaluation", config["run"]["model"])
folder.mkdir(parents=True)
profile = os.environ.get("SNAKEMAKE_PROFILE")
found = {"seed": config["run"]["seed"], "arguments": arguments, "profile": profile}
(folder / "metrics.json").write_text(json.dumps(found))
print("3 of 4 steps (75%) done")
"""
FAILS = """
import sys
print("ERROR: train.epochs; expected 1; found 0; correct it")
print("ERROR: another one")
sys.exit(1)
"""


@pytest.fixture
def run(tmp_path):
    def call(program, **changes):
        run_nested(
            [sys.executable, "-c", program],
            config=CONFIG | changes,
            seed=7,
            cores=2,
            results=tmp_path / "seed-7",
            log=tmp_path / "log",
            metrics=tmp_path / "seed-7.json",
        )
        return json.loads((tmp_path / "seed-7.json").read_text())

    return call


def test_the_run_has_its_own_seed_and_folder(run, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("SNAKEMAKE_PROFILE", "slurm")
    found = run(SUCCEEDS)
    assert found["seed"] == 7 and found["profile"] is None
    assert found["arguments"][:2] == ["--cores", "2"] and found["arguments"][-1] == "all"
    written = yaml.safe_load((tmp_path / "seed-7" / "config.yaml").read_text())
    assert written["train"] == CONFIG["train"] and written["run"]["model"] == "spgn"
    assert "3 of 4 steps" in (tmp_path / "log").read_text()
    assert capfd.readouterr().err == "seed 7: 3 of 4 steps (75%) done\n"


def test_a_failed_run_names_its_first_error_and_writes_no_scores(run, tmp_path):
    with pytest.raises(UserError, match=r"seed 7; .*found train.epochs; expected 1; found 0"):
        run(FAILS)
    assert not (tmp_path / "seed-7.json").exists()
    assert "another one" in (tmp_path / "log").read_text()


def test_a_killed_run_names_its_status(run):
    with pytest.raises(UserError, match="found exit status 3"):
        run("import sys; sys.exit(3)")


def test_recordings_are_refused_because_a_seed_does_not_change_them(run, tmp_path):
    with pytest.raises(UserError, match=r"source\.kind; expected phantom: .*found bids"):
        run(SUCCEEDS, source={"kind": "bids"})
    assert not (tmp_path / "seed-7").exists()
