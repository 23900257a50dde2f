"""TLS on our side: what is offered, how certificates are judged, what is noted about one connection.

Certificates are checked against the system's roots and those of `ca_pem` in addition: an extra authority is trusted
for what it signs, the public ones stay. Name, dates and chain are OpenSSL's judgement.
"""

import ssl
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archiver.errors import ConfigError
from archiver.http.handshake import CERTIFICATE, SERVER_HELLO, certificate_chain, server_hello
from archiver.model.exchange import Tls

# What browsers still accept; without RSA key exchange many an old site could not be kept.
OFFERED = (
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:RSA+AESGCM:RSA+AES"
    ":!aNULL:!eNULL:!aDSS:!AESCCM:!PSK:!SRP"
)


_UNREADABLE = (  # what the parser raises for certificates that only look like ones
    ValueError,
    LookupError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


class NotedSocket(ssl.SSLSocket):
    """A TLS socket that remembers what the server said in its handshake."""

    hello: tuple[str, str] = ("", "")
    chain: tuple[bytes, ...] = ()


@lru_cache(maxsize=4)  # reading the system's roots takes as long as a hundred exchanges
def client_context(ca_pem: str | None, *, insecure: bool) -> ssl.SSLContext:
    """Return a context for every connection of a route.

    Raises `ConfigError` when `ca_pem` holds no certificate that OpenSSL can read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(OFFERED)
    context.set_alpn_protocols(["http/1.1"])
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # an end without close_notify must show
    context.sslsocket_class = NotedSocket
    # The only way to the chain of a refused certificate; documented for debugging, stable since Python 3.8.
    context._msg_callback = _note  # type: ignore[attr-defined]  # not in typeshed
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if ca_pem is not None:
        try:
            context.load_verify_locations(cadata=ca_pem)
        except (ssl.SSLError, ValueError) as exc:
            raise ConfigError("ca_file", "authority file holds no readable certificate", "give it in PEM form") from exc
    return context


def _note(conn: object, direction: str, _version: object, _content: object, kind: object, data: bytes) -> None:
    if not isinstance(conn, NotedSocket) or direction != "read":
        return
    if kind == SERVER_HELLO:
        conn.hello = server_hello(data)
    elif kind == CERTIFICATE:
        conn.chain = certificate_chain(data)


def tls_facts(sock: ssl.SSLSocket, host: str, *, verified: bool | None, problem: str = "") -> Tls | None:
    """Return what the handshake of `sock` showed, finished or not; None when the server never said hello."""
    if not isinstance(sock, NotedSocket) or not sock.hello[0]:
        return None
    version, cipher = sock.hello
    sni = "" if is_literal(host) else host
    return Tls(version, cipher, sock.selected_alpn_protocol() or "", sni, sock.chain, verified, problem)


def is_literal(host: str) -> bool:
    """Return whether `host` is an address, for which no server name is sent (RFC 6066 §3)."""
    return ":" in host or host.replace(".", "").isdigit()


def doubts(chain: tuple[bytes, ...], host: str, now: datetime) -> str:
    """Return what a glance at the leaf shows against it when nothing was verified; a glance is no verification."""
    if not chain:
        return "no certificate was shown"
    try:
        leaf = x509.load_der_x509_certificate(chain[0])
        tests: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("expired", lambda: leaf.not_valid_after_utc < now),
            ("not yet valid", lambda: leaf.not_valid_before_utc > now),
            ("self-signed", lambda: leaf.issuer == leaf.subject),
            ("for another name", lambda: not _names(leaf, host)),
        )
        return ", ".join(what for what, test in tests if test())
    except _UNREADABLE:
        return "the certificate cannot be read"


def _names(leaf: x509.Certificate, host: str) -> bool:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    if is_literal(host):
        return host in {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    known = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
    return host in known or "*." + host.partition(".")[2] in known


def spki_sha256(pem: str) -> str:
    """Return the SHA-256 of the key of every certificate in `pem`, in Base64 (RFC 7469 §2.4), with commas between."""
    found = x509.load_pem_x509_certificates(pem.encode("utf-8"))
    spki = (each.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for each in found)
    return ",".join(b64encode(sha256(each).digest()).decode("ascii") for each in spki)
