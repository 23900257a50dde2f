"""A forward proxy of a test's own, whose answers are those of a small site; a browser behind it."""

import contextlib
import shutil
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from chromium import PROGRAM

from archiver.browser.page import VisitSettings, visit
from archiver.browser.process import Browser
from archiver.browser.values import Visit
from archiver.runtime import system_runtime

SITE = "http://site.test"
Handler = Callable[["Asking"], None]


class Asking:
    """One request, and the socket it came by."""

    def __init__(self, method: str, url: str, headers: dict[str, str], body: bytes, line: socket.socket) -> None:
        self.method, self.url, self.headers, self.body, self.line = method, url, headers, body, line

    def answer(self, body: str | bytes, *fields: str, status: str = "200 OK") -> None:
        data = body.encode() if isinstance(body, str) else body
        named = (
            ""
            if any(each.lower().startswith("content-type:") for each in fields)
            else "Content-Type: text/html; charset=utf-8\r\n"
        )
        head = f"HTTP/1.1 {status}\r\n{named}" + "".join(f"{each}\r\n" for each in fields)
        self.line.sendall(f"{head}Content-Length: {len(data)}\r\nConnection: close\r\n\r\n".encode() + data)


class Front:
    """The proxy: `pages` are addresses and what they answer: the text of a page, or a function."""

    def __init__(self) -> None:
        self.pages: dict[str, str | Handler] = {}
        self.asked: list[Asking] = []
        self._moved = time.monotonic()
        front = self

        class Each(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    front._one(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                """A browser that hangs up is no error."""

        self._server = Server(("127.0.0.1", 0), Each)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "Front":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def quiet_for(self) -> float:
        return time.monotonic() - self._moved

    def moved(self) -> None:
        self._moved = time.monotonic()

    def paths(self) -> list[str]:
        """What was asked of the site, in order."""
        return [each.url.removeprefix(SITE) for each in self.asked]

    def _one(self, line: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            if not (piece := line.recv(65536)):
                return
            data += piece
        self.moved()
        head, _, body = data.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        method, url, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
        while len(body) < int(headers.get("content-length", 0)):
            body += line.recv(65536)
        asking = Asking(method, url, headers, body, line)
        self.asked.append(asking)
        page = self.pages.get(url.removeprefix(SITE).split("?")[0])
        if page is None:
            asking.answer("nothing here", status="404 Not Found")
        elif isinstance(page, str):
            asking.answer(page)
        else:
            page(asking)
        self.moved()


@contextlib.contextmanager
def browser(**given: object) -> Iterator[Browser]:
    assert PROGRAM is not None
    with Browser(PROGRAM, system_runtime(), **given) as running:  # type: ignore[arg-type]  # as the test says
        yield running


def shown(
    running: Browser,
    front: Front,
    path: str = "/",
    *,
    folder: Path | None = None,
    seconds: float = 120.0,
    stop: Callable[[], bool] = lambda: False,
    **given: object,
) -> Visit:
    """What comes of showing a page of the site."""
    number = iter(range(1000))

    def place() -> Path:
        assert folder is not None, "a product past 1 MiB"
        return folder / f"product-{next(number)}"

    return visit(
        running,
        SITE + path if path.startswith("/") else path,
        port=front.port,
        quiet_for=front.quiet_for,
        place=place,
        stop=stop,
        until=time.monotonic() + seconds,
        settings=VisitSettings(**given),  # type: ignore[arg-type]  # as the test says
    )


def data_of(seen: Visit, part: str) -> bytes:
    """The bytes of one product."""
    return b"".join(next(each for each in seen.products if each.part == part).blob.chunks())


def remaining(folder: Path) -> list[str]:
    """What is left in a folder for temporary files."""
    return sorted(each.name for each in folder.iterdir())


STRACE = shutil.which("strace")


def processes_with(text: str) -> list[int]:
    """Processes whose command line has this in it, without zombies."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            with contextlib.suppress(OSError):
                if text.encode() in (each / "cmdline").read_bytes():
                    found.append(int(each.name))
    return found
