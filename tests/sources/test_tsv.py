"""Tables of BIDS: cells stay in their rows and columns, whatever people and programs write."""

import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.tsv import read_columns, read_tsv

NAMES = ("onset", "trial_type", "stim_file")
ROWS = {"onset": ["1", "2"], "trial_type": ["cat", "dog"], "stim_file": ["a.mp4", "b.mp4"]}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.tsv"


def written(path, *lines, encoding="utf-8", end="\n"):
    path.write_bytes(end.join(lines).encode(encoding))
    return path


@pytest.mark.parametrize(
    "lines",
    [
        ["onset\ttrial_type\tstim_file", "1\tcat\ta.mp4", "2\tdog\tb.mp4"],
        ["onset\ttrial_type\tstim_file", "1\tcat\ta.mp4\t", "2\tdog\tb.mp4\t"],
        ["onset\ttrial_type\tstim_file", "1\tcat\ta.mp4", "2\tdog\tb.mp4\t\t", "\t\t\t"],
        ["onset\ttrial_type\tstim_file\t", "1\tcat\ta.mp4\t", "2\tdog\tb.mp4\t", ""],
        ['"onset"\t"trial_type"\t"stim_file"', '1\t"cat"\t"a.mp4"', '2\t"dog"\t"b.mp4"'],
        [" Onset\tTRIAL_TYPE \tstim_file", " 1\tcat \ta.mp4", "2\t dog\tb.mp4 ", ""],
        ["onset\ttrial_type\tstim_file", "1\t1\tcat\ta.mp4", "2\t2\tdog\tb.mp4"],  # R's names
        ["\tonset\ttrial_type\tstim_file", "0\t1\tcat\ta.mp4", "1\t2\tdog\tb.mp4"],  # pandas' index
        ["onset\ttrial_type\tstim_file\tonset", "1\tcat\ta.mp4\t9", "2\tdog\tb.mp4\t9"],
    ],
)
def test_cells_are_found(path, lines):
    for end in ("\n", "\r\n", "\r"):
        assert read_columns(written(path, *lines, end=end), NAMES) == ROWS
    assert read_columns(written(path, *lines, encoding="utf-8-sig"), NAMES) == ROWS


def test_a_single_quote_is_text_and_merges_no_rows(path):
    lines = ["onset\ttrial_type\tstim_file", '1\t"big cat\ta.mp4', '2\t5" dog\tb.mp4', '3\t"x\tc']
    table = read_columns(written(path, *lines), NAMES)
    assert table["stim_file"] == ["a.mp4", "b.mp4", "c"]
    assert table["trial_type"] == ['"big cat', '5" dog', '"x']


def test_quotes_may_enclose_quotes_and_tabs(path):
    lines = ["onset\ttrial_type\tstim_file", '1\t"a ""big"" cat"\ta.mp4', '2\t"dog\tcat"\tb.mp4']
    table = read_columns(written(path, *lines), NAMES)
    assert table == ROWS | {"trial_type": ['a "big" cat', "dog\tcat"]}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("1\tcat\ta.mp4\tb.mp4", "line 3; .*each of 3 columns.*found 4 cells, such as 'b.mp4'"),
        ('1\t"big\tcat\ta.mp4', "line 3; .*found 4 cells"),
        ('1\t"big\ncat"\ta.mp4', "line 3; .*found a line break within quotes"),
        ('1\tcat\t"a\nb.mp4"', "line 4; .*found a line break within quotes"),
    ],
)
def test_cells_that_have_no_clear_column_are_refused(path, row, found):
    with pytest.raises(UserError, match=found):
        read_columns(written(path, "onset\ttrial_type\tstim_file", "0\tdog\tb.mp4", row), NAMES)


def test_missing_cells_are_null(path):
    table = read_tsv(written(path, *("onset\tx\ty", "1\tN/A", "n/a\t\tNA")))
    assert table.isna().to_numpy().tolist() == [[False, True, True], [True, True, False]]
    assert table["y"].iloc[1] == "NA"


@pytest.mark.parametrize("content", [b"", b"\n \n", "onset\tx\n1\tö".encode("latin-1")])
def test_other_files_are_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"events\.tsv; expected a tab-separated table in UTF-8"):
        read_tsv(path)
    path.unlink()
    with pytest.raises(UserError, match="no such file"):
        read_tsv(path)
