"""A second opinion on the way from a time stamp to its root, by a reader that is not ours: OpenSSL's. Pure.

Forging a path then takes a mistake in two programs that share no code. It is asked last, about tokens that our own
reader has found in order: it cannot tell which certificate a signature binds. And it is asked about the signed parts
and the path only: it refuses what many authorities send around them, such as certificates in an order of their own.
"""

import re

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from archiver.custody.certificates import printable
from archiver.custody.der import SEQUENCE, SET, encoded, encoded_integer
from archiver.custody.signed_data import SignedData

_GRANTED = encoded(SEQUENCE, encoded_integer(0))
_SAID = re.compile('(?:reason: "|Verify error: )([^"]+)')
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


def refusal(signed: SignedData, path: tuple[x509.Certificate, ...], digest: bytes) -> str:
    """Return why the second reader does not accept `signed` over `digest` along `path` (signer first), or ""."""
    verifier = VerifierBuilder(roots=[path[-1]], intermediates=list(path[1:-1])).build()
    try:
        verifier.verify(decode_timestamp_response(_answer(signed, path)), digest)
    except (VerificationError, ValueError) as exc:
        why = printable((_SAID.findall(str(exc)) or [str(exc)])[-1])
        return f"a second, independent check of the signature and the certificates failed: {why}"
    return ""


def _answer(signed: SignedData, path: tuple[x509.Certificate, ...]) -> bytes:
    content, digest_algorithm, signer = signed.parts
    certificates = sorted(certificate.public_bytes(Encoding.DER) for certificate in path)
    inner = (encoded_integer(3), encoded(SET, digest_algorithm), content, encoded(0xA0, *certificates))
    message = encoded(SEQUENCE, *inner, encoded(SET, signer))
    return encoded(SEQUENCE, _GRANTED, encoded(SEQUENCE, _SIGNED_DATA, encoded(0xA0, message)))
