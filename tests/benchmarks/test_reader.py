"""The reader is measured, and the page of tables shows the measurement."""

import pytest

from benchmarks import reader, table
from tests.benchmarks.test_table import MACHINE
from videeg_pipe.runtime.files import write_json


@pytest.mark.slow
def test_a_measurement_is_shown(tmp_path):
    measured = reader.measure(n=20, n_many=50, repeats=1, workers=1)
    assert set(measured["access"]) == set(reader.COMPRESSIONS)
    assert measured["open"]["samples"] == 50
    write_json(tmp_path / "reader.json", {"machine": MACHINE, "reader": measured})
    page = table.render(tmp_path)
    assert "| compression | h5py_eeg_ms |" in page
    assert f"| gzip | {measured['access']['gzip']['h5py_eeg_ms']:.3g} |" in page
    assert "Opening 50 samples" in page
