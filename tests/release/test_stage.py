"""The release as a whole."""

import json
import subprocess

import h5py
import pandas as pd
import pytest

from tests.release.parts import NAMES, OUTPUTS, part, refused
from videeg_pipe.release import merge, stage
from videeg_pipe.runtime.errors import UserError


def test_release_has_exactly_seven_files(released):
    assert sorted(path.name for path in released.iterdir()) == sorted(NAMES)


def test_checksums_match(released):
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=released, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == len(OUTPUTS) - 1


def test_the_index_of_the_eeg_is_no_input(small, make):
    (small / "eeg" / "index.json").unlink()
    with h5py.File(make() / NAMES[0]) as file:
        assert file.attrs["reference"] == "average"


def test_interrupted_merge_keeps_the_old_release(small, make, monkeypatch):
    folder = make()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    read = merge.read_window_features

    def killed(*args, **kwargs):
        read(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(merge, "read_window_features", killed)
    with pytest.raises(KeyboardInterrupt):
        make(version="2.0.0")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_key_is_replaced_with_its_release(small, make, monkeypatch):
    make()
    key = small / "pseudonyms.csv"
    before = key.read_bytes()

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(stage, "sync", killed)  # all is written, nothing is moved
        make(pseudonyms={"sub1": "P1"})
    assert key.read_bytes() == before
    make(pseudonyms={"sub1": "P1"})
    assert key.read_text() == "subject,released_as\nsub1,P1\n"


def test_damaged_sample_keeps_the_old_release(small, make):
    folder = make()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (part(small, 1).with_suffix(".zarr") / "eeg" / "c" / "5" / "0" / "0").unlink()
    with pytest.raises(UserError):
        make()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_samples_of_the_reconstruction_protocol_are_refused(small, make):
    manifest = json.loads(part(small, 0).read_text()) | {"protocol": "reconstruction"}
    part(small, 0).write_text(json.dumps(manifest))
    with pytest.raises(UserError, match="reconstruction"):
        make()
    assert not (small / "release").exists()


def test_windows_of_another_length_are_refused(small, make):
    path = small / "windows.parquet"
    pd.read_parquet(path).assign(n_samples=400).to_parquet(path, index=False)
    refused(make, "windows.parquet", "400")
