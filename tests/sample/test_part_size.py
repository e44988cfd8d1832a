"""Parts grow with the release, are whole batches, and their number is limited."""

import pytest

from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.sample.part_size import MAX_PARTS, number_of_parts, samples_per_part

CONFIG = SampleOptions(batch_size=64, part_size=100)


def test_parts_are_whole_batches():
    assert samples_per_part(CONFIG, 24, on_gpu=False) == 128
    assert [number_of_parts(n, 128) for n in (1, 128, 129, 128 * MAX_PARTS)] == [
        *(1, 1, 2, MAX_PARTS)
    ]


def test_more_parts_than_can_be_planned_are_refused_with_a_size_that_fits():
    with pytest.raises(UserError, match="at most 10000 parts; found 7812500 of 128 samples") as one:
        number_of_parts(10**9, 128)
    assert "set sample.part_size to 100000 or more" in str(one.value)
    assert number_of_parts(10**9, 100_000) <= MAX_PARTS


@pytest.mark.parametrize(
    ("n_samples", "on_gpu", "size", "n_parts"),
    [
        (24, False, 512, 1),
        (1007, False, 512, 2),
        (10**6, False, 4032, 249),
        (1007, True, 115_200, 1),
        (10**6, True, 115_200, 9),
    ],
)
def test_parts_of_a_plan(n_samples, on_gpu, size, n_parts):
    assert samples_per_part(SampleOptions(), n_samples, on_gpu=on_gpu) == size
    assert number_of_parts(n_samples, size) == n_parts


def test_a_size_of_the_user_holds_on_a_gpu_too():
    assert samples_per_part(CONFIG, 10**6, on_gpu=True) == 128


@pytest.mark.parametrize(("batch_size", "seconds"), [(64, 0.0016), (1024, 0.00018)])
def test_starts_of_parts_take_less_than_a_tenth_of_a_gpu_at_the_measured_speed(batch_size, seconds):
    options = SampleOptions(batch_size=batch_size)
    computing = seconds * samples_per_part(options, 10**7, on_gpu=True)
    assert 20 / (20 + computing) < 0.1
