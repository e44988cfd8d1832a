"""The machine-readable description."""

import json

import mlcroissant as mlc
import pandas as pd

from videeg_pipe.runtime.files import sha256_file


def test_description_is_valid_and_its_records_can_be_read(released, monkeypatch):
    path = released / "croissant.json"
    document = json.loads(path.read_text())
    files = {file["@id"]: file for file in document["distribution"]}
    h5 = files["videeg-gen.h5"]
    assert h5["encodingFormat"] == "application/x-hdf5"
    assert h5["sha256"] == sha256_file(released / "videeg-gen.h5")
    assert document["isLiveDataset"] is False
    assert document["license"] == "https://creativecommons.org/licenses/by/4.0/"
    dataset = mlc.Dataset(str(path))
    issues = dataset.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    records = list(dataset.records("samples"))
    assert len(records) == 70
    manifest = pd.read_parquet(released / "manifest.parquet")
    assert records[7]["samples/sha256"].decode() == manifest["sha256"][7]
    assert records[7]["samples/seed"] == manifest["seed"][7]
