import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import top_k_accuracy_score

from videeg_pipe.scoring.alignment import retrieval

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
    return retrieval.score(mean, real, truth, WINDOWS, WINDOWS["video_id"], 200, seed=1)


def test_the_right_mean_is_always_found():
    truth = eeg(0)
    found = score(truth, truth + 0.1 * eeg(1), truth)
    assert found["value"] == found["ceiling"]["value"] == 1
    assert found["chance"] == pytest.approx(1 / CONCEPTS)


def test_means_of_their_own_are_at_chance_and_have_a_ceiling():
    truth = eeg(0)
    found = score(eeg(2), truth + eeg(1), truth)
    assert found["low"] <= found["chance"] <= found["high"]
    assert found["ceiling"]["low"] > found["chance"]


@pytest.mark.parametrize("constant", [0.0, 1.0])
def test_one_answer_to_every_video_is_at_chance(constant):
    """Where all means are equal nothing is gained by naming the right one."""
    mean = np.broadcast_to(constant * eeg(0)[:1], eeg(0).shape)
    found = score(mean, eeg(1))
    assert found["value"] == pytest.approx(found["chance"], abs=0.1)
    assert found["ceiling"]["value"] is None and "not known" in found["ceiling"]["reason"]


def test_one_clip_a_concept_agrees_with_scikit_learn():
    windows = table(subjects=1, clips=1)
    real, mean = eeg(3, windows), eeg(3, windows) + 2 * eeg(4, windows)
    named, n_concepts = retrieval.retrieved(mean, real, windows, seed=1)
    r = np.corrcoef(real.reshape(CONCEPTS, -1), mean.reshape(CONCEPTS, -1))[:CONCEPTS, CONCEPTS:]
    theirs = top_k_accuracy_score(windows["concept_id"], r, k=1)
    assert named.mean() == pytest.approx(theirs) and (n_concepts == CONCEPTS).all()


def test_other_windows_of_a_concept_are_averaged_over():
    windows = WINDOWS[WINDOWS["subject"] == "sub0"].reset_index(drop=True)
    real, mean = eeg(5, windows), eeg(6, windows) + 0.05 * eeg(5, windows)
    named, _ = retrieval.retrieved(mean, real, windows, seed=1)
    r = np.corrcoef(real.reshape(20, -1), mean.reshape(20, -1))[:20, 20:]
    rng = np.random.default_rng(0)
    for row in (0, 7, 13):
        own = row // CLIPS
        others = [c for c in range(CONCEPTS) if c != own]
        drawn = rng.integers(CLIPS, size=(4000, len(others))) + CLIPS * np.array(others)
        assert named[row] == pytest.approx((r[row][drawn] < r[row, row]).all(1).mean(), abs=0.03)


def test_rivals_are_windows_of_the_same_person_and_place():
    windows = table(subjects=2, clips=1)
    windows.loc[windows["subject"] == "sub1", "window_id"] = windows["clip_id"] + "-w1"
    real = eeg(7, windows)
    _, n_concepts = retrieval.retrieved(real, real, windows, seed=1)
    assert (n_concepts == CONCEPTS).all()
    alone = windows.assign(subject=[f"sub{i}" for i in range(len(windows))])
    assert (retrieval.retrieved(real, real, alone, seed=1)[1] == 1).all()
    found = retrieval.score(real, real, None, alone, alone["video_id"], 50, seed=1)
    assert found["value"] is None and "two concepts" in found["reason"]
