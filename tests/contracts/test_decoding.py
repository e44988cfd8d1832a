"""Names of rows, their decoders, and the clips that they reconstruct."""

from pathlib import Path

import pandas as pd
import pytest

from videeg_pipe.contracts.decoding import (
    DecodingRow,
    decoder_record,
    held_out_clips,
    list_folders,
    listed_folders,
)
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_record

ROWS = {
    "sam-net_cs": (DecodingRow("sam-net", "cs"), "decoders/sam-net/known/seed-0"),
    "sam-net_cs_own": (DecodingRow("sam-net", "cs", "own"), "decoders/sam-net/known/seed-0"),
    "ridge_ss_seed-2": (DecodingRow("ridge", "ss", seed=2), "decoders/ridge/of-ann/seed-2"),
    "ridge_new-0": (DecodingRow("ridge", "new-0"), "decoders/ridge/known/seed-0"),
    "ridge_new-7.5_heads": (
        DecodingRow("ridge", "new-p", percent=7.5, method="heads"),
        "adapted/ridge_new-7.5_heads/ann",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_has_a_name_and_a_decoder_per_person(name):
    row, folder = ROWS[name]
    assert row.name == name
    assert decoder_record(Path("r"), row, "ann") == Path("r", folder, "decoder.json")


def test_test_clips_are_those_of_the_split_the_people_and_the_places_in_a_run():
    clips = pd.DataFrame(
        {
            "clip_id": list("abcdef"),
            "subject": ["ann", "ann", "ann", "bob", "bob", "eve"],
            "split": ["train", "test", "test", "test", "test", "test"],
            "position": [1, 1, 2, 1, 3, 1],
        }
    )
    assert held_out_clips(clips, ["ann", "bob"])["clip_id"].tolist() == list("bcde")
    assert held_out_clips(clips, ["ann", "bob"], 1)["clip_id"].tolist() == list("bd")


def test_listed_folders_are_compared_with_their_checksums(tmp_path):
    made = tmp_path / "row" / "reconstruction.json"
    write_record(made, {"row": 1})
    list_folders(tmp_path / "list.json", {"row": made})
    assert listed_folders(tmp_path / "list.json") == {"row": made}
    write_record(made, {"row": 2})
    with pytest.raises(UserError, match=r"row/reconstruction\.json; expected the file that list"):
        listed_folders(tmp_path / "list.json")
