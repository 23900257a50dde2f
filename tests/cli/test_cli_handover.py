"""transfer and acknowledge from the command line: two people, two machines, two folders of keys."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from cli_processes import on_a_terminal
from handdesk import OFFICE, Person, person
from sshkeys import needs_ssh_keygen

pytestmark = needs_ssh_keygen
SPEC = Path(__file__).parents[2] / "docs/spec/json-output.md"
ACKNOWLEDGE = ("acknowledge", "harbour", "--collector", OFFICE, "--signer", "office")


@pytest.fixture
def jane(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    found = person(tmp_path / "jane", capsys, monkeypatch, "jane")
    found.ok("init", "harbour", "--title", "The \u202eraid", "--collector", "J. Doe", "--signer", "jane")
    found.keep()
    return found


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    return person(tmp_path / "office", capsys, monkeypatch, "office")


def given(jane: Person, office: Person) -> str:
    """Hand the case over and return the receipt line, which goes another way."""
    out = jane.ok("transfer", "harbour", "--to", OFFICE, "--reason", "the trial begins")
    shutil.copytree(jane.case, office.case, ignore=shutil.ignore_patterns("private", ".lock"))
    return next(line.removeprefix("receipt: ") for line in out.splitlines() if line.startswith("receipt: "))


def test_a_case_is_handed_over_and_goes_on(jane: Person, office: Person) -> None:
    receipt = given(jane, office)
    out = office.ok(*ACKNOWLEDGE, "--expect", receipt)
    assert f"acknowledged: from J. Doe to {OFFICE}" in out
    assert "sound; the giver's receipt fits" in out
    assert "sealed: seal 3, signed by office" in out
    (office.home / "more.txt").write_text("More.\n")
    office.ok("import", "harbour", "more.txt", "--source", "the family")
    assert "verdict: sound" in office.ok("verify", "harbour", "--expect", receipt)


def test_the_receipt_is_printed_and_written(jane: Person) -> None:
    out = jane.ok("transfer", "harbour", "--to", OFFICE, "--receipt", "receipt.html")
    for line in ("title: The \\u202eraid", "handed over by: J. Doe", f"to: {OFFICE}", "items: 1"):
        assert f"\n{line}\n" in out
    assert "signature, received by: ____" in out
    page = (jane.home / "receipt.html").read_text("utf-8")
    assert "<!DOCTYPE html>" in page
    assert "\\u202eraid" in page
    assert "\u202e" not in page
    again = jane.ok("transfer", "harbour", "--to", OFFICE, "--receipt", "receipt.txt")
    assert "(it was there already)" in again
    assert (jane.home / "receipt.txt").read_text("utf-8").startswith("Receipt for a case handed over\n")


def test_a_receipt_never_takes_the_place_of_another_file(jane: Person) -> None:
    (jane.home / "receipt.txt").write_text("mine")
    before = jane.log
    for file in ("receipt.txt", "receipt.pdf", "nowhere/receipt.txt"):
        code, _, err = jane.run("transfer", "harbour", "--to", OFFICE, "--receipt", file)
        assert code == 2
        assert file in err
    assert (jane.home / "receipt.txt").read_text() == "mine"
    assert jane.log == before


def test_json_tells_all_of_it(jane: Person, office: Person) -> None:
    document = jane.document("transfer", "harbour", "--to", OFFICE, "--receipt", "r.html")
    assert (document["schema"], document["written"], document["again"]) == ("archiver-transfer/1", "r.html", False)
    assert document["event"]["event"] == "custody.transferred"
    assert document["receipt"]["receipt"] == document["sealed"]["receipt"]
    assert document["receipt"]["stamps"] == []
    shutil.copytree(jane.case, office.case)
    taken = office.document(*ACKNOWLEDGE)
    assert taken["schema"] == "archiver-acknowledge/1"
    assert taken["event"]["data"]["to"] == OFFICE
    assert taken["verdict"]["verdict"] == "sound"
    assert taken["sealed"]["signer"] == "office"
    for found in (document, taken):
        assert found.keys() == promised(found["schema"]).keys()
    assert document["receipt"].keys() == promised("archiver-transfer/1")["receipt"].keys()
    assert office.document(*ACKNOWLEDGE)["error"]["kind"] == "acknowledged"


def promised(schema: str) -> dict[str, Any]:
    """Return the example of this schema in docs/spec/json-output.md."""
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", SPEC.read_text("utf-8"), re.DOTALL)]
    return next(document for document in found if document.get("schema") == schema)


def test_an_acknowledgement_that_could_not_be_signed_is_finished_by_the_same_command(
    jane: Person, office: Person
) -> None:
    given(jane, office)
    key = office.home / ".config/archiver/identities/office"
    kept = key.read_bytes()
    key.write_bytes(kept[:100])
    code, out, _ = office.run(*ACKNOWLEDGE)
    assert code == 7
    assert "seal due: " in out
    assert "verdict: sound" in office.ok("verify", "harbour")
    key.write_bytes(kept)
    document = office.document(*ACKNOWLEDGE)
    assert (document["verdict"], document["sealed"]["signer"]) == (None, "office")
    assert office.log.count(b'"event":"custody.acknowledged"') == 1


def test_a_folder_that_is_no_case_is_not_taken_over(office: Person) -> None:
    office.case.mkdir()
    code, _, err = office.run(*ACKNOWLEDGE)
    assert code == 4
    assert "custody.jsonl" in err


def damaged(case: Path) -> None:
    with (case / "evidence/000/000001.warc.gz").open("r+b") as file:
        file.seek(40)
        file.write(b"\0")


def cut(case: Path) -> None:
    log = case / "custody.jsonl"
    log.write_bytes(log.read_bytes()[:-9])
    manifest = case / "manifest.yaml"
    text = manifest.read_bytes()
    manifest.write_bytes(text[: text.rindex(b"\n- ") + 1])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(("harm", "code", "word"), [(damaged, 8, "contradicted"), (cut, 9, "unchecked")])
def test_what_is_not_sound_is_not_taken_over_and_nothing_is_written(
    jane: Person, office: Person, harm: Any, code: int, word: str
) -> None:
    given(jane, office)
    harm(office.case)
    before = contents(office.case)
    found, out, err = office.run(*ACKNOWLEDGE)
    assert found == code
    assert f"verdict: {word}" in out
    assert "not acknowledged, and nothing was written" in err
    document = office.document(*ACKNOWLEDGE)
    assert (document["event"], document["verdict"]["verdict"]) == (None, word)
    assert contents(office.case) == before


def test_another_state_than_the_receipt_says_is_not_taken_over(jane: Person, office: Person) -> None:
    first = given(jane, office)
    jane.ok("note", "harbour", "one more thing")
    later = jane.ok("transfer", "harbour", "--to", OFFICE, "--instead")
    receipt = next(line.removeprefix("receipt: ") for line in later.splitlines() if line.startswith("receipt: "))
    code, out, _ = office.run(*ACKNOWLEDGE, "--expect", receipt)
    assert code == 8
    assert "there was a later state of this case" in out
    shutil.rmtree(office.case)
    shutil.copytree(jane.case, office.case)
    code, _, err = office.run(*ACKNOWLEDGE, "--expect", first)
    assert code == 2
    assert "older than the hand-over" in err
    assert "the giver's receipt fits" in office.ok(*ACKNOWLEDGE, "--expect", receipt)


def test_signers_that_do_not_name_the_giver_stop_it(jane: Person, office: Person) -> None:
    given(jane, office)
    line = office.ok("identity", "show", "office").rstrip().rpartition("allowed signers: ")[2]
    (office.home / "signers").write_text(f"{line}\n")
    assert office.run(*ACKNOWLEDGE, "--allowed-signers", "signers")[0] == 9
    line = jane.ok("identity", "show", "jane").rstrip().rpartition("allowed signers: ")[2]
    (office.home / "signers").write_text(f"{line}\n")
    office.ok(*ACKNOWLEDGE, "--allowed-signers", "signers")
    assert json.loads(office.log.splitlines()[-4])["data"]["not_asked"] == ["receipt", "tokens"]


def test_a_case_without_a_signer_says_what_to_do(jane: Person) -> None:
    jane.ok("init", "other", "--title", "T", "--collector", "J. Doe")
    code, _, err = jane.run("transfer", "other", "--to", OFFICE)
    assert code == 2
    assert "--unsigned" in err
    jane.ok("transfer", "other", "--to", OFFICE, "--unsigned")


def test_a_key_that_does_not_sign_leaves_it_to_the_next_attempt(jane: Person) -> None:
    key = jane.home / ".config/archiver/identities/jane"
    kept = key.read_bytes()
    key.write_bytes(kept[:100])
    code, out, err = jane.run("transfer", "harbour", "--to", OFFICE, "--receipt", "r.txt")
    assert code == 7
    assert "seal due: " in out
    assert "do not hand it over yet" in err
    assert not (jane.home / "r.txt").exists()
    assert jane.document("transfer", "harbour", "--to", OFFICE)["receipt"] is None
    key.write_bytes(kept)
    assert "handed over by: J. Doe" in jane.ok("transfer", "harbour", "--to", OFFICE)


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("acknowledge", "nowhere", "--collector", "C", "--signer", "office"), 4, "there is no such case"),
        (("acknowledge", "harbour", "--collector", " ", "--signer", "office"), 2, "--collector"),
        (("transfer", "harbour", "--to", "\t"), 2, "--to"),
        (("acknowledge", "harbour", "--collector", OFFICE, "--signer", "office"), 2, "nobody passed this case on"),
        (("verify", "harbour", "--report", "r.txt"), 2, "must end in .html"),
        (("verify", "harbour", "--report", "statement.html/r.html"), 2, "there is no folder"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_done(
    jane: Person, args: tuple[str, ...], code: int, said: str
) -> None:
    found, _, err = jane.run(*args)
    assert found == code
    assert said in err


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no folder here in which nobody can write")
def test_a_report_that_cannot_be_written_costs_no_verdict(jane: Person, office: Person) -> None:
    given(jane, office)
    code, out, err = office.run("verify", "harbour", "--report", "/proc/report.html")
    assert (code, "verdict: sound" in out, "/proc/report.html: cannot be written" in err) == (4, True, True)
    code, out, _ = office.run("verify", "harbour", "--json", "--report", "/proc/report.html")
    document = json.loads(out)
    assert (code, document["exit_code"], document["verdict"], document["report"]) == (4, 4, "sound", None)
    assert document["report_error"]["kind"] == "storage"
    damaged(office.case)
    assert office.run("verify", "harbour", "--report", "/proc/report.html")[0] == 8


def test_the_report_of_a_verification_is_written_beside_the_answer(jane: Person, office: Person) -> None:
    receipt = given(jane, office)
    (office.home / "signers").write_text("jane ssh-ed25519 AAAA\n")
    out = office.ok("verify", "harbour", "--expect", receipt, "--report", "report.html")
    assert "verdict: sound" in out
    page = re.sub("</?span[^>]*>", "", (office.home / "report.html").read_text("utf-8"))
    assert receipt in page
    assert "archiver verify harbour --expect" in page
    assert "archiver 0." in page
    assert "signers from elsewhere</th><td>none were named" in page
    code, _, err = office.run("verify", "harbour", "--report", "report.html")
    assert (code, "already something of that name" in err) == (2, True)
    damaged(office.case)
    signers = ("--tsa-roots", "system", "--strict", "--only", "files,seals")
    document = office.document("verify", "harbour", "--report", "bad.html", *signers)
    assert (document["report"], document["verdict"]) == ("bad.html", "contradicted")
    page = (office.home / "bad.html").read_text("utf-8")
    assert "evidence/000/000001.warc.gz" in page
    assert "those that the system trusts" in page
    assert "files, seals" in page


def test_the_report_names_the_file_of_signers_by_its_hash(jane: Person) -> None:
    line = jane.ok("identity", "show", "jane").rstrip().rpartition("allowed signers: ")[2]
    (jane.home / "signers").write_text(f"{line}\n")
    jane.ok("verify", "harbour", "--allowed-signers", "signers", "--report", "r.html")
    assert "signers, with the SHA-256 " in (jane.home / "r.html").read_text("utf-8")


def test_a_bare_file_has_a_report_too(jane: Person) -> None:
    warc = "cases/harbour/evidence/000/000001.warc.gz"
    jane.ok("verify", warc, "--report", "r.html")
    page = (jane.home / "r.html").read_text("utf-8")
    assert "this WARC file is sound in itself" in page
    assert "receipt from elsewhere" not in page


def test_on_a_terminal_both_sides_read_what_happens(jane: Person, office: Person) -> None:
    code, shown = on_a_terminal(
        "transfer", "harbour", "--to", OFFICE, "--receipt", "r.txt", cwd=jane.home, HOME=str(jane.home)
    )
    assert code == 0
    assert b"receipt: r.txt" in shown
    shutil.copytree(jane.case, office.case)
    damaged(office.case)
    code, shown = on_a_terminal(*ACKNOWLEDGE, cwd=office.home, HOME=str(office.home))
    assert code == 8
    assert b"contradicted" in shown
    shutil.rmtree(office.case)
    shutil.copytree(jane.case, office.case)
    code, shown = on_a_terminal(*ACKNOWLEDGE, cwd=office.home, HOME=str(office.home))
    assert code == 0
    assert b"send the receipt to the one who handed the case over" in shown
