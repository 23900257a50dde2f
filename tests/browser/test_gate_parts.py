"""The gate's authority, who may use it, and the way back to the browser."""

import errno
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from gating import PATIENT

from archiver.browser import authority, peer, way
from archiver.browser.authority import Authority
from archiver.browser.way import Room, Way
from archiver.runtime import Runtime


def test_openssl_agrees_about_key_chain_and_name(runtime: Runtime, tmp_path: Path) -> None:
    fresh = Authority.fresh(runtime)
    (tmp_path / "ca.pem").write_text(fresh.pem)
    pipe = "openssl x509 -in ca.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary"
    told = subprocess.run(["sh", "-c", f"{pipe} | openssl base64"], cwd=tmp_path, capture_output=True, check=True)
    assert told.stdout.decode().strip() == fresh.spki_sha256
    assert Authority.fresh(runtime).spki_sha256 != fresh.spki_sha256


def test_context_is_kept_for_a_host_however_it_is_spelled(runtime: Runtime) -> None:
    fresh = Authority.fresh(runtime)
    assert fresh.context_for("пример.рф") is fresh.context_for("XN--E1AFMKFD.XN--P1AI")
    assert fresh.context_for("2001:DB8::1") is fresh.context_for("2001:db8:0::1")
    assert fresh.context_for("a.test") is not fresh.context_for("b.test")
    with pytest.raises(ValueError, match="host"):
        fresh.context_for("a..b")


def test_number_of_contexts_is_bounded(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authority, "MAX_CONTEXTS", 2)
    fresh = Authority.fresh(runtime)
    first = fresh.context_for("a.test")
    fresh.context_for("b.test")
    assert fresh.context_for("a.test") is first  # used last, so it stays
    fresh.context_for("c.test")
    assert fresh.context_for("a.test") is first
    assert len(fresh._contexts) == 2


def test_key_is_read_from_a_file_that_is_gone_where_memory_has_no_path(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    Authority.fresh(runtime).context_for("a.test")
    assert not list(tmp_path.iterdir())


def _answer(kind: int, state: int, owner: int) -> bytes:
    return (
        struct.pack("=IHHII", 88, kind, 0, 1, 0) + bytes((2, state)) + bytes(62) + struct.pack("=I", owner) + bytes(4)
    )


def _error(number: int) -> bytes:
    return struct.pack("=IHHII", 36, 2, 0, 1, 0) + struct.pack("=i", -number) + bytes(16)


@pytest.mark.parametrize(
    ("told", "ours"),
    [
        (_answer(20, 1, 1000), True),
        (_answer(20, 1, 1001), False),
        (_answer(20, 1, 0), False),
        (_answer(20, 6, 1000), False),  # closed: the system no longer says whose it was
        (_answer(20, 1, 1000)[:40], False),
        (b"", False),
        (_error(errno.ENOENT), False),
        (_error(errno.EOPNOTSUPP), True),  # a system that cannot tell
        (_error(errno.EPERM), True),
    ],
)
def test_what_the_kernel_says_about_the_other_end(told: bytes, ours: bool) -> None:
    assert peer.answer_is_ours(told, 1000) is ours


def test_own_connection_is_ours_while_it_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as seen:
            assert peer.is_ours(seen)
        with socket.create_connection(listener.getsockname()) as near:
            far, _ = listener.accept()
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with far:  # reset
            assert not peer.is_ours(far)


def test_everybody_on_the_machine_is_let_in_where_the_system_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("needs Linux, which can tell")
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as seen,
    ):
        monkeypatch.delattr(socket, "AF_NETLINK")
        assert peer.is_ours(seen)


def test_answers_share_room_but_each_has_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way, "MAX_TOGETHER", 2 << 20)
    room = Room()
    greedy, modest = Way(room), Way(room)
    job = threading.Thread(target=greedy.send, args=(bytes(8 << 20),))
    job.start()
    modest.send(bytes(1 << 20))  # never waits, however much the other has
    assert job.is_alive()
    greedy.let_go()
    job.join(PATIENT)
    assert not job.is_alive()
    assert room.taken == 1 << 20
    assert modest.look() == ("more", bytes(1 << 20))
    modest.taken()
    modest.finish()
    assert modest.look() == ("over", b"")
    assert room.taken == 0
    for one in (greedy, modest):
        one.close()


def test_line_that_is_gone_takes_everything_to_nowhere() -> None:
    line = Way(Room())
    line.hang_up()
    line.send(b"x")
    assert line.gone
    assert line.look() == ("closed", b"")
    line.taken()  # what was just handed over was dropped meanwhile
    assert line.plain().recv(1) == b""
    assert line.plain() is line.plain()
    line.close()
    line.let_go()  # late, from another thread


def test_bell_that_nobody_hears_holds_nobody_up() -> None:
    line = Way(Room())
    for _ in range(3000):
        line.send(b"x")
        line.taken()
    assert not line.gone
    line.close()
