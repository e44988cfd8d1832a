"""One thread for work on small matrices."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch, NumPy and SciPy work on one thread.

    Threads that wait for each other at every small matrix take up to thirty times as long, and more
    where other processes want the cores; and sums depend on how many threads there are.
    """
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
