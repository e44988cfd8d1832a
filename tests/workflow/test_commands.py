"""The commands of the README, as dry runs from a fresh clone."""

import os
import re
import subprocess
import sys

import pytest
import yaml

from tests.workflow.clone import run_snakemake
from tests.workflow.test_rules import ASIDE, RULES

OF_ALL = set(RULES) - ASIDE


def said(run) -> str:
    return run.stdout + run.stderr


def jobs(run) -> dict[str, int]:
    """Return the number of jobs per rule, from the first table that Snakemake prints."""
    table = said(run).split("Job stats:\n")[1].split("\ntotal")[0]
    return {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}


def test_default_run_is_planned_with_few_jobs(clone):
    run = run_snakemake(clone, "-n", "all")
    assert run.returncode == 0, said(run)
    planned = jobs(run)
    assert set(planned) == OF_ALL | {"all"}
    assert sum(planned.values()) <= 40
    assert "Release " not in said(run)  # a dry run makes no results to look at


def test_every_output_is_kept_until_it_is_replaced(clone):
    """Snakemake deletes the outputs of a rule before it runs, except those flagged `update`."""
    table = "results/evaluation/parts.csv"  # of trials: train_trial is made from another rule
    run = run_snakemake(clone, "-n", "all", "people", table)
    outputs = re.findall(r"^ +output: (.*)$", said(run), re.MULTILINE)
    assert len(outputs) >= len(RULES) - 1
    files = [file for line in outputs for file in line.split(", ")]
    assert [file for file in files if not file.endswith(" (update)")] == []


def test_slurm_profile_gives_each_rule_its_resources(clone):
    run = run_snakemake(clone, "-n", "--profile", "slurm", "all", "--config", "run={gpus: 1}")
    assert run.returncode == 0, said(run)
    blocks = re.split(r"^ *rule (\w+):\n", said(run), flags=re.MULTILINE)  # deeper in a group
    seen = set()
    for name, block in zip(blocks[1::2], blocks[2::2], strict=True):
        if name == "all":
            continue
        seen.add(name)
        resources = re.search(r"^ +resources: (.*)$", block, re.MULTILINE)[1].split(", ")
        assert not [key for key in resources if key.startswith("slurm_")]  # the user's own defaults
        asked = r"^ +(mem_mb|runtime)=(?:more\()?(\d+)\)?,$"  # the first attempt gets no more
        for key, value in re.findall(asked, RULES[name], re.MULTILINE):
            assert f"{key}={value}" in resources, name
        asks = any(words in RULES[name] for words in ("gpu=ONE_GPU", "training_nodes()"))
        assert ("gpu=1" in resources) == asks, name
    assert seen == OF_ALL


def test_a_larger_release_asks_for_more_time(clone):
    large = "release={n_samples: 10000000}"
    run = run_snakemake(clone, "-n", "--profile", "slurm", "all", "--config", large)
    for name, minutes in (("release", 500), ("card", 100)):
        block = re.search(rf"^ *rule {name}:\n(.*?)\n\n", said(run), re.MULTILINE | re.DOTALL)[1]
        assert re.search(rf"\bruntime={minutes}\b", block), block


def test_a_training_asks_for_its_nodes_and_their_gpus(clone):
    several = ("run={gpus: 2}", "train={nodes: 3, devices: 2}")
    run = run_snakemake(clone, "-n", "--profile", "slurm", "all", "--config", *several)
    block = re.search(r"^ *rule train:\n(.*?)\n\n", said(run), re.MULTILINE | re.DOTALL)[1]
    resources = re.search(r"^ +resources: (.*)$", block, re.MULTILINE)[1].split(", ")
    asked = {"nodes=3", "tasks=3", "mpi=srun", "gpu=6", "slurm_extra=--gpus-per-node=2"}
    assert asked | {"cpus_per_task=4", "tasks_per_gpu=0"} <= set(resources)


def gpus_of(run) -> dict[str, str]:
    """Return the GPUs that each rule's jobs ask for."""
    blocks = re.split(r"^ *rule (\w+):\n", said(run), flags=re.MULTILINE)
    asked = {
        name: re.findall(r"\bgpu=(\d+)", block)
        for name, block in zip(blocks[1::2], blocks[2::2], strict=True)
    }
    return {name: gpus[0] for name, gpus in asked.items() if gpus and gpus[0] != "0"}


@pytest.mark.parametrize("devices", [1, 2])
def test_only_a_training_asks_for_several_gpus(clone, devices):
    several = ("run={gpus: 4}", f"train={{devices: {devices}}}")
    run = run_snakemake(clone, "-n", "all", "results/phantoms/seed-202.json", "--config", *several)
    asked = gpus_of(run)
    assert {"embed_videos", "sample", "validate"} < set(asked)
    trains = dict.fromkeys(["train", "run_phantom"], str(devices))  # the latter trains, too
    assert asked == dict.fromkeys(asked, "1") | trains


def test_jobs_at_once_are_limited_by_the_gpus_of_this_machine(clone):
    arguments = ("results-gpus/clip/model.json", "--config", "run={gpus: 4, results: results-gpus}")
    limit = re.compile(r"^Provided resources: gpu=.*4", re.MULTILINE)
    assert limit.search(said(run_snakemake(clone, *arguments)))
    more = run_snakemake(clone, *arguments, "--forceall", "--resources", "gpu=2")
    assert "Provided resources: gpu=" in said(more)
    assert not limit.search(said(more))


def test_default_profile_sets_nothing_that_a_cluster_profile_does(clone):
    default, cluster = (
        yaml.safe_load((clone / folder / "config.yaml").read_text(encoding="utf-8"))
        for folder in ("profiles/default", "slurm")
    )
    assert set(default) & set(cluster) == {"__use_yte__", "__definitions__"}  # of each file alone


def test_workflow_starts_from_another_folder(clone, tmp_path):
    snakefile = str(clone / "Snakefile")
    run = run_snakemake(clone, "-n", "--snakefile", snakefile, "--directory", str(tmp_path), "all")
    assert run.returncode == 0, said(run)
    assert set(jobs(run)) == OF_ALL | {"all"}


@pytest.mark.slow
def test_values_on_the_command_line_merge_over_files(clone):
    arguments = ("--configfile", "config/paper.yaml", "--config")
    values = ("run={results: elsewhere}", "phantom={n_subjects: 2}", "sample={batch_size: 8}")
    run = run_snakemake(clone, "-n", "all", *arguments, *values)
    assert run.returncode == 0, said(run)
    assert jobs(run)["preprocess"] == 2
    assert "elsewhere/eeg/sub2.json" in said(run)
    assert "results-paper" not in said(run)
    # the rest of each section is still what the files say
    planned = run_snakemake(clone, "-n", "all", *arguments, *values, "release={n_samples: 1024}")
    assert jobs(planned)["sample"] == 2


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("trian={epochs: 3}", "config: unknown option trian; did you mean train?"),
        ("train={epoch: 3}", "config: unknown option train.epoch; did you mean train.epochs?"),
        ("train={epochs: many}", "config: train.epochs: expected integer, at least 1; found"),
        ("preprocess={h_freq: 120}", "config: preprocess: expected l_freq < h_freq < sfreq/2"),
        ("source={kind: bids}", "config: source.path is needed for source.kind bids"),
        ("source={path: my/data}", "config: source.path: expected null with source.kind phantom"),
        ("source={kind: bids, path: nowhere}", "nowhere; expected a BIDS data set"),
        ("source={subjects: [sub9]}", "source.subjects; expected"),
    ],
)  # fmt: skip
def test_wrong_configuration_stops_before_the_first_job_with_one_line(clone, value, line):
    run = run_snakemake(clone, "all", "--config", value, "run={results: results-wrong}")
    assert run.returncode == 1
    lines = [each for each in said(run).splitlines() if each.startswith(line)]
    assert len(lines) == 1, said(run)
    assert "Traceback" not in said(run)
    assert not (clone / "results-wrong").exists()


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (("--config", "train={nodes: 2}"), "no job of Slurm"),
        (
            ("--profile", "slurm", "--config", "run={gpus: 1}", "train={devices: 4}"),
            "4, with 1 GPU",
        ),
    ],
)
def test_a_training_without_its_devices_stops_before_the_first_job(
    clone, tmp_path, arguments, found
):
    run = run_snakemake(clone, "all", "--directory", str(tmp_path), *arguments)
    assert run.returncode == 1
    lines = [line for line in said(run).splitlines() if line.startswith("train.")]
    assert len(lines) == 1 and f"found {found}" in lines[0], said(run)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--config", "train.epochs=5"), "ERROR: --config train.epochs=5; expected section="),
        (("--configfile", "nowhere.yaml"), "ERROR: nowhere.yaml; expected a config file; found no"),
        (("--configfile", "README.md"), "ERROR: README.md; expected YAML or JSON in UTF-8, with"),
    ],
)
def test_wrong_command_line_ends_with_one_line(clone, arguments, line):
    run = run_snakemake(clone, "all", *arguments)
    assert run.returncode == 1
    assert said(run).splitlines()[-1].startswith(line)
    assert "Traceback" not in said(run)


def test_a_home_that_cannot_be_written_is_not_needed(clone):
    home = {"HOME": "/dev/null", "PYTHONPATH": str(clone / "src")}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "-n", "all"],
        cwd=clone,
        env=inherited | home,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, said(run)
    assert said(run).count("HOME is not writable") == 2


def test_a_download_is_a_job_of_its_own(clone, tmp_path):
    files = [f"EEG/sub{n}.npy" for n in (1, 2)] + [f"Video/{n}_10min.mp4" for n in ("1st", "2nd")]
    urls = ", ".join(f"'{name}': 'https://example.org/{name}'" for name in files)
    source = f"source={{kind: seed-dv, path: '{tmp_path}', urls: {{{urls}}}}}"
    run = run_snakemake(clone, "-n", "all", "--config", source)
    assert run.returncode == 0, said(run)
    planned = jobs(run)
    assert (planned["download"], planned["preprocess"]) == (4, 2)
