"""The profile for Slurm names rules that exist, and asks for GPUs as they do."""

import re
from pathlib import Path

import yaml

from tests.workflow.test_rules import RULES, TEXT

PROFILE = yaml.safe_load((Path(__file__).parents[2] / "slurm" / "config.yaml").read_text())
GPU = {name for name, text in RULES.items() if "gpu=" in text}
GPU |= {
    new for old, new in re.findall(r"^use rule (\w+) as (\w+)", TEXT, re.MULTILINE) if old in GPU
}


def test_jobs_that_share_a_job_ask_for_no_gpu():
    assert set(PROFILE["groups"]) <= set(RULES) - GPU
    assert set(PROFILE["group-components"]) <= set(PROFILE["groups"].values())


def test_all_gpus_of_a_job_are_on_one_machine():
    assert PROFILE["set-resources"] == {name: {"nodes": 1} for name in sorted(GPU)}
