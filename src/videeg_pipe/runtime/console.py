"""What a run shows: its progress, warnings and failures; all else is in Snakemake's log file.

The handler works on the events that Snakemake logs for its plugins, by their names.
"""

import logging
import os
import re
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from videeg_pipe.runtime.jobs import written_since
from videeg_pipe.runtime.run_progress import RunProgress, in_words

if TYPE_CHECKING:
    from rich.text import Text

VARIABLE = "VIDEEG_CONSOLE"
"""Environment variable: `full` shows Snakemake's own lines instead."""

_BAR = 16  # columns
_QUIET_S = 60.0  # without a finished job, after which a pipe gets a line
_SHOWN = (
    "Nothing to be done", "Complete log", "Terminating processes", "Trying to restart",
    "Will exit after finishing",
)  # fmt: skip
_HIDDEN = (  # said better by the lines about failed jobs
    "RuleException:\nCalledProcessError", "Restored previous version", "Cannot restore",
    "WorkflowError:\nAt least one job did not", "Exiting because a job",
)  # fmt: skip
_WARNING = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING (.*)$", re.MULTILINE)


class Console(logging.Handler):
    """Shows a line that changes on a terminal, and one line per finished job elsewhere."""

    def __init__(self, full: logging.Handler, log: Path, benchmarks: Path) -> None:
        """Stand in for Snakemake's handler of the console.

        Args:
            full: That handler. It shows what is logged before the first job is planned.
            log: Snakemake's log file, which gets what jobs print.
            benchmarks: Folder of the benchmark tables of earlier runs.
        """
        super().__init__()
        self._full, self.log = full, log
        self._since = time.time()
        self._progress = RunProgress(benchmarks)
        self._stream: TextIO | None = None
        self._live: Any = None
        self._on = {
            "run_info": self._plan,
            "job_info": self._start,
            "job_finished": self._finish,
            "job_error": self._fail,
        }
        self._said: set[str] = set()
        self._ended = threading.Event()
        self._spoke = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record of Snakemake's, or what follows from it."""
        try:
            self._emit(record)
        except Exception:  # what is shown must not end a run
            self.handleError(record)

    def _emit(self, record: logging.LogRecord) -> None:
        event = str(getattr(record, "event", None))
        if event == "workflow_started":
            self._take_over()
        elif self._stream is None or (self._ended.is_set() and not self._is_hidden(record)):
            self._full.handle(record)
        elif event in self._on:
            self._on[event](record)
        elif self._is_shown(record):
            self._say(str(record.msg))

    def finish(self) -> None:
        """End the progress; what follows is shown as Snakemake logs it."""
        self._ended.set()
        self._spoke.set()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def close(self) -> None:
        """End with Snakemake's logging."""
        self.finish()
        self._full.close()
        super().close()

    def _take_over(self) -> None:
        """Send what jobs print to the log file, where it cannot tear the line of progress."""
        self._stream = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
        sys.stderr.flush()
        sys.stderr = self._stream
        if isinstance(self._full, logging.StreamHandler):
            self._full.setStream(self._stream)
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(log, 2)
        os.close(log)

    def _is_shown(self, record: logging.LogRecord) -> bool:
        serious = record.levelno >= logging.WARNING or str(record.msg).startswith(_SHOWN)
        return serious and not self._is_hidden(record)

    def _is_hidden(self, record: logging.LogRecord) -> bool:
        return str(record.msg).startswith(_HIDDEN)

    def _say(self, text: str) -> None:
        self._spoke.set()
        if self._live is not None:
            self._live.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=self._stream, flush=True)

    def _plan(self, record: Any) -> None:
        """Begin, when the number of jobs is known."""
        counts = {rule: n for rule, n in record.stats.items() if rule != "total"}
        if self._progress.counts or not counts:
            return
        self._progress.plan(counts)
        assert self._stream is not None
        left = in_words(self._progress.seconds_left())
        total = self._progress.total
        self._say(f"{total} job{'s' * (total > 1)}, {left}; everything in {self.log}")
        if self._stream.isatty():
            from rich.console import Console as Terminal
            from rich.live import Live

            terminal = Terminal(file=self._stream)
            self._live = Live(console=terminal, get_renderable=self._line, transient=True)
            self._live.start()
        else:
            threading.Thread(target=self._break_silence, daemon=True).start()

    def _start(self, record: Any) -> None:
        name = " ".join([record.rule_name, *map(str, record.wildcards.values())])
        log = Path(record.log[0]) if record.log else None
        self._progress.start(record.jobid, record.rule_name, name, log)

    def _finish(self, record: Any) -> None:
        finished = self._progress.finish(record.job_id)
        if finished is None:
            return
        job, seconds = finished
        self._show_warnings(job.log)
        if self._live is None and job.log is not None:  # otherwise a target, which does nothing
            self._say(f"{self._counts()} {job.name}, {seconds:.0f} s; {self._left()}")

    def _fail(self, record: Any) -> None:
        job = self._progress.fail(record.jobid)
        # a job that did not begin has the log of an earlier run
        logs = [str(log) for log in record.log if written_since(Path(log), self._since)]
        self._show_warnings(job.log if job and str(job.log) in logs else None)
        see = ", ".join(logs or [str(self.log)])
        self._say(f"failed: {job.name if job else record.rule_name}, see {see}")

    def _show_warnings(self, log: Path | None) -> None:
        """Show the warnings in the log of a job that has ended, each text once."""
        if log is None or not log.is_file():
            return
        for text in _WARNING.findall(log.read_text(encoding="utf-8", errors="replace")):
            if text not in self._said:
                self._said.add(text)
                self._say(f"WARNING: {text}")

    def _counts(self) -> str:
        width = len(str(self._progress.total))
        return f"[{self._progress.done:{width}}/{self._progress.total}]"

    def _left(self) -> str:
        return in_words(self._progress.seconds_left())

    def _stage(self) -> str:
        """Name the jobs that run, and the step of the one that runs longest."""
        jobs = list(self._progress.running.values())
        names = ", ".join(job.name for job in jobs[:2]) + (", ..." if len(jobs) > 2 else "")
        step = next(filter(None, (job.step()[0] for job in jobs)), "")
        return f"{names}: {step.removeprefix(f'{names}: ')}" if step else names

    def _line(self) -> "Text":
        """Return the line of progress for a terminal, which cuts its end."""
        from rich.text import Text

        done, total = self._progress.done, self._progress.total
        filled = _BAR * done // total
        return Text.assemble(
            ("━" * filled, "green"),
            ("━" * (_BAR - filled), "bright_black"),
            f" {done}/{total}  {self._left()}  {self._stage()}",
            no_wrap=True,
            overflow="ellipsis",
        )

    def _break_silence(self) -> None:
        """Write a line to a pipe when nothing has been said for long."""
        while not self._ended.is_set():
            if not self._spoke.wait(_QUIET_S) and self._progress.running:
                self._say(f"{self._counts()} {self._stage()}; {self._left()}")
            self._spoke.clear()
