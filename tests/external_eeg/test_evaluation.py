"""`videeg evaluate`: the same scores from every format, known answers, reproducibility."""

import numpy as np
import pandas as pd
import pytest

from tests.external_eeg.windows import NAMES, SFREQ, N, T, eeg, run, write
from videeg_pipe.external_eeg.evaluation import score_windows
from videeg_pipe.external_eeg.read_windows import read_windows


@pytest.mark.parametrize("name", ["y-epo.fif", "y_raw.fif", "bids"])
def test_scores_are_the_same_from_every_format(tmp_path, arrays, name):
    real, synthetic = arrays
    plain = run(tmp_path, real, synthetic, "--sfreq", SFREQ)["fidelity"]
    other = run(tmp_path, real, write(tmp_path / name, eeg(2)))["fidelity"]
    for score in ("psd_distance", "covariance_error", "autocorrelation_error"):
        assert other[score]["value"] == pytest.approx(plain[score]["value"], rel=0.01)


@pytest.mark.slow
def test_other_real_windows_are_at_the_floor(tmp_path, classifiers, capsys):
    pair = [write(tmp_path / f"{seed}.npy", eeg(seed, 2 * N)) for seed in (1, 2)]
    scores = run(tmp_path, *pair, "--sfreq", SFREQ)
    fidelity = scores["fidelity"]
    for score in ("psd_distance", "covariance_error", "autocorrelation_error"):
        assert fidelity[score]["value"] < 1.5 * fidelity[score]["floor"]["value"]
        assert fidelity[score]["white_noise"] > 3 * fidelity[score]["floor"]["value"]
    assert fidelity["c2st"]["low"] < fidelity["c2st"]["floor"]["high"]
    assert not scores["warnings"] and "paper" not in scores
    assert any("clip of its own" in text for text in scores["assumptions"])
    assert any("one subject" in text for text in scores["assumptions"])
    printed = capsys.readouterr().out
    for word in ("covariance error", "c2st", "window, eegnet", "clip of its own", "metrics.json"):
        assert word in printed


@pytest.mark.slow
def test_white_noise_is_far_from_the_floor(tmp_path, arrays, classifiers):
    real, _ = arrays
    rng = np.random.default_rng(3)
    noise = eeg(1).std((0, 2))[:, None] * rng.standard_normal((N, len(NAMES), T))
    fidelity = run(tmp_path, real, write(tmp_path / "noise.npy", noise), "--sfreq", SFREQ)[
        "fidelity"
    ]
    assert fidelity["c2st"]["value"] > 0.95
    assert fidelity["psd_distance"]["value"] > 5 * fidelity["psd_distance"]["floor"]["value"]
    assert fidelity["band_power_ratio"]["gamma"]["value"] > 3


def test_paired_windows_have_the_paper_s_measures_and_their_protocol(tmp_path, arrays, capsys):
    real, synthetic = arrays
    paired = ("--sfreq", SFREQ, "--paired", "--protocol")
    same = run(tmp_path, real, real, *paired, "reconstruction")["paper"]
    other = run(tmp_path, real, synthetic, *paired, "generation")["paper"]
    assert (same["protocol"], other["protocol"]) == ("reconstruction", "generation")
    assert same["pearson"]["value"] == pytest.approx(1) and same["mse"]["value"] == 0
    assert abs(other["pearson"]["value"]) < 0.1
    assert "paired, generation" in capsys.readouterr().out


def test_clips_of_unequal_length_give_splits_of_unequal_size(tmp_path, arrays):
    """Half of the clips may hold any share of the windows: splits differ in rows per person."""
    rows = np.arange(N)
    clips = np.sqrt(rows).astype(int)  # of 1, 3, 5 ... windows
    labels = pd.DataFrame({"subject": rows % 2, "clip_id": clips})
    csv = tmp_path / "labels.csv"
    labels.to_csv(csv, index=False)
    wanted = ("--sfreq", SFREQ, "--labels", csv, "--labels", csv)
    error = run(tmp_path, *arrays, *wanted)["fidelity"]["subject_covariance_error"]
    assert 0 < error["low"] <= error["value"] <= error["high"]


def test_few_windows_have_the_scores_that_need_no_classifier(tmp_path, capsys):
    few = write(tmp_path / "few.npy", eeg(1, 3))
    scores = run(tmp_path, few, few, "--sfreq", SFREQ)
    assert scores["fidelity"]["c2st"]["value"] is None
    assert scores["fidelity"]["psd_distance"]["value"] is not None
    assert "a classifier needs" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_scores(arrays):
    real, synthetic = (read_windows(path, 1.0) for path in arrays)
    first, again, other = (
        score_windows(real, synthetic, sfreq=SFREQ, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other
