"""What list and show tell of exports and hand-overs, and what is said to whoever adds to a case that was passed on."""

import json
import re
from pathlib import Path

import pytest
from cli_processes import on_a_terminal
from handdesk import OFFICE, Person, jane_with_a_case
from sshkeys import needs_ssh_keygen

from archiver.cli import machine
from archiver.cli.items import export_words
from archiver.cli.machine import software
from archiver.custody.log import Event
from archiver.pipeline.passed import passed_on

pytestmark = needs_ssh_keygen
VOID = "nobody can take this copy over any more"


@pytest.fixture
def jane(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    return jane_with_a_case(tmp_path, capsys, monkeypatch)


@pytest.mark.parametrize(
    "words",
    [
        ("note", "harbour", "more"),
        ("import", "harbour", "statement.txt", "--source", "the family"),
        ("amend", "harbour", "--reason", "R"),
        ("capture", "http://127.0.0.1:9/", "--case", "harbour"),
        ("batch", "statement.txt", "--case", "harbour"),
        ("withhold", "harbour", "1", "--reason", "R", "--authority", "A", "--yes"),
        ("identity", "revoke", "jane", "--case", "harbour", "--reason", "R"),
    ],
    ids=lambda words: words[0],
)
def test_who_adds_to_a_case_that_was_passed_on_is_told_before(jane: Person, words: tuple[str, ...]) -> None:
    assert VOID not in jane.run("note", "harbour", "before")[2]
    jane.transfer()
    if words[0] == "amend":
        file = jane.case / "case.yaml"
        file.write_text(file.read_text("utf-8").replace("The raid", "The harbour raid"), "utf-8")
    _, _, err = jane.run(*words)
    assert f"passed on to {OFFICE} on line" in err
    assert VOID in err


def test_it_is_told_once_and_not_to_programs(jane: Person) -> None:
    jane.transfer()
    code, out, err = jane.run("note", "harbour", "for programs", "--json")
    assert (code, err, VOID in out) == (0, "", False)
    assert VOID not in jane.run("note", "harbour", "and more")[2]


def test_what_adds_nothing_is_not_told(jane: Person) -> None:
    jane.transfer()
    for words in (("seal", "harbour"), ("export", "harbour", "--as", "bag", "-o", "bag"), ("recover", "harbour")):
        code, _, err = jane.run(*words)
        assert (code, err) == (0, "")
        assert passed_on(jane.case) is not None
    jane.gives(jane_at_the_office := Person(jane.home / "office", jane.capsys, jane.monkeypatch))
    jane_at_the_office.ok("identity", "new", "office", "--no-passphrase")
    assert jane_at_the_office.acknowledge()[0] == 0
    assert passed_on(jane_at_the_office.case) is None


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"{}\n", b"half a line", b'{"event":"custody.transferred"}\n', b"\0" * 70_000]
)
def test_a_log_that_cannot_be_read_is_told_by_the_command_itself(jane: Person, data: bytes) -> None:
    (jane.case / "custody.jsonl").write_bytes(data)
    assert passed_on(jane.case) is None
    code, _, err = jane.run("note", "harbour", "x")
    assert code == 4
    assert VOID not in err
    assert passed_on(jane.home / "nowhere") is None


def test_a_transfer_of_another_shape_is_none(jane: Person) -> None:
    jane.transfer()
    log = jane.log.splitlines(keepends=True)[:-1]
    (jane.case / "custody.jsonl").write_bytes(b"".join(log))
    assert passed_on(jane.case) is not None
    (jane.case / "custody.jsonl").write_bytes(b"".join(log).replace(b'"to":"Legal Aid Office"', b'"to":7'))
    assert passed_on(jane.case) is None


def test_show_tells_each_export_that_held_the_item(jane: Person) -> None:
    jane.ok("export", "harbour", "--as", "bag", "-o", "one.zip")
    jane.keep("a second statement\n")
    jane.ok("export", "harbour", "--as", "disclosure", "--item", "2", "-o", "two.zip")
    jane.ok("export", "harbour", "--as", "wacz", "-o", "three.wacz")
    told = {item: re.findall(r"^exported: .*$", jane.ok("show", "harbour", item), re.MULTILINE) for item in "12"}
    assert [re.findall(r": (\w+) (\S+), SHA-256 [0-9a-f]{64}$", line) for line in told["1"]] == [
        [("bag", "one.zip")],
        [("wacz", "three.wacz")],
    ]
    assert ["two.zip" in line or "three.wacz" in line for line in told["2"]] == [True, True]
    document = jane_document(jane, "2")
    assert [event["data"]["as"] for event in document["exports"]] == ["disclosure", "wacz"]


def jane_document(jane: Person, item: str) -> dict[str, list[dict[str, dict[str, str]]]]:
    found: dict[str, list[dict[str, dict[str, str]]]] = json.loads(jane.ok("show", "harbour", item, "--json"))
    return found


@pytest.mark.parametrize(("recipients", "words"), [(0, ""), (2, ", encrypted for 2")])
def test_an_encrypted_export_tells_for_how_many(recipients: int, words: str) -> None:
    data = {"as": "bag", "name": "a.zip.age", "recipients": recipients, "sha256": "ab" * 32}
    event = Event("urn:uuid:x", 9, "0" * 64, "2026-11-22T06:55:58.854810Z", "J. Doe", "export.made", data, "0" * 32)
    assert export_words(event) == f"bag a.zip.age{words}, SHA-256 {'ab' * 32}"


def test_list_tells_on_a_terminal_what_went_out_and_to_whom(jane: Person) -> None:
    def listed() -> str:
        code, shown = on_a_terminal("list", "harbour", cwd=jane.home, HOME=str(jane.home))
        assert code == 0
        return " ".join(shown.decode().split())

    assert "exported" not in listed()
    jane.ok("export", "harbour", "--as", "bag", "-o", "one.zip")
    assert "exported once on" in listed()
    jane.ok("export", "harbour", "--as", "bag", "-o", "two.zip")
    assert re.search(r"exported 2 times, the last time on \S+: bag two\.zip", listed())
    jane.transfer()
    assert f"passed on to {OFFICE} (line" in listed()
    assert jane.run("list", "harbour")[2] == ""


def test_doctor_tells_whether_exports_can_be_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    real = machine.metadata.version
    installed = True

    def version(name: str) -> str:
        if name != "pyrage":
            return real(name)
        if installed:
            return "1.3.0"
        raise machine.metadata.PackageNotFoundError

    monkeypatch.setattr(machine.metadata, "version", version)
    found = next(one for one in software() if one.name == "pyrage")
    assert (found.state, found.seen) == ("ok", "1.3.0")
    installed = False
    found = next(one for one in software() if one.name == "pyrage")
    assert found.state == "missing"
    assert "--encrypt-to" in found.hint
