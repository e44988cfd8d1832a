import numpy as np
import pandas as pd
import pytest
import torch
from scipy import signal
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.scoring.random_windows import windows
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.scoring.features import log_spectra
from videeg_pipe.scoring.fidelity.c2st import folds, pair_clips, score_c2st, two_sample_test

SFREQ, CHANNELS = 200.0, 6
KINDS = {"spectra_logistic", "spectra_forest", "covariance_logistic", "covariance_forest",
         "window_eegnet"}  # fmt: skip


def coloured(seed, n):
    """Windows whose power falls with frequency and whose neighbours are correlated."""
    rng = np.random.default_rng(seed)
    wide = np.fft.rfft(rng.standard_normal((n, CHANNELS + 1, 400)))
    freqs = np.maximum(np.fft.rfftfreq(400, 1 / SFREQ), 1)
    slow = np.fft.irfft(wide / np.sqrt(freqs), 400)[..., 100:300]
    mixed = slow[:, 1:] + slow[:, :-1]
    return (mixed / mixed.std()).astype(np.float32)


def table(clips=20, windows_per_clip=4):
    rows = [
        (f"sub{clip % 2}", f"c{clip:02d}", "r", 200 * place)
        for clip in range(clips)
        for place in range(windows_per_clip)
    ]
    frame = pd.DataFrame(rows, columns=["subject", "clip_id", "recording_id", "start_sample"])
    return frame.assign(video_id=frame["clip_id"], video_time_s=frame["start_sample"] / SFREQ)


WINDOWS = table()
REAL = coloured(0, len(WINDOWS))


def compare(a, b=REAL):
    return to_json(two_sample_test(a, b, WINDOWS["subject"], WINDOWS["clip_id"], SFREQ, 100, 1))


def score(samples, real, windows, rows=None):
    rows = np.arange(len(windows)) if rows is None else rows
    both = (samples, real, windows, rows)
    return to_json(score_c2st(*both, sfreq=SFREQ, bootstrap=50, seed=1)["c2st"])


@pytest.mark.slow
@pytest.mark.nightly
def test_three_stronger_classifiers_stand_beside_the_five():
    rng = np.random.default_rng(2)
    white = (rng.standard_normal(REAL.shape) * REAL.std((0, 2))[:, None]).astype(np.float32)
    rows = np.arange(len(WINDOWS))
    both = score_c2st(white, REAL, WINDOWS, rows, sfreq=SFREQ, bootstrap=50, seed=1, strong=True)
    five, eight = (to_json(both[name]) for name in ("c2st", "c2st_eight"))
    assert set(five["classifiers"]) == KINDS
    strong = {"riemann_logistic", "tuned_eegnet", "shallow_fbcsp"}
    assert set(eight["classifiers"]) == KINDS | strong
    assert min(eight["classifiers"][name]["value"] for name in strong) > 0.9
    assert eight["value"] >= five["value"] > 0.98
    floors = [entry["floor"]["value"] for entry in eight["classifiers"].values()]
    assert eight["floor"]["value"] == max(floors) < 0.65


@pytest.fixture(scope="module")
def alike():
    return compare(coloured(1, len(WINDOWS)))


@pytest.mark.slow
def test_real_against_real_is_at_chance(alike):
    entry = alike
    assert set(entry["classifiers"]) == KINDS
    values = [entry["value"] for entry in entry["classifiers"].values()]
    assert np.mean(values) == pytest.approx(0.5, abs=0.06)
    assert entry["value"] == max(values) == entry["classifiers"][entry["which"]]["value"]
    assert entry["low"] <= entry["value"] <= entry["high"]
    assert entry["value"] < 0.62 and entry["n_windows"] == 2 * len(WINDOWS)


@pytest.mark.slow
def test_white_noise_of_the_right_power_is_recognised():
    rng = np.random.default_rng(2)
    white = rng.standard_normal(REAL.shape) * REAL.std((0, 2))[:, None]
    entry = compare(white.astype(np.float32))
    assert entry["value"] > 0.98
    assert min(entry["value"] for entry in entry["classifiers"].values()) > 0.8


@pytest.mark.slow
def test_copies_of_the_real_windows_are_at_chance():
    noise = np.random.default_rng(3).standard_normal(REAL.shape)
    entry = compare((REAL + 1e-3 * noise).astype(np.float32))
    assert entry["value"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.slow
def test_one_band_twice_as_large_is_found():
    band = signal.butter(2, (8, 13), "bandpass", fs=SFREQ, output="sos")
    entry = compare(REAL + signal.sosfiltfilt(band, REAL, axis=-1).astype(np.float32))
    assert entry["low"] > 0.7
    assert entry["classifiers"]["spectra_logistic"]["low"] > 0.7


@pytest.mark.slow
def test_permuted_electrodes_are_found_by_covariance():
    entry = compare(coloured(4, len(WINDOWS))[:, [3, 0, 5, 1, 4, 2]])
    assert entry["low"] > 0.7 and entry["which"].startswith("covariance")
    assert entry["classifiers"]["spectra_logistic"]["value"] < 0.62


def test_no_clip_is_on_both_sides_of_a_fold_and_every_window_is_tested_once():
    labels = np.repeat([0, 1], len(WINDOWS))
    clips = pd.concat([WINDOWS["clip_id"]] * 2, ignore_index=True)
    parts = folds(labels, clips, 1)
    for train, test in parts:
        assert not set(clips[train]) & set(clips[test])
        assert labels[test].mean() == 0.5
    tested = np.concatenate([test for _, test in parts])
    assert sorted(tested) == list(range(len(labels)))


@pytest.mark.slow
def test_draws_are_paired_with_their_windows_and_have_a_floor():
    windows = table(clips=40, windows_per_clip=2)
    real = coloured(5, len(windows))
    rows = np.arange(0, len(windows), 2)
    samples = 0.5 * real[rows]
    scored = score(samples, real, windows, rows)
    assert scored["value"] > 0.9 and scored["ideal"] == 0.5
    assert scored["n_windows"] == 2 * len(rows)
    assert scored["floor"]["n_windows"] == 2 * len(rows)
    assert (scored["n_clips"], scored["drawn"]) == (40, "clips")
    assert (scored["floor"]["n_clips"], scored["floor"]["drawn"]) == (20, "pairs")
    assert scored["floor"]["value"] < 0.65
    assert all("floor" in entry for entry in scored["classifiers"].values())


def test_training_windows_are_compared_like_samples():
    rows = np.arange(len(REAL))
    for training, low, high in ((coloured(5, len(REAL)), 0.0, 0.7), (2 * REAL, 0.9, 1.01)):
        entry = score_c2st(
            REAL, REAL, WINDOWS, rows, sfreq=SFREQ, bootstrap=50, seed=1, training=training
        )["c2st"]
        assert low < entry.training.value < high
        assert entry.training.value != entry.value


def test_pairs_are_neighbouring_clips_at_the_same_place():
    windows = table(clips=18, windows_per_clip=3).drop(index=[4]).reset_index(drop=True)
    wanted = pd.Series(["sub0"] * 7 + ["sub1"] * 99)
    a, b, pairs = pair_clips(windows, wanted, 1)
    first, second = windows.iloc[a], windows.iloc[b]
    assert not set(first["clip_id"]) & set(second["clip_id"])
    assert first["subject"].tolist() == second["subject"].tolist()
    # nine clips of three windows: four pairs, one window lost with its partner
    assert first["subject"].value_counts().to_dict() == {"sub0": 7, "sub1": 11}
    for _, rows in pairs.groupby(pairs):
        clips = {
            int(name[1:]) for name in windows["clip_id"].iloc[[*a[rows.index], *b[rows.index]]]
        }
        assert len(clips) == 2 and max(clips) - min(clips) == 2  # every other clip is a subject's
    other, _, _ = pair_clips(windows, wanted, 2)
    assert set(a) != set(other)


def test_pairs_of_clips_that_resemble_their_neighbours_are_at_chance():
    windows = table(clips=60, windows_per_clip=2)
    rng = np.random.default_rng(0)
    drift = rng.standard_normal((6, CHANNELS, 1)).repeat(20, 0)  # ten clips alike
    real = coloured(9, len(windows)) * np.exp(drift)
    a, b, pairs = pair_clips(windows, windows["subject"], 1)
    labels = np.repeat([0, 1], len(a))
    groups = pd.concat([pairs, pairs], ignore_index=True)
    x = real[np.append(a, b)].std(-1)
    correct = np.empty(len(labels))
    for train, test in folds(labels, groups, 1):
        nearest = np.linalg.norm(x[test][:, None] - x[train], axis=-1).argsort(axis=1)[:, :9]
        correct[test] = (labels[train][nearest].mean(1) > 0.5) == labels[test]
    assert correct.mean() == pytest.approx(0.5, abs=0.1)


def test_too_few_pairs_of_clips_are_not_called_clips():
    pairs = pd.Series(np.repeat(["a", "b", "c"], 20), name="pairs")
    found = two_sample_test(coloured(1, 60), coloured(2, 60), pairs, pairs, SFREQ, 10, 1)
    assert found.reason == "fewer than 5 pairs of neighbouring clips"


def test_non_finite_values_give_a_reason():
    broken = REAL.copy()
    broken[0, 0, 0] = np.nan
    entry = compare(broken)
    assert entry["value"] is None and "not finite" in entry["reason"]


@pytest.mark.parametrize(
    ("windows", "reason"),
    [(table(clips=8, windows_per_clip=2), "16 windows"), (table(4, 20), "fewer than 5 clips")],
)
def test_too_few_windows_or_clips_give_a_reason(windows, reason):
    real = coloured(6, len(windows))
    scored = score(real, real, windows)
    assert scored["value"] is None and scored["floor"] is None
    assert reason in scored["reason"]


@pytest.mark.slow
def test_a_missing_floor_has_a_reason():
    windows = table(clips=6, windows_per_clip=8)
    real = coloured(7, len(windows))
    scored = score(0.5 * real, real, windows)
    assert scored["value"] > 0.9 and scored["floor"] is None
    assert scored["reason"].startswith("real against real")


@pytest.mark.slow
def test_accuracies_depend_on_the_seed_alone(alike):
    torch.manual_seed(5)
    expected = torch.rand(1)
    threads = torch.get_num_threads()
    torch.manual_seed(5)
    assert compare(coloured(1, len(WINDOWS))) == alike
    assert torch.rand(1) == expected  # the global generator is untouched
    assert torch.get_num_threads() == threads


@pytest.mark.slow
def test_c2st_agrees_with_scikit_learns_cross_validation():
    a, b = windows(5, n=40), 1.15 * windows(6, n=40)
    subjects = pd.Series(["sub1"] * 40)
    clips = pd.Series([f"c{i // 2}" for i in range(40)])
    score = two_sample_test(a, b, subjects, clips, SFREQ, 20, seed=1)
    x = log_spectra(np.concatenate([a, b]).astype(np.float32), SFREQ)
    labels, groups = np.repeat([0, 1], 40), pd.concat([clips, clips], ignore_index=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=500))
    predicted = cross_val_predict(model, x, labels, cv=folds(labels, groups, 1))
    theirs = accuracy_score(labels, predicted)
    assert score.classifiers["spectra_logistic"].value == pytest.approx(theirs)
