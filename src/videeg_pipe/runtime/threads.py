"""A limit of one thread, for work on small matrices."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit torch, NumPy and SciPy to one thread.

    Threads that synchronise at every small matrix take up to thirty times as long, and longer next
    to other processes. Sums also depend on the number of threads.
    """
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
