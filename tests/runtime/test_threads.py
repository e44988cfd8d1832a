"""Threads as set; `one_thread` limits all libraries, and restores their limits after an error."""

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from videeg_pipe.runtime.threads import compute_reproducibly, one_thread


def threads():
    np.linalg.svd(np.eye(3))  # its library is loaded
    return [pool["num_threads"] for pool in threadpool_info()]


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with threadpool_limits(2):
        yield
    torch.set_num_threads(before)


def test_one_thread_inside_and_as_before_outside():
    outside = threads()
    with one_thread():
        assert torch.get_num_threads() == 1
        assert set(threads()) == {1}
    assert torch.get_num_threads() == 2
    assert threads() == outside


def test_an_error_leaves_as_many_threads_as_before():
    @one_thread()
    def fails():
        assert torch.get_num_threads() == 1
        raise ValueError

    with pytest.raises(ValueError):
        fails()
    assert torch.get_num_threads() == 2


def test_computing_reproducibly_does_not_fill_new_tensors():
    try:
        compute_reproducibly(1)
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.utils.deterministic.fill_uninitialized_memory
    finally:
        torch.use_deterministic_algorithms(False)
        torch.utils.deterministic.fill_uninitialized_memory = True
