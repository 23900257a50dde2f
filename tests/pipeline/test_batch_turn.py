"""One thread at a time is at work, and none waits for ever."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from archiver.capture.waiting import Patience
from archiver.pipeline.turn import Turn
from archiver.runtime import SystemClock


def on_a_thread(work: object) -> threading.Thread:
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_while_one_works_the_others_do_not_and_while_it_waits_one_of_them_does() -> None:
    turn, begun, ended = Turn(), threading.Event(), threading.Event()

    def other() -> None:
        with turn:
            begun.set()
            assert ended.wait(30)

    with turn:
        thread = on_a_thread(other)
        with turn.waits():
            assert begun.wait(30)
            ended.set()
        thread.join(30)
    assert turn._lock.acquire(blocking=False)


def test_who_has_waited_long_enough_goes_on_and_takes_no_turn_from_anybody() -> None:
    turn = Turn()
    with turn:
        for _ in range(2):
            thread = on_a_thread(lambda: turn.__enter__() or turn.__exit__(None, None, None))  # type: ignore[func-returns-value]
            thread.join(30)
            assert not thread.is_alive(), "it went on beside this thread"
        assert not turn._lock.acquire(blocking=False), "and this one has its turn still"
    assert turn._lock.acquire(blocking=False)


def test_a_wait_for_a_socket_is_told_and_what_is_ready_is_none() -> None:
    waits: list[str] = []

    @contextmanager
    def noted() -> Iterator[None]:
        waits.append("begun")
        yield
        waits.append("ended")

    clock = SystemClock()
    patience = Patience(clock, clock.monotonic() + 30, lambda: False, noted)
    here, there = socket.socketpair()
    with here, there:
        assert patience.ready(here, clock.monotonic() + 30, write=True)
        assert waits == []
        assert not patience.ready(here, clock.monotonic(), read=True)
        assert waits == ["begun", "ended"]
