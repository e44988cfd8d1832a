"""Narrowing a data set to the chosen subjects."""

from pathlib import Path

import pytest

from videeg_pipe.config.source import SourceOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.subjects import chosen_subjects, natural_order


def test_the_data_sets_order_is_kept():
    source = SourceOptions(subjects=["sub3", "sub1"])
    assert chosen_subjects(source, ["sub1", "sub2", "sub3"], "here") == ["sub1", "sub3"]
    assert chosen_subjects(SourceOptions(), ["sub2", "sub1"], "here") == ["sub2", "sub1"]


def test_the_error_for_an_unknown_subject_names_the_most_similar():
    source = SourceOptions(subjects=["sub1", "sub22"])
    with pytest.raises(UserError, match=r"source\.subjects.*sub22 \(did you mean sub2\?\)"):
        chosen_subjects(source, ["sub1", "sub2"], "here")


def test_numbers_in_names_count_by_value():
    names = ["sub10.npy", "sub2.npy", "sub1_session2.npy", "sub1.npy"]
    ordered = sorted(map(Path, names), key=natural_order)
    assert [path.name for path in ordered] == [
        "sub1.npy", "sub1_session2.npy", "sub2.npy", "sub10.npy"
    ]  # fmt: skip
