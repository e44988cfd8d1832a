"""The order of people against a known truth."""

import numpy as np
import pandas as pd
import pytest

from videeg_pipe.scoring.decoding.people import order_of_people, standardised

C, T, N = 4, 50, 60
MIX = {"a": 0.0, "b": 0.35, "c": 0.8, "d": 1.4}
"""Angle of each person's response between two patterns, rad."""


class Eeg:
    """Recordings of people whose responses differ by known angles."""

    def __init__(self, noise, known=True, seed=0):
        rng = np.random.default_rng(seed)
        one, two = np.linalg.qr(rng.standard_normal((C * T, 2)))[0].T.reshape(2, C, T)
        self.true = {p: 50 * (np.cos(a) * one + np.sin(a) * two) for p, a in MIX.items()}
        self.noise, self.known, self.rng = noise, known, rng

    def has_truth(self, windows):
        return self.known

    def windows(self, windows, *, truth=False):
        x = np.stack([self.true[person] for person in windows["subject"]])
        return (x if truth else x + self.noise * self.rng.standard_normal(x.shape)).astype(
            np.float32
        )


def training(people):
    return pd.DataFrame({"subject": np.repeat(list(people), N)})


def test_distances_of_quiet_recordings_are_those_of_the_responses():
    found = order_of_people(training(MIX), Eeg(noise=0.5))
    assert found["mean"]["order"] == found["true_order"] and found["true_order"][0] in "bc"
    assert found["mean"]["spearman"] == pytest.approx(1) and found["mean"]["n_pairs"] == 6


def test_noise_hides_the_distances():
    found = [order_of_people(training(MIX), Eeg(noise=2000, seed=seed)) for seed in range(20)]
    assert abs(np.mean([of["mean"]["spearman"] for of in found])) < 0.3


def test_windows_are_in_units_of_the_person():
    rng = np.random.default_rng(0)
    unit = rng.standard_normal((8, C, T)).astype(np.float32)
    person = np.repeat(["a", "b"], 4)
    scaled = unit * np.where(person == "a", 3, 50)[:, None, None] + 7
    made = standardised(scaled.astype(np.float32), person)
    for name in "ab":
        own = made[person == name]
        np.testing.assert_allclose(own.mean((0, 2)), 0, atol=1e-3)
        np.testing.assert_allclose(own.std((0, 2)), 1, atol=1e-3)


def test_without_truth_or_with_two_people_nothing_is_said():
    assert order_of_people(training("ab"), Eeg(noise=1)) is None
    assert order_of_people(training(MIX), Eeg(noise=1, known=False)) is None
