"""The digest file of a WACZ and its signature, bound to the bytes that are here (WACZ Signing and Verification 0.1)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import NameOID

from archiver.bundle.members import Bundle
from archiver.canon import Json
from archiver.custody.certificates import load_certificate
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.loose_json import BadJson, loose_json
from archiver.verify.report import quoted
from archiver.verify.wacz_records import Records, digits_of

PACKAGE, DIGEST_FILE = "datapackage.json", "datapackage-digest.json"
MAX_DIGEST = 1 << 20  # bytes of datapackage-digest.json
SLACK = timedelta(hours=1)  # between the clock that captured and the one that packed

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----")
_OTHER = "what was signed, or hashed, is not this WACZ: it was exchanged, or its list was changed afterwards"
_WHO = "anybody can make a key: the signature shows that nothing was changed by somebody without it, and not who had it"
_NOT_JUDGED = "whether the certificate belongs to whom it names, and when it was signed, is not judged here"


def check_signature(
    bundle: Bundle, package: dict[str, Json] | None, records: Records, *, sealed: bool
) -> Iterator[Finding]:
    """Yield whether the digest file is of this datapackage.json, and what its signature is worth.

    `package` is None where that could not be read; its bytes are hashed all the same.
    `sealed` says that the WACZ holds a case, whose seals need no such signature.
    """
    yield from _created(package or {}, records)
    if DIGEST_FILE not in bundle.members:
        message = f"there is no {DIGEST_FILE}: nothing but the list itself says that it is whole"
        meaning = "programs that make a WACZ write one; it may have been taken out together with a signature"
        yield Finding("signatures", Severity.UNCHECKED, "", message, meaning=meaning)
        return
    try:
        facts = members(loose_json(bundle.read(DIGEST_FILE, MAX_DIGEST)))
        actual = f"sha256:{_hashed(bundle.chunks(PACKAGE))}"
    except CaseError as exc:
        severity = Severity.BROKEN if exc.kind == "damaged" else Severity.UNCHECKED
        yield Finding("signatures", severity, DIGEST_FILE, exc.message, meaning="what was signed cannot be told")
        return
    except BadJson as exc:
        yield _broken(f"it cannot be read: {exc}")
        return
    if facts.get("path") != PACKAGE or facts.get("hash") != actual:
        said = f"{quoted(facts.get('hash'))} of {quoted(facts.get('path'))}"
        yield _broken(f"it states the hash {said}, and {PACKAGE} has {actual}")
    if facts.get("signedData") is None:
        if not sealed:
            message = "this WACZ is not signed: its hashes show damage, and nobody vouches for them"
            yield Finding("signatures", Severity.UNASKED, DIGEST_FILE, message)
        return
    signed = members(facts["signedData"])
    if signed.get("hash") != actual:
        yield _broken(f"its signature is of {quoted(signed.get('hash'))}, and {PACKAGE} has {actual}")
    if package is not None and signed.get("created") != package.get("created"):
        said, here = quoted(signed.get("created")), quoted(package.get("created"))
        yield _broken(f"its signature is of a WACZ made at {said}, and this one says {here}")
    yield from _signed(signed, actual)


def _signed(signed: dict[str, Json], digest: str) -> Iterator[Finding]:
    try:
        domain = signed.get("domainCert")
        key, names = _of_domain(str(domain)) if domain is not None else (_spki(str(signed.get("publicKey"))), [])
        _verify(key, _base64(str(signed.get("signature"))), digest.encode("ascii"))
    except InvalidSignature:
        yield _broken("its signature is not one over this hash by the key that it names")
    except (ValueError, UnsupportedAlgorithm) as exc:
        message = f"its signature cannot be judged: {str(exc)[:200]}"
        yield Finding("signatures", Severity.UNCHECKED, DIGEST_FILE, message, meaning="it may be sound or not")
    else:
        if domain is None:
            message = "signed, sound, by a key that nothing here connects with anybody"
            yield Finding("signatures", Severity.UNASKED, DIGEST_FILE, message, meaning=_WHO)
        elif not _named(str(signed.get("domain")), names):
            said = quoted(signed.get("domain"))
            yield _broken(f"it says that {said} signed, and the certificate that it brings along is of {quoted(names)}")
        else:
            message = f"signed with the certificate that it brings along for the domain {quoted(signed.get('domain'))}"
            yield Finding("signatures", Severity.UNASKED, DIGEST_FILE, message, meaning=_NOT_JUDGED)


def _of_domain(pem: str) -> tuple[EllipticCurvePublicKey, list[str]]:
    """Return the key of the first certificate in `pem`, and the domains that it names."""
    found = _PEM.search(pem)
    if found is None:
        raise ValueError("it brings no certificate along")
    certificate = load_certificate(_base64(found[1]))
    key = certificate.public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("its certificate is not of the kind that the format knows")
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    try:
        others = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return key, [str(name.value) for name in common]
    return key, others.value.get_values_for_type(x509.DNSName)


def _named(domain: str, names: list[str]) -> bool:
    wanted = {domain.lower(), f"*.{domain.lower().partition('.')[2]}"}
    return any(name.lower() in wanted for name in names)


def _spki(text: str) -> EllipticCurvePublicKey:
    key = load_der_public_key(_base64(text))
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("its key is not of the kind that the format knows")
    return key


def _verify(key: EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
    """Raise `InvalidSignature` unless it is one, in either of the two forms that are in use."""
    size = (key.curve.key_size + 7) // 8
    if len(signature) == 2 * size:
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        signature = encode_dss_signature(r, s)
    key.verify(signature, message, ECDSA(SHA256()))


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise ValueError("a value in it is not Base64") from exc


def _created(package: dict[str, Json], records: Records) -> Iterator[Finding]:
    """Yield that the WACZ claims to be older than what it holds."""
    try:
        created = datetime.fromisoformat(str(package.get("created")))
        late = (created.astimezone(UTC) + SLACK).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return  # the format asks for a time, and demands none
    if created.tzinfo is not None and records.newest > digits_of(late):
        message = f"it says that it was made at {quoted(package.get('created'))}, and holds records of {records.newest}"
        meaning = "the time of its making is not true, or the records were put in later"
        yield Finding("contents", Severity.BROKEN, PACKAGE, message, meaning=meaning)


def _hashed(pieces: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _broken(message: str) -> Finding:
    return Finding("signatures", Severity.BROKEN, DIGEST_FILE, message, meaning=_OTHER)
