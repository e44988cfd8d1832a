"""The machine-readable description."""

import json

import h5py
import mlcroissant as mlc
import pandas as pd
import pytest

from videeg_pipe.runtime.files import sha256_file


@pytest.fixture
def dataset(released) -> mlc.Dataset:
    return mlc.Dataset(str(released / "croissant.json"))


def test_description_is_valid_and_its_records_can_be_read(released, dataset):
    document = json.loads((released / "croissant.json").read_text())
    files = {file["@id"]: file for file in document["distribution"]}
    h5 = files["videeg-gen.h5"]
    assert h5["encodingFormat"] == "application/x-hdf5"
    assert h5["sha256"] == sha256_file(released / "videeg-gen.h5")
    assert document["isLiveDataset"] is False
    assert document["license"] == "https://creativecommons.org/licenses/by/4.0/"
    issues = dataset.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    records = list(dataset.records("samples"))
    assert len(records) == 70
    manifest = pd.read_parquet(released / "manifest.parquet")
    assert records[7]["samples/sha256"].decode() == manifest["sha256"][7]
    assert records[7]["samples/seed"] == manifest["seed"][7]


def test_every_data_set_of_the_file_is_described(released, dataset):
    (arrays,) = (found for found in dataset.metadata.record_sets if found.id == "arrays")
    described = {field.name: field for field in arrays.fields}
    with h5py.File(released / "videeg-gen.h5") as file:
        assert set(described) == set(file)
        for name, field in described.items():
            data = file[name]
            shape = field.array_shape_tuple if field.is_array else ()
            assert shape == data.shape[1:], name
            text = h5py.check_string_dtype(data.dtype) is not None
            (kind,) = field.data_types
            assert kind.rsplit("/")[-1].lower() == ("text" if text else data.dtype.name), name
        assert all(name in described["eeg"].description for name in file.attrs["channel_names"])
    assert "200 Hz" in described["eeg"].description and "uV" in described["eeg"].description
    assert {field.source.file_object for field in arrays.fields} == {"videeg-gen.h5"}


def test_responsible_ai_terms(released):
    document = json.loads((released / "croissant.json").read_text())
    assert "http://mlcommons.org/croissant/RAI/1.0" in document["conformsTo"]
    terms = {key.removeprefix("rai:"): value for key, value in document.items() if "rai:" in key}
    assert set(terms) == {
        "dataAnnotationProtocol", "dataBiases", "dataCollection", "dataCollectionMissingData",
        "dataCollectionRawData", "dataCollectionType", "dataLimitations",
        "dataPreprocessingProtocol", "dataReleaseMaintenancePlan", "dataSocialImpact",
        "dataUseCases", "personalSensitiveInformation",
    }  # fmt: skip
    assert "0.5 to 40 Hz" in " ".join(terms["dataPreprocessingProtocol"])
    assert "simulated EEG" in terms["dataCollectionRawData"]
    assert any("Consent: not needed" in text for text in terms["personalSensitiveInformation"])
