"""Key files of the user's: what they hold, and putting new ones into a folder that is closed to others."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archiver.custody.sign import check_key_file
from archiver.custody.sshsig import BadKey, PublicKey
from archiver.custody.sshwire import BadWire, Reader, from_base64
from archiver.errors import ConfigError, UsageError

MAX_KEY_FILE = 64 * 1024  # bytes; a private key of the largest RSA size takes less than 14 KiB

NEW = ".new-"  # where a key is made before it gets its name

_BEGIN, _END = b"-----BEGIN OPENSSH PRIVATE KEY-----", b"-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"  # PROTOCOL.key of OpenSSH


def start_of(file: Path) -> bytes:
    """Return the first `MAX_KEY_FILE` bytes of `file`, never waiting for a pipe. Raises `OSError`."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return os.read(descriptor, MAX_KEY_FILE)
    finally:
        os.close(descriptor)


def public_key(text: bytes) -> PublicKey:
    """Return the key that the text of a `.pub` file holds. Raises `BadKey`."""
    return PublicKey.of_line(text.decode("utf-8", "replace").strip("\n"))


def public_line(public: PublicKey, name: str) -> bytes:
    """Return the text of a `.pub` file with `name` for its comment."""
    return f"{public.line} {name}\n".encode("ascii")


def private_key(text: bytes) -> tuple[PublicKey, bool]:
    """Return the public key that stands in clear in a private key file, and whether the rest is locked by a passphrase.

    Raises `BadKey` where the file is not in OpenSSH's own form (PROTOCOL.key).
    """
    try:
        body = text.partition(_BEGIN)[2].partition(_END)[0]
        fields = Reader(from_base64(b"".join(body.split())))
        if fields.raw(len(_MAGIC)) != _MAGIC:
            raise BadWire("it does not begin as one")
        cipher = fields.text()
        fields.string()
        fields.string()
        if fields.uint32() != 1:
            raise BadWire("it does not hold one key")
        return PublicKey.of_blob(fields.string()), cipher != "none"
    except BadWire as exc:
        raise BadKey(f"not a private key in OpenSSH's form: {exc}") from exc


def is_locked(private: Path) -> bool | None:
    """Return whether a passphrase locks the private key; None where that cannot be seen."""
    try:
        return private_key(start_of(private))[1]
    except (OSError, ValueError):
        return None


def existing_key(source: Path) -> tuple[PublicKey, Path | None]:
    """Return the public key of an existing SSH key, given by either of its files, and where its private key is.

    That is None where only an agent can hold it. Raises `UsageError`, and `SigningError` for a private key that others
    can read.
    """
    try:
        text = start_of(source)
        if source.suffix != ".pub" and b"PRIVATE KEY-----" in text[:80]:
            check_key_file(source)
            beside = source.with_name(f"{source.name}.pub")
            return (private_key(text)[0] if text.startswith(_BEGIN) else public_key(start_of(beside))), source
        public, private = public_key(text), source.with_suffix("")
        if source.suffix != ".pub" or not private.exists():
            return public, None
        check_key_file(private)
        return public, private
    except (OSError, ValueError) as exc:
        if isinstance(exc, OSError):
            what, hint = f"{exc.filename or source}: {exc.strerror}", "a PEM key needs its .pub beside it"
        else:
            what, hint = f"{source}: {exc}", "use an Ed25519, ECDSA, security or RSA key, the last of 2048 bits or more"
        raise UsageError("identity-key", f"key {what}", hint) from exc


def make_folder(folder: Path) -> None:
    """Make the folder, and those it lies in where they are missing, for the user alone. Raises `OSError`."""
    for missing in reversed([step for step in (folder, *folder.parents) if not step.exists()]):
        missing.mkdir(mode=0o700)
        missing.chmod(0o700)  # whatever the umask


def check_folder(folder: Path) -> None:
    """Make sure that nobody else can change or read what is in the folder. Raises `ConfigError` and `OSError`."""
    found = folder.stat()
    if found.st_mode & 0o077:
        raise ConfigError(
            "permissions", f"{folder}: others can get at the keys in it", f"chmod 700 {folder}, and look at who did"
        )
    if found.st_uid not in {os.getuid(), 0}:
        raise ConfigError(
            "permissions", f"{folder}: belongs to somebody else", "identities lie in a folder of your own"
        )


def clear_leftovers(folder: int) -> None:
    """Remove from the open folder what attempts that were killed left behind, which may be whole private keys.

    Not while somebody else makes a key there: until the descriptor is closed, whoever asks is told that we do. Where
    the file system cannot tell, nothing is removed. Raises `OSError`.
    """
    with suppress(OSError):
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for name in os.listdir(folder):
            if name.startswith(NEW):
                shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
    with suppress(OSError):
        fcntl.flock(folder, fcntl.LOCK_SH)


def write_new(folder: int, name: str, data: bytes) -> None:
    """Write a file that did not exist into the open folder, readable by the user alone. Raises `OSError`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, 0o600, dir_fd=folder), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def removed_on_failure(folder: int, name: str | None) -> Iterator[None]:
    """Remove `name` from the open folder again when the block fails."""
    try:
        yield
    except BaseException:
        if name is not None:
            with suppress(OSError):
                os.unlink(name, dir_fd=folder)
        raise
