"""Killed jobs and damaged files: one command goes on to the release of an undisturbed run.

docs/how-to/faults.md lists all faults; test_faults_of_machines.py has those of disks and clocks.
"""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.workflow.interrupted import (
    SABOTAGE,
    advised,
    any_file,
    assert_healed,
    finish,
    in_log,
    job_process,
    kill_run,
    lines_of,
    sample_again,
    start,
    train_again,
    wait_for,
)
from videeg_pipe.runtime.files import read_record, write_record

pytestmark = pytest.mark.slow

PART = "results/samples/spgn/part-000"
QUICK = "Snakemake and all jobs are killed while it merges"
"""The fault of every test run; the others are part of `make nightly`."""


def faults(table):
    marks = {name: () if name == QUICK else pytest.mark.nightly for name in table}
    return [pytest.param(table[name], id=name, marks=marks[name]) for name in table]


# --- killed ---------------------------------------------------------------------------------


def random_batch(clone):
    """A random number of a part's eight batches are listed; the last ones would leave no time."""
    n = random.randint(1, 5)
    print(f"after {n} batches")
    return lines_of(clone / f"{PART}.journal", 2 * n)


def stored_epoch(clone):
    return any_file(clone, "models/spgn/state/last.pt")


RESUMED = {
    random_batch: ("sample_spgn_000", "resuming: "),
    stored_epoch: ("train_spgn", "resuming after epoch"),
}
"""Moment -> job, and the words in its log when it goes on."""


# what to make again, the moment, and whom the signal hits: a job, Snakemake, or all of them
KILLED = {
    "Snakemake and all jobs are killed while a person is preprocessed": (
        None, "results/eeg/sub1.json", lambda c: any_file(c, "eeg/.sub1.*/*.npy"), "all",
    ),
    "Snakemake and all jobs are killed while it trains": (
        train_again, "train", stored_epoch, "all",
    ),
    "the training is killed, as for lack of memory": (
        train_again, "train", stored_epoch, "train_spgn",
    ),
    "a sampling is killed at a random batch": (
        sample_again, "sample", random_batch, "sample_spgn_000",
    ),
    "Snakemake and all jobs are killed at a random batch": (
        sample_again, "sample", random_batch, "all",
    ),
    "Snakemake and all jobs are killed while it merges": (
        None, "release", lambda c: any_file(c, "release/.new.videeg-*/videeg-gen.h5"), "all",
    ),
    "the merge is killed": (
        None, "release", lambda c: any_file(c, "release/.new.videeg-*/videeg-gen.h5"), "release",
    ),
    "Snakemake is killed and its job goes on": (
        train_again, "train", lambda c: in_log(c, "train_spgn", "training windows"), "Snakemake",
    ),
    "Ctrl-C while it samples": (sample_again, "sample", random_batch, signal.SIGINT),
    "SIGTERM while it samples, as at a shutdown": (
        sample_again, "sample", random_batch, signal.SIGTERM,
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
    if moment in RESUMED:
        job, words = RESUMED[moment]
        assert words in (faulty / f"results/logs/{job}.log").read_text()


@pytest.mark.nightly
def test_a_snakemake_that_gets_sigterm_alone_ends_after_its_jobs(faulty, undisturbed):
    sample_again(faulty)
    running = start(faulty, "--forcerun", "sample", "--cores", "1")
    wait_for(lambda: any(faulty.glob("results/samples/spgn/part-*.zarr/eeg/c/*")), running)
    running.terminate()
    assert running.wait(timeout=1800) != 0
    assert "Will exit after finishing currently running jobs" in (faulty / "run.log").read_text()
    parts = sorted(path.name for path in (faulty / "results/samples/spgn").glob("part-*.json"))
    assert len(parts) == 1  # the part that ran is complete, and the other did not begin
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
    content = read_record(record)
    del content["config"]["spgn"]["hidden"]  # as if this version had added the option
    write_record(record, content)


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
    "a byte of the electrodes' graphs is flipped": (flip("results/graphs/*.safetensors"), "train"),
    "a byte of a sentence's features is flipped": (flip("results/text/*.npy"), "sample"),
    "a byte of the CLIP is flipped": (
        flip("results/clip/untrained/model.safetensors"), "embed_text",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", faults(DAMAGED))
def test_damaged(faulty, undisturbed, fault):
    damage, reader = fault
    damage(faulty)
    status, said = finish(faulty, "--forcerun", reader)
    error = said.splitlines()[-1]
    assert status != 0 and error.startswith("ERROR: ") and "Traceback" not in said, said
    assert advised(error), said
    assert_healed(faulty, undisturbed, *advised(error))


@pytest.mark.nightly
def test_samples_that_a_damaged_journal_no_longer_lists_are_drawn_again(faulty, undisturbed):
    cut(f"{PART}.journal")(faulty)
    assert_healed(faulty, undisturbed, "--forcerun", "sample")
    assert "resuming: " in (faulty / "results/logs/sample_spgn_000.log").read_text()
