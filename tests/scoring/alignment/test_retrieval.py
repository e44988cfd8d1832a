import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import top_k_accuracy_score

from videeg_pipe.contracts.scores import to_json
from videeg_pipe.scoring.alignment.retrieval import retrieved, score_retrieval

CONCEPTS, CLIPS = 5, 4


def table(subjects=2, clips=CLIPS):
    rows = [
        (f"sub{subject}", f"s{subject}-k{concept}-c{clip}", concept)
        for subject in range(subjects)
        for concept in range(CONCEPTS)
        for clip in range(clips)
    ]
    frame = pd.DataFrame(rows, columns=["subject", "clip_id", "concept_id"])
    shown = frame["clip_id"].str.partition("-")[2]  # to all people
    return frame.assign(window_id=frame["clip_id"] + "-w0", video_id=shown, video_time_s=0.0)


WINDOWS = table()


def eeg(seed, windows=WINDOWS):
    return np.random.default_rng(seed).standard_normal((len(windows), 3, 40))


def score(mean, real, truth=None):
    units = WINDOWS["video_id"]
    return to_json(score_retrieval(mean, real, truth, WINDOWS, units, 200, seed=1))


def test_the_right_mean_always_identifies_its_concept():
    truth = eeg(0)
    entry = score(truth, truth + 0.1 * eeg(1), truth)
    assert entry["value"] == entry["ceiling"]["value"] == 1
    assert entry["chance"] == pytest.approx(1 / CONCEPTS)


def test_means_unrelated_to_the_video_are_at_chance():
    truth = eeg(0)
    entry = score(eeg(2), truth + eeg(1), truth)
    assert entry["low"] <= entry["chance"] <= entry["high"]
    assert entry["ceiling"]["low"] > entry["chance"]


@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_equal_means_are_at_chance(constant):
    mean = np.broadcast_to(constant * eeg(0)[:1], eeg(0).shape)
    entry = score(mean, eeg(1))
    assert entry["value"] == pytest.approx(entry["chance"], abs=0.1)
    assert entry["ceiling"]["value"] is None and "not known" in entry["ceiling"]["reason"]


def test_one_clip_per_concept_agrees_with_scikit_learn():
    windows = table(subjects=1, clips=1)
    real, mean = eeg(3, windows), eeg(3, windows) + 2 * eeg(4, windows)
    identified, n_concepts = retrieved(mean, real, windows, seed=1)
    r = np.corrcoef(real.reshape(CONCEPTS, -1), mean.reshape(CONCEPTS, -1))[:CONCEPTS, CONCEPTS:]
    theirs = top_k_accuracy_score(windows["concept_id"], r, k=1)
    assert identified.mean() == pytest.approx(theirs) and (n_concepts == CONCEPTS).all()


def test_other_windows_of_a_concept_are_averaged_over():
    windows = WINDOWS[WINDOWS["subject"] == "sub0"].reset_index(drop=True)
    real, mean = eeg(5, windows), eeg(6, windows) + 0.05 * eeg(5, windows)
    identified, _ = retrieved(mean, real, windows, seed=1)
    r = np.corrcoef(real.reshape(20, -1), mean.reshape(20, -1))[:20, 20:]
    rng = np.random.default_rng(0)
    for row in (0, 7, 13):
        own = row // CLIPS
        others = [c for c in range(CONCEPTS) if c != own]
        drawn = rng.integers(CLIPS, size=(4000, len(others))) + CLIPS * np.array(others)
        share = (r[row][drawn] < r[row, row]).all(1).mean()
        assert identified[row] == pytest.approx(share, abs=0.03)


def test_rivals_are_windows_of_the_same_person_and_place():
    windows = table(subjects=2, clips=1)
    windows.loc[windows["subject"] == "sub1", "window_id"] = windows["clip_id"] + "-w1"
    real = eeg(7, windows)
    _, n_concepts = retrieved(real, real, windows, seed=1)
    assert (n_concepts == CONCEPTS).all()
    alone = windows.assign(subject=[f"sub{i}" for i in range(len(windows))])
    assert (retrieved(real, real, alone, seed=1)[1] == 1).all()
    nothing = score_retrieval(real, real, None, alone, alone["video_id"], 50, seed=1)
    assert nothing.value is None and "two concepts" in nothing.reason
