import errno
import getpass
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sshkeys import MESSAGE, NAMESPACE, keygen, made_key, needs_ssh_keygen, public_of

from archiver.custody.sign import SigningError
from archiver.custody.sshsig import Signature, verify
from archiver.errors import ArchiverError, ConfigError, Interrupted, StorageError, UsageError
from archiver.pipeline.identity import (
    Identity,
    adopt_identity,
    identities,
    identities_folder,
    identity,
    identity_names,
    new_identity,
)
from archiver.pipeline.keyfiles import check_folder, write_new

pytestmark = needs_ssh_keygen


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nonexistent")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "archiver" / "identities"


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def made(folder: Path, name: str = "jane") -> Identity:
    return new_identity(folder, name, passphrase=False, tty=False)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.lstat().st_mode)


def bytes_of(folder: Path) -> dict[str, bytes | str]:
    """Return what lies in the folder: the bytes of files, the targets of links."""
    return {file.name: str(file.readlink()) if file.is_symlink() else file.read_bytes() for file in folder.iterdir()}


def error_of(kind: type[ArchiverError], folder: Path, name: str, source: Path | None = None) -> ArchiverError:
    """Return the error that making or taking up this identity ends with; nothing in the folder may have changed."""
    before = bytes_of(folder) if folder.is_dir() else {}
    with pytest.raises(kind) as caught:
        made(folder, name) if source is None else adopt_identity(folder, name, source)
    assert (bytes_of(folder) if folder.is_dir() else {}) == before
    return caught.value


def test_a_new_identity_signs_and_is_found_again(folder: Path) -> None:
    jane = made(folder)
    assert jane.place == "folder"
    assert jane.passphrase is False
    assert jane.public.kind == "ssh-ed25519"
    assert verify(Signature.parse(jane.sign(MESSAGE, NAMESPACE, tty=False)), MESSAGE, NAMESPACE) == jane.public
    assert identity(folder, "jane") == jane
    made(folder, "anna")
    assert [found.name for found in identities(folder)] == ["anna", "jane"]
    assert identity_names(folder / "nowhere") == ()


@pytest.mark.usefixtures("umask")
def test_folder_and_key_are_closed_whatever_the_umask(folder: Path) -> None:
    made(folder)
    assert mode(folder) == mode(folder.parent) == mode(folder.parent.parent) == 0o700
    assert {file.name: mode(file) for file in folder.iterdir()} == {"jane": 0o600, "jane.pub": 0o600}


def test_neither_user_nor_machine_stands_in_what_is_shown_to_others(folder: Path, tmp_path: Path) -> None:
    source = made_key(tmp_path)
    adopt_identity(folder, "pseudonym", source)
    made(folder, "jane")
    for name in ("pseudonym", "jane"):
        text = (folder / f"{name}.pub").read_text()
        assert text == f"{identity(folder, name).public.line} {name}\n"
        assert "user@machine" not in text
        assert socket.gethostname() not in text.split()[2]
        assert getpass.getuser() not in text.split()[2]
    assert keygen("-l", "-f", folder / "jane").stdout.decode().split()[2] == "jane"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "-x", "a/b", "../x", "a b", "a\n", "jané", "a\0b", "x" * 101, "jane.pub", "jane.PATH", "_x"]
)
def test_a_name_that_cannot_be_one_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    assert error_of(UsageError, folder, name).kind == "identity-name"
    assert error_of(UsageError, folder, name, made_key(tmp_path)).kind == "identity-name"
    with pytest.raises(UsageError):
        identity(folder, name)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["J", "9", "jane.doe+seals@example.org", "a-b_c", "x" * 100])
def test_names_of_every_allowed_form_work(folder: Path, name: str) -> None:
    assert made(folder, name).name == name
    assert identity_names(folder) == (name,)


@pytest.mark.parametrize("taken", ["jane", "jane.pub", "jane.path"])
@pytest.mark.parametrize("link", [False, True])
def test_nothing_is_ever_overwritten_and_no_link_followed(folder: Path, tmp_path: Path, taken: str, link: bool) -> None:
    source, outside = made_key(tmp_path), tmp_path / "outside"
    made(folder, "other")
    if link:
        (folder / taken).symlink_to(outside)
    else:
        (folder / taken).write_text("precious")
    assert error_of(UsageError, folder, "jane").kind == "identity-exists"
    assert error_of(UsageError, folder, "jane", source).kind == "identity-exists"
    assert not outside.exists()


def test_a_passphrase_is_not_asked_for_where_there_is_no_terminal(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        new_identity(folder, "jane", passphrase=True, tty=False)
    assert caught.value.kind == "no-terminal"
    assert not folder.exists()


def test_a_terminal_that_is_gone_makes_no_key_without_a_passphrase(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.custody.sign.os.open", _no_terminal(os.open))
    with pytest.raises(UsageError) as caught:
        new_identity(folder, "jane", passphrase=True, tty=True)
    assert caught.value.kind == "no-passphrase"
    assert list(folder.iterdir()) == []


def _no_terminal(real):  # type: ignore[no-untyped-def]
    def opened(path, *rest, **named):  # type: ignore[no-untyped-def]
        if path == "/dev/tty":
            raise OSError(6, "No such device or address")
        return real(path, *rest, **named)

    return opened


@pytest.mark.parametrize(("kind", "bits"), [("ed25519", 0), ("ecdsa", 384), ("rsa", 2048)])
@pytest.mark.parametrize("given", ["key", "key.pub"])
def test_an_existing_key_stays_where_it_is(folder: Path, tmp_path: Path, kind: str, bits: int, given: str) -> None:
    key = made_key(tmp_path, kind=kind, bits=bits)
    jane = adopt_identity(folder, "jane", tmp_path / given)
    assert jane == Identity("jane", public_of(key), key, "elsewhere", False)
    assert {file.name: mode(file) for file in folder.iterdir()} == {"jane.path": 0o600, "jane.pub": 0o600}
    assert verify(Signature.parse(jane.sign(MESSAGE, NAMESPACE, tty=False)), MESSAGE, NAMESPACE) == public_of(key)


def test_a_locked_key_is_taken_up_without_its_passphrase_and_without_its_pub(folder: Path, tmp_path: Path) -> None:
    key = made_key(tmp_path, passphrase="correct horse")
    public = public_of(key)
    key.with_name("key.pub").unlink()
    assert adopt_identity(folder, "jane", key) == Identity("jane", public, key, "elsewhere", True)


def test_the_key_in_the_file_counts_and_not_a_pub_that_lies_beside_it(folder: Path, tmp_path: Path) -> None:
    key, other = made_key(tmp_path), made_key(tmp_path, "other")
    public = public_of(key)
    other.with_name("other.pub").rename(tmp_path / "key.pub")
    assert adopt_identity(folder, "jane", key).public == public
    mistaken = adopt_identity(folder, "mistaken", tmp_path / "key.pub")
    with pytest.raises(SigningError):
        mistaken.sign(MESSAGE, NAMESPACE, tty=False)


def test_a_pem_key_needs_its_pub_beside_it(folder: Path, tmp_path: Path) -> None:
    key = made_key(tmp_path, kind="rsa", bits=2048)
    assert keygen("-q", "-p", "-P", "", "-N", "", "-m", "PEM", "-f", key).returncode == 0
    assert b"BEGIN RSA PRIVATE KEY" in key.read_bytes()
    jane = adopt_identity(folder, "jane", key)
    assert (jane.public, jane.passphrase) == (public_of(key), None)
    assert jane.sign(MESSAGE, NAMESPACE, tty=False)
    (tmp_path / "key.pub").unlink()
    error = error_of(UsageError, folder, "joan", key)
    assert "key.pub: No such file" in error.message


def test_a_public_key_alone_is_one_that_an_agent_holds(folder: Path, tmp_path: Path) -> None:
    key = made_key(tmp_path)
    public = public_of(key)
    key.unlink()
    jane = adopt_identity(folder, "jane", tmp_path / "key.pub")
    assert jane == Identity("jane", public, folder / "jane.pub", "agent", None)
    with pytest.raises(SigningError) as caught:
        jane.sign(MESSAGE, NAMESPACE, tty=False)
    assert caught.value.kind == "agent"


def test_a_private_key_that_others_can_read_is_not_taken_up(folder: Path, tmp_path: Path) -> None:
    key = made_key(tmp_path)
    key.chmod(0o644)
    for given in (key, tmp_path / "key.pub"):
        error = error_of(ConfigError, folder, "jane", given)
        assert (error.kind, error.hint[:9]) == ("permissions", "chmod 600")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\0" * 100,
        b"no key",
        b"x" * (10 << 20),
        b"ssh-dss AAAAB3NzaC1kc3M= x",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA/////w==\n-----END OPENSSH PRIVATE KEY-----\n",
        b"-----BEGIN PRIVATE KEY-----\n",
        "ключ".encode("utf-16"),
    ],
)
def test_what_is_no_key_is_not_taken_up(folder: Path, tmp_path: Path, text: bytes) -> None:
    source = tmp_path / "source"
    source.write_bytes(text)
    source.chmod(0o600)
    assert error_of(UsageError, folder, "jane", source).kind == "identity-key"


def test_what_is_no_file_is_not_taken_up(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for source in (tmp_path, tmp_path / "missing", tmp_path / "pipe", Path("a\0b"), Path("a\nb"), Path("x" * 5000)):
        assert error_of(UsageError, folder, "jane", source).kind == "identity-key"


def test_a_folder_that_others_can_enter_is_refused(folder: Path) -> None:
    made(folder)
    folder.chmod(0o750)
    assert error_of(ConfigError, folder, "joan").kind == "permissions"
    for look in (lambda: identity(folder, "jane"), lambda: identity_names(folder)):
        with pytest.raises(ConfigError, match="others can get at the keys"):
            look()


def test_what_is_in_the_way_of_the_folder_is_named(folder: Path) -> None:
    folder.parent.parent.mkdir(mode=0o700)
    folder.parent.write_text("a file")
    assert error_of(StorageError, folder, "jane").kind == "storage"


def test_without_ssh_keygen_the_package_is_named_and_nothing_is_left(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    error = error_of(ConfigError, folder, "jane")
    assert "openssh-client" in error.hint
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ('printf "no key" > key', ConfigError, "no key that can be used"),
        ("exit 0", StorageError, "No such file"),
        ("echo odd >&2; exit 1", ConfigError, "ssh-keygen: odd"),
        ("kill -INT $$", Interrupted, "no key was made"),
    ],
)
def test_an_ssh_keygen_that_fails_leaves_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, kind: type[ArchiverError], words: str
) -> None:
    program = tmp_path / "bin" / "ssh-keygen"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    assert words in error_of(kind, folder, "jane").message
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("place", ["key", "agent", "new"])
def test_a_full_disk_leaves_no_half_of_an_identity(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    source = made_key(tmp_path)
    made(folder, "other")
    if place == "agent":
        source.unlink()
        source = tmp_path / "key.pub"

    def full(descriptor: int, name: str, data: bytes) -> None:
        if name.endswith(".pub"):
            raise OSError(errno.ENOSPC, "No space left on device")
        write_new(descriptor, name, data)

    monkeypatch.setattr("archiver.pipeline.identity.write_new", full)
    error = error_of(StorageError, folder, "jane", None if place == "new" else source)
    assert "No space left" in error.message


def test_a_folder_of_somebody_else_is_refused() -> None:
    found = SimpleNamespace(st_mode=stat.S_IFDIR | 0o700, st_uid=os.getuid() + 1)
    with pytest.raises(ConfigError, match="belongs to somebody else"):
        check_folder(cast(Path, SimpleNamespace(stat=lambda: found)))


def test_a_folder_in_the_place_of_a_public_key_is_named(folder: Path) -> None:
    made(folder)
    (folder / "jane.pub").unlink()
    (folder / "jane.pub").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        identity(folder, "jane")


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"no key\n", b"ssh-ed25519 AAAA jane\n", b"x" * (1 << 20)])
def test_a_public_key_that_cannot_be_read_is_named(folder: Path, text: bytes) -> None:
    made(folder)
    (folder / "jane.pub").write_bytes(text)
    with pytest.raises(ConfigError, match=r"jane\.pub") as caught:
        identity(folder, "jane")
    assert caught.value.hint


def test_an_identity_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(ConfigError, match="identity jane: there is none"):
        identity(folder, "jane")


def test_files_that_are_none_of_ours_are_no_identities(folder: Path) -> None:
    made(folder)
    (folder / "-x.pub").write_text("")
    (folder / "jane.pub.pub").write_text("")
    (folder / "notes.txt").write_text("")
    assert identity_names(folder) == ("jane",)


def test_the_folder_is_where_the_environment_says() -> None:
    home = {"HOME": "/home/jane"}
    assert identities_folder(home) == Path("/home/jane/.config/archiver/identities")
    assert identities_folder(home | {"XDG_CONFIG_HOME": "/etc/jane"}) == Path("/etc/jane/archiver/identities")
    assert identities_folder(home | {"XDG_CONFIG_HOME": "relative"}) == Path("/home/jane/.config/archiver/identities")
    with pytest.raises(ConfigError, match="no home folder"):
        identities_folder({})
