"""Tables of trials on the page: their numbers, their ranking, and what stands apart."""

import math
import re

import pandas as pd
import pytest

from tests.report.browser import drive
from tests.report.test_page import write
from videeg_pipe.models.registry import generator_names
from videeg_pipe.report import ranking, words
from videeg_pipe.report.forest import Dot, forest
from videeg_pipe.report.svg import page_style
from videeg_pipe.report.tables import read_table
from videeg_pipe.report.trials import read_trials
from videeg_pipe.runtime.errors import UserError

COLUMNS = [
    "variant", "score", "seeds", "mean", "low", "high", "windows_low", "windows_high",
    "difference", "difference_low", "difference_high", "checkpoints", "printed",
]  # fmt: skip
NO = None
ABLATION = [
    ("full", "of_ceiling", 3, 0.84, 0.83, 0.85, 0.8, 0.9, 0.0, 0.0, 0.0, "aa bb cc", 0.9),
    ("full", "nfe", 3, 16, 16, 16, NO, NO, 0.0, 0.0, 0.0, "aa bb cc", NO),
    ("no-track", "of_ceiling", 3, 0.07, 0.06, 0.08, NO, NO, -0.77, -0.8, -0.7, "dd ee ff", NO),
    ("no-text", "of_ceiling", 1, 0.84, NO, NO, NO, NO, 0.00001, NO, NO, "gg", NO),
    ("<b>odd</b>", "of_ceiling", 3, 0.85, 0.8, 0.9, NO, NO, 0.01, -0.04, 0.05, "hh", NO),
]
RANKED = {  # conditional_mean_r and its interval over clips, covariance_error without one
    "spgn": (0.40, 0.35, 0.45, 0.2),
    "ced": (0.01, -0.02, 0.04, 900.0),
    "jet": (0.42, 0.37, 0.47, 0.3),
    "ecd": (0.03, 0.0, 0.06, 5.0),
    "ridge": (0.60, 0.55, 0.65, 0.9),
    "gaussian": (0.0, 0.0, 0.0, 0.1),
    "real-other-person": (0.38, 0.33, 0.43, 0.25),
}


def write_table(path, rows):
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False)
    return path


@pytest.fixture
def ablation(tmp_path):
    return write_table(tmp_path / "ablation.csv", ABLATION)


@pytest.fixture
def comparison(tmp_path):
    rows = []
    for name, (r, low, high, error) in RANKED.items():
        hashes = "real" if name == "real-other-person" else "aa bb"
        seeds = (2, r, r - 0.01, r + 0.01, low, high, 0.0, NO, NO, hashes, NO)
        rows.append((name, "conditional_mean_r", *seeds))
        rows.append((name, "of_ceiling", 2, r / 0.5, *[NO] * 7, hashes, NO))
        rows.append((name, "covariance_error", 1, error, *[NO] * 7, hashes, NO))
        rows.append((name, "pearson", 2, r / 2, *[NO] * 7, hashes, 0.8689 if name == "ced" else NO))
        rows.append((name, "parameters", 2, 1000, *[NO] * 7, hashes, NO))
    rows.append(("ced", "native_parameters", 2, 10000, *[NO] * 7, "aa bb", NO))
    return write_table(tmp_path / "comparison.csv", rows)


def cells(trials, title, column):
    sheet = trials.sheets[title]
    labels = [label for group in sheet.groups.values() for label in group]
    return {variant: row[labels.index(column)] for variant, row in sheet.rows.items()}


def test_differences_are_marked_where_zero_lies_outside(ablation):
    trials = read_trials(ablation, differences=True)
    found = cells(trials, "Scores", "the same / ceiling")
    assert found["full"] == {
        "text": "0.840", "under": ["[0.800, 0.900]", "(0.830, 0.850)"], "sure": False,
    }  # fmt: skip
    assert found["no-track"]["text"] == "0.070" and found["no-track"]["sure"]
    assert found["no-track"]["under"] == ["−0.770 (−0.800, −0.700)"]
    assert found["no-text"] == {"text": "0.840", "under": ["0.000"], "sure": False}
    assert found["<b>odd</b>"]["under"] == ["+0.010 (−0.040, 0.050)"]
    assert not found["<b>odd</b>"]["sure"]
    assert not trials.ranking and len(trials.pictures) == 1


def test_what_the_paper_prints_has_columns_of_its_own(comparison):
    groups = read_trials(comparison, differences=False).sheets["The paper’s measures"].groups
    assert groups == {
        "Measured here": ["Pearson"],
        "Printed in the paper, protocol unknown": ["Pearson"],
    }
    row = read_trials(comparison, differences=False).sheets["The paper’s measures"].rows["ced"]
    assert [cell["text"] for cell in row] == ["0.005", "0.869"]


def test_what_was_reduced_stands_with_its_full_size(comparison):
    trials = read_trials(comparison, differences=False)
    found = cells(trials, "Cost, and what was reduced", "parameters")
    assert found["ced"]["under"] == ["10 % of its paper’s"] and not found["spgn"]["under"]


def test_intervals_that_overlap_share_their_places(comparison):
    table = read_table(comparison)
    assert ranking.places(table, "conditional_mean_r") == {
        "jet": "1 to 2", "spgn": "1 to 2", "ecd": "3 to 4", "ced": "3 to 4",
    }  # fmt: skip
    assert ranking.places(table, "covariance_error") == {
        "spgn": "1", "jet": "2", "ecd": "3", "ced": "4",
    }  # fmt: skip


def test_floors_and_recordings_are_marked_and_not_ranked(comparison):
    table = read_table(comparison)
    assert table.roles["ridge"] == table.roles["gaussian"] == "floor"
    assert table.roles["real-other-person"] == "oracle"
    r, error, _ = ranking.rank(table)
    assert (r.best.name, r.tied, r.certain) == ("jet", ["spgn"], True)
    assert (r.floor.name, r.floor.than_best) == ("ridge", "better than the best generator")
    assert r.oracle.than_best == "not told from the best generator"
    assert (error.best.name, error.tied, error.certain) == ("spgn", [], False)
    assert tuple(words.FLOORS) == generator_names("floor")


def test_only_errors_may_stand_on_a_logarithmic_axis():
    dots = [Dot("a", 0.001), Dot("b", 0.5)]
    with page_style():
        assert ">0.001<" in forest(dots, "error", "", decades=True).svg
        assert ">0.001<" not in forest(dots, "r", "").svg


def test_a_score_that_no_generator_has_ranks_nothing(tmp_path):
    rows = [
        ("spgn", "c2st", 0, NO, *[NO] * 7, "aa", NO),
        ("ridge", "mse", 1, 1, *[NO] * 7, "b", NO),
    ]
    table = read_table(write_table(tmp_path / "comparison.csv", rows))
    assert not ranking.rank(table) and math.isnan(table.entry("spgn", "c2st").mean)


def test_the_page_has_both_tables(scored, ablation, comparison):
    page = write(scored, tables=[ablation, comparison])
    assert "snakemake compare makes it" not in page and "snakemake ablate makes" not in page
    assert "−0.770" in page and "place 1 to 2" in page and "oracle: recordings" in page
    assert "Printed in the paper, protocol unknown" in page
    assert "<b>odd</b>" not in page and "&lt;b&gt;odd&lt;/b&gt;" in page


def sizes(page, folder, width):
    script = (
        f"document.documentElement.style.width = '{width}px';"  # narrower than windows can be
        """
        const wide = [...document.querySelectorAll("table")].filter(
            (table) => table.scrollWidth > table.parentElement.clientWidth + 1);
        return [document.body.scrollWidth, wide.length,
            getComputedStyle(document.body).backgroundColor,
            [".controls", "nav"].map((s) => document.querySelector(s).offsetHeight)];
    """
    )
    found, said = drive(page, script, folder)
    assert not said
    return found


def test_wide_tables_scroll_in_their_own_box(scored, ablation, comparison, tmp_path):
    page = write(scored, tables=[ablation, comparison])
    width, wide, _, _ = sizes(page, tmp_path, 390)
    assert width <= 390 and wide > 0


def test_print_is_light_without_controls_and_cuts_no_table(scored, comparison, tmp_path):
    page = write(scored, tables=[comparison])
    page = page.replace("(prefers-color-scheme: dark)", "all")
    page = re.sub(r"@media [^{]*\bprint\b", "@media all", page)
    width, wide, background, controls = sizes(page, tmp_path, 960)  # landscape, without margins
    assert (width <= 960, wide, controls) == (True, 0, [0, 0])
    assert background == "rgb(255, 255, 255)"


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "ablation.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="variant"):
        read_trials(path, differences=True)
