"""Parts grow with the release, and are whole batches."""

import pytest

from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.sample.part_size import samples_per_part


@pytest.mark.parametrize(
    ("n_samples", "size", "n_parts"), [(24, 512, 1), (1007, 512, 2), (10**6, 4032, 249)]
)
def test_parts_of_a_plan(n_samples, size, n_parts):
    found = samples_per_part(SampleOptions(), n_samples)
    assert (found, -(-n_samples // found)) == (size, n_parts)


def test_a_chosen_size_is_rounded_up_to_whole_batches():
    chosen = SampleOptions(batch_size=64, part_size=100)
    assert samples_per_part(chosen, 24) == samples_per_part(chosen, 10**6) == 128
