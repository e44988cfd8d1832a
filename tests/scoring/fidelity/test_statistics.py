import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mne.time_frequency import psd_array_welch
from pyriemann.geometry.distance import distance_euclid
from scipy import linalg, stats
from sklearn.covariance import empirical_covariance
from sklearn.metrics import root_mean_squared_error

from tests.scoring.random_windows import A, B, mne_power
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.scoring.fidelity import statistics
from videeg_pipe.scoring.fidelity.statistics import (
    autocorrelation_error,
    band_power_ratio,
    band_similarity,
    by_subject,
    covariance_error,
    fidelity_features,
    ks_distance,
    power_spectra,
    psd_distance,
    split_halves,
    subject_covariance_error,
)

SFREQ = 200.0


def noise(seed, n=40, channels=5, slope=0.0):
    rng = np.random.default_rng(seed)
    wide = np.fft.rfft(rng.standard_normal((n, channels, 400)))
    freqs = np.maximum(np.fft.rfftfreq(400, 1 / SFREQ), 0.5)
    coloured = np.fft.irfft(wide / freqs**slope, 400)[..., 100:300]
    return (10 * coloured / coloured.std()).astype(np.float32)


def features(windows):
    return fidelity_features(windows, SFREQ, np.full(len(windows), "sub1"))


def test_equal_windows_have_ideal_scores():
    real = features(noise(0, slope=1))
    np.testing.assert_allclose(band_power_ratio(real, real), 1)
    np.testing.assert_allclose(band_similarity(real, real), 1)
    assert psd_distance(real, real) == 0
    assert covariance_error(real, real) == 0
    assert autocorrelation_error(real, real) == 0


def test_half_the_amplitude_is_a_quarter_of_the_power():
    windows = noise(0)
    half, real = features(windows / 2), features(windows)
    np.testing.assert_allclose(band_power_ratio(half, real), 0.25, rtol=1e-5)
    assert psd_distance(half, real) == pytest.approx(20 * np.log10(2), rel=1e-4)
    assert covariance_error(half, real) == pytest.approx(0.75, rel=1e-4)
    assert autocorrelation_error(half, real) == pytest.approx(0, abs=1e-6)


def test_white_noise_is_scored_as_such_against_brown():
    white, brown = features(noise(1)), features(noise(0, slope=1))
    ratio = dict(zip(BANDS, band_power_ratio(white, brown), strict=True))
    assert ratio["delta"] < 0.2 < 5 < ratio["gamma"]
    similarity = band_similarity(white, brown)
    assert similarity[0] < 0.2 and similarity[-1] < 0.2
    assert psd_distance(white, brown) > 5
    again = features(noise(2, slope=1))
    assert psd_distance(again, brown) < 2
    assert np.abs(white.autocorrelation.mean((0, 1))).max() < 0.05


def test_power_of_a_sine_is_in_its_band():
    times = np.arange(200) / SFREQ
    wave = 3 * np.sin(2 * np.pi * 10 * times)[None, None].astype(np.float32)
    power = dict(zip(BANDS, features(wave).power[0, 0], strict=True))
    assert power["alpha"] == pytest.approx(3**2 / 2, rel=0.01)
    assert power["beta"] < 0.01


def test_spectra_agree_with_mne():
    windows = noise(3, n=3)
    freqs, psd = power_spectra(windows, SFREQ)
    theirs, mne_freqs = psd_array_welch(
        windows.astype(float), SFREQ, n_fft=200, n_per_seg=200, window="hann", verbose="error"
    )
    np.testing.assert_allclose(freqs, mne_freqs)
    np.testing.assert_allclose(psd[..., 1:-1], theirs[..., 1:-1], rtol=1e-3, atol=1e-6)


def test_autocorrelation_and_covariance_agree_with_numpy():
    windows = noise(4, n=2, channels=3, slope=1)
    found = features(windows)
    for window, rho, cov in zip(windows, found.autocorrelation, found.covariance, strict=True):
        np.testing.assert_allclose(cov, np.cov(window, bias=True), rtol=1e-3, atol=1e-3)
        x = window[0] - window[0].mean()
        full = np.correlate(x, x, "full")[199:]
        np.testing.assert_allclose(rho[0], (full / full[0])[1:101], atol=1e-4)


def test_features_do_not_depend_on_how_many_windows_are_computed_together(monkeypatch):
    windows = A.astype(np.float32)
    together = fidelity_features(windows, SFREQ)
    monkeypatch.setattr(statistics, "_AT_ONCE", 5)  # the last batch is smaller
    in_batches = fidelity_features(windows, SFREQ)
    for name in ("psd", "power", "covariance", "autocorrelation", "moments"):
        one, other = getattr(in_batches, name), getattr(together, name)
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6 * np.abs(other).max())
        assert len(one) == len(windows)


def test_windows_of_each_subject_are_compared_with_their_own():
    subjects = np.array(["sub2", "sub1", "sub10"]).repeat([3, 5, 4])
    a, b = fidelity_features(B, SFREQ), fidelity_features(A, SFREQ, subjects)
    pairs = by_subject(a, b)
    assert [len(y.psd) for _, y in pairs] == [3, 5, 4]
    for x, y in pairs:
        assert len(set(y.subjects)) == 1
        rows = np.flatnonzero(subjects == y.subjects[0])
        np.testing.assert_array_equal(x.psd, a.psd[rows])
        np.testing.assert_array_equal(y.moments, b.moments[rows])
    mixed = fidelity_features(A, SFREQ, np.array(["sub1", "sub2", "sub1"]).repeat(4))
    with pytest.raises(ValueError, match="contiguous"):
        by_subject(a, mixed)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=12),
    st.lists(st.integers(0, 9), min_size=1, max_size=12),
)
def test_ks_distance_agrees_with_scipy_ties_included(a, b):
    ours = ks_distance(np.array(a, float)[:, None], np.array(b, float)[:, None])
    assert ours[0] == pytest.approx(stats.ks_2samp(a, b).statistic)


def table(clips_per_subject, windows_per_clip=3):
    rows = [
        (subject, f"{subject}-c{clip}", f"{subject}-s1-b1", 200 * (10 * clip + place))
        for subject, n in clips_per_subject.items()
        for clip in range(n)
        for place in range(windows_per_clip)
    ]
    return pd.DataFrame(rows, columns=["subject", "clip_id", "recording_id", "start_sample"])


def test_halves_share_no_clip_and_match_in_windows_per_subject():
    windows = table({"sub1": 4, "sub2": 5})
    samples = pd.Series(["sub1"] * 5 + ["sub2"] * 20)
    a, b, g = split_halves(windows, samples, seed=1)
    assert not set(windows["clip_id"][a]) & set(windows["clip_id"][b])
    for rows, subjects in ((a, windows["subject"]), (b, windows["subject"]), (g, samples)):
        assert subjects.iloc[rows].value_counts().to_dict() == {"sub1": 5, "sub2": 6}
        assert len(set(rows)) == len(rows)


def test_one_clip_is_halved_in_time():
    windows = table({"sub1": 1}, windows_per_clip=7)
    a, b, g = split_halves(windows, pd.Series(["sub1"] * 7), seed=1)
    assert len(a) == len(b) == len(g) == 3
    assert max(a) < min(b) or max(b) < min(a)


def test_one_window_leaves_nothing_to_split():
    a, b, g = split_halves(table({"sub1": 1}, 1), pd.Series(["sub1"]), seed=1)
    assert len(a) == len(b) == len(g) == 0


def test_band_power_agrees_with_mne():
    power = features(A).power
    for ours, (low, high) in zip(np.moveaxis(power, -1, 0), BANDS.values(), strict=True):
        np.testing.assert_allclose(ours, mne_power(A, low, high)[1], rtol=1e-6)


def test_covariances_and_their_error_agree_with_scikit_learn_and_pyriemann():
    a, b = features(A), features(B)
    for ours, window in zip(a.covariance, A, strict=True):
        np.testing.assert_allclose(ours, empirical_covariance(window.T), rtol=1e-6, atol=1e-6)
    first, second = a.covariance.mean(0), b.covariance.mean(0)
    theirs = distance_euclid(first, second) / linalg.norm(second)
    assert covariance_error(a, b) == pytest.approx(theirs)
    assert subject_covariance_error(a, b) == pytest.approx(theirs)


def test_band_similarity_and_psd_distance_agree_with_scipy_and_scikit_learn():
    a, b = features(A), features(B)
    distances = [
        [stats.ks_2samp(a.power[:, c, k], b.power[:, c, k]).statistic for k in range(len(BANDS))]
        for c in range(A.shape[1])
    ]
    np.testing.assert_allclose(band_similarity(a, b), 1 - np.mean(distances, axis=0))
    decibels = [10 * np.log10(mne_power(x, 0.5, 40.02)[0].mean(0)).ravel() for x in (A, B)]
    ours = psd_distance(a, b)
    assert ours == pytest.approx(root_mean_squared_error(*decibels))
