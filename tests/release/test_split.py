"""The frozen splits and the manifest."""

import json

import h5py
import numpy as np
import pandas as pd

from videeg_pipe.release.split import split_rule
from videeg_pipe.runtime.files import sha256_array


def test_every_sample_is_in_one_split(released):
    split = json.loads((released / "dataset_split.json").read_text())
    with h5py.File(released / "videeg-gen.h5") as file:
        ids, splits = file["sample_id"].asstr()[:], file["split"].asstr()[:]
    for name, part_ in split["splits"].items():
        assert part_["sample_ids"] == ids[splits == name].tolist()
        assert part_["n"] == len(part_["sample_ids"])
    assert split["splits"]["train"]["blocks"] == [1]
    assert split["splits"]["test"]["subjects"] == ["sub1"]
    assert split["disjoint"] == {
        "subject": False,
        "block": True,
        "video": True,
        "stretch_of_video": True,
    }
    assert split["rule"] == "by block, never at random over windows"
    assert split_rule(split["disjoint"], "run") == "by run, never at random over windows"


def test_manifest_gives_seed_checksum_and_origin_of_each_sample(released):
    manifest = pd.read_parquet(released / "manifest.parquet")
    with h5py.File(released / "videeg-gen.h5") as file:
        assert manifest["sample_id"].tolist() == file["sample_id"].asstr()[:].tolist()
        for row in (0, 33, 69):
            assert sha256_array(file["eeg"][row]) == manifest["sha256"][row]
        np.testing.assert_array_equal(manifest["seed"], file["seed"][:])
    assert manifest["row"].tolist() == list(range(70))
    assert manifest["checkpoint_sha256"].unique().tolist() == ["c" * 64]
    assert manifest["config_sha256"].unique().tolist() == ["d" * 64]
