"""Checks of the sampled parts."""

import shlex

import numpy as np
import pandas as pd
import pytest
import zarr

from tests.release.conftest import FEW
from tests.release.parts import part, refused, write_part
from videeg_pipe.runtime.files import read_json, sha256_array, write_json


def _shard(results, number, place):
    return part(results, number).with_suffix(".zarr") / "eeg" / "c" / str(place) / "0" / "0"


def _change(path, **values):
    write_json(path, read_json(path) | values)


def _change_sample(path, place, **values):
    manifest = read_json(path)
    manifest["samples"][place] |= values
    write_json(path, manifest)


def test_flipped_byte_names_the_sample_and_the_command(small, make):
    shard = _shard(small, 1, 4)
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(bytes(data))
    window = read_json(part(small, 1))["samples"][4]["window_id"]
    message = refused(make, "sample 4", window, str(part(small, 1)))
    again = f"again with --forcerun {shlex.quote(str(part(small, 1)))} at its end"
    assert message.endswith(f"to sample this part again, run the same command {again}")
    assert not (small / "release" / "videeg-gen.h5").exists()


@pytest.mark.parametrize("spoil", ["missing", "truncated", "empty"])
def test_incomplete_shard_names_the_sample(small, make, spoil):
    shard = _shard(small, 0, 3)
    if spoil == "missing":
        shard.unlink()
    else:
        shard.write_bytes(shard.read_bytes()[: 50 if spoil == "truncated" else 0])
    refused(make, "sample 3", str(part(small, 0)), "--forcerun")


def test_missing_zarr_group_names_the_part(small, make):
    group = part(small, 0).with_suffix(".zarr")
    group.rename(small / "elsewhere")
    refused(make, str(part(small, 0)), "--forcerun")


def test_values_that_are_not_finite_are_refused(small, make):
    array = zarr.open_group(part(small, 0).with_suffix(".zarr"), mode="r+")["eeg"]
    values = array[5]
    values[3, 7] = np.nan
    array[5] = values
    _change_sample(part(small, 0), 5, sha256=sha256_array(values))
    refused(make, "sample 5", "finite", "--forcerun")


def test_eeg_of_another_shape_is_refused(small, make):
    group = zarr.open_group(part(small, 0).with_suffix(".zarr"), mode="w", zarr_format=3)
    group.create_array("eeg", shape=(20, 10, 100), dtype="float32")
    refused(make, "(20, 10, 200)", "(20, 10, 100)")


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
def test_part_of_another_generator_or_sampler_is_refused(small, make, change, words):
    _change(part(small, 1), **change)
    refused(make, "part-001.json", *words)


def test_manifest_without_json_is_refused(small, make):
    part(small, 0).write_text("{")
    refused(make, "part-000.json", "JSON")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"window_id": "sub1-s1-b9-c000-w0"}, ("sub1-s1-b9-c000-w0",)),
        ({"seed": 5}, ("seed 5",)),
        ({"row": 999}, ("sample 2", "row 999")),
    ],
)
def test_samples_of_other_windows_or_seeds_are_refused(small, make, change, words):
    _change_sample(part(small, 0), 2, **change)
    refused(make, "part-000.json", *words)


def test_duplicate_sample_is_refused(small, make):
    windows = pd.read_parquet(small / "windows.parquet")
    write_part(part(small, 9), windows, np.zeros((36, len(FEW), 200), np.float32), range(3, 4))
    refused(make, "36 samples", "c001-w1", "--forcerun sample")


def test_missing_last_part_is_refused(small, make):
    part(small, 1).unlink()
    refused(make, "sample 20", "20 samples in all", "--forcerun sample")


def test_missing_first_part_is_refused(small, make):
    part(small, 0).unlink()
    refused(make, "part-001.json", "sample 0", "--forcerun sample")


def test_surplus_sample_is_refused(small, make):
    manifest = read_json(part(small, 1))
    last = manifest["samples"][-1]
    _change(part(small, 1), samples=[*manifest["samples"], last])
    refused(make, "36 samples", last["window_id"])


def test_parts_of_other_windows_are_refused(small, make):
    path = small / "windows.parquet"
    windows = pd.read_parquet(path)
    windows.loc[0, "released"] = False
    windows.to_parquet(path, index=False)
    refused(make, "part-000.json", "sample 0")
