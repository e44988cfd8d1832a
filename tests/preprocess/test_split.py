"""Splits by run, session, block and subject, and what a person can do where they do not fit."""

import pytest

from videeg_pipe.config import ConfigError, load
from videeg_pipe.config.split import SplitOptions
from videeg_pipe.preprocess.split import assign_splits, held_out
from videeg_pipe.runtime.errors import UserError

PLACES = [(name, session, run) for name in "ab" for session in (1, 2, 3) for run in (1, 2, 3)]


def test_negative_numbers_count_blocks_and_subjects_from_the_end():
    people = load({"split": {"by": "subject", "validation": [-2], "test": [-1, -9]}}).split
    names = ["sub-3", "sub-1", "sub-2", "sub-1"]
    assert held_out(people, "validation", names) == ["sub-2"]
    assert held_out(people, "test", names) == ["sub-3", -9]  # -9 is refused later, by name
    blocks = load({"split": {"validation": [2], "test": [-1]}}).split
    assert held_out(blocks, "validation", [1, 2, 3]) == [2]
    assert held_out(blocks, "test", [1, 2, 3]) == [3]


def test_two_runs_suffice_without_validation():
    two = [("a", 1, 1), ("a", 1, 2)]
    with pytest.raises(UserError, match=r"none in train; .*split\.validation: \[\]"):
        assign_splits(two, SplitOptions(by="run", validation=[1], test=[2]))
    empty = {"split": {"by": "run", "validation": [], "test": [-1]}}
    with pytest.raises(ConfigError, match=r"release\.fractions: expected 0 .*found 0\.15"):
        load(empty)
    assert load(empty | {"release": {"fractions": [0.7, 0, 0.3]}}).split.validation == []
    split = SplitOptions(by="run", validation=[], test=[-1])
    assert assign_splits([("a", 1, 1), ("a", 1, 2), ("b", 1, 2)], split) == [
        "train",
        "test",
        "test",
    ]


@pytest.mark.parametrize(
    ("by", "validation", "test", "place"),
    [("run", [1], [-1], 2), ("block", [1], [3], 2), ("session", [1], [3], 1)],
)
def test_whole_runs_or_sessions_of_everybody_are_held_out(by, validation, test, place):
    split = SplitOptions(by=by, validation=validation, test=test)
    expected = [{1: "validation", 3: "test"}.get(one[place], "train") for one in PLACES]
    assert assign_splits(PLACES, split) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"by": "session", "validation": [2], "test": [4]},
            r"split\.test; expected sessions with windows: 1, 2, 3; found 4; correct split\.test "
            r"or split\.by; the data have 2 subjects, 3 sessions, 3 runs",
        ),
        (
            {"by": "subject", "validation": ["a"], "test": ["b"]},
            r"none in train; the subjects are a, b; set split\.by to session \(3\) or run \(3\)",
        ),
        (
            {"by": "run", "validation": [1, 2], "test": [3]},
            r"none in train; the runs are 1, 2, 3; name fewer runs in split\.validation",
        ),
        (
            {"by": "run", "validation": [3], "test": [-1]},
            r"split\.test; expected runs that are not in split\.validation; found 3",
        ),
    ],
)
def test_messages_say_how_to_split(options, message):
    with pytest.raises(UserError, match=message):
        assign_splits(PLACES, SplitOptions(**options))
