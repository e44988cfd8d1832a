"""The tensors of a condition."""

import numpy as np
import pytest
import torch

from videeg_pipe.conditions.condition import make_condition
from videeg_pipe.config.condition import ConditionOptions


@pytest.mark.parametrize("used", ["clip", "text", "track", "subject"])
def test_only_inputs_in_use_reach_the_condition(used):
    config = ConditionOptions(
        **{f"use_{name}": name == used for name in ("clip", "text", "track", "subject")}
    )
    condition = make_condition(
        np.ones((2, 4, 768), np.float32),
        np.ones((2, 77, 768), np.float32),
        np.ones((2, 4, 48), np.float32),
        np.array([0, 1]),
        config,
        n_subjects=5,
    )
    for name in ("clip", "text", "track"):
        assert getattr(condition, name).any() == (name == used)
    assert condition.subject.tolist() == ([0, 1] if used == "subject" else [5, 5])


def test_take_and_to_keep_the_windows_together():
    condition = make_condition(
        np.arange(3, dtype=np.float32)[:, None, None],
        np.arange(3, dtype=np.float32)[:, None, None],
        np.arange(3, dtype=np.float32)[:, None, None],
        np.arange(3),
        ConditionOptions(),
        n_subjects=3,
        eeg_prior=torch.arange(3.0)[:, None, None],
    )
    taken = condition.take(torch.tensor([2, 0])).to(torch.device("cpu"))
    assert len(taken) == 2
    for part in (taken.clip, taken.text, taken.track, taken.subject, taken.eeg_prior):
        assert part.ravel().tolist() == [2, 0]
