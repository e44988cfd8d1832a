import numpy as np
import pytest

from videeg_pipe.scoring.decoding.dynamics import (
    concept_entropy,
    diversity,
    luminance_r,
    motion_r,
)

RNG = np.random.default_rng(0)
TRUE = RNG.uniform(0, 255, (4, 6, 3, 4, 3))
SUBJECT = np.array(["a", "a", "b", "b"])


def test_courses_of_true_clips_correlate_and_those_of_stills_do_not():
    np.testing.assert_allclose(luminance_r(0.3 * TRUE + 20, TRUE), 1)
    np.testing.assert_allclose(motion_r(0.3 * TRUE + 20, TRUE), 1)
    np.testing.assert_allclose(luminance_r(255 - TRUE, TRUE), -1)
    still = np.broadcast_to(TRUE[:, :1], TRUE.shape)
    assert (luminance_r(still, TRUE) == 0).all() and (motion_r(still, TRUE) == 0).all()


def test_still_true_clips_have_no_course():
    still = np.broadcast_to(TRUE[:, :1], TRUE.shape)
    assert np.isnan(luminance_r(TRUE, still)).all() and np.isnan(motion_r(TRUE, still)).all()


def test_diversity_is_the_distance_between_the_clips_of_a_person():
    ones = np.ones((1, 4))
    assert diversity(np.zeros((4, 2, 3)), SUBJECT, ones) == [0]
    clips = np.array([0.0, 10.0, 0.0, 20.0])[:, None] * np.ones((4, 7))
    assert diversity(clips, SUBJECT, ones)[0] == pytest.approx(15)
    drawn = diversity(clips, SUBJECT, np.array([[1, 1, 0, 0], [2, 0, 0, 0.0]]))
    assert drawn[0] == pytest.approx(10) and np.isnan(drawn[1])  # no pair


def test_entropy_is_0_for_one_concept_and_1_for_all():
    assert concept_entropy(np.zeros(4, int), SUBJECT, 2) == 0
    assert concept_entropy(np.array([0, 1, 1, 0]), SUBJECT, 2) == pytest.approx(1)
    assert concept_entropy(np.array([0, 1, 1, 1]), SUBJECT, 2) == pytest.approx(0.5)
