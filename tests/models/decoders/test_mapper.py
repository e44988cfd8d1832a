"""Adaptation to a new person: known maps are recovered, calibration alone is used."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.models.decoders.conftest import fit
from tests.models.decoders.planted import CHANNELS, CONCEPTS, DECODERS, named, planted_clips, split
from videeg_pipe.config.decoders import DecodersOptions
from videeg_pipe.config.mapper import MapperOptions
from videeg_pipe.models.decoders.mapper import adapt, known_side, paired, variance_ratio
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.threads import one_thread

OPTIONS = MapperOptions(steps=150, learning_rate=1e-2)
TRAINING = DecodersOptions(**DECODERS)


@pytest.fixture(scope="module")
def mixing():
    rng = np.random.default_rng(5)
    rotation, _ = np.linalg.qr(rng.standard_normal((len(CHANNELS), len(CHANNELS))))
    return (0.3 * np.eye(len(CHANNELS)) + rotation).astype(np.float32)


@pytest.fixture(scope="module")
def people(mixing):
    """Training and test clips of Ann, Bob and Cy, whose electrodes are mixed."""
    clips = planted_clips(people=("ann", "bob", "cy"), noise=0.5)
    new = clips.subject == "cy"
    eeg = clips.eeg.copy()
    eeg[new] = mixing @ eeg[new] / eeg[new].std() * eeg[~new].std()
    return split(replace(clips, eeg=eeg))


@pytest.fixture(scope="module")
def known(people):
    return people[0].of("ann", "bob")


@pytest.fixture(scope="module")
def decoder(known):
    return fit("ridge", known)


def adapted(decoder, calibration, known, method, **changes):
    options = OPTIONS.model_copy(update=changes)
    with one_thread():
        return adapt(decoder, calibration, known, method, options, TRAINING, seed=0)


def responses(decoder, clips):
    """Mean EEG of each concept, standardised and mapped."""
    z = decoder.standardised(torch.from_numpy(clips.eeg), decoder.layout.person(clips.subject))
    return np.stack([z[clips.concept == name].mean(0).numpy() for name in CONCEPTS])


def alike(one, other):
    return np.corrcoef(one.ravel(), other.ravel())[0, 1]


def accuracy(decoder, known, test):
    decoded = decoder.predict(test.eeg, test.subject)
    return np.mean(named(decoded.text, known) == test.concept)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["mean", "each"])
def test_new2source_recovers_a_spatial_map(decoder, people, known, source):
    new, test = (part.of("cy") for part in people)
    with_map = adapted(decoder, new, known, "new2source", source=source)
    before, after = (accuracy(one, known, test) for one in (decoder, with_map))
    assert after > max(0.8, before)
    theirs = responses(decoder, people[1].of("ann", "bob"))
    assert alike(responses(decoder, test), theirs) < 0.5
    assert alike(responses(with_map, test), theirs) > 0.75  # means of five clips, with noise


def test_least_squares_recovers_a_spatial_map(decoder, people, known):
    new, test = (part.of("cy") for part in people)
    with_map = adapted(decoder, new, known, "least-squares")
    assert accuracy(with_map, known, test) > max(0.8, accuracy(decoder, known, test))
    assert torch.equal(decoder.mapping.spatial, torch.eye(len(CHANNELS)))  # a copy was adapted


def test_squared_error_shrinks_and_can_be_scaled_back(decoder, people, known):
    new = people[0].of("cy")
    ratio = [
        variance_ratio(adapted(decoder, new, known, "new2source", steps=60, **more), new)
        for more in ({}, {"match_variance": True})
    ]
    assert ratio[0] < 0.8
    assert ratio[1] == pytest.approx(1, abs=0.05)


def test_z_scores_undo_gains(decoder, people, known):
    new, test = (part.of("cy") for part in people)
    gains = np.linspace(0.2, 5, len(CHANNELS), dtype=np.float32)[:, None]
    louder = replace(new, eeg=gains * new.eeg)
    plain, scaled = (adapted(decoder, clips, known, "z-score") for clips in (new, louder))
    ours = plain.predict(test.eeg, test.subject)
    theirs = scaled.predict(gains * test.eeg, test.subject)
    np.testing.assert_allclose(ours.text, theirs.text, atol=1e-3)


def test_alignment_gives_the_covariance_of_known_people(decoder, people, known):
    new = people[0].of("cy")
    mapping = adapted(decoder, new, known, "euclidean").mapping

    def covariance(z):
        return (z @ z.mT / z.shape[-1]).mean(0)

    person = decoder.layout.person(new.subject)
    z = decoder.scale(torch.from_numpy(new.eeg), person)
    theirs = decoder.scale(torch.from_numpy(known.eeg), decoder.layout.person(known.subject))
    before, after = ((covariance(x) - covariance(theirs)).norm() for x in (z, mapping(z).detach()))
    assert after < 0.3 * before


def test_heads_are_fine_tuned_alone(people, known):
    new = people[0].of("cy")
    decoder = fit("mindcross", known, steps=20)
    tuned = adapted(decoder, new, known, "heads", steps=40)
    changed = {
        name
        for name, value in tuned.state_dict().items()
        if not torch.equal(value, decoder.state_dict()[name])
    }
    assert changed == {
        f"{head}.{part}" for head in ("text_head", "picture_head") for part in ("weight", "bias")
    }
    scores = [one.r_squared(one.predict(new.eeg, new.subject), new) for one in (decoder, tuned)]
    assert scores[1]["text"] > scores[0]["text"]


def test_none_is_the_decoder_itself(decoder, people, known):
    new, test = (part.of("cy") for part in people)
    ours, theirs = (
        one.predict(test.eeg, test.subject).text
        for one in (decoder, adapted(decoder, new, known, "none"))
    )
    np.testing.assert_array_equal(ours, theirs)


def test_pairs_are_of_the_same_clip():
    z, clip = torch.arange(4.0)[:, None, None], np.array([7, 5, 7, 9])
    source, clips = known_side(z, clip, "mean")
    assert clips.tolist() == [5, 7, 9]
    assert source.flatten().tolist() == [1, 1, 3]
    assert known_side(z, clip, "each")[0] is z
    assert paired(clip, np.array([7, 9])).tolist() == [[0, 0], [2, 0], [3, 1]]
    with pytest.raises(UserError, match="compare no clips"):
        paired(clip, np.array([1, 2]))


def test_wrong_calibrations_are_refused(decoder, people, known):
    train = people[0]
    for clips, found in ((train.of("ann"), "ann"), (train, "ann, bob")):
        with pytest.raises(UserError, match=found):
            adapted(decoder, clips, known, "z-score")
    with pytest.raises(UserError, match="a floor"):
        adapted(decoder, train.of("cy"), known, "heads")
