"""Ceilings and controls of recordings whose truth is unknown: planted flicker and repeats."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from videeg_pipe.config.evaluation import EvaluationOptions
from videeg_pipe.scoring.alignment.correlation import AlignmentData, score_alignment
from videeg_pipe.scoring.alignment.repeats import (
    between_repeats_r,
    mean_response_r,
    wrong_time_r,
)
from videeg_pipe.scoring.draws import Draws
from videeg_pipe.scoring.scoring_data import ScoringData

SFREQ, T, C = 100.0, 100, 3
FLICKER_HZ = 6.0


def recorded(n_clips=8, n_windows=6, stride_s=1.07, noise=1.0, seed=0):
    """One person sees one flicker `n_clips` times; windows of 1 s. Also its evoked part."""
    rng = np.random.default_rng(seed)
    start_s = stride_s * np.arange(n_windows)
    times_s = start_s[:, None] + np.arange(T) / SFREQ
    evoked = np.sin(2 * np.pi * FLICKER_HZ * times_s)[:, None] * np.ones((1, C, 1))
    evoked = np.tile(evoked, (n_clips, 1, 1)).astype(np.float32)
    windows = pd.DataFrame(
        {
            "subject": "a",
            "clip_id": np.repeat([f"c{n}" for n in range(n_clips)], n_windows),
            "video_id": "flicker",
            "video_time_s": np.tile(start_s, n_clips),
            "start_sample": np.tile(np.round(start_s * SFREQ).astype(int), n_clips),
            "concept_id": 1,
        }
    )
    places = windows.groupby("clip_id").cumcount().astype(str)
    windows["window_id"] = windows["clip_id"] + "-w" + places
    real = evoked + noise * rng.standard_normal(evoked.shape).astype(np.float32)
    n = len(real)
    data = ScoringData(
        windows, real, None, np.ones((n, C, 1), np.float32), real, np.arange(n), SFREQ, (), None
    )
    return data, evoked


def drawn(data, mean):
    draws = Draws(mean, 0 * mean, mean, n_drawn=len(mean), seconds=0.0, peak_memory_mb=0.0)
    return AlignmentData(data, np.arange(len(mean)), draws)


def section_of(data, mean):
    config = EvaluationOptions(mean_draws=2, max_windows=1000, bootstrap=200)
    found = drawn(data, mean)
    return score_alignment(data, found.rows, found.draws, config, seed=1)[0]


@pytest.mark.parametrize("noise", [0.5, 1.0, 2.0])
def test_repeats_give_the_ceiling_of_the_truth(noise):
    data, evoked = recorded(noise=noise, n_clips=20)
    section = section_of(data, evoked)
    ceiling, own = section["ceiling_r_repeats"], section["conditional_mean_r"]
    assert ceiling.low <= own.value <= ceiling.high
    assert ceiling.value == pytest.approx(own.value, abs=0.02)
    assert section["of_ceiling"].value == pytest.approx(1, abs=0.05)


def test_noise_alone_has_no_ceiling():
    data, evoked = recorded(n_clips=20)
    rng = np.random.default_rng(5)
    data = replace(data, real=rng.standard_normal(data.real.shape).astype(np.float32))
    section = section_of(data, evoked)
    assert section["ceiling_r_repeats"].value < 0.1
    assert section["ceiling_r_repeats"].low == 0
    assert section["of_ceiling"].value is None


def test_an_uncertain_ceiling_gives_no_interval():
    data, evoked = recorded(n_clips=6, noise=8.0, seed=7)
    section = section_of(data, evoked)
    assert section["ceiling_r_repeats"].value > 0
    assert section["ceiling_r_repeats"].low == 0
    assert section["of_ceiling"].low is None
    assert "includes 0" in section["of_ceiling"].reason


def test_a_moment_that_was_seen_once_has_no_repeats():
    data, evoked = recorded(n_clips=3)
    windows = data.windows.assign(video_id=data.windows["clip_id"])
    assert np.isnan(between_repeats_r(drawn(replace(data, windows=windows), evoked))).all()
    section = section_of(replace(data, windows=windows), evoked)
    assert section["ceiling_r_repeats"].value is None
    assert section["of_ceiling"].value is None


def test_the_wrong_time_of_a_flicker_is_at_chance_and_beaten():
    data, evoked = recorded()
    r = wrong_time_r(drawn(data, evoked))
    first = data.at_onset
    assert np.isnan(r[first]).all()
    # phases of the other windows: multiples of 0.42 cycles
    assert np.nanmean(r) == pytest.approx(-0.25 * 0.7, abs=0.1)
    chance = section_of(data, evoked)["chance"]
    assert (chance["above_chance"], chance["control"]) == (True, "wrong_time_r")


def test_windows_whole_periods_apart_show_nothing():
    data, evoked = recorded(stride_s=7 / 6)
    section = section_of(replace(data, tags={"flicker": (FLICKER_HZ,)}), evoked)
    assert section["wrong_time_r"].value is None
    assert "windows.stride_s" in section["wrong_time_r"].reason
    assert not section["chance"]["above_chance"]


@pytest.mark.parametrize("tags", [(), (FLICKER_HZ,), (FLICKER_HZ, 1.2)])
def test_other_phases_count_whatever_is_known_of_the_flicker(tags):
    data, evoked = recorded()
    r = wrong_time_r(drawn(replace(data, tags={"flicker": tags}), evoked))
    np.testing.assert_array_equal(r, wrong_time_r(drawn(data, evoked)))


def test_a_generator_with_the_rhythm_but_not_the_phase_is_at_chance():
    data, evoked = recorded(n_clips=12)
    phases = np.random.default_rng(3).integers(0, 100, len(evoked))
    shifted = np.stack([np.roll(x, n, -1) for x, n in zip(evoked, phases, strict=True)])
    section = section_of(data, shifted)
    assert abs(section["conditional_mean_r"].value) < 0.15
    assert not section["chance"]["above_chance"]


def test_the_mean_training_window_is_a_floor():
    data, evoked = recorded()
    assert mean_response_r(drawn(data, evoked)) is None
    mean = np.broadcast_to(evoked[:1], evoked.shape).astype(np.float32)
    r = mean_response_r(drawn(replace(data, training_mean=mean), evoked))
    assert r[0] == pytest.approx(np.corrcoef(mean[0].ravel(), data.real[0].ravel())[0, 1], abs=1e-5)
    assert r[data.at_onset].mean() > 0.5
    assert r[~data.at_onset].mean() < 0.2
