"""Faults, injected for real: one command goes on to the release of an undisturbed run.

docs/how-to/faults.md lists them.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.workflow.interrupted import (
    SABOTAGE,
    advised,
    finish,
    job_process,
    kill_run,
    leftovers,
    release_of,
    start,
    wait_for,
)

pytestmark = pytest.mark.slow

PART = "results/samples/spgn/part-000"
QUICK = {"the manifest of a part is damaged", "Snakemake and all jobs are killed while it merges"}
"""Faults of every test run; the others are part of `make nightly`."""


@pytest.fixture(scope="module")
def undisturbed(finished):
    return release_of(finished / "results")


@pytest.fixture
def faulty(finished, tmp_path) -> Path:
    """A copy of a finished run."""
    return shutil.copytree(finished, tmp_path / "clone", symlinks=True)


def faults(table):
    marks = {name: () if name in QUICK else pytest.mark.nightly for name in table}
    return [pytest.param(table[name], id=name, marks=marks[name]) for name in table]


def assert_healed(clone, undisturbed, *arguments, **variables):
    """One command, and the release is that of an undisturbed run, without leftovers."""
    status, said = finish(clone, *arguments, **variables)
    assert status == 0, said
    assert release_of(clone / "results") == undisturbed
    assert leftovers(clone / "results") == []


# --- killed ---------------------------------------------------------------------------------


def train_again(clone):
    shutil.rmtree(clone / "results/models/spgn/state")


def sample_again(clone):
    shutil.rmtree(clone / "results/samples")


def any_file(clone, pattern):
    return lambda: any((clone / "results").glob(pattern))


def in_log(clone, job, text):
    log = clone / "results" / "logs" / f"{job}.log"
    log.unlink(missing_ok=True)
    return lambda: log.exists() and text in log.read_text()


def lines_of(path, n):
    return lambda: path.exists() and len(path.read_text().splitlines()) > n


def random_sample(clone):
    return lines_of(clone / f"{PART}.journal", random.randint(1, 15))


# what to make again, the moment, and whom the signal hits: a job, Snakemake, or all of them
KILLED = {
    "Snakemake and all jobs are killed while a person is preprocessed": (
        None, "results/eeg/sub1.json", lambda c: any_file(c, "eeg/.sub1.*/*.npy"), "all",
    ),
    "Snakemake and all jobs are killed while it trains": (
        train_again, "train", lambda c: in_log(c, "train_spgn", "training windows"), "all",
    ),
    "the training is killed, as for lack of memory": (
        train_again, "train", lambda c: in_log(c, "train_spgn", "training windows"), "train_spgn",
    ),
    "a sampling is killed at a random sample": (
        sample_again, "sample", random_sample, "sample_spgn_000",
    ),
    "Snakemake and all jobs are killed at a random sample": (
        sample_again, "sample", random_sample, "all",
    ),
    "Snakemake and all jobs are killed while it merges": (
        None, "release", lambda c: any_file(c, "release/.new-*/videeg-gen.h5"), "all",
    ),
    "the merge is killed": (
        None, "release", lambda c: any_file(c, "release/.new-*/videeg-gen.h5"), "release",
    ),
    "Snakemake is killed and its job goes on": (
        train_again, "train", lambda c: in_log(c, "train_spgn", "training windows"), "Snakemake",
    ),
    "Ctrl-C while it samples": (sample_again, "sample", random_sample, signal.SIGINT),
    "SIGTERM while it samples, as at a shutdown": (
        sample_again, "sample", random_sample, signal.SIGTERM,
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", faults(KILLED))
def test_killed(faulty, undisturbed, fault):
    prepare, target, moment, victim = fault
    if prepare is not None:
        prepare(faulty)
    condition = moment(faulty)
    running = start(faulty, "--forcerun", target)
    wait_for(condition, running)
    survivor = None
    if victim == "all":
        kill_run(running)
    elif isinstance(victim, signal.Signals):
        kill_run(running, victim)
    elif victim == "Snakemake":
        survivor = job_process(faulty, "train_spgn")
        running.kill()
        running.wait()
    else:
        os.kill(job_process(faulty, victim), signal.SIGKILL)
        assert running.wait(timeout=1800) != 0
        assert "ended without an error" in (faulty / "run.log").read_text()
    while survivor is not None and Path(f"/proc/{survivor}").exists():
        time.sleep(0.1)
    assert_healed(faulty, undisturbed)


# what to make again, the file that is about to get its name, and whether it gets it
RENAMED = {
    "killed before a part of the release gets its name": (
        None, "release", r"release/manifest\.parquet", "kill before",
    ),
    "killed after a part of the release got its name": (
        None, "release", r"release/manifest\.parquet", "kill after",
    ),
    "killed between a recording and its manifest": (
        None, "results/eeg/sub1.json", r"eeg/sub1-s1-b1\.npy", "kill after",
    ),
    "killed between weights and their record": (
        train_again, "train", r"checkpoint\.safetensors", "kill after",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", faults(RENAMED))
def test_killed_between_write_and_rename(faulty, undisturbed, tmp_path, fault):
    prepare, target, pattern, act = fault
    if prepare is not None:
        prepare(faulty)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SABOTAGE.format(act=act))
    sabotage = {
        "PYTHONPATH": str(tmp_path / "site"),
        "FAULT_FILE": pattern,
        "FAULT_ONCE": str(tmp_path / "done"),
    }
    status, _ = finish(faulty, "--forcerun", target, **sabotage)
    assert status != 0 and (tmp_path / "done").exists()
    assert_healed(faulty, undisturbed)


# --- damaged files --------------------------------------------------------------------------


def flip(pattern):
    def damage(clone):
        path = min(path for path in clone.glob(pattern) if path.is_file())
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 64
        path.write_bytes(content)

    return damage


def cut(pattern):
    def damage(clone):
        path = min(path for path in clone.glob(pattern) if path.is_file())
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


def lose(pattern):
    def damage(clone):
        min(path for path in clone.glob(pattern) if path.is_file()).unlink()

    return damage


def foreign_version(clone):
    record = clone / "results/models/spgn/model.json"
    content = json.loads(record.read_text())
    content["config"]["spgn"]["hidden"] = 32
    record.write_text(json.dumps(content))


# what is damaged, and a rule that reads it, to run again
DAMAGED = {
    "a byte of a shard is flipped": (flip(f"{PART}.zarr/eeg/c/3/0/0"), "release"),
    "a shard is cut": (cut(f"{PART}.zarr/eeg/c/3/0/0"), "release"),
    "a shard is lost": (lose(f"{PART}.zarr/eeg/c/3/0/0"), "release"),
    "the metadata of a part are damaged": (cut(f"{PART}.zarr/zarr.json"), "release"),
    "the manifest of a part is damaged": (flip(f"{PART}.json"), "release"),
    "a byte of a recording is flipped": (flip("results/eeg/sub1-s1-b1.npy"), "cut_windows"),
    "a recording is lost": (lose("results/eeg/sub1-s1-b1.npy"), "cut_windows"),
    "a byte of a video's features is flipped": (flip("results/video/*.npz"), "release"),
    "a byte of the weights is flipped": (
        flip("results/models/spgn/checkpoint.safetensors"), "sample",
    ),
    "weights of a foreign version": (foreign_version, "sample"),
    "a table is cut": (cut("results/windows.parquet"), "release"),
    "a record of made_from is lost": (
        lose("results/made_from/windows.parquet.json"), "release",
    ),
    "the list of recordings is cut": (cut("results/eeg/index.json"), "graphs"),
}  # fmt: skip


@pytest.mark.parametrize("fault", faults(DAMAGED))
def test_damaged(faulty, undisturbed, fault):
    damage, reader = fault
    damage(faulty)
    status, said = finish(faulty, "--forcerun", reader)
    if status == 0:  # made again without being asked
        assert release_of(faulty / "results") == undisturbed
        return
    error = said.splitlines()[-1]
    assert error.startswith("ERROR: ") and "Traceback" not in said, said
    assert advised(error), said
    assert_healed(faulty, undisturbed, *advised(error))


# --- disks, clocks, other runs ----------------------------------------------------------------


@contextmanager
def disk(clone: Path, n_bytes_free: int):
    """Keep the results on a file system of their own, with little space; needs root."""
    results, kept = clone / "results", clone / "kept"
    results.rename(kept)
    results.mkdir()
    size = int(subprocess.check_output(["du", "-sB1", kept]).split()[0])
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size + 2**20 + n_bytes_free}", "tmpfs", results]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    try:
        subprocess.run(["cp", "-a", f"{kept}/.", results], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", results], check=True)


def fill(clone: Path, n_bytes: int) -> Path:
    """Fill the disk of the results until few bytes are free."""
    filler = clone / "results" / "filler"
    free = shutil.disk_usage(clone / "results").free
    filler.write_bytes(bytes(max(0, free - n_bytes)))
    return filler


FULL = {
    "the disk is full while a person is preprocessed": (None, "results/eeg/sub1.json", "eeg"),
    "the disk is full while it trains": (train_again, "train", "models/spgn"),
    "the disk is full while it samples": (sample_again, "sample", "samples/spgn"),
    "the disk is full while it merges": (None, "release", "release/videeg-gen.h5"),
}


@pytest.mark.parametrize("fault", faults(FULL))
@pytest.mark.parametrize("free", [200_000, 0], ids=["nearly", "wholly"])
def test_full_disk(faulty, undisturbed, fault, free):
    prepare, target, named = fault
    with disk(faulty, 2**24):
        if prepare is not None:
            prepare(faulty)
        filler = fill(faulty, free)
        status, said = finish(faulty, "--forcerun", target)
        assert status != 0
        assert "Traceback" not in said, said
        assert ("results/" + named if free else "results; expected") in said, said
        assert " free on its disk; found " in said, said
        filler.unlink()
        assert_healed(faulty, undisturbed)


@pytest.mark.nightly
def test_results_that_cannot_be_written(faulty, undisturbed):
    with disk(faulty, 2**24):
        subprocess.run(["mount", "-o", "remount,ro", faulty / "results"], check=True)
        status, said = finish(faulty, "--forcerun", "release")
        assert status != 0 and "Traceback" not in said
        assert "Write-protected output files" in said, said
        subprocess.run(["mount", "-o", "remount,rw", faulty / "results"], check=True)
        assert_healed(faulty, undisturbed)


@pytest.mark.nightly
def test_two_runs_at_once(faulty, undisturbed):
    first = start(faulty, "--forcerun", "release")
    wait_for(lambda: any((faulty / ".snakemake" / "locks").glob("*.lock")), first)
    os.killpg(first.pid, signal.SIGSTOP)  # it lives, and does not end before the second begins
    try:
        status, said = finish(faulty, "--forcerun", "release")
    finally:
        os.killpg(first.pid, signal.SIGCONT)
    assert status != 0 and "cannot be locked" in said, said
    assert first.wait(timeout=1800) == 0
    assert_healed(faulty, undisturbed)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("name", "rule"), [("results/windows.parquet", "sample"), ("results/eeg/index.json", "graphs")]
)
def test_a_clock_that_was_fast(faulty, undisturbed, name, rule):
    os.utime(faulty / name, (time.time() + 86400,) * 2)
    assert_healed(faulty, undisturbed, "--forcerun", rule)
    status, said = finish(faulty)
    assert status == 0 and "Nothing to be done" in said, said


@pytest.mark.nightly
def test_code_dated_in_the_future(faulty, undisturbed):
    code = faulty / "src/videeg_pipe/release/merge.py"
    os.utime(code, (time.time() + 86400,) * 2)
    status, said = finish(faulty, "--forcerun", "release")
    assert status != 0
    command = said.splitlines()[-1].split(" or run: ")[1]
    subprocess.run(command, shell=True, check=True, cwd=faulty)
    assert_healed(faulty, undisturbed)


@pytest.mark.nightly
def test_snakemakes_own_records_are_lost(faulty, undisturbed):
    shutil.rmtree(faulty / ".snakemake")
    assert_healed(faulty, undisturbed)


@pytest.mark.nightly
def test_a_file_that_a_network_file_system_shows_late(faulty, undisturbed):
    table = faulty / "results/windows.parquet"
    running = start(faulty, "--forcerun", "select_windows", "--latency-wait", "60")
    wait_for(lambda: table.stat().st_mtime == 0, running)  # the job is about to end
    hidden = table.rename(table.with_suffix(".late"))
    time.sleep(5)
    hidden.rename(table)
    assert running.wait(timeout=1800) == 0, (faulty / "run.log").read_text()
    assert_healed(faulty, undisturbed)
