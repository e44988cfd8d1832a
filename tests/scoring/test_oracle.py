"""Another person's recordings as an oracle."""

from dataclasses import replace

import numpy as np
import pytest

from tests.scoring.fakes import inputs_of
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.oracle import another_person, seen_by_others
from videeg_pipe.scoring.scoring_data import read_split
from videeg_pipe.scoring.stats import moments


def test_recordings_are_of_the_same_moment_and_somebody_else(built):
    data = read_split(inputs_of(built), "test")
    rows = seen_by_others(data, np.arange(10))
    draws = another_person(data, rows)
    subject = data.windows["subject"].to_numpy()
    distance = np.abs(draws.samples[:, None] - data.normalised).max((2, 3))
    nearest = distance.argmin(1)
    assert distance.min(1).max() == 0
    assert (subject[nearest] != subject[rows]).all()
    shown = moments(data.windows)
    assert shown[nearest].tolist() == shown[rows].tolist()


def test_a_split_that_one_person_saw_is_an_error(built):
    data = read_split(inputs_of(built), "test")
    alone = data.windows["subject"] == data.windows["subject"].iloc[0]
    data = replace(data, windows=data.windows[alone])
    with pytest.raises(UserError, match="two people saw"):
        seen_by_others(data, np.arange(4))
