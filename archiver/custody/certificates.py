"""Certificates of time stamping authorities: what they may do, and which named root they lead to (RFC 5280 §6). Pure.

Everything is judged at a time that the caller gives. Revocation is not looked up: that needs the network and today's
answers, and says little about a stamp made before (docs/spec/time-stamps.md).
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archiver.custody.der import BadDer
from archiver.errors import UsageError

MAX_DEPTH: Final = 8  # certificates on a path, from the authority's own to the root
MAX_TRIALS: Final = 200  # signatures of certificates that are checked for one token, beside one for each named root
MAX_NAME: Final = 200

_Kind = TypeVar("_Kind", bound=x509.ExtensionType)
_PEM: Final = re.compile(rb"-----BEGIN (?:TRUSTED )?CERTIFICATE-----\s[^-]*-----END (?:TRUSTED )?CERTIFICATE-----")
_STRONG: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNDERSTOOD: Final = frozenset(
    {"2.5.29.15", "2.5.29.19", "2.5.29.30", "2.5.29.32", "2.5.29.36", "2.5.29.37", "2.5.29.54"}
)  # usage, constraints on CAs, names, policies: checked here, or by the second reader of the path


@dataclass(frozen=True, slots=True)
class Roots:
    """The certificates that a verifier trusts for time; those issued by another one serve on the way to a root only.

    `unread` counts those in the file that could not be read.
    """

    certificates: tuple[x509.Certificate, ...]
    unread: int = 0

    @classmethod
    def from_pem(cls, data: bytes) -> "Roots":
        """Return the roots in a PEM bundle. Raises `UsageError` ("roots") when there is none in it."""
        read: dict[bytes, x509.Certificate] = {}
        unread = 0
        for match in _PEM.finditer(data):
            try:
                certificate = _loaded_pem(match.group())
            except ValueError:
                unread += 1
            else:
                read[certificate.fingerprint(hashes.SHA256())] = certificate
        if not read:
            hint = "name a file of certificates in PEM form (-----BEGIN CERTIFICATE-----)"
            raise UsageError("roots", "no certificate of an authority could be read", hint)
        return cls(tuple(read.values()), unread)


@dataclass(frozen=True, slots=True)
class Path:
    """The way from an authority's certificate to a root, both included; `reason` says why there is none."""

    certificates: tuple[x509.Certificate, ...]
    reason: str = ""


def load_certificate(der: bytes) -> x509.Certificate:
    """Return the certificate, with its extensions readable. Raises `BadDer`."""
    try:
        with warnings.catch_warnings():  # the library talks to developers about what others have issued
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(der)
            _ = certificate.extensions, certificate.subject, certificate.issuer
            return certificate
    except Exception as exc:  # odd bytes make the library raise what it likes, KeyError among others
        raise BadDer("a certificate cannot be read") from exc


def purpose_problems(certificate: x509.Certificate) -> Iterator[str]:
    """Yield why `certificate` may not sign time stamps (RFC 3161 §2.3); nothing when it may."""
    usage = _extension(certificate, x509.ExtendedKeyUsage)
    if usage is None or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        yield "the certificate that signed is not for time stamps alone"
    elif not usage.critical:
        yield "the certificate that signed does not insist on being for time stamps alone (its purpose is not critical)"
    keys = _extension(certificate, x509.KeyUsage)
    if keys is not None and not (keys.value.digital_signature or keys.value.content_commitment):
        yield "the certificate that signed may not be used for signatures"
    if _strange(certificate):
        yield "the certificate that signed makes a demand that is not understood here"


def path_to_root(leaf: x509.Certificate, others: tuple[x509.Certificate, ...], roots: Roots, at: datetime) -> Path:
    """Return the first path from `leaf` over `others` to one of `roots` on which everything was valid at `at`.

    Certificates of `others` that lead nowhere are passed over.
    """
    search = _Search(others, roots, at)
    if (found := search.path_from((leaf,))) is not None:
        return Path(found)
    return Path((), search.reason or f"none of the roots issued it: the last known issuer is {name_of(leaf.issuer)}")


def name_of(name: x509.Name) -> str:
    """Return a name for people: common name and organisation, printable, at most `MAX_NAME` characters."""
    parts = [
        str(attribute.value)
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        for attribute in name.get_attributes_for_oid(oid)[:1]
    ]
    return printable(", ".join(parts) or name.rfc4514_string()) or "a nameless issuer"


def printable(text: str) -> str:
    """Return `text` on one line, what cannot be shown replaced, at most `MAX_NAME` characters."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:MAX_NAME])


class _Search:
    def __init__(self, others: tuple[x509.Certificate, ...], roots: Roots, at: datetime) -> None:
        self._roots = roots.certificates
        self._others = others
        self._at = at
        self._trials = MAX_TRIALS + len(roots.certificates)
        self.reason = ""

    def path_from(self, path: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...] | None:
        """Return the first good path that begins as `path` does, or None (`reason` may say why)."""
        last = path[-1]
        if why := self._unfit(last, below=len(path) - 2) if len(path) > 1 else _expired(last, self._at):
            self.reason = self.reason or why
            return None
        if last.issuer == last.subject and last in self._roots:
            return path
        if len(path) == MAX_DEPTH:
            return None
        for issuer in (*self._roots, *self._others):
            if issuer.subject == last.issuer and issuer not in path and self._issued(issuer, last):
                found = self.path_from((*path, issuer))
                if found is not None:
                    return found
        return None

    def _issued(self, issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
        if not self._trials:
            self.reason = self.reason or "too many certificates are named like those that issued it to try them all"
            return False
        self._trials -= 1
        try:
            certificate.verify_directly_issued_by(issuer)
            return isinstance(certificate.signature_hash_algorithm, _STRONG)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            return False

    def _unfit(self, issuer: x509.Certificate, *, below: int) -> str:
        """Return why `issuer`, with so many CAs below it on the path, may not have issued what it did."""
        who = name_of(issuer.subject)
        constraints = _extension(issuer, x509.BasicConstraints)
        if constraints is None or not constraints.value.ca:
            return f"{who} is no authority, and may not issue certificates"
        if constraints.value.path_length is not None and constraints.value.path_length < below:
            return f"{who} may not stand so far above"
        keys = _extension(issuer, x509.KeyUsage)
        if keys is not None and not keys.value.key_cert_sign:
            return f"{who} may not issue certificates"
        purposes = _extension(issuer, x509.ExtendedKeyUsage)
        timed = {ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
        if purposes is not None and not timed & set(purposes.value):
            return f"{who} may not issue certificates for time stamps"
        if _strange(issuer):
            return f"the certificate of {who} makes a demand that is not understood here"
        return _expired(issuer, self._at)


def _expired(certificate: x509.Certificate, at: datetime) -> str:
    if certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        return ""
    return f"the certificate of {name_of(certificate.subject)} was not valid when it stamped"


def _strange(certificate: x509.Certificate) -> bool:
    return any(e.critical and e.oid.dotted_string not in _UNDERSTOOD for e in certificate.extensions)


def _extension(certificate: x509.Certificate, kind: type[_Kind]) -> x509.Extension[_Kind] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None


def _loaded_pem(pem: bytes) -> x509.Certificate:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_certificate(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))
