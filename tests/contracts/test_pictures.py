"""Records of pictures that somebody edited."""

import numpy as np
import pytest

from videeg_pipe.contracts.pictures import PictureStore, write_arrays
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_record


@pytest.mark.parametrize(
    "arrays", [None, [], {}, {"empty": 3}, {"empty": {"file": None}}, {"empty": {"file": "x.npy"}}]
)
def test_an_edited_record_is_named(tmp_path, arrays):
    store, manifest = PictureStore(tmp_path), tmp_path / "texts.json"
    write_arrays(manifest, {"empty": np.ones((2, 3))})
    assert store.array("empty", record="texts").shape == (2, 3)
    write_record(manifest, {"arrays": arrays})
    with pytest.raises(UserError, match=r"texts\.json; expected the entries"):
        store.array("empty", record="texts")


@pytest.mark.parametrize("sha256", [None, 5, ["a"]])
def test_a_checksum_of_another_kind_is_that_of_another_file(tmp_path, sha256):
    store, manifest = PictureStore(tmp_path), tmp_path / "texts.json"
    write_arrays(manifest, {"empty": np.ones((2, 3))})
    write_record(manifest, {"arrays": {"empty": {"file": "empty.npy", "sha256": sha256}}})
    with pytest.raises(UserError, match=r"empty\.npy; expected the file that texts\.json lists"):
        store.array("empty", record="texts")
