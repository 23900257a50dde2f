"""The signed message inside a time stamp (CMS SignedData: RFC 5652 §5, RFC 3161 §2.4.2, RFC 5816). Pure.

Exactly one signer, signed attributes that name what was signed and by which certificate, plain DER throughout.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from archiver.custody.der import INTEGER, OCTETS, SEQUENCE, SET, BadDer, Reader, Value, encoded, read_one

TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
SHA256: Final = "2.16.840.1.101.3.4.2.1"
DIGESTS: Final = {SHA256: "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
DIGEST_NAMES: Final = {"1.2.840.113549.2.5": "MD5", "1.3.14.3.2.26": "SHA-1", "2.16.840.1.101.3.4.2.4": "SHA-224"}
MAX_CERTIFICATES: Final = 32

_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_BOUND_V1: Final = "1.2.840.113549.1.9.16.2.12"  # signingCertificate: SHA-1
_BOUND_V2: Final = "1.2.840.113549.1.9.16.2.47"  # signingCertificateV2
_SIGNATURES: Final = {  # what the algorithm of a signature says beside the digest: key, and digest where it names one
    "1.2.840.113549.1.1.1": ("RSA", ""),
    "1.2.840.113549.1.1.11": ("RSA", "sha256"),
    "1.2.840.113549.1.1.12": ("RSA", "sha384"),
    "1.2.840.113549.1.1.13": ("RSA", "sha512"),
    "1.2.840.10045.4.3.2": ("EC", "sha256"),
    "1.2.840.10045.4.3.3": ("EC", "sha384"),
    "1.2.840.10045.4.3.4": ("EC", "sha512"),
}
_HASHES: Final = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_MIN_RSA: Final = 2048
_MIN_EC: Final = 256


@dataclass(frozen=True, slots=True)
class Bound:
    """Which certificate the signature names as the one that made it (ESSCertID, ESSCertIDv2).

    `digest` is a name of hashlib's; `issuer` (DER of the names) and `serial` are empty and None where it has none.
    """

    digest: str
    value: bytes
    issuer: bytes
    serial: int | None

    def holds(self, certificate: "Embedded") -> bool:
        """Whether `certificate` is the very one."""
        if hashlib.new(self.digest, certificate.der, usedforsecurity=False).digest() != self.value:
            return False
        return self.serial is None or (self.issuer, self.serial) == (certificate.issuer, certificate.serial)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A certificate that came along: its bytes, and by what a signer is named in DER."""

    der: bytes
    issuer: bytes
    serial: int

    @classmethod
    def read(cls, der: bytes) -> "Embedded":
        """Return the certificate. Raises `BadDer` (RFC 5280 §4.1)."""
        outer = read_one(der, SEQUENCE, "a certificate").reader("a certificate")
        inner = outer.take(SEQUENCE).reader("a certificate")
        inner.next_with(0xA0)
        serial = inner.integer()
        inner.take(SEQUENCE)
        return cls(der, inner.take(SEQUENCE).raw, serial)


@dataclass(frozen=True, slots=True)
class SignedData:
    """A message with one signature. `digest` names that of the message and of the attributes, as hashlib does.

    `attributes` are the bytes that were signed; `bound` are the certificates that they name, the first of each form.
    `parts` are the DER of what the signature covers, and of the signature: content, digest algorithm, signer.
    """

    content: bytes
    certificates: tuple[Embedded, ...]
    issuer: bytes
    serial: int
    digest: str
    message_digest: bytes
    bound: tuple[Bound, ...]
    attributes: bytes
    algorithm: str
    signature: bytes
    parts: tuple[bytes, bytes, bytes]

    @classmethod
    def read(cls, token: bytes) -> "SignedData":
        """Return what `token` (DER of a ContentInfo) holds. Raises `BadDer`."""
        outer = read_one(token, SEQUENCE, "the token").reader("the token")
        if outer.oid() != _SIGNED_DATA:
            raise BadDer("the token is not a signed message")
        inner = _only(outer, 0xA0, SEQUENCE, "the signed message")
        _ = inner.integer()
        inner.take(SET)
        content = inner.take(SEQUENCE)
        certificates = inner.next_with(0xA0)
        inner.next_with(0xA1)
        signers = list(inner.take(SET).reader("the list of signers").rest(SEQUENCE))
        inner.end()
        if len(signers) != 1:
            raise BadDer(f"the token has {len(signers)} signers, and must have exactly one")
        embedded = _embedded(certificates)
        return _signer(signers[0], content, embedded)

    def signer(self) -> tuple[Embedded | None, str]:
        """Return the certificate that made the signature, or None and why it is not known."""
        if not self.certificates:
            return None, "the token holds no certificate, so nobody can check its signature"
        named = [c for c in self.certificates if (c.issuer, c.serial) == (self.issuer, self.serial)]
        if not named:
            return None, "the certificate that the signature names is not in the token"
        found = next((c for c in named if all(bound.holds(c) for bound in self.bound)), None)
        if found is None:
            return None, "the certificate in the token is not the one that the signature binds: it was exchanged"
        return found, ""

    def problems(self, certificate: x509.Certificate) -> Iterator[str]:
        """Yield why this is not a message that the key of `certificate` signed; nothing when it is."""
        if hashlib.new(self.digest, self.content).digest() != self.message_digest:
            yield "what the token says is not what was signed: it was altered afterwards"
        kind, named = _SIGNATURES[self.algorithm]
        if named not in {"", self.digest}:
            yield "the signature names another digest than the one it was made with"
            return
        try:
            yield from self._signature_problems(certificate.public_key(), kind)
        except (ValueError, UnsupportedAlgorithm):
            yield "the key in the authority's certificate cannot be used"
        except InvalidSignature:
            yield "the signature is wrong: the token was altered, or signed with another key"

    def _signature_problems(self, key: object, kind: str) -> Iterator[str]:
        digest = _HASHES[self.digest]
        if isinstance(key, rsa.RSAPublicKey) and kind == "RSA":
            if key.key_size < _MIN_RSA:
                yield f"the authority's key is too short: RSA with {key.key_size} bits"
            key.verify(self.signature, self.attributes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and kind == "EC":
            if key.curve.key_size < _MIN_EC:
                yield f"the authority's key is too short: {key.curve.name}"
            key.verify(self.signature, self.attributes, ec.ECDSA(digest))
        else:
            yield "the signature is of another kind than the key in the authority's certificate"


def _only(outer: Reader, tag: int, inside: int, what: str) -> Reader:
    value = outer.take(tag)
    outer.end()
    return read_one(value.content, inside, what).reader(what)


def _content(value: Value) -> bytes:
    reader = value.reader("the content of the token")
    if reader.oid() != TST_INFO:
        raise BadDer("the signed message is not a time stamp")
    explicit = reader.take(0xA0)
    reader.end()
    return read_one(explicit.content, OCTETS, "the content of the token").content


def _embedded(value: Value | None) -> tuple[Embedded, ...]:
    if value is None:
        return ()
    found = [one.raw for one in value.reader("the list of certificates").rest(SEQUENCE)]
    if len(found) > MAX_CERTIFICATES:
        raise BadDer(f"the token holds {len(found)} certificates, more than {MAX_CERTIFICATES}")
    return tuple(Embedded.read(der) for der in found)


def _signer(value: Value, content: Value, certificates: tuple[Embedded, ...]) -> SignedData:
    reader = value.reader("the signature")
    version, named, hashed = reader.take(INTEGER), reader.take(SEQUENCE), reader.take(SEQUENCE)
    signed, how, signature = reader.take(0xA0), reader.take(SEQUENCE), reader.take(OCTETS)
    reader.next_with(0xA1)  # unsigned attributes: nothing rests on them
    reader.end()
    if version.content != b"\x01":
        raise BadDer("the signature is of a version that is not known")
    name = named.reader("the name of the signer")
    issuer, serial = name.take(SEQUENCE).raw, name.integer()
    name.end()
    digest, algorithm = digest_of(hashed, "the signature"), _algorithm(how)
    attributes = _attributes(signed)
    if _single(attributes, _CONTENT_TYPE).oid() != TST_INFO:
        raise BadDer("the signature is for another kind of message than a time stamp")
    message_digest = _single(attributes, _MESSAGE_DIGEST).take(OCTETS).content
    bound = tuple(_bound(attributes))
    if not bound:
        raise BadDer("the signature does not say which certificate made it")
    whole = encoded(SEQUENCE, version.raw, named.raw, hashed.raw, signed.raw, how.raw, signature.raw)
    return SignedData(
        content=_content(content),
        certificates=certificates,
        issuer=issuer,
        serial=serial,
        digest=digest,
        message_digest=message_digest,
        bound=bound,
        attributes=encoded(SET, signed.content),  # RFC 5652 §5.4: signed under the tag of a SET
        algorithm=algorithm,
        signature=signature.content,
        parts=(content.raw, hashed.raw, whole),
    )


def digest_of(value: Value, what: str) -> str:
    """Return the name, for hashlib, of the digest that an AlgorithmIdentifier names. Raises `BadDer` for a weak one."""
    reader = value.reader(what)
    oid = reader.oid()
    if oid not in DIGESTS:
        raise BadDer(f"{what} rests on {DIGEST_NAMES.get(oid, f'the digest {oid}')}, which is not accepted")
    _parameters(reader)
    return DIGESTS[oid]


def _algorithm(value: Value) -> str:
    reader = value.reader("the algorithm of the signature")
    oid = reader.oid()
    if oid not in _SIGNATURES:
        raise BadDer(f"the signature is of a kind that is not accepted ({oid})")
    _parameters(reader)
    return oid


def _parameters(reader: Reader) -> None:
    null = reader.next_with(0x05)
    if null is not None and null.content:
        raise BadDer("an algorithm has parameters that it cannot have")
    reader.end()


def _attributes(value: Value) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for attribute in value.reader("the signed attributes").rest(SEQUENCE):
        reader = attribute.reader("a signed attribute")
        oid = reader.oid()
        if oid in found:
            raise BadDer("a signed attribute stands there twice")
        found[oid] = reader.take(SET)
        reader.end()
    return found


def _single(attributes: dict[str, Value], oid: str) -> Reader:
    if oid not in attributes:
        raise BadDer("the signature does not say what was signed")
    values = list(attributes[oid].reader("a signed attribute").rest())
    if len(values) != 1:
        raise BadDer("a signed attribute has several values")
    return Reader(values[0].raw, "a signed attribute")


def _bound(attributes: dict[str, Value]) -> Iterator[Bound]:
    for oid in (_BOUND_V1, _BOUND_V2):
        if oid not in attributes:
            continue
        outer = _single(attributes, oid).take(SEQUENCE).reader("the binding of the certificate")
        listed = outer.take(SEQUENCE).reader("the binding of the certificate")
        first = listed.take(SEQUENCE).reader("the binding of the certificate")
        digest = "sha1" if oid == _BOUND_V1 else "sha256"
        named = first.next_with(SEQUENCE) if oid == _BOUND_V2 else None
        if named is not None:
            digest = digest_of(named, "the binding of the certificate")
        value = first.take(OCTETS).content
        issuer, serial = b"", None
        if (where := first.next_with(SEQUENCE)) is not None:
            issuer, serial = _issuer_serial(where)
        first.end()
        yield Bound(digest, value, issuer, serial)


def _issuer_serial(value: Value) -> tuple[bytes, int]:
    reader = value.reader("the binding of the certificate")
    names = reader.take(SEQUENCE).reader("the binding of the certificate")
    directory = names.take(0xA4)  # GeneralName: directoryName, explicit since Name is a CHOICE
    names.end()
    serial = reader.integer(INTEGER)
    reader.end()
    return directory.content, serial
