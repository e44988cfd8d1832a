"""Edits made for real: tables of trials, people left out, titles in a moved repository."""

import shutil

import pandas as pd
import pytest

from tests.workflow.clone import run_snakemake, write_config
from tests.workflow.test_commands import jobs, said
from tests.workflow.test_failed_reruns import rules_run
from tests.workflow.test_reruns import EVALUATED, RELEASED, edited, planned, run
from videeg_pipe.runtime.files import read_json

pytestmark = pytest.mark.slow

TABLE = {
    "reference": "full",
    "seeds": 2,
    "variants": {
        "full": {},
        "gaussian": {"checkpoint_of": "full", "options": {"sample": {"departure": 0}}},
        "noise": {"seeds": 1, "options": {"run": {"model": "gaussian"}}},
    },
}


@pytest.mark.nightly
def test_table_of_trials(finished, tmp_path):
    clone = tmp_path / "clone"
    shutil.copytree(finished, clone)
    write_config(clone / "config" / "trials" / "own.yaml", **TABLE)
    wanted = ("results/evaluation/own.csv", "--configfile", "tiny.yaml")
    done = run_snakemake(clone, *wanted)
    assert done.returncode == 0, said(done)
    assert "Release " not in said(done)  # which this run has not made
    assert jobs(done)["train_trial"] == 3
    assert jobs(done)["score_trial"] == 5
    table = pd.read_csv(clone / "results/evaluation/own.csv").set_index(["variant", "score"])
    full, gaussian = (table.loc[name, "conditional_mean_r"] for name in ("full", "gaussian"))
    assert full["seeds"] == gaussian["seeds"] == 2
    assert full["checkpoints"] == gaussian["checkpoints"]
    assert len(set(full["checkpoints"].split())) == 2
    for seed, hash_ in enumerate(full["checkpoints"].split()):
        folder = clone / "results/trials/own/full" / f"seed-{seed}"
        assert read_json(folder / "model.json")["checkpoint_sha256"].startswith(hash_)
    released = read_json(clone / "results/models/spgn/model.json")["checkpoint_sha256"]
    assert full["checkpoints"].startswith(released[:12])  # the first has the run's own seed
    for module, n_trained, n_scored in (("floors/gaussian", 1, 1), ("spgn/network", 2, 4)):
        with edited(clone, {f"models/{module}.py": "\n# edited\n"}):
            again = jobs(run_snakemake(clone, "-n", *wanted))
        assert (again["train_trial"], again["score_trial"]) == (n_trained, n_scored)
    write_config(clone / "config" / "trials" / "own.yaml", **TABLE | {"seeds": 3})
    again = jobs(run_snakemake(clone, "-n", *wanted))
    assert (again["train_trial"], again["score_trial"], again["tabulate"]) == (1, 2, 1)


@pytest.mark.nightly
def test_people_left_out(finished, tmp_path):
    clone = tmp_path / "clone"
    shutil.copytree(finished, clone)

    def people(*arguments, n_windows):
        write_config(clone / "edit.yaml", new_people={"n_windows": n_windows})
        return run_snakemake(clone, "people", *arguments, "--configfile", "tiny.yaml", "edit.yaml")

    done = people(n_windows=[0, 6])
    assert done.returncode == 0, said(done)
    rules = ("graphs_without_person", "train_without_person", "score_person", "tabulate_people")
    assert jobs(done) == dict.fromkeys(rules, 2) | {"tabulate_people": 1, "people": 1}
    table = pd.read_csv(clone / "results/evaluation/people.csv")
    assert table["subject"].tolist() == ["sub1"] * 6 + ["sub2"] * 6 + ["mean"] * 6
    generators = ["trained", "population", "population", "nearest", "adapted", "recording"]
    assert table["generator"].tolist() == 3 * generators
    for place, folder in enumerate(("models/spgn", "people/sub1", "people/sub1")):
        model = read_json(clone / "results" / folder / "model.json")
        assert table["checkpoint"][place] == model["checkpoint_sha256"]
        assert table["known"][place] == ("sub1" in model["layout"]["subjects"])
    again = jobs(people("-n", n_windows=[0]))
    assert again == {"score_person": 2, "tabulate_people": 1, "people": 1}
    assert planned(run(clone, "-n")) == {"report"}
    shown = run(clone)
    assert shown.returncode == 0, said(shown)
    warning = "people.csv is of another configuration: results/people/sub1/scores.json;"
    assert warning in said(shown)  # other numbers of windows
    page = (clone / "results/report/validation.html").read_text(encoding="utf-8")
    assert "Does it work for new people?" in page


def test_a_moved_repository_runs_only_what_an_edit_affects(finished, tmp_path):
    moved = tmp_path / "a moved ‘clone’"
    shutil.copytree(finished, moved)
    assert planned(run(moved, "-n")) == set()
    title = "Zweiter “Versuch”"
    edit = {"report": {"title": title}}
    done = run(moved, **edit)
    assert done.returncode == 0, said(done)
    assert rules_run(done) == ["report", "all"]
    assert said(done).count("\nReport    results/report/validation.html") == 1
    assert planned(run(moved, "-n", **edit)) == set()
    page = (moved / "results" / "report" / "validation.html").read_text(encoding="utf-8")
    assert title in page
    edit["release"] = {"title": "Another"}
    assert planned(run(moved, "-n", **edit)) == RELEASED
    target = "results/release/videeg-gen.h5"
    done = run_snakemake(moved, target, "--configfile", "tiny.yaml", "edit.yaml")
    assert done.returncode == 0, said(done)
    assert rules_run(done) == ["release"]
    assert planned(run(moved, "-n", **edit)) == EVALUATED  # the codes of people are unchanged
