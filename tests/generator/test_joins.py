"""Power, its course over time and autocorrelation are the same at joins and between them.

The stimulus is blank, so nothing but a join could change them.
"""

import json

import numpy as np
import pytest
import scipy.signal

from videeg_pipe import load_generator
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.generator.joining import joined

SFREQ, HOP, PARTS, SECONDS = 200, 100, 5, 60
LAGS_S = (0.01, 0.02, 0.05, 0.1)


@pytest.fixture(scope="module")
def steady(packed, tmp_path_factory):
    """EEG for a blank screen, (12, 60 s)."""
    path = tmp_path_factory.mktemp("blank") / "blank.json"
    blank = {"kind": "blank", "frame_rate": 10, "duration_s": SECONDS}
    path.write_text(json.dumps(blank))
    return load_generator(packed).generate(path, subject="person-1", seed=1).data[0]


@pytest.fixture(scope="module")
def independent():
    """Windows of white noise that do not agree, joined."""
    rng = np.random.default_rng(0)
    pieces = joined(
        lambda starts: rng.standard_normal((len(starts), 12, 2 * HOP)), SECONDS * SFREQ, 2 * HOP, 64
    )
    return np.concatenate(list(pieces), axis=1)


def by_place(values):
    """Mean of (C, N) at each of five places between two joins."""
    n = values.shape[1] // HOP * HOP
    return values[:, :n].reshape(-1, HOP).mean(0).reshape(PARTS, -1).mean(1)


def powers(eeg):
    """Power at each place relative to the mean: of the whole and of each band."""
    parts = {"all": eeg}
    for name, edges in BANDS.items():
        sos = scipy.signal.butter(2, edges, "bandpass", fs=SFREQ, output="sos")
        parts[name] = scipy.signal.sosfiltfilt(sos, eeg)
    found = {name: by_place(part**2) for name, part in parts.items()}
    return {name: power / power.mean() for name, power in found.items()}


def test_power_is_the_same_at_joins_and_between(steady):
    for name, power in powers(steady).items():
        assert np.abs(power - 1).max() < (0.25 if name == "delta" else 0.1), (name, power)


def test_autocorrelation_is_the_same_at_joins_and_between(steady):
    for lag in (round(SFREQ * lag_s) for lag_s in LAGS_S):
        r = by_place(steady[:, :-lag] * steady[:, lag:]) / by_place(steady[:, :-lag] ** 2)
        assert np.ptp(r) < 0.1, (lag, r)


def test_windows_that_do_not_agree_lose_power_between_joins(independent):
    """The measure sees what it looks for."""
    assert powers(independent)["all"].min() < 0.8


def test_joins_leave_no_lines_in_the_spectrum(steady):
    """Windows begin twice per second: lines would be at multiples of 2 Hz."""
    hz, power = scipy.signal.welch(steady, SFREQ, nperseg=10 * SFREQ)
    power = power.mean(0)
    lines = np.isin(hz, np.arange(2, 40, 2))
    beside = sum(np.roll(power, shift) for shift in (-4, -3, -2, 2, 3, 4)) / 6
    assert abs(np.log(power[lines] / beside[lines]).mean()) < 0.15
