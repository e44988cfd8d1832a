"""Each statistic against a second implementation, on random windows.

The tests of the modules hold others: spectra (mne), autocorrelation (numpy), Kolmogorov-Smirnov,
Pearson, consistencies and lags (scipy), retrieval (scikit-learn).
"""

from itertools import pairwise

import mne
import numpy as np
import pandas as pd
import pytest
import torch
from mne.time_frequency import psd_array_welch
from pyriemann.geometry.distance import distance_euclid, distance_wasserstein
from scipy import linalg, stats
from sklearn.covariance import empirical_covariance, oas
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    mean_absolute_error,
    mean_squared_error,
    root_mean_squared_error,
)
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, maxabs_scale
from torch.nn import functional

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.scoring import dataset, features, paper
from videeg_pipe.scoring.fidelity.c2st import folds, two_sample_test
from videeg_pipe.scoring.fidelity.eeg_fid import frechet_distance
from videeg_pipe.scoring.fidelity.network import LongConv
from videeg_pipe.scoring.fidelity.statistics import (
    band_similarity,
    covariance_error,
    psd_distance,
    subject_covariance_error,
    window_features,
)
from videeg_pipe.scoring.stats import mean_with_interval

SFREQ = 200.0


def windows(seed, n=12, channels=4, n_samples=200):
    """Noise whose neighbours, in time and among electrodes, resemble each other."""
    noise = np.random.default_rng(seed).standard_normal((n, channels + 1, n_samples + 4))
    smooth = noise[..., 2:-2] + 0.5 * (noise[..., 1:-3] + noise[..., 3:-1])
    return 10 * (smooth[:, 1:] + smooth[:, :-1])


A, B = windows(0), windows(1)


def mne_power(x, low, high):
    """Spectral density of x (..., T) from `low` to below `high` Hz, and the power in it."""
    psd, _ = psd_array_welch(
        x, SFREQ, fmin=low, fmax=high - 0.01, n_fft=200, window="hann", verbose="error"
    )
    return psd, psd.sum(-1) * SFREQ / 200


def features_of(x):
    return window_features(x, SFREQ, np.full(len(x), "sub1"))


def test_band_power_agrees_with_mne():
    power = features_of(A).power
    for ours, (low, high) in zip(np.moveaxis(power, -1, 0), BANDS.values(), strict=True):
        np.testing.assert_allclose(ours, mne_power(A, low, high)[1], rtol=1e-6)


def test_covariances_and_their_error_agree_with_scikit_learn_and_pyriemann():
    a, b = features_of(A), features_of(B)
    for ours, window in zip(a.covariance, A, strict=True):
        np.testing.assert_allclose(ours, empirical_covariance(window.T), rtol=1e-6, atol=1e-6)
    first, second = a.covariance.mean(0), b.covariance.mean(0)
    theirs = distance_euclid(first, second) / linalg.norm(second)
    assert covariance_error(a, b) == pytest.approx(theirs)
    assert subject_covariance_error(a, b) == pytest.approx(theirs)


def test_band_similarity_and_psd_distance_agree_with_scipy_and_scikit_learn():
    a, b = features_of(A), features_of(B)
    distances = [
        [stats.ks_2samp(a.power[:, c, k], b.power[:, c, k]).statistic for k in range(len(BANDS))]
        for c in range(A.shape[1])
    ]
    np.testing.assert_allclose(band_similarity(a, b), 1 - np.mean(distances, axis=0))
    decibels = [10 * np.log10(mne_power(x, 0.5, 40.02)[0].mean(0)).ravel() for x in (A, B)]
    ours = psd_distance(a, b)
    assert ours == pytest.approx(root_mean_squared_error(*decibels))


def test_log_covariances_agree_with_scikit_learn_and_scipy():
    theirs = np.array([linalg.logm(oas(window.T)[0]) for window in [*A, *B]])
    ours = features.log_covariances(np.concatenate([A, B]), SFREQ)
    # lengths and distances are those of the whole matrices
    np.testing.assert_allclose(linalg.norm(ours, axis=1), linalg.norm(theirs, axis=(1, 2)), 1e-4)
    apart = linalg.norm(theirs - theirs[0], axis=(1, 2))
    np.testing.assert_allclose(linalg.norm(ours - ours[0], axis=1), apart, rtol=1e-3)


def test_log_spectra_and_entropies_agree_with_mne_and_scipy():
    edges = pairwise(features._EDGES_HZ)
    bands = [mne_power(A, low, high)[0].mean(-1) for low, high in edges]
    theirs = np.log(np.stack(bands, -1)).reshape(len(A), -1)
    np.testing.assert_allclose(features.log_spectra(A, SFREQ), theirs, atol=1e-4)
    ours = features.differential_entropy(A, SFREQ).reshape(len(A), A.shape[1], -1)
    for entropy, (low, high) in zip(np.moveaxis(ours, -1, 0), BANDS.values(), strict=True):
        sd = np.sqrt(mne_power(A, low, high)[1])
        np.testing.assert_allclose(entropy, stats.norm(scale=sd).entropy(), atol=1e-4)


def test_slow_course_and_resampling_agree_with_mne_inside_the_window():
    x = windows(2, n=2, channels=2, n_samples=1600)
    slow = mne.filter.filter_data(
        x, SFREQ, 1.0, 10.0, method="iir", verbose="error",
        iir_params={"order": 2, "ftype": "butter", "output": "sos"},
    )[..., 5::10]  # fmt: skip
    ours = features.slow_course(x, SFREQ).reshape(slow.shape)
    np.testing.assert_allclose(ours[..., 40:-40], slow[..., 40:-40], atol=0.02 * slow.std())
    half = mne.filter.resample(x, down=2, method="polyphase", verbose="error")
    ours = features.at_rate(x, SFREQ, 100.0)
    np.testing.assert_allclose(ours[..., 40:-40], half[..., 40:-40], atol=0.02 * half.std())
    assert features.at_rate(x, SFREQ, 300.0).shape == x.shape


def test_frechet_distance_agrees_with_pyriemann():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((2, 60, 5)) @ rng.standard_normal((2, 5, 5)) + [[[0]], [[1]]]
    theirs = distance_wasserstein(np.cov(a.T), np.cov(b.T), squared=True)
    theirs += linalg.norm(a.mean(0) - b.mean(0)) ** 2
    assert frechet_distance(a, b) == pytest.approx(theirs)


@pytest.mark.parametrize("n_samples", [30, 101])
def test_the_long_filter_agrees_with_torch(n_samples):
    long = LongConv(4, 4, 51, padding=25, groups=4, bias=False)
    x = torch.from_numpy(windows(8, n=2, n_samples=n_samples)).float()
    theirs = functional.conv1d(x, long.weight, padding=25, groups=4)
    torch.testing.assert_close(long(x), theirs, atol=1e-4, rtol=1e-4)


def test_the_papers_measures_agree_with_scikit_learn_and_scipy():
    g, r = paper.to_unit(A), paper.to_unit(B)
    np.testing.assert_allclose(g.reshape(len(A), -1), maxabs_scale(A.reshape(len(A), -1), axis=1))
    mse, mae = (error(g.ravel(), r.ravel()) for error in (mean_squared_error, mean_absolute_error))
    assert paper.mean_squared_error(g, r) == pytest.approx(mse)
    assert paper.mean_absolute_error(g, r) == pytest.approx(mae)
    subjects = pd.Series(["a"] * 5 + ["b"] * 7)
    rms = np.array([linalg.norm(window) / np.sqrt(window.size) for window in A])
    variation = np.array([stats.variation(rms[:5]), stats.variation(rms[5:])])
    assert paper.stability(A, subjects) == pytest.approx((1 / (1 + variation)).mean())


def test_evenness_agrees_with_scipy():
    assert dataset.evenness(pd.Series(list("aaabbc"))) == pytest.approx(
        stats.entropy([3, 2, 1], base=3)
    )


def test_interval_agrees_with_scipy_where_each_clip_has_one_window():
    values = np.random.default_rng(4).exponential(size=60)
    clips = pd.Series([f"c{i}" for i in range(60)])
    ours = mean_with_interval(values, clips, 8000, seed=0)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=8000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_c2st_agrees_with_scikit_learns_cross_validation():
    a, b = windows(5, n=40), 1.15 * windows(6, n=40)
    subjects = pd.Series(["sub1"] * 40)
    clips = pd.Series([f"c{i // 2}" for i in range(40)])
    score = two_sample_test(a, b, subjects, clips, SFREQ, 20, seed=1)
    x = features.log_spectra(np.concatenate([a, b]).astype(np.float32), SFREQ)
    labels, groups = np.repeat([0, 1], 40), pd.concat([clips, clips], ignore_index=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=500))
    predicted = cross_val_predict(model, x, labels, cv=folds(labels, groups, 1))
    theirs = accuracy_score(labels, predicted)
    assert score.classifiers["spectra_logistic"].value == pytest.approx(theirs)
