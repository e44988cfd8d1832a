"""Shuffled: a decoder that cannot know."""

import numpy as np

from tests.models.decoders.planted import named


def test_concepts_are_named_no_better_than_by_chance(planted, fitted):
    train, test = planted
    decoded = fitted("shuffled").predict(test.eeg, test.subject)
    assert np.mean(named(decoded.text, train) == test.concept) < 0.5  # chance is 0.25
    ridge = fitted("ridge").predict(test.eeg, test.subject)
    assert decoded.text.std() < ridge.text.std()  # the penalty leaves little
