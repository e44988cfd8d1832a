"""Planted flicker that begins anywhere in its cycle."""

import numpy as np
import pytest

from videeg_pipe.sources.moabb.phase import trial_starts

SFREQ, SECONDS = 256.0, 5


def eeg(starts, hz, amplitude, n_channels=8, seed=0):
    """Noise that electrodes share, and a response to the flicker at some of them."""
    rng = np.random.default_rng(seed)
    n, t = len(starts), np.arange(round(SECONDS * SFREQ)) / SFREQ
    mixed = rng.standard_normal((n_channels, n_channels))
    noise = np.einsum("cd,ndt->nct", mixed, rng.standard_normal((n, n_channels, len(t))))
    wave = np.cos(2 * np.pi * hz * (t + starts[:, None] - 0.137))  # the response is late
    return noise + amplitude * np.linspace(1, 0, n_channels)[:, None] * wave[:, None] + 500


def spread(starts, hz):
    """Length of the mean of unit vectors: 1 where all starts are equal, about 0 if they spread."""
    return np.abs(np.exp(2j * np.pi * hz * starts).mean())


@pytest.mark.parametrize("hz", [13.0, 21.0, 60 / 7])
def test_starts_are_found_up_to_one_constant(hz):
    true = np.random.default_rng(1).uniform(0, 1 / hz, 24)
    found = trial_starts(eeg(true, hz, amplitude=1.5), SFREQ, hz)
    assert ((found >= 0) & (found <= 1 / hz)).all()
    turns = np.exp(2j * np.pi * hz * (found - true))
    constant = turns.mean() / np.abs(turns.mean())
    wrong_s = np.angle(turns / constant) / (2 * np.pi * hz)
    assert np.sqrt((wrong_s**2).mean()) < 0.003


def test_the_result_does_not_depend_on_the_sign_of_the_filter_or_on_the_scale():
    true = np.random.default_rng(1).uniform(0, 1 / 13, 24)
    x = eeg(true, 13.0, amplitude=2.0)
    np.testing.assert_allclose(trial_starts(1e-6 * x, SFREQ, 13.0), trial_starts(x, SFREQ, 13.0))
    order = np.random.default_rng(2).permutation(8)
    moved = trial_starts(x[:, order], SFREQ, 13.0)
    np.testing.assert_allclose(moved, trial_starts(x, SFREQ, 13.0), atol=1e-6)


def test_without_a_response_the_starts_are_spread_out():
    """A filter that makes noise look locked would put all trials at one phase."""
    same = np.zeros(200)
    assert spread(trial_starts(eeg(same, 13.0, amplitude=0.0), SFREQ, 13.0), 13.0) < 0.2
    assert spread(trial_starts(eeg(same, 13.0, amplitude=2.0), SFREQ, 13.0), 13.0) > 0.95
