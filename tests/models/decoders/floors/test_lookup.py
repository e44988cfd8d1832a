"""Lookup: real clips of the decoded concept."""

from dataclasses import replace

import numpy as np

from tests.models.decoders.conftest import fit


def test_answers_are_training_clips_of_the_right_concept(planted, fitted):
    train, test = planted
    decoded = fitted("lookup").predict(test.eeg, test.subject)
    clips = np.unique(train.clip)
    concept = dict(zip(train.clip, train.concept, strict=True))
    errors = np.abs(decoded.latents[:, None] - train.latents[clips]).reshape(len(test), -1)
    errors = errors.reshape(len(test), len(clips), -1).max(2)
    assert errors.min(1).max() < 1e-4
    answers = clips[errors.argmin(1)]
    assert np.mean([concept[clip] for clip in answers] == test.concept) > 0.9
    assert len(set(answers)) > len(set(test.concept))  # not always the same clip
    np.testing.assert_allclose(decoded.text, train.text[answers], atol=1e-4)


def test_two_concepts_are_decoded_too(planted):
    pair = np.isin(planted[0].concept, ["boat", "cat"])
    train = planted[0].take(pair)
    test = planted[1].take(np.isin(planted[1].concept, ["boat", "cat"]))
    decoder = fit("lookup", train)
    decoded = decoder.predict(test.eeg, test.subject)
    right = [
        np.abs(train.text[train.clip[train.concept == name]] - text).max((1, 2)).min() < 1e-4
        for text, name in zip(decoded.text, test.concept, strict=True)
    ]
    assert np.mean(right) > 0.9


def test_the_draw_depends_on_the_recorded_eeg_alone(planted, fitted):
    train, test = planted
    other = fit("lookup", replace(train, eeg=1.5 * train.eeg - 2))
    ours, theirs = (one.predict(test.eeg, test.subject) for one in (fitted("lookup"), other))
    same = ours.concept == theirs.concept
    assert same.mean() > 0.5
    np.testing.assert_allclose(ours.latents[same], theirs.latents[same], atol=1e-4)
