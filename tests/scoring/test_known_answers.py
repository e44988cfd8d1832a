"""Generators with a known fault, and the score that must detect it.

Copies and linkage are in `privacy/test_copies.py` and `privacy/test_linkage.py`.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.scoring.alignment.correlation import score_alignment
from videeg_pipe.scoring.draws import Draws
from videeg_pipe.scoring.fidelity.c2st import score_c2st, two_sample_test
from videeg_pipe.scoring.fidelity.eeg_fid import score_eeg_fid
from videeg_pipe.scoring.fidelity.statistics import score_fidelity, white_noise
from videeg_pipe.scoring.scoring_data import ScoringData
from videeg_pipe.scoring.utility.decoders import decoder_features
from videeg_pipe.scoring.utility.transfer import compare_training_sets

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
    """Ongoing activity, uV, with a mixing over electrodes per person."""
    mixing = np.random.default_rng(0).standard_normal((2, CHANNELS, CHANNELS)) / 2
    person = (windows["subject"] if people is None else people).map({"sub1": 0, "sub2": 1})
    return 10 * mixing[person] @ pink(seed, len(windows))


def evoked(windows, seed):
    """Response to each clip, uV: its own waveform, with the topography of its concept."""
    course = pink(seed, windows["clip"].nunique(), 1)[windows["clip"]]
    topography = np.random.default_rng(1).standard_normal((CONCEPTS, CHANNELS, 1))
    return 5 * topography[windows["concept_id"]] * course


TEST, TRAIN = table("b2"), table("b1")
TRUTH = evoked(TEST, 10)
REAL = (TRUTH + ongoing(TEST, 11)).astype(np.float32)
TRAINING = (evoked(TRAIN, 20) + ongoing(TRAIN, 21)).astype(np.float32)
DATA = ScoringData(
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
    eeg=lambda: SimpleNamespace(windows=lambda of: TRAINING[of["clip"].index]),
    normalisation=lambda: SimpleNamespace(scale=lambda of: np.float32(10)),
)
ERRORS = ("psd_distance", "covariance_error", "subject_covariance_error", "autocorrelation_error",
          "eeg_fid")  # fmt: skip


def fidelity_of(generated):
    """Section fidelity of generated windows, (n, C, T) in uV."""
    data = replace(DATA, generated=generated.astype(np.float32))
    section, _ = score_fidelity(data, seed=1)
    return to_json(section | {"eeg_fid": score_eeg_fid(INPUTS, data, seed=1)})


def c2st_of(generated):
    """c2st of generated windows, without a floor."""
    return two_sample_test(
        generated / 10, REAL / 10, TEST["subject"], TEST["clip_id"], SFREQ, 100, seed=1
    )


def alignment_of(mean, generated):
    """Section alignment of conditional means and samples, (n, C, T) in uV."""
    mean, generated = (x.astype(np.float32) for x in (mean, generated))
    draws = Draws(mean / 10, 0 * mean, generated / 10, 1, 1.0, 1.0)
    data = replace(DATA, generated=generated)
    section, _ = score_alignment(data, np.arange(len(TEST)), draws, CONFIG, seed=1)
    return to_json(section)


def planted_ceiling():
    """Mean correlation of the planted evoked parts with their windows."""
    pairs = zip(TRUTH.reshape(len(TEST), -1), REAL.reshape(len(TEST), -1), strict=True)
    return np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs])


@pytest.mark.slow
def test_real_windows_against_real_ones_are_at_the_floor():
    """Other real windows of the same people and videos, in place of samples."""
    again = TRUTH + ongoing(TEST, 30)
    section = fidelity_of(again)
    for name in ERRORS:
        assert section[name]["value"] < 1.3 * section[name]["floor"]["value"], name
    for band in BANDS:
        assert section["band_power_ratio"][band]["value"] == pytest.approx(1, abs=0.25)
    rows = np.arange(len(TEST))
    both = (again / 10, REAL / 10)
    c2st = score_c2st(*both, TEST, rows, sfreq=SFREQ, bootstrap=200, seed=1)["c2st"]
    assert c2st.value <= c2st.floor.high
    mean = np.mean([TRUTH + ongoing(TEST, seed) for seed in range(30, 62)], axis=0)
    scores = alignment_of(mean, again)
    assert scores["chance"]["above_chance"]
    assert scores["ceiling_r"]["value"] == pytest.approx(planted_ceiling(), rel=1e-4)
    expected = planted_ceiling() * TRUTH.std() / mean.std()  # some ongoing activity remains
    assert scores["conditional_mean_r"]["value"] == pytest.approx(expected, rel=0.05)
    sample, perfect = scores["sample_r"], scores["perfect_sample_r"]
    assert perfect["low"] < sample["value"] < perfect["high"]
    retrieval = scores["concept_retrieval"]
    assert retrieval["value"] > 2 * retrieval["chance"]


def test_other_real_windows_train_a_decoder_as_well():
    """The floor of utility: responses to the same videos, recorded again, in place of samples."""
    again = evoked(TRAIN, 20) + ongoing(TRAIN, 22)
    real, generated, test = (
        decoder_features(of, iter([eeg / 10]), SFREQ)
        for of, eeg in ((TRAIN, TRAINING), (TRAIN, again), (TEST, REAL))
    )
    scores = compare_training_sets(
        real=real,
        generated=generated,
        mixed=real,
        validation=None,
        test=test,
        target="concept",
        bootstrap=200,
        seed=1,
    )
    assert scores["trtr"].low > scores["chance"]
    # 0.97 with a spread of 0.03 over seeds
    assert scores["above_chance_ratio"].value == pytest.approx(1, abs=0.15)


@pytest.mark.slow
def test_white_noise_scores_as_white_noise():
    white = white_noise(DATA, len(TEST), seed=3)
    section = fidelity_of(white)
    for name in ERRORS:
        entry = section[name]
        assert entry["value"] == pytest.approx(entry["white_noise"], rel=0.25), name
        assert entry["value"] > 2 * entry["floor"]["value"], name
    assert c2st_of(white).value > 0.95


@pytest.mark.slow
def test_a_generator_of_the_conditional_mean_is_caught_by_fidelity_and_c2st():
    """Its response to the video is perfect: conditional_mean_r alone would not detect it."""
    scores = alignment_of(TRUTH, TRUTH)
    assert scores["conditional_mean_r"]["value"] == pytest.approx(planted_ceiling(), rel=1e-4)
    assert scores["sample_r"]["low"] > scores["perfect_sample_r"]["high"]  # the warning
    section = fidelity_of(TRUTH)
    for band in BANDS:
        assert section["band_power_ratio"][band]["value"] < 0.7
    for name in ("psd_distance", "covariance_error", "eeg_fid"):
        assert section[name]["low"] > section[name]["floor"]["high"], name
    assert c2st_of(TRUTH).value > 0.95


def test_a_generator_that_ignores_the_video_is_caught_by_alignment():
    """It responds to random videos: every window is plausible by itself."""
    drawn = np.random.default_rng(4).permutation(len(TEST))
    blind = TRUTH[drawn] + ongoing(TEST, 31)
    scores = alignment_of(TRUTH[drawn], blind)
    mean, shuffled = scores["conditional_mean_r"], scores["shuffled_video_r"]
    assert mean["low"] < shuffled["value"] < mean["high"]
    assert not scores["chance"]["above_chance"]
    retrieval = scores["concept_retrieval"]
    assert retrieval["low"] <= retrieval["chance"] <= retrieval["high"]
    assert retrieval["high"] < retrieval["ceiling"]["low"]
    section = fidelity_of(blind)
    assert section["psd_distance"]["value"] < 1.3 * section["psd_distance"]["floor"]["value"]


def test_the_wrong_person_is_caught_by_the_covariance_of_each_person():
    other = TEST["subject"].map({"sub1": "sub2", "sub2": "sub1"})
    section = fidelity_of(TRUTH + ongoing(TEST, 32, other))
    everyone, each = section["covariance_error"], section["subject_covariance_error"]
    assert each["low"] > 2 * each["floor"]["high"]
    assert everyone["value"] < 1.5 * everyone["floor"]["value"]  # the population is unchanged
