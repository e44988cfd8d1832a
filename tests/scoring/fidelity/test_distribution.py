import numpy as np
import pytest

from videeg_pipe.scoring.fidelity.distribution import (
    kurtosis_ratio,
    log_power_error,
    log_power_spread_ratio,
    skewness_error,
)
from videeg_pipe.scoring.fidelity.statistics import (
    band_power_ratio,
    covariance_error,
    fidelity_features,
    psd_distance,
)

SFREQ, CHANNELS = 200.0, ("FP1", "AF3", "CZ", "O1")
SUBJECTS = np.repeat(["sub1", "sub2"], 200)
FRONTAL = np.array([1, 0.6, 0, 0])[:, None]


def features(windows, channels=CHANNELS):
    return fidelity_features(windows.astype(np.float32), SFREQ, SUBJECTS, channels)


def background(seed):
    return 5 * np.random.default_rng(seed).standard_normal((len(SUBJECTS), len(CHANNELS), 200))


def blinks(seed):
    """One window in five has a wave of 60 uV at FP1; one in ten of the second person."""
    rng = np.random.default_rng(seed)
    wave = np.pad(60 * np.sin(2 * np.pi * np.arange(60) / 60), (0, 140))
    course = np.zeros((len(SUBJECTS), 1, 200))
    for name, n in (("sub1", 40), ("sub2", 20)):
        for row in rng.permutation(np.flatnonzero(name == SUBJECTS))[:n]:
            course[row, 0] = np.roll(wave, rng.integers(200))
    return course


def bumps(seed, signs=(1,)):
    """One window in five has a bump of 60 uV at FP1, of one of these signs."""
    rng = np.random.default_rng(seed)
    bump = np.pad(60 * np.sin(np.pi * np.arange(60) / 60), (0, 140))
    course = np.zeros((len(SUBJECTS), 1, 200))
    for row in rng.permutation(len(SUBJECTS))[: len(SUBJECTS) // 5]:
        course[row, 0] = rng.choice(signs) * np.roll(bump, rng.integers(140))
    return course


def spread(course, seed):
    """Steady noise of the spectrum and mean power that the blinks of each person have."""
    rng = np.random.default_rng(seed)
    out = np.empty_like(course)
    for name in np.unique(SUBJECTS):
        own = name == SUBJECTS
        amplitude = np.sqrt(np.mean(np.abs(np.fft.rfft(course[own])) ** 2, axis=0))
        wide = np.fft.rfft(rng.standard_normal(course[own].shape)) / np.sqrt(200)
        out[own] = np.fft.irfft(wide * amplitude, 200)
    return out


REAL = features(background(0) + FRONTAL * blinks(1))


def test_windows_drawn_alike_are_ideal():
    again = features(background(2) + FRONTAL * blinks(3))
    np.testing.assert_allclose(log_power_error(again, REAL), 0, atol=1)
    np.testing.assert_allclose(log_power_spread_ratio(again, REAL), 1, atol=0.2)
    np.testing.assert_allclose(kurtosis_ratio(again, REAL), 1, atol=0.25)
    np.testing.assert_allclose(skewness_error(again, REAL), 0, atol=0.2)


def test_a_generator_that_spreads_blinks_is_caught():
    """Its mean power, spectra and covariance are right; frontal windows are all alike."""
    steady = features(background(2) + FRONTAL * spread(blinks(1), 4))
    assert np.abs(band_power_ratio(steady, REAL) - 1).max() < 0.3
    assert covariance_error(steady, REAL) < 0.2
    assert psd_distance(steady, REAL) < 1
    assert log_power_error(steady, REAL)[1] > 2
    assert log_power_spread_ratio(steady, REAL)[1] < 0.6
    assert kurtosis_ratio(steady, REAL)[1] < 0.5


def test_a_generator_that_turns_half_of_the_blinks_upside_down_is_caught():
    """Only the skewness sees the sign of an event."""
    real = features(background(0) + FRONTAL * bumps(1))
    again = features(background(2) + FRONTAL * bumps(3))
    turned = features(background(2) + FRONTAL * bumps(3, signs=(-1, 1)))
    assert skewness_error(again, real)[1] < 0.2
    assert skewness_error(turned, real)[1] > 1
    for score in (log_power_spread_ratio, kurtosis_ratio):
        np.testing.assert_allclose(score(turned, real), 1, atol=0.2)
    assert covariance_error(turned, real) < 0.2


def test_scores_do_not_depend_on_people_being_equally_loud():
    loud = np.where(SUBJECTS == "sub1", 1.0, 10.0)[:, None, None]
    eeg, other = background(0), background(2)
    assert kurtosis_ratio(features(loud * eeg), features(other)) == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(
        log_power_spread_ratio(features(loud * eeg), features(other)), 1, atol=0.1
    )


def test_ten_times_the_power_is_ten_decibels():
    eeg = background(0)
    np.testing.assert_allclose(log_power_error(features(10**0.5 * eeg), features(eeg)), 10)


def test_without_frontopolar_electrodes_only_all_are_scored():
    eeg = features(background(0), ("E1", "E2", "E3", "E4"))
    for score in (log_power_error, log_power_spread_ratio, kurtosis_ratio, skewness_error):
        both = score(eeg, eeg)
        assert np.isfinite(both[0]) and np.isnan(both[1])


def test_windows_that_are_not_matched_by_person_have_no_value():
    eeg = fidelity_features(background(0).astype(np.float32), SFREQ)
    assert np.isnan(log_power_spread_ratio(eeg, eeg)).all()
