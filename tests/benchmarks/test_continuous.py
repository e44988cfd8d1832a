"""Measures of continuous EEG on EEG whose blinks and joins are known."""

import numpy as np

from benchmarks import table
from benchmarks.continuous import FRONTOPOLAR, blinks, joins
from tests.benchmarks.test_table import MACHINE
from videeg_pipe.runtime.files import write_json

SFREQ = 200.0


def with_blinks(signs):
    """Return small noise, (n, 4, 200), with a blink of 80 uV per window of a sign that is not 0."""
    eeg = np.random.default_rng(0).standard_normal((len(signs), 4, 200))
    blink = 80 * np.hanning(60)
    for window, sign in zip(eeg, signs, strict=True):
        window[:3, 70:130] += sign * blink
    return eeg


def test_blinks_are_counted_by_their_sign():
    channels = (*FRONTOPOLAR, "OZ")
    found = blinks(with_blinks([1, 1, 0, -1]), channels, SFREQ)
    assert (found["above"], found["below"]) == (0.5, 0.25)
    upright = blinks(with_blinks([1, 1, 0, 0]), channels, SFREQ)
    assert upright["skewness"] > 1 > abs(found["skewness"])
    assert upright["delta"] > 100 * blinks(with_blinks([0, 0, 0, 0]), channels, SFREQ)["delta"]


def test_power_that_rises_between_joins_is_seen():
    rng = np.random.default_rng(1)
    steady = rng.standard_normal((50, 2, 300))
    rising = steady * (1 + np.arange(300) % 100 / 100)
    assert np.ptp(joins(list(steady), 100, SFREQ)["power"]) < 0.2
    power = joins(list(rising), 100, SFREQ)["power"]
    assert power == sorted(power) and power[-1] > 2 * power[0]


def test_the_page_of_tables_shows_a_measurement(tmp_path):
    power = dict.fromkeys(("delta", "theta", "alpha", "beta", "gamma"), 0.987)
    score = {"c2st": 0.6, "power": power, "covariance_error": 0.14, "pearson": 0.2}
    kind = {"above": 0.2, "below": 0.02, "delta": 0.9, "theta": 1.1, "skewness": 3.0}
    measured = {
        "scores": {"continuous": score, "single": score},
        "blinks": {"continuous": kind, "single": kind, "real": kind},
        "joins": {name: {"power": [0.9, 1, 1.1, 1, 1]} for name in ("continuous", "real")},
        "seconds_per_second": 0.071,
    }
    write_json(tmp_path / "continuous.json", {"machine": MACHINE, "continuous": measured})
    page = table.render(tmp_path)
    assert "| continuous | 0.6 | 0.99 0.99 0.99 0.99 0.99 | 0.14 | 0.2 |" in page
    assert "| real | 0.20 | 0.02 | 0.90 | 1.10 | 3.00 |" in page
    assert "| power | real | 0.90 1.00 1.10 1.00 1.00 |" in page
    assert "0.071 s per second" in page
