"""Rankings of generators."""

import math

from tests.report.trial_tables import NO, write_table
from videeg_pipe.report import ranking
from videeg_pipe.report.read_tables import read_score_table


def test_intervals_that_overlap_share_their_places(comparison):
    table = read_score_table(comparison)
    assert ranking.places(table, "conditional_mean_r") == {
        "jet": "1 to 2", "spgn": "1 to 2", "ecd": "3 to 4", "ced": "3 to 4",
    }  # fmt: skip
    assert ranking.places(table, "covariance_error") == {
        "spgn": "1", "jet": "2", "ecd": "3", "ced": "4",
    }  # fmt: skip


def test_floors_and_recordings_are_not_ranked(comparison):
    table = read_score_table(comparison)
    assert table.roles["ridge"] == table.roles["gaussian"] == "floor"
    assert table.roles["real-other-person"] == "oracle"
    r, error, _ = ranking.rank(table)
    assert (r.best.name, r.tied, r.certain) == ("jet", ["spgn"], True)
    assert (r.floor.name, r.floor.than_best) == ("ridge", "better than the best generator")
    assert r.oracle.than_best == "not distinguishable from the best generator"
    assert (error.best.name, error.tied, error.certain) == ("spgn", [], False)


def test_a_score_without_generators_has_no_ranking(tmp_path):
    rows = [
        ("spgn", "c2st", 0, NO, *[NO] * 7, "aa", NO),
        ("ridge", "mse", 1, 1, *[NO] * 7, "b", NO),
    ]
    table = read_score_table(write_table(tmp_path / "comparison.csv", rows))
    assert not ranking.rank(table) and math.isnan(table.entry("spgn", "c2st").mean)
