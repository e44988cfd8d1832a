import numpy as np
import pytest
from pyriemann.geometry.distance import distance_wasserstein
from scipy import linalg

from tests.scoring.fakes import evoked_and_noise, inputs_of, write_release
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.scoring.fidelity.eeg_fid import (
    embed,
    frechet_distance,
    score_eeg_fid,
    train_encoder,
)
from videeg_pipe.scoring.fidelity.statistics import N_SPLITS, split_halves
from videeg_pipe.scoring.scoring_data import read_scoring_data, with_draws


def test_frechet_distance_agrees_with_a_matrix_root():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((300, 6)) @ rng.standard_normal((6, 6)) + 1
    b = rng.standard_normal((200, 6)) @ rng.standard_normal((6, 6))
    first, second = np.cov(a.T), np.cov(b.T)
    root = linalg.sqrtm(first @ second).real
    direct = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(first + second - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(direct)


def test_frechet_distance_of_known_gaussians():
    """For independent dimensions: the sum over them of (m - m')^2 + (s - s')^2."""
    rng = np.random.default_rng(1)
    white = rng.standard_normal((400, 3))
    white = np.linalg.qr(white - white.mean(0))[0] * np.sqrt(399)  # covariance 1, to rounding
    moved = white[::-1] * [2, 3, 1] + [0, 0, 5]
    assert frechet_distance(moved, white) == pytest.approx(1 + 4 + 25)
    assert frechet_distance(white, white) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_clouds_without_width():
    """A matrix root would fail for the singular covariance of few windows."""
    a, b = np.zeros((5, 16)), np.ones((5, 16))
    assert frechet_distance(a, b) == pytest.approx(16)


@pytest.fixture(scope="module")
def scene(built):
    inputs = inputs_of(built)
    return inputs, read_scoring_data(write_release(built, evoked_and_noise()), inputs)


def score(inputs, data, seed=1):
    return to_json(score_eeg_fid(inputs, data, seed=seed))


def test_samples_drawn_as_the_real_windows_are_at_the_floor_and_noise_is_far(scene):
    inputs, data = scene
    entry = score(inputs, data)
    assert entry["low"] <= entry["value"] <= entry["high"]
    assert entry["value"] < 1.5 * entry["floor"]["value"]
    encoders = [entry, *(score(inputs, data, seed) for seed in (2, 3))]  # each sees other features
    white, floor = np.mean([(e["white_noise"], e["floor"]["value"]) for e in encoders], axis=0)
    assert white > 1.5 * floor
    assert entry["n_windows"] == 32
    assert set(entry["encoder"]) == {"concept", "subject"}
    assert score(inputs, data) == entry


def test_the_encoder_is_trained_on_training_windows_only(scene):
    inputs, data = scene
    train = inputs.windows("train", table="windows")
    training = inputs.eeg().windows(train) / inputs.normalisation().scale(train["subject"])
    encoder = train_encoder(training, train, 1)
    seen, _ = embed(encoder, data.normalised)
    subjects = data.samples["subject"]
    splits = [
        split_halves(data.windows, subjects, derive_seed(1, "fidelity", str(i)))
        for i in range(N_SPLITS)
    ]
    floors = [frechet_distance(seen[a], seen[b]) for a, b, _ in splits]
    floor = score(inputs, data)["floor"]["value"]
    assert floor == pytest.approx(np.mean(floors), rel=1e-4)


def test_too_few_or_non_finite_windows_give_a_reason(scene):
    inputs, data = scene
    few = with_draws(data, data.normalised[:8], np.arange(8))
    assert "8 windows" in score(inputs, few)["reason"]
    broken = data.normalised.copy()
    broken[0] = np.nan
    broken = with_draws(data, broken, np.arange(len(broken)))
    assert "not finite" in score(inputs, broken)["reason"]


def test_frechet_distance_agrees_with_pyriemann():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((2, 60, 5)) @ rng.standard_normal((2, 5, 5)) + [[[0]], [[1]]]
    theirs = distance_wasserstein(np.cov(a.T), np.cov(b.T), squared=True)
    theirs += linalg.norm(a.mean(0) - b.mean(0)) ** 2
    assert frechet_distance(a, b) == pytest.approx(theirs)
