"""Ctrl-C and requests to end: noted whatever error a library makes of them, or deferred."""

import signal
import threading
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeAlias

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Handler: TypeAlias = Callable[[int, FrameType | None], Any]


@contextmanager
def noted_interrupt() -> Iterator[threading.Event]:
    """Yield an event that an interrupt sets before it raises `KeyboardInterrupt` as usual.

    Compiled code may replace the exception: safetensors raises a `ValueError` about shapes. The
    signals of `kill` and of a closed terminal become interrupts, so that files are cleaned up.
    Nothing changes where signals are ignored or handled by somebody else, and outside the main
    thread.
    """
    noted = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        noted.set()
        signal.default_int_handler(signal.SIGINT, frame)

    with _handled(note, (signal.default_int_handler, signal.SIG_DFL)):
        yield noted


@contextmanager
def deferred_interrupt() -> Iterator[None]:
    """Let an interrupt wait until the end of the block; then it has its usual effect.

    For a few renames that belong together. Outside the main thread, which alone is interrupted,
    nothing changes.
    """
    waiting: list[int] = []
    try:
        with _handled(lambda number, _: waiting.append(number)):
            yield
    finally:
        for number in dict.fromkeys(waiting):
            signal.raise_signal(number)


@contextmanager
def _handled(handler: _Handler, instead_of: Container[Any] | None = None) -> Iterator[None]:
    """Handle all signals that end a program, in the main thread, which alone gets them.

    Args:
        handler: What to call.
        instead_of: Handlers that it replaces; by default, every one of Python. Ignored signals and
            the system's default actions stay.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    usual = {one: signal.getsignal(one) for one in _ENDS if in_main_thread}
    replaced = {
        one: old
        for one, old in usual.items()
        if (callable(old) if instead_of is None else old in instead_of)
    }
    for one in replaced:
        signal.signal(one, handler)
    try:
        yield
    finally:
        for one, old in replaced.items():
            signal.signal(one, old)
