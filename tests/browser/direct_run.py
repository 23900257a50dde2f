"""One run of Chromium that speaks for itself and writes a NetLog; a blind proxy stands before it."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

CHROMIUM = Path("/usr/lib/chromium/chromium")

Blind = Callable[[str, int], socket.socket]


class BlindProxy:
    """An HTTP proxy: CONNECT goes to what `blind` returns, anything else is answered with `plain`."""

    def __init__(self, blind: Blind, plain: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain") -> None:
        self._blind = blind
        self._plain = plain
        self.tunnels: list[tuple[str, int]] = []
        self.refused: list[str] = []
        self.plain_asked = 0
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for sock in self._open:
            sock.close()
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(65536)
                if not piece:
                    return
                head += piece
            method, target, _ = head.split(b"\r\n")[0].decode("latin-1").split(" ")
            if method != "CONNECT":
                self.plain_asked += 1
                client.sendall(self._plain)
                client.shutdown(socket.SHUT_RDWR)
                return
            host, _, port = target.rpartition(":")
            self.tunnels.append((host, int(port)))
            try:
                server = self._blind(host.strip("[]"), int(port))
            except Exception as exc:  # noqa: BLE001  # whatever the dialler refuses with
                self.refused.append(str(exc))
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                client.shutdown(socket.SHUT_RDWR)
                return
            server.setblocking(True)
            self._open.append(server)
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            self._start(_pump, server, client)
            _pump(client, server)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def browse(
    url: str, log: Path, *flags: str, spki: str, until: Callable[[], bool], seconds: float = 40, kill: bool = False
) -> None:
    """Show `url` in a headless Chromium of its own until `until` says so; its NetLog is then whole in `log`.

    `kill` ends it as a crash would, and leaves the log torn.
    """
    command = [
        *(str(CHROMIUM), "--headless", "--no-sandbox", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-gpu"),
        *("--disable-dev-shm-usage", f"--ignore-certificate-errors-spki-list={spki}", "--remote-debugging-pipe"),
        *(f"--log-net-log={log}", "--net-log-capture-mode=Everything", *flags, url),
    ]
    heard, ours = os.pipe()
    theirs, told = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        shell = ["bash", "-c", f'exec "$0" "$@" 3<&{heard} 4>&{told}']
        process = subprocess.Popen(
            [*shell, *command, f"--user-data-dir={folder}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(heard, told),
            env={"HOME": folder, "TZ": "UTC", "PATH": "/usr/bin:/bin"},
        )
        os.close(heard)
        os.close(told)
        try:
            limit = time.monotonic() + seconds
            while not until() and time.monotonic() < limit and process.poll() is None:
                time.sleep(0.05)
            time.sleep(0.3)
            if kill:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                os.write(ours, b'{"id":1,"method":"Browser.close"}\0')
            process.wait(20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(ours)
            os.close(theirs)
