"""The profile for Slurm names rules that exist, and asks for GPUs as they do."""

import re
from pathlib import Path

import yaml

from tests.workflow.test_rules import RULES, TEXT

PROFILE = yaml.safe_load((Path(__file__).parents[2] / "slurm" / "config.yaml").read_text())
COPIES = re.findall(r"^use rule (\w+) as (\w+)", TEXT, re.MULTILINE)


def rules_with(words: str) -> set[str]:
    """Return the rules in whose text the words are, and rules made from them."""
    own = {name for name, text in RULES.items() if words in text}
    return own | {new for old, new in COPIES if old in own}


TRAINING = rules_with("**training_nodes()")  # which asks for GPUs and nodes
GPU = rules_with("gpu=") | TRAINING


def test_jobs_that_share_a_job_ask_for_no_gpu():
    assert set(PROFILE["groups"]) <= set(RULES) - GPU
    assert set(PROFILE["group-components"]) <= set(PROFILE["groups"].values())


def test_all_gpus_of_a_job_are_on_one_machine_but_those_of_a_training():
    assert {"train", "train_trial", "train_on_share", "train_without_person"} == TRAINING
    assert PROFILE["set-resources"] == {name: {"nodes": 1} for name in sorted(GPU - TRAINING)}
