"""Alignment to a grid: linear, without seams between windows, causal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videeg_pipe.stimuli.align import align, steps

WINDOWS = st.tuples(st.floats(1.0, 12.0), st.floats(0.0, 0.9))


def values_at(times_s):
    """Two smooth features, (n, 2)."""
    return np.stack([np.sin(times_s), np.cos(2.3 * times_s)], axis=1)


def test_steps_end_before_the_video_does():
    assert steps(2.0, 2.0).tolist() == [0, 0.5, 1, 1.5]
    assert steps(2.001, 2.0).tolist() == [0, 0.5, 1, 1.5, 2]
    assert steps(5.005, 1.0).tolist() == [0, 1, 2, 3, 4, 5]
    assert steps(520.0, 2.0)[-1] == 519.5
    assert steps(0.01, 2.0).tolist() == [0]


@settings(deadline=None)
@given(
    window=WINDOWS, duration_s=st.floats(0.3, 40), rate=st.floats(1, 2), step_s=st.floats(0.1, 3)
)
def test_a_constant_is_unchanged(window, duration_s, rate, step_s):
    grid_s = steps(duration_s, 1 / step_s)
    times_s = steps(duration_s, rate)
    values = np.full((len(times_s), 3), 7.5, np.float32)
    out = align(values, times_s, grid_s, window_s=window[0], overlap=window[1])
    assert out.shape == (len(grid_s), 3)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, 7.5, rtol=1e-6)


@settings(deadline=None)
@given(window=WINDOWS, duration_s=st.floats(0.3, 40), keep=st.integers(1, 4))
def test_samples_on_the_grid_are_unchanged(window, duration_s, keep):
    times_s = steps(duration_s, 2.0)
    values = values_at(times_s)
    grid_s = times_s[::keep]
    out = align(values, times_s, grid_s, window_s=window[0], overlap=window[1])
    np.testing.assert_allclose(out, values[::keep], atol=1e-9)


@pytest.mark.parametrize("duration_s", [0.5, 3.0, 8.0, 9.0, 20.5, 60.0])
@pytest.mark.parametrize("rate", [1.0, 1.25, 1.5, 2.0])
def test_a_ramp_is_unchanged_where_windows_start_on_samples(duration_s, rate):
    grid_s, times_s = steps(duration_s, 2.0), steps(duration_s, rate)
    out = align(times_s[:, None] * 3, times_s, grid_s, window_s=8.0, overlap=0.5)
    np.testing.assert_allclose(out[:, 0], 3 * np.minimum(grid_s, times_s[-1]), atol=1e-9)


def test_inside_a_window_it_is_linear_interpolation():
    times_s, grid_s = steps(7.0, 1.7), steps(7.0, 4.0)
    out = align(values_at(times_s), times_s, grid_s, window_s=8.0, overlap=0.5)
    for column in range(2):
        expected = np.interp(grid_s, times_s, values_at(times_s)[:, column])
        np.testing.assert_allclose(out[:, column], expected, atol=1e-9)


def test_overlap_removes_the_seams_between_windows():
    times_s, grid_s = steps(60.0, 1.7), steps(60.0, 4.0)
    plain = np.interp(grid_s, times_s, times_s)

    def worst(overlap):
        out = align(times_s[:, None], times_s, grid_s, window_s=8.0, overlap=overlap)
        return np.abs(out[:, 0] - plain).max()

    assert worst(0.5) < 0.2 * worst(0.0)
    assert worst(0.0) < 1 / 1.7  # held for less than a sample
    assert worst(0.5) > 0  # the window is not without effect


@settings(max_examples=50, deadline=None)
@given(window=WINDOWS, cut=st.integers(5, 50))
def test_a_grid_point_uses_no_sample_after_the_next(window, cut):
    times_s, grid_s = steps(30.0, 2.0), steps(30.0, 3.0)
    values = values_at(times_s)
    changed = values.copy()
    changed[cut:] += 100
    a, b = (
        align(v, times_s, grid_s, window_s=window[0], overlap=window[1]) for v in (values, changed)
    )
    before = grid_s <= times_s[cut - 1] + 1e-9
    np.testing.assert_allclose(a[before], b[before], atol=1e-9)


def test_a_gap_longer_than_the_window_holds_the_last_sample():
    times_s = np.array([0.0, 1.0, 20.0, 21.0])
    values = np.array([[1.0], [2.0], [3.0], [4.0]])
    out = align(values, times_s, np.arange(22.0), window_s=4.0, overlap=0.5)
    np.testing.assert_allclose(out[[0, 1, 20, 21], 0], [1, 2, 3, 4])
    np.testing.assert_allclose(out[5:16, 0], 2)


def test_features_of_the_eeg_align_by_the_same_call():
    times_s = np.arange(0, 20, 1 / 50)  # a band's power at 50 Hz, 5 channels x 3 bands
    power = np.random.default_rng(0).random((len(times_s), 5, 3))
    out = align(power, times_s, steps(20, 2.0), window_s=8.0, overlap=0.5)
    np.testing.assert_allclose(out, power[::25], atol=1e-9)


def test_features_are_resampled_one_by_one():
    values = np.random.default_rng(0).standard_normal((40, 150)).astype(np.float32)
    times_s, grid_s = steps(20.0, 2.0) + 0.01, steps(20.0, 3.0)
    whole = align(values, times_s, grid_s, window_s=8.0, overlap=0.5)
    assert whole.shape == (60, 150) and whole.dtype == np.float32
    for place in (0, 70, 149):
        alone = align(values[:, place], times_s, grid_s, window_s=8.0, overlap=0.5)
        np.testing.assert_array_equal(whole[:, place], alone)
