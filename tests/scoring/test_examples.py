from dataclasses import replace

import numpy as np

from tests.scoring.test_known_answers import DATA
from videeg_pipe.scoring.examples import LEAST, MOST, evoked_responses, example_windows


def test_examples_spread_over_people_and_concepts():
    data = DATA
    arrays = example_windows(data, seed=1)
    pairs = list(zip(arrays["trace_subject"], arrays["trace_concept"], strict=True))
    assert LEAST <= len(pairs) <= MOST
    n_kinds = len(set(pairs))
    assert len(set(pairs[:n_kinds])) == n_kinds == len(data.windows.groupby(["subject", "concept"]))
    assert {arrays["trace_subject"][0], arrays["trace_subject"][1]} == {"sub1", "sub2"}
    np.testing.assert_array_equal(arrays["trace_real"], arrays["trace_generated"])


def test_evoked_responses_are_means_over_the_first_windows_of_clips():
    arrays = evoked_responses(DATA, np.zeros(0, int), DATA.generated[:0])
    assert arrays["evoked_n"].tolist() == [len(DATA.windows)] * 2  # one window per clip
    np.testing.assert_allclose(arrays["evoked_real"], DATA.real.mean(0))
    np.testing.assert_allclose(arrays["evoked_truth"], DATA.truth.mean(0))


def test_without_a_released_sample_at_an_onset_the_draws_are_shown():
    few = replace(DATA, generated=DATA.generated[:0], matched=DATA.matched[:0])
    rows = np.array([2, 0])
    arrays = evoked_responses(few, rows, DATA.real[rows] / DATA.scale[rows])
    assert arrays["evoked_n"].tolist() == [len(DATA.windows), 2]
    np.testing.assert_allclose(
        arrays["evoked_generated"], DATA.real[rows].mean(0), rtol=1e-5, atol=1e-5
    )
