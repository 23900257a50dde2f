"""The keys that a person signs with, by name (docs/spec/identity.md).

A folder of the user's, closed to others, holds for each identity `<name>.pub` and either the private key `<name>`, or
`<name>.path` with the place of one that lies elsewhere, or neither: then an agent holds it.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from archiver.config.name import SIGNER, SIGNER_HINT
from archiver.custody.sign import SigningError, run_keygen, sign_with
from archiver.custody.sshsig import BadKey, PublicKey
from archiver.errors import ConfigError, Interrupted, StorageError, UsageError
from archiver.pipeline.keyfiles import (
    NEW,
    check_folder,
    clear_leftovers,
    existing_key,
    is_locked,
    make_folder,
    private_key,
    public_key,
    public_line,
    removed_on_failure,
    start_of,
    write_new,
)

Place = Literal["folder", "elsewhere", "agent"]

_ENDINGS = (".pub", ".path")


@dataclass(frozen=True, slots=True)
class Identity:
    """A name to sign under, its public key, and the file that `ssh-keygen -f` is given.

    `place` is where the private key is: in the folder of identities, elsewhere on a disk, or with an agent.
    `passphrase` tells whether one locks it; None where that cannot be seen.
    """

    name: str
    public: PublicKey
    key_file: Path
    place: Place
    passphrase: bool | None

    def sign(self, message: bytes, namespace: str, *, tty: bool) -> bytes:
        """Return the armoured signature of `message` by this key and no other. Raises `SigningError`."""
        return sign_with(self.key_file, message, namespace, tty, key=self.public)


def identities_folder(environ: Mapping[str, str]) -> Path:
    """Return where identities are kept: `archiver/identities` under `$XDG_CONFIG_HOME`, else under `~/.config`.

    Raises `ConfigError` where the environment names neither.
    """
    configured, home = environ.get("XDG_CONFIG_HOME", ""), environ.get("HOME", "")
    if configured.startswith("/"):  # a relative one is to be ignored (XDG Base Directory Specification)
        return Path(configured, "archiver", "identities")
    if not home:
        raise ConfigError("home", "identities: there is no home folder", "set HOME or XDG_CONFIG_HOME")
    return Path(home, ".config", "archiver", "identities")


def identity_names(folder: Path) -> tuple[str, ...]:
    """Return the names of all identities, sorted, readable or not. Raises `ConfigError`."""
    if not os.path.lexists(folder):
        return ()
    with _readable(folder):
        check_folder(folder)
        found = sorted(file.stem for file in folder.iterdir() if file.suffix == ".pub")
    return tuple(name for name in found if _is_name(name))


def identities(folder: Path) -> tuple[Identity, ...]:
    """Return all identities, sorted by name. Raises `ConfigError` for the first that cannot be read."""
    return tuple(identity(folder, name) for name in identity_names(folder))


def identity(folder: Path, name: str) -> Identity:
    """Return the identity of this name. Raises `UsageError` for no name, `ConfigError` when it cannot be read."""
    _check_name(name)
    public_file, private, place = _files(folder, name)
    if not os.path.lexists(public_file):
        raise ConfigError("identity", f"identity {name}: there is none on this machine", "archiver identity list")
    with _readable(public_file):
        check_folder(folder)
        public = public_key(start_of(public_file))
    if os.path.lexists(private):
        return Identity(name, public, private, "folder", is_locked(private))
    if not os.path.lexists(place):
        return Identity(name, public, public_file, "agent", None)
    with _readable(place):
        elsewhere = Path(os.fsdecode(start_of(place).removesuffix(b"\n")))
    return Identity(name, public, elsewhere, "elsewhere", is_locked(elsewhere))


def new_identity(folder: Path, name: str, *, passphrase: bool, tty: bool) -> Identity:
    """Make an Ed25519 key and return it; nothing that exists is touched.

    With `passphrase` ssh-keygen asks for one on the terminal, and a key without one is refused. Raises `UsageError`,
    `ConfigError`, `StorageError`, and `Interrupted` where somebody pressed Ctrl-C instead.
    """
    _check_name(name)
    if passphrase and not tty:
        raise UsageError(
            "no-terminal",
            f"identity {name}: there is no terminal to ask for a passphrase on",
            "run it on a terminal; --no-passphrase makes a key that anybody who reads the file can use",
        )
    with _writing(folder, name) as descriptor, tempfile.TemporaryDirectory(dir=folder, prefix=NEW) as work:
        made = Path(work, "key")
        arguments = ("-q", "-t", "ed25519", "-C", name, "-f", made.name, *(() if passphrase else ("-N", "")))
        with _as_setting():
            run_keygen(arguments, tty=tty and passphrase, folder=made.parent)
            public, locked = private_key(start_of(made))
        if passphrase and not locked:
            raise UsageError(
                "no-passphrase",
                f"identity {name}: no passphrase was given, and no key was made",
                "--no-passphrase makes a key that anybody who reads the file can use",
            )
        made.chmod(0o600)
        os.link(made, name, dst_dir_fd=descriptor, follow_symlinks=False)
        with removed_on_failure(descriptor, name):
            write_new(descriptor, f"{name}.pub", public_line(public, name))
    return identity(folder, name)


def adopt_identity(folder: Path, name: str, source: Path) -> Identity:
    """Take up the existing SSH key `source`: its private key stays where it is, or with an agent. Return the identity.

    `source` is a private key, or a public one; then its private key lies beside it or is held by an agent. Of the
    public key its type and bytes are kept; its comment, which often names user and machine, is not. Raises as
    `new_identity` does.
    """
    _check_name(name)
    if any(char in str(source) for char in "\n\0"):
        raise UsageError("identity-key", "key: a path that holds a line end or a null cannot be kept", "rename it")
    with _as_setting():
        public, private = existing_key(source.absolute())
    place = f"{name}.path" if private is not None else None
    with _writing(folder, name) as descriptor:
        if private is not None:
            write_new(descriptor, f"{name}.path", os.fsencode(private) + b"\n")
        with removed_on_failure(descriptor, place):
            write_new(descriptor, f"{name}.pub", public_line(public, name))
    return identity(folder, name)


def _files(folder: Path, name: str) -> tuple[Path, Path, Path]:
    return folder / f"{name}.pub", folder / name, folder / f"{name}.path"


def _is_name(text: str) -> bool:
    return SIGNER.fullmatch(text) is not None and not text.lower().endswith(_ENDINGS)


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise UsageError("identity-name", f"identity '{name}': not a name", f"{SIGNER_HINT}; not NAME.pub or .path")


@contextmanager
def _writing(folder: Path, name: str) -> Iterator[int]:
    """Yield a descriptor of the folder, made if need be, in which nothing of this name exists."""
    try:
        make_folder(folder)
        check_folder(folder)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _require_free(folder, name)
            clear_leftovers(descriptor)
            yield descriptor
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except FileExistsError as exc:
        raise UsageError("identity-exists", f"identity {name}: exists already", "take another name") from exc
    except OSError as exc:
        raise StorageError("storage", f"{folder}: cannot be written: {exc.strerror or exc}", "is it yours?") from exc


def _require_free(folder: Path, name: str) -> None:
    there = [file for file in _files(folder, name) if os.path.lexists(file)]
    if there and not there[0].suffix == ".pub":
        raise UsageError(
            "identity-exists",
            f"identity {name}: {there[0]} is there without {name}.pub, as where an attempt to make it was stopped",
            "move that file away, if it is nobody's key, or take another name",
        )
    if there:
        raise FileExistsError


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise ConfigError(
            "identity", f"{file}: cannot be read: {exc.strerror or exc}", "archiver identity list"
        ) from exc
    except BadKey as exc:
        raise ConfigError(
            "identity", f"{file}: {exc}", "put back the file from a copy, or make a new identity"
        ) from exc


@contextmanager
def _as_setting() -> Iterator[None]:
    """While no case is at hand, what keeps ssh-keygen from its work is a matter of this machine's set-up."""
    try:
        yield
    except SigningError as exc:
        if exc.kind == "cancelled":
            raise _no_key_made() from exc
        raise ConfigError(exc.kind, exc.message, exc.hint) from exc
    except KeyboardInterrupt as exc:
        raise _no_key_made() from exc
    except BadKey as exc:
        raise ConfigError("ssh-keygen", f"ssh-keygen made no key that can be used: {exc}", "ssh -V") from exc


def _no_key_made() -> Interrupted:
    return Interrupted("interrupted", "interrupted: no key was made", "try again")
