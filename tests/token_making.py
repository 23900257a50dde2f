"""Answers of authorities made by hand, so that every part of them can be wrong: what no `openssl ts` ever sends."""

import datetime as dt
import hashlib
from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from stamping import Issued

from archiver.custody.der import INTEGER, NULL, OCTETS, OID, SEQUENCE, SET, TIME, encoded, encoded_integer

DIGESTS: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "sha1": ("1.3.14.3.2.26", hashes.SHA1()),  # noqa: S303  # refusing it is what is tested
    "sha256": ("2.16.840.1.101.3.4.2.1", hashes.SHA256()),
    "sha384": ("2.16.840.1.101.3.4.2.2", hashes.SHA384()),
    "sha512": ("2.16.840.1.101.3.4.2.3", hashes.SHA512()),
}
TST_INFO = "1.2.840.113549.1.9.16.1.4"
SIGNED_DATA = "1.2.840.113549.1.7.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
BOUND_V1 = "1.2.840.113549.1.9.16.2.12"
BOUND_V2 = "1.2.840.113549.1.9.16.2.47"


def oid(dots: str) -> bytes:
    first, second, *others = (int(arc) for arc in dots.split("."))
    content = b""
    for arc in (40 * first + second, *others):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(arc & 0x7F | 0x80)
        content += bytes(reversed(septets))
    return encoded(OID, content)


def algorithm(dots: str, *, null: bool = True) -> bytes:
    return encoded(SEQUENCE, oid(dots), encoded(NULL) if null else b"")


def der(certificate: x509.Certificate | bytes) -> bytes:
    return certificate if isinstance(certificate, bytes) else certificate.public_bytes(Encoding.DER)


def attribute(dots: str, *values: bytes) -> bytes:
    return encoded(SEQUENCE, oid(dots), encoded(SET, *values))


@dataclass(frozen=True)
class Recipe:
    """How an answer is to be. Bytes that are None are made as they should be; others take their place."""

    signer: Issued
    imprint: bytes
    nonce: int | None = 7
    at: dt.datetime = dt.datetime(2026, 11, 22, 6, 56, 3, tzinfo=dt.UTC)
    time_text: str | None = None
    imprint_digest: str = "sha256"
    digest: str = "sha256"
    bound: tuple[str, ...] = ("sha256",)
    bound_to: x509.Certificate | bytes | None = None
    names: x509.Certificate | None = None  # whom the signature names as its signer
    certificates: tuple[x509.Certificate | bytes, ...] | None = None
    version: int = 1
    key: Issued | None = None  # who really signs
    status: bytes = encoded(SEQUENCE, encoded_integer(0))
    accuracy: bytes = b""
    tail: bytes = b""  # of the TSTInfo, behind the nonce
    serial: bytes = encoded_integer(0xA01)
    content_type: bytes | None = None
    message_digest: bytes | None = None
    extra_attributes: tuple[bytes, ...] = ()
    signers: int = 1
    unsigned: bytes = b""
    signature_algorithm: bytes | None = None

    def info(self) -> bytes:
        text = self.time_text or self.at.strftime("%Y%m%d%H%M%SZ")
        imprint = encoded(SEQUENCE, algorithm(DIGESTS[self.imprint_digest][0]), encoded(OCTETS, self.imprint))
        nonce = encoded_integer(self.nonce) if self.nonce is not None else b""
        parts = (encoded_integer(self.version), oid("1.2.3.4.1"), imprint, self.serial, encoded(TIME, text.encode()))
        return encoded(SEQUENCE, *parts, self.accuracy, nonce, self.tail)

    def bindings(self) -> list[bytes]:
        certificate = der(self.bound_to or self.signer.certificate)
        made = []
        for name in self.bound:
            value = encoded(OCTETS, hashlib.new(name, certificate).digest())
            named = b"" if name in {"sha1", "sha256"} else algorithm(DIGESTS[name][0], null=False)
            kind = BOUND_V1 if name == "sha1" else BOUND_V2
            binding = encoded(SEQUENCE, encoded(SEQUENCE, encoded(SEQUENCE, named, value)))
            made.append(attribute(kind, binding))
        return made

    def signer_info(self) -> bytes:
        digest = DIGESTS[self.digest]
        hashed = hashlib.new(self.digest, self.info()).digest()
        kind = attribute(CONTENT_TYPE, oid(TST_INFO)) if self.content_type is None else self.content_type
        what = (
            attribute(MESSAGE_DIGEST, encoded(OCTETS, hashed)) if self.message_digest is None else self.message_digest
        )
        attributes = b"".join(sorted((kind, what, *self.bindings(), *self.extra_attributes)))
        key = (self.key or self.signer).key
        signed = encoded(SET, attributes)
        if isinstance(key, rsa.RSAPrivateKey):
            signature, how = key.sign(signed, padding.PKCS1v15(), digest[1]), algorithm("1.2.840.113549.1.1.1")
        else:
            kinds = {"sha1": "1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}
            how = algorithm(f"1.2.840.10045.4.{kinds[self.digest]}", null=False)
            signature = key.sign(signed, ec.ECDSA(digest[1]))
        named = self.names or self.signer.certificate
        name = encoded(SEQUENCE, named.issuer.public_bytes(), encoded_integer(named.serial_number))
        head = (encoded_integer(1), name, algorithm(digest[0]), encoded(0xA0, attributes))
        return encoded(SEQUENCE, *head, self.signature_algorithm or how, encoded(OCTETS, signature), self.unsigned)

    def token(self) -> bytes:
        content = encoded(SEQUENCE, oid(TST_INFO), encoded(0xA0, encoded(OCTETS, self.info())))
        certificates = (self.signer.certificate,) if self.certificates is None else self.certificates
        listed = encoded(0xA0, *(der(certificate) for certificate in certificates)) if certificates else b""
        signers = encoded(SET, *(self.signer_info() for _ in range(self.signers)))
        digests = encoded(SET, algorithm(DIGESTS[self.digest][0]))
        message = encoded(SEQUENCE, encoded_integer(3), digests, content, listed, signers)
        return encoded(SEQUENCE, oid(SIGNED_DATA), encoded(0xA0, message))

    def answer(self) -> bytes:
        return encoded(SEQUENCE, self.status, self.token())

    def but(self, **changes: object) -> "Recipe":
        return replace(self, **changes)  # type: ignore[arg-type]  # fields of this class, as the tests name them


def accuracy(seconds: int | None = None, millis: int | None = None, micros: int | None = None) -> bytes:
    parts = ((INTEGER, seconds), (0x80, millis), (0x81, micros))
    made = [bytes((tag,)) + encoded_integer(number)[1:] for tag, number in parts if number is not None]
    return encoded(SEQUENCE, *made)
