"""Each edit reruns exactly the rules that it can affect: the table of what runs again, and why."""

import os
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.clone import run_snakemake, write_config
from tests.workflow.test_commands import jobs, said
from tests.workflow.test_rules import ASIDE, RULES
from videeg_pipe.runtime.files import read_json

pytestmark = pytest.mark.slow

TABLE = {
    "reference": "full",
    "seeds": 2,
    "variants": {
        "full": {},
        "gaussian": {"checkpoint_of": "full", "options": {"sample": {"departure": 0}}},
    },
}

EVALUATED = {"validate", "report"}
RELEASED = {"release"} | EVALUATED
SAMPLED = {"sample"} | RELEASED
TRAINED = {"train"} | SAMPLED
WINDOWED = {"cut_windows", "fit_normalisation", "select_windows", "graphs"} | TRAINED
EMBEDDED = {"embed_videos", "embed_text", "label_emotions"} | TRAINED
ACQUIRED = {"acquire", "preprocess"} | WINDOWED | EMBEDDED
EVERYTHING = set(RULES) - ASIDE

OPTIONS = [  # an edit of the configuration, rules where the change enters, all that run again
    ({"run": {"gpus": 1}}, set(), set()),
    ({"bids": {"task": "rest"}}, set(), set()),
    ({"seed_dv": {"eeg": "elsewhere"}}, set(), set()),
    ({"run": {"seed": 7}}, {"phantom_videos", "clip_model"}, EVERYTHING),
    ({"phantom": {"width": 96}}, {"phantom_videos"}, EVERYTHING - {"clip_model"}),
    ({"phantom": {"evoked_uv": 9}}, {"phantom_eeg"}, EVERYTHING - {"clip_model", "phantom_videos"}),
    ({"source": {"subjects": ["sub1"]}}, {"acquire"}, ACQUIRED),
    ({"preprocess": {"l_freq": 1.0}}, {"preprocess"}, {"preprocess"} | WINDOWED),
    ({"preprocess": {"notch_hz": 50}}, {"preprocess"}, {"preprocess"} | WINDOWED),
    ({"windows": {"stride_s": 0.5}}, {"cut_windows"}, WINDOWED),
    ({"split": {"validation": [3], "test": [2]}}, {"cut_windows"}, WINDOWED),
    (
        {"normalisation": {"scale": "range"}},
        {"fit_normalisation"},
        {"fit_normalisation", "graphs"} | TRAINED,
    ),
    (
        {"embed": {"model": "openai/clip-vit-large-patch14"}},
        {"clip_model"},
        {"clip_model"} | EMBEDDED,
    ),
    ({"embed": {"frame_size": 224}}, {"embed_videos"}, EMBEDDED - {"embed_text"}),
    ({"embed": {"zero_shot_emotion": False}}, {"label_emotions"}, {"label_emotions"} | RELEASED),
    ({"graphs": {"scales": [0.5, 1.0]}}, {"graphs"}, {"graphs"} | TRAINED),
    ({"condition": {"use_text": False}}, {"train"}, TRAINED),
    ({"baselines": {"width": 0.5}}, set(), set()),
    ({"baselines": {"depth": 0.5}}, set(), set()),
    ({"run": {"reduced": False}}, set(), set()),  # it is for tables of trials
    ({"spgn": {"spatial_attention": False}}, {"train"}, TRAINED),
    ({"train": {"learning_rate": 0.002}}, {"train"}, TRAINED),
    ({"train": {"leave_out": ["sub2"]}}, {"graphs"}, {"graphs"} | TRAINED),
    ({"train": {"losses": {"spatial": 0.1}}}, {"train"}, TRAINED),
    ({"sample": {"steps": 3}}, {"sample"}, SAMPLED),
    ({"release": {"n_samples": 20}}, {"select_windows"}, {"select_windows"} | SAMPLED),
    ({"release": {"title": "Another"}}, {"release"}, RELEASED),
    ({"evaluation": {"bootstrap": 11}}, {"validate"}, EVALUATED),
    ({"new_people": {"n_windows": [0]}}, set(), set()),
    ({"report": {"title": "Another"}}, {"report"}, {"report"}),
]

SOURCES = [  # an edit of a source file, and all that run again
    ("src/videeg_pipe/sources/phantom/evoked.py", EVERYTHING - {"clip_model"}),
    ("src/videeg_pipe/preprocess/recordings.py", {"preprocess"} | WINDOWED),
    ("src/videeg_pipe/embed/text.py", {"clip_model"} | EMBEDDED),
    ("src/videeg_pipe/graphs/electrode.py", {"graphs"} | TRAINED),
    ("src/videeg_pipe/models/parts/losses.py", TRAINED),
    ("src/videeg_pipe/train/loop.py", TRAINED),
    ("src/videeg_pipe/sample/stage.py", SAMPLED),
    ("src/videeg_pipe/release/card.py", RELEASED),
    ("src/videeg_pipe/scoring/stats.py", EVALUATED),
    ("src/videeg_pipe/report/figures.py", {"report"}),
    ("workflow/scripts/graphs.py", {"graphs"} | TRAINED),
    ("src/videeg_pipe/cli/main.py", set()),
    ("README.md", set()),
]


def run(clone: Path, *arguments: str, **edit):
    """Run all of it, with the options of `edit` changed."""
    write_config(clone / "edit.yaml", **edit)
    return run_snakemake(clone, "all", *arguments, "--configfile", "tiny.yaml", "edit.yaml")


def short(value: object) -> str:
    """Name a row by its edit: a set has no order that the workers of xdist would agree on."""
    return "" if isinstance(value, set) else str(value)[:50]


def planned(dry_run) -> set[str]:
    assert dry_run.returncode == 0, said(dry_run)
    if "Nothing to be done" in said(dry_run):
        return set()
    return set(jobs(dry_run)) - {"all"}


def rules_whose(reason: str, output: str) -> set[str]:
    """Rules with a job that gives this reason for running."""
    blocks = re.split(r"^(?:local)?rule (\w+):\n", output, flags=re.MULTILINE)
    reasons = re.compile(rf"^ +reason: .*{reason}", re.MULTILINE)
    pairs = zip(blocks[1::2], blocks[2::2], strict=True)
    return {rule for rule, block in pairs if reasons.search(block)}


def test_second_run_has_nothing_to_do(finished):
    again = run(finished)
    assert again.returncode == 0
    assert "Nothing to be done" in said(again)


def test_results_are_where_the_run_says(finished):
    for name in ("release/videeg-gen.h5", "evaluation/spgn/metrics.json", "report/validation.html"):
        assert (finished / "results" / name).is_file()


@pytest.mark.parametrize(("edit", "enters", "expected"), OPTIONS, ids=short)
def test_option(finished, edit, enters, expected):
    dry_run = run(finished, "-n", **edit)
    assert planned(dry_run) == expected
    assert rules_whose("Params have changed", said(dry_run)) == enters


@pytest.mark.parametrize(("name", "expected"), SOURCES, ids=short)
def test_source_file(finished, name, expected):
    file = finished / name
    before, times = file.read_bytes(), (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    try:
        file.write_bytes(before + b"\n# edited\n")
        assert planned(run(finished, "-n")) == expected
    finally:
        file.write_bytes(before)
        os.utime(file, ns=times)


def test_touched_source_of_equal_content_changes_nothing(finished):
    file = finished / "src/videeg_pipe/graphs/electrode.py"
    times = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    try:
        file.touch()
        assert planned(run(finished, "-n")) == set()
    finally:
        os.utime(file, ns=times)


def test_table_of_trials(finished, tmp_path):
    clone = tmp_path / "clone"
    shutil.copytree(finished, clone)
    write_config(clone / "config" / "trials" / "own.yaml", **TABLE)
    wanted = ("results/evaluation/own.csv", "--configfile", "tiny.yaml")
    done = run_snakemake(clone, *wanted)
    assert done.returncode == 0, said(done)
    assert jobs(done)["train_trial"] == 2
    assert jobs(done)["score_trial"] == 4
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
    edited = TABLE | {"seeds": 3}
    write_config(clone / "config" / "trials" / "own.yaml", **edited)
    again = jobs(run_snakemake(clone, "-n", *wanted))
    assert (again["train_trial"], again["score_trial"], again["tabulate"]) == (1, 2, 1)


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
    assert table["subject"].tolist() == ["sub1"] * 3 + ["sub2"] * 3 + ["mean"] * 3
    for place, folder in enumerate(("models/spgn", "people/sub1", "people/sub1")):
        model = read_json(clone / "results" / folder / "model.json")
        assert table["checkpoint"][place] == model["checkpoint_sha256"]
        assert table["known"][place] == ("sub1" in model["layout"]["subjects"])
    again = jobs(people("-n", n_windows=[0]))
    assert again == {"score_person": 2, "tabulate_people": 1, "people": 1}
    assert planned(run(clone, "-n")) == {"report"}
    shown = run(clone)
    assert shown.returncode == 0, said(shown)
    page = (clone / "results/report/validation.html").read_text(encoding="utf-8")
    assert "Does it work for new people?" in page


def test_a_table_of_trials_is_shown_but_never_asked_for(finished):
    table = finished / "results/evaluation/ablation.csv"
    try:
        table.write_text("variant,score\n")
        assert planned(run(finished, "-n")) == {"report"}
    finally:
        table.unlink()
    assert planned(run(finished, "-n")) == set()


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ({"report": {"title": "Zweiter “Versuch”"}}, {"report"}),
        ({"release": {"title": "Another"}}, RELEASED),
    ],
    ids=["report.title", "release.title"],
)
def test_edit_made_for_real_in_a_moved_repository(finished, tmp_path, edit, expected):
    moved = tmp_path / "a moved ‘clone’"
    shutil.copytree(finished, moved)
    assert planned(run(moved, "-n")) == set()
    done = run(moved, **edit)
    assert done.returncode == 0, said(done)
    ran = set(re.findall(r"^(?:local)?rule (\w+):$", said(done), re.MULTILINE)) - {"all"}
    assert ran == expected
    assert said(done).count("\nRelease   results/release/videeg-gen.h5") == 1
    assert planned(run(moved, "-n", **edit)) == set()
    if "report" in edit:
        page = (moved / "results" / "report" / "validation.html").read_text(encoding="utf-8")
        assert edit["report"]["title"] in page
