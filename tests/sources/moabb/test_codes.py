"""Bits of codes, from one event per trial and one per bit."""

import numpy as np
import pytest

from tests.sources.moabb.runs import coded
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.moabb.codes import code_trials

RNG = np.random.default_rng(3)
CODES = ["".join(map(str, RNG.integers(0, 2, 63))) for _ in range(3)]


@pytest.mark.parametrize("sfreq", [360.0, 500.0, 512.0, 2048.0])
@pytest.mark.parametrize("rate", [60.0, 120.0])
def test_bits_and_onsets_are_those_of_the_events(rate, sfreq):
    onsets = [1.0, 4.123, 9.5]
    trials = list(code_trials(coded(onsets, CODES, rate, sfreq), rate, 63 / rate))
    assert [sample for sample, _, _ in trials] == [round(onset * sfreq) for onset in onsets]
    assert [entries["bits"] for *_, entries in trials] == CODES
    assert len({name for _, name, _ in trials}) == 3
    assert trials[0][2] == {"kind": "code", "bits": CODES[0], "rate": rate, "frame_rate": rate}


def test_a_cycle_that_repeats_is_the_code_and_equal_codes_have_equal_names():
    runs = [coded([1.0, 9.0], [4 * CODES[0], 4 * CODES[1]]), coded([2.0], [4 * CODES[0]])]
    first, second = (list(code_trials(run, 60.0, 252 / 60)) for run in runs)
    assert [entries["bits"] for *_, entries in first] == CODES[:2]
    assert first[0][1] == second[0][1] != first[1][1]
    (cut,) = code_trials(coded([1.0], [2 * CODES[2] + CODES[2][:20]]), 60.0, 146 / 60)
    assert cut[2]["bits"] == CODES[2]  # a part of a cycle at the end
    (whole,) = code_trials(coded([1.0], [CODES[2]]), 60.0, 63 / 60)
    assert whole[2]["bits"] == CODES[2]


def test_samples_count_from_the_first_sample():
    raw = coded([5.0], CODES[:1])
    cropped = raw.copy().crop(tmin=2.0)
    ((sample, _, entries),) = code_trials(cropped, 60.0, 63 / 60)
    assert (sample, entries["bits"]) == (1500, CODES[0])


@pytest.mark.parametrize("n_bits", [62, 30])
def test_a_trial_that_lacks_bits_is_refused(n_bits):
    raw = coded([1.0, 5.0], [CODES[0], CODES[1][:n_bits]])
    with pytest.raises(
        UserError, match=rf"trial at 5\.000 s of a run; .* 63 bits; found {n_bits} events"
    ):
        list(code_trials(raw, 60.0, 63 / 60))


def test_two_events_of_one_bit_are_refused():
    raw = coded([1.0], CODES[:1])
    raw._data[2, 503] = 101
    with pytest.raises(UserError, match="100 or 101, for each of 63 bits; found 64 events"):
        list(code_trials(raw, 60.0, 63 / 60))


def test_an_event_that_is_no_bit_is_refused():
    raw = coded([1.0], CODES[:1])
    raw._data[2, 500] = 107
    with pytest.raises(UserError, match="100 or 101, for each of 63 bits"):
        list(code_trials(raw, 60.0, 63 / 60))
