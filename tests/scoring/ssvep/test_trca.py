"""Task-related components of few windows per class, and without meegkit."""

import sys

import numpy as np
import pytest

from tests.scoring.ssvep.flicker import HIGHEST, SFREQ, TAGS, windows
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.ssvep.trca import TrcaDecoder

TAGGED = {label: hz for label, hz in TAGS.items() if hz is not None}


def decoder(tags=TAGGED):
    return TrcaDecoder(SFREQ, tags, HIGHEST)


def accuracy(train, labels, tags, amplitude=0.8):
    """Share of right answers on new windows, and that of rest."""
    test, truth = windows(240, amplitude, 9, tags=tags, phase=0.0)
    right = decoder(tags).fit(train, labels).predict(test) == truth
    return right.mean(), right[truth == "rest"].mean() if "rest" in tags else None


def test_one_window_per_class_is_a_template_of_all_channels():
    """Without pairs of trials there is no filter: a rotation of the channels has no effect."""
    train, labels = windows(3, 0.8, 1, tags=TAGGED, phase=0.0)
    assert accuracy(train, labels, TAGGED)[0] > 0.9
    test, _ = windows(6, 0.8, 2, tags=TAGGED, phase=0.0)
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((4, 4)))[0]
    one, other = (decoder().fit(by @ train, labels).decision(by @ test) for by in (np.eye(4), turn))
    np.testing.assert_allclose(one, other, atol=1e-9)


def test_a_class_of_one_window_uses_the_filters_of_the_others():
    """The response lies in one of many channels; a template of all of them would miss it."""

    def wide(n, seed):
        x, labels = windows(n, 1.5, seed, tags=TAGGED, phase=0.0)
        noise = 3 * np.random.default_rng(seed + 100).standard_normal((n, 12, x.shape[-1]))
        return np.concatenate([x, noise], 1), labels

    train, labels = wide(30, 1)
    kept = np.flatnonzero((labels != "fast") | (np.cumsum(labels == "fast") == 1))
    alone = [int(np.flatnonzero(labels == label)[0]) for label in TAGGED]
    test, truth = wide(120, 2)
    single, plain = (
        np.mean(decoder().fit(train[rows], labels[rows]).predict(test)[truth == "fast"] == "fast")
        for rows in (kept, alone)
    )
    assert single > 0.9 and single > plain + 0.2


def test_two_windows_per_class_and_rest_are_enough():
    """Of two windows, a fold trains on one: its filter would be arbitrary."""
    scores = [accuracy(*windows(8, 0.8, seed, phase=0.0), TAGS)[0] for seed in range(4)]
    assert np.mean(scores) > 0.75


def test_one_window_of_rest_does_not_stop_the_others():
    train, labels = windows(40, 2.0, 1, phase=0.0)
    rows = np.flatnonzero((labels != "rest") | (np.cumsum(labels == "rest") == 1))
    test, truth = windows(80, 2.0, 2, phase=0.0)
    right = decoder(TAGS).fit(train[rows], labels[rows]).predict(test) == truth
    assert right[truth != "rest"].mean() > 0.97


def test_without_meegkit_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "meegkit.trca", None)
    with pytest.raises(UserError, match=r"pip install .\.\[ssvep\]."):
        decoder(TAGS).fit(*windows(16, 1.0, 0))
