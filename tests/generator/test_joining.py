"""Windows of one course join to that course."""

import numpy as np
import pytest

from videeg_pipe.generator.joining import joined


@pytest.mark.parametrize("length", [20, 21])
@pytest.mark.parametrize("n_samples", [7, 20, 101, 230])
@pytest.mark.parametrize("batch_size", [2, 3, 64])
def test_windows_of_one_course_give_the_course(length, n_samples, batch_size):
    course = np.random.default_rng(0).standard_normal((3, 400)).astype(np.float32)
    asked = []

    def draw(starts):
        asked.extend(starts)
        return np.stack([course[:, 50 + start : 50 + start + length] for start in starts])

    pieces = list(joined(draw, n_samples, length, batch_size))
    assert np.concatenate(pieces, axis=1).shape == (3, n_samples)
    np.testing.assert_allclose(
        np.concatenate(pieces, axis=1), course[:, 50 : 50 + n_samples], atol=1e-6
    )
    assert set(asked) == set(range(-(length // 2), n_samples, length // 2))


def test_a_window_is_drawn_together_with_its_neighbours():
    calls = []

    def draw(starts):
        calls.append(starts)
        return np.zeros((len(starts), 1, 10))

    list(joined(draw, 40, 10, 3))  # windows begin at -5, 0, ... 35
    assert calls == [[-5, 0, 5, 10, 15], [0, 5, 10, 15, 20, 25, 30], [15, 20, 25, 30, 35]]


def test_every_sample_is_a_mean_of_two_windows():
    numbers = iter(range(100))
    pieces = joined(
        lambda starts: np.stack([np.full((1, 10), next(numbers)) for _ in starts]), 20, 10, 64
    )
    values = next(pieces)[0]
    assert values[0] < 0.1 and 0.9 < values[4] < 1  # from window 0 to 1
    assert (np.diff(values) > 0).all()
