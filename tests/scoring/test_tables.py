"""Tables of trials hold means over seeds, their intervals, and differences with equal seeds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.scoring.test_stage import not_on_the_page
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_json
from videeg_pipe.scoring.tables import tabulate, tabulate_people


@pytest.fixture
def tabulated(tmp_path):
    def make(values: dict[str, list[float | None]]) -> pd.DataFrame:
        scores = []
        for name, own in values.items():
            for seed, value in enumerate(own):
                path = tmp_path / name / f"{seed}.json"
                known = {} if value is None else {"r": value}
                content = {
                    "scores": known,
                    "intervals": {name: [v - 0.1, v + 0.2 + seed] for name, v in known.items()},
                    "checkpoint_sha256": None if name == "oracle" else f"{name}{seed}" + "0" * 60,
                }
                write_json(path, content)
                scores.append(((name, seed), path))
        tabulate(
            scores,
            reference=next(iter(values)),
            printed={name: {"r": 0.87} if name == "full" else {} for name in values},
            table=tmp_path / "table.csv",
        )
        return pd.read_csv(tmp_path / "table.csv").set_index(["variant", "score"])

    return make


def test_interval_over_seeds_is_student_s(tabulated):
    values = [0.3, 0.5, 0.7]
    row = tabulated({"full": values}).loc["full", "r"]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert row["mean"] == pytest.approx(0.5)
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected))


def test_difference_is_between_equal_seeds(tabulated):
    full, less = [0.1, 0.9, 0.5], [0.0, 0.79, 0.41]
    row = tabulated({"full": full, "less": less}).loc["less", "r"]
    expected = stats.ttest_rel(less, full).confidence_interval(0.95)
    assert row["difference"] == pytest.approx(-0.1)
    assert (row["difference_low"], row["difference_high"]) == pytest.approx(tuple(expected))
    assert row["high"] - row["low"] > 10 * (row["difference_high"] - row["difference_low"])


def test_one_seed_has_no_interval_and_an_unknown_score_no_number(tabulated):
    assert np.isnan(tabulated({"full": [0.5]}).loc["full", "r"]["low"])
    table = tabulated({"full": [None, 0.5, 0.6], "less": [0.1, 0.2], "none": [None]})
    assert (table.loc["full", "r"]["seeds"], table.loc["full", "r"]["mean"]) == (2, 0.55)
    assert (table.loc["less", "r"]["seeds"], table.loc["less", "r"]["pairs"]) == (2, 1)
    assert table.loc["less", "r"]["difference"] == pytest.approx(-0.3)
    assert np.isnan(table.loc["none", "r"]["mean"])


def test_each_cell_names_its_checkpoints(tabulated):
    table = tabulated({"full": [0.1, 0.2], "less": [0.1, 0.3]})
    assert table.loc["less", "r"]["checkpoints"] == "less00000000 less10000000"


def test_intervals_over_windows_and_printed_scores_have_columns(tabulated):
    table = tabulated({"full": [0.1, 0.3], "less": [0.1]})
    row = table.loc["full", "r"]
    assert (row["windows_low"], row["windows_high"]) == pytest.approx((0.1, 0.9))
    assert row["printed"] == 0.87
    assert np.isnan(table.loc["less", "r"]["printed"])


def test_the_page_on_evaluation_names_every_column(tabulated, people):
    table = tabulated({"full": [0.1]}).reset_index()
    assert not_on_the_page(table.columns) == set()
    score = ["r", "r_low", "r_high"]  # only in these tests
    assert not_on_the_page(people.columns.drop(score)) == set()


def test_recordings_are_marked_real(tabulated):
    table = tabulated({"full": [0.1, 0.2], "oracle": [0.3]})["checkpoints"]
    assert table.loc["oracle", "r"] == "real"
    assert table.loc["full", "r"] == "full00000000 full10000000"


@pytest.fixture
def people(tmp_path):
    """The table of three people, one without training windows, with different r."""

    def row(generator, n_windows, r):
        facts = {"generator": generator, "known": generator == "trained", "n_windows": n_windows}
        return facts | {"r": r, "checkpoint": "c" * 64}

    rows_of = {
        "sub1": [row("trained", 600, 0.5), row("population", 0, 0.1), row("adapted", 25, 0.3),
                 row("nearest", 25, 0.2)],
        "sub2": [row("trained", 580, 0.7), row("population", 0, 0.2), row("adapted", 25, None),
                 row("nearest", 25, 0.4)],
        "sub3": [row("population", 0, 0.6)],
    }  # fmt: skip
    for name, rows in rows_of.items():
        write_json(tmp_path / f"{name}.json", rows)
    scores = [(name, tmp_path / f"{name}.json") for name in rows_of]
    tabulate_people(scores, table=tmp_path / "people.csv")
    return pd.read_csv(tmp_path / "people.csv")


def test_rows_of_means_follow_those_of_people(people):
    assert people["subject"].tolist() == ["sub1"] * 4 + ["sub2"] * 4 + ["sub3"] + ["mean"] * 4
    means = people.iloc[-4:].set_index("generator")
    assert means["people"].to_dict() == {
        "trained": 2, "population": 3, "adapted": 2, "nearest": 2,
    }  # fmt: skip
    assert means["n_windows"].to_numpy() == pytest.approx([np.nan, 0, 25, 25], nan_ok=True)
    assert means["r"].to_numpy() == pytest.approx([0.6, 0.3, 0.3, 0.3])
    assert means["known"].tolist() == [True, False, False, False]
    assert means["checkpoint"].isna().all()


def test_means_over_people_have_students_interval(people):
    means = people.iloc[-4:].set_index("generator")
    row = means.loc["population"]
    expected = stats.ttest_1samp([0.1, 0.2, 0.6], 0).confidence_interval(0.95)
    assert (row["r_low"], row["r_high"]) == pytest.approx(tuple(expected))
    assert np.isnan(means.loc["adapted", "r_low"])  # only one person


def test_a_table_without_people_is_an_error(tmp_path):
    write_json(tmp_path / "sub1.json", [])
    with pytest.raises(UserError, match=r"split\.test; .* found none of sub1"):
        tabulate_people([("sub1", tmp_path / "sub1.json")], table=tmp_path / "people.csv")
