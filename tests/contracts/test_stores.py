"""Video features are read as written, and interpolated at any time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videeg_pipe.contracts.stores import VideoFeatures, interpolate
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import sha256_file


def made(n=9, m=100):
    rng = np.random.default_rng(n)
    return VideoFeatures(
        rng.standard_normal((n, 768)).astype(np.float32),
        np.arange(n) * 0.5,
        rng.standard_normal((4, m)).astype(np.float32),
        np.arange(m) / 24,
    )


def test_features_are_read_as_written(tmp_path):
    features = made()
    path = tmp_path / "a video's features.npz"
    features.write(path)
    back = VideoFeatures.read(path)
    np.testing.assert_allclose(back.clip, features.clip, atol=2e-3)  # float16
    assert back.clip.dtype == np.float32
    for name in ("grid_s", "track", "track_s"):
        np.testing.assert_array_equal(getattr(back, name), getattr(features, name))
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_features_make_the_same_file(tmp_path):
    for name in ("a.npz", "b.npz"):
        made().write(tmp_path / name)
    assert sha256_file(tmp_path / "a.npz") == sha256_file(tmp_path / "b.npz")


@pytest.mark.parametrize("keep", [0, 1, 100, 2000, -200, -1])
def test_a_broken_file_is_named(tmp_path, keep):
    path = tmp_path / "a.npz"
    made().write(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UserError, match=r"a\.npz; expected features of one video"):
        VideoFeatures.read(path)


def test_a_changed_byte_is_noticed(tmp_path):
    path = tmp_path / "a.npz"
    made().write(path)
    content = bytearray(path.read_bytes())
    content[5000] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(UserError, match="features of one video"):
        VideoFeatures.read(path)


def test_a_missing_file_or_array_is_named(tmp_path):
    with pytest.raises(UserError, match=r"none\.npz; expected a file"):
        VideoFeatures.read(tmp_path / "none.npz")
    np.savez(tmp_path / "a.npz", clip=np.zeros((1, 768)))
    with pytest.raises(UserError, match="grid_s"):
        VideoFeatures.read(tmp_path / "a.npz")


def test_features_at_any_time_are_linear_between_samples_and_held_outside():
    features = made()
    times_s = np.array([[-3.0, 0.0, 0.1], [1.25, 4.0, 99.0]])
    clip = features.clip_at(times_s)
    assert clip.shape == (2, 3, 768)
    for column in (0, 767):
        expected = np.interp(times_s, features.grid_s, features.clip[:, column])
        np.testing.assert_allclose(clip[..., column], expected, atol=1e-6)
    track = features.track_at(times_s.ravel())
    assert track.shape == (4, 6)
    expected = [np.interp(times_s.ravel(), features.track_s, row) for row in features.track]
    np.testing.assert_allclose(track, expected, atol=1e-6)
    assert clip.dtype == track.dtype == np.float32


def test_a_single_sample_holds_for_all_times():
    features = made(n=1, m=1)
    assert (features.clip_at(np.array([-1.0, 0.0, 5.0])) == features.clip[0]).all()
    assert (features.track_at(np.array([-1.0, 5.0])) == features.track).all()


@settings(max_examples=50, deadline=None)
@given(
    gaps=st.lists(st.floats(1e-3, 10), min_size=1, max_size=20),
    at=st.lists(st.floats(-5, 300), min_size=1, max_size=20),
)
def test_interpolation_equals_numpys(gaps, at):
    times_s = np.cumsum(gaps)
    values = np.sin(np.arange(len(gaps)) * 1.7)
    expected = np.interp(at, times_s, values)
    np.testing.assert_allclose(interpolate(values, times_s, np.array(at)), expected, atol=1e-9)
