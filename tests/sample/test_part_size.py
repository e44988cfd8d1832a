"""Parts grow with the release, are whole batches, and their number is limited."""

import pytest

from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sample.part_size import MAX_PARTS, number_of_parts, samples_per_part

CONFIG = SampleOptions(batch_size=64, part_size=100)


def test_parts_are_whole_batches():
    assert samples_per_part(CONFIG, 24) == 128
    assert [number_of_parts(n, CONFIG) for n in (1, 128, 129, 128 * MAX_PARTS)] == [
        *(1, 1, 2, MAX_PARTS)
    ]


def test_more_parts_than_can_be_planned_are_refused_with_a_size_that_fits():
    with pytest.raises(UserError, match="at most 10000 parts; found 7812500 of 128 samples") as one:
        number_of_parts(10**9, CONFIG)
    assert "set sample.part_size to 100000 or more" in str(one.value)
    assert number_of_parts(10**9, CONFIG.model_copy(update={"part_size": 100_000})) <= MAX_PARTS


@pytest.mark.parametrize(
    ("n_samples", "size", "n_parts"), [(24, 512, 1), (1007, 512, 2), (10**6, 4032, 249)]
)
def test_parts_of_a_plan(n_samples, size, n_parts):
    assert samples_per_part(SampleOptions(), n_samples) == size
    assert number_of_parts(n_samples, SampleOptions()) == n_parts
