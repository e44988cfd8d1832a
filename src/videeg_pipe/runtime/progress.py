"""Progress of long work: a bar on a terminal, plain lines in a log."""

import logging
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")

logger = logging.getLogger(__name__)

_LINE_EVERY_S = 10.0


def progress(
    items: Iterable[T],
    title: str,
    total: int | None = None,
    *,
    part: bool = False,
    before: int = 0,
) -> Iterator[T]:
    """Yield the items and show progress.

    A terminal shows a bar with the time left. The log gets a line with the time left every ten
    seconds, and one at the end.

    Args:
        items: What is worked on.
        title: Name of the work.
        total: Number of items, where they have no length.
        part: Whether the work is a part of other work with progress; it logs no end.
        before: Items that an interrupted run has done before, which count too.
    """
    if total is None and isinstance(items, Sized):
        total = before + len(items)
    start = last = time.monotonic()
    done = before
    of = "" if total is None else f"/{total}"
    hidden = not sys.stderr.isatty()
    with tqdm(items, desc=title, total=total, initial=before, disable=hidden, leave=False) as bar:
        for item in bar:
            yield item
            done += 1
            now = time.monotonic()
            if now - last > _LINE_EVERY_S:
                last = now
                left = "" if total is None else _time_left(now - start, done - before, total - done)
                logger.info("%s: %d%s%s", title, done, of, left)
    if not part:
        logger.info("%s: %d%s done", title, done, of)


def _time_left(seconds: float, done: int, remaining: int) -> str:
    """Return the time that the remaining items take at the speed so far, as text."""
    return f", {tqdm.format_interval(seconds / done * remaining)} left"
