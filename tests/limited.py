"""Calls in a process whose files may have a limited size, as under a quota of a user."""

import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any


def limited(n_bytes: int, call: Callable[..., Any], *args: Any) -> Any:
    """Return the result of a call, or raise its error; longer files fail with EFBIG."""
    limits = (n_bytes, resource.RLIM_INFINITY)
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, limits)
    with ProcessPoolExecutor(1, get_context("fork"), limit) as child:
        return child.submit(call, *args).result(60)
