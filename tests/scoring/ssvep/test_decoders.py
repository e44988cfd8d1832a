import numpy as np
import pytest

from tests.scoring.ssvep.flicker import CHANNELS, HIGHEST, SFREQ, TAGS, windows
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.ssvep.decoders import DECODERS, CcaDecoder

NAMES = sorted(DECODERS)


def accuracy(name, amplitude, *, n=60, tags=TAGS, seconds=1.0):
    phase = 0.0 if name == "trca" else None  # the only one that needs a known phase
    train, labels = windows(n, amplitude, 1, tags=tags, seconds=seconds, phase=phase)
    test, truth = windows(160, amplitude, 2, tags=tags, seconds=seconds, phase=phase)
    decoder = DECODERS[name](SFREQ, tags, HIGHEST).fit(train, labels)
    return float(np.mean(decoder.predict(test) == truth))


@pytest.mark.parametrize("name", NAMES)
def test_a_strong_response_is_decoded(name):
    assert accuracy(name, 2.0) > 0.97


@pytest.mark.parametrize("name", NAMES)
def test_noise_is_decoded_at_chance(name):
    assert accuracy(name, 0.0) == pytest.approx(1 / 4, abs=0.1)  # three standard errors


@pytest.mark.parametrize("name", NAMES)
def test_two_tags_without_rest_are_decoded(name):
    tags = {"slow": 8.0, "fast": 11.0}
    assert accuracy(name, 2.0, tags=tags, n=40, seconds=1.5) > 0.97


@pytest.mark.parametrize("name", NAMES)
def test_columns_follow_the_order_of_the_frequencies(name):
    shuffled = {"fast": 21.0, "slow": 13.0, "rest": None, "never shown": 30.0, "middle": 17.0}
    train, labels = windows(80, 2.0, 1, phase=0.0)
    test, truth = windows(40, 2.0, 2, phase=0.0)
    decoder = DECODERS[name](SFREQ, shuffled, HIGHEST).fit(train, labels)
    assert decoder.classes.tolist() == ["fast", "slow", "rest", "middle"]
    decision = decoder.decision(test)
    assert decision.shape == (40, 4)
    assert np.mean(decoder.classes[decision.argmax(1)] == truth) > 0.9


@pytest.mark.parametrize("name", NAMES)
def test_labels_without_an_entry_have_no_tag(name):
    train, labels = windows(80, 2.0, 1, phase=0.0)
    tagged = {label: hz for label, hz in TAGS.items() if hz is not None}
    decoder = DECODERS[name](SFREQ, tagged, HIGHEST).fit(train, labels)
    test, truth = windows(40, 2.0, 2, phase=0.0)
    assert decoder.classes.tolist() == ["slow", "middle", "fast", "rest"]
    assert np.mean(decoder.predict(test)[truth == "rest"] == "rest") > 0.8


@pytest.mark.parametrize("name", NAMES)
def test_the_unit_of_the_windows_has_no_effect(name):
    train, labels = windows(40, 1.0, 1, phase=0.0)
    test, _ = windows(20, 1.0, 2, phase=0.0)
    one, other = (
        DECODERS[name](SFREQ, TAGS, HIGHEST).fit(unit * train, labels).decision(unit * test)
        for unit in (1.0, 1e-5)
    )
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_average_reference_is_decoded(name):
    train, labels = windows(40, 2.0, 1, phase=0.0)
    test, truth = windows(80, 2.0, 2, phase=0.0)
    train, test = (x - x.mean(1, keepdims=True) for x in (train, test))
    decoder = DECODERS[name](SFREQ, TAGS, HIGHEST).fit(train, labels)
    assert np.mean(decoder.predict(test) == truth) > 0.9


@pytest.mark.parametrize("name", ["riemann", "spectra", "cca"])
@pytest.mark.parametrize("per_class", [1, 2])
def test_one_window_per_class_is_enough_for_a_strong_response(name, per_class):
    train, labels = windows(4 * per_class, 4.0, 1, seconds=2.0)
    test, truth = windows(80, 4.0, 2, seconds=2.0)
    decoder = DECODERS[name](SFREQ, TAGS, HIGHEST).fit(train, labels)
    assert np.mean(decoder.predict(test) == truth) > 0.85


def test_cca_needs_no_training():
    test, truth = windows(200, 2.0, 2)
    decoder = CcaDecoder(SFREQ, TAGS, HIGHEST)
    assert decoder.classes.tolist() == list(TAGS)
    correct = decoder.predict(test) == truth
    assert correct[truth != "rest"].mean() > 0.97
    assert correct[truth == "rest"].mean() > 0.6  # as likely as a neighbour exceeds all tags


@pytest.mark.parametrize("name", ["riemann", "spectra", "trca"])
def test_decoders_that_need_training_say_so(name):
    with pytest.raises(RuntimeError, match="fit"):
        DECODERS[name](SFREQ, TAGS, HIGHEST).decision(windows(4, 1.0, 0)[0])


@pytest.mark.parametrize("name", ["riemann", "spectra"])
def test_people_with_other_electrode_gains_are_re_centred(name):
    """A gain per channel moves covariances alike in all classes; noise of the mains moves power."""
    train, labels = windows(80, 0.8, 1)
    test, truth = windows(80, 0.8, 2)
    mixing = np.eye(CHANNELS) + 0.9 * np.random.default_rng(3).standard_normal((CHANNELS, CHANNELS))
    line = np.sin(2 * np.pi * 17 * np.arange(train.shape[-1]) / SFREQ)
    test = mixing @ (test + 0.5 * line)
    fitted = DECODERS[name](SFREQ, TAGS, HIGHEST).fit(train, labels)
    centred = DECODERS[name](SFREQ, TAGS, HIGHEST).fit(train, labels, np.zeros(80))
    without = np.mean(fitted.predict(test) == truth)
    assert np.mean(centred.predict(test, np.ones(80)) == truth) > without + 0.1


@pytest.mark.parametrize(
    ("tags", "found"),
    [({"rest": None}, "found none"), ({"fast": 60.0}, "found 60 Hz"), ({"a": 0.0}, "found 0 Hz")],
)
def test_frequencies_that_cannot_be_decoded_are_refused(tags, found):
    with pytest.raises(UserError, match=found):
        CcaDecoder(SFREQ, tags, HIGHEST)
