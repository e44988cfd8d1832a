"""Tables of trials on the page."""

import pandas as pd
import pytest

from tests.validate.test_report import write
from videeg_pipe.contracts.errors import UserError
from videeg_pipe.validate.report.trials import read_trials

ROWS = [  # variant, score, seeds, mean and interval, difference and interval, checkpoints, printed
    ("full", "of_ceiling", 3, 0.84, 0.83, 0.85, 0.0, 0.0, 0.0, "aa bb cc", 0.9),
    ("full", "nfe", 3, 16, 16, 16, 0.0, 0.0, 0.0, "aa bb cc", None),
    ("no-track", "of_ceiling", 3, 0.07, 0.06, 0.08, -0.77, -0.8, -0.7, "dd ee ff", None),
    ("no-text", "of_ceiling", 1, 0.84, None, None, 0.00001, None, None, "gg", None),
    ("<b>odd</b>", "of_ceiling", 3, 0.85, 0.8, 0.9, 0.01, -0.04, 0.05, "hh", None),
]
COLUMNS = (
    "variant score seeds mean low high difference difference_low difference_high checkpoints "
    "printed"
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "ablation.csv"
    pd.DataFrame(ROWS, columns=COLUMNS.split()).to_csv(path, index=False)
    return path


def cells(trials, title, column):
    columns, rows = trials.tables[title]
    return {variant: row[columns.index(column)] for variant, row in rows.items()}


def test_differences_are_marked_where_zero_lies_outside(table):
    trials = read_trials(table, differences=True)
    found = cells(trials, "Scores", "the same / ceiling")
    assert found["full"] == {
        "text": "0.840", "under": "[0.830, 0.850]", "sure": False, "printed": "0.900",
    }  # fmt: skip
    assert found["no-track"]["text"] == "0.070" and found["no-track"]["sure"]
    assert found["no-track"]["under"] == "−0.770 [−0.800, −0.700]"
    assert found["no-text"] == {"text": "0.840", "under": "0.000", "sure": False, "printed": ""}
    assert found["<b>odd</b>"]["under"] == "+0.010 [−0.040, 0.050]"
    assert not found["<b>odd</b>"]["sure"]


def test_means_stand_beside_what_the_paper_prints(table):
    trials = read_trials(table, differences=False)
    assert cells(trials, "Scores", "the same / ceiling")["no-track"]["text"] == "0.070"
    assert cells(trials, "Cost", "evaluations")["no-track"]["text"] == "–"
    assert trials.trainings == {"full": 3, "no-track": 3, "no-text": 1, "<b>odd</b>": 3}
    assert trials.checkpoints["full"] == ["aa", "bb", "cc"]


def test_the_page_has_both_tables(scored, table):
    other = table.with_name("comparison.csv")
    other.write_bytes(table.read_bytes())
    page = write(scored, tables=[table, other])
    assert "snakemake compare makes it" not in page and "snakemake ablate makes" not in page
    assert page.count("−0.770") >= 1 and "paper 0.900" in page
    assert "<b>odd</b>" not in page and "&lt;b&gt;odd&lt;/b&gt;" in page


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "ablation.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="variant"):
        read_trials(path, differences=True)
