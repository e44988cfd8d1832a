"""Features of classifiers against second implementations."""

from itertools import pairwise

import mne
import numpy as np
from scipy import linalg, stats
from sklearn.covariance import oas

from tests.scoring.random_windows import SFREQ, A, B, mne_power, windows
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.scoring import features


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
