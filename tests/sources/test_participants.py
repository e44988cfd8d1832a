"""The participants table, from participants.tsv."""

import json

import pandas as pd
import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.participants import participants_table

FACTS = ["age", "sex", "handedness"]


def people(folder, rows, subjects, notes=None):
    """Write both files and return the table by subject, and what was found."""
    path = folder / "participants.tsv"
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    if notes is not None:
        path.with_suffix(".json").write_text(json.dumps(notes), encoding="utf-8")
    table, found = participants_table(subjects, path)
    return table.set_index("subject"), [(finding.action, finding.what) for finding in found]


def test_columns_and_codes_of_bids_are_read(tmp_path):
    rows = [
        ("participant_id", "sex", "age", "handedness", "notes"),
        ("sub-2", "female", 31, "RIGHT", "n/a"),
        ("sub-1", "n/a", "n/a", "n/a", "x"),
        ("sub-3", "M", "89+", "r", "x"),
    ]
    table, found = people(tmp_path, rows, ["sub-1", "sub-2", "sub-3", "sub-4"])
    assert list(table.loc["sub-2", FACTS]) == [31, "F", "R"]
    assert table.loc[["sub-1", "sub-4"], FACTS].isna().all(axis=None)
    assert table.loc["sub-3", "prompt"] == "EEG of a right-handed man watching a video."
    assert [action for action, _ in found] == ["assumed", "skipped"]
    assert "1 of 4 people have no row (sub-4)" in found[0][1]
    assert "89+" in found[1][1]


def test_people_are_found_without_prefix_zeros_and_small_letters(tmp_path):
    rows = [("Participant_ID", "AGE", "Sex"), ("1", 30, "F"), ("SUB-02", 31, "M"), ("p3", 32, "F")]
    table, found = people(tmp_path, rows, ["sub-01", "sub-02", "sub-P3"])
    assert list(table["age"]) == [30, 31, 32]
    assert list(table["sex"]) == ["F", "M", "F"]
    assert found == [
        ("repaired", "The participant_id of 3 people is written differently from their folders.")
    ]


def test_names_that_differ_only_in_zeros_stay_apart(tmp_path):
    rows = [("participant_id", "age"), ("sub-1", 30), ("sub-01", 31), ("2", 32)]
    table, _ = people(tmp_path, rows, ["sub-1", "sub-01", "sub-02"])
    assert list(table["age"]) == [30, 31, 32]


@pytest.mark.parametrize(
    ("written", "notes", "read"),
    [
        (["w", "m", "d"], None, ["F", "M", "O"]),
        (["weiblich", "männlich", "divers"], None, ["F", "M", "O"]),
        (["Female", "MALE", "Other"], None, ["F", "M", "O"]),
        (["1", "2", "3"], {"1": "male", "2": "female participant", "3": "n/a"}, ["M", "F", None]),
        (["1", "2", "2"], {"1": {"Label": "Frau"}, "2": {"Label": "Mann"}}, ["F", "M", "M"]),
        (["m", "h", "m"], {"m": "mujer", "h": "hombre"}, ["F", "M", "F"]),
        (["m", "h", "m"], None, [None, None, None]),  # mujer and hombre, or something else
        (["1", "2", "1"], None, [None, None, None]),  # which is which?
        (["1", "2", "1"], {"1": "not male but female", "2": "male"}, [None, "M", None]),
    ],
)
def test_sex_is_read_as_levels_or_words_say_and_never_guessed(written, notes, read, tmp_path):
    names = ["sub-1", "sub-2", "sub-3"]
    rows = [("participant_id", "sex"), *zip(names, written, strict=True)]
    levels = {"sex": {"Levels": notes}} if notes else None
    table, found = people(tmp_path, rows, names, levels)
    assert [None if pd.isna(sex) else sex for sex in table["sex"]] == read
    not_read = {text for text, sex in zip(written, read, strict=True) if sex is None}
    assert len(found) >= len(not_read)
    assert all(action == "skipped" and "null" in what for action, what in found)


def test_children_are_not_adults(tmp_path):
    rows = [
        ("participant_id", "age", "sex"),
        ("sub-1", 8, "F"),
        ("sub-2", "17.9", "M"),
        ("sub-3", 11, "n/a"),
        ("sub-4", 18, "F"),
    ]
    table, _ = people(tmp_path, rows, ["sub-1", "sub-2", "sub-3", "sub-4"])
    assert list(table["prompt"]) == [
        "EEG of an 8-year-old girl watching a video.",
        "EEG of a 17.9-year-old boy watching a video.",
        "EEG of an 11-year-old child watching a video.",
        "EEG of an 18-year-old woman watching a video.",
    ]


@pytest.mark.parametrize(
    ("text", "unit", "years"),
    [
        ("25,5", None, 25.5),
        ("6", "months", 0.5),
        ("26.09", "weeks", 0.5),
        ("6", "m", 0.5),
        ("30", "years", 30),
        ("30", "yrs", 30),
        ("30", "yr.", 30),
        ("30", "Years (a)", 30),
        ("30", "n/a", 30),
        ("6", "mo", 0.5),
        ("30", "parsec", None),
        ("1999", None, None),
        ("-3", None, None),
        ("adult", None, None),
    ],
)
def test_age_is_in_years(text, unit, years, tmp_path):
    rows = [("participant_id", "age"), ("sub-1", text)]
    table, found = people(tmp_path, rows, ["sub-1"], {"age": {"Units": unit}} if unit else None)
    if years is None:
        assert table["age"].isna().all()
        assert found[0][0] == "skipped"
        assert (f"The unit {unit} of age" if unit else f"Age '{text}' is not") in found[0][1]
    else:
        assert table.loc["sub-1", "age"] == pytest.approx(years, abs=1e-3)
        assert not found


def test_rows_of_one_person_that_contradict_each_other_are_left_out(tmp_path):
    rows = [
        ("participant_id", "age", "sex", "session"),
        ("sub-1", 30, "F", "1"),
        ("sub-1", 40, "female", "2"),
    ]
    table, found = people(tmp_path, rows, ["sub-1"])
    assert table["age"].isna().all()
    assert table.loc["sub-1", "sex"] == "F"
    assert found[0][1].startswith("Age '30' and '40' of the same person contradict each other")


def test_without_the_file_all_facts_are_null(tmp_path):
    table, found = participants_table(["sub1"], tmp_path / "participants.tsv")
    assert list(table["prompt"]) == ["EEG of subject 1 watching a video."]
    assert not found


@pytest.mark.parametrize("content", [b"name\tage\nsub-1\t3\n", b"\xff\xfe\x00", b""])
def test_a_file_that_is_no_table_of_participants_is_refused(content, tmp_path):
    (tmp_path / "participants.tsv").write_bytes(content)
    with pytest.raises(UserError, match=r"participants\.tsv"):
        participants_table(["sub-1"], tmp_path / "participants.tsv")
