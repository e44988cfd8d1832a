import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.builders import build_results
from videeg_pipe.contracts.tables import read_parquet, read_table, write_table
from videeg_pipe.runtime.errors import UserError


@pytest.fixture
def cut(tmp_path):
    return read_table(build_results(tmp_path) / "windows" / "cut.parquet", "cut")


def test_round_trip(tmp_path, cut):
    write_table(tmp_path / "cut.parquet", "cut", cut)
    pd.testing.assert_frame_equal(read_table(tmp_path / "cut.parquet", "cut"), cut)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("split", "training"),
        ("start_sample", -1),
        ("n_samples", 0),
        ("window_id", "../../etc/passwd"),
        ("recording_id", "sub 1"),
        ("subject", None),
        ("video_time_s", float("nan")),
    ],
)
def test_a_bad_value_is_named_and_nothing_is_written(tmp_path, cut, column, value):
    path = tmp_path / "bad.parquet"
    cut[column] = cut[column].astype(object)
    cut.loc[3, column] = value
    with pytest.raises(UserError, match=column) as caught:
        write_table(path, "cut", cut)
    assert "\n" not in str(caught.value)
    assert not path.exists()


def test_many_bad_values_are_named_once_and_counted(tmp_path, cut):
    names = [f"sub, {n % 20}" for n in range(len(cut))]
    with pytest.raises(UserError) as caught:
        write_table(tmp_path / "bad.parquet", "cut", cut.assign(recording_id=names))
    assert "cases: sub, 0, sub, 1, " in str(caught.value)
    assert "sub, 7 and 12 more" in str(caught.value)


def test_ids_are_unique(tmp_path, cut):
    cut.loc[1, "window_id"] = cut.loc[0, "window_id"]
    with pytest.raises(UserError, match="window_id"):
        write_table(tmp_path / "bad.parquet", "cut", cut)


def test_columns_are_exactly_those_of_the_contract(tmp_path, cut):
    with pytest.raises(UserError, match="extra"):
        write_table(tmp_path / "bad.parquet", "cut", cut.assign(extra=1))
    with pytest.raises(UserError, match="split"):
        write_table(tmp_path / "bad.parquet", "cut", cut.drop(columns="split"))


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(UserError, match=r"absent\.parquet"):
        read_table(tmp_path / "absent.parquet", "cut")


def test_a_file_that_is_no_parquet_is_named(tmp_path):
    (tmp_path / "cut.parquet").write_text("not a table")
    with pytest.raises(UserError, match=r"cut\.parquet"):
        read_table(tmp_path / "cut.parquet", "cut")


def test_text_that_is_not_utf_8_is_refused(tmp_path):
    ends = pa.py_buffer(np.array([0, 1], np.int32))
    text = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(b"\x9e")])
    pq.write_table(pa.table({"a": text}), tmp_path / "a.parquet")
    with pytest.raises(UserError, match=r"a\.parquet; expected a Parquet table; .*UTF8"):
        read_parquet(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    "notes",
    [
        b"\x9e",
        b"[]",
        b'{"index_columns": [], "columns": ["a"], "column_indexes": []}',
        b'{"index_columns": [], "columns": [{"name": null}], "column_indexes": []}',
        b'{"index_columns": 3}',
    ],
)
def test_notes_that_pandas_did_not_write_are_refused(tmp_path, notes):
    table = pa.table({"a": [1]}).replace_schema_metadata({b"pandas": notes})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(UserError, match=r"a\.parquet; expected a Parquet table"):
        read_parquet(tmp_path / "a.parquet")
