"""Failed jobs: their earlier results stay, byte by byte, and they run again.

Snakemake keeps an output with the flag `update` until the job has replaced it, and restores it if
the job fails. But it then records the restored file as a result of the failed configuration, so
that the next run would skip the job. Here the outputs of failed jobs get the modification time 0.
The job's script is newer, so the next run repeats the job, whatever the configuration. This needs
the default rerun triggers. Snakemake itself marks the outputs of killed jobs incomplete.
"""

import logging

from snakemake_interface_logger_plugins.common import LogEvent


outputflags:
    # rules made with `use rule` do not inherit it
    update,


class FailedJobs(logging.Handler):
    """Collects the outputs of failed jobs from the events that Snakemake logs for its plugins."""

    def __init__(self):
        super().__init__()
        self.outputs = {}  # by job; a retry may still succeed

    def emit(self, record):
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_ERROR:
            self.outputs[record.jobid] = [
                re.sub(r" \([^)]*\)$", "", path) for path in record.output
            ]
        elif event == LogEvent.JOB_FINISHED:
            self.outputs.pop(record.job_id, None)


FAILED_JOBS = FailedJobs()
logger.addHandler(FAILED_JOBS)


def mark_out_of_date():
    """Give the outputs of failed jobs the oldest modification time."""
    for path in filter(os.path.exists, sum(FAILED_JOBS.outputs.values(), [])):
        os.utime(path, (0, 0))


HOW_TO_GO_ON = """
Failed jobs left their earlier results unchanged; the next run repeats these jobs.
Ignore 'Cannot restore' warnings: those results did not exist before this run.
"""
