"""Public keys of accounts and signatures by them: secp256k1 and P-256 (atproto.com/specs/cryptography, /specs/did)."""

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from archiver.platforms.bluesky.cid import Malformed

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MAX_TEXT: Final = 200  # characters of a key: the longest form has about 90

_CODECS: Final[dict[bytes, ec.EllipticCurve]] = {b"\xe7\x01": ec.SECP256K1(), b"\x80\x24": ec.SECP256R1()}
_SUITES: Final[dict[str, ec.EllipticCurve]] = {
    "EcdsaSecp256k1VerificationKey2019": ec.SECP256K1(),
    "EcdsaSecp256r1VerificationKey2019": ec.SECP256R1(),
}
_ORDERS: Final = {
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: `text` as multibase without `did:key:`, whatever form it was told in; `curve` its curve."""

    text: str
    curve: str
    public: ec.EllipticCurvePublicKey

    def require(self, signature: bytes, data: bytes) -> None:
        """Return where `signature` is by this key over `data`. Raises `Malformed` with the reason where it is not.

        A signature is 64 bytes, both numbers in range, and the second in the lower half: so there is but one form.
        """
        if len(signature) != 64:
            raise Malformed(f"a signature of {len(signature)} bytes, where there must be 64")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        order = _ORDERS[self.curve]
        if not (0 < r < order and 0 < s <= order // 2):
            raise Malformed("a signature with numbers out of range, or in the second form, which is not allowed")
        try:
            self.public.verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
        except InvalidSignature as exc:
            raise Malformed("the signature is not by this key over these bytes") from exc


def did_key(text: str) -> Key:
    """Return the key that "did:key:z…" spells. Raises `Malformed` for any other text, and for keys of other kinds."""
    if not text.startswith("did:key:"):
        raise Malformed("a key that does not begin with did:key:")
    return multikey(text.removeprefix("did:key:"))


def multikey(text: str) -> Key:
    """Return the key that a multibase text with its kind spells. Raises `Malformed` for any other text."""
    data = _base58(text)
    if data[:2] not in _CODECS:
        raise Malformed("a key that is neither of secp256k1 nor of P-256")
    if len(data) != 35:
        raise Malformed("a key that is not in its short form of 33 bytes")
    return _key(_CODECS[data[:2]], data[2:])


def verification_key(kind: str, text: str) -> Key:
    """Return the key of a verification method of type `kind`: "Multikey", or one of the two older types.

    Raises `Malformed` for other types and for texts that are no keys.
    """
    if kind == "Multikey":
        return multikey(text)
    if kind not in _SUITES:
        raise Malformed("a key of a type that is not known")
    return _key(_SUITES[kind], _base58(text))


def _key(curve: ec.EllipticCurve, point: bytes) -> Key:
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    except ValueError as exc:
        raise Malformed("a key that is no point of its curve") from exc
    numbers = public.public_numbers()
    short = bytes((2 + numbers.y % 2,)) + numbers.x.to_bytes(32, "big")
    codec = next(prefix for prefix, each in _CODECS.items() if each.name == curve.name)
    return Key("z" + _to_base58(codec + short), curve.name, public)


def _base58(text: str) -> bytes:
    if not 1 < len(text) <= _MAX_TEXT or text[0] != "z":
        raise Malformed("a key that is not in base58")
    number = 0
    for character in text[1:]:
        digit = _ALPHABET.find(character)
        if digit < 0:
            raise Malformed("a key that is not in base58")
        number = number * 58 + digit
    zeros = len(text) - 1 - len(text[1:].lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _to_base58(data: bytes) -> str:
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    return digits
