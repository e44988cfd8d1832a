"""A failed job leaves its earlier results as they were, and runs again until it succeeds."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.sources.builders import build_seed_dv, eeg
from tests.sources.seed_dv.test_tables import BAD
from tests.workflow.clone import run_snakemake, write_config
from tests.workflow.test_commands import said
from tests.workflow.test_reruns import ACQUIRED
from videeg_pipe.doctor.last_run import check_last_run
from videeg_pipe.runtime.files import sha256_file
from videeg_pipe.runtime.origin import FOLDER

pytestmark = pytest.mark.slow

DAMAGES = ["truncated", "NaN", "no video", "label 41"]
MORE_DAMAGES = [
    "pickled", "two dimensions", "channels", "infinite", "flat", "railed", "half a video",
    "other rate", "short video",
]  # fmt: skip


@pytest.fixture(scope="module")
def recorded(finished, tmp_path_factory) -> Path:
    """A SEED-DV folder whose recordings are preprocessed, in `results-seed-dv` of `finished`."""
    folder = tmp_path_factory.mktemp("seed-dv")
    values = build_seed_dv(folder)
    np.save(folder / "EEG" / "sub3.npy", eeg(4))  # a split needs three people
    values["source"]["subjects"] = ["sub1", "sub2", "sub3"]
    # pyprep marks all channels of independent noise as bad
    keep = {"bad_channels": "keep", "max_bad_fraction": 1, "reference": "recorded"}
    write_config(
        finished / "seed-dv.yaml",
        run={"results": "results-seed-dv"},
        preprocess=keep,
        split={"by": "subject", "validation": ["sub2"], "test": ["sub3"]},
        **values,
    )
    done = run_recorded(finished)
    assert done.returncode == 0, said(done)
    return folder


def copy(folder: Path, to: Path) -> Path:
    return shutil.copytree(folder, to, ignore=shutil.ignore_patterns("results-*"))


def run(clone: Path, *arguments: str, **edit):
    """Run on top of the finished tiny run, with the options of `edit` changed."""
    write_config(clone / "edit.yaml", **edit)
    return run_snakemake(clone, *arguments, "--configfile", "tiny.yaml", "edit.yaml")


def run_recorded(clone: Path, **edit):
    write_config(clone / "edit.yaml", **edit)
    targets = [f"results-seed-dv/eeg/{subject}.json" for subject in ("sub1", "sub2")]
    return run_snakemake(clone, *targets, "--configfile", "seed-dv.yaml", "edit.yaml", cores=1)


def contents(results: Path) -> dict[str, str]:
    """Checksum of each result; logs and benchmarks belong to single runs."""
    names = [path.relative_to(results) for path in results.rglob("*") if path.is_file()]
    kept = [name for name in names if name.parts[0] not in ("logs", "benchmarks")]
    return {str(name): sha256_file(results / name) for name in kept}


def rules_run(done) -> list[str]:
    return re.findall(r"^(?:local)?rule (\w+):$", said(done), re.MULTILINE)


def advised(done) -> list[str]:
    """Return the arguments that an error says to add to the command."""
    return shlex.split(re.search(r"run the same command again with (.*) at its end", said(done))[1])


def assert_refused(done, words: str) -> None:
    """The terminal ends with one line with the cause, after short lists of files."""
    assert done.returncode != 0
    lines = said(done).splitlines()
    assert [line for line in lines if line.startswith("ERROR:")] == lines[-1:], said(done)
    assert re.search(words, lines[-1])
    assert said(done).count(lines[-1].removeprefix("ERROR: ")) == 1
    listed = [line for line in lines if line.startswith("    input: ")]
    assert listed
    assert max(line.count(", ") for line in listed) <= 9  # eight files, the rest and the code
    assert "Traceback" not in said(done)
    assert said(done).count("Failed jobs left their earlier results unchanged") == 1
    assert said(done).count("Ignore 'Cannot restore' warnings: those results did not exist") == 1


def test_wrong_units_fail_each_time_and_change_nothing(finished, monkeypatch):
    before = contents(finished / "results")
    units = {"source": {"units": "V"}}
    clips = "results/manifest/clips.parquet"
    for target in ("all", "all", clips):
        failed = run(finished, target, **units)
        assert_refused(failed, r"EEG/sub\d\.npy; expected .* V with source\.units V; found")
        assert rules_run(failed) == ["acquire"]
        assert contents(finished / "results") == before
    monkeypatch.chdir(finished)
    rule, again = check_last_run(Path("results"))
    assert (
        rule.name == "rule acquire"
        and "results/manifest/recordings.parquet and 4 more: " in rule.found
    )
    assert re.search(
        r"V with source\.units V; found .*\(results/logs/acquire\.log line", rule.found
    )
    shown = subprocess.run(rule.next_step, shell=True, capture_output=True, text=True)
    assert " ERROR " in shown.stdout.splitlines()[0]
    assert again.next_step.endswith(f"{clips} --configfile tiny.yaml edit.yaml")
    planned = run(finished, "all", "-n")  # Snakemake also plans the rules that depend on it
    assert set(rules_run(planned)) == ACQUIRED | {"all"}
    again = run(finished, clips)
    assert again.returncode == 0, said(again)
    assert rules_run(again) == ["acquire"]
    assert contents(finished / "results") == before
    assert list(check_last_run(Path("results"))) == []
    assert "Nothing to be done" in said(run(finished, "all"))
    assert not [path for path in (finished / ".snakemake" / "backups").rglob("*") if path.is_file()]


@pytest.mark.nightly
def test_code_that_does_not_import_fails_each_time(finished, tmp_path):
    clone = copy(finished, tmp_path / "clone")
    before = contents(clone / "results")
    source = clone / "src" / "videeg_pipe" / "contracts" / "electrode_graph.py"
    text = source.read_text(encoding="utf-8")
    target = "results/graphs/graphs.safetensors"
    source.write_text(text + "import no_such_module\n", encoding="utf-8")
    for _ in range(2):
        failed = run(clone, target)
        assert failed.returncode != 0
        assert "No module named 'no_such_module'" in said(failed)
        assert rules_run(failed) == ["graphs"]
        assert contents(clone / "results") == before
    source.write_text(text, encoding="utf-8")
    again = run(clone, target)
    assert again.returncode == 0, said(again)
    assert rules_run(again) == ["graphs"]
    assert contents(clone / "results") == before
    assert "Nothing to be done" in said(run(clone, "all"))


@pytest.mark.nightly
def test_a_failed_rule_does_not_stop_the_others(finished, tmp_path):
    clone = copy(finished, tmp_path / "clone")
    results = clone / "results"
    before = contents(results)
    edit = {"release": {"n_samples": 73}, "graphs": {"scales": [0.5, 1.0]}}
    targets = ("results/windows.parquet", "results/graphs/graphs.safetensors")
    failed = run(clone, *targets, "--keep-going", **edit)
    assert_refused(failed, r"release\.n_samples")
    assert sorted(rules_run(failed)) == ["graphs", "select_windows"]
    after = contents(results)
    assert {name for name in before if before[name] != after[name]} == {
        "graphs/graphs.safetensors",
        f"{FOLDER}/graphs/graphs.safetensors.json",
    }
    planned = run(clone, *targets, "-n", **edit)
    assert rules_run(planned) == ["select_windows"]


def test_a_damaged_sample_leaves_the_old_release_and_is_made_again(finished, tmp_path):
    clone = copy(finished, tmp_path / "clone")
    shards = clone / "results" / "samples" / "spgn" / "part-001.zarr" / "eeg"
    shard = min(path for path in shards.rglob("0") if path.is_file())
    damaged = bytearray(shard.read_bytes())
    damaged[len(damaged) // 2] ^= 255
    shard.write_bytes(damaged)
    before = contents(clone / "results")
    for arguments in (("--forcerun", "release"), ()):  # the second run is not forced
        failed = run(clone, "all", *arguments)
        assert_refused(failed, r"part-001")
        assert rules_run(failed) == ["release"]
        assert contents(clone / "results") == before
    released = "results/release/videeg-gen.h5"
    healed = run(clone, released, *advised(failed))
    assert healed.returncode == 0, said(healed)
    assert rules_run(healed) == ["sample", "release"]
    with h5py.File(finished / released) as one, h5py.File(clone / released) as other:
        np.testing.assert_array_equal(one["eeg"][:], other["eeg"][:])


@pytest.mark.nightly
def test_damaged_features_are_made_again_after_the_advice(finished, tmp_path):
    clone = copy(finished, tmp_path / "clone")
    tokens, part = clone / "results/text/sub1.npy", "results/samples/spgn/part-000.json"
    before = sha256_file(tokens)
    damaged = bytearray(tokens.read_bytes())
    damaged[-3] ^= 64
    tokens.write_bytes(damaged)
    refused = run(clone, part, "--forcerun", part)
    assert_refused(refused, r"sub1\.npy; .* a damaged file, or one of another run;")
    assert advised(refused) == ["--forcerun", "results/text/texts.json"]
    healed = run(clone, part, *advised(refused))
    assert healed.returncode == 0, said(healed)
    assert sha256_file(tokens) == before


@pytest.mark.parametrize(
    "name", DAMAGES + [pytest.param(name, marks=pytest.mark.nightly) for name in MORE_DAMAGES]
)
def test_damage_to_the_source_leaves_what_was_made_of_it(finished, recorded, tmp_path, name):
    break_it, words = BAD[name]
    before = contents(finished / "results-seed-dv")
    whole = shutil.copytree(recorded, tmp_path / "whole")
    try:
        break_it(recorded)
        assert_refused(run_recorded(finished), words)
        assert contents(finished / "results-seed-dv") == before
    finally:  # with the modification times of the files
        shutil.copytree(whole, recorded, dirs_exist_ok=True)


@pytest.mark.nightly
def test_a_rule_with_a_manifest_runs_again_after_a_failure(finished, recorded):
    assert run_recorded(finished).returncode == 0  # repeats what failed in the tests above
    assert "Nothing to be done" in said(run_recorded(finished))
    before = contents(finished / "results-seed-dv")
    failed = run_recorded(finished, preprocess={"max_bad_fraction": 0.1, "reference": "recorded"})
    assert_refused(failed, "at most 10% bad channels; found (5[0-9]|6[0-2]) of 62")
    assert set(rules_run(failed)) == {"preprocess"}
    assert contents(finished / "results-seed-dv") == before
    again = run_recorded(finished)
    assert again.returncode == 0, said(again)
    assert set(rules_run(again)) == {"preprocess"}
    assert contents(finished / "results-seed-dv") == before
    assert "Nothing to be done" in said(run_recorded(finished))


def test_a_first_run_that_fails_leaves_no_result(finished, recorded, tmp_path):
    folder = shutil.copytree(recorded, tmp_path / "damaged")
    BAD["NaN"][0](folder)
    write_config(
        finished / "edit.yaml", run={"results": "results-fresh"}, source={"path": str(folder)}
    )
    failed = run_snakemake(
        finished, "results-fresh/eeg/sub1.json", "--configfile", "seed-dv.yaml", "edit.yaml"
    )
    assert_refused(failed, BAD["NaN"][1])
    assert contents(finished / "results-fresh") == {}


@pytest.mark.nightly
@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_leaves_the_old_generator_and_is_repeated(finished, tmp_path, kill):
    clone = copy(finished, tmp_path / "clone")
    results, log = clone / "results", clone / "results" / "logs" / "train_spgn.log"
    before = contents(results)
    log.unlink()
    write_config(clone / "edit.yaml", train={"epochs": 500})
    target = "results/models/spgn/model.json"
    options = ["--cores", "2", "--configfile", "tiny.yaml", "edit.yaml"]
    with subprocess.Popen(
        [sys.executable, "-m", "snakemake", target, *options],
        cwd=clone,
        env=os.environ | {"PYTHONPATH": str(clone / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # a shell ignores it for background processes, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        while not log.exists() or not log.stat().st_size:
            assert running.poll() is None
            time.sleep(0.1)
        os.killpg(running.pid, kill)
    after = contents(results)
    assert {name: after[name] for name in before} == before
    if kill == signal.SIGKILL:
        run_snakemake(clone, "--unlock")
    for edit in ({"train": {"epochs": 500}}, {}):
        planned = run(clone, target, "-n", **edit)
        assert rules_run(planned) == ["train"], said(planned)
