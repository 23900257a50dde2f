"""Signatures in the form of `ssh-keygen -Y sign`, checked without running anything (docs/spec/identity.md). Pure.

The armoured text holds the public key, a namespace and the signature, not the message. What is signed is
`"SSHSIG" ‖ namespace ‖ reserved ‖ hash name ‖ H(message)`, each after the first as an SSH string (PROTOCOL.sshsig of
OpenSSH). Whatever is accepted here `ssh-keygen -Y check-novalidate` accepts, too.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from archiver.custody.sshwire import BadWire, Reader, from_base64, string

MAX_ARMOUR = 64 * 1024  # bytes; that of the largest RSA key takes less than 7 KiB
MAX_NAMESPACE = 255
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 16384
MAX_RSA_EXPONENT_BITS = 64

ED25519 = "ssh-ed25519"
RSA = "ssh-rsa"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
SK_ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com"
ECDSA_PREFIX = "ecdsa-sha2-"

_CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    "nistp256": (ec.SECP256R1(), hashes.SHA256()),
    "nistp384": (ec.SECP384R1(), hashes.SHA384()),
    "nistp521": (ec.SECP521R1(), hashes.SHA512()),
}
_RSA_HASHES: dict[str, hashes.HashAlgorithm] = {"rsa-sha2-256": hashes.SHA256(), "rsa-sha2-512": hashes.SHA512()}
_MESSAGE_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}

_MAGIC = b"SSHSIG"
_ARMOUR = re.compile(
    rb"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/= \t\n\v\f\r]*)\n-----END SSH SIGNATURE-----\n?", re.ASCII
)

_P = 2**255 - 19
# The y of the points of Ed25519 whose order is 1, 2, 4 or 8: under such a key some signatures fit every message.
_SMALL_ORDER = frozenset(
    {
        0,
        1,
        _P - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)

_Check = Callable[[str, bytes, bytes], None]


class BadSignature(ValueError):
    """The signature, or the key, is not sound; the message says why, lower case and without the name of a file."""


class BadKey(BadSignature):
    """A public key that cannot be used, and hence no signature by it."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key: its type, and the bytes that identify it. Two keys are equal when the bytes are.

    Made by `of_blob` and `of_line` only, which refuse what could not be checked.
    """

    kind: str
    blob: bytes = field(repr=False)

    @classmethod
    def of_blob(cls, blob: bytes) -> "PublicKey":
        """Return the key of these bytes (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709, PROTOCOL.u2f). Raises `BadKey`."""
        try:
            kind = Reader(blob[:64]).text()
            _checker(kind, blob)
        except BadWire as exc:
            raise BadKey(f"the public key is damaged: {exc}") from exc
        return cls(kind, bytes(blob))

    @classmethod
    def of_line(cls, line: str) -> "PublicKey":
        """Return the key of a line `TYPE BASE64 [COMMENT]`, as in a `.pub` file. Raises `BadKey`."""
        words = key_words(line)
        if len(words) < 2 or any(char in line.rstrip("\r\n") for char in "\n\r\0"):
            raise BadKey("not a public key on one line: TYPE BASE64")
        try:
            blob = from_base64(words[1].encode("ascii", "replace"))
        except BadWire as exc:
            raise BadKey(f"the public key is damaged: {exc}") from exc
        key = cls.of_blob(blob)
        if key.kind != words[0]:
            raise BadKey("the type before the public key is not the type in it")
        return key

    @property
    def line(self) -> str:
        """The key as `TYPE BASE64`, without a comment and without LF."""
        return f"{self.kind} {base64.b64encode(self.blob).decode('ascii')}"

    @property
    def fingerprint(self) -> str:
        """The fingerprint as `ssh-keygen -l` shows it: `SHA256:` and 43 characters of base64."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode("ascii")
        return f"SHA256:{digest.rstrip('=')}"

    @property
    def hardware(self) -> bool:
        """Whether the private key is in a security key (FIDO), which waits to be touched."""
        return self.kind in {SK_ED25519, SK_ECDSA}


@dataclass(frozen=True, slots=True)
class Signature:
    """What an armoured signature says of itself; nothing of it is checked before `verify`."""

    key: PublicKey
    namespace: str
    hash_name: str
    algorithm: str
    body: bytes = field(repr=False)

    @classmethod
    def parse(cls, armoured: bytes) -> "Signature":
        """Return the signature in `armoured`, which holds nothing else. Raises `BadSignature`.

        As for OpenSSH, the first line ends with LF alone, and blanks in the base64 mean nothing.
        """
        if len(armoured) > MAX_ARMOUR:
            raise BadSignature(f"it is longer than {MAX_ARMOUR} bytes")
        match = _ARMOUR.fullmatch(armoured)
        if match is None:
            raise BadSignature("it is not one armoured SSH signature and nothing else")
        try:
            return cls._of_blob(from_base64(b"".join(match[1].split())))
        except BadWire as exc:
            raise BadSignature(f"it is damaged: {exc}") from exc

    @classmethod
    def _of_blob(cls, blob: bytes) -> "Signature":
        outer = Reader(blob)
        if outer.raw(len(_MAGIC)) != _MAGIC:
            raise BadSignature("it does not begin with SSHSIG")
        if (version := outer.uint32()) != 1:
            raise BadSignature(f"it has version {version}, and only 1 is known")
        key = PublicKey.of_blob(outer.string())
        namespace = outer.text()
        if not 0 < len(namespace) <= MAX_NAMESPACE:
            raise BadSignature(f"its namespace has {len(namespace)} characters; 1 to {MAX_NAMESPACE} are accepted")
        if outer.string():
            raise BadSignature("its reserved field is not empty")
        hash_name = outer.text()
        if hash_name not in _MESSAGE_HASHES:
            raise BadSignature("its hash is neither sha256 nor sha512")
        inner = Reader(outer.string())
        outer.end()
        algorithm = inner.text()
        expected = _RSA_HASHES.keys() if key.kind == RSA else {key.kind}
        if algorithm not in expected:
            why = "SHA-1 is not accepted" if algorithm == RSA == key.kind else f"not one that fits a key {key.kind}"
            raise BadSignature(f"its algorithm is '{algorithm[:64]}': {why}")
        body = inner.string()
        if key.hardware:
            body += inner.raw(5)  # flags and counter, PROTOCOL.u2f
        inner.end()
        return cls(key, namespace, hash_name, algorithm, body)


def key_words(line: str) -> list[str]:
    """Return type, base64 and comment of a public key on a line, as far as they are there; blanks are those of SSH."""
    return re.split(r"[ \t]+", line.strip(" \t\r\n"), maxsplit=2)


def verify(signature: Signature, message: bytes, namespace: str) -> PublicKey:
    """Return the key whose holder signed `message` in `namespace`. Raises `BadSignature`, and nothing else.

    Whose key that is, and whether it was good at the time, is for `archiver.custody.signers` to say.
    """
    if signature.namespace != namespace:
        raise BadSignature(f"it was made for '{signature.namespace}', not for '{namespace}'")
    digest = _MESSAGE_HASHES[signature.hash_name](message).digest()
    parts = (namespace.encode("ascii"), b"", signature.hash_name.encode("ascii"), digest)
    signed = _MAGIC + b"".join(string(part) for part in parts)
    try:
        _checker(signature.key.kind, signature.key.blob)(signature.algorithm, signature.body, signed)
    except BadWire as exc:
        raise BadSignature(f"it is damaged: {exc}") from exc
    except (InvalidSignature, ValueError, UnsupportedAlgorithm) as exc:
        raise BadSignature("it does not fit this key and these bytes") from exc
    return signature.key


def _checker(kind: str, blob: bytes) -> _Check:
    """Return what checks signatures (algorithm, body, signed bytes) of this key. Raises `BadKey` and `BadWire`."""
    fields = Reader(blob)
    fields.string()
    if kind == ED25519:
        check = _ed25519(fields)
    elif kind == RSA:
        check = _rsa(fields)
    elif kind == SK_ED25519:
        check = _hardware(_ed25519(fields), fields.string())
    elif kind == SK_ECDSA:
        check = _hardware(_ecdsa("nistp256", fields), fields.string())
    elif kind.startswith(ECDSA_PREFIX) and kind.removeprefix(ECDSA_PREFIX) in _CURVES:
        check = _ecdsa(kind.removeprefix(ECDSA_PREFIX), fields)
    else:
        raise BadKey(f"keys of the type '{kind}' are not accepted")
    fields.end()
    return check


def _ed25519(fields: Reader) -> _Check:
    point = fields.string()
    if len(point) != 32:
        raise BadKey(f"an Ed25519 key has 32 bytes, this one {len(point)}")
    y = int.from_bytes(point, "little") & (2**255 - 1)
    if y >= _P or y in _SMALL_ORDER:
        raise BadKey("an Ed25519 key under which signatures prove nothing (small order, or not canonical)")

    def check(_: str, body: bytes, signed: bytes) -> None:
        if len(body) != 64:
            raise BadWire(f"an Ed25519 signature has 64 bytes, this one {len(body)}")
        ed25519.Ed25519PublicKey.from_public_bytes(point).verify(body, signed)

    return check


def _ecdsa(curve_name: str, fields: Reader) -> _Check:
    curve, algorithm = _CURVES[curve_name]
    if fields.text() != curve_name:
        raise BadKey("the curve in the ECDSA key is not the one of its type")
    point = fields.string()
    try:
        if point[:1] != b"\x04":
            raise ValueError
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    except ValueError as exc:
        raise BadKey("the ECDSA key is not an uncompressed point of its curve") from exc

    def check(_: str, body: bytes, signed: bytes) -> None:
        numbers = Reader(body)
        r, s = numbers.natural(), numbers.natural()
        numbers.end()
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(algorithm))

    return check


def _rsa(fields: Reader) -> _Check:
    exponent, modulus = fields.natural(), fields.natural()
    bits = modulus.bit_length()
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        raise BadKey(f"an RSA key of {bits} bits; {MIN_RSA_BITS} to {MAX_RSA_BITS} are accepted")
    if exponent.bit_length() > MAX_RSA_EXPONENT_BITS:
        raise BadKey(f"an RSA key with an exponent of more than {MAX_RSA_EXPONENT_BITS} bits")
    try:
        if modulus % 2 == 0:
            raise ValueError
        key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as exc:
        raise BadKey("the numbers of the RSA key do not make a key") from exc

    def check(algorithm: str, body: bytes, signed: bytes) -> None:
        # Some signers leave leading zeros out; OpenSSH puts them back, too.
        key.verify(body.rjust((bits + 7) // 8, b"\0"), signed, padding.PKCS1v15(), _RSA_HASHES[algorithm])

    return check


def _hardware(inner: _Check, application: bytes) -> _Check:
    """Return the check of a security key, which signs hashes, flags and counter instead of the bytes (PROTOCOL.u2f)."""

    def check(algorithm: str, body: bytes, signed: bytes) -> None:
        body, counted = body[:-5], body[-5:]
        inner(algorithm, body, hashlib.sha256(application).digest() + counted + hashlib.sha256(signed).digest())

    return check
