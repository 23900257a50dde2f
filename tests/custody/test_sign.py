import base64
import contextlib
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from sshkeys import MESSAGE, NAMESPACE, keygen, made_key, needs_ssh_keygen, public_of, signed
from terminals import conversation

from archiver.custody import sign
from archiver.custody.sign import SigningError, run_keygen, sign_with
from archiver.custody.sshsig import Signature, verify
from archiver.errors import ExitCode

pytestmark = needs_ssh_keygen

ROOT = Path(__file__).parents[2]
SIGNING = """
import sys
from pathlib import Path
from archiver.custody.sign import SigningError, sign_with
try:
    Path(sys.argv[2]).write_bytes(sign_with(Path(sys.argv[1]), b"message", "file", True))
except SigningError as exc:
    print("KIND", exc.kind)
"""


@pytest.fixture(autouse=True)
def nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    """No agent of the machine's own; a window that asks for a passphrase would be a failure."""
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nonexistent")
    monkeypatch.setenv("SSH_ASKPASS", "/bin/echo")
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    monkeypatch.setenv("DISPLAY", ":77")


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An agent of our own; ends with the test."""
    place = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # it says where it listens once it does
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    yield place
    process.terminate()
    process.wait(timeout=60)
    process.stdout.close()


def refused(key: Path, *, message: bytes = MESSAGE) -> SigningError:
    with pytest.raises(SigningError) as caught:
        sign_with(key, message, NAMESPACE, False)
    assert caught.value.exit_code == ExitCode.NOT_SEALED
    assert caught.value.hint
    return caught.value


def script(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put a false ssh-keygen before the real one."""
    file = folder / "bin" / "ssh-keygen"
    file.parent.mkdir()
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{file.parent}:{os.environ['PATH']}")


@pytest.mark.parametrize("message", [b"", MESSAGE, bytes(range(256)) * 4096])
def test_what_is_signed_verifies_here_and_with_ssh_keygen(tmp_path: Path, message: bytes) -> None:
    key = made_key(tmp_path)
    armoured = sign_with(key, message, NAMESPACE, False, key=public_of(key))
    found = Signature.parse(armoured)
    assert found.hash_name == "sha512"
    assert verify(found, message, NAMESPACE) == public_of(key)
    tmp_path.joinpath("s").write_bytes(armoured)
    done = keygen("-Y", "check-novalidate", "-n", NAMESPACE, "-s", tmp_path / "s", stdin=message)
    assert done.returncode == 0
    assert armoured == signed(key, message)  # Ed25519: the same bytes as on the command line


def test_a_signature_holds_no_user_and_no_machine(tmp_path: Path) -> None:
    key = made_key(tmp_path)
    assert b"user@machine" in key.with_suffix(".pub").read_bytes()
    armoured = sign_with(key, MESSAGE, NAMESPACE, False)
    text = base64.b64decode(b"".join(armoured.splitlines()[1:-1]))
    assert b"user" not in text
    assert b"machine" not in text


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    key = made_key(tmp_path)
    before = sorted(tmp_path.iterdir())
    sign_with(key, MESSAGE, NAMESPACE, False)
    refused(tmp_path / "missing")
    assert sorted(tmp_path.iterdir()) == before
    assert list((tmp_path / "temporary").iterdir()) == []


def test_without_room_for_the_message_nothing_is_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = made_key(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    error = refused(key)
    assert error.kind == "failed"
    assert "TMPDIR" in error.hint


def test_a_private_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    key = made_key(tmp_path)
    for mode in (0o640, 0o604, 0o660, 0o610):
        key.chmod(mode)
        error = refused(key)
        assert error.kind == "permissions"
        assert f"mode {mode:04o}" in error.message
        assert error.hint.startswith("chmod 600")
    key.chmod(0o400)
    assert sign_with(key, MESSAGE, NAMESPACE, False)


def test_what_is_no_key_file_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "missing").kind == "key"
    assert refused(tmp_path).kind == "key"
    assert refused(Path("a\0b")).kind == "key"
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").kind == "key"
    text = tmp_path / "text"
    text.write_text("no key")
    text.chmod(0o600)
    assert refused(text).kind in {"key", "failed"}


def test_a_file_whose_name_looks_like_an_option_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = made_key(tmp_path)
    key.rename(tmp_path / "-P")
    monkeypatch.chdir(tmp_path)
    assert sign_with(Path("-P"), MESSAGE, NAMESPACE, False)


def test_a_passphrase_without_a_terminal_is_an_error_and_opens_no_window(tmp_path: Path) -> None:
    error = refused(made_key(tmp_path, passphrase="correct horse"))
    assert error.kind == "passphrase"
    assert "no terminal" in error.message
    assert "ssh-add" in error.hint


def test_an_agent_signs_for_a_key_that_lies_nowhere_here(tmp_path: Path, agent: Path) -> None:
    key = made_key(tmp_path)
    public = public_of(key)
    only = tmp_path / "only.pub"
    only.write_text(public.line)
    assert refused(only).kind == "agent"
    subprocess.run(["ssh-add", "-q", str(key)], check=True, env=os.environ | {"SSH_AUTH_SOCK": str(agent)})
    assert sign_with(only, MESSAGE, NAMESPACE, False, key=public)


def test_a_locked_key_that_an_agent_holds_needs_no_passphrase(tmp_path: Path, agent: Path) -> None:
    key = made_key(tmp_path)
    subprocess.run(["ssh-add", "-q", str(key)], check=True)
    assert keygen("-q", "-p", "-P", "", "-N", "correct horse", "-f", key).returncode == 0
    assert sign_with(key, MESSAGE, NAMESPACE, False)


def test_another_key_than_the_expected_one_is_refused(tmp_path: Path) -> None:
    mine, other = made_key(tmp_path), made_key(tmp_path, "other")
    with pytest.raises(SigningError, match="not as SHA256:") as caught:
        sign_with(mine, MESSAGE, NAMESPACE, False, key=public_of(other))
    assert caught.value.kind == "key"


def test_without_ssh_keygen_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = made_key(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    error = refused(key)
    assert error.kind == "ssh-keygen"
    assert "openssh-client" in error.hint


def test_a_signature_that_is_not_sound_is_never_given_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = made_key(tmp_path)
    wrong = tmp_path / "wrong"
    wrong.write_bytes(signed(key, b"another message"))
    script(tmp_path, monkeypatch, f'for last; do :; done; cp {wrong} "$last.sig"')
    assert refused(key).kind == "unsound"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("exit 0", "failed"),
        ("kill -INT $$", "cancelled"),
        ("printf 'Load key: device not found\\n' >&2; exit 255", "hardware"),
        ("printf 'Permissions 0644 for k are too open.\\n' >&2; exit 255", "permissions"),
        ("printf 'odd\\033[2J \\377 words\\n' >&2; exit 3", "failed"),
        ("exit 3", "failed"),
        ('for last; do :; done; head -c 1000000 /dev/zero > "$last.sig"', "unsound"),
    ],
)
def test_whatever_ssh_keygen_does_the_error_has_a_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, kind: str
) -> None:
    key = made_key(tmp_path)
    script(tmp_path, monkeypatch, text)
    error = refused(key)
    assert error.kind == kind
    assert len(error.message) < 400


def test_no_answer_in_time_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, monkeypatch, "exec sleep 600")
    monkeypatch.setattr("archiver.custody.sign.PATIENCE_ALONE", 0.2)
    with pytest.raises(SigningError) as caught:
        run_keygen(("-l",), tty=False)
    assert caught.value.kind == "time"


def test_a_program_that_cannot_be_run_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, monkeypatch, "")
    (tmp_path / "bin" / "ssh-keygen").write_bytes(b"\x7fELF")
    with pytest.raises(SigningError) as caught:
        run_keygen(("-l",), tty=False)
    assert caught.value.kind == "ssh-keygen"


@pytest.mark.parametrize(
    ("typed", "kind"), [(b"correct horse\n", None), (b"wrong\n", "passphrase"), (b"\x03", "cancelled")]
)
def test_ssh_keygen_asks_for_the_passphrase_on_the_terminal(tmp_path: Path, typed: bytes, kind: str | None) -> None:
    key, answer = made_key(tmp_path, passphrase="correct horse"), tmp_path / "answer"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SSH_AUTH_SOCK": "/nonexistent"}
    arguments = (sys.executable, "-c", "import signal; signal.signal(signal.SIGINT, lambda *_: None)\n" + SIGNING)
    _, seen = conversation(
        (*arguments, str(key), str(answer)), [(b"Enter passphrase", typed)], cwd=tmp_path, environ=environ
    )
    assert b"horse" not in seen  # not echoed
    if kind is not None:
        assert b"KIND " + kind.encode() in seen
        assert not answer.exists()
    else:
        assert verify(Signature.parse(answer.read_bytes()), b"message", "file") == public_of(key)


def test_a_terminal_shows_what_is_typed_again_when_patience_ends(tmp_path: Path) -> None:
    key = made_key(tmp_path, passphrase="correct horse")
    program = (
        "import archiver.custody.sign as sign, termios\nsign.PATIENCE = 1\n"
        + SIGNING
        + 'print("ECHO", bool(termios.tcgetattr(0)[3] & termios.ECHO))\n'
    )
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SSH_AUTH_SOCK": "/nonexistent"}
    arguments = (sys.executable, "-c", program, str(key), str(tmp_path / "answer"))
    _, seen = conversation(arguments, [], cwd=tmp_path, environ=environ)
    assert b"KIND time" in seen
    assert b"ECHO True" in seen


def test_asking_for_a_terminal_where_there_is_none_is_no_way_to_hang(tmp_path: Path) -> None:
    key = made_key(tmp_path, passphrase="correct horse")
    done = subprocess.run(
        (sys.executable, "-c", SIGNING, str(key), str(tmp_path / "answer")),
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, start_new_session=True, check=True,
    )  # fmt: skip
    assert done.stdout == b"KIND passphrase\n"


@pytest.mark.parametrize("cut", [False, True])
def test_a_terminal_is_as_it_was_when_the_one_who_asked_on_it_is_cut(
    cut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    master, slave = pty.openpty()
    usual = os.open
    monkeypatch.setattr(os, "open", lambda path, *more: os.dup(slave) if path == "/dev/tty" else usual(path, *more))
    before = termios.tcgetattr(slave)
    with contextlib.suppress(KeyboardInterrupt), sign._terminal(True) as terminal:
        assert terminal is not None
        assert os.isatty(terminal)
        silent = [*before]
        silent[3] &= ~termios.ECHO
        if cut:
            termios.tcsetattr(terminal, termios.TCSANOW, silent)
            raise KeyboardInterrupt
    assert termios.tcgetattr(slave) == before
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(cast("int", terminal))
    os.close(master)
    os.close(slave)


def test_a_wrong_passphrase_is_another_error_than_none_that_could_be_asked_for() -> None:
    words = "Load key: incorrect passphrase supplied to decrypt private key"
    assert "was wrong" in sign._failure(255, words, True).message
    assert "no terminal" in sign._failure(255, words, False).message
