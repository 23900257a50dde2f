"""Time stamping authorities on loopback: real tokens by `openssl ts`, over HTTP, with everything that can go wrong.

with LocalAuthority("first", key="rsa", intermediate=True) as authority:
    authority.url, authority.allow          how to ask it, and what a route must allow for that
    authority.roots_pem                     what a verifier must name to trust it
    authority.mode = "slow"                 from now on
"""

import datetime as dt
import gzip
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from server import Answer, Pause, RawServer, Reset, Send, Stay, http

Mode = Literal[
    "good",
    "wrong-type",  # a good answer, called text/html
    "chunked",  # a good answer in chunks
    "gzip",  # a good answer, compressed without having been asked for
    "late",  # a good answer, after `delay` seconds
    "down",  # the connection is reset
    "silent",  # never says anything
    "other-data",  # a stamp over something else
    "other-nonce",  # a stamp for another request over the same data
    "no-certificate",
    "garbage",
    "empty",
    "huge",
    "redirect",
    "error",  # 503
    "refusal",  # a proper answer that grants nothing
]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Days = tuple[float, float]
REPLY = "Content-Type: application/timestamp-reply"
SHA256_OID, SHA224_OID = bytes.fromhex("0609608648016503040201"), bytes.fromhex("0609608648016503040204")
ALWAYS: Days = (-400, 4000)
GATE = 8.0  # seconds; fewer than those for which anybody waits


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_key(kind: str) -> Key:
    """A key: rsa (2048), rsa-1024, ec (P-256), ec-384, ec-521."""
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind.partition("-")[2] or 2048))
    curves: dict[str, ec.EllipticCurve] = {"ec": ec.SECP256R1(), "ec-384": ec.SECP384R1(), "ec-521": ec.SECP521R1()}
    return ec.generate_private_key(curves[kind])


def issue(
    name: str,
    issuer: Issued | None = None,
    *,
    key: str | Key = "ec",
    ca: bool | None = True,
    depth: int | None = None,
    days: Days = ALWAYS,
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
    critical: bool = True,
    usage: bool = True,
    digest: hashes.HashAlgorithm | None = None,
    serial: int | None = None,
    now: dt.datetime | None = None,
    extra: tuple[x509.ExtensionType, ...] = (),
) -> Issued:
    """A certificate for `name`, by `issuer` or by itself, valid between these days from now.

    `ca` None leaves the basic constraints out, `usage` False the key usage; `extra` extensions are critical.
    """
    own = new_key(key) if isinstance(key, str) else key
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = now or dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(today + dt.timedelta(days=days[0]))
        .not_valid_after(today + dt.timedelta(days=days[1]))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, depth if ca else None), critical=True)
    if usage:
        builder = builder.add_extension(_usage(ca=bool(ca)), critical=True)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    for extension in extra:
        builder = builder.add_extension(extension, critical=True)
    return Issued(builder.sign(issuer.key if issuer else own, digest or hashes.SHA256()), own)


def signer(name: str, issuer: Issued, *, key: str | Key = "ec", days: Days = (-30, 300)) -> Issued:
    """A certificate that may sign time stamps and nothing else."""
    return issue(name, issuer, key=key, ca=False, days=days, purposes=(ExtendedKeyUsageOID.TIME_STAMPING,))


class LocalAuthority:
    """An authority with its own root. `days` is how long its certificate is valid, from and to, from now.

    `mode` may be changed at any time; a `gate` keeps good answers back until it is set, and
    `meanwhile` is called before each. `requests` are
    the raw HTTP requests so far. `reply` stamps without HTTP.
    """

    def __init__(
        self,
        name: str = "local",
        *,
        key: str = "ec",
        digest: str = "sha256",
        bound_by: str = "sha256",
        intermediate: bool = False,
        days: Days = (-30, 300),
        mode: Mode = "good",
        delay: float = 0.5,
        millis: bool = False,
    ) -> None:
        self.name = name
        self.mode: Mode = mode
        self.delay = delay
        self.gate: threading.Event | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        self.root = issue(f"{name} root", key=key)
        self.middle = issue(f"{name} intermediate", self.root, key=key, depth=0) if intermediate else None
        self.signer = signer(f"{name} time stamping", self.middle or self.root, key=key, days=days)
        self._digest, self._bound_by, self._millis = digest, bound_by, millis
        self._lock = threading.Lock()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed")
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        self._write()
        self._server = self._open.enter_context(RawServer(default=self._answer))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def roots_pem(self) -> bytes:
        return self.root.pem

    @property
    def url(self) -> str:
        return self._server.url("/tsr")

    @property
    def host_port(self) -> str:
        return self._server.netloc

    @property
    def allow(self) -> tuple[tuple[str, int], ...]:
        """What a route must allow so that the guard lets this authority be asked."""
        return self._server.allow

    @property
    def requests(self) -> list[bytes]:
        return self._server.requests

    def reply(self, query: bytes, *extra: str) -> bytes:
        """The answer (DER) of `openssl ts -reply` to `query` (DER); `extra` are further options."""
        with self._lock:  # one file of serial numbers
            asked = self.folder / "query.tsq"
            asked.write_bytes(query)
            given = self.folder / "answer.tsr"
            command = ["openssl", "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query.tsq", "-out", "answer.tsr"]
            subprocess.run([*command, *extra], cwd=self.folder, check=True, capture_output=True)
            return given.read_bytes()

    def verified(self, data: bytes, response: bytes, *extra: str, roots_pem: bytes | None = None) -> bool:
        """Whether `openssl ts -verify` accepts `response` over `data`; `extra` are further options."""
        return openssl_accepts(data, response, roots_pem or self.roots_pem, *extra)

    def _write(self) -> None:
        self.folder.joinpath("signer.pem").write_bytes(self.signer.pem)
        self.folder.joinpath("signer.key").write_bytes(self.signer.key_pem)
        self.folder.joinpath("chain.pem").write_bytes(self.middle.pem if self.middle else self.root.pem)
        self.folder.joinpath("serial").write_text("0A01\n")
        accuracy = "secs:1, millisecs:500, microsecs:100" if self._millis else "secs:1"
        self.folder.joinpath("ts.cnf").write_text(
            "[tsa]\ndefault_tsa = here\n[here]\nserial = serial\nsigner_cert = signer.pem\nsigner_key = signer.key\n"
            "certs = chain.pem\ndefault_policy = 1.2.3.4.1\ndigests = sha1, sha256, sha384, sha512\nordering = no\n"
            f"accuracy = {accuracy}\nclock_precision_digits = {3 if self._millis else 0}\ntsa_name = yes\n"
            f"ess_cert_id_chain = no\ness_cert_id_alg = {self._bound_by}\nsigner_digest = {self._digest}\n"
        )

    def _answer(self, request: bytes) -> Answer:
        query = request.partition(b"\r\n\r\n")[2]
        match self.mode:
            case "good":
                if self.gate is not None and not self.gate.wait(GATE):
                    return (Reset(),)
                self.meanwhile()
                return http(self.reply(query), REPLY)
            case "wrong-type":
                return http(self.reply(query), "Content-Type: text/html")
            case "chunked":
                body = self.reply(query)
                chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
                return http(b"", REPLY, "Transfer-Encoding: chunked", length=False) + chunk
            case "gzip":
                return http(gzip.compress(self.reply(query)), REPLY, "Content-Encoding: gzip")
            case "late":
                return (Pause(self.delay), Send(http(self.reply(query), REPLY)))
            case "down":
                return (Reset(),)
            case "silent":
                return (Stay(),)
            case "other-data":
                return http(self.reply(_question(b"other data")), REPLY)
            case "other-nonce":
                return http(self.reply(_with_other_nonce(query)), REPLY)
            case "no-certificate":
                return http(self.reply(_without_certificate(query)), REPLY)
            case "garbage":
                return http(b"<html>time is money</html>", REPLY)
            case "empty":
                return http(b"", REPLY)
            case "huge":
                return http(bytes(10_000_000), REPLY)
            case "redirect":
                return http(b"", f"Location: {self._server.url('/elsewhere')}", line=b"HTTP/1.1 302 Found")
            case "error":
                return http(b"down for repairs", line=b"HTTP/1.1 503 Service Unavailable")
            case "refusal":
                return http(self.reply(query.replace(SHA256_OID, SHA224_OID)), REPLY)


def openssl_accepts(data: bytes, response: bytes, roots_pem: bytes, *extra: str) -> bool:
    """Whether `openssl ts -verify` accepts `response` over `data` under these roots; `extra` are further options."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("data", data), ("answer.tsr", response), ("roots.pem", roots_pem)):
            Path(folder, name).write_bytes(content)
        command = ["openssl", "ts", "-verify", "-data", "data", "-in", "answer.tsr", "-CAfile", "roots.pem", *extra]
        return subprocess.run(command, cwd=folder, capture_output=True).returncode == 0


@contextmanager
def local_authorities(*names: str) -> Iterator[tuple[LocalAuthority, ...]]:
    """Several good authorities with different roots and kinds of keys, RSA and EC in turn."""
    with ExitStack() as stack:
        yield tuple(
            stack.enter_context(LocalAuthority(name, key=("rsa", "ec")[place % 2], intermediate=place % 2 == 0))
            for place, name in enumerate(names)
        )


def _usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _question(data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        path.write_bytes(data)
        command = ["openssl", "ts", "-query", "-data", "data", "-sha256", "-cert"]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout


def _with_other_nonce(query: bytes) -> bytes:
    # SEQUENCE { INTEGER 1, imprint, INTEGER nonce, BOOLEAN TRUE }: the last byte of the nonce precedes the boolean.
    return query[:-4] + bytes((query[-4] ^ 1,)) + query[-3:]


def _without_certificate(query: bytes) -> bytes:
    return bytes((query[0], query[1] - 3)) + query[2:-3]
