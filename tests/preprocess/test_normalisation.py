"""Scales come from training windows only."""

import logging

import numpy as np
import pytest

from tests.builders import build_results, change_recording
from videeg_pipe.config.normalisation import NormalisationOptions
from videeg_pipe.contracts.scales import ChannelScales
from videeg_pipe.contracts.stores import EegStore
from videeg_pipe.contracts.tables import read_table, write_table
from videeg_pipe.preprocess.normalisation import fit_normalisation
from videeg_pipe.runtime.files import read_json


def fit(root, scale="sd"):
    out = root / "fitted.json"
    fit_normalisation(
        cut=root / "windows" / "cut.parquet",
        eeg=root / "eeg",
        config=NormalisationOptions(scale=scale),
        out=out,
    )
    return ChannelScales.read(out)


def training(root, subject):
    cut = read_table(root / "windows" / "cut.parquet", "cut")
    return cut[(cut["split"] == "train") & (cut["subject"] == subject)]


def test_sd_and_range_of_the_training_windows(tmp_path):
    root = build_results(tmp_path, n_blocks=4)
    sd, largest = fit(root, "sd"), fit(root, "range")
    assert read_json(root / "fitted.json")["scale"] == "range"
    for subject in ("sub1", "sub2"):
        windows = EegStore(root / "eeg").windows(training(root, subject))  # of two recordings
        np.testing.assert_allclose(sd.scales[subject], windows.std(axis=(0, 2)), rtol=1e-5)
        largest_values = np.abs(windows).max(axis=(0, 2))
        np.testing.assert_allclose(largest.scales[subject], largest_values, rtol=1e-6)
    np.testing.assert_allclose(
        sd.population, np.median([sd.scales["sub1"], sd.scales["sub2"]], axis=0), rtol=1e-5
    )


@pytest.mark.parametrize("scale", ["sd", "range"])
def test_validation_and_test_windows_do_not_matter(tmp_path, scale):
    root = build_results(tmp_path)
    before = fit(root, scale)
    for block in (2, 3):
        for subject in ("sub1", "sub2"):
            path = root / "eeg" / f"{subject}-s1-b{block}.npy"
            change_recording(path, np.load(path) * 1e6)
    after = fit(root, scale)
    assert before.scales.keys() == after.scales.keys()
    for subject, values in before.scales.items():
        np.testing.assert_array_equal(values, after.scales[subject])
    np.testing.assert_array_equal(before.population, after.population)


def test_new_people_get_the_populations_scale(tmp_path):
    root = build_results(tmp_path)
    path = root / "windows" / "cut.parquet"
    cut = read_table(path, "cut")
    cut.loc[cut["subject"] == "sub2", "split"] = "test"
    write_table(path, "cut", cut)
    fitted = fit(root)
    assert set(fitted.scales) == {"sub1"}
    np.testing.assert_array_equal(fitted.population, fitted.scales["sub1"])


def test_a_flat_channel_gets_a_floor(tmp_path, caplog):
    root = build_results(tmp_path)
    path = root / "eeg" / "sub1-s1-b1.npy"
    eeg = np.load(path)
    eeg[3] = 0
    change_recording(path, eeg)
    with caplog.at_level(logging.WARNING):
        fitted = fit(root)
    assert fitted.scales["sub1"][3] == np.float32(0.1)
    assert "sub1: channels AF3 are flat" in caplog.text
    assert (fitted.scales["sub2"] > 1).all()
