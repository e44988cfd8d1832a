"""Runs of a clone that are killed at a chosen moment, and releases to compare."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from videeg_pipe.runtime.console import VARIABLE
from videeg_pipe.runtime.files import read_json, sha256_json

RELEASE = "results/release/videeg-gen.h5"
_DATES = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:]+(Z| UTC)?|\b[0-9a-f]{64}\b")

# makes jobs of a run misbehave once: read by every Python that starts with it in PYTHONPATH
SABOTAGE = """
import os, re, signal, sys
from pathlib import Path
pattern, once, act = os.environ["FAULT_FILE"], Path(os.environ["FAULT_ONCE"]), {act!r}
replace = Path.replace
def sabotaged(self, target):
    if re.search(pattern, str(target)) and not once.exists():
        once.touch()
        if act == "kill before":
            os.kill(os.getpid(), signal.SIGKILL)
        moved = replace(self, target)
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = sabotaged
"""


def start(clone: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Start a run in a process group of its own; its output goes to `run.log`."""
    path = [variables.pop("PYTHONPATH", ""), str(clone / "src")]
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    command = [sys.executable, "-m", "snakemake", RELEASE, "--cores", "2", *arguments]
    with (clone / "run.log").open("w") as log:
        return subprocess.Popen(
            [*command, "--configfile", "tiny.yaml"],
            cwd=clone,
            env=os.environ | {VARIABLE: "full"} | variables,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # a shell ignores it for background processes, and children inherit that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )


def finish(clone: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run to the end; return the status and what the run said."""
    status = start(clone, *arguments, **variables).wait(timeout=1800)
    return status, (clone / "run.log").read_text()


def advised(said: str) -> list[str]:
    """Return the arguments that an error says to add to the command."""
    found = re.search(r"run the same command again with (.*?) at its end", said)
    return found[1].split() if found else []


def wait_for(condition: Callable[[], object], running: subprocess.Popen[str]) -> None:
    """Wait until a condition holds while a run goes on."""
    end = time.monotonic() + 1200
    while not condition():
        assert running.poll() is None, "the run ended before the fault"
        assert time.monotonic() < end
        time.sleep(0.01)


def kill_run(running: subprocess.Popen[str], number: int = signal.SIGKILL) -> None:
    """End Snakemake and all of its jobs, which are in one process group."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, number)
    running.wait()


def job_process(clone: Path, job: str) -> int | None:
    """Return the id of the process that holds the lock of a job."""
    lock = clone / "results" / "logs" / f"{job}.lock"
    found = re.match(r"process (\d+)", lock.read_text()) if lock.exists() else None
    return int(found[1]) if found else None


def undated(path: Path) -> str:
    """Return a text without dates, and without checksums of files that contain a date."""
    return _DATES.sub("", path.read_text(encoding="utf-8"))


def release_of(results: Path) -> dict[str, str]:
    """Return a checksum of each data set, of the attributes, and of the release's other files."""
    with h5py.File(results / "release" / "videeg-gen.h5") as file:
        content = {name: np.asarray(file[name][()]).tobytes().hex() for name in file}
        attributes = {name: str(value) for name, value in file.attrs.items() if name != "created"}
    content["attributes"] = sha256_json(attributes)
    content["table"] = pd.read_parquet(results / "release" / "manifest.parquet").to_csv()
    content["splits"] = sha256_json(read_json(results / "release" / "dataset_split.json"))
    for name in ("LICENSE", "croissant.json"):
        content[name] = undated(results / "release" / name)
    return {name: sha256_json(value) for name, value in content.items()}


def leftovers(results: Path) -> list[Path]:
    """Return the temporary files and folders in a results folder."""
    names = (".*", "*.partial", "*.part")
    return [path for name in names for path in results.rglob(name)]


def assert_healed(
    clone: Path, undisturbed: dict[str, str], *arguments: str, **variables: str
) -> None:
    """One command, and the release is that of an undisturbed run, without leftovers."""
    status, said = finish(clone, *arguments, **variables)
    assert status == 0, said
    assert release_of(clone / "results") == undisturbed
    assert leftovers(clone / "results") == []


def train_again(clone: Path) -> None:
    """Let the next run train, although nothing changed."""
    shutil.rmtree(clone / "results/models/spgn/state")


def sample_again(clone: Path) -> None:
    """Let the next run draw all samples, which a finished release would not need again."""
    for name in ("samples", "release"):
        shutil.rmtree(clone / "results" / name)


# --- moments for `wait_for` -------------------------------------------------------------------


def any_file(clone: Path, pattern: str) -> Callable[[], bool]:
    """A result with such a name exists."""
    return lambda: any((clone / "results").glob(pattern))


def in_log(clone: Path, job: str, text: str) -> Callable[[], bool]:
    """A job of the next run has logged a text."""
    log = clone / "results" / "logs" / f"{job}.log"
    log.unlink(missing_ok=True)
    return lambda: log.exists() and text in log.read_text()


def lines_of(path: Path, n: int) -> Callable[[], bool]:
    """A file has more lines than n."""
    return lambda: path.exists() and len(path.read_text().splitlines()) > n
