"""The order of people against a known truth."""

import numpy as np
import pandas as pd
import pytest

from videeg_pipe.scoring.decoding.people import order_of_people

C, T, N = 4, 50, 60
MIX = {"a": 0.0, "b": 0.35, "c": 0.8, "d": 1.4}
"""Angle of each person's response between two patterns, rad."""


class Eeg:
    """Recordings of people whose responses differ by known angles."""

    def __init__(self, noise, known=True):
        rng = np.random.default_rng(0)
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
    found = order_of_people(training(MIX), Eeg(noise=2000))
    assert abs(found["mean"]["spearman"]) < 0.9


def test_without_truth_or_with_two_people_nothing_is_said():
    assert order_of_people(training("ab"), Eeg(noise=1)) is None
    assert order_of_people(training(MIX), Eeg(noise=1, known=False)) is None
