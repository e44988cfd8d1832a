"""Names in exported folders, and folders that are not replaced."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.reader import write_samples
from videeg_pipe import load_release
from videeg_pipe.reader.folders import file_labels, new_folder
from videeg_pipe.runtime.errors import UserError


def test_labels_are_letters_and_digits():
    assert file_labels(("person-1", "S_2")) == {"person-1": "person1", "S_2": "S2"}
    assert file_labels(("a-b", "AB")) == {"a-b": "001", "AB": "002"}
    assert file_labels(("ä",)) == {"ä": "001"}


@pytest.mark.parametrize("export", ["to_bids", "to_huggingface", "to_zarr"])
def test_names_from_a_file_cannot_leave_the_folder(tmp_path, export):
    names = {"split": ["../../out", "/out"], "subject": ["../out", ".."], "video_id": ["../v", "/"]}
    eeg = np.ones((2, 4, 20), np.float32)
    write_samples(tmp_path / "a.h5", eeg, ("FZ", "CZ", "PZ", "OZ"), names)
    folder = getattr(load_release(tmp_path / "a.h5"), export)(tmp_path / "deep" / "made")
    assert {path.name for path in tmp_path.iterdir()} == {"a.h5", "deep"}
    assert list((tmp_path / "deep").iterdir()) == [folder]
    files = list((folder / "data").iterdir()) if export == "to_huggingface" else []
    assert sorted(pq.read_table(path)["split"][0].as_py() for path in files) == sorted(
        names["split"] if files else []
    )


def test_a_folder_appears_when_complete_and_is_not_replaced(tmp_path):
    with pytest.raises(ValueError, match="stop"), new_folder(tmp_path / "made") as temporary:
        (temporary / "part").touch()
        raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "made").mkdir()
    with new_folder(tmp_path / "made") as temporary:
        (temporary / "whole").touch()
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["whole"]
    with pytest.raises(UserError, match="found a folder with files"), new_folder(tmp_path / "made"):
        raise AssertionError


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file/new", "file; expected a folder that can be written to; found Not a directory"),
        ("nowhere", "nowhere; expected a new or empty folder; found a link to nothing"),
        ("loop", "loop; expected a new or empty folder; found a link to nothing"),
        ("file", "file; expected a new or empty folder; found a file"),
        ("x" * 300, "expected a name of at most 200 bytes; found 300 bytes"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(tmp_path, name, message):
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to("none")
    (tmp_path / "loop").symlink_to("loop")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match=message), new_folder(tmp_path / name):
        raise AssertionError
    assert sorted(tmp_path.iterdir()) == before


def test_bids_without_samples_is_refused(tmp_path):
    write_samples(tmp_path / "a.h5", np.ones((2, 4, 20), np.float32), ("FZ", "CZ", "PZ", "OZ"))
    with pytest.raises(UserError, match=r"a\.h5; expected samples; found none"):
        load_release(tmp_path / "a.h5")[:0].to_bids(tmp_path / "bids")
    assert not (tmp_path / "bids").exists()
