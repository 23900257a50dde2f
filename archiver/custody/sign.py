"""Signing with the user's own SSH key by running `ssh-keygen -Y sign`: key file, agent or security key.

The private key and its passphrase never pass through this process: ssh-keygen asks on the terminal itself. Its words
are for the message of an error only, and what it signed is checked before anybody gets it.
"""

import os
import shutil
import stat
import subprocess
import tempfile
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from archiver.custody.sshsig import MAX_ARMOUR, BadSignature, PublicKey, Signature, verify
from archiver.errors import ArchiverError, ExitCode

PATIENCE = 600.0  # seconds for a person to find a passphrase, or to touch a key
PATIENCE_ALONE = 60.0  # seconds for an agent or a security key where nobody is at a terminal
MAX_TOLD = 300  # characters of ssh-keygen's own words in a message

_ASKING = ("SSH_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY")


class SigningError(ArchiverError):
    """Nothing was signed, or no key was made.

    `kind` is one of "ssh-keygen" (not installed, or it did not start), "key" (no such file, or not that key),
    "permissions", "passphrase" (wrong, or nobody to ask), "agent" (the agent does not hold the key), "hardware",
    "time", "cancelled", "unsound" (what came back does not verify) and "failed".
    """

    exit_code = ExitCode.NOT_SEALED


def sign_with(key_file: Path, message: bytes, namespace: str, tty: bool, *, key: PublicKey | None = None) -> bytes:
    """Return the armoured SSH signature of `message`, which `sshsig.verify` accepts in `namespace`.

    `key_file` is a private key, or the `.pub` of a key that an agent holds. With `tty` ssh-keygen asks for a passphrase
    or PIN on the terminal of this process; without, nobody is asked and no window opens. Where `key` is given no other
    key may have signed. Raises `SigningError`.
    """
    check_key_file(key_file)
    try:
        with tempfile.TemporaryDirectory(prefix="archiver-sign-", ignore_cleanup_errors=True) as name:
            file = Path(name, "message")
            file.write_bytes(message)
            run_keygen(("-q", "-Y", "sign", "-n", namespace, "-f", str(key_file.absolute()), str(file)), tty=tty)
            armoured = _read(file.with_suffix(".sig"))
    except OSError as exc:
        why = f"no room for what ssh-keygen is to sign: {exc.strerror}"
        raise SigningError("failed", why, "free some space where temporary files are kept (TMPDIR)") from exc
    try:
        signer = verify(Signature.parse(armoured), message, namespace)
    except BadSignature as exc:
        raise SigningError(
            "unsound", f"ssh-keygen gave a signature that is not sound: {exc}", "try again, or use another key"
        ) from exc
    if key is not None and signer != key:
        raise SigningError(
            "key",
            f"{key_file}: signed as {signer.fingerprint}, not as {key.fingerprint}",
            "archiver identity show NAME",
        )
    return armoured


def check_key_file(file: Path) -> None:
    """Make sure that the file is there and, if it is a private key, closed to others. Raises `SigningError`."""
    try:
        found = file.stat()
    except (OSError, ValueError) as exc:
        why = exc.strerror or exc if isinstance(exc, OSError) else "not a path"
        raise SigningError(
            "key", f"key {file}: {why}", "is the disk with the key there? archiver identity list"
        ) from exc
    if not stat.S_ISREG(found.st_mode):
        raise SigningError("key", f"key {file}: not a file", "archiver identity list")
    if file.suffix != ".pub" and found.st_uid == os.getuid() and found.st_mode & 0o077:
        raise SigningError(
            "permissions",
            f"key {file}: others can read this private key (mode {stat.S_IMODE(found.st_mode):04o})",
            "chmod 600 it; if somebody else may have copied it, treat the key as stolen",
        )


def run_keygen(arguments: Sequence[str], *, tty: bool, folder: Path | None = None) -> bytes:
    """Run ssh-keygen in `folder` and return its stdout; with `tty` it may ask on the terminal.

    Raises `SigningError`.
    """
    program = shutil.which("ssh-keygen")
    if program is None:
        raise SigningError(
            "ssh-keygen", "ssh-keygen: not installed", "install it; on Debian: apt install openssh-client"
        )
    with _terminal(tty) as terminal:
        asks = terminal is not None
        try:
            done = subprocess.run(  # noqa: S603  # a program found by its name, arguments as a list, no shell
                (program, *arguments),
                stdin=terminal if asks else subprocess.DEVNULL,
                capture_output=True,
                cwd=folder,
                env=_environment(asks),
                start_new_session=not asks,  # a session of its own has no terminal that it could open
                timeout=PATIENCE if asks else PATIENCE_ALONE,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise SigningError(
                "time", "ssh-keygen: no answer in time", "was the key touched, the agent asked?"
            ) from exc
        except (OSError, ValueError) as exc:
            raise SigningError("ssh-keygen", f"ssh-keygen: cannot be run: {exc}", "archiver doctor") from exc
    if done.returncode:
        raise _failure(done.returncode, done.stderr.decode("utf-8", "replace"), asks)
    return done.stdout


@contextmanager
def _terminal(wanted: bool) -> Iterator[int | None]:
    # ssh-keygen asks there only when its stdin is a terminal, and ours may be a list of addresses.
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY) if wanted else None
    except OSError:
        descriptor = None
    if descriptor is None:
        yield None
        return
    try:
        settings = termios.tcgetattr(descriptor)
        try:
            yield descriptor
        except BaseException:  # it was ended while it had switched the echo off
            with suppress(termios.error):  # unless it was ended because the terminal was closed
                termios.tcsetattr(descriptor, termios.TCSANOW, settings)
            raise
    finally:
        os.close(descriptor)


def _environment(asks: bool) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if asks or name not in _ASKING}
    return kept | {"LC_ALL": "C"} | ({} if asks else {"SSH_ASKPASS_REQUIRE": "never"})


def _failure(code: int, words: str, asked: bool) -> SigningError:
    told = " / ".join(line.strip() for line in words.splitlines() if line.strip())[:MAX_TOLD]
    known = words.lower()
    if "permissions" in known and "too open" in known:
        return SigningError("permissions", "ssh-keygen: others can read this private key", "chmod 600 it")
    if code < 0 or "interrupted" in known:
        return SigningError("cancelled", "ssh-keygen: stopped before it was done", "nothing was signed; try again")
    if "passphrase" in known and not asked:
        return SigningError(
            "passphrase",
            "the key has a passphrase, and there is no terminal to ask for it",
            "run the command on a terminal, or hold the key in an agent: ssh-add KEYFILE",
        )
    if "passphrase" in known:
        return SigningError("passphrase", "ssh-keygen: the passphrase was wrong", "try again")
    if any(word in known for word in ("device not found", "fido", "sk-provider", "authenticator", "incorrect pin")):
        return SigningError("hardware", f"security key: {told}", "is it plugged in, and was it touched?")
    if "no private key found" in known or "agent" in known:
        return SigningError("agent", f"no agent holds this key: {told}", "ssh-add KEYFILE, and look with ssh-add -l")
    return SigningError("failed", f"ssh-keygen: {told or f'exit code {code}'}", "archiver identity show NAME")


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_ARMOUR + 1)
    except OSError as exc:
        raise SigningError("failed", f"ssh-keygen wrote no signature: {exc.strerror}", "try again") from exc
