"""When the system has nothing left to give, or there is a mistake in the gate itself."""

import select
import socket
import ssl
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from gating import OK, PATIENT, Told, asking, connected, everything, gate_for, get, status

from archiver.browser import gate as gate_module
from archiver.browser.asking import Asking
from archiver.browser.carry import carry
from archiver.browser.stream import Hung, Stream
from archiver.runtime import Runtime


def test_who_comes_when_all_places_are_taken_waits_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "MAX_OPEN", 2)
    monkeypatch.setattr(gate_module, "SLICE", 0.01)
    with gate_for(Told()) as gate, connected(gate) as first, connected(gate) as second, connected(gate) as third:
        third.sendall(get("http://site.test/"))
        third.settimeout(0.1)
        with pytest.raises(TimeoutError):
            third.recv(1)
        third.settimeout(PATIENT)
        first.close()
        assert everything(third) == OK
        second.close()


def test_door_stays_open_when_files_run_out_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_module, "SLICE", 0.01)
    failed = threading.Event()

    class Poor:
        def __init__(self, listener: socket.socket) -> None:
            self._listener = listener

        def accept(self) -> Any:
            if not failed.is_set():
                failed.set()
                raise OSError(24, "too many open files")
            return self._listener.accept()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._listener, name)

    with gate_for(Told()) as gate:
        monkeypatch.setattr(gate, "_listener", Poor(gate._listener))
        assert failed.wait(PATIENT)
        assert asking(gate, get("http://site.test/")) == OK


@pytest.mark.parametrize(("spare", "expected"), [(0, 0), (1, 503)])
def test_system_without_threads_refuses_and_goes_on(spare: int, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start
    left = [spare]

    def scarce(thread: threading.Thread) -> None:
        if thread.name == "gate" and left[0] == 0:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    with gate_for(Told()) as gate:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", scarce)
            assert status(asking(gate, get("http://site.test/"))) == expected
        assert asking(gate, get("http://site.test/")) == OK


def test_mistake_in_the_gate_is_raised_by_whoever_entered_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_args: object) -> None:
        raise ZeroDivisionError

    def use() -> None:
        with gate_for(Told()) as gate:
            assert asking(gate, get("http://site.test/")) == b""
            assert isinstance(gate.failure, ZeroDivisionError)

    monkeypatch.setattr(Asking, "read", wrong)
    with pytest.raises(ZeroDivisionError):
        use()


def test_refusal_that_nobody_hears_is_noted_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(*_args: object) -> None:
        raise Hung

    monkeypatch.setattr(Stream, "say", deaf)
    with gate_for(Told()) as gate:
        assert asking(gate, b"garbage\r\n\r\n") == b""
        assert [refusal.status for refusal in gate.refusals] == [400]


def test_error_in_the_block_is_not_hidden_by_one_of_an_answerer() -> None:
    def use() -> None:
        with gate_for(Told(act=lambda _asked, _line: time.sleep(-1))) as gate:
            asking(gate, get("http://site.test/"))
            raise LookupError

    with pytest.raises(LookupError):
        use()


class Moody:
    """A TLS socket in the moods that renegotiation and full buffers bring."""

    def __init__(self, real: socket.socket, *moods: Exception) -> None:
        self._real = real
        self._moods = list(moods)

    def fileno(self) -> int:
        return self._real.fileno()

    def _turn(self, *_args: object, **_more: object) -> "Moody":
        if self._moods:
            raise self._moods.pop(0)
        return self

    recv = send = do_handshake = _turn


@pytest.fixture
def pair() -> Any:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def moody(runtime: Runtime, pair: tuple[socket.socket, socket.socket], *moods: Exception) -> Stream:
    stream = Stream(pair[0], runtime.clock, lambda: False)
    socket_like: Any = Moody(pair[0], *moods)
    stream._sock = socket_like
    return stream


def test_stream_waits_for_what_tls_needs(runtime: Runtime, pair: tuple[socket.socket, socket.socket]) -> None:
    stream = moody(runtime, pair, ssl.SSLWantWriteError(), ssl.SSLWantReadError())
    assert stream.read() == b""
    assert stream.events(read=True, write=False) == select.POLLOUT
    assert stream.write(b"x") == 0
    assert stream.events(read=False, write=True) == select.POLLIN


def test_errors_of_the_socket_are_a_hang_up(runtime: Runtime, pair: tuple[socket.socket, socket.socket]) -> None:
    stream = moody(runtime, pair, OSError(), ValueError(), OSError())
    pair[1].send(b"x")
    for ask in (stream.read, lambda: stream.write(b"x"), lambda: stream.first(1)):
        with pytest.raises(Hung):
            ask()


def test_handshake_waits_both_ways(runtime: Runtime, pair: tuple[socket.socket, socket.socket]) -> None:
    tls = moody(runtime, pair, ssl.SSLWantWriteError(), ssl.SSLWantReadError())
    moods: Any = tls._sock
    context: Any = SimpleNamespace(wrap_socket=lambda *_args, **_more: moods)
    pair[1].send(b"x")
    tls.secure(context, PATIENT)
    assert not moods._moods


def test_stream_that_cannot_be_written_gives_up_in_time(
    runtime: Runtime, pair: tuple[socket.socket, socket.socket]
) -> None:
    stream = Stream(pair[0], runtime.clock, lambda: False)
    with pytest.raises(Hung):
        stream.say(bytes(1 << 24), 0.05)
    closing = Stream(pair[0], runtime.clock, lambda: True)
    with pytest.raises(Hung):
        closing.say(bytes(1 << 24), PATIENT)


def test_drain_ends_when_its_time_is_over_whatever_comes(
    runtime: Runtime, pair: tuple[socket.socket, socket.socket]
) -> None:
    pair[1].send(b"more")
    stream = Stream(pair[0], runtime.clock, lambda: False)
    stream.drain(PATIENT, 0)
    assert stream.read() == b"more"


def test_carrying_ends_when_one_end_hears_nothing_more(
    runtime: Runtime, pair: tuple[socket.socket, socket.socket]
) -> None:
    here, there = socket.socketpair()
    near, far = (Stream(sock, runtime.clock, lambda: False) for sock in (pair[0], here))
    there.close()
    with here:
        carry(near, far, closing=lambda: False, moved=lambda: None, to_far=b"for nobody")
