"""The failed jobs of the last run, and what a killed run left."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from videeg_pipe.doctor.finding import Finding
from videeg_pipe.runtime.errors import listed
from videeg_pipe.runtime.failed_jobs import read_failed
from videeg_pipe.runtime.run_lock import left_to_the_user, run_lives

_SNAKEMAKE = Path(".snakemake")
_ADVISED = re.compile(r"run the same command again with (.*?) at its end")


def check_last_run(results: Path) -> Iterator[Finding]:
    """Name rule, output, log and line of each failed job of the last run, and the next command.

    Args:
        results: Folder of the run's results.
    """
    failed, lives = read_failed(results), run_lives(_SNAKEMAKE)
    for job in failed["jobs"] if failed else ():
        yield _failed(job)
    if lives:
        yield Finding("run", "note", "a run goes on in this folder")
    elif failed:
        killed = not failed["jobs"]
        found = "goes on where a killed run ended" if killed else "repeats the failed jobs"
        yield Finding("next run", "note", found, _command(failed))
    if not lives and any(_SNAKEMAKE.glob("locks/*.lock")) and left_to_the_user(_SNAKEMAKE):
        yield Finding(
            "lock",
            "note",
            "a run goes on in this folder on another machine, or was killed there",
            "snakemake --unlock  # if none goes on",
        )


def _command(failed: dict[str, Any]) -> str:
    """Return the command line of a run, with what the errors of its jobs advise."""
    errors = " ".join(job["error"] or "" for job in failed["jobs"])
    return " ".join(dict.fromkeys([failed["command"], *_ADVISED.findall(errors)]))


def _failed(job: dict[str, Any]) -> Finding:
    """Say which output is missing and where the log says why."""
    error = job["error"] or "ended without an error: killed, perhaps for its memory"
    first = error.splitlines()[0]
    logs = [Path(log) for log in job["log"]]
    places = [(log, line) for log in logs if (line := _line_of(first, log))]
    where = ", ".join(f"{log} line {line}" for log, line in places) or "no line in a log"
    show = [f"sed -n '{line},$p' {shlex.quote(str(log))}" for log, line in places]
    return Finding(
        f"rule {job['rule']}",
        "note",
        f"{listed(job['output'], 1)}: {error.splitlines()[-1]} ({where})",
        "; ".join(show) or _look(job),
    )


def _look(job: dict[str, Any]) -> str:
    """Return what to look at where no log holds the error; a job that did not begin has none."""
    return f"cat {shlex.join(job['log'])}" if job["log"] else "videeg doctor --slurm"


def _line_of(text: str, log: Path) -> int | None:
    """Return the number of the last line with this text, from 1; None if there is none."""
    if not log.is_file():
        return None
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return max((n for n, line in enumerate(lines, 1) if text in line), default=None)
