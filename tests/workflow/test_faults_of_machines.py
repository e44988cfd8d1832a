"""Disks, clocks and other runs: one command goes on to the release of an undisturbed run.

docs/how-to/faults.md lists all faults; test_faults.py has those of killed jobs and damaged files.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.workflow.interrupted import (
    any_file,
    assert_healed,
    finish,
    in_log,
    kill_run,
    lines_of,
    sample_again,
    start,
    train_again,
    wait_for,
)
from videeg_pipe.doctor.last_run import check_last_run

pytestmark = [pytest.mark.slow, pytest.mark.nightly]


PART = "results/samples/spgn/part-000"
FILLER = "results/filler"


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


@contextmanager
def quota(clone: Path):
    """Keep the results on Btrfs, whose quotas bind root; yield how to use one up and lift it."""
    results, kept, image = clone / "results", clone / "kept", clone / "image"
    if shutil.which("mkfs.btrfs") is None:
        pytest.skip("needs btrfs-progs")
    with image.open("wb") as file:
        file.truncate(2**30)
    subprocess.run(["mkfs.btrfs", "--quiet", image], check=True)
    results.rename(kept)
    results.mkdir()
    if subprocess.run(["mount", "-o", "loop", image, results], capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    try:
        subprocess.run(["cp", "-a", f"{kept}/.", results], check=True)
        subprocess.run(["btrfs", "quota", "enable", results], check=True)
        yield (
            lambda: subprocess.run(["btrfs", "qgroup", "limit", "1", results], check=True),
            # a used-up quota refuses even another limit
            lambda: subprocess.run(["btrfs", "quota", "disable", results], check=True),
        )
    finally:
        subprocess.run(["umount", "--lazy", results], check=True)


def fill(clone: Path, n_bytes: int) -> None:
    """Fill the disk of the results until few bytes are free."""
    free = shutil.disk_usage(clone / "results").free
    with suppress(OSError):  # others write, too
        (clone / FILLER).write_bytes(bytes(max(0, free - n_bytes)))


def took_space(release: Path) -> Callable[[], bool]:
    """The file of a new release has taken the space that it will need."""
    files = ".new.videeg-*/videeg-gen.h5"
    return lambda: any(path.stat().st_blocks > 100 for path in release.glob(files))


# what to make again, the rule or its output, a moment at which it writes, and the error's file
FULL = {
    "a person is preprocessed": (
        None, "results/eeg/sub1.json", lambda c: any_file(c, "eeg/.sub1.*/*.npy"), "eeg",
    ),
    "it trains": (
        train_again, "train", lambda c: in_log(c, "train_spgn", "training windows"), "models/spgn",
    ),
    "it samples": (
        sample_again, "sample", lambda c: lines_of(c / f"{PART}.journal", 0), "samples/spgn",
    ),
    "it merges": (
        None, "release", lambda c: took_space(c / "results/release"), "release/videeg-gen.h5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("stage", FULL)
def test_a_disk_with_too_little_space(faulty, undisturbed, stage):
    prepare, target, _, named = FULL[stage]
    with disk(faulty, 2**24):
        if prepare is not None:
            prepare(faulty)
        fill(faulty, 200_000)
        status, said = finish(faulty, "--forcerun", target)
        assert status != 0 and "Traceback" not in said, said
        assert f"results/{named}" in said and " free on its disk; found " in said, said
        (faulty / FILLER).unlink()
        assert_healed(faulty, undisturbed)


def filled_meanwhile(clone: Path, stage: str) -> tuple[int, str]:
    """Fill the disk while a stage writes; return status and output of the run."""
    prepare, target, moment, _ = FULL[stage]
    if prepare is not None:
        prepare(clone)
    condition = moment(clone)
    running = start(clone, "--forcerun", target)
    wait_for(condition, running)
    os.killpg(running.pid, signal.SIGSTOP)
    fill(clone, 0)
    os.killpg(running.pid, signal.SIGCONT)
    return running.wait(timeout=1800), (clone / "run.log").read_text()


@pytest.mark.parametrize("stage", [stage for stage in FULL if stage != "it merges"])
def test_a_disk_that_becomes_full(faulty, undisturbed, stage):
    with disk(faulty, 2**24):
        status, said = filled_meanwhile(faulty, stage)
        assert status != 0 and "Traceback" not in said, said
        error = said.splitlines()[-1]
        assert f"ERROR: results/{FULL[stage][-1]}" in error and " disk" in error, said
        (faulty / FILLER).unlink()
        assert_healed(faulty, undisturbed)


def test_a_merge_has_taken_its_space_before_the_disk_becomes_full(faulty, undisturbed):
    with disk(faulty, 2**24):
        status, said = filled_meanwhile(faulty, "it merges")
        assert status == 0, said
        (faulty / FILLER).unlink()
        assert_healed(faulty, undisturbed)


def test_a_quota_that_is_used_up(faulty, undisturbed):
    with quota(faulty) as (use_up, lift):
        sample_again(faulty)
        running = start(faulty)
        wait_for(lines_of(faulty / f"{PART}.journal", 0), running)
        os.killpg(running.pid, signal.SIGSTOP)
        try:
            use_up()
        finally:
            os.killpg(running.pid, signal.SIGCONT)
        status, said = running.wait(timeout=1800), (faulty / "run.log").read_text()
        assert status != 0 and "Traceback" not in said, said
        assert "ERROR: results/samples/spgn" in said and "a used-up quota" in said, said
        lift()
        assert_healed(faulty, undisturbed)


def test_a_disk_that_is_full_at_the_start(faulty, undisturbed):
    with disk(faulty, 2**24):
        fill(faulty, 0)
        status, said = finish(faulty, "--forcerun", "release")
        assert status != 0 and "Traceback" not in said, said
        assert "results; expected 0.1 MB free on its disk; found " in said, said
        (faulty / FILLER).unlink()
        assert_healed(faulty, undisturbed)


def test_results_that_cannot_be_written(faulty, undisturbed):
    with disk(faulty, 2**24):
        subprocess.run(["mount", "-o", "remount,ro", faulty / "results"], check=True)
        status, said = finish(faulty, "--forcerun", "release")
        assert status != 0 and "Traceback" not in said
        assert "Write-protected output files" in said, said
        subprocess.run(["mount", "-o", "remount,rw", faulty / "results"], check=True)
        assert_healed(faulty, undisturbed)


def test_killed_on_another_machine(faulty, undisturbed, monkeypatch):
    running = start(faulty, "--forcerun", "release")
    wait_for(any_file(faulty, "release/.new.videeg-*/videeg-gen.h5"), running)
    kill_run(running)
    (here,) = (faulty / ".snakemake").glob("run-*.lock")
    here.rename(here.with_name("run-another.lock"))
    status, said = finish(faulty)
    assert status != 0 and "cannot be locked" in said, said
    monkeypatch.chdir(faulty)
    *_, lock = check_last_run(Path("results"))
    assert lock.next_step.startswith("snakemake --unlock")
    status, said = finish(faulty, "--unlock")
    assert status == 0, said
    assert [path.name for path in here.parent.glob("run-*.lock")] == [here.name]
    assert_healed(faulty, undisturbed)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "after a third run"])
def test_two_runs_at_once(faulty, undisturbed, locked):
    folder = faulty / ".snakemake"
    locks = folder / "locks"
    for earlier in folder.glob("results-*.lock"):
        earlier.unlink()
    first = start(faulty, "--forcerun", "release")

    def locked_twice() -> bool:  # ours has text as soon as it is held
        ours = any(path.read_text() for path in folder.glob("results-*.lock"))
        return ours and any(locks.glob("*.lock"))

    wait_for(locked_twice, first)
    os.killpg(first.pid, signal.SIGSTOP)  # it lives, and does not end before the second begins
    if not locked:
        shutil.rmtree(locks)  # as each run does that ends in this folder, with other results
    try:
        status, said = finish(faulty, "--forcerun", "release")
    finally:
        os.killpg(first.pid, signal.SIGCONT)
    expected = "cannot be locked" if locked else "expected no other process that writes"
    assert status != 0 and expected in said and "Traceback" not in said, said
    assert first.wait(timeout=1800) == 0
    assert_healed(faulty, undisturbed)


@pytest.mark.parametrize(
    ("name", "rule"), [("results/windows.parquet", "sample"), ("results/eeg/index.json", "graphs")]
)
def test_a_clock_that_was_fast(faulty, undisturbed, name, rule):
    os.utime(faulty / name, (time.time() + 86400,) * 2)
    assert_healed(faulty, undisturbed, "--forcerun", rule)
    status, said = finish(faulty)
    assert status == 0 and "Nothing to be done" in said, said


def test_code_dated_in_the_future(faulty, undisturbed):
    code = faulty / "src/videeg_pipe/release/merge.py"
    os.utime(code, (time.time() + 86400,) * 2)
    status, said = finish(faulty, "--forcerun", "release")
    assert status != 0
    command = said.splitlines()[-1].split(" or run: ")[1]
    subprocess.run(command, shell=True, check=True, cwd=faulty)
    assert_healed(faulty, undisturbed)


def test_snakemakes_own_records_are_lost(faulty, undisturbed):
    shutil.rmtree(faulty / ".snakemake")
    assert_healed(faulty, undisturbed)


def test_a_file_that_a_network_file_system_shows_late(faulty, undisturbed):
    table = faulty / "results/windows.parquet"
    running = start(faulty, "--forcerun", "select_windows", "--latency-wait", "60")
    wait_for(lambda: table.stat().st_mtime == 0, running)  # the job is about to end
    hidden = table.rename(table.with_suffix(".late"))
    time.sleep(5)
    hidden.rename(table)
    assert running.wait(timeout=1800) == 0, (faulty / "run.log").read_text()
    assert_healed(faulty, undisturbed)
