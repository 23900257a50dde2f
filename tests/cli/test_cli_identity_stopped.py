"""`identity new` and signing that somebody, or something, ends before they are done."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_processes import PROGRAM, environment, piped
from sshkeys import made_key, needs_ssh_keygen
from terminals import _ENTRY, PATIENCE

from archiver.cli.main import main
from archiver.errors import Interrupted, UsageError
from archiver.pipeline import identity as identities
from archiver.pipeline.identity import adopt_identity, identity_names, new_identity

pytestmark = needs_ssh_keygen


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".config/archiver/identities"


def until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_a_killed_attempt_left_is_removed_by_the_next(folder: Path, tmp_path: Path) -> None:
    slow = tmp_path / "bin/ssh-keygen"
    slow.parent.mkdir()
    slow.write_text('#!/bin/sh\nprintf half > key\n: > "$0.begun"\nexec sleep 60\n')
    slow.chmod(0o700)
    environ = environment(HOME=str(tmp_path), PATH=f"{slow.parent}:{os.environ['PATH']}")
    command = (*PROGRAM, "identity", "new", "jane", "--no-passphrase")
    with subprocess.Popen(command, env=environ, cwd=tmp_path, start_new_session=True) as process:
        until(slow.with_name("ssh-keygen.begun").exists)
        process.kill()
    (left,) = folder.glob(".new-*")
    assert (left / "key").read_bytes() == b"half"
    assert piped("identity", "new", "jane", "--no-passphrase", cwd=tmp_path, HOME=str(tmp_path)).returncode == 0
    assert sorted(file.name for file in folder.iterdir()) == ["jane", "jane.pub"]


def test_what_somebody_else_is_just_making_is_left_alone(folder: Path) -> None:
    new_identity(folder, "first", passphrase=False, tty=False)
    (folder / ".new-live").mkdir()
    (folder / ".new-live/key").write_bytes(b"half")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # as who makes a key holds it
        new_identity(folder, "second", passphrase=False, tty=False)
        assert (folder / ".new-live/key").read_bytes() == b"half"
    finally:
        os.close(descriptor)
    new_identity(folder, "third", passphrase=False, tty=False)
    assert not (folder / ".new-live").exists()


def test_a_link_among_what_is_left_is_not_followed(folder: Path, tmp_path: Path) -> None:
    new_identity(folder, "first", passphrase=False, tty=False)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"mine")
    (folder / ".new-x").mkdir()
    (folder / ".new-x/link").symlink_to(outside)
    (folder / ".new-y").symlink_to(outside)
    adopt_identity(folder, "second", made_key(tmp_path))
    assert (outside / "precious").read_bytes() == b"mine"
    assert not (folder / ".new-x").exists()


def test_a_private_key_without_its_pub_is_told_as_an_attempt_that_was_stopped(folder: Path) -> None:
    new_identity(folder, "jane", passphrase=False, tty=False)
    (folder / "jane.pub").unlink()
    assert identity_names(folder) == ()
    with pytest.raises(UsageError) as found:
        new_identity(folder, "jane", passphrase=False, tty=False)
    assert found.value.kind == "identity-exists"
    assert "without jane.pub" in found.value.message
    assert str(folder / "jane") in found.value.message
    assert (folder / "jane").exists()


def test_ctrl_c_at_the_passphrase_says_that_no_key_was_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(identities, "run_keygen", interrupted)
    with pytest.raises(Interrupted, match="no key was made"):
        new_identity(folder, "jane", passphrase=False, tty=False)
    assert list(folder.iterdir()) == []


def test_a_terminal_that_is_closed_at_the_passphrase_is_an_interruption_and_no_bug(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = {"HOME": str(tmp_path)}
    adopt_identity(folder, "jane", made_key(tmp_path, passphrase="correct horse"))
    assert main(("init", "x", "--title", "T", "--collector", "J", "--signer", "jane"), environ=home) == 0
    master, slave = pty.openpty()
    process = subprocess.Popen(
        (sys.executable, "-c", _ENTRY, *PROGRAM, "seal", "x"),
        env=environment(**home, SSH_AUTH_SOCK="/nonexistent"), cwd=tmp_path, stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    seen = b""
    while b"Enter passphrase" not in seen and select.select([master], [], [], PATIENCE)[0]:
        seen += os.read(master, 65_536)
    os.close(master)
    assert process.wait(timeout=PATIENCE) in {130, -signal.SIGHUP}
    assert main(("verify", "x"), environ=home) == 0
