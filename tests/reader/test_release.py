"""Samples, selections, labels and pickles of a release."""

import os
import pickle
import subprocess
import sys

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from benchmarks.reader import write_samples
from tests.reader.releases import damaged, drawn, write
from videeg_pipe import load_release
from videeg_pipe.runtime.errors import UserError


@pytest.fixture
def h5(released):
    return released / "videeg-gen.h5"


def test_a_sample_by_position_and_by_id(h5, results):
    _, eeg = results
    release = load_release(h5)
    windows = pd.read_parquet(h5.with_name("manifest.parquet"))
    assert len(release) == len(windows) == 70
    for row in (0, 41, -1):
        sample = release[row]
        np.testing.assert_array_equal(sample["eeg"], eeg[row])
        expected = windows.iloc[row]
        for name in ("sample_id", "subject", "concept"):
            assert sample[name] == expected[name]
        assert sample["label"] == expected["concept_id"] - 1
        assert list(sample) == ["eeg", "label", "concept", "subject", "sample_id"]
        found = release[sample["sample_id"]]
        np.testing.assert_array_equal(found.pop("eeg"), sample.pop("eeg"))
        assert found == sample
    with pytest.raises(IndexError):
        release[70]
    with pytest.raises(KeyError, match="nobody"):
        release["nobody"]
    assert len(list(release)) == 70


def test_fields_by_name(h5):
    fields = ("clip_features", "emotion_probs", "video_time_s", "seed", "split", "eeg_scale")
    sample = load_release(h5, fields=fields)[3]
    assert tuple(sample) == fields
    with h5py.File(h5) as file:
        np.testing.assert_array_equal(sample["clip_features"], file["clip_features"][3])
        assert sample["clip_features"].dtype == np.float16
        assert sample["seed"] == file["seed"][3]
    assert {type(sample[name]) for name in fields[2:]} == {float, int, str}
    assert list(load_release(h5).with_fields(("label",))[0]) == ["label"]
    with pytest.raises(UserError, match=r"fields among .*label; found labels; correct"):
        load_release(h5, fields=("eeg", "labels"))


def test_selections(h5):
    release, table = load_release(h5), load_release(h5).to_pandas()
    part = release.select(split=["train", "test"], subject="sub1").select(concept="concept 2")
    wanted = table.query("split != 'validation' and subject == 'sub1' and concept == 'concept 2'")
    assert part.values("sample_id").tolist() == wanted["sample_id"].tolist()
    assert part.classes == release.classes  # shared by all parts
    assert set(part.values("label")) == {1}
    assert (part.subjects, release.subjects) == (("sub1",), ("sub1", "sub2"))
    assert part[1]["sample_id"] == wanted["sample_id"].iloc[1]
    assert part[wanted["sample_id"].iloc[1]]["sample_id"] == wanted["sample_id"].iloc[1]
    other = table.query("subject == 'sub2'")["sample_id"].iloc[0]
    with pytest.raises(KeyError):
        part[other]
    backwards = release[::-1][:3]
    assert backwards.values("seed").tolist() == table["seed"].tolist()[:-4:-1]
    np.testing.assert_array_equal(backwards.values("eeg"), release.values("eeg")[:-4:-1])


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"split": "dev"}, "a split among test, train, validation; found dev; correct the split"),
        ({"subject": ["sub1", "sub9"]}, "a subject among sub1, sub2; found sub9"),
        ({"concept": "cat"}, "a concept among concept 1, "),
        ({"split": "test", "subject": "sub2"}, "samples with split test and subject sub2; found"),
    ],
)
def test_selections_of_nothing(h5, wanted, message):
    with pytest.raises(UserError, match=message):
        load_release(h5).select(**wanted)


def test_an_empty_part_is_read(h5):
    nothing = load_release(h5)[:0]
    assert nothing.values("eeg").shape == (0, 62, 200)
    assert nothing.values("concept").tolist() == []


def test_numpy_and_pandas(h5, results):
    _, eeg = results
    release = load_release(h5)
    X, y = release.to_numpy()
    np.testing.assert_array_equal(X, eeg)
    assert (X.dtype, y.dtype) == (np.float32, np.int64)
    with h5py.File(h5) as file:
        assert [release.classes[label] for label in y] == file["concept"].asstr()[:].tolist()
        table = release.to_pandas(fields=("eeg_scale", "clip_features"))
        np.testing.assert_array_equal(table["clip_features_767"], file["clip_features"][:, 0, -1])
        np.testing.assert_array_equal(table["eeg_scale"], file["eeg_scale"])
    assert table["label"].tolist() == y.tolist()
    assert not table.duplicated().any()


@settings(max_examples=30, deadline=None)
@given(drawn())
def test_any_release_is_read_as_written(tmp_path_factory, drawing):
    eeg, channels, labels = drawing
    release = write(tmp_path_factory.mktemp("drawn") / "release.h5", drawing)
    X, y = release.to_numpy()
    np.testing.assert_array_equal(X, eeg)
    assert release.channel_names == list(channels)
    assert y.tolist() == [sorted(set(labels["concept"])).index(name) for name in labels["concept"]]
    table = release.to_pandas()
    for name, values in labels.items():
        assert table[name].tolist() == values
    for place, sample_id in enumerate(labels["sample_id"]):
        np.testing.assert_array_equal(release[sample_id]["eeg"], eeg[place])
        assert release[place]["concept"] == labels["concept"][place]


def test_a_pickle_holds_the_path_and_the_selection(h5, monkeypatch, tmp_path):
    monkeypatch.chdir(h5.parent)
    release = load_release("videeg-gen.h5", fields=("eeg", "seed")).select(split="test")
    first = release[0]  # the file is open
    stored = pickle.dumps(release)
    assert len(stored) < 2000
    monkeypatch.chdir(tmp_path)
    again = pickle.loads(stored)
    assert again[0]["seed"] == first["seed"]
    np.testing.assert_array_equal(again[0]["eeg"], first["eeg"])
    assert (len(again), again.fields) == (16, ("eeg", "seed"))
    whole = load_release(h5)
    assert len(pickle.dumps(whole)) < 500
    assert len(pickle.loads(pickle.dumps(whole[::-1]))) == 70
    assert pickle.loads(pickle.dumps(whole[::-1]))[0]["sample_id"] == whole[-1]["sample_id"]


def test_a_forked_process_opens_the_file_for_itself(h5):
    release = load_release(h5)
    expected = release[5]["eeg"].sum()
    child = os.fork()
    if child == 0:
        os._exit(0 if release[5]["eeg"].sum() == expected else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_opening_reads_no_eeg(h5, tmp_path):
    release = load_release(damaged(h5, tmp_path / "damaged.h5"))
    assert release[2]["label"] == 0
    for read in (lambda: release[3], release.to_numpy, lambda: release.to_zarr(tmp_path / "z")):
        with pytest.raises(UserError, match="it is damaged; download it again"):
            read()
    assert not (tmp_path / "z").exists()


def test_text_of_variable_length_is_read(h5, tmp_path):
    path = tmp_path / "variable.h5"
    write_samples(path, np.zeros((2, 4, 3), np.float32), ("FZ", "CZ", "PZ", "OZ"))
    with h5py.File(path, "a") as file:
        del file["concept"]
        file["concept"] = ["größer", "a"]
        file["note"] = ["first", "second"]
    release = load_release(path, fields=("concept", "note"))
    assert release[0] == {"concept": "größer", "note": "first"}
    assert release.classes == ("a", "größer")
    assert release.values("note").tolist() == ["first", "second"]
    assert release[::-1].values("note").tolist() == ["second", "first"]


def test_reading_imports_neither_torch_nor_pandas_nor_mne(h5):
    code = (
        "import sys, videeg_pipe; r = videeg_pipe.load_release(sys.argv[1]); r[0]; "
        "r.select(split='test').to_numpy(); "
        "print([m for m in ('torch', 'pandas', 'mne', 'zarr') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, h5], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_repr_names_file_and_sizes(h5):
    text = "<Release videeg-gen.h5: 70 samples of 62 channels x 200 values at 200 Hz, 4 classes>"
    assert repr(load_release(h5)) == text
