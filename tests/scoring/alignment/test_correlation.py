import numpy as np
import pandas as pd
import pytest
import torch
from scipy.signal import correlate

from tests.scoring.fakes import conditions_of, evoked_and_noise, inputs_of, write_release
from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.validate import EvaluationOptions
from videeg_pipe.scoring.alignment import correlation as alignment
from videeg_pipe.scoring.draws import Draws, draw, without_video
from videeg_pipe.scoring.scoring_data import read_material

CONFIG = EvaluationOptions(mean_draws=2, max_windows=48, bootstrap=200)


@pytest.fixture(scope="module")
def scene(built):
    inputs = inputs_of(built)
    material = read_material(write_release(built, evoked_and_noise()), inputs)
    rows = alignment.choose_windows(material.windows, CONFIG.max_windows, seed=1)
    return material, rows, conditions_of(inputs, material.windows.iloc[rows])


def scored(scene, sample, n_draws=2, batch_size=16):
    material, rows, conditions = scene
    seeds = [[1000 * row + i for i in range(n_draws)] for row in rows]
    draws = draw(sample, conditions, seeds, batch_size)
    return alignment.score(material, rows, draws, CONFIG, seed=1)


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
    material, *_ = scene
    person = material.windows["subject"]
    onset = material.at_onset
    rows = np.flatnonzero(np.where(person == person.iloc[0], onset, ~onset))
    x = material.normalised[rows]
    draws = Draws(x, 0 * x, x, n_drawn=len(rows), seconds=0.0, peak_memory_mb=0.0)
    section, _ = alignment.score(material, rows, draws, CONFIG, seed=1)
    assert section["conditional_mean_r"]["n_clips"] == material.blocks.nunique()
    assert material.blocks.nunique() == material.windows["clip_id"].nunique() / 2  # two people


def test_a_generator_that_ignores_the_video_is_at_chance(scene):
    section, _ = scored(scene, evoked_and_noise(sees=False))
    mean, shuffled = section["conditional_mean_r"], section["shuffled_video_r"]
    assert mean["value"] == pytest.approx(shuffled["value"], abs=0.01)
    assert mean["low"] < 0.01 and mean["high"] > -0.01
    assert not section["chance"]["above_chance"]


def test_the_right_answer_to_the_wrong_person_and_clip_is_at_chance(scene):
    material, rows, conditions = scene

    class Exchanged:
        def batch(self, batch):
            return conditions.batch((batch + 12) % len(rows))

    section, _ = scored((material, rows, Exchanged()), evoked_and_noise(0.0))
    assert not section["chance"]["above_chance"]


@pytest.mark.parametrize("late", [20, 0, -15])
def test_a_shift_is_the_lag(late):
    long = np.random.default_rng(0).standard_normal((3, 2, 300))
    lags, curves = alignment.lag_curves(long[..., 50 - late : 250 - late], long[..., 50:250], 30)
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
    lags, curves = alignment.lag_curves(a, b, 10)
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


def test_batches_do_not_change_the_means(scene):
    _, rows, conditions = scene
    seeds = [[int(row), int(row) + 500] for row in rows]
    small, large = (draw(evoked_and_noise(), conditions, seeds, size) for size in (7, 1000))
    np.testing.assert_allclose(small.mean, large.mean, atol=1e-6)
    assert small.n_drawn == large.n_drawn == 8 * len(rows)


def test_blank_keeps_the_person():
    condition = Condition(
        torch.ones(2, 4, 768), torch.ones(2, 77, 768), torch.ones(2, 4, 48), torch.arange(2)
    )
    blank = without_video(condition)
    assert not blank.clip.any() and not blank.track.any()
    assert blank.text.all() and blank.subject.tolist() == [0, 1]


def test_windows_are_chosen_evenly_and_whatever_the_order(scene):
    windows = scene[0].windows
    rows = alignment.choose_windows(windows, 20, seed=1)
    chosen = windows.iloc[rows]
    assert chosen["subject"].value_counts().tolist() == [10, 10]
    assert chosen["clip_id"].is_unique
    turned = windows.iloc[::-1].reset_index(drop=True)
    again = turned.iloc[alignment.choose_windows(turned, 20, seed=1)]
    assert set(again["window_id"]) == set(chosen["window_id"])
    assert len(alignment.choose_windows(windows, 10**6, seed=1)) == len(windows)


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
    found = alignment.shuffled_r(mean, real, windows)

    def r(i, j):
        return np.corrcoef(mean[i].ravel(), real[j].ravel())[0, 1]

    assert found[0] == pytest.approx(r(0, 2))
    assert found[2] == pytest.approx((r(2, 0) + r(2, 1)) / 2)
    assert np.isnan(found[3])


def test_shuffled_partners_have_the_same_place_in_their_clip():
    windows = frame(
        subject=["a"] * 5,
        clip_id=["1", "1", "2", "2", "3"],
        concept_id=[1, 1, 2, 2, 2],
        places=[0, 1, 0, 1, 0],
    )
    mean, real = np.random.default_rng(0).standard_normal((2, 5, 2, 30))
    r = np.corrcoef(np.vstack([mean.reshape(5, -1), real.reshape(5, -1)]))[:5, 5:]
    found = alignment.shuffled_r(mean, real, windows)
    assert found[0] == pytest.approx((r[0, 2] + r[0, 4]) / 2)
    assert found[1] == pytest.approx(r[1, 3])


def test_one_concept_shuffles_over_other_clips():
    windows = frame(subject=["a"] * 3, clip_id=["1", "1", "2"], concept_id=[1, 1, 1])
    mean, real = np.random.default_rng(0).standard_normal((2, 3, 2, 30))
    found = alignment.shuffled_r(mean, real, windows)
    assert found[0] == pytest.approx(np.corrcoef(mean[0].ravel(), real[2].ravel())[0, 1])


def test_other_people_bound_the_ceiling(scene):
    """With two people the estimate is r of one noisy window with another: the square of the r."""
    section, _ = scored(scene, evoked_and_noise(0.0))
    between, ceiling = section["ceiling_r_between_subjects"], section["ceiling_r"]["value"]
    assert 0 < between["low"] < ceiling**2 + 0.01
    assert between["value"] == pytest.approx(ceiling**2, abs=0.01)


def test_too_few_clips_count_as_chance():
    entry = {"value": 0.5, "low": None, "high": None, "reason": "few"}
    found = alignment.verdict(entry)
    assert not found["above_chance"] and "too few" in found["reason"]
    assert not alignment.verdict({"value": 0.1, "low": -0.01, "high": 0.3})["above_chance"]
    assert alignment.verdict({"value": 0.1, "low": 0.01, "high": 0.3})["above_chance"]
