"""Keys and signatures for tests: by the real ssh-keygen, and by hand where it needs a device."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from archiver.custody.sshsig import SK_ECDSA, SK_ED25519, PublicKey
from archiver.custody.sshwire import string

NAMESPACE = "custody-seal@archiver"
MESSAGE = b"archiver-seal/v1\nseal: 7\n"

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="needs ssh-keygen: Debian package openssh-client"
)


def keygen(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen and return what came of it."""
    return subprocess.run(("ssh-keygen", *arguments), input=stdin, capture_output=True, timeout=60)


def made_key(folder: Path, name: str = "key", kind: str = "ed25519", bits: int = 0, passphrase: str = "") -> Path:
    """Return the file of a new private key, whose comment names a user and a machine."""
    file = folder / name
    size = ("-b", str(bits)) if bits else ()
    done = keygen("-q", "-t", kind, *size, "-N", passphrase, "-C", "user@machine", "-f", file)
    assert done.returncode == 0, done.stderr
    return file


def public_of(file: Path) -> PublicKey:
    """Return the public key beside a private one."""
    return PublicKey.of_line(file.with_name(f"{file.name}.pub").read_text("utf-8"))


def signed(file: Path, message: bytes = MESSAGE, namespace: str = NAMESPACE, *more: str) -> bytes:
    """Return what ssh-keygen signs."""
    done = keygen("-Y", "sign", *more, "-n", namespace, "-f", file, stdin=message)
    assert done.returncode == 0, done.stderr
    return done.stdout


def takes(folder: Path, armoured: bytes, message: bytes = MESSAGE, namespace: str = NAMESPACE) -> bool:
    """Return whether ssh-keygen takes the signature, whoever made it."""
    file = folder / "taken.sig"
    file.write_bytes(armoured)
    return keygen("-Y", "check-novalidate", "-n", namespace, "-s", file, stdin=message).returncode == 0


def armoured(blob: bytes) -> bytes:
    """Return the armour around the bytes of a signature."""
    text = base64.b64encode(blob)
    lines = b"\n".join(text[at : at + 70] for at in range(0, len(text), 70))
    return b"-----BEGIN SSH SIGNATURE-----\n" + lines + b"\n-----END SSH SIGNATURE-----\n"


def joined(*parts: bytes) -> bytes:
    """Return the parts as SSH strings, one behind the other."""
    return b"".join(string(part) for part in parts)


def mpint(number: int) -> bytes:
    """Return the bytes of a positive mpint, without its length."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def sshsig(
    key: bytes, inner: bytes, *, namespace: bytes = NAMESPACE.encode(), reserved: bytes = b"",
    algorithm: bytes = b"sha512", magic: bytes = b"SSHSIG", version: int = 1, behind: bytes = b""
) -> bytes:  # fmt: skip
    """Return the bytes of a signature made of these parts."""
    return magic + version.to_bytes(4, "big") + joined(key, namespace, reserved, algorithm, inner) + behind


def to_be_signed(message: bytes = MESSAGE, namespace: bytes = NAMESPACE.encode(), algorithm: str = "sha512") -> bytes:
    """Return what a key signs for the message (PROTOCOL.sshsig)."""
    digest = hashlib.new(algorithm, message).digest()
    return b"SSHSIG" + joined(namespace, b"", algorithm.encode(), digest)


def by_security_key(kind: str, application: bytes = b"ssh:", flags: int = 1, counter: int = 7) -> bytes:
    """Return the bytes of a signature of `MESSAGE` as a security key makes it, here in software (PROTOCOL.u2f)."""
    counted = bytes([flags]) + counter.to_bytes(4, "big")
    data = hashlib.sha256(application).digest() + counted + hashlib.sha256(to_be_signed()).digest()
    if kind == SK_ED25519:
        private = ed25519.Ed25519PrivateKey.generate()
        key = joined(kind.encode(), private.public_key().public_bytes_raw(), application)
        return sshsig(key, joined(kind.encode(), private.sign(data)) + counted)
    assert kind == SK_ECDSA
    secret = ec.generate_private_key(ec.SECP256R1())
    point = secret.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    numbers = decode_dss_signature(secret.sign(data, ec.ECDSA(hashes.SHA256())))
    body = joined(*(mpint(number) for number in numbers))
    return sshsig(joined(kind.encode(), b"nistp256", point, application), joined(kind.encode(), body) + counted)
