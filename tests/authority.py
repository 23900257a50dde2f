"""A certificate authority for tests: good leaves and every kind of bad one."""

import datetime as dt
import ipaddress
import ssl
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = dt.timedelta(days=1)


class Authority:
    """Issues certificates around `now`. `pem` is its own certificate, to be trusted or not."""

    def __init__(self, now: dt.datetime, name: str = "Test authority") -> None:
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self.certificate = self._build(
            self._name, self._key, now - 400 * DAY, now + 400 * DAY, x509.BasicConstraints(ca=True, path_length=0), ()
        )
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()

    def context(
        self,
        *names: str,
        valid_from: float = -2,
        valid_to: float = 2,
        self_signed: bool = False,
        with_root: bool = True,
        tls12: bool = False,
    ) -> ssl.SSLContext:
        """Return a server context with a leaf for `names`, valid between these days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(names[0] if names else "nobody")
        leaf = self._build(
            subject,
            key,
            self._now + valid_from * DAY,
            self._now + valid_to * DAY,
            x509.BasicConstraints(ca=False, path_length=None),
            names,
            self_signed=self_signed,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["h2", "http/1.1"])
        if tls12:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        chain = (leaf, self.certificate) if with_root and not self_signed else (leaf,)
        _load(context, key, chain)
        return context

    def _build(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        start: dt.datetime,
        end: dt.datetime,
        constraints: x509.BasicConstraints,
        names: tuple[str, ...],
        *,
        self_signed: bool = False,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if self_signed else self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(constraints, critical=True)
        )
        if names:
            alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
            builder = builder.add_extension(alternatives, critical=False)
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return builder.sign(key if self_signed else self._key, hashes.SHA256())


def _load(context: ssl.SSLContext, key: ec.EllipticCurvePrivateKey, chain: tuple[x509.Certificate, ...]) -> None:
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.TemporaryDirectory() as folder:  # ssl reads keys from files only
        path = Path(folder) / "leaf.pem"
        path.write_bytes(secret + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain))
        context.load_cert_chain(path)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
