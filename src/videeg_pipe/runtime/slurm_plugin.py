"""Corrections of two defects of the plugin of Snakemake for Slurm, up to version 2.8."""

from types import ModuleType
from typing import Any

PLUGIN = "snakemake_executor_plugin_slurm"
MESSAGE = "slurm_message"
"""Field of the record of a failed group: the message of Slurm, which Snakemake leaves out."""


def patch(plugin: ModuleType) -> None:
    """Keep jobs of unknown state, and the messages about jobs that were sent together.

    The plugin forgets all running jobs after five failed questions in a row, such as while the
    controller restarts, and the run never ends. It waits where an answer lacks a job.

    Args:
        plugin: The module `PLUGIN`.
    """
    ask, report = plugin.query_job_status, plugin.Executor.report_job_error

    async def ask_again_later(command: str, logger: Any) -> tuple[dict[str, str], float]:
        states, seconds = await ask(command, logger)
        return ({}, 0.0) if states is None else (states, seconds)

    def report_with_message(self: Any, job_info: Any, msg: str | None = None, **facts: Any) -> None:
        if job_info.job.is_group():
            facts[MESSAGE] = msg
        report(self, job_info, msg=msg, **facts)

    plugin.query_job_status = ask_again_later  # type: ignore[attr-defined]
    plugin.Executor.report_job_error = report_with_message
