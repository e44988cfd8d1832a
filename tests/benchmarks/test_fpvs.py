"""Responses to a stream of pictures: planted ones, and their ceiling."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import table
from benchmarks.fpvs import FACES, FOLDS, ROWS, ceilings, fidelity, markdown_lines, responses
from benchmarks.real_eeg import OCCIPITAL
from benchmarks.workflow import METRICS
from tests.benchmarks.test_table import MACHINE
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.runtime.files import write_json

CHANNELS = (*OCCIPITAL, "P8", "P10", "Fz")
N_TRIALS, N_WINDOWS, T = 12, 8, 64


@pytest.fixture(scope="module")
def recording():
    """Windows of trials of both kinds, one evoked part per kind and time, and noise of SD 2."""
    rng = np.random.default_rng(0)
    evoked = rng.standard_normal((2, N_WINDOWS, len(CHANNELS), T))
    trial = np.repeat(np.arange(N_TRIALS), N_WINDOWS)
    place = np.tile(np.arange(N_WINDOWS), N_TRIALS)
    windows = pd.DataFrame(
        {
            "clip_id": [f"trial-{n}" for n in trial],
            "video_id": np.where(trial % 2, "random", "periodic"),
            "video_time_s": 1.07 * place,
        }
    )
    truth = evoked[trial % 2, place]
    return windows, truth, truth + 2 * rng.standard_normal(truth.shape)


def test_each_column_has_its_own_electrodes_and_windows(recording):
    windows, truth, real = recording
    mean, faces = 0 * truth, [CHANNELS.index(name) for name in FACES]
    mean[:, faces] = truth[:, faces]
    mean[windows["video_id"] == "random"] *= -1
    found = responses(real, mean, truth, windows, CHANNELS)
    r = {column: float(text.split()[0]) for column, text in found.items()}
    expected = 1 / np.sqrt(5)  # of the evoked part with itself in noise
    assert r["faces, periodic"] == pytest.approx(expected, abs=0.05)
    assert r["faces, random"] == pytest.approx(-expected, abs=0.05)
    assert r["all"] == pytest.approx(0, abs=0.05)
    assert r["occipital, late"] == pytest.approx(expected, abs=0.05)


def test_the_ceiling_is_the_r_of_a_perfect_mean(recording):
    windows, truth, real = recording
    perfect = responses(real, truth, truth, windows, CHANNELS)
    found = ceilings(real, windows, CHANNELS)
    assert found["occipital, late"] == ""
    for column in ("all", "occipital", "faces, periodic", "faces, random"):
        expected = float(perfect[column].split()[0])
        assert float(found[column]) == pytest.approx(expected, rel=0.15)


def test_rows_are_a_table():
    lines = markdown_lines({"spgn": {"all": "0.1", "occipital": "0.2"}})
    assert lines[-1] == "| spgn | 0.1 | 0.2 |"
    assert {line.startswith("|") for line in lines} == {True}


def test_folds_hold_out_every_third_trial_of_either_kind():
    tested = [trial for _, test in FOLDS.values() for trial in test]
    assert sorted(tested) == list(range(1, 17))
    periodic = {1, 3, 4, 8, 9, 10, 15, 16}
    for validation, test in FOLDS.values():
        assert not set(validation) & set(test)
        assert len(test) >= 5  # c2st and intervals need five
        assert len(periodic & set(validation)) == 1
        for kind in (periodic, set(range(1, 17)) - periodic):
            places = [sorted(kind).index(trial) for trial in test if trial in kind]
            assert {place % 3 for place in places} == {places[0] % 3}


def test_scores_of_several_runs_are_read_and_shown(tmp_path):
    folders = [tmp_path / name for name in "ab"]
    for folder, c2st in zip(folders, (0.6, 0.8), strict=True):
        training = {"training": {"value": 0.7}}
        ratio = {band: {"value": 2 * c2st} | training for band in BANDS}
        covariance = {"value": 0.3, "floor": {"value": 0.2}, "training": {"value": 0.1}}
        (folder / METRICS).parent.mkdir(parents=True)
        scores = {"c2st": {"value": c2st} | training, "covariance_error": covariance}
        write_json(folder / METRICS, {"fidelity": scores | {"band_power_ratio": ratio}})
    found = fidelity(folders)
    assert found["samples"]["c2st"] == [0.6, 0.8] and found["training"]["c2st"] == [0.7, 0.7]
    assert found["training"]["covariance_over_floor"] == pytest.approx([0.5, 0.5])
    shown = {row: {"all": "0.1"} for row in ("spgn", *ROWS)}
    measured = {"responses": shown, "fidelity": found}
    write_json(tmp_path / "fpvs.json", {"machine": MACHINE, "fpvs": measured})
    page = table.render(tmp_path)
    assert "| c2st | 0.70 (0.60 0.80) | 0.70 (0.70 0.70) |" in page
    assert "| ridge | 0.1 |" in page
