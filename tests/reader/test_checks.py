"""Releases that are newer, damaged, compressed or declare more than they hold."""

import shutil

import h5py
import numpy as np
import pytest

from benchmarks.reader import COMPRESSIONS, write_samples
from videeg_pipe import load_release
from videeg_pipe.runtime.errors import UserError


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "videeg-gen.h5"
    rng = np.random.default_rng(0)
    eeg = rng.normal(0, 10, (40, 4, 50)).astype(np.float32)
    write_samples(path, eeg, ("FZ", "CZ", "PZ", "OZ"))
    return path


def edit(path, change):
    with h5py.File(path, "a") as file:
        change(file)


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.7"])
def test_schemas_that_only_add_are_read(small, version):
    edit(small, lambda file: file.attrs.update(schema_version=version))
    assert len(load_release(small)) == 40


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("2.0", "found schema_version 2.0, newer than this program reads; update videeg-pipe"),
        ("0.9", "found schema_version 0.9; give the path"),
        ("one", "found schema_version one; give the path"),
    ],
)
def test_other_schemas_are_refused(small, version, words):
    edit(small, lambda file: file.attrs.update(schema_version=version))
    with pytest.raises(UserError, match=rf"expected a release, with schema 1.x; {words}"):
        load_release(small)


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_compressed_releases_are_read(tmp_path, name):
    eeg = np.zeros((40, 4, 500), np.float32)  # compresses to far less than its size
    eeg[7, 1, 3] = 5
    path = tmp_path / "compressed.h5"
    write_samples(path, eeg, ("FZ", "CZ", "PZ", "OZ"), **COMPRESSIONS[name])
    assert (path.stat().st_size < eeg.nbytes) == (name != "none")
    np.testing.assert_array_equal(load_release(path).to_numpy()[0], eeg)
    assert load_release(path)[7]["eeg"][1, 3] == 5


@pytest.mark.parametrize("options", COMPRESSIONS.values(), ids=COMPRESSIONS)
@pytest.mark.parametrize("chunk", [(1, 4, 50), (1, 4, 10**8)])
def test_more_than_the_file_holds_is_refused(small, options, chunk):
    def declare(file):
        del file["eeg"]
        file.create_dataset("eeg", (40, 4, 10**9), "f4", chunks=chunk, **options)

    edit(small, declare)
    with pytest.raises(UserError, match="which the file does not hold"):
        load_release(small)


def _external(file):
    file["clip_features"] = h5py.ExternalLink("other.h5", "/eeg")


def _references(file):
    file["clip_features"] = np.array([file["eeg"].ref] * 40, dtype=h5py.ref_dtype)


def _short(file):
    file["clip_features"] = np.zeros((39, 3))


def _group(file):
    file.create_group("clip_features")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_external, "data set clip_features outside this file"),
        (_references, "data set clip_features of object"),
        (_short, "data set clip_features of another length"),
        (_group, "no data set clip_features"),
    ],
)
def test_fields_are_checked_like_the_labels(small, change, words):
    shutil.copy(small, small.with_name("other.h5"))
    edit(small, change)
    with pytest.raises(UserError, match=f"found {words}"):
        load_release(small, fields=("clip_features",))
    release = load_release(small)  # a field that nobody reads does no harm
    for read in (
        lambda: release.values("clip_features"),
        lambda: release.with_fields(("eeg", "clip_features")),
        lambda: release.to_pandas(fields=("clip_features",)),
    ):
        with pytest.raises(UserError, match=f"found {words}"):
            read()


@pytest.mark.parametrize("name", ["concept", "subject", "sample_id"])
def test_labels_that_are_not_text_are_refused(small, name):
    edit(small, lambda file: file[name].__setitem__(slice(None), b"\xff"))
    with pytest.raises(UserError, match="data cannot be read"):
        load_release(small).values(name)


def test_attributes_that_are_not_text_are_refused(small):
    edit(small, lambda file: file.attrs.update(authors=[b"Ada", b"\xff"]))
    with pytest.raises(UserError, match="found attribute authors that is not text in UTF-8"):
        load_release(small)


def test_verify_compares_the_checksum(released, tmp_path):
    for name in ("videeg-gen.h5", "SHA256SUMS"):
        shutil.copy(released / name, tmp_path)
    path = tmp_path / "videeg-gen.h5"
    assert len(load_release(path, verify=True)) == 70
    edit(path, lambda file: file.attrs.update(title="Another"))
    assert len(load_release(path)) == 70
    with pytest.raises(UserError, match=r"SHA256SUMS lists it; found [0-9a-f]{12}…; download"):
        load_release(path, verify=True)
    sums = tmp_path / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("videeg-gen.h5", "other.h5"))
    with pytest.raises(UserError, match=r"a line for videeg-gen.h5; found none"):
        load_release(path, verify=True)
    sums.unlink()
    with pytest.raises(UserError, match="SHA256SUMS; expected a file; found no such file"):
        load_release(path, verify=True)
