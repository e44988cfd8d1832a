import numpy as np
import pandas as pd
import pytest
from scipy.stats import entropy

from tests.scoring.fakes import evoked_and_noise, inputs_of, write_release
from videeg_pipe.scoring import dataset


def scored(built, **changes):
    inputs = inputs_of(built)
    windows = inputs.windows(table="windows")
    h5 = write_release(built, evoked_and_noise(), **changes)
    test = windows[windows["split"] == "test"]
    return dataset.score_dataset(h5, windows, inputs.eeg().windows(test)), windows


def generated(built):
    inputs = inputs_of(built)
    return inputs.eeg().windows(inputs.windows(table="windows"))


def test_a_whole_and_even_release(built):
    section, windows = scored(built)
    assert section["completeness"] == section["balance"] == section["coverage"] == 1
    assert section["quality"] > 0.9
    assert section["n_samples"] == len(windows)
    assert section["per_split"] == {"train": 64, "validation": 64, "test": 64}
    assert section["per_subject"]["sub1"] == {
        "train": 32, "validation": 32, "test": 32, "total": 96,
    }  # fmt: skip
    assert section["per_video"]["video3"] == {"train": 0, "validation": 0, "test": 64, "total": 64}
    assert section["samples_a_video_sd"] == 0


def test_broken_samples_lower_completeness_and_quality(built):
    eeg = generated(built)
    n = len(eeg)
    eeg[0, 3, 7] = np.nan
    eeg[1, 5] = 2.0  # one flat electrode
    eeg[2] *= 100
    section, _ = scored(built, eeg=eeg)
    whole, _ = scored(built, eeg=generated(built))
    assert section["completeness"] == pytest.approx(1 - 1 / n)
    assert whole["quality"] - section["quality"] == pytest.approx(3 / n)


def test_a_missing_label_is_incomplete(built):
    inputs = inputs_of(built)
    concept = inputs.windows(table="windows")["concept"].to_numpy(object)
    concept[:6] = ""
    section, windows = scored(built, concept=concept)
    assert section["completeness"] == pytest.approx(1 - 6 / len(windows))


def test_evenness_agrees_with_scipy():
    values = pd.Series(list("aaabbc"))
    assert dataset.evenness(values) == pytest.approx(entropy([3, 2, 1]) / np.log(3))
    assert dataset.evenness(pd.Series(["a", "a"])) == 1
