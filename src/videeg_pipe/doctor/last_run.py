"""The failed jobs of the last run, and what a killed run left."""

import argparse
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from videeg_pipe.doctor.finding import Finding
from videeg_pipe.runtime.errors import UserError, listed, to_make_again
from videeg_pipe.runtime.failed_jobs import RECORD, read_failed
from videeg_pipe.runtime.files import entries_of
from videeg_pipe.runtime.run_lock import left_to_the_user, run_lives

_SNAKEMAKE = Path(".snakemake")


def check_last_run(results: Path) -> Iterator[Finding]:
    """Name rule, output, log and line of each failed job of the last run, and the next command.

    Args:
        results: Folder of the run's results.
    """
    lives = run_lives(_SNAKEMAKE)
    try:
        failed, next_run = _last(results)
        yield from failed
    except UserError as error:
        next_run = None
        yield Finding("last run", "note", f"{error}", f"rm {shlex.quote(str(results / RECORD))}")
    if lives:
        yield Finding("run", "note", "a run goes on in this folder")
    elif next_run is not None:
        yield next_run
    if not lives and any(_SNAKEMAKE.glob("locks/*.lock")) and left_to_the_user(_SNAKEMAKE):
        yield Finding(
            "lock",
            "note",
            "a run goes on in this folder on another machine, or was killed there",
            "snakemake --unlock  # if none goes on",
        )


def _last(results: Path) -> tuple[list[Finding], Finding | None]:
    """Return the failed jobs of the last run, and how to go on; nothing if it ended well.

    Raises:
        UserError: if the record of the run is damaged.
    """
    record = read_failed(results)
    if record is None:
        return [], None
    with entries_of(results / RECORD, next_step="delete it"):
        jobs = [_failed(job) for job in record["jobs"]]
        found = "repeats the failed jobs" if jobs else "goes on where a killed run ended"
        return jobs, Finding("next run", "note", found, _command(record))


def _command(failed: dict[str, Any]) -> str:
    """Return the command line of a run, with what the errors of its jobs advise.

    Snakemake obeys only the last `--forcerun`: all its targets come into one.
    """
    again = to_make_again(job["error"] or "" for job in failed["jobs"])
    if not again:
        return str(failed["command"])
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--forcerun", "-R", nargs="*", default=[])
    own, others = parser.parse_known_args(shlex.split(failed["command"]))
    return shlex.join([*others, "--forcerun", *dict.fromkeys([*own.forcerun, *again])])


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
