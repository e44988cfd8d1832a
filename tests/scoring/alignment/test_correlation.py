import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.signal import correlate

from tests.scoring.fakes import conditions_of, evoked_and_noise, inputs_of, write_release
from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.contracts.scores import Score, section_scores, to_json
from videeg_pipe.scoring.alignment.correlation import (
    AlignmentData,
    compare_with_chance,
    lag_curves,
    score_alignment,
    shuffled_video_r,
)
from videeg_pipe.scoring.choice import choose_windows
from videeg_pipe.scoring.draws import Draws, estimate_means
from videeg_pipe.scoring.scoring_data import PHASE_UNKNOWN, ScoringData, read_scoring_data

CONFIG = EvaluationOptions(mean_draws=2, max_windows=48, bootstrap=200)


@pytest.fixture(scope="module")
def scene(built):
    inputs = inputs_of(built)
    data = read_scoring_data(write_release(built, evoked_and_noise()), inputs)
    rows = choose_windows(data.windows, CONFIG.max_windows, seed=1)
    return data, rows, conditions_of(inputs, data.windows.iloc[rows])


def scored(scene, sample, n_draws=2, batch_size=16):
    data, rows, conditions = scene
    seeds = [[1000 * row + i for i in range(n_draws)] for row in rows]
    draws = estimate_means(sample, conditions, seeds, batch_size)
    section, arrays = score_alignment(data, rows, draws, CONFIG, seed=1)
    return to_json(section), arrays


def as_draws(mean):
    return Draws(mean, 0 * mean, mean, n_drawn=len(mean), seconds=0.0, peak_memory_mb=0.0)


def test_a_generator_that_returns_the_truth_reaches_the_ceiling(scene):
    section, _ = scored(scene, evoked_and_noise(0.0))
    assert section["ceiling_r"]["value"] > 0.1
    assert section["conditional_mean_r"]["value"] == pytest.approx(
        section["ceiling_r"]["value"], abs=1e-4
    )
    assert section["chance"]["above_chance"]
    assert abs(section["lag_ms"]["value"]) <= 5
    assert abs(section["shuffled_video_r"]["value"]) < 0.02
    assert section["blank_video_r"]["value"] == pytest.approx(0, abs=1e-9)


def test_a_clip_counts_once_whoever_saw_it_and_whichever_of_its_windows_was_chosen(scene):
    data, *_ = scene
    person = data.windows["subject"]
    onset = data.at_onset
    rows = np.flatnonzero(np.where(person == person.iloc[0], onset, ~onset))
    x = data.normalised[rows]
    section, _ = score_alignment(data, rows, as_draws(x), CONFIG, seed=1)
    assert section["conditional_mean_r"].n_clips == data.bootstrap_units.nunique()
    assert data.bootstrap_units.nunique() == data.windows["clip_id"].nunique() / 2  # two people


def test_a_generator_that_ignores_the_video_is_at_chance(scene):
    section, _ = scored(scene, evoked_and_noise(sees=False))
    mean, shuffled = section["conditional_mean_r"], section["shuffled_video_r"]
    assert mean["value"] == pytest.approx(shuffled["value"], abs=0.01)
    assert mean["low"] < 0.01 and mean["high"] > -0.01
    assert not section["chance"]["above_chance"]


def test_the_right_answer_to_the_wrong_person_and_clip_is_at_chance(scene):
    data, rows, conditions = scene

    class Exchanged:
        def batch(self, batch):
            return conditions.batch((batch + 12) % len(rows))

    section, _ = scored((data, rows, Exchanged()), evoked_and_noise(0.0))
    assert not section["chance"]["above_chance"]


@pytest.mark.parametrize("late", [20, 0, -15])
def test_a_shift_is_the_lag(late):
    long = np.random.default_rng(0).standard_normal((3, 2, 300))
    lags, curves = lag_curves(long[..., 50 - late : 250 - late], long[..., 50:250], 30)
    assert (lags[curves.argmax(1)] == late).all()
    np.testing.assert_allclose(curves.max(1), 1)


@pytest.mark.parametrize("late_ms", [20, -15])
def test_lag_is_the_planted_shift(scene, late_ms):
    section, arrays = scored(scene, evoked_and_noise(0.0, late_s=late_ms / 1000))
    assert abs(section["lag_ms"]["value"] - late_ms) <= 5
    assert section["lag_ms"]["low"] <= late_ms <= section["lag_ms"]["high"]
    assert arrays["lag_ms"][arrays["lag_r"].argmax()] == section["lag_ms"]["value"]


def test_lag_curve_agrees_with_scipy_where_signals_vanish_at_the_edges():
    rng = np.random.default_rng(0)
    window = np.hanning(100) ** 4
    a, b = window * rng.standard_normal((2, 1, 1, 100))
    a, b = a - a.mean(), b - b.mean()
    lags, curves = lag_curves(a, b, 10)
    full = correlate(a[0, 0], b[0, 0]) / np.linalg.norm(a) / np.linalg.norm(b)
    np.testing.assert_allclose(curves[0], full[99 + lags], atol=0.02)


def test_draws_of_opposite_noise_leave_the_mean(scene):
    """The noise of the fake is symmetric, so that a single pair is enough."""
    pair = scored(scene, evoked_and_noise(1.0), 2)[0]
    assert pair["conditional_mean_r"]["value"] == pytest.approx(
        pair["ceiling_r"]["value"], rel=0.02
    )


def test_released_samples_are_scored_against_their_own_windows(scene):
    section, _ = scored(scene, evoked_and_noise())
    ceiling = section["ceiling_r"]["value"]
    assert section["sample_r"]["value"] == pytest.approx(ceiling**2, abs=0.01)
    assert section["sample_r"]["low"] > 0
    perfect = section["perfect_sample_r"]
    assert perfect["low"] < section["sample_r"]["value"] < perfect["high"]
    assert perfect["value"] == pytest.approx(ceiling**2, abs=0.02)
    assert section["sample_r"]["n_windows"] == len(scene[0].generated)


def shuffled_r(mean, real, windows):
    data = ScoringData(
        windows, real, None, np.ones((len(real), 1, 1)), real[:0], np.arange(0), 200.0, (), None
    )
    return shuffled_video_r(AlignmentData(data, np.arange(len(real)), as_draws(mean)))


def frame(places=None, **columns):
    table = pd.DataFrame(columns)
    table["window_id"] = table["clip_id"] + "-w" + pd.Series(places or [0] * len(table)).astype(str)
    return table


def test_shuffled_partners_are_other_concepts_of_the_same_person():
    windows = frame(
        subject=["a", "a", "a", "b"],
        clip_id=["1", "2", "3", "4"],
        concept_id=[1, 1, 2, 2],
    )
    rng = np.random.default_rng(0)
    mean, real = rng.standard_normal((2, 4, 2, 30))
    r_shuffled = shuffled_r(mean, real, windows)

    def r(i, j):
        return np.corrcoef(mean[i].ravel(), real[j].ravel())[0, 1]

    assert r_shuffled[0] == pytest.approx(r(0, 2))
    assert r_shuffled[2] == pytest.approx((r(2, 0) + r(2, 1)) / 2)
    assert np.isnan(r_shuffled[3])


def test_shuffled_partners_have_the_same_place_in_their_clip():
    windows = frame(
        subject=["a"] * 5,
        clip_id=["1", "1", "2", "2", "3"],
        concept_id=[1, 1, 2, 2, 2],
        places=[0, 1, 0, 1, 0],
    )
    mean, real = np.random.default_rng(0).standard_normal((2, 5, 2, 30))
    r = np.corrcoef(np.vstack([mean.reshape(5, -1), real.reshape(5, -1)]))[:5, 5:]
    r_shuffled = shuffled_r(mean, real, windows)
    assert r_shuffled[0] == pytest.approx((r[0, 2] + r[0, 4]) / 2)
    assert r_shuffled[1] == pytest.approx(r[1, 3])


def test_one_concept_shuffles_over_other_clips():
    windows = frame(subject=["a"] * 3, clip_id=["1", "1", "2"], concept_id=[1, 1, 1])
    mean, real = np.random.default_rng(0).standard_normal((2, 3, 2, 30))
    r_shuffled = shuffled_r(mean, real, windows)
    assert r_shuffled[0] == pytest.approx(np.corrcoef(mean[0].ravel(), real[2].ravel())[0, 1])


def test_other_people_bound_the_ceiling(scene):
    """With two people the estimate is r of one noisy window with another: the square of the r."""
    section, _ = scored(scene, evoked_and_noise(0.0))
    between, ceiling = section["ceiling_r_between_subjects"], section["ceiling_r"]["value"]
    assert 0 < between["low"] < ceiling**2 + 0.01
    assert between["value"] == pytest.approx(ceiling**2, abs=0.01)


def test_too_few_clips_count_as_chance():
    too_few = compare_with_chance({"shuffled_video_r": Score(0.5, None, None, reason="few")})
    assert not too_few["above_chance"] and "too few" in too_few["reason"]
    nothing = compare_with_chance({})
    assert not nothing["above_chance"] and nothing["difference"] is None


def test_beating_one_control_is_above_chance():
    equal, better = Score(0.1, -0.01, 0.3), Score(0.1, 0.01, 0.3)
    assert not compare_with_chance({"shuffled_video_r": equal})["above_chance"]
    found = compare_with_chance({"shuffled_video_r": better, "wrong_time_r": equal})
    assert (found["above_chance"], found["control"]) == (True, "shuffled_video_r")
    found = compare_with_chance({"shuffled_video_r": equal, "wrong_time_r": better})
    assert (found["above_chance"], found["control"]) == (True, "wrong_time_r")
    assert found["difference"] == better


def of_flicker(scene, tags, phase_known, strength=2.0):
    """Score samples that flicker as their video says, in windows of known or unknown phase."""
    data, rows, conditions = scene
    windows = data.windows.assign(
        phase_known=phase_known,
        video_id=[f"v{concept % len(tags)}" for concept in data.windows["concept_id"]],
    )
    videos = {f"v{k}": own for k, own in enumerate(tags)}
    times = np.arange(data.real.shape[-1]) / data.sfreq
    rng = np.random.default_rng(0)
    generated = rng.standard_normal(data.generated.shape)
    for sample, name in zip(generated, windows["video_id"].iloc[data.matched], strict=True):
        for hz in videos[name]:
            sample += strength * np.sin(2 * np.pi * hz * times + rng.uniform(0, 2 * np.pi))
    changed = replace(data, windows=windows, generated=generated.astype(np.float32), tags=videos)
    section, arrays = scored((changed, rows, conditions), evoked_and_noise(0.0))
    return section, arrays


def test_where_phases_are_unknown_waveforms_are_not_scored(scene):
    section, arrays = of_flicker(scene, [(13.0,), (20.0,)], False)
    assert arrays == {}
    for name in set(section_scores("alignment")) - {"steady_state_snr"}:
        assert section[name]["value"] is None, name
        assert section[name]["reason"] == PHASE_UNKNOWN
    assert section["concept_retrieval"]["chance"] is None
    json.dumps(section, allow_nan=False)
    known, arrays = of_flicker(scene, [(13.0,), (20.0,)], True)
    assert known["conditional_mean_r"]["value"] > 0.1 and "lag_r" in arrays
    assert known["steady_state_snr"] == section["steady_state_snr"]


@pytest.mark.parametrize(("strength", "above"), [(2.0, True), (0.0, False)])
def test_where_phases_are_unknown_power_decides_about_chance(scene, strength, above):
    section, _ = of_flicker(scene, [(13.0,), (20.0,)], False, strength)
    chance, snr = section["chance"], section["steady_state_snr"]
    assert chance == {"above_chance": above, "control": "steady_state_snr", "difference": None}
    assert (snr["low"] > snr["floor"]["high"]) == above


def test_without_other_frequencies_nothing_is_decided(scene):
    section, _ = of_flicker(scene, [(13.0,)], False)
    assert not section["chance"]["above_chance"]
    assert "frequencies" in section["chance"]["reason"]
    section, _ = of_flicker(scene, [()], False)
    assert section["steady_state_snr"]["value"] is None
    assert not section["chance"]["above_chance"]
