"""WebSockets in a replay: the server says again what it said, in its turn, to whoever listens."""

import base64
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from chromium import needs_browser
from livebench import SITE
from replaybench import URL, Kept, Way, answer, asked, index_of, player_of
from verify_cases import blob

from archiver.browser.authority import Authority
from archiver.browser.cdp import CallFailed
from archiver.browser.gate import Gate
from archiver.browser.process import Browser
from archiver.browser.window import opened
from archiver.custody.log import Event
from archiver.model.item import Resource
from archiver.replay import talk
from archiver.replay.talk import accepted, told
from archiver.runtime import system_runtime

HEAD = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\nX-Kept: yes\r\n\r\n"
)
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
PROOF = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # both of RFC 6455 §1.3


def frame(text: bytes, opcode: int = 1, *, masked: bool = False) -> bytes:
    head = bytes([0x80 | opcode, len(text) | (0x80 if masked else 0)])
    return head + (bytes(4) if masked else b"") + text


def lines(*said: tuple[str, bytes, int], ended: str = "browser") -> bytes:
    rows: list[dict[str, Any]] = [
        {"by": by, "opcode": opcode, "wire": base64.b64encode(frame(text, opcode, masked=by == "browser")).decode()}
        for by, text, opcode in said
    ]
    return b"".join(json.dumps(row).encode() + b"\n" for row in [*rows, {"ended": ended}])


def talked(kept: Kept, document: bytes, url: str = URL, *more: Any) -> Event:
    """An item with a WebSocket, whose exchange is the first."""
    resource = Resource("websocket-000001", "application/jsonl", kept.case.tick(), blob(document), of=1)
    return kept.item(kept.exchange(url, HEAD), *more, resources=(resource,))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "case")


class Talking(Way):
    """A line with a browser at its other end."""

    def __init__(self) -> None:
        super().__init__()
        self.near, self._far = socket.socketpair()
        self.near.settimeout(20)

    def plain(self) -> socket.socket:
        return self._far

    def hears(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (piece := self.near.recv(size - len(data))):
            data += piece
        return data


def talking(kept: Kept, outcome: Event) -> tuple[Talking, threading.Thread]:
    way = Talking()
    request = asked(URL.replace("http", "ws", 1), upgrade=True, Sec_WebSocket_Key=KEY)
    thread = threading.Thread(target=player_of(index_of(kept.folder, outcome)), args=(request, way))
    thread.start()
    return way, thread


def ended(way: Talking, thread: threading.Thread) -> None:
    thread.join(20)
    assert not thread.is_alive()
    way.near.close()


def test_the_answer_fits_the_key_and_is_otherwise_as_it_was() -> None:
    head = accepted(HEAD, asked(Sec_WebSocket_Key=KEY))
    assert PROOF in head
    assert head.replace(PROOF, b"") == HEAD.replace(b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=", b"")


def test_each_thing_is_said_in_its_turn(kept: Kept) -> None:
    outcome = talked(
        kept,
        lines(
            ("server", b"welcome", 1),
            ("browser", b"one?", 1),
            ("server", b"one", 1),
            ("server", b"", 9),
            ("browser", b"", 10),
            ("browser", b"two?", 1),
            ("server", b"two", 2),
        ),
    )
    way, thread = talking(kept, outcome)
    assert way.hears(9) == frame(b"welcome")
    assert PROOF in way.data
    way.near.sendall(frame(b"1?", masked=True))
    assert way.hears(7) == frame(b"one") + frame(b"", 9)
    way.near.sendall(frame(b"", 10, masked=True) + frame(b"2?", masked=True))
    assert way.hears(5) == frame(b"two", 2)
    way.near.shutdown(socket.SHUT_RDWR)
    ended(way, thread)


def test_a_browser_that_says_less_is_waited_for_a_while(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "PATIENCE", 0.3)
    way, thread = talking(kept, talked(kept, lines(("browser", b"hello?", 1), ("server", b"hello", 1), ended="server")))
    assert way.hears(7) == frame(b"hello")
    assert way.hears(1) == b""  # the server hung up, then
    ended(way, thread)


def test_who_listens_slowly_hears_all_of_it(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "_LOOK", 0.01)
    long = b"\x82\x7f" + (1 << 20).to_bytes(8, "big") + bytes(1 << 20)
    row = {"by": "server", "opcode": 2, "wire": base64.b64encode(long).decode()}
    document = json.dumps(row).encode() + b"\n" + lines(("server", b"and more", 1), ended="server")
    way, thread = talking(kept, talked(kept, document))
    thread.join(0.5)  # nobody listens meanwhile, and it is more than a socket holds
    assert thread.is_alive()
    assert way.hears(len(long) + 10) == long + frame(b"and more")
    assert way.hears(1) == b""
    ended(way, thread)


def test_who_does_not_listen_and_is_gone_is_told_nothing_more(kept: Kept) -> None:
    document = lines(*(("server", b"x" * 100, 2),) * 20_000)
    way, thread = talking(kept, talked(kept, document))
    way.gone = True  # the gate lets go of it
    ended(way, thread)


def test_nobody_says_goodbye_before_the_browser_does(kept: Kept) -> None:
    way, thread = talking(kept, talked(kept, lines(("browser", b"", 8), ("server", b"", 8))))
    way.near.settimeout(0.5)
    with pytest.raises(TimeoutError):
        way.near.recv(1)
    way.near.settimeout(20)
    way.near.sendall(frame(b"", 8, masked=True))
    assert way.hears(2) == frame(b"", 8)
    way.gone = True  # the gate lets go of it
    ended(way, thread)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no json\n",
        b"[]\n",
        b'{"by":"server"}\n',
        b'{"by":"server","wire":7}\n',
        b'{"by":"browser","opcode":{}}\n{"ended":"server"}\n',
        b"{" * 100_000 + b"\n",
    ],
)
def test_what_is_no_talk_says_nothing(kept: Kept, document: bytes) -> None:
    way, thread = talking(kept, talked(kept, document))
    way.near.shutdown(socket.SHUT_WR)
    assert way.hears(1) == b""
    ended(way, thread)


def test_a_line_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "MAX_LINE", 100)
    assert list(told([b'{"a":1}\n', b"x" * 60, b"x" * 60, b'\n{"a":2}\n'])) == [{"a": 1}]


def test_a_page_is_no_websocket_and_a_websocket_no_page(kept: Kept) -> None:
    player = player_of(index_of(kept.folder, talked(kept, lines())))
    way = Way()
    player(asked(URL), way)
    assert way.status == 404
    player = player_of(kept.index(kept.exchange(URL, answer(b"x"))))
    way = Way()
    player(asked(URL, upgrade=True), way)
    assert way.data == b""


@needs_browser
def test_a_real_browser_hears_it(kept: Kept) -> None:
    from chromium import PROGRAM

    assert PROGRAM is not None
    runtime = system_runtime()
    page = b"""<body>no<script>
    const line = new WebSocket('wss://site.test/line?x=1');
    line.onopen = () => line.send('what is new?');
    line.onmessage = said => { document.body.textContent = said.data; line.close() };
    </script>"""
    document = lines(("browser", b"what?", 1), ("server", b"the harbour", 1), ("browser", b"", 8), ("server", b"", 8))
    shown = kept.exchange(SITE, answer(page, "Content-Type: text/html"))
    player = player_of(index_of(kept.folder, talked(kept, document, SITE + "line?x=1", shown)))
    authority = Authority.fresh(runtime)
    with (
        Gate(player, authority, runtime) as gate,
        Browser(PROGRAM, runtime, trusted=authority.spki_sha256) as browser,
        opened(browser, SITE, port=gate.port) as window,
    ):
        text = ""
        for _ in range(300):
            for session in list(window._pages):
                try:
                    wanted = {"expression": "document.body && document.body.innerText", "returnByValue": True}
                    text = str(browser.link.call("Runtime.evaluate", wanted, session)["result"].get("value"))
                except CallFailed:
                    continue
            if text == "the harbour":
                break
            runtime.sleep(0.1)
        assert text == "the harbour"
    assert player.heard().same == 2
    assert {gap.url for gap in player.heard().gaps} <= {SITE + "favicon.ico"}
