"""The site on loopback: a threaded socket server that sends the bytes of a table and nothing of its own.

It speaks HTTP and HTTPS on ports that the system chooses, with a certificate authority that lives as long as the
server does. One request per connection; the request is only read far enough to know which answer is meant.
"""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archiver.demo.site import Key, hosts, not_found
from archiver.errors import CaseError
from archiver.model.address import DEFAULT_PORTS
from archiver.model.exchange import ConnectTo, Route

LOOPBACK = "127.0.0.1"
MAX_REQUEST = 65_536  # bytes of a request head; past it the connection is closed
PATIENCE = 10.0  # seconds that a client may be silent
POLL = 0.2  # seconds between looks at whether to stop
VALID = dt.timedelta(days=2)  # of the certificates, to both sides of now


class DemoServer:
    """Serves `table` (scheme, host, target → answer) on loopback while it is entered.

    `now` dates the certificates. Raises `CaseError` when loopback cannot be listened on.
    """

    def __init__(self, table: Mapping[Key, bytes], now: dt.datetime) -> None:
        self._table = table
        self._ca_pem, self._context = _tls(hosts(table), now)
        self._stop = threading.Event()
        self._listeners: dict[str, socket.socket] = {}
        self._loops: list[threading.Thread] = []
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        try:
            self._listeners = {scheme: socket.create_server((LOOPBACK, 0)) for scheme in ("http", "https")}
        except OSError as exc:
            raise CaseError("demo", f"loopback cannot be listened on: {exc.strerror}") from exc
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="demo-answer")
        for scheme, listener in self._listeners.items():
            listener.settimeout(POLL)
            loop = threading.Thread(target=self._accept, args=(scheme, listener), name=f"demo-{scheme}")
            loop.start()
            self._loops.append(loop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for loop in self._loops:
            loop.join()
        if self._pool is not None:
            self._pool.shutdown()
        for listener in self._listeners.values():
            listener.close()

    def route(self) -> Route:
        """Return the route that leads every host of the table here, trusting this server's authority only."""
        places = sorted({(scheme, host) for scheme, host, _ in self._table})
        return Route(
            connect_to=tuple(
                ConnectTo(host, DEFAULT_PORTS[scheme], LOOPBACK, self._port(scheme)) for scheme, host in places
            ),
            ca_pem=self._ca_pem,
        )

    def _port(self, scheme: str) -> int:
        port: int = self._listeners[scheme].getsockname()[1]
        return port

    def _accept(self, scheme: str, listener: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            if self._pool is not None:
                self._pool.submit(self._serve, scheme, connection)

    def _serve(self, scheme: str, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with contextlib.suppress(OSError):  # a client that went away is no trouble of a demo
            if scheme == "http":
                with connection:
                    self._answer(scheme, connection)
                return
            with self._context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as secure:
                self._answer(scheme, secure)
                secure.unwrap()  # close_notify, so that the end is an end
        connection.close()

    def _answer(self, scheme: str, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < MAX_REQUEST:
            data = connection.recv(4096)
            if not data:
                return
            head += data
        key = _asked(scheme, head)
        connection.sendall(self._table.get(key, not_found()) if key else not_found())


def _asked(scheme: str, head: bytes) -> Key | None:
    lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "host" and len(words) == 3:
            return scheme, value.strip().rpartition(":")[0] or value.strip(), words[1]
    return None


def _tls(names: tuple[str, ...], now: dt.datetime) -> tuple[str, ssl.SSLContext]:
    """Return the authority's certificate (PEM) and a server context with a leaf for `names`."""
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, leaf_name = _name("archiver demo authority"), _name("archiver demo site")
    root = (
        _certificate(root_name, root_name, root_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives.append(x509.IPAddress(ipaddress.ip_address(LOOPBACK)))
    leaf = (
        _certificate(leaf_name, root_name, leaf_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    secret = leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)
    return root.public_bytes(Encoding.PEM).decode("ascii"), _context(secret, chain)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID)
        .not_valid_after(now + VALID)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _context(secret: bytes, chain: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # ssl reads keys from files only; the folder is 0700
        path = Path(folder) / "leaf.pem"
        path.touch(mode=0o600)
        path.write_bytes(secret + chain)
        context.load_cert_chain(path)
    return context
