"""Lines of the comparison of two measurements."""

import copy

from benchmarks.compare import compare

STORED = {
    "machine": {"cpu": "A", "cores": 2, "commit": "abc", "packages": {"numpy": "1"}},
    "sampling": {"spgn": {"seconds": 2.0, "nfe": 16, "name": "x"}, "scores": [1.0, 2.0]},
}


def changed(**sections):
    new = copy.deepcopy(STORED)
    for name, values in sections.items():
        new[name] |= values
    return new


def test_equal_measurements_give_no_lines():
    assert compare(STORED, copy.deepcopy(STORED)) == []


def test_change_is_relative_and_marked_beyond_a_fifth():
    row = {"nfe": 16, "name": "x"}
    within = compare(changed(sampling={"spgn": row | {"seconds": 2.4}}), STORED)
    assert within == ["  sampling.spgn.seconds: 2.0 -> 2.4 (+20%)"]
    beyond = compare(changed(sampling={"spgn": row | {"seconds": 1.5}}), STORED)
    assert beyond == ["! sampling.spgn.seconds: 2.0 -> 1.5 (-25%)"]


def test_change_from_zero_is_infinite():
    (line,) = compare({"a": -1}, {"a": 0})
    assert line == "! a: 0 -> -1 (-inf%)"


def test_lists_text_new_and_missing_keys():
    new = changed(sampling={"spgn": {"seconds": 2.0, "name": "y", "more": 1}, "scores": [1.0, 2.1]})
    assert compare(new, STORED) == [
        "  sampling.spgn.nfe: gone, was 16",
        "  sampling.spgn.name: x -> y",
        "  sampling.scores.1: 2.0 -> 2.1 (+5%)",
        "  sampling.spgn.more: new, 1",
    ]


def test_different_machine_is_the_first_line():
    new = changed(machine={"cores": 16}, sampling={"scores": [3.0, 2.0]})
    assert compare(new, STORED) == [
        "different machine: times and memory are not comparable",
        "  machine.cores: 2 -> 16",
        "! sampling.scores.0: 1.0 -> 3.0 (+200%)",
    ]


def test_different_commit_or_package_is_the_same_machine():
    new = changed(machine={"commit": "def", "packages": {"numpy": "2"}})
    assert compare(new, STORED) == [
        "  machine.commit: abc -> def",
        "  machine.packages.numpy: 1 -> 2",
    ]
