"""The plan of a run grows by parts, not by samples."""

import pytest

from benchmarks.plan import plan

pytestmark = pytest.mark.slow


def test_a_million_samples_are_planned_as_some_hundreds_of_jobs():
    measured = plan("release={n_samples: 1000000}")
    assert 249 < measured["jobs"] < 300
    assert measured["cpu_seconds"] < 60 and measured["memory_mb"] < 1000


def test_a_wrong_option_is_no_measurement():
    with pytest.raises(RuntimeError, match="n_samples"):
        plan("release={n_samples: 0}")
