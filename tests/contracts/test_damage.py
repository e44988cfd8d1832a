"""A flipped bit in a work file is noticed by its reader, which names the file to delete."""

import hashlib
import random
from collections import Counter

import numpy as np
import pytest

from tests.generators import CHANNELS, inputs_of, results_inputs
from videeg_pipe.contracts.graphs import adjacency, read_weights
from videeg_pipe.contracts.stores import ListedFiles, VideoFeatures
from videeg_pipe.contracts.tables import read_table
from videeg_pipe.runtime.errors import UserError, make_again
from videeg_pipe.runtime.files import read_json, read_npy, read_record, write_record

RECORDS = ("normalisation.json", "eeg/index.json", "video/videos.json", "text/texts.json")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    results_inputs(root)
    for name in RECORDS:  # the builder writes them without checksums
        write_record(root / name, read_json(root / name))
    return root


def digest(*arrays) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)).hexdigest()


def eeg(root):
    inputs = inputs_of(root)
    return digest(inputs.eeg().windows(inputs.windows()))


def truth(root):
    inputs = inputs_of(root)
    return digest(inputs.eeg().windows(inputs.windows(), truth=True))


def video(root):
    features = VideoFeatures.read(ListedFiles(root / "video" / "videos.json").path("video1"))
    return digest(features.clip, features.grid_s, features.track, features.track_s)


def text(root):
    return digest(read_npy(ListedFiles(root / "text" / "texts.json").path("sub1")))


def graphs(root):
    return digest(adjacency(read_weights(root / "graphs.safetensors")).numpy())


def scales(root):
    read = inputs_of(root).normalisation()
    return digest(*read.scales.values(), read.population)


def table(root):
    return read_table(root / "windows.parquet", "windows").to_csv()


@pytest.mark.parametrize(
    ("name", "read", "record"),
    [
        ("eeg/sub1-s1-b1.npy", eeg, "eeg/sub1.json"),
        ("eeg/sub1-s1-b1_truth.npy", truth, "eeg/sub1.json"),
        ("eeg/index.json", eeg, "eeg/index.json"),
        ("video/video1.npz", video, "video/videos.json"),
        ("video/videos.json", video, "video/videos.json"),
        ("text/sub1.npy", text, "text/texts.json"),
        ("text/texts.json", text, "text/texts.json"),
        ("graphs.safetensors", graphs, "graphs.safetensors"),
        ("normalisation.json", scales, "normalisation.json"),
        ("windows.parquet", table, "windows.parquet"),
    ],
)
def test_a_flipped_bit_is_noticed(results, name, read, record):
    path, rng, seen = results / name, random.Random(name), Counter()
    good, data = read(results), path.read_bytes()
    try:
        for _ in range(40 if len(data) < 100_000 else 12):
            flipped = bytearray(data)
            flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            path.write_bytes(flipped)
            try:
                assert read(results) == good
                seen["no effect"] += 1
            except UserError as error:
                assert str(error).startswith(str(path))
                assert make_again(str(results / record)) in str(error)
                seen["noticed"] += 1
    finally:
        path.write_bytes(data)
    assert seen["noticed"] > 5, seen
    assert read(results) == good


@pytest.mark.parametrize("name", ["eeg/sub1-s1-b1.npy", "video/video1.npz", "text/sub1.npy"])
def test_a_missing_file_names_the_record_to_make_again(results, name):
    path = results / name
    hidden = path.rename(path.with_suffix(".off"))
    read = {"eeg": eeg, "video": video, "text": text}[path.parent.name]
    try:
        with pytest.raises(UserError, match=r"found no such file; .* --forcerun .*\.json"):
            read(results)
    finally:
        hidden.rename(path)


def test_a_file_that_no_record_lists_is_refused(results):
    with pytest.raises(UserError, match=r"texts\.json; expected an entry of sub9; found none"):
        ListedFiles(results / "text" / "texts.json").path("sub9")
    with pytest.raises(UserError, match=r"index\.json; expected the checksum of sub9-s1-b1\.npy"):
        inputs_of(results).eeg().recording("sub9-s1-b1")


def test_an_edited_record_is_noticed(results, tmp_path):
    path = tmp_path / "normalisation.json"
    write_record(path, {"scales_uv": {"sub1": [1.5] * len(CHANNELS)}, "population_uv": [1.5]})
    assert read_record(path)["population_uv"] == [1.5]
    path.write_text(path.read_text().replace("1.5", "1.6", 1))
    with pytest.raises(UserError, match=r"was edited; run the same command .* --forcerun"):
        read_record(path)
