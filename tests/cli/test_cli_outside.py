"""What a verifier brings along: receipts as people spell them, files of signers and of roots in odd forms."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from handdesk import Person, jane_with_a_case
from sshkeys import made_key, needs_ssh_keygen
from stamping import issue

from archiver.canon import sha256_hex

pytestmark = needs_ssh_keygen


@pytest.fixture
def jane(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    found = jane_with_a_case(tmp_path, capsys, monkeypatch)
    found.ok("seal", "harbour")
    return found


SPELLINGS = (
    "{}",
    "receipt: {}",
    "Receipt {}",
    "to be read out       {}",
    '"{}"',
    "“{}”",
    "  {}\n",
    "receipt: “{}”",
)


@pytest.mark.parametrize("form", SPELLINGS)
def test_a_receipt_is_taken_as_it_was_printed_quoted_or_pasted(jane: Person, form: str) -> None:
    for line in (jane.receipt(), jane.ok("receipt", "harbour", "--spoken").removeprefix("receipt: ").strip()):
        out = jane.ok("verify", "harbour", "--only", "receipt", "--expect", form.format(line))
        assert "is the one that the receipt was given for" in out


def test_what_cannot_be_seen_in_a_receipt_does_not_matter(jane: Person) -> None:
    line = "\ufeff" + "\u200b".join(jane.receipt()) + "\u00ad"
    assert "is the one that" in jane.ok("verify", "harbour", "--only", "receipt", "--expect", line)


def test_a_receipt_that_is_none_is_told_with_the_word_that_is_wrong(jane: Person) -> None:
    code, _, err = jane.run("verify", "harbour", "--expect", jane.receipt().replace(" 2 ", " 02 "))
    assert code == 2
    assert "--expect: this is not a receipt: '02' is no number of a seal" in err


def test_the_name_of_a_file_in_the_place_of_a_receipt_is_recognised(jane: Person) -> None:
    (jane.home / "receipt.txt").write_text(jane.receipt())
    code, _, err = jane.run("verify", "harbour", "--expect", "receipt.txt")
    assert code == 2
    assert '--expect "$(cat receipt.txt)"' in err


@pytest.mark.parametrize("text", ["", " ", "\u200b", "receipt: "])
def test_an_empty_receipt_is_not_taken_for_none(jane: Person, text: str) -> None:
    code, _, err = jane.run("verify", "harbour", "--expect", text)
    assert (code, "this is not a receipt" in err) == (2, True)


def named(jane: Person, data: bytes, *more: str) -> tuple[int, str, str]:
    (jane.home / "signers").write_bytes(data)
    return jane.run("verify", "harbour", "--only", "signatures", "--allowed-signers", "signers", *more)


@pytest.mark.parametrize("form", ["\ufeff{}\n", "{}\r\n", "\ufeff# mine\r\n\r\n{}", "  {}  \n"])
def test_a_file_of_signers_that_an_editor_marked_or_converted_is_read(jane: Person, form: str) -> None:
    code, out, err = named(jane, form.format(jane.signers_line("jane")).encode())
    assert (code, err) == (0, "")
    assert "as your file of signers allows" in out


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"\n  # nobody\n\n", "it is empty"),
        (b"hello\n", "line 1: there is no key in the line"),
        (b"jane cert-authority ssh-ed25519 {key}", "line 1: cert-authority"),
        (b"ssh-ed25519 {key} jane@laptop\n", "line 1: it begins with the key, and the name of the signer must stand"),
        (b"jane ssh-dss AAAAB3NzaC1kc3M=\n", "line 1: "),
        (b'jane valid-before="tomorrow" ssh-ed25519 {key}\n', "valid-before 'tomorrow' is not"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n", "line 1: "),
    ],
)
def test_a_file_that_names_no_signer_is_refused_with_the_reason(jane: Person, data: bytes, why: str) -> None:
    key = jane.signers_line("jane").rsplit(" ", 1)[1].encode()
    code, _, err = named(jane, data.replace(b"{key}", key))
    assert code == 2
    assert "it names nobody: " in err
    assert why in err


def test_a_line_that_begins_with_its_key_is_told_where_another_can_be_used(jane: Person, tmp_path: Path) -> None:
    line = jane.signers_line("jane").rsplit(" ", 2)
    other = made_key(tmp_path).with_name("key.pub").read_text().rsplit(" ", 1)[0]
    code, out, _ = named(jane, f"{line[1]} {line[2]} jane\nother {other}\n".encode())
    assert code == 9
    assert "line 1: it begins with the key" in out


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_signers_in_another_encoding_are_told_how_to_be_saved(jane: Person, encoding: str) -> None:
    code, _, err = named(jane, (jane.signers_line("jane") + " é\n").encode(encoding))
    assert code == 2
    assert "UTF-8" in err or "names nobody" in err


def trusted(jane: Person, data: bytes) -> tuple[int, str, str]:
    (jane.home / "roots").write_bytes(data)
    return jane.run("verify", "harbour", "--only", "tokens", "--tsa-roots", "roots")


def test_roots_are_read_whatever_the_words_around_them(jane: Person) -> None:
    pem = issue("root").pem
    for data in (pem, b"\xef\xbb\xbf" + pem.replace(b"\n", b"\r\n"), b"Autorit\xe9\n" + pem, b"\0\xff" + pem):
        code, _, err = trusted(jane, data)
        assert (code, err) == (9, "")  # a seal without a stamp, and somebody asks about clocks


def test_roots_that_cannot_be_read_are_named_with_their_file(jane: Person, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    root = issue("root")
    der = root.certificate.public_bytes(Encoding.DER)
    for data in (b"", b"garbage", root.pem[:200], root.key_pem, os.urandom(3000)):
        code, _, err = trusted(jane, data)
        assert code == 2
        assert "--tsa-roots 'roots': no certificate of an authority could be read" in err
    code, _, err = trusted(jane, der)
    assert code == 2
    assert "openssl x509 -inform der" in err
    done = subprocess.run(["openssl", "x509", "-inform", "der"], input=der, capture_output=True, check=True)
    assert trusted(jane, done.stdout)[0] == 9


@contextmanager
def pipe_of(path: Path, data: bytes) -> Iterator[None]:
    """A named pipe that gives its bytes to one reader, as the shell's <(…) does."""
    os.mkfifo(path)

    def write() -> None:
        path.write_bytes(data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        writer.join()


def test_signers_from_a_pipe_are_read_once_and_the_report_tells_their_hash(jane: Person) -> None:
    line = (jane.signers_line("jane") + "\n").encode()
    with pipe_of(jane.home / "pipe", line):
        out = jane.ok("verify", "harbour", "--allowed-signers", "pipe", "--report", "r.html")
    assert "as your file of signers allows" in out
    assert f"pipe, with the SHA-256 {sha256_hex(line)}" in (jane.home / "r.html").read_text("utf-8")


def test_the_report_tells_the_hash_of_the_roots_that_were_used(jane: Person) -> None:
    data = b"\xff mine\n" + issue("root").pem
    (jane.home / "roots").write_bytes(data)
    jane.run("verify", "harbour", "--tsa-roots", "roots", "--report", "r.html")
    assert f"roots, with the SHA-256 {sha256_hex(data)}" in (jane.home / "r.html").read_text("utf-8")
    jane.run("verify", "harbour", "--tsa-roots", "system", "--report", "s.html")
    assert "those that the system trusts" in (jane.home / "s.html").read_text("utf-8")
