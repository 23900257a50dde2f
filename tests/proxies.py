"""Small proxies on loopback: they lead every tunnel to `target`, whatever name was asked for, and note the names."""

import base64
import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

POLL = 0.05


@dataclass
class TestProxy:
    """`asked` are the (host, port) pairs of the tunnels, `logins` the credentials given, `raw` what clients said."""

    __test__ = False

    kind: str  # "http" or "socks5"
    target: tuple[str, int] = ("127.0.0.1", 0)
    login: tuple[str, str] | None = None
    reply: bytes | None = None  # said instead of opening the way
    delay: float = 0.0  # seconds between two bytes of the reply
    early: bytes = b""  # sent by the far end right behind the reply

    asked: list[tuple[str, int]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(POLL)
        self.port: int = self._listener.getsockname()[1]
        self._loop = threading.Thread(target=self._accept)
        self._loop.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._loop.join()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def url(self, userinfo: str = "", scheme: str = "") -> str:
        return f"{scheme or self.kind}://{userinfo}{'@' if userinfo else ''}127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(client,)))
                self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(5)
        with client, contextlib.suppress(OSError, IndexError):
            opened = self._http(client) if self.kind == "http" else self._socks(client)
            if opened:
                with socket.create_connection(self.target) as server:
                    self._tunnel(client, server)

    def _say(self, client: socket.socket, data: bytes) -> None:
        if not self.delay:
            client.sendall(data + self.early)
            return
        for byte in data:
            client.sendall(bytes([byte]))
            self._stop.wait(self.delay)

    def _http(self, client: socket.socket) -> bool:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.raw.append(head)
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        self.asked.append((host.strip("[]"), int(port)))
        given = [line[27:] for line in head.split(b"\r\n") if line.startswith(b"Proxy-Authorization: Basic ")]
        self.logins += [base64.b64decode(token).decode() for token in given]
        if self.login is not None and ":".join(self.login) not in self.logins:
            self._say(client, b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")
            return False
        self._say(client, self.reply or b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
        return self.reply is None

    def _socks(self, client: socket.socket) -> bool:
        if self.reply is not None and self.reply[:1] == b"!":
            client.recv(64)
            self._say(client, self.reply[1:])
            return False
        methods = client.recv(64)[2:]
        client.sendall(b"\x05" + (methods[:1] if (methods == b"\x02") == (self.login is not None) else b"\xff"))
        if self.login is not None and methods == b"\x02":
            data = client.recv(600)
            user = data[2 : 2 + data[1]].decode()
            password = data[3 + data[1] :].decode()
            self.logins.append(f"{user}:{password}")
            client.sendall(b"\x01\x00" if (user, password) == self.login else b"\x01\x01")
        request = client.recv(300)
        self.raw.append(request)
        size = request[4]
        host = {
            1: lambda: socket.inet_ntoa(request[4:8]),
            3: lambda: request[5 : 5 + size].decode(),
            4: lambda: socket.inet_ntop(socket.AF_INET6, request[4:20]),
        }[request[3]]()
        self.asked.append((host, int.from_bytes(request[-2:], "big")))
        self._say(client, self.reply or b"\x05\x00\x00\x01\x7f\x00\x00\x01\x12\x34")
        return self.reply is None

    def _tunnel(self, client: socket.socket, server: socket.socket) -> None:
        pump = threading.Thread(target=self._copy, args=(server, client))
        pump.start()
        self._copy(client, server)
        pump.join()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        source.settimeout(POLL)
        limit = time.monotonic() + 20
        with contextlib.suppress(OSError):
            while not self._stop.is_set() and time.monotonic() < limit:
                try:
                    data = source.recv(65536)
                except TimeoutError:
                    continue
                if not data:
                    break
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
