"""A real Chromium behind the gate: what its pages can do through it, told by a page of its own."""

import base64
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from gating import AUTHORITY, PATIENT, gate_for

from archiver.browser.gate import Gate
from archiver.browser.values import Asked, Line

CHROMIUM = shutil.which("chromium")
PAGE = """<!doctype html><meta charset=utf-8><script>
const said = [];
const text = (url, more) => fetch(url, more).then(r => r.text());
const post = body => ({method: 'POST', body});
const talk = url => new Promise(done => {
  const ws = new WebSocket(url); let heard = '';
  ws.onopen = () => ws.send('ping');
  ws.onmessage = e => { heard += e.data; ws.close(); };
  ws.onclose = e => done(heard + ' ' + e.wasClean);
});
const step = async (name, what) => said.push(name + ': ' + await what().catch(e => e.name));
(async () => {
  await step('many', async () => {
    const all = await Promise.all([...Array(80).keys()].map(n => text('/echo?' + n)));
    return all.every((t, n) => t.endsWith('/echo?' + n));
  });
  await step('post', () => text('/size', post(new Uint8Array(3e6))));
  await step('other', () => text('https://xn--e1afmkfd.xn--p1ai:8443/echo'));
  await step('address', () => text('https://127.0.0.2/echo'));
  await step('cut', () => text('/cut'));
  await step('nothing', () => text('/nothing'));
  await step('large', () => fetch('/large').then(r => r.arrayBuffer()).then(b => b.byteLength));
  await step('too large', () => fetch('/size', post(new Uint8Array(70e6))).then(r => r.status));
  await step('wss', () => talk('wss://site.test/talk'));
  await step('ws', () => talk('ws://127.0.0.1:81/talk'));
  await step('left', async () => {
    const leave = new AbortController();
    const answer = await fetch('/endless', {signal: leave.signal});
    await answer.body.getReader().read();
    leave.abort();
    return 'left';
  });
  await fetch('/said', post(said.join('\\n')));
})();
</script>"""
SAID = """many: true
post: 3000000
other: https://xn--e1afmkfd.xn--p1ai:8443/echo
address: https://127.0.0.2/echo
cut: TypeError
nothing: TypeError
large: 67108864
too large: 413
wss: pong true
ws: pong true
left: left"""


class Site:
    """Answers what `PAGE` asks. `said` is what the page told in the end."""

    def __init__(self) -> None:
        self.said = ""
        self.told = threading.Event()
        self.left = threading.Event()

    def __call__(self, asked: Asked, line: Line) -> None:
        path = "/" + asked.url.split("/", 3)[3].partition("?")[0]
        match path:
            case "/":
                line.send(_answer(PAGE.encode(), "text/html"))
            case "/echo":
                line.send(_answer(asked.url.encode()))
            case "/size":
                line.send(_answer(str(len(asked.body)).encode()))
            case "/cut":
                line.send(b"HTTP/1.1 200 OK\r\n\r\npart")
                line.let_go()
            case "/large":
                line.send(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1 << 26))
            case "/endless":
                line.send(b"HTTP/1.1 200 OK\r\n\r\n")
                while not line.gone:
                    line.send(bytes(1000))
                self.left.set()
            case "/talk":
                _talk(asked, line)
            case "/said":
                self.said = asked.body.decode()
                line.send(_answer(b""))
                self.told.set()


def _answer(body: bytes, kind: str = "text/plain") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nAccess-Control-Allow-Origin: *"
    return head.encode() + b"\r\n\r\n" + body


def _talk(asked: Asked, line: Line) -> None:
    """Accept a WebSocket, answer its first frame, and close it as it asks (RFC 6455)."""
    key = asked.value("sec-websocket-key") + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    with line.plain() as plain, plain.makefile("rb") as frames:
        plain.sendall(head + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        for reply in (b"\x81\x04pong", b"\x88\x00"):
            first = frames.read(2)
            frames.read(4 + (first[1] & 0x7F))
            plain.sendall(reply)


@contextlib.contextmanager
def chromium(gate: Gate, folder: Path, url: str) -> Iterator[None]:
    flags = [
        "--headless",
        "--no-sandbox",
        "--remote-debugging-port=0",  # or it would end when the page has loaded
        f"--user-data-dir={folder}",
        f"--proxy-server=http://127.0.0.1:{gate.port}",
        "--proxy-bypass-list=<-loopback>",
        f"--ignore-certificate-errors-spki-list={AUTHORITY.spki_sha256}",
        "--allow-running-insecure-content",
        "--disable-web-security",
    ]
    assert CHROMIUM is not None
    quiet = subprocess.DEVNULL
    with subprocess.Popen([CHROMIUM, *flags, url], stdout=quiet, stderr=quiet, start_new_session=True) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_pages_of_a_real_browser_work_through_the_gate(tmp_path: Path) -> None:
    site = Site()
    with gate_for(site) as gate, chromium(gate, tmp_path, "https://site.test/"):
        assert site.told.wait(4 * PATIENT)
        assert site.left.wait(PATIENT)
        assert [refusal.status for refusal in gate.refusals] == [413]
    assert site.said == SAID
