"""Serves the local site on loopback, over HTTP and HTTPS, fast enough not to be what is measured.

    python benchmarks/local_server.py SITE [--latency 0.04] [--workers 2] [--hostile]

Answers are sent as they lie in the site's folder, from memory that all workers share; each worker waits on all its
connections at once. Connections stay open if the client lets them. `--latency` is the time from a request to the first
byte of its answer, for every answer, without a wait for anybody else.

Prints one line of JSON: the two ports, and the certificate of an authority of its own (the server's key is ECDSA
P-256). With `--hostile` it also says at which further loopback addresses, at the port for HTTP, each misbehaviour is to
be had. Ends when its standard input does.
"""

import argparse
import contextlib
import datetime as dt
import heapq
import ipaddress
import itertools
import json
import mmap
import multiprocessing
import os
import select
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from local_site import ANSWERS, LARGE_FILE, Site, read_site

LOOPBACK = "127.0.0.1"
BACKLOG = 1024
PIECE = 1 << 18  # bytes handed to the kernel at once
EVENTS = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 5\r\n\r\nbusy\n"
BROKEN = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<html\r\nno size\r\n>\r\n"
SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<p>not all of it"

HOSTS = {
    "good": "127.0.0.1",
    "late": "127.0.0.2",  # a quarter of a second to the first byte
    "slow": "127.0.0.3",  # the answer in eight pieces, a tenth of a second apart
    "reset": "127.0.0.4",  # a reset after half of the answer
    "busy": "127.0.0.5",  # 429 with Retry-After, once for every tenth address
    "broken": "127.0.0.6",  # chunks that are none, and bodies shorter than said
    "refused": "127.0.0.7",  # nobody listens
}
LATE, SLOW_PIECES, SLOW_EVERY, BUSY_EACH = 0.25, 8, 0.1, 10

Listener = tuple[socket.socket, ssl.SSLContext | None, str]  # with its host; TLS if it has a context


@dataclass(slots=True)
class Connection:
    """One client. `out`, then `rest`, is to be sent: all of it at once or, if `piece` is set, so much at a time."""

    sock: socket.socket
    host: str
    handshake: bool
    received: bytes = b""
    out: memoryview = field(default_factory=lambda: memoryview(b""))
    rest: memoryview = field(default_factory=lambda: memoryview(b""))
    piece: int = 0
    left_of_piece: int = 0
    wait: float = 0.0  # seconds before sending may begin, or go on
    waiting: bool = False
    last: bool = False  # of its answers: it is closed after this one
    reset: bool = False
    draining: bool = False
    closed: bool = False


class Worker:
    """One process: accepts from `listeners` until `stop` ends."""

    def __init__(self, site: Site, listeners: list[Listener], stop: int, latency: float) -> None:
        self._answers = {answer.path: _part(site, ANSWERS, answer.offset, answer.length) for answer in site.answers}
        self._answers[site.large.path] = _part(site, LARGE_FILE, site.large.offset, site.large.length)
        self._listeners = {listener.fileno(): (listener, context, host) for listener, context, host in listeners}
        self._stop = stop
        self._latency = latency
        self._open: dict[int, Connection] = {}
        self._due: list[tuple[float, int, Connection]] = []
        self._order = itertools.count()
        self._told_busy: set[bytes] = set()
        self._poll = select.epoll()

    def run(self) -> None:
        self._poll.register(self._stop, select.EPOLLIN)
        for number in self._listeners:
            self._poll.register(number, select.EPOLLIN | select.EPOLLEXCLUSIVE)
        while True:
            timeout = max(0.0, self._due[0][0] - time.monotonic()) if self._due else -1
            for number, _ in self._poll.poll(timeout):
                if number == self._stop:
                    return
                if number in self._listeners:
                    self._accept(*self._listeners[number])
                elif (connection := self._open.get(number)) is not None:
                    self._advance(connection)
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                connection = heapq.heappop(self._due)[2]
                connection.waiting = False
                self._advance(connection)

    def _accept(self, listener: socket.socket, context: ssl.SSLContext | None, host: str) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:  # another worker was quicker, or the client has gone
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            sock = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._open[sock.fileno()] = connection = Connection(sock, host, context is not None)
        self._poll.register(sock, EVENTS)
        self._advance(connection)

    def _advance(self, connection: Connection) -> None:
        """Do all that can be done for this client now."""
        try:
            while not (connection.waiting or connection.closed) and self._step(connection):
                pass
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:  # the client's business: it is gone
            self._close(connection)

    def _step(self, connection: Connection) -> bool:
        sock = connection.sock
        if connection.handshake:
            assert isinstance(sock, ssl.SSLSocket)  # noqa: S101 - for the type checker
            sock.do_handshake()
            connection.handshake = False
        elif connection.wait:
            heapq.heappush(self._due, (time.monotonic() + connection.wait, next(self._order), connection))
            connection.waiting, connection.wait = True, 0.0
        elif connection.out:
            self._send(connection)
        elif connection.draining:
            return self._receive(connection)
        else:
            end = connection.received.find(b"\r\n\r\n")
            if end < 0:
                return self._receive(connection)
            request, connection.received = connection.received[: end + 2], connection.received[end + 4 :]
            self._begin(connection, request)
        return True

    def _receive(self, connection: Connection) -> bool:
        data = connection.sock.recv(65536)
        if not data:
            self._close(connection)
            return False
        connection.received = b"" if connection.draining else connection.received + data
        return True

    def _begin(self, connection: Connection, request: bytes) -> None:
        target = request.partition(b" ")[2].partition(b" ")[0]
        head = request.lower()
        connection.last = b"\r\nconnection: close\r\n" in head or b" http/1.0\r\n" in head
        connection.out = self._answers.get(target.partition(b"?")[0].decode("latin-1"), memoryview(NOT_FOUND))
        connection.wait = self._latency
        if connection.host != HOSTS["good"]:
            self._misbehave(connection, target)
        if connection.last:
            self._say_last(connection)

    def _misbehave(self, connection: Connection, target: bytes) -> None:
        if connection.host == HOSTS["late"]:
            connection.wait = LATE
        elif connection.host == HOSTS["slow"]:
            connection.piece = connection.left_of_piece = len(connection.out) // SLOW_PIECES + 1
        elif connection.host == HOSTS["reset"]:
            connection.out = connection.out[: len(connection.out) // 2]
            connection.last = connection.reset = True
        elif connection.host == HOSTS["busy"]:
            if sum(target) % BUSY_EACH == 0 and target not in self._told_busy:
                self._told_busy.add(target)
                connection.out = memoryview(BUSY)
        elif connection.host == HOSTS["broken"]:
            connection.out = memoryview(BROKEN if sum(target) % 2 else SHORT)
            connection.last = True

    def _say_last(self, connection: Connection) -> None:
        # A client that asked for one answer may still wait for more unless it is told.
        line = bytes(connection.out[:100]).partition(b"\r\n")[0] + b"\r\n"
        connection.out, connection.rest = connection.out[len(line) : PIECE], connection.out[PIECE:]
        connection.out = memoryview(line + b"Connection: close\r\n" + connection.out)

    def _send(self, connection: Connection) -> None:
        most = min(PIECE, connection.left_of_piece) if connection.piece else PIECE
        sent = connection.sock.send(connection.out[:most])
        connection.out = connection.out[sent:]
        if not connection.out:
            connection.out, connection.rest = connection.rest, memoryview(b"")
        if not connection.out:
            connection.piece = 0
            if connection.last:
                self._finish(connection)
        elif connection.piece:
            connection.left_of_piece -= sent
            if not connection.left_of_piece:
                connection.wait, connection.left_of_piece = SLOW_EVERY, connection.piece

    def _finish(self, connection: Connection) -> None:
        """Say that nothing more comes, and wait for the client to close: an earlier close could reset what it reads."""
        sock = connection.sock
        if connection.reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._close(connection)
            return
        connection.draining = True
        if isinstance(sock, ssl.SSLSocket):
            with contextlib.suppress(ssl.SSLError):
                sock.unwrap()  # sends close_notify; the client's own is not waited for
        else:
            sock.shutdown(socket.SHUT_WR)

    def _close(self, connection: Connection) -> None:
        self._open.pop(connection.sock.fileno(), None)
        connection.closed = True
        connection.out = connection.rest = memoryview(b"")
        connection.sock.close()


def _part(site: Site, name: str, offset: int, length: int) -> memoryview:
    return _mapped(site.folder / name)[offset : offset + length]


_MAPPED: dict[Path, memoryview] = {}


def _mapped(path: Path) -> memoryview:
    if path not in _MAPPED:
        with path.open("rb") as file:
            _MAPPED[path] = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    return _MAPPED[path]


def tls_context(folder: Path, now: dt.datetime) -> tuple[ssl.SSLContext, Path]:
    """Make an authority and a certificate of it for loopback; return the server's side, and the authority as PEM."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name, name = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("Local site authority", "localhost")
    )

    def start(subject: x509.Name, owned: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder(authority_name, subject, owned.public_key(), x509.random_serial_number())
        return builder.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=30))

    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    authority = (
        start(authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    names = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(host)) for host in HOSTS.values())]
    certificate = (
        start(name, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    ca_file, pair = folder / "authority.pem", folder / "server.pem"
    ca_file.write_bytes(authority.public_bytes(Encoding.PEM))
    pair.touch(mode=0o600)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pair.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    return context, ca_file


def serve(site: Site, *, latency: float, workers: int, hostile: bool, folder: Path) -> None:
    """Serve until standard input ends. `folder` keeps the certificates."""
    context, ca_file = tls_context(folder, dt.datetime.now(dt.UTC))
    plain, secure = _listen(LOOPBACK, 0), _listen(LOOPBACK, 0)
    port = plain.getsockname()[1]
    good: list[Listener] = [(plain, None, LOOPBACK), (secure, context, LOOPBACK)]
    further = [host for name, host in HOSTS.items() if name not in ("good", "refused")] if hostile else []
    bad: list[Listener] = [(_listen(host, port), None, host) for host in further]
    stop, hold = os.pipe()

    def work(mine: list[Listener]) -> None:
        os.close(hold)  # so that the pipe ends with the parent, however the parent ends
        Worker(site, mine, stop, latency).run()

    fork = multiprocessing.get_context("fork")  # what is mapped and listened to goes along
    # One worker has all the further hosts: it remembers whom it told to wait.
    shares = [[*good, *bad], *[good] * (workers - 1)]
    children = [fork.Process(target=work, args=(mine,)) for mine in shares]
    for child in children:
        child.start()
    said = {"http": port, "https": secure.getsockname()[1], "ca_file": str(ca_file), "hosts": HOSTS if hostile else {}}
    print(json.dumps(said), flush=True)
    sys.stdin.read()
    os.close(hold)
    for child in children:
        child.join()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.create_server((host, port), backlog=BACKLOG)
    listener.setblocking(False)
    return listener


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs: where it is, and whom to trust."""

    http: int
    https: int
    ca_file: Path
    hosts: dict[str, str]

    def origin(self, scheme: str) -> str:
        return f"{scheme}://{self.allow(scheme)}"

    def allow(self, scheme: str) -> str:
        return f"{LOOPBACK}:{self.http if scheme == 'http' else self.https}"


@contextlib.contextmanager
def served(site: Site, *, latency: float = 0.0, hostile: bool = False) -> Iterator[Served]:
    """Serve `site` from processes of their own for as long as the block lasts."""
    command = [sys.executable, __file__, str(site.folder), "--latency", str(latency)]
    command += ["--hostile"] if hostile else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - for the type checker
        said = json.loads(process.stdout.readline())
        yield Served(said["http"], said["https"], Path(said["ca_file"]), said["hosts"])
    # leaving the block closed its standard input, and waited


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", type=Path)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds from a request to the first byte")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--hostile", action="store_true", help="misbehave at further loopback addresses")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        serve(
            read_site(wanted.site), latency=wanted.latency, workers=wanted.workers, hostile=wanted.hostile,
            folder=Path(folder),
        )  # fmt: skip


if __name__ == "__main__":
    main()
