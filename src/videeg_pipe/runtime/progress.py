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


def progress(items: Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
    """Yield the items and show progress.

    A terminal shows a bar; the log gets a line every ten seconds and one at the end.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    last = time.monotonic()
    done = 0
    of = "" if total is None else f"/{total}"
    with tqdm(items, desc=title, total=total, disable=not sys.stderr.isatty(), leave=False) as bar:
        for item in bar:
            yield item
            done += 1
            if time.monotonic() - last > _LINE_EVERY_S:
                last = time.monotonic()
                logger.info("%s: %d%s", title, done, of)
    logger.info("%s: %d%s done", title, done, of)
