"""The certificate authority of one gate: made for one run, trusted by one browser, gone with the process.

The gate stands where the servers would, so it shows a certificate of its own for every name. The browser is told to
trust this one key (`--ignore-certificate-errors-spki-list`) and no store of the system ever learns of it. Whether the
real servers' certificates are good is judged where they are asked, not here.
"""

import contextlib
import hashlib
import ipaddress
import os
import ssl
import tempfile
import threading
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archiver.model.address import ascii_host
from archiver.runtime import Runtime

MAX_CONTEXTS = 512  # names whose certificate is kept ready
EARLIER = timedelta(days=1)  # clocks differ
LATER = timedelta(days=30)


class Authority:
    """Shows a certificate for any host. Any thread may ask it."""

    def __init__(self, runtime: Runtime, key: ec.EllipticCurvePrivateKey) -> None:
        self._runtime = runtime
        self._key = key
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())  # one for all names: the browser compares none
        self._name = _name("archiver gate")
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self._certificate = self._signed(self._name, key, constraints, None)
        self._lock = threading.Lock()
        self._contexts: OrderedDict[str, ssl.SSLContext] = OrderedDict()

    @classmethod
    def fresh(cls, runtime: Runtime) -> "Authority":
        """Return an authority with a new key (EC P-256), which never leaves this process."""
        return cls(runtime, ec.generate_private_key(ec.SECP256R1()))

    @property
    def spki_sha256(self) -> str:
        """The SHA-256 of the authority's SubjectPublicKeyInfo in Base64 (RFC 7469 §2.4), as Chromium takes it."""
        spki = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b64encode(hashlib.sha256(spki).digest()).decode("ascii")

    @property
    def pem(self) -> str:
        """The authority's own certificate in PEM form, for clients that trust by certificate."""
        return self._certificate.public_bytes(Encoding.PEM).decode("ascii")

    def context_for(self, host: str) -> ssl.SSLContext:
        """Return a server context that shows a certificate for `host`: a name, or an address without brackets.

        The authority's certificate is in the chain, or the browser would not find the key that it trusts. HTTP/1.1 is
        all that is offered (ALPN). Raises `ValueError` for a host that cannot exist.
        """
        name = ascii_host(f"[{host}]" if ":" in host else host)
        if name is None:
            raise ValueError("the host name is not one that can exist")
        with self._lock:
            context = self._contexts.get(name)
            if context is None:
                context = self._contexts[name] = self._context(name)
            self._contexts.move_to_end(name)
            if len(self._contexts) > MAX_CONTEXTS:
                self._contexts.popitem(last=False)
        return context

    def _context(self, host: str) -> ssl.SSLContext:
        # The name stands in the extension alone: a common name holds 64 characters, a host up to 253.
        constraints = x509.BasicConstraints(ca=False, path_length=None)
        leaf = self._signed(_name("archiver"), self._leaf_key, constraints, _general(host.removesuffix(".")))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        secret = self._leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with _readable(secret + b"".join(c.public_bytes(Encoding.PEM) for c in (leaf, self._certificate))) as path:
            context.load_cert_chain(path)
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        constraints: x509.BasicConstraints,
        host: x509.GeneralName | None,
    ) -> x509.Certificate:
        now = self._runtime.clock.now()
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(UUID(self._runtime.ids.uuid()).int)
            .not_valid_before(now - EARLIER)
            .not_valid_after(now + LATER)
            .add_extension(constraints, critical=True)
        )
        if host is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([host]), critical=False)
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


@contextlib.contextmanager
def _readable(data: bytes) -> Iterator[str]:
    """Give a path where OpenSSL, which reads keys from files only, finds `data`: in memory where there is a way."""
    with contextlib.ExitStack() as stack:
        if hasattr(os, "memfd_create"):
            number = os.memfd_create("leaf", os.MFD_CLOEXEC)
            path = f"/proc/self/fd/{number}"
        else:
            number, path = tempfile.mkstemp()
            stack.callback(Path(path).unlink)
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            yield path


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
