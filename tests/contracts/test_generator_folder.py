"""What is not the folder of a generator, or not whole, is named in one line."""

import pytest

from videeg_pipe.contracts.generator_folder import (
    RECORD,
    SCHEMA_VERSION,
    check_outside,
    read_folder_record,
)
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_record

GOOD = {
    "schema_version": SCHEMA_VERSION,
    "videeg_pipe": "0.1.0",
    "source": "phantom",
    "checkpoint_sha256": "ab",
    "l_freq": 0.5,
    "h_freq": 40.0,
    "reference": "average",
    "embed": {},
    "sample": {},
    "people": {"sub1": None, "sub2": "A woman of 30."},
    "description_r": None,
    "continuous": True,
}


@pytest.mark.parametrize(
    ("entry", "value", "found"),
    [
        ("people", ["sub1"], r"found people \['sub1'\];"),
        ("people", None, "found people None;"),
        ("embed", 5, "found embed 5;"),
        ("l_freq", "low", "found l_freq 'low';"),
        ("h_freq", -1, "found h_freq -1;"),
        ("h_freq", None, "found h_freq None;"),
        ("reference", "nose", "found reference 'nose';"),
        ("description_r", "high", "found description_r 'high';"),
        ("continuous", 1, "found continuous 1;"),
    ],
)
def test_other_entries_are_named(tmp_path, entry, value, found):
    write_record(tmp_path / RECORD, GOOD)
    assert read_folder_record(tmp_path) == GOOD
    write_record(tmp_path / RECORD, GOOD | {entry: value})
    with pytest.raises(UserError, match=f"expected the entries of schema_version 1.0; {found}"):
        read_folder_record(tmp_path)


@pytest.mark.parametrize(
    ("version", "found"), [("99", "found 99;"), (1.0, "found 1.0, which is not text;")]
)
def test_another_schema_is_refused(tmp_path, version, found):
    write_record(tmp_path / RECORD, GOOD | {"schema_version": version})
    with pytest.raises(UserError, match=f"{RECORD}; expected schema_version 1.0; {found}"):
        read_folder_record(tmp_path)


def test_all_that_lacks_is_listed(tmp_path):
    kept = {name: GOOD[name] for name in GOOD if name not in ("embed", "source")}
    write_record(tmp_path / RECORD, kept)
    with pytest.raises(UserError, match="found no source; no embed;"):
        read_folder_record(tmp_path)


def test_a_place_inside_is_refused(tmp_path):
    folder = tmp_path / "generator"
    folder.mkdir()
    check_outside(folder / "new.fif")
    write_record(folder / RECORD, GOOD)
    check_outside(folder)
    for inside in (folder / "new.fif", folder / "clip" / "new"):
        with pytest.raises(UserError, match=f"expected a place outside .*; found {folder}, which"):
            check_outside(inside)
