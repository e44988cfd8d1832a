"""Failed jobs: their earlier results stay, byte by byte, they run again, and their errors come last.

Snakemake keeps an output with the flag `update` until the job has replaced it, and restores it if
the job fails. But it then records the restored file as a result of the failed configuration, so
that the next run would skip the job. Here the outputs of failed jobs get the modification time 0.
The job's script is newer, so the next run repeats the job, whatever the configuration. This needs
the default rerun triggers. Snakemake itself marks the outputs of killed jobs incomplete.
"""

import atexit
import logging
import time

from snakemake_interface_logger_plugins.common import LogEvent

from videeg_pipe.runtime.jobs import last_error

STARTED = time.time()


outputflags:
    # rules made with `use rule` do not inherit it
    update,


class FailedJobs(logging.Handler):
    """Collects failed jobs from the events that Snakemake logs for its plugins."""

    def __init__(self):
        super().__init__()
        self.records = {}  # by job; a retry may still succeed

    def emit(self, record):
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_ERROR:
            self.records[record.jobid] = record
        elif event == LogEvent.JOB_FINISHED:
            self.records.pop(record.job_id, None)

    def outputs(self):
        """Return the outputs of the failed jobs."""
        outputs = sum((record.output for record in self.records.values()), [])
        return [re.sub(r" \([^)]*\)$", "", path) for path in outputs]

    def errors(self):
        """Yield the errors of the failed jobs, from their log files."""
        for record in self.records.values():
            found = [last_error(Path(log), STARTED) for log in record.log]
            yield from filter(None, found)
            if not any(found):
                yield (
                    f"a job of {record.rule_name} ended without an error in {', '.join(record.log)}: "
                    "see its output above; a job that needs more than its memory is killed silently"
                )


FAILED_JOBS = FailedJobs()
logger.addHandler(FAILED_JOBS)


def mark_out_of_date():
    """Give the outputs of failed jobs the oldest modification time."""
    for path in filter(os.path.exists, FAILED_JOBS.outputs()):
        os.utime(path, (0, 0))


def print_errors():
    """Print the errors of failed jobs, each once."""
    for error in dict.fromkeys(FAILED_JOBS.errors()):
        print(f"ERROR: {error}", file=sys.stderr)


HOW_TO_GO_ON = """
Failed jobs left their earlier results unchanged; the next run repeats these jobs.
Ignore 'Cannot restore' warnings: those results did not exist before this run.
"""
