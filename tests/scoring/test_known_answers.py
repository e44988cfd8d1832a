"""Generators whose fault is known, and the score that has to say so.

Copies of training windows and people who can be recognised are in `test_privacy.py`.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from videeg_pipe.config.validate import EvaluationOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.scoring.alignment import correlation as alignment
from videeg_pipe.scoring.draws import Draws
from videeg_pipe.scoring.fidelity import c2st
from videeg_pipe.scoring.fidelity import eeg_fid as fid
from videeg_pipe.scoring.fidelity import statistics as fidelity
from videeg_pipe.scoring.scoring_data import Material
from videeg_pipe.scoring.utility import decoders
from videeg_pipe.scoring.utility import transfer as utility

SFREQ, CHANNELS, SAMPLES, CONCEPTS = 200.0, 8, 200, 5
CONFIG = EvaluationOptions(mean_draws=2, max_windows=240, bootstrap=200)


def table(block):
    """Two people, five concepts of ten clips, each of one window."""
    rows = []
    for subject in ("sub1", "sub2"):
        for clip in range(10 * CONCEPTS):
            name = f"{subject}-{block}-c{clip:03d}"
            rows.append((subject, name, f"{name}-w0", f"{subject}-{block}", 400 * clip, clip))
    frame = pd.DataFrame(
        rows, columns=["subject", "clip_id", "window_id", "recording_id", "start_sample", "clip"]
    )
    frame["concept_id"] = frame["clip"] % CONCEPTS
    frame["concept"] = "concept " + frame["concept_id"].astype(str)
    return frame.assign(video_id=f"video-{block}", video_time_s=2.0 * frame["clip"])


def pink(seed, n, electrodes=CHANNELS):
    """Noise with more power at low frequencies, standard deviation 1, (n, electrodes, T)."""
    rng = np.random.default_rng(seed)
    wide = np.fft.rfft(rng.standard_normal((n, electrodes, 2 * SAMPLES)))
    freqs = np.maximum(np.fft.rfftfreq(2 * SAMPLES, 1 / SFREQ), 1)
    slow = np.fft.irfft(wide / freqs**0.7, 2 * SAMPLES)[..., :SAMPLES]
    return slow / slow.std()


def ongoing(windows, seed, people=None):
    """What is not evoked, uV: mixed over electrodes in each person's own way."""
    mixing = np.random.default_rng(0).standard_normal((2, CHANNELS, CHANNELS)) / 2
    person = (windows["subject"] if people is None else people).map({"sub1": 0, "sub2": 1})
    return 10 * mixing[person] @ pink(seed, len(windows))


def evoked(windows, seed):
    """The answer to each clip, uV: a course of its own at the electrodes of its concept."""
    course = pink(seed, windows["clip"].nunique(), 1)[windows["clip"]]
    topography = np.random.default_rng(1).standard_normal((CONCEPTS, CHANNELS, 1))
    return 5 * topography[windows["concept_id"]] * course


TEST, TRAIN = table("b2"), table("b1")
TRUTH = evoked(TEST, 10)
REAL = (TRUTH + ongoing(TEST, 11)).astype(np.float32)
TAUGHT = (evoked(TRAIN, 20) + ongoing(TRAIN, 21)).astype(np.float32)
MATERIAL = Material(
    windows=TEST,
    real=REAL,
    truth=TRUTH.astype(np.float32),
    scale=np.full((len(TEST), CHANNELS, 1), 10, np.float32),
    generated=REAL,
    matched=np.arange(len(TEST)),
    sfreq=SFREQ,
    channels=tuple(f"E{i}" for i in range(CHANNELS)),
    positions=np.zeros((CHANNELS, 3)),
)
INPUTS = SimpleNamespace(
    windows=lambda split, table: TRAIN,
    eeg=lambda: SimpleNamespace(windows=lambda of: TAUGHT[of["clip"].index]),
    normalisation=lambda: SimpleNamespace(scale=lambda of: np.float32(10)),
)
ERRORS = ("psd_distance", "covariance_error", "subject_covariance_error", "autocorrelation_error",
          "eeg_fid")  # fmt: skip


def likeness(generated):
    """Section fidelity of generated windows, (n, C, T) in uV."""
    material = replace(MATERIAL, generated=generated.astype(np.float32))
    section, _ = fidelity.score(material, seed=1)
    return section | {"eeg_fid": fid.score(INPUTS, material, seed=1)}


def told_apart(generated):
    """c2st of generated windows."""
    return c2st.compare(
        generated / 10, REAL / 10, TEST["subject"], TEST["clip_id"], SFREQ, 100, seed=1
    )


def answers(mean, generated):
    """Section alignment of conditional means and samples, (n, C, T) in uV."""
    mean, generated = (x.astype(np.float32) for x in (mean, generated))
    draws = Draws(mean / 10, 0 * mean, generated / 10, 1, 1.0, 1.0)
    material = replace(MATERIAL, generated=generated)
    return alignment.score(material, np.arange(len(TEST)), draws, CONFIG, seed=1)[0]


def planted_ceiling():
    """Mean correlation of what was planted as evoked with the windows that it was planted in."""
    pairs = zip(TRUTH.reshape(len(TEST), -1), REAL.reshape(len(TEST), -1), strict=True)
    return np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs])


def test_real_windows_against_real_ones_are_at_the_floor():
    """Other real windows of the same people and videos, in place of samples."""
    again = TRUTH + ongoing(TEST, 30)
    section = likeness(again)
    for name in ERRORS:
        assert section[name]["value"] < 1.3 * section[name]["floor"]["value"], name
    for band in BANDS:
        assert section["band_power_ratio"][band]["value"] == pytest.approx(1, abs=0.25)
    rows = np.arange(len(TEST))
    told = c2st.score(again / 10, REAL / 10, TEST, rows, sfreq=SFREQ, bootstrap=200, seed=1)
    assert told["value"] <= told["floor"]["high"]
    mean = np.mean([TRUTH + ongoing(TEST, seed) for seed in range(30, 62)], axis=0)
    found = answers(mean, again)
    assert found["chance"]["above_chance"]
    assert found["ceiling_r"]["value"] == pytest.approx(planted_ceiling(), rel=1e-4)
    expected = planted_ceiling() * TRUTH.std() / mean.std()  # a little of the rest is left in it
    assert found["conditional_mean_r"]["value"] == pytest.approx(expected, rel=0.05)
    sample, perfect = found["sample_r"], found["perfect_sample_r"]
    assert perfect["low"] < sample["value"] < perfect["high"]
    named = found["concept_retrieval"]
    assert named["value"] > 2 * named["chance"]


def test_other_real_windows_teach_as_much_as_real_ones():
    """The floor of utility: answers to the same videos, recorded again, in place of samples."""
    again = evoked(TRAIN, 20) + ongoing(TRAIN, 22)
    real, generated, test = (
        decoders.describe(of, iter([eeg / 10]), SFREQ)
        for of, eeg in ((TRAIN, TAUGHT), (TRAIN, again), (TEST, REAL))
    )
    found = utility.compare(
        real=real,
        generated=generated,
        mixed=real,
        validation=None,
        test=test,
        target="concept",
        bootstrap=200,
        seed=1,
    )
    assert found["trtr"]["low"] > found["chance"]
    assert found["tstr"]["low"] <= found["trtr"]["value"] <= found["tstr"]["high"]
    assert found["above_chance_ratio"]["low"] <= 1 <= found["above_chance_ratio"]["high"]


def test_white_noise_scores_as_white_noise():
    white = fidelity.white_noise(MATERIAL, len(TEST), seed=3)
    section = likeness(white)
    for name in ERRORS:
        entry = section[name]
        assert entry["value"] == pytest.approx(entry["white_noise"], rel=0.25), name
        assert entry["value"] > 2 * entry["floor"]["value"], name
    assert told_apart(white)["value"] > 0.95


def test_a_generator_of_the_conditional_mean_is_caught_by_fidelity_and_c2st():
    """Its answer to the video is perfect: conditional_mean_r alone would praise it."""
    found = answers(TRUTH, TRUTH)
    assert found["conditional_mean_r"]["value"] == pytest.approx(planted_ceiling(), rel=1e-4)
    assert found["sample_r"]["low"] > found["perfect_sample_r"]["high"]  # the warning
    section = likeness(TRUTH)
    for band in BANDS:
        assert section["band_power_ratio"][band]["value"] < 0.7
    for name in ("psd_distance", "covariance_error", "eeg_fid"):
        assert section[name]["low"] > section[name]["floor"]["high"], name
    assert told_apart(TRUTH)["value"] > 0.95


def test_a_generator_that_ignores_the_video_is_caught_by_alignment():
    """It answers to videos of its own choice: every window looks right by itself."""
    drawn = np.random.default_rng(4).permutation(len(TEST))
    blind = TRUTH[drawn] + ongoing(TEST, 31)
    found = answers(TRUTH[drawn], blind)
    mean, shuffled = found["conditional_mean_r"], found["shuffled_video_r"]
    assert mean["low"] < shuffled["value"] < mean["high"]
    assert not found["chance"]["above_chance"]
    named = found["concept_retrieval"]
    assert named["low"] <= named["chance"] <= named["high"] < named["ceiling"]["low"]
    section = likeness(blind)
    assert section["psd_distance"]["value"] < 1.3 * section["psd_distance"]["floor"]["value"]


def test_the_wrong_person_is_caught_by_the_covariance_of_each_person():
    other = TEST["subject"].map({"sub1": "sub2", "sub2": "sub1"})
    section = likeness(TRUTH + ongoing(TEST, 32, other))
    everyone, each = section["covariance_error"], section["subject_covariance_error"]
    assert each["low"] > 2 * each["floor"]["high"]
    assert everyone["value"] < 1.5 * everyone["floor"]["value"]  # the crowd is the same
