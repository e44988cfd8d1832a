"""Corrections of three defects of the plugin of Snakemake for Slurm, up to version 2.8."""

from types import ModuleType
from typing import Any

PLUGIN = "snakemake_executor_plugin_slurm"
MESSAGE = "slurm_message"
"""Field of the record of a failed group: the message of Slurm, which Snakemake leaves out."""


def patch(plugin: ModuleType) -> None:
    """Keep jobs of unknown state, and report failures of jobs that are sent together.

    The plugin forgets all running jobs after five failed questions in a row, such as while the
    controller restarts, and the run never ends. It waits where an answer lacks a job. Where a group
    of jobs cannot be submitted, its report fails too, as a group has no rule: nobody learns of it,
    and the run never ends either.

    Args:
        plugin: The module `PLUGIN`.
    """
    ask, executor = plugin.query_job_status, plugin.Executor
    report, submit = executor.report_job_error, executor.run_job

    async def ask_again_later(command: str, logger: Any) -> tuple[dict[str, str], float]:
        states, seconds = await ask(command, logger)
        return ({}, 0.0) if states is None else (states, seconds)

    def report_with_message(self: Any, job_info: Any, msg: str | None = None, **facts: Any) -> None:
        if job_info.job.is_group():
            facts[MESSAGE] = msg
        report(self, job_info, msg=msg, **facts)

    def submit_or_report(self: Any, job: Any) -> None:
        try:
            submit(self, job)
        except Exception as error:
            found = error.__context__ or error  # the first one, before its report failed
            message = f"Job submission failed with exception: {found}"
            self._report_job_error_threadsafe(plugin.SubmittedJobInfo(job), message)

    plugin.query_job_status = ask_again_later  # type: ignore[attr-defined]
    executor.report_job_error = report_with_message
    executor.run_job = submit_or_report
