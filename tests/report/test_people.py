"""Scores of new people on the page, and the answer about them."""

import numpy as np
import pandas as pd
import pytest

from tests.report.pages import write
from videeg_pipe.report import questions
from videeg_pipe.report.people import read_people
from videeg_pipe.report.questions import answers, new_people
from videeg_pipe.runtime.errors import UserError

NEW = {0: (0.5, 0.3), 25: (0.7, 0.2)}
KNOWN = (0.75, 0.15)
BASELINES = {"population": {25: (0.55, 0.25)}, "nearest": {25: (0.35, 0.28)}}


def write_people(
    path, *, new=NEW, known=KNOWN, baselines=BASELINES, spread=0.05, names=("sub1", "<i>sub2</i>")
):
    """A table as `tabulate_people` writes it: each person a little off the mean."""
    groups = [("adapted" if n else "population", n, scores) for n, scores in new.items()]
    groups += [(name, n, scores) for name in baselines for n, scores in baselines[name].items()]
    groups += [("trained", 600, known)] if known else []
    rows = []
    for generator, n, scores in groups:
        facts = {"generator": generator, "known": generator == "trained", "n_windows": n}
        for sign, name in zip((-1, 1), names, strict=True):
            r, error = (np.nan if one is None else one + sign * 0.01 for one in scores)
            rows.append({"subject": name, **facts, "of_ceiling": r,
                         "conditional_mean_r": r / 2, "covariance_error": error})  # fmt: skip
        r, error = (np.nan if one is None else one for one in scores)
        mean = {"subject": "mean", **facts, "n_windows": None if facts["known"] else n}
        mean |= {"of_ceiling": r, "conditional_mean_r": r / 2, "covariance_error": error}
        ends = {"_low": -spread, "_high": spread} if spread else {"_low": None, "_high": None}
        for score in ("of_ceiling", "conditional_mean_r", "covariance_error"):
            mean |= {
                score + end: by if by is None else mean[score] + by for end, by in ends.items()
            }
        rows.append(mean | {"people": len(names)})
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture
def table(tmp_path):
    return write_people(tmp_path / "people.csv")


def test_means_are_sorted_by_number_of_windows_with_the_training_last(table):
    people = read_people(table)
    assert [(group.generator, group.n_windows, group.who) for group in people.groups] == [
        ("population", 0, "new, not adapted"),
        ("adapted", 25, "new, adapted with 25 windows"),
        ("nearest", 25, "new, as the nearest person, own scale from 25 windows"),
        ("population", 25, "new, not adapted, own scale from 25 windows"),
        ("trained", None, "in the training"),
    ]
    assert people.groups[1].text("of_ceiling") == "0.700 [0.650, 0.750]"
    assert [name for name, *_ in people.each] == ["sub1", "<i>sub2</i>"] * 5
    assert len(people.pictures) == 2
    assert "legend_1" in people.pictures[0].svg
    assert "Triangle and square: baselines" in people.pictures[0].caption


def test_windows_themselves_have_no_correlation(tmp_path):
    baselines = BASELINES | {"recording": {25: (None, 0.1)}}
    people = read_people(write_people(tmp_path / "people.csv", baselines=baselines))
    (group,) = (group for group in people.groups if group.generator == "recording")
    assert group.who == "25 real windows of the same people" and group.is_baseline
    assert group.text("of_ceiling") == "–"
    assert group.text("covariance_error") == "0.100 [0.050, 0.150]"
    of_r, of_error = people.pictures
    assert "Cross" in of_error.caption and "25 real windows" in of_error.svg
    assert "Cross" not in of_r.caption and "25 real windows" not in of_r.svg


def test_a_table_without_generators_has_no_baselines(tmp_path, table):
    older = write_people(tmp_path / "older.csv", baselines={})
    pd.read_csv(older).drop(columns="generator").to_csv(older, index=False)
    people, new = read_people(older), read_people(table)
    assert people.groups == [group for group in new.groups if not group.is_baseline]
    picture = people.pictures[0]
    assert "legend_1" not in picture.svg and "nearest" not in picture.svg + picture.caption
    assert new_people(people) == new_people(new)


def test_a_score_that_the_table_lacks_is_left_out(table):
    frame = pd.read_csv(table)
    frame.drop(columns=["of_ceiling", "covariance_error"]).to_csv(table, index=False)
    people = read_people(table)
    assert people.main_scores == ["conditional_mean_r"] and len(people.pictures) == 1
    assert "error" not in new_people(people).text
    frame.drop(columns=["of_ceiling", "conditional_mean_r"]).to_csv(table, index=False)
    assert new_people(read_people(table)).short == questions.NOT_MEASURED


@pytest.mark.parametrize(
    ("changes", "short", "good"),
    [
        ({}, "Nearly as well, after adaptation to their EEG.", True),
        ({"new": {0: (0.74, 0.2)}}, "Nearly as well as for people of the training.", True),
        ({"new": {0: (0.3, 0.4)}}, "Worse than for people of the training.", False),
        ({"new": {0: (0.01, 0.4)}}, questions.UNDECIDED, False),
        ({"spread": None}, questions.NO_INTERVAL, None),
        ({"known": None}, "Yes, above chance.", None),
    ],
)
def test_new_people(tmp_path, changes, short, good):
    answer = new_people(read_people(write_people(tmp_path / "people.csv", **changes)))
    assert (answer.short, answer.good) == (short, good)
    assert "without adaptation" in answer.text


def test_the_page_shows_new_people_and_the_answer(scored, table):
    page = write(scored, tables=[table])
    assert "Does it work for new people?" in page and "0.700 [0.650, 0.750]" in page
    assert "in the training" in page and "snakemake people" not in page
    assert "<i>sub2</i>" not in page and "&lt;i&gt;sub2&lt;/i&gt;" in page


def test_without_the_table_there_is_no_answer(scored, scores):
    page = write(scored)
    assert "Does it work for new people?" not in page and "snakemake people makes" in page
    assert len(answers(scores, [])) == 5


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("subject,known\nsub1,True\n")
    with pytest.raises(UserError, match="n_windows"):
        read_people(path)
