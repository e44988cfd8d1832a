"""Zero-shot labels of emotions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from videeg_pipe.contracts.tables import EMOTIONS
from videeg_pipe.stimuli.emotions import SCENES, TEMPLATES, sentences, zero_shot


def test_each_emotion_has_as_many_sentences():
    assert set(SCENES) == set(EMOTIONS)
    every = [sentence for name in EMOTIONS for sentence in sentences(name)]
    assert len(set(every)) == 3 * len(TEMPLATES) * 5


@given(st.integers(0, 2), st.floats(0.1, 100), st.floats(1, 100))
def test_zero_shot_picks_the_nearest_class_for_any_length(planted, length, scale):
    rng = np.random.default_rng(planted)
    classes = rng.standard_normal((3, 16)).astype(np.float32)
    image = (classes[planted] * length)[None]
    probabilities = zero_shot(image, classes * [[2], [3], [4]], scale)
    assert probabilities.argmax() == planted
    assert probabilities.sum() == pytest.approx(1)


def test_zero_shot_is_the_softmax_of_scaled_cosines():
    probabilities = zero_shot(np.array([[1.0, 0.0]]), np.array([[3.0, 0.0], [0.0, 2.0]]), 2.0)
    np.testing.assert_allclose(probabilities, [[np.e**2 / (np.e**2 + 1), 1 / (np.e**2 + 1)]])
