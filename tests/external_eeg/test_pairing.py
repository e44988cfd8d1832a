"""Matching synthetic with real windows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.external_eeg.windows import SFREQ, N, eeg, run
from videeg_pipe.external_eeg.evaluation import score_windows
from videeg_pipe.external_eeg.pairing import pair_windows
from videeg_pipe.external_eeg.read_windows import read_windows


def test_windows_are_matched_by_subject_and_concept_and_clips_stay_together(tmp_path, arrays):
    rows = np.arange(N)
    labels = pd.DataFrame({"subject": rows % 2, "clip_id": rows // 6, "concept": rows // 30})
    csv = tmp_path / "labels.csv"
    labels.to_csv(csv, index=False)
    scores = run(tmp_path, *arrays, "--sfreq", SFREQ, "--labels", csv, "--labels", csv)
    order, pairs, _ = scores["assumptions"]
    assert "in the same order on both sides" in order
    assert "same subject and concept" in pairs
    alone = run(tmp_path, *arrays, "--sfreq", SFREQ, "--labels", csv)
    assert "of the same rank" in alone["assumptions"][1]
    real, synthetic = (read_windows(path, 1.0, csv) for path in arrays)
    turned = synthetic.take(rows[::-1])
    material, _ = pair_windows(real, turned, SFREQ, paired=False)
    for name in ("subject", "concept"):
        labels = real.labels[name].iloc[material.matched].tolist()
        assert labels == turned.labels[name].tolist()
    assert sorted(material.matched) == rows.tolist()
    assert material.windows["clip_id"].nunique() == 20  # ten clips, of two people each


@pytest.mark.parametrize("n", [45, 150])
def test_more_or_fewer_synthetic_than_real_windows(arrays, n):
    real = read_windows(arrays[0], 1.0)
    synthetic = replace(real, eeg=eeg(2, n), labels=pd.DataFrame(index=range(n)))
    matched = pair_windows(real, synthetic, SFREQ, paired=False)[0].matched
    assert len(matched) == n and (np.diff(matched) >= 0).all()
    assert len(np.unique(matched)) == min(n, N)
    assert score_windows(real, synthetic, sfreq=SFREQ)["fidelity"]["n_windows"] > 0
