"""Slurm's answers about running jobs, when the controller does not give one."""

from types import ModuleType
from typing import Any

PLUGIN = "snakemake_executor_plugin_slurm"


def keep_jobs_without_answer(plugin: ModuleType) -> None:
    """Let the plugin of Snakemake for Slurm ask again later about jobs of unknown state.

    Up to version 2.8 it forgets all running jobs after five failed questions in a row, such as
    while the controller restarts, and the run never ends. It waits where an answer lacks a job.

    Args:
        plugin: The module `PLUGIN`.
    """
    ask = plugin.query_job_status

    async def ask_again_later(command: str, logger: Any) -> tuple[dict[str, str], float]:
        states, seconds = await ask(command, logger)
        return ({}, 0.0) if states is None else (states, seconds)

    plugin.query_job_status = ask_again_later  # type: ignore[attr-defined]
