"""Copy detection finds copies, and none among fresh samples."""

import pytest

from tests.scoring.privacy.people import (
    BOOTSTRAP,
    COPIES,
    FRESH,
    WINDOWS,
    audited,
    copies_of,
    draws,
    fresh,
    table,
)
from videeg_pipe.contracts.scores import to_json
from videeg_pipe.scoring.privacy.copies import score_copies


def score(data):
    training = data.eeg[~data.held_out]
    batches = [part for part in (training[::2], training[1::2]) if len(part)]
    entries = to_json(score_copies(data, iter(batches), BOOTSTRAP, 1))
    return entries["copy_ratio"], entries["copied_share"]


def test_copies_are_found():
    ratio, share = score(COPIES)
    assert ratio["high"] < 0.3 and share["value"] == 1.0


def test_fresh_samples_are_no_copies():
    ratio, share = score(FRESH)
    assert ratio["value"] == pytest.approx(1, abs=0.02)
    assert ratio["held_out"]["value"] == pytest.approx(1, abs=0.03)
    assert share["value"] < 0.06


def test_a_few_copies_among_many_fresh_samples_show_in_their_share():
    generated = draws(WINDOWS["subject"], 2)
    generated[:10] = FRESH.eeg[:10]
    ratio, share = score(audited(WINDOWS, FRESH.eeg, generated))
    assert ratio["value"] > 0.8 and share["value"] >= 10 / len(WINDOWS)


def test_copies_of_one_person_are_found():
    assert score(copies_of(table(people=1, clips=40)))[0]["value"] < 0.3


def test_without_training_or_held_out_windows_there_is_no_score():
    ratio, share = score(fresh(WINDOWS.assign(split="test")))
    assert ratio["value"] is None and share["value"] is None
    ratio, _ = score(fresh(WINDOWS.assign(split="train")))
    assert ratio["value"] is None and "people in the training were held out" in ratio["reason"]
