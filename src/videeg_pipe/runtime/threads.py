"""The number of threads; one thread for work on small matrices."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


def compute_reproducibly(threads: int) -> None:
    """Set torch to this number of threads and to deterministic algorithms.

    Deterministic mode fills new tensors with NaN, which shows code that reads a tensor before it
    writes it. That takes a tenth of a training's time and affects no result, so it is off.
    """
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


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
