"""Channels and labels of windows."""

import pandas as pd
import pytest

from tests.external_eeg.windows import NAMES, SFREQ, N, eeg, error_line, run, write


def test_channels_are_matched_by_name(tmp_path):
    real = write(tmp_path / "real.npz", eeg(1))
    turned = write(tmp_path / "turned.npz", eeg(1)[:, ::-1], names=[n.upper() for n in NAMES[::-1]])
    scores = run(tmp_path, real, turned)["fidelity"]
    assert scores["covariance_error"]["value"] < scores["covariance_error"]["floor"]["high"]
    assert scores["band_power_ratio"]["alpha"]["value"] == pytest.approx(1, abs=0.2)


def test_labels_that_do_not_fit_give_one_line(tmp_path, arrays, capsys):
    for name, table in {
        "rows": pd.DataFrame({"subject": ["a"] * 5}),
        "columns": pd.DataFrame({"person": ["a"] * N}),
        "holes": pd.DataFrame({"subject": ["a"] * (N - 1) + [None]}),
    }.items():
        csv = tmp_path / f"{name}.csv"
        table.to_csv(csv, index=False)
        assert "60 rows" in error_line(capsys, *arrays, "--sfreq", SFREQ, "--labels", csv)
    missing = tmp_path / "missing.csv"
    assert str(missing) in error_line(capsys, *arrays, "--sfreq", SFREQ, "--labels", missing)
