"""Floors have the mean responses and the spectrum of the share, and nothing of other clips."""

import numpy as np
import pandas as pd
import pytest

from tests.augment.world import CONFIGURATION, DRAWS, PEOPLE, SHARE, planted
from videeg_pipe.augment.floors import (
    FLOORS,
    draw_floor,
    gaussian,
    mean_and_residual,
    mean_response,
    perturbed,
)
from videeg_pipe.contracts.generated_clips import FLOORS as NAMES
from videeg_pipe.contracts.generated_clips import GeneratedClips

SFREQ, C, T = 100.0, 6, 80


def recorded(n_stimuli=40, people=("ann", "bob", "cyd")):
    """Return EEG of people who saw the same clips, its clips, and the true responses."""
    concept = np.arange(n_stimuli) % 4
    of_concept, of_clip = planted(4, C, T, seed=1), 0.5 * planted(n_stimuli, C, T, seed=2)
    response = np.tile(of_concept[concept] + of_clip, (len(people), 1, 1))
    clips = pd.DataFrame(
        {
            "subject": np.repeat(people, n_stimuli),
            "concept": np.tile(concept.astype(str), len(people)),
            "stimulus_id": np.tile([f"s{k}" for k in range(n_stimuli)], len(people)),
        }
    )
    noise = planted(len(clips), C, T, seed=3)
    return (response + noise).astype(np.float32), clips, of_concept[concept], response


def draws_of(floor, *arguments):
    return np.stack(list(floor(*arguments, SFREQ, 0)))  # (draws, n, C, T)


def r(a, b):
    return np.corrcoef(a.ravel(), b.ravel())[0, 1]


def test_the_rest_has_the_power_that_the_mean_took():
    x = np.random.default_rng(0).standard_normal((600, 2, 5)).astype(np.float32)
    mean, residual, several = mean_and_residual(x, np.arange(600) // 3)
    np.testing.assert_allclose(mean[3], x[3:6].mean(0), rtol=1e-5)
    assert several.all() and residual.std() == pytest.approx(1, abs=0.03)
    _, alone, several = mean_and_residual(x, np.arange(600))
    assert not several.any()
    np.testing.assert_array_equal(alone, x)


def test_floors_of_single_clips_are_as_loud_as_recordings():
    x, clips, _, _ = recorded(people=("ann",))
    clips = clips.assign(concept=[f"concept {i}" for i in range(len(clips))])
    assert draws_of(gaussian, x, clips, 8).std() == pytest.approx(x.std(), rel=0.1)
    assert draws_of(mean_response, x, clips, 8).std() == pytest.approx(x.std(), rel=0.1)


def test_gaussian_has_the_mean_response_to_the_concept_and_the_covariance_of_the_rest():
    x, clips, of_concept, _ = recorded()
    draws = draws_of(gaussian, x, clips, 8)
    assert draws.shape == (8, *x.shape)
    assert r(draws.mean((0, 1)), x.mean(0)) > 0.9
    assert r(draws.mean(0)[:40], of_concept) > 0.8
    drawn, rest = (of.reshape(-1, C, T) for of in (draws, x))
    for axes in ("nct,ndt->cd", "nct,ncu->tu"):  # electrodes, times
        a, b = (np.einsum(axes, of, of) / len(of) for of in (drawn, rest))
        assert r(a, b) > 0.97 and np.trace(a) == pytest.approx(np.trace(b), rel=0.1)


def test_perturbed_clips_are_the_real_ones_with_noise_and_silent_electrodes():
    x, clips, _, _ = recorded()
    draws = draws_of(perturbed, x, clips, 4)
    silent = (draws == 0).all(-1)  # (draws, n, C)
    assert silent.mean() == pytest.approx(0.2, abs=0.02)
    assert not (silent[0] == silent[1]).all()
    noise = ((draws - x) / x.std(-1, keepdims=True))[~silent]
    assert noise.std() == pytest.approx(0.2, abs=0.01)
    assert abs(r(noise, np.broadcast_to(x, draws.shape)[~silent])) < 0.02


def test_mean_response_is_that_of_the_clip_over_people():
    x, clips, of_concept, response = recorded()
    draws = draws_of(mean_response, x, clips, 30)
    assert draws.var() == pytest.approx(x.var(), rel=0.15)
    found = draws.mean(0) - np.tile(of_concept, (3, 1, 1))
    assert r(found, response - np.tile(of_concept, (3, 1, 1))) > 0.5  # what differs within concepts
    one = clips["subject"] == "ann"
    alone = draws_of(mean_response, x[one], clips[one].reset_index(drop=True), 30)
    assert r(alone.mean(0), of_concept) > 0.8


def test_the_rest_is_that_of_another_clip():
    x, clips, _, _ = recorded(n_stimuli=2, people=("ann",))
    x[1] = 0
    draws = draws_of(mean_response, x, clips, 5)
    assert not draws[:, 0].any()  # the rest is that of clip 1, and a single clip has no mean
    assert draws[:, 1].any()


@pytest.mark.parametrize("name", NAMES)
def test_floors_see_nothing_but_the_share(name, share, poisoned, tmp_path):
    made = []
    for inputs, root in (share, poisoned):
        manifest = tmp_path / f"{len(made)}-{name}" / "clips.json"
        clips_cut = root / "clips_cut.parquet"
        draw_floor(
            name,
            SHARE,
            PEOPLE,
            inputs=inputs,
            clips_cut=clips_cut,
            config=CONFIGURATION,
            manifest=manifest,
        )
        made.append(GeneratedClips(manifest))
    assert set(made[0].clips()["split"]) == {"train"} and len(made[0].eeg()) == DRAWS
    np.testing.assert_array_equal(made[0].eeg(), made[1].eeg())
    assert set(FLOORS) == set(NAMES)
