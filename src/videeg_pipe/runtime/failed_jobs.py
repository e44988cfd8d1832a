"""The failed jobs of a run: their errors, and their record for `videeg doctor`."""

import logging
import re
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from videeg_pipe.runtime.errors import make_again, to_make_again, without_credentials
from videeg_pipe.runtime.files import read_json, write_json
from videeg_pipe.runtime.jobs import last_error, needs_the_user, written_since
from videeg_pipe.runtime.slurm_plugin import MESSAGE

RECORD = Path("logs", "failed.json")
"""Its place in the results folder, from the beginning of a run to its success."""

_FLAGS = re.compile(r" \([^)]*\)$")  # which Snakemake adds to the name of an output
_CALL = "\n    sbatch call:"  # after the message of sbatch
_REFUSED = re.compile(r"SLURM sbatch failed\. The error message was '(.*)'")
_ENDED = re.compile(r"SLURM-job '(\S+)' failed.*SLURM status is: '(\w+)'")
_ADVICE = {
    "CANCELLED": "give the same command again",
    "OUT_OF_MEMORY": "request more, such as --set-resources {rule}:mem_mb=32000",
    "TIMEOUT": "request more minutes, such as --set-resources {rule}:runtime=1440",
}
"""What to do about jobs that ended so."""


class FailedJobs(logging.Handler):
    """Collects failed jobs from the events that Snakemake logs for its plugins.

    Snakemake repeats failed jobs, with more memory and time, as often as `--retries` says. Where
    the user must act first, another attempt would end alike: the job is given up.
    """

    def __init__(self, give_up: Callable[[str], None]) -> None:
        """Begin with no failed job.

        Args:
            give_up: Called with the name of a rule that must not be repeated.
        """
        super().__init__()
        self._give_up = give_up
        self._since = time.time()
        self._records: dict[int, Any] = {}  # by job; a retry may still succeed
        self._groups: dict[int, str] = {}  # the group of a job that was sent with others
        self._messages: dict[str | None, str | None] = {}  # of the scheduler, by group

    def emit(self, record: logging.LogRecord) -> None:
        """Note a failed job, or that its retry succeeded. A group's jobs follow its own record."""
        facts: Any = record
        event = str(getattr(record, "event", None))
        if event == "job_error":
            self._records[facts.jobid] = facts
            self._consider([facts.__dict__])
        elif event == "group_error":
            self._groups |= {job["jobid"]: facts.groupid for job in facts.job_error_info}
            self._messages[facts.groupid] = getattr(facts, MESSAGE, None)
            self._consider(facts.job_error_info)
        elif event == "job_finished":
            self._records.pop(facts.job_id, None)

    def _consider(self, jobs: list[dict[str, Any]]) -> None:
        """Give up the rules of jobs that are repeated together, if the user must act."""
        logs = [Path(log) for job in jobs for log in job["log"]]
        if any(needs_the_user(log, self._since) for log in logs):
            for job in jobs:
                self._give_up(job["rule_name"])

    def outputs(self) -> list[str]:
        """Return the outputs of all failed jobs, and of those that were sent with them."""
        records = self._records.values()
        return [_FLAGS.sub("", path) for record in records for path in record.output]

    def jobs(self) -> list[dict[str, Any]]:
        """Return rule, outputs, logs and error of the failed jobs; see `write_failed`.

        Logs of earlier runs are left out: a job that did not begin has none. Of a group, only jobs
        with an error are failed, if there are any.
        """
        jobs, silent = [], []
        named = set()  # groups with an error
        for jobid, record in self._records.items():
            logs = [log for log in map(Path, record.log) if written_since(log, self._since)]
            error = next(filter(None, (last_error(log, self._since) for log in logs)), None)
            group = self._groups.get(jobid)
            job = {
                "rule": record.rule_name,
                "output": [_FLAGS.sub("", path) for path in record.output],
                "log": [str(log) for log in logs],
                "error": error
                or _message(record.rule_name, self._messages.get(group, record.rule_msg)),
            }
            if error is None and group is not None:
                silent.append((group, job))
            else:
                jobs.append(job)
                named.add(group)
        return jobs + [job for group, job in silent if group not in named]


def _message(rule: str, text: str | None) -> str | None:
    """Return the message of the scheduler in one line, without its command, and what to do."""
    if not text:
        return None
    line = " ".join(text.split(_CALL)[0].split())
    if refused := _REFUSED.search(line):
        return (
            f"a job of {rule}; expected that Slurm takes it; found {refused[1]}; 'sinfo' lists "
            "what there is, 'videeg doctor --slurm' tries what jobs ask for"
        )
    if ended := _ENDED.search(line):
        job, status = ended.groups()
        advice = _ADVICE.get(status, "see .snakemake/slurm_logs, then give the same command again")
        return (
            f"a job of {rule}; expected its end; found {status} of Slurm's job {job}; "
            f"{advice.format(rule=rule)}"
        )
    return line


def in_words(job: dict[str, Any], output: str) -> str:
    """Return the error of a failed job, or what to do if it left none.

    Args:
        job: One of `FailedJobs.jobs`.
        output: Where its output is.
    """
    if job["error"]:
        return str(job["error"])
    if not job["log"]:
        return (
            f"a job of {job['rule']} did not begin: see the output {output}; on a cluster, "
            "'videeg doctor --slurm' tries what the profile asks for"
        )
    return (
        f"a job of {job['rule']} ended without an error in {', '.join(job['log'])}: see its "
        f"output {output}; a job that needs more than its memory is killed silently"
    )


def error_lines(jobs: list[dict[str, Any]], output: str) -> Iterator[str]:
    """Yield the errors of failed jobs, each once, and their advice together if several have some.

    Args:
        jobs: See `FailedJobs.jobs`.
        output: Where their output is.
    """
    errors = list(dict.fromkeys(in_words(job, output) for job in jobs))
    yield from (f"ERROR: {error}" for error in errors)
    if sum(bool(to_make_again([error])) for error in errors) > 1:
        yield f"For all: {make_again(*to_make_again(errors))}"


def write_failed(results: Path, command: Sequence[str], jobs: list[dict[str, Any]]) -> None:
    """Write the record.

    Args:
        results: Folder of the run's results.
        command: Command line of the run; links in it are recorded without credentials.
        jobs: None at all while the run goes on. For each failed job its `rule`, `output` and `log`
            (lists of files), and `error`, the last error in the log or of the scheduler; None if
            there is none.
    """
    shown = shlex.join(map(without_credentials, command))
    write_json(results / RECORD, {"command": shown, "jobs": jobs})


def read_failed(results: Path) -> dict[str, Any] | None:
    """Return the record, or None if the last run ended well.

    Raises:
        UserError: if the file is damaged.
    """
    path = results / RECORD
    return read_json(path, next_step="delete it") if path.is_file() else None
