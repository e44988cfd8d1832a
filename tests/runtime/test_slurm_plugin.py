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
    monkeypatch.setattr(plugin.Executor, "report_job_error", plugin.Executor.report_job_error)
    return plugin


def test_a_controller_without_answer_does_not_end_the_wait_for_jobs(plugin):
    def answer(command):
        return asyncio.run(plugin.query_job_status(command, logging.getLogger()))

    assert answer("false") == (None, None)  # otherwise the plugin has been corrected
    patch(plugin)
    assert answer("false") == ({}, 0.0)
    assert answer("no-such-program") == ({}, 0.0)
    assert answer("echo '7|RUNNING'")[0] == {"7": "RUNNING"}
