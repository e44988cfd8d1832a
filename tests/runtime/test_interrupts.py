"""An interrupt is known as one, whatever is made of it."""

import signal
import threading

import pytest

from videeg_pipe.runtime.interrupts import deferred_interrupt, noted_interrupt


def test_an_interrupt_is_noted_and_raised():
    with noted_interrupt() as interrupt:
        assert not interrupt.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert interrupt.is_set()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_somebody_elses_handling_of_interrupts_stays():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with noted_interrupt() as interrupt:
            signal.raise_signal(signal.SIGINT)
            assert not interrupt.is_set()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_other_threads_change_nothing():
    seen = []

    def look():
        with noted_interrupt():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


def test_a_deferred_interrupt_comes_at_the_end():
    done = []
    with pytest.raises(KeyboardInterrupt), deferred_interrupt():
        with deferred_interrupt():
            signal.raise_signal(signal.SIGINT)
            done.append("inner")
        done.append("outer")
    assert done == ["inner", "outer"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with deferred_interrupt():
        pass  # nothing was deferred, nothing comes


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("ignored", [False, True])  # Ctrl-C, as in the background of a shell
def test_a_request_to_end_is_an_interrupt(number, ignored):
    usual = signal.SIG_IGN if ignored else signal.default_int_handler
    signal.signal(signal.SIGINT, usual)
    before = signal.signal(number, signal.SIG_DFL)  # ignored where the tests run under nohup
    try:
        with noted_interrupt() as interrupt:
            with pytest.raises(KeyboardInterrupt), deferred_interrupt():
                signal.raise_signal(number)
                done = "deferred"
            assert interrupt.is_set() and done == "deferred"
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(number, before)


def test_a_request_that_is_ignored_stays_so():  # as under nohup
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with noted_interrupt() as interrupt, deferred_interrupt():
            signal.raise_signal(signal.SIGHUP)
        assert not interrupt.is_set()
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
