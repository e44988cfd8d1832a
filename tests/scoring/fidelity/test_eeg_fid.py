import numpy as np
import pytest
from scipy import linalg

from tests.scoring.fakes import evoked_and_noise, inputs_of, write_release
from videeg_pipe.scoring.fidelity import eeg_fid as fid
from videeg_pipe.scoring.scoring_data import read_material, with_draws


def test_frechet_distance_agrees_with_a_matrix_root():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((300, 6)) @ rng.standard_normal((6, 6)) + 1
    b = rng.standard_normal((200, 6)) @ rng.standard_normal((6, 6))
    first, second = np.cov(a.T), np.cov(b.T)
    root = linalg.sqrtm(first @ second).real
    direct = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(first + second - 2 * root)
    assert fid.frechet_distance(a, b) == pytest.approx(direct)


def test_frechet_distance_of_known_gaussians():
    """Independent numbers: the sum over them of (m - m')^2 + (s - s')^2."""
    rng = np.random.default_rng(1)
    white = rng.standard_normal((400, 3))
    white = np.linalg.qr(white - white.mean(0))[0] * np.sqrt(399)  # covariance 1, to rounding
    moved = white[::-1] * [2, 3, 1] + [0, 0, 5]
    assert fid.frechet_distance(moved, white) == pytest.approx(1 + 4 + 25)
    assert fid.frechet_distance(white, white) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_clouds_without_width():
    """A matrix root would fail where fewer windows than numbers leave a singular covariance."""
    a, b = np.zeros((5, 16)), np.ones((5, 16))
    assert fid.frechet_distance(a, b) == pytest.approx(16)


@pytest.fixture(scope="module")
def scene(built):
    inputs = inputs_of(built)
    return inputs, read_material(write_release(built, evoked_and_noise()), inputs)


def test_samples_drawn_as_the_real_windows_are_at_the_floor_and_noise_is_far(scene):
    inputs, material = scene
    found = fid.score(inputs, material, seed=1)
    assert found["low"] <= found["value"] <= found["high"]
    assert found["value"] < 1.5 * found["floor"]["value"] < found["white_noise"]
    assert found["n_windows"] == 32
    assert set(found["encoder"]) == {"concept", "subject"}
    assert fid.score(inputs, material, seed=1) == found


def test_the_encoder_is_the_one_that_training_windows_alone_teach(scene):
    inputs, material = scene
    train = inputs.windows("train", table="windows")
    taught = inputs.eeg().windows(train) / inputs.normalisation().scale(train["subject"])
    encoder = fid.teach(taught, train, 1)
    seen, _ = fid.embed(encoder, material.normalised)
    subjects = material.samples["subject"]
    splits = [
        fid.split(material.windows, subjects, fid.derive_seed(1, "fidelity", str(i)))
        for i in range(fid.N_SPLITS)
    ]
    floors = [fid.frechet_distance(seen[a], seen[b]) for a, b, _ in splits]
    found = fid.score(inputs, material, seed=1)["floor"]["value"]
    assert found == pytest.approx(np.mean(floors), rel=1e-4)


def test_too_few_windows_and_broken_ones_are_said(scene):
    inputs, material = scene
    few = with_draws(material, material.normalised[:8], np.arange(8))
    assert "8 windows" in fid.score(inputs, few, seed=1)["reason"]
    broken = material.normalised.copy()
    broken[0] = np.nan
    broken = with_draws(material, broken, np.arange(len(broken)))
    assert "not finite" in fid.score(inputs, broken, seed=1)["reason"]
