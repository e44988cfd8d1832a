"""A look at a source: copies are named once, and the errors of single files are collected."""

import numpy as np
import pytest

from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sources.survey import Survey, per_file

RNG = np.random.default_rng(0)
FIRST, OTHER = RNG.standard_normal((2, 3, 100))
SILENCE = np.zeros((3, 100))


def survey_of(*files):
    """Compare (name, samples) of equal headers one after the other; return the refusals."""
    survey = Survey()
    for name, samples in files:
        with per_file(survey):
            survey.check_copy(name, "the same header", lambda samples=samples: samples)
    return survey.refused


def test_a_copy_is_named_once_and_the_recordings_after_it_are_compared():
    refused = survey_of(
        ("a", FIRST), ("b", FIRST), ("c", OTHER), ("d", SILENCE), ("e", FIRST), ("f", SILENCE)
    )
    assert [error.split("; ")[0] for error in refused] == ["b", "e"]
    assert all("found the content of a" in error for error in refused)


def test_samples_are_read_only_where_headers_are_equal():
    survey = Survey()
    survey.check_copy("a", 1, lambda: pytest.fail("read"))
    survey.check_copy("b", 2, lambda: pytest.fail("read"))


def test_without_a_survey_an_error_is_raised():
    with pytest.raises(UserError), per_file(None):
        raise UserError("a", expected="b", found="c", next_step="d")
