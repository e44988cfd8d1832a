"""People and blocks of a data set, known without its files."""

from pathlib import Path

import pytest
import yaml

from videeg_pipe.config import load
from videeg_pipe.preprocess.split import assign_splits
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.moabb.datasets import DATASETS
from videeg_pipe.sources.moabb.listing import (
    list_files,
    list_recordings,
    list_side_files,
    list_subjects,
    person_number,
)

OVERLAYS = ("kalunga2016", "wang2016", "thielen2015")


def config(dataset="Kalunga2016", **source):
    return load({"source": {"kind": "moabb", "path": "data", "dataset": dataset} | source})


def test_people_blocks_and_files_follow_from_the_table():
    made = config(subjects=["sub-10", "sub-01"])
    assert list_subjects(made) == ["sub-01", "sub-10"]
    places = list_recordings(made)
    assert places == [("sub-01", 1, n) for n in range(1, 9)] + [
        ("sub-10", 1, n) for n in range(1, 13)
    ]
    assert list_files(made, "results") == [
        "results/moabb/sub-01/person.json",
        "results/moabb/sub-10/person.json",
    ]
    assert list_side_files(made) == []


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_person_of_a_data_set_is_listed(dataset):
    names = list_subjects(config(dataset))
    assert [person_number(name) for name in names] == list(range(1, 1 + len(names)))
    assert len(names) == DATASETS[dataset].n_people


def test_an_unknown_person_is_refused():
    with pytest.raises(UserError, match=r"MOABB's Kalunga2016: sub-01, .*found sub-13"):
        list_subjects(config(subjects=["sub-13"]))


@pytest.mark.parametrize("name", OVERLAYS)
def test_everybody_has_blocks_in_every_split_of_the_overlay(name):
    made = load(yaml.safe_load(Path("config", f"{name}.yaml").read_text("utf-8")))
    places = list_recordings(made)
    splits = assign_splits(places, made.split)
    for subject in list_subjects(made):
        own = {split for place, split in zip(places, splits, strict=True) if place[0] == subject}
        assert own == {"train", "validation", "test"}, subject


def test_negative_blocks_count_from_the_end_of_the_longest_list():
    made = load(
        {
            "source": {"kind": "moabb", "path": "data", "dataset": "Wang2016"},
            "split": {"validation": [-2], "test": [-1]},
        }
    )
    splits = assign_splits(list_recordings(made), made.split)[:6]
    assert splits == ["train"] * 4 + ["validation", "test"]
