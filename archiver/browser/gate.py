"""The gate in front of one browser: an HTTP proxy on loopback that hands every request to an answerer.

Nothing leaves the machine here. A tunnel for TLS ends at the gate (`Authority`), so that the answerer sees what is
asked; what it sends back goes to the browser octet for octet. One request a connection (RFC 9112 §9.6): then it is
closed, and the end of an answer without a length is the end of the connection, as it was where it came from.
"""

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from archiver.browser.asking import Asking, Refused, Request, Tunnel, is_loopback
from archiver.browser.authority import Authority
from archiver.browser.carry import carry
from archiver.browser.deliver import deliver
from archiver.browser.peer import is_ours
from archiver.browser.stream import SLICE, Counted, Hung, Stream
from archiver.browser.values import Answerer, Asked
from archiver.browser.way import Room, Way
from archiver.runtime import Runtime

LOOPBACK = "127.0.0.1"
MAX_OPEN = 256  # connections served at once, four times what a browser opens; others wait at the door
MAX_NOTES = 1000  # refusals remembered
PATIENCE = 60.0  # seconds for a handshake, or for a browser that opened a connection to say what it wants
LINGER = 2.0  # seconds that are waited for more of a refused request: browsers read nothing before they have sent all
MAX_LINGER = 30.0  # seconds that a refused request may take to end
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"

Blind = Callable[[str, int], socket.socket]
"""Opens the way to a host and port for a tunnel that is not looked into; whatever it raises, the browser gets a 502."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the gate itself refused: nobody was asked, so nothing of it may stand on a record as an answer."""

    url: str
    status: int
    detail: str


class Gate:
    """Serves one browser on 127.0.0.1 at `port` while it is entered. Nothing that comes in raises.

    `answerer` is called once a request, each time on a thread of its own; when it raises, that connection is reset and
    the first such exception is `failure`, raised again at the end of the `with` block. With `blind`, tunnels lead to
    the sockets it returns and nobody looks inside. Only programs of this user are served (`archiver.browser.peer`).
    """

    def __init__(
        self, answerer: Answerer, authority: Authority, runtime: Runtime, *, blind: Blind | None = None
    ) -> None:
        self._answerer = answerer
        self._authority = authority
        self._runtime = runtime
        self._blind = blind
        self._room = Room()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._places = threading.Semaphore(MAX_OPEN)
        self._open: dict[Way, str] = {}
        self._refusals: deque[Refusal] = deque(maxlen=MAX_NOTES)
        self._failure: BaseException | None = None
        self._moved_at = runtime.clock.monotonic()
        self._carried = 0
        self.port = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server((LOOPBACK, 0), backlog=1024)
        self._listener.settimeout(SLICE)
        self.port = self._listener.getsockname()[1]
        self._moved()
        self._door = threading.Thread(target=self._accept, name="gate-door", daemon=True)
        self._door.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._failure is not None and error is None:
            raise self._failure

    def close(self) -> tuple[str, ...]:
        """Hang up everywhere, wait for every thread, and return the addresses that were still being answered.

        An answerer learns of it by `Line.gone`; it is waited for until it returns.
        """
        with self._lock:
            self._closing.set()
            cut = tuple(self._open.values())
            ways = tuple(self._open)
        for way in ways:
            way.let_go()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the door
        self._door.join()
        while self._threads:  # one that ends may have started another
            with self._lock:
                threads, self._threads = self._threads, set()
            for thread in threads:
                thread.join()
        self._listener.close()
        return cut

    def quiet_for(self) -> float:
        """Return how many seconds ago the last byte came from the browser or went to it."""
        return self._runtime.clock.monotonic() - self._moved_at

    @property
    def carried(self) -> int:
        """How many bytes tunnels that are not looked into have brought so far."""
        return self._carried

    @property
    def open(self) -> tuple[str, ...]:
        """The addresses that are being answered now."""
        with self._lock:
            return tuple(self._open.values())

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What the gate refused by itself, the last 1000 of it."""
        with self._lock:
            return tuple(self._refusals)

    @property
    def failure(self) -> BaseException | None:
        """What an answerer raised first."""
        return self._failure

    def _moved(self) -> None:
        self._moved_at = self._runtime.clock.monotonic()

    def _accept(self) -> None:
        while not self._closing.is_set():
            if not self._places.acquire(timeout=SLICE):
                continue
            if not self._let_in():
                self._places.release()

    def _let_in(self) -> bool:
        try:
            connection, _ = self._listener.accept()
        except TimeoutError:
            return False
        except OSError:  # too many files are open: some will be closed
            self._closing.wait(SLICE)
            return False
        if not is_ours(connection):
            connection.close()
            return False
        if not self._start(self._serve, connection):
            connection.close()
            return False
        return True

    def _start(self, work: Callable[..., None], *args: object) -> bool:
        """Run `work` on a thread that is waited for at the end; False where the system has none to give."""
        thread = threading.Thread(target=work, args=args, name="gate", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        with self._lock:
            self._threads = {other for other in self._threads if other.is_alive()} | {thread}
        return True

    def _serve(self, connection: socket.socket) -> None:
        stream = Stream(connection, self._runtime.clock, self._closing.is_set)
        held: list[Asking] = []
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._attend(stream, held)
        except Refused as refused:
            self._refuse(stream, refused)
        except (Hung, OSError):  # browsers hang up all the time
            pass
        except Exception as exc:  # noqa: BLE001  # a mistake of ours: raised again by whoever entered the gate
            self._fail(exc)
        finally:
            self._room.give_back(sum(asking.held for asking in held))
            stream.close()
            self._places.release()

    def _attend(self, stream: Stream, held: list[Asking]) -> None:
        asked = self._asking(stream, held).read()
        self._not_us(asked)
        if isinstance(asked, Request):
            return self._answer(stream, asked)
        if self._blind is not None:
            return self._lead(stream, asked, self._blind)
        if asked.early:
            raise Refused(400, "bytes before the tunnel was there", asked.url)
        stream.say(ESTABLISHED, PATIENCE)
        scheme = "https" if stream.first(PATIENCE) == 0x16 else "http"  # the first byte of every TLS handshake
        if scheme == "https":
            stream.secure(self._authority.context_for(asked.host), PATIENCE)
        inside = self._asking(stream, held).read(asked.base(scheme))
        assert isinstance(inside, Request)  # noqa: S101
        return self._answer(stream, inside)

    def _asking(self, stream: Stream, held: list[Asking]) -> Asking:
        held.append(Asking(stream, self._runtime.clock, moved=self._moved, lend=self._room.lend))
        return held[-1]

    def _not_us(self, asked: Request | Tunnel) -> None:
        """Raise `Refused` for what leads back to the gate: its own refusal would come back as a site's answer."""
        if asked.port == self.port and is_loopback(asked.host):
            raise Refused(403, "the gate itself", asked.url)

    def _answer(self, stream: Stream, request: Request) -> None:
        way = Way(self._room)
        with self._lock:
            self._open[way] = request.asked.url
        try:
            returned = threading.Event()
            if not self._start(self._ask, request.asked, way, returned):
                raise Refused(503, "no thread left to answer", request.asked.url)
            try:
                deliver(
                    stream, way, request, moved=self._moved, closing=self._closing.is_set, clock=self._runtime.clock
                )
            finally:
                way.hang_up()
                returned.wait()
        finally:
            with self._lock:
                del self._open[way]
            way.close()

    def _ask(self, asked: Asked, way: Way, returned: threading.Event) -> None:
        try:
            self._answerer(asked, way)
        except BaseException as exc:  # noqa: BLE001  # raised again by whoever entered the gate
            self._fail(exc)
            way.let_go()
        finally:
            way.finish()
            returned.set()

    def _fail(self, exc: BaseException) -> None:
        with self._lock:
            self._failure = self._failure or exc

    def _lead(self, stream: Stream, asked: Tunnel, blind: Blind) -> None:
        try:
            far = blind(asked.host, asked.port)
        except Exception as exc:
            raise Refused(502, str(exc) or type(exc).__name__, asked.url) from exc
        other = Counted(far, self._runtime.clock, self._closing.is_set, self._brought)
        try:
            carry(
                stream, other, closing=self._closing.is_set, moved=self._moved, to_near=ESTABLISHED, to_far=asked.early
            )
        finally:
            other.close()

    def _brought(self, size: int) -> None:
        with self._lock:
            self._carried += size

    def _refuse(self, stream: Stream, refused: Refused) -> None:
        with self._lock:
            self._refusals.append(Refusal(refused.url, refused.status, refused.detail))
        text = b"refused by the archiver's gate; no server was asked\n"
        head = b"HTTP/1.1 %d Refused\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        try:
            stream.say(head % (refused.status, len(text)) + text, LINGER)
        except Hung:
            return
        stream.finish()
        stream.drain(LINGER, MAX_LINGER)
