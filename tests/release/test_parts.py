import json
import shlex

import numpy as np
import pandas as pd
import pytest
import zarr

from tests.release.conftest import FEW
from tests.release.parts import part, write_part
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, sha256_array, write_json


def _shard(results, number, place):
    return part(results, number).with_suffix(".zarr") / "eeg" / "c" / str(place) / "0" / "0"


def _refused(make, *words):
    with pytest.raises(UserError) as caught:
        make()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    return message


def _change(path, **values):
    write_json(path, read_json(path) | values)


def _change_sample(path, place, **values):
    manifest = read_json(path)
    manifest["samples"][place] |= values
    write_json(path, manifest)


def test_flipped_byte_is_caught_and_named(small, make):
    shard = _shard(small, 1, 4)
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(bytes(data))
    window = read_json(part(small, 1))["samples"][4]["window_id"]
    message = _refused(make, "sample 4", window, str(part(small, 1)))
    command = message[message.index("snakemake") :]
    assert shlex.split(command) == [
        "snakemake", "--cores", "1", "--forcerun", str(part(small, 1)),
    ]  # fmt: skip
    assert not (small / "release" / "videeg-gen.h5").exists()


@pytest.mark.parametrize("spoil", ["missing", "truncated", "empty"])
def test_shard_that_is_not_whole_is_named(small, make, spoil):
    shard = _shard(small, 0, 3)
    if spoil == "missing":
        shard.unlink()
    else:
        shard.write_bytes(shard.read_bytes()[: 50 if spoil == "truncated" else 0])
    _refused(make, "sample 3", str(part(small, 0)), "--forcerun")


def test_zarr_group_that_is_gone(small, make):
    group = part(small, 0).with_suffix(".zarr")
    group.rename(small / "elsewhere")
    _refused(make, str(part(small, 0)), "--forcerun")


def test_values_that_are_not_finite(small, make):
    array = zarr.open_group(part(small, 0).with_suffix(".zarr"), mode="r+")["eeg"]
    values = array[5]
    values[3, 7] = np.nan
    array[5] = values
    _change_sample(part(small, 0), 5, sha256=sha256_array(values))
    _refused(make, "sample 5", "finite", "--forcerun")


def test_eeg_of_another_shape_or_type(small, make):
    group = zarr.open_group(part(small, 0).with_suffix(".zarr"), mode="w", zarr_format=3)
    group.create_array("eeg", shape=(20, 10, 100), dtype="float32")
    _refused(make, "(20, 10, 200)", "(20, 10, 100)")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"checkpoint_sha256": "e" * 64}, ("checkpoint", "eeeeeeeeeeee")),
        ({"model": "spgn-paper"}, ("spgn-paper",)),
        ({"protocol": "reconstruction"}, ("reconstruction", "spgn.eeg_prior")),
        ({"sampler": {"scheduler": "ddim", "steps": 10}}, ("50", "10")),
        ({"samples": None}, ("samples",)),
    ],
)
def test_part_of_something_else(small, make, change, words):
    _change(part(small, 1), **change)
    _refused(make, "part-001.json", *words)


def test_manifest_that_is_no_json(small, make):
    part(small, 0).write_text("{")
    _refused(make, "part-000.json", "JSON")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"window_id": "sub1-s1-b9-c000-w0"}, ("sub1-s1-b9-c000-w0",)),
        ({"seed": 5}, ("seed 5",)),
        ({"row": 999}, ("sample 2", "row 999")),
    ],
)
def test_samples_that_do_not_fit_the_windows(small, make, change, words):
    _change_sample(part(small, 0), 2, **change)
    _refused(make, "part-000.json", *words)


def test_sample_in_two_parts(small, make):
    windows = pd.read_parquet(small / "windows.parquet")
    write_part(part(small, 9), windows, np.zeros((36, len(FEW), 200), np.float32), range(3, 4))
    _refused(make, "36 samples", "c001-w1", "--forcerun sample")


def test_missing_part(small, make):
    part(small, 1).unlink()
    _refused(make, "sample 20", "20 samples altogether", "--forcerun sample")


def test_missing_part_in_the_middle(small, make):
    part(small, 0).unlink()
    _refused(make, "part-001.json", "sample 0", "--forcerun sample")


def test_one_sample_too_many(small, make):
    manifest = read_json(part(small, 1))
    last = manifest["samples"][-1]
    _change(part(small, 1), samples=[*manifest["samples"], last])
    _refused(make, "36 samples", last["window_id"])


def test_parts_of_other_windows(small, make):
    path = small / "windows.parquet"
    windows = pd.read_parquet(path)
    windows.loc[0, "released"] = False
    windows.to_parquet(path, index=False)
    _refused(make, "part-000.json", "sample 0")


def test_nothing_to_release(small, make):
    path = small / "windows.parquet"
    pd.read_parquet(path).assign(released=False).to_parquet(path, index=False)
    _refused(make, "windows.parquet", "release.n_samples")


def test_windows_of_another_length(small, make):
    path = small / "windows.parquet"
    pd.read_parquet(path).assign(n_samples=400).to_parquet(path, index=False)
    _refused(make, "windows.parquet", "400")


def test_model_that_says_too_little(small, make):
    path = small / "models" / "spgn" / "model.json"
    model = json.loads(path.read_text())
    del model["layout"]["positions_m"]
    write_json(path, model)
    _refused(make, "model.json", "layout.positions_m")


def test_clip_without_an_emotion_row(small, make):
    path = small / "emotions.parquet"
    pd.read_parquet(path).iloc[1:].to_parquet(path, index=False)
    _refused(make, "emotions.parquet", "sub1-s1-b1-c000")
