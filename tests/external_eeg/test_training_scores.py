"""`videeg evaluate --training`: scores with known answers."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.external_eeg.windows import error_line, run
from tests.scoring.utility.examples import CHANNELS, SFREQ, eeg, table
from videeg_pipe.external_eeg.evaluation import score_windows
from videeg_pipe.external_eeg.window_set import WindowSet

NAMES = tuple(f"E{i}" for i in range(CHANNELS))
LABELS = ["subject", "clip_id", "concept"]


def windows(name, clips, seed, pattern=1.5):
    """Two people and four concepts; each concept has a rhythm with a topography of its own."""
    of = table(clips)
    made = (10 * eeg(of, seed, pattern)).astype(np.float32)
    return WindowSet(name, made, SFREQ, NAMES, of[LABELS])


REAL, TRAINING = windows("real", 10, 1), windows("training", 12, 2)


@cache
def scored(kind):
    """Scores of windows of the real distribution, without concepts, or copied from the training."""
    synthetic = {
        "alike": lambda: windows("synthetic", 12, 3),
        "without": lambda: windows("synthetic", 12, 3, pattern=0),
        "copies": lambda: replace(TRAINING, name="synthetic"),
    }[kind]()
    return score_windows(REAL, synthetic, training=TRAINING)


SUBJECTS_ALONE = windows("synthetic", 12, 3)
"""Without concepts no decoder is trained, which saves seconds."""
SUBJECTS_ALONE = replace(SUBJECTS_ALONE, labels=SUBJECTS_ALONE.labels[["subject"]])


def unlabelled(side):
    return replace(side, labels=pd.DataFrame(index=range(len(side))))


def test_windows_of_the_real_distribution_have_ideal_scores():
    scores = scored("alike")
    utility, audit, distance = (
        scores["utility"]["concept"], scores["privacy"], scores["fidelity"]["eeg_fid"],
    )  # fmt: skip
    assert utility["trtr"]["value"] > 0.9
    assert utility["tstr"]["value"] == pytest.approx(utility["trtr"]["value"], abs=0.1)
    assert utility["augmented"]["value"] > 0.9 and "spliced" not in utility
    assert utility["chance"] == 0.25 and utility["trtr"]["drawn"] == "clips"
    assert audit["copy_ratio"]["value"] == pytest.approx(1, abs=0.03)
    assert audit["copied_share"]["value"] < 0.1
    linked = audit["linkage"]
    assert min(linked["value"], linked["ceiling"]["value"], linked["back"]["value"]) > 0.9
    assert linked["chance"] == 0.5
    assert distance["value"] < 2 * distance["floor"]["value"] < distance["white_noise"]
    assert distance["encoder"]["concept"] > 0.7
    assert scores["training"] == {"path": "training", "n_windows": 96, "labels": LABELS}


@pytest.mark.slow
def test_windows_without_concepts_have_low_utility_and_a_large_distance():
    scores = scored("without")
    utility, distance = scores["utility"]["concept"], scores["fidelity"]["eeg_fid"]
    assert utility["trtr"]["value"] > 0.9 and utility["tstr"]["value"] < 0.45
    assert distance["value"] > 2 * distance["floor"]["value"]


@pytest.mark.slow
def test_copies_of_training_windows_are_caught():
    audit = scored("copies")["privacy"]
    assert audit["copy_ratio"]["value"] == pytest.approx(0, abs=0.01)
    assert audit["copy_ratio"]["high"] < 0.01
    assert audit["copied_share"]["value"] == 1


def test_scores_without_labels_are_null_with_a_reason():
    scores = scored("alike")
    assert "real, synthetic, training" in scores["utility"]["emotion"]["reason"]
    bare = score_windows(REAL, windows("synthetic", 12, 3), training=unlabelled(TRAINING))
    nulls = (bare["utility"]["concept"], bare["fidelity"]["eeg_fid"], bare["privacy"]["linkage"])
    assert all(entry["value"] is None and entry["reason"] for entry in nulls)
    assert "concept of training" in bare["utility"]["concept"]["reason"]
    printed = " ".join(bare["assumptions"])
    for part in ("concept of training", "subject of training", "--labels"):
        assert part in printed
    assert bare["privacy"]["copy_ratio"]["value"] == pytest.approx(1, abs=0.03)
    without = score_windows(REAL, REAL)
    assert "utility" not in without and "eeg_fid" not in without["fidelity"]
    assert any("need --training" in text for text in without["assumptions"])


def test_people_outside_the_training_have_no_copy_scores():
    strangers = TRAINING.labels.assign(subject="x" + TRAINING.labels["subject"])
    scores = score_windows(REAL, SUBJECTS_ALONE, training=replace(TRAINING, labels=strangers))
    assert "no person has both" in scores["privacy"]["copy_ratio"]["reason"]
    assert scores["fidelity"]["eeg_fid"]["value"] is not None


def test_a_single_concept_has_no_utility_and_a_reason():
    synthetic = windows("synthetic", 12, 3)
    one = replace(synthetic, labels=synthetic.labels.assign(concept="concept 0"))
    concept = score_windows(REAL, one, training=TRAINING)["utility"]["concept"]
    assert "fewer than two values of concept" in concept["reason"]


@pytest.mark.slow
def test_paired_windows_take_labels_and_reconstructions_have_no_utility():
    pairs = unlabelled(windows("synthetic", 10, 3))
    generated = score_windows(REAL, pairs, training=TRAINING, paired="generation")
    assert generated["utility"]["concept"]["tstr"]["value"] > 0.8
    given = score_windows(REAL, pairs, training=TRAINING, paired="reconstruction")
    assert "made from the real windows" in given["utility"]["concept"]["reason"]
    assert given["fidelity"]["eeg_fid"] == generated["fidelity"]["eeg_fid"]


def test_channels_of_the_training_windows_are_matched_by_name():
    turned = replace(TRAINING, eeg=TRAINING.eeg[:, ::-1].copy(), channels=NAMES[::-1])
    once, again = (score_windows(REAL, SUBJECTS_ALONE, training=of) for of in (TRAINING, turned))
    for section, name in (("fidelity", "eeg_fid"), ("privacy", "linkage")):
        same = once[section][name]["value"]
        assert again[section][name]["value"] == pytest.approx(same, rel=1e-3)


def write(folder, sides):
    """Write each side as an array and a CSV of labels."""
    for side in sides:
        np.savez(folder / f"{side.name}.npz", eeg=side.eeg, sfreq=side.sfreq)
        side.labels.to_csv(folder / f"{side.name}.csv", index=False)


@pytest.mark.slow
def test_the_command_prints_the_scores_of_training_windows(tmp_path, capsys):
    write(tmp_path, [REAL, TRAINING, windows("synthetic", 12, 3)])
    arrays = (tmp_path / "real.npz", tmp_path / "synthetic.npz", "--training",
              tmp_path / "training.npz")  # fmt: skip
    labels = [part for name in ("real", "synthetic", "training")
              for part in ("--labels", tmp_path / f"{name}.csv")]  # fmt: skip
    scores = run(tmp_path, *arrays, *labels)
    known = json.loads(json.dumps(scored("alike")))
    assert scores["utility"] == known["utility"] and scores["privacy"] == known["privacy"]
    printed = capsys.readouterr().out
    for word in ("eeg fid", "utility, concept", "eegnet", "copy ratio", "copied share", "linkage",
                 "training.npz, 96 windows"):  # fmt: skip
        assert word in printed
    labels[3] = "-"
    concept = run(tmp_path, *arrays, *labels)["utility"]["concept"]
    assert "of synthetic windows" in concept["reason"]


def test_training_windows_that_do_not_fit_give_one_line(tmp_path, capsys):
    fewer = replace(TRAINING, name="fewer", eeg=TRAINING.eeg[:, :5])
    short = replace(TRAINING, name="short", eeg=TRAINING.eeg[..., :50])
    brief = replace(REAL, name="brief", eeg=REAL.eeg[..., :20])
    slow = replace(TRAINING, name="slow", sfreq=90.0)
    shared = replace(TRAINING, name="shared", eeg=np.concatenate([TRAINING.eeg, REAL.eeg[:3]]))
    write(tmp_path, [REAL, fewer, short, slow, shared, brief])
    real = tmp_path / "real.npz"
    for name, words in {
        "fewer": "8 channels", "short": "100 samples", "slow": "90 Hz",
        "shared": "3 of 80 real windows", "missing": "no such file",
    }.items():  # fmt: skip
        printed = error_line(capsys, real, real, "--training", tmp_path / f"{name}.npz")
        assert words in printed and f"{name}.npz" in printed
    four = ["--labels", tmp_path / "real.csv"] * 4
    assert "4 of them" in error_line(capsys, real, real, "--training", tmp_path / "slow.npz", *four)
    printed = error_line(
        capsys, *[tmp_path / "brief.npz"] * 2, "--training", tmp_path / "brief.npz"
    )
    assert "0.25 s or more" in printed
