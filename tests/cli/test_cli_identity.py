import base64
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_processes import PROGRAM, environment, piped
from sshkeys import armoured, by_security_key, joined, keygen, made_key, needs_ssh_keygen, public_of
from terminals import conversation

from archiver.cli.main import main
from archiver.custody.sshsig import SK_ED25519, Signature
from archiver.pipeline.identity import identity

pytestmark = needs_ssh_keygen

ROOT = Path(__file__).parents[2]
SPECS = ROOT / "docs/spec"
SPEC = (SPECS / "json-output.md").read_text("utf-8")


class Home:
    """Somebody's home folder, and the command line in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.identities = folder / ".config/archiver/identities"
        self._capsys = capsys

    def run(self, *args: str) -> tuple[int, str, str]:
        code = main(("identity", *args), environ={"HOME": str(self.folder)})
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def document(self, *args: str) -> tuple[int, dict[str, Any]]:
        code, out, err = self.run(*args, "--json")
        assert err == ""
        return code, json.loads(out)


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nonexistent")
    monkeypatch.setattr(sys, "stdin", None)
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home", capsys)


def promised(schema: str) -> dict[str, Any]:
    """Return the example of this schema in docs/spec/json-output.md."""
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", SPEC, re.DOTALL)]
    return next(document for document in found if document.get("schema") == schema)


def test_a_new_identity_is_shown_with_what_others_need(home: Home) -> None:
    code, out, err = home.run("new", "jane.doe", "--no-passphrase")
    made = identity(home.identities, "jane.doe")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "identity: jane.doe",
        f"fingerprint: {made.public.fingerprint}",
        "type: Ed25519",
        f"private key: {made.key_file}, without a passphrase",
        f"public key: {made.public.line}",
        f'allowed signers: jane.doe namespaces="custody-seal@archiver" {made.public.line}',
    ]
    assert home.run("show", "jane.doe") == (0, out, "")


def test_documents_have_the_members_that_the_specification_names(home: Home, tmp_path: Path) -> None:
    code, made = home.document("new", "jane.doe", "--no-passphrase")
    assert code == 0
    assert made.keys() == promised("archiver-identity-new/1").keys()
    code, shown = home.document("show", "jane.doe")
    assert shown == made | {"schema": "archiver-identity-show/1"}
    assert shown.keys() == promised("archiver-identity-show/1").keys()
    code, listed = home.document("list")
    assert code == listed["exit_code"] == 0
    assert listed.keys() == promised("archiver-identity-list/1").keys()
    assert listed["identities"] == [{key: value for key, value in made.items() if key != "schema"} | {"problem": None}]
    examples = promised("archiver-identity-list/1")["identities"]
    assert listed["identities"][0].keys() == examples[0].keys()
    (home.identities / "jane.doe.pub").write_text("no key")
    code, listed = home.document("list")
    assert code == listed["exit_code"] == 3
    assert listed["identities"][0].keys() == examples[1].keys()


def test_the_list_has_a_line_for_each_identity_also_for_a_damaged_one(home: Home, tmp_path: Path) -> None:
    assert home.run("list") == (0, "", "")
    key = made_key(tmp_path, kind="ecdsa", bits=384, passphrase="correct horse")
    assert home.run("new", "anna", "--from", str(key))[0] == 0
    assert home.run("new", "jane", "--no-passphrase")[0] == 0
    (home.identities / "jane.pub").write_text("no key \x1b[2J")
    code, out, _ = home.run("list")
    assert code == 3
    anna, jane = out.splitlines()
    assert anna == f"anna\t{public_of(key).fingerprint}\tECDSA 384\t{key}, locked by a passphrase"
    assert jane.startswith("jane\t-\t-\tunusable: ")
    key.rename(tmp_path / "moved")
    assert home.run("list")[1].splitlines()[0].endswith(f"{key}, which is not there now")


def test_an_agents_key_is_named_as_one(home: Home, tmp_path: Path) -> None:
    key = made_key(tmp_path)
    key.unlink()
    code, out, _ = home.run("new", "anna", "--from", str(tmp_path / "key.pub"))
    assert code == 0
    assert "private key: with an agent, if anywhere: no file of it is here\n" in out
    assert "user@machine" not in out


def test_a_security_key_is_named_as_one(home: Home, tmp_path: Path) -> None:
    public = Signature.parse(armoured(by_security_key(SK_ED25519))).key
    handle = tmp_path / "handle"
    body = b"openssh-key-v1\0" + joined(b"none", b"none", b"") + b"\0\0\0\1" + joined(public.blob, b"handle")
    handle.write_bytes(
        b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.encodebytes(body) + b"-----END OPENSSH PRIVATE KEY-----\n"
    )
    handle.chmod(0o600)
    code, out, _ = home.run("new", "anna", "--from", str(handle))
    assert code == 0
    assert "type: Ed25519, security key\n" in out
    assert f"private key: in a security key, with its handle in {handle}\n" in out


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("new", "jane"), 2, "no terminal"),
        (("new", "no/name"), 2, "not a name"),
        (("new", "jane", "--from", "missing"), 2, "missing: No such file"),
        (("new", "jane", "--from", "missing", "--no-passphrase"), 2, "for a new key"),
        (("new", "jane", "--from", "a", "--from", "b"), 2, "more than once"),
        (("new",), 2, "missing argument 'NAME'"),
        (("show", "jane"), 3, "there is none on this machine"),
        (("show", "\x1b[2J"), 2, "identity '\\x1b[2J': not a name"),
        ((), 2, "missing command"),
        (("drop", "jane"), 2, "no such command"),
    ],
)
def test_errors_have_words_and_codes(home: Home, args: tuple[str, ...], code: int, words: str) -> None:
    got, out, err = home.run(*args)
    assert (got, out) == (code, "")
    assert words in err
    assert "\nhint: " in err
    assert not home.identities.exists()


def test_without_ssh_keygen_the_package_is_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    code, _, err = home.run("new", "jane", "--no-passphrase")
    assert code == 3
    assert "openssh-client" in err


def test_ssh_keygen_asks_for_the_passphrase_of_a_new_key_on_the_terminal(tmp_path: Path) -> None:
    environ = environment(HOME=str(tmp_path))
    code, seen = conversation(
        (*PROGRAM, "identity", "new", "jane"),
        [(b"Enter passphrase", b"correct horse\n"), (b"same passphrase", b"correct horse\n")],
        cwd=tmp_path, environ=environ,
    )  # fmt: skip
    assert code == 0, seen
    assert b"horse" not in seen
    assert b"locked by a passphrase" in seen
    assert b"tell your lawyer the fingerprint" in seen
    key = tmp_path / ".config/archiver/identities/jane"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert keygen("-y", "-P", "wrong", "-f", key).returncode != 0
    assert (
        keygen("-y", "-P", "correct horse", "-f", key).stdout.split()[:2]
        == key.with_suffix(".pub").read_bytes().split()[:2]
    )


@pytest.mark.parametrize(("first", "second", "expected"), [(b"\n", b"\n", 2), (b"\x03", b"", 130)])
def test_no_passphrase_and_no_patience_make_no_key(tmp_path: Path, first: bytes, second: bytes, expected: int) -> None:
    code, seen = conversation(
        (*PROGRAM, "identity", "new", "jane"), [(b"Enter passphrase", first), (b"same passphrase", second)],
        cwd=tmp_path, environ=environment(HOME=str(tmp_path)),
    )  # fmt: skip
    assert code == expected, seen
    assert list((tmp_path / ".config/archiver/identities").iterdir()) == [], seen


def test_the_commands_for_those_who_check_give_what_the_pages_say(home: Home, tmp_path: Path) -> None:
    page = (SPECS.parent / "keys.md").read_text("utf-8")
    spec = (SPECS / "identity.md").read_text("utf-8")
    home.run("new", "jane.doe", "--no-passphrase")
    made, line = identity(home.identities, "jane.doe"), home.run("show", "jane.doe")[1].splitlines()[-1]
    (tmp_path / "signers").write_text(line.removeprefix("allowed signers: ") + "\n")
    (tmp_path / "000007.seal").write_bytes(b"archiver-seal/v1\n")
    (tmp_path / "000007.seal.sig").write_bytes(made.sign(b"archiver-seal/v1\n", "custody-seal@archiver", tty=False))
    verify = re.search(r"^ssh-keygen -Y verify .*$", spec, re.MULTILINE)
    compare = re.search(r"^cut .*\nssh-keygen -l .*$", page, re.MULTILINE)
    assert verify is not None
    assert compare is not None
    for command in (verify[0], compare[0]):
        done = subprocess.run(["sh", "-ec", command], cwd=tmp_path, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert made.public.fingerprint in done.stdout.decode()


def test_what_the_page_says_that_archiver_says_it_does_say() -> None:
    page = (SPECS.parent / "keys.md").read_text("utf-8")
    said = re.findall(r"^\| ([a-z].*?) \|", page.partition("| archiver says |")[2], re.MULTILINE)
    sources = "".join(
        (ROOT / "archiver" / name).read_text("utf-8")
        for name in ("custody/sign.py", "pipeline/identity.py", "pipeline/keyfiles.py")
    )
    assert len(said) == 7
    for words in said:
        assert re.split(r": …|SHA256", words)[0].split("…")[0] in sources, words


def test_the_real_program_closes_key_and_folder(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        done = piped("identity", "new", "jane", "--no-passphrase", cwd=tmp_path, XDG_CONFIG_HOME=str(tmp_path / "c"))
    finally:
        os.umask(before)
    assert (done.returncode, done.stderr) == (0, b"")
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "c").rglob("*")}
    assert found == {"archiver": 0o700, "identities": 0o700, "jane": 0o600, "jane.pub": 0o600}
