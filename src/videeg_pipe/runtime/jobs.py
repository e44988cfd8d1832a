"""The frame of every workflow script: one writer, a log file, and one-line errors."""

import logging
import os
import re
import shlex
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from videeg_pipe.runtime.disk import disk_full, is_full, take_space, trim
from videeg_pipe.runtime.errors import UserError, printable
from videeg_pipe.runtime.gpu_usage import gpu_memory_full, usage_logged
from videeg_pipe.runtime.gpus import visible_gpus
from videeg_pipe.runtime.lock import only_writer
from videeg_pipe.runtime.origin import Results

logger = logging.getLogger("videeg_pipe")

_RUNNING = "VIDEEG_RUNNING_JOB"  # environment variable, for processes that a job starts
_UNEXPECTED = "unexpected error"  # followed by its traceback
_PASSING = "another attempt may succeed"  # the entry before the error
_FOR_ERRORS = 1 << 15  # bytes that a log takes at once: its error may be that of a full disk
_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([A-Z]+) ", re.MULTILINE)


class _Formatter(logging.Formatter):
    """Escapes what a terminal would obey: names in foreign files may hold it."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(printable(line) for line in super().format(record).split("\n"))


class _LogFile(logging.FileHandler):
    """A log file whose lines go to the terminal where it cannot be written, on a full disk."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, the name is logging's
        print(f"{record.levelname}: {record.getMessage()}", file=sys.stderr)


@contextmanager
def job(snakemake: Any, *, nested: bool = False) -> Iterator[Results]:
    """Compare the inputs of a rule's job, run it, and record what its outputs were made from.

    The job logs to the log file of its rule. An error is logged and ends it with status 1.

    A UserError is one line. Any other exception is a defect of this package, logged with its
    traceback. The workflow prints the errors of all failed jobs when it ends; see `last_error`.

    A job whose Snakemake was killed may go on. While it lives, no other process runs the same job.
    Its outputs end with the oldest modification time, which Snakemake replaces when it accepts
    them. Otherwise the next run repeats the job, whatever the configuration.

    It sees the GPUs that its rule asks for, and no others; see `visible_gpus`.

    Args:
        snakemake: Snakemake's object of this name in the rule's script. The lock file lies beside
            its log file.
        nested: Whether the job computes nothing but runs another Snakemake, whose jobs claim their
            GPUs themselves.

    Yields:
        The results of the run, to warn of others that a script shows.
    """
    path = Path(snakemake.log[0]).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    to_file = _LogFile(path, mode="a", encoding="utf-8")
    to_file.setFormatter(_Formatter("%(asctime)s %(levelname)s %(message)s"))
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.setLevel(logging.WARNING)
    to_terminal.addFilter(lambda record: record.levelno < logging.ERROR)
    to_terminal.setFormatter(_Formatter("%(levelname)s: %(message)s"))
    first = os.environ.get(_RUNNING) != str(path)  # further ranks are started by the first one
    level = logging.INFO if first else logging.WARNING
    logging.basicConfig(level=level, handlers=[to_file, to_terminal], force=True)
    logging.captureWarnings(True)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=FutureWarning)
    config, params = snakemake.config, snakemake.params
    results = Results(config["run"]["results"], config, params.get("made_with", {}))
    owner = False
    try:
        if not first:
            yield results
            return
        with only_writer(path.with_suffix(".lock")):
            owner = True
            os.truncate(path, 0)
            take_space(path, _FOR_ERRORS)
            os.environ[_RUNNING] = str(path)
            settle_dates(snakemake.input, Path(results.folder))
            results.check(snakemake.input)
            n_gpus = snakemake.resources.get("gpu", 0) // snakemake.resources.get("nodes", 1)
            with nullcontext() if nested else _with_gpus(n_gpus):
                yield results
            results.record(
                snakemake.output,
                rule=snakemake.rule,
                options=params.get("config", {}),
                inputs=snakemake.input,
            )
            for output in snakemake.output:
                os.utime(output, (0, 0))
    except UserError as error:
        if error.passing:
            logger.log(level, _PASSING)
        logger.error("%s", error)
        sys.exit(1)
    except Exception as error:
        gpu_full = gpu_memory_full(error, params.get("config", {}))
        if gpu_full is not None:  # more memory of the machine would not help
            logger.error("%s", gpu_full)
        elif is_full(error, path.parent):
            named = getattr(error, "filename", None) or snakemake.output[0]
            logger.error("%s", disk_full(Path(named)))
        else:
            logger.exception(_UNEXPECTED)
        sys.exit(1)
    finally:
        os.environ.pop(_RUNNING, None)
        if owner:  # the log may be another job's
            with suppress(OSError):
                trim(path)


@contextmanager
def _with_gpus(n: int) -> Iterator[None]:
    """Let a job use `n` GPUs, and log how it did."""
    with visible_gpus(n) as gpus, usage_logged(gpus) if n else nullcontext():
        yield


def last_error(log: Path, since: float) -> str | None:
    """Return the last error in the log file of a job, with its traceback if it has one.

    Args:
        log: Path of the log file.
        since: Time in seconds since 1970; a file that is older belongs to an earlier run.

    Returns:
        The text, or None if there is no such file or no error in it.
    """
    errors = _errors(log, since)
    return errors[-1][0] if errors else None


def needs_the_user(log: Path, since: float) -> bool:
    """Return whether a job ended in a UserError that another attempt would repeat."""
    errors = _errors(log, since)
    return bool(errors) and not errors[-1][0].startswith(_UNEXPECTED) and not errors[-1][1]


def written_since(log: Path, since: float) -> bool:
    """Return whether a log is of this run: it exists, and is not older than `since`."""
    return log.is_file() and log.stat().st_mtime >= since


def _errors(log: Path, since: float) -> list[tuple[str, bool]]:
    """Return the errors in a log of this run, and whether another attempt may succeed.

    Those after which it may come first: of several processes, one may only report the loss of
    another, which has an error of its own.
    """
    entries = _entries(log, since)
    before = ["", *(text for _, text in entries)]
    errors = [
        (text, previous == _PASSING)
        for previous, (level, text) in zip(before, entries, strict=False)
        if level == "ERROR"
    ]
    return sorted(errors, key=lambda error: not error[1])


def _entries(log: Path, since: float) -> list[tuple[str, str]]:
    """Return level and text of the entries of a log of this run."""
    if not written_since(log, since):
        return []
    entries = _ENTRY.split(log.read_text(encoding="utf-8", errors="replace"))
    return [(level, text.strip()) for level, text in zip(entries[1::2], entries[2::2], strict=True)]


def settle_dates(inputs: Iterable[str], results: Path) -> None:
    """Bring the dates of results that a fast clock made to the present; refuse other such files.

    Snakemake deletes the outputs of a job that end older than one of its inputs.

    Args:
        inputs: Inputs of a job.
        results: Folder of the results.

    Raises:
        UserError: if other files, such as recordings, are dated in the future.
    """
    now = time.time()
    ahead = [path for path in map(Path, inputs) if path.stat().st_mtime > now + 1]
    for path in ahead:
        if path.absolute().is_relative_to(results.absolute()):
            os.utime(path)
            logger.warning("%s was dated in the future: it gets the present date", path)
    others = [path for path in ahead if path.stat().st_mtime > now + 1]
    if not others:
        return
    date = datetime.fromtimestamp(others[0].stat().st_mtime).isoformat(" ", "seconds")
    more = f", and {len(others) - 1} other files of a later date" if others[1:] else ""
    folder = os.path.commonpath([path.parent for path in others])
    find = ["find", folder or ".", "-newermt", "now", "-exec", "touch", "{}", "+"]
    raise UserError(
        str(others[0]),
        expected="a file dated in the past",
        found=f"{date}{more}",
        next_step=f"correct the clock, or run: {shlex.join(find)}",
    )
