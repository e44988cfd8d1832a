"""Corrections of the plugin of Snakemake for Slurm."""

import asyncio
import importlib
import logging

import pytest

from videeg_pipe.runtime.slurm_plugin import PLUGIN, patch


@pytest.fixture
def plugin(monkeypatch):
    plugin = importlib.import_module(PLUGIN)
    monkeypatch.setattr(plugin, "query_job_status", plugin.query_job_status)  # restored later
    for name in ("report_job_error", "run_job"):
        monkeypatch.setattr(plugin.Executor, name, getattr(plugin.Executor, name))
    return plugin


def test_a_controller_without_answer_does_not_end_the_wait_for_jobs(plugin):
    def answer(command):
        return asyncio.run(plugin.query_job_status(command, logging.getLogger()))

    assert answer("false") == (None, None)  # otherwise the plugin has been corrected
    patch(plugin)
    assert answer("false") == ({}, 0.0)
    assert answer("no-such-program") == ({}, 0.0)
    assert answer("echo '7|RUNNING'")[0] == {"7": "RUNNING"}


class Group:
    """A group of jobs, which has no rule, and whose options the plugin refuses."""

    name = "source"

    def is_group(self):
        return True


def test_a_group_that_cannot_be_submitted_is_reported(plugin):
    executor, reported = object.__new__(plugin.Executor), []
    executor.logger = logging.getLogger()
    executor._report_job_error_threadsafe = lambda info, message: reported.append(message)
    with pytest.raises(AttributeError):  # otherwise the plugin has been corrected
        executor.run_job(Group())
    patch(plugin)
    executor.run_job(Group())
    assert len(reported) == 1 and reported[0].startswith("Job submission failed with exception: ")
