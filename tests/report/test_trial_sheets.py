"""Tables of trials on the page: numbers, sheets and rankings."""

import re

import pytest

from tests.report.browser import drive
from tests.report.pages import write
from videeg_pipe.report.trial_sheets import arrange_trials


def cells(trials, title, column):
    sheet = trials.sheets[title]
    labels = [label for group in sheet.groups.values() for label in group]
    return {variant: row[labels.index(column)] for variant, row in sheet.rows.items()}


def test_differences_are_bold_if_the_interval_excludes_zero(ablation):
    trials = arrange_trials(ablation, differences=True)
    found = cells(trials, "Scores", "r of the mean / ceiling")
    assert found["full"] == {
        "text": "0.840", "under": ["[0.800, 0.900]", "(0.830, 0.850)"], "sure": False,
    }  # fmt: skip
    assert found["no-track"]["text"] == "0.070" and found["no-track"]["sure"]
    assert found["no-track"]["under"] == ["−0.770 (−0.800, −0.700)"]
    assert found["no-text"] == {"text": "0.840", "under": ["0.000"], "sure": False}
    assert found["<b>odd</b>"]["under"] == ["+0.010 (−0.040, 0.050)"]
    assert not found["<b>odd</b>"]["sure"]
    assert not trials.ranking and len(trials.pictures) == 1


def test_published_values_have_columns_of_their_own(comparison):
    groups = arrange_trials(comparison, differences=False).sheets["The paper’s measures"].groups
    assert groups == {
        "Measured here": ["Pearson"],
        "Published in the paper, protocol unknown": ["Pearson"],
    }
    row = arrange_trials(comparison, differences=False).sheets["The paper’s measures"].rows["ced"]
    assert [cell["text"] for cell in row] == ["0.005", "0.869"]


def test_reduced_sizes_show_their_share_of_the_full_size(comparison):
    trials = arrange_trials(comparison, differences=False)
    found = cells(trials, "Cost and reduction", "parameters")
    assert found["ced"]["under"] == ["10 % of the paper’s"] and not found["spgn"]["under"]


def test_the_page_has_both_tables(scored, ablation, comparison):
    page = write(scored, tables=[ablation, comparison])
    assert "snakemake compare makes it" not in page and "snakemake ablate makes" not in page
    assert "−0.770" in page and "place 1 to 2" in page and "oracle: recordings" in page
    assert "Published in the paper, protocol unknown" in page
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
    found, console = drive(page, script, folder)
    assert not console
    return found


@pytest.mark.slow
def test_wide_tables_scroll_in_their_own_box(scored, ablation, comparison, tmp_path):
    page = write(scored, tables=[ablation, comparison])
    width, wide, _, _ = sizes(page, tmp_path, 390)
    assert width <= 390 and wide > 0


def test_print_is_light_without_controls_and_cut_tables(scored, comparison, tmp_path):
    page = write(scored, tables=[comparison])
    page = page.replace("(prefers-color-scheme: dark)", "all")
    page = re.sub(r"@media [^{]*\bprint\b", "@media all", page)
    width, wide, background, controls = sizes(page, tmp_path, 960)  # landscape, without margins
    assert (width <= 960, wide, controls) == (True, 0, [0, 0])
    assert background == "rgb(255, 255, 255)"
