import pandas as pd
import pytest

from tests.report.pages import text_of
from videeg_pipe.report.phantoms import read_phantoms
from videeg_pipe.runtime.errors import UserError

ROWS = [
    ("fidelity", "c2st", "", "101", 0.62, 0.58, 0.66, 0.52, None),
    ("fidelity", "c2st", "", "9", 0.7, 0.66, 0.74, 0.5, None),
    ("fidelity", "c2st", "spectra_forest", "9", 0.7, None, None, 0.5, None),
    ("fidelity", "band_power_ratio", "alpha", "101", 1.1, 1.0, 1.2, 1.0, None),
    ("fidelity", "band_power_ratio", "alpha", "9", 0.9, 0.8, 1.0, 1.0, None),
    ("alignment", "of_ceiling", "", "101", None, None, None, None, None),
    ("fidelity", "c2st", "", "mean", 0.66, 0.15, 1.17, 0.51, None),
    ("fidelity", "band_power_ratio", "alpha", "mean", 1.0, -0.27, 2.27, 1.0, None),
    ("alignment", "of_ceiling", "", "mean", None, None, None, None, None),
]
COLUMNS = ["section", "score", "part", "seed", "value", "low", "high", "floor", "ceiling"]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "phantoms.csv"
    pd.DataFrame(ROWS, columns=COLUMNS).to_csv(path, index=False)
    return path


def test_rows_are_means_with_the_lowest_and_the_highest(table):
    phantoms = read_phantoms(table)
    assert phantoms.seeds == ["9", "101"]
    worst, alpha = phantoms.rows  # a score without a value, and single classifiers, have no row
    assert (worst.mean, worst.extremes) == ("0.660 [0.150, 1.17]", "0.620 to 0.700")
    assert (worst.floor, worst.ceiling, worst.ideal) == ("0.510", "–", "0.500")
    assert alpha.label == "Power ratio, alpha"


def test_the_page_shows_the_table_only_where_it_exists(table, scores):
    with_table = text_of(scores, phantoms=read_phantoms(table))
    assert "Over 2 phantoms" in with_table and "0.620 to 0.700" in with_table
    assert "phantoms</h2>" not in text_of(scores)


def test_a_table_of_something_else_is_refused(tmp_path):
    (tmp_path / "phantoms.csv").write_text("variant,score\nspgn,1\n", encoding="utf-8")
    with pytest.raises(UserError, match="expected scores over phantoms"):
        read_phantoms(tmp_path / "phantoms.csv")
