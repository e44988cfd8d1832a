"""Ctrl-C: noted whatever error a library makes of it, or deferred while files are replaced."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def noted_interrupt() -> Iterator[threading.Event]:
    """Yield an event that an interrupt sets before it raises `KeyboardInterrupt` as usual.

    Compiled code may replace the exception: safetensors raises a `ValueError` about shapes. Nothing
    changes where interrupts are ignored or handled by somebody else, and outside the main thread.
    """
    noted = threading.Event()
    usual = signal.getsignal(signal.SIGINT)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if usual is not signal.default_int_handler or not in_main_thread:
        yield noted
        return

    def note(number: int, frame: FrameType | None) -> None:
        noted.set()
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def deferred_interrupt() -> Iterator[None]:
    """Let an interrupt wait until the end of the block; then it has its usual effect.

    For a few renames that belong together. Outside the main thread, which alone is interrupted,
    nothing changes.
    """
    usual = signal.getsignal(signal.SIGINT)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not callable(usual) or not in_main_thread:
        yield
        return
    waiting = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: waiting.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if waiting.is_set():
            signal.raise_signal(signal.SIGINT)
