"""Certificates of the demo: roots that issue, and what they issue for one purpose."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

EARLIER = dt.timedelta(days=2)  # that a certificate is valid before it was made: clocks differ


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate in PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key in PEM, without a passphrase."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def root(name: str, now: dt.datetime, valid: dt.timedelta) -> Issued:
    """Return a new authority that certifies itself, valid for `valid` from `now`, and issues for ends alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    built = (
        _begun(_name(name), _name(name), key, now, valid)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Issued(built.sign(key, hashes.SHA256()), key)


def leaf(
    name: str,
    issuer: Issued,
    now: dt.datetime,
    valid: dt.timedelta,
    purpose: x509.ObjectIdentifier,
    *,
    places: Sequence[x509.GeneralName] = (),
) -> Issued:
    """Return what `issuer` issues for `purpose` and nothing else (RFC 5280 §4.2.1.12), under these `places`."""
    key = ec.generate_private_key(ec.SECP256R1())
    above = issuer.key.public_key()
    built = (
        _begun(_name(name), issuer.certificate.subject, key, now, valid)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)  # RFC 3161 §2.3 demands that it is critical
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )
    if places:
        built = built.add_extension(x509.SubjectAlternativeName(places), critical=False)
    return Issued(built.sign(issuer.key, hashes.SHA256()), key)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, valid: dt.timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + valid)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
