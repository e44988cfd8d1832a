"""People left out of a training are scored beside those who were not."""

import json

import pytest

from benchmarks import new_people
from tests.generators import results_inputs, tiny_config


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    results_inputs(root)
    (root / "graphs").mkdir()
    (root / "graphs.safetensors").rename(root / "graphs" / "graphs.safetensors")
    values = tiny_config()
    values["sample"] = {"steps": 2, "threads": 1}
    values["evaluation"] = {"mean_draws": 2, "max_windows": 8}
    return new_people.measure(root, values, n_windows=(0, 6))


def test_a_row_for_each_person_and_number_of_windows_then_means(rows):
    people = [(row["subject"], row["known"], row["n_windows"]) for row in rows]
    n = people[0][2]
    assert people[:6] == [
        ("sub1", True, n), ("sub1", False, 0), ("sub1", False, 6),
        ("sub2", True, n), ("sub2", False, 0), ("sub2", False, 6),
    ]  # fmt: skip
    assert people[6:] == [("mean", True, None), ("mean", False, 0), ("mean", False, 6)]
    assert all(row["people"] == 2 for row in rows[6:])


def test_means_are_those_of_the_rows_and_lie_in_their_intervals(rows):
    for mean in rows[6:]:
        own = [
            row["covariance_error"]
            for row in rows[:6]
            if (row["known"], row["n_windows"] * (not row["known"]))
            == (mean["known"], mean["n_windows"] or 0)
        ]
        assert mean["covariance_error"] == pytest.approx(sum(own) / 2)
        assert mean["covariance_error_low"] <= mean["covariance_error"]


def test_rows_can_be_written_as_json(rows):
    assert "NaN" not in json.dumps(rows)
