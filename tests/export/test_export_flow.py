"""When an export seals, what it records, and what it answers."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from exportbench import Office, archived, files_of, sha256
from stamping import LocalAuthority

from archiver.custody.log import Event, parse_line
from archiver.custody.shapes import shape_problems
from archiver.custody.state import CaseState
from archiver.errors import ExitCode
from archiver.verify.bundles import verify_bundle
from archiver.verify.run import verify_case

BAG = ("export", "harbour", "--as", "bag")


def test_what_waits_is_sealed_first_and_the_export_is_on_record(office: Office) -> None:
    office.kept("a.txt", b"first")
    office.done("note", "harbour", "later")
    code, document = office.document(*BAG, "-o", "out.zip")
    assert code == document["exit_code"] == ExitCode.OK
    assert office.names()[-3:] == ["note.added", "seal.completed", "export.made"]
    data = office.events()[-1]["data"]
    assert document["event"]["data"] == data
    assert document["sealed"]["seal"] == data["seal"] == office.names().count("seal.completed")
    made = (office.folder / "out.zip").read_bytes()
    assert (data["as"], data["items"], data["name"]) == ("bag", None, "out.zip")
    assert (data["encrypted"], data["recipients"], data["size"]) == (False, 0, len(made))
    assert data["sha256"] == document["sha256"] == sha256(made)
    assert verify_case(office.case).exit_code() is ExitCode.OK
    assert b"export.made" in (office.case / "manifest.yaml").read_bytes()


@pytest.mark.parametrize(("kind", "summary"), [("bag", "manifest-sha256.txt"), ("disclosure", "SHA256SUMS")])
def test_of_a_folder_the_list_of_hashes_is_on_record(office: Office, kind: str, summary: str) -> None:
    office.kept("a.txt", b"first")
    path = office.bag() if kind == "bag" else office.disclosed(1)
    data = office.events()[-1]["data"]
    text = (path / summary).read_bytes()
    assert (data["as"], data["size"], data["sha256"]) == (kind, len(text), sha256(text))
    assert data["items"] == (None if kind == "bag" else [1])


def test_exports_and_stamps_alone_need_no_new_seal(office: Office, authority: LocalAuthority) -> None:
    authority.mode = "good"
    office.policy(authority)
    office.kept("a.txt", b"first")
    first = files_of(office.bag("first"))
    office.bag("again")
    office.done("renew", "harbour")
    seals = office.names().count("seal.completed")
    assert files_of(office.bag("third")) == first
    assert office.names().count("seal.completed") == seals
    assert office.names()[-3:] == ["export.made"] * 3


def test_a_case_whose_authority_is_down_is_exported_and_says_so(office: Office, authority: LocalAuthority) -> None:
    authority.mode = "down"
    office.policy(authority)
    code, document = office.document(*BAG, "-o", "first.zip")
    assert code == ExitCode.NOT_SEALED
    assert document["path"] == "first.zip"
    assert document["sealed"]["pending"]
    code, out, _ = office.run(*BAG, "-o", "second.zip")  # still: nothing new waits for a seal
    assert (code, "time pending: local: no time stamp on seal" in out) == (ExitCode.NOT_SEALED, True)
    authority.mode = "good"
    office.done("renew", "harbour")
    assert office.names()[-2:] == ["export.made", "token.added"]
    before = set(files_of(office.folder / "first.zip"))
    out = office.done(*BAG, "-o", "third.zip")
    assert "pending" not in out
    files = files_of(office.folder / "third.zip")
    assert {name.rpartition(".")[2] for name in files.keys() - before} == {"tsq", "tsr"}
    assert files["data/custody.jsonl"].splitlines(keepends=True) == office.log[:-1]  # up to the token
    for name in ("first.zip", "second.zip", "third.zip"):
        assert (office.folder / name).exists()


def test_a_policy_that_defers_is_content(office: Office, authority: LocalAuthority) -> None:
    authority.mode = "down"
    office.policy(authority, "defer: true")
    office.done(*BAG, "-o", "first")
    office.done(*BAG, "-o", "second")


def test_offline_asks_nobody(office: Office, authority: LocalAuthority) -> None:
    authority.mode = "good"
    office.policy(authority)
    asked = len(authority.requests)
    code, document = office.document(*BAG, "-o", "out", "--offline")
    assert (code, len(authority.requests)) == (ExitCode.OK, asked)
    assert "not asked" in document["sealed"]["pending"][0]
    assert office.run(*BAG, "-o", "again", "--offline")[0] == ExitCode.OK


def test_a_case_without_a_policy_is_exported_without_signature(office: Office) -> None:
    bag = office.bag()
    assert not list((bag / "data/seals").glob("*.sig"))
    assert "nobody signed this seal" in (bag / "VERIFY.txt").read_text("ascii")


def test_a_signature_that_is_asked_for_since_is_made_first(office: Office, authority: LocalAuthority) -> None:
    authority.mode = "good"
    office.done("seal", "harbour")
    office.policy(authority)
    code, document = office.document(*BAG, "-o", "out")
    assert (code, document["sealed"]["signer"]) == (ExitCode.OK, "jane")  # the amendment waited for a seal


@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_an_encrypted_export_opens_for_its_recipients_alone(office: Office, suffix: str) -> None:
    from pyrage import DecryptError, decrypt, x25519

    counsel, court, stranger = (x25519.Identity.generate() for _ in range(3))
    office.kept("a.txt", b"a word that is nowhere in the clear")
    clear = office.bag("clear" + suffix)
    named = [word for each in (counsel, court) for word in ("--encrypt-to", str(each.to_public()))]
    code, document = office.document(*BAG, "-o", "secret" + suffix, *named)
    assert (code, document["path"]) == (ExitCode.OK, f"secret{suffix}.age")
    data = (office.folder / f"secret{suffix}.age").read_bytes()
    assert (document["size"], document["sha256"]) == (len(data), sha256(data))
    told = office.events()[-1]["data"]
    assert (told["encrypted"], told["recipients"], told["name"]) == (True, 2, f"secret{suffix}.age")
    assert b"custody" not in data
    for recipient in (counsel, court):
        opened = decrypt(data, [recipient])
        assert archived(opened, suffix) == files_of(clear)
        assert suffix == ".zip" or opened == clear.read_bytes()
    with pytest.raises(DecryptError):
        decrypt(data, [stranger])
    assert office.left_behind() == {"a.txt", "clear" + suffix, f"secret{suffix}.age"}


def test_an_ssh_key_is_a_recipient(office: Office) -> None:
    from pyrage import decrypt, ssh

    office.done("identity", "new", "counsel", "--no-passphrase")
    key = next(path for path in (office.folder / "config").rglob("*") if path.is_file() and path.suffix == "")
    public = key.with_name(key.name + ".pub").read_text().strip()
    office.done("export", "harbour", "-o", "out.zip", "--as", "bag", "--encrypt-to", public)
    identity = ssh.Identity.from_buffer(key.read_bytes())
    opened = decrypt((office.folder / "out.zip.age").read_bytes(), [identity])
    assert zipfile.is_zipfile(io.BytesIO(opened))


def test_a_folder_cannot_be_encrypted(office: Office) -> None:
    from pyrage import x25519

    recipient = str(x25519.Identity.generate().to_public())
    code, _, err = office.run(*BAG, "-o", "out", "--encrypt-to", recipient)
    assert (code, "a folder cannot be encrypted" in err) == (ExitCode.USAGE, True)


def test_without_the_extra_the_way_to_it_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyrage", None)
    code, _, err = office.run(*BAG, "-o", "out.zip", "--encrypt-to", "age1x")
    assert (code, "archiver[age]" in err) == (ExitCode.USAGE, True)


def test_an_interrupted_writer_is_put_in_order_before_the_export(office: Office) -> None:
    office.kept("a.txt", b"first")
    with (office.case / "custody.jsonl").open("ab") as log:
        log.write(b'{"torn')
    files = files_of(office.bag())
    assert b"incident.recovered" in files["data/custody.jsonl"]


def test_an_empty_case_is_exported(office: Office) -> None:
    files = files_of(office.bag())
    assert not [name for name in files if "evidence" in name]
    assert verify_case(office.folder / "out/data").exit_code() is ExitCode.OK


def applied(changes: dict[str, Any], office: Office) -> list[str]:
    """What is wrong with the log once its `export.made` is changed."""
    state, problems = CaseState(), []
    for line in office.log:
        event = parse_line(line)
        if event.event == "export.made":
            data = {**event.data, **changes}
            event = Event(event.case, event.seq, event.prev, event.at, event.actor, event.event, data, event.nonce)
            assert isinstance(shape_problems(event.event, data), tuple)
        problems += [problem.message for problem in state.apply(event)]
    return problems


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, []),
        ({"items": [1]}, []),
        ({"as": "box"}, ["as is not in its form"]),
        ({"items": [9]}, ["there is no item 9"]),
        ({"items": [0]}, ["items is not in its form"]),
        ({"seal": 9}, ["there is no seal 9"]),
        ({"recipients": 1}, ["what is encrypted has recipients, and nothing else has"]),
        ({"encrypted": 1}, ["encrypted is not in its form"]),
        ({"to": "counsel"}, ["to does not belong there"]),
    ],
)
def test_an_export_on_record_is_judged(office: Office, changes: dict[str, Any], says: list[str]) -> None:
    office.kept("a.txt", b"first")
    office.bag()
    assert applied(changes, office) == says


def test_json_and_screen_say_the_same(office: Office) -> None:
    office.kept("a.txt", b"first")
    office.kept("b.txt", b"second")
    out = office.done(
        "export", "harbour", "-o", "d.zip", "--as", "disclosure", "--item", "2", "--item", "001", "--item", "2"
    )
    event = office.events()[-1]
    assert event["data"]["items"] == [1, 2]
    assert "holds: disclosure of items 1, 2, up to seal" in out
    assert f"sha256: {event['data']['sha256']}" in out
    assert f"recorded: line {event['seq']} of the log: export.made" in out
    document = json.loads(
        office.done("export", "harbour", "-o", "e.zip", "--as", "disclosure", "--item", "2", "--json")
    )
    assert set(document) == documented("archiver-export/1")


def documented(schema: str) -> set[str]:
    """The members that the specification shows for a document."""
    text = (Path(__file__).parents[2] / "docs/spec/json-output.md").read_text("utf-8")
    block = next(part for part in text.split("```") if f'"{schema}"' in part)
    return set(json.loads(block.removeprefix("json")))


@pytest.mark.parametrize("suffix", ["zip", "tar"])
def test_age_itself_opens_what_was_encrypted(office: Office, suffix: str) -> None:
    if shutil.which("age") is None or shutil.which("age-keygen") is None:
        pytest.skip("age is not installed")
    away = office.folder / "away"
    away.mkdir()
    key = away / "counsel.key"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    recipient = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True, text=True).stdout.strip()
    office.kept("a.txt", b"a word")
    office.done("export", "harbour", "-o", f"out.{suffix}", "--as", "bag", "--encrypt-to", recipient)
    opened = away / f"opened.{suffix}"
    subprocess.run(["age", "-d", "-i", key, "-o", opened, office.folder / f"out.{suffix}.age"], check=True)
    assert verify_bundle(opened).exit_code() is ExitCode.OK
    other = away / "other.key"
    subprocess.run(["age-keygen", "-o", other], check=True, capture_output=True)
    refused = subprocess.run(["age", "-d", "-i", other, office.folder / f"out.{suffix}.age"], capture_output=True)
    assert refused.returncode != 0
