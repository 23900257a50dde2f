"""A case passes from one person to another: what is on record then, and every way in which it is refused."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from handingbench import OFFICE, Desk, giver, receiver
from sshkeys import needs_ssh_keygen
from stamping import local_authorities

from archiver import canon
from archiver.config.case_file import CaseFile
from archiver.custody.handover import HandOver, Held
from archiver.custody.layout import seal_path
from archiver.custody.log import Event
from archiver.custody.receipt import Receipt
from archiver.custody.signers import AllowedSigners
from archiver.errors import ArchiverError, CaseError, ConfigError
from archiver.model.verdict import Severity
from archiver.pipeline.cases import add_note, amend_case
from archiver.pipeline.handover import Checked, acknowledge
from archiver.pipeline.identity import identity
from archiver.pipeline.revoke import revoke_key
from archiver.runtime import Runtime
from archiver.verify.run import verify_case

pytestmark = needs_ssh_keygen


@pytest.fixture
def doe(tmp_path: Path, runtime: Runtime) -> Desk:
    return giver(tmp_path / "doe", runtime)


@pytest.fixture
def office(tmp_path: Path, runtime: Runtime) -> Desk:
    return receiver(tmp_path / "office", runtime)


def test_a_case_goes_on_in_other_hands_with_an_unbroken_chain(doe: Desk, office: Desk) -> None:
    passed = doe.transfer(reason="the trial begins")
    doe.case.assert_sound()
    doe.given_to(office)
    taken = office.acknowledge()
    office.keep("They rang again.\n")
    office.case.assert_sound()
    events = office.case.events()
    assert [event.event for event in events] == [
        *("case.opened", "item.requested", "item.imported"),
        *("key.added", "custody.transferred", "seal.completed"),
        *("custody.acknowledged", "case.amended", "key.added", "seal.completed"),
        *("item.requested", "item.imported"),
    ]
    assert [event.actor for event in events] == ["J. Doe"] * 6 + [OFFICE] * 6
    assert passed.event.data["reason"] == "the trial begins"
    assert (passed.event.data["items"], passed.event.data["files"]) == (1, 1)
    data = taken.event.data
    assert (data["from"], data["to"], data["transfer"], data["seal"]) == ("J. Doe", OFFICE, passed.event.seq, 1)
    assert data["receipt"] == passed.sealed.receipt
    assert (data["compared"], data["not_asked"], data["verdict"]) == (True, ["tokens"], "sound")
    assert (data["signer"], data["fingerprint"]) == ("office", events[8].data["fingerprint"])


def test_both_seals_are_signed_by_the_two_keys_and_ssh_keygen_agrees(doe: Desk, office: Desk, tmp_path: Path) -> None:
    doe.transfer()
    doe.given_to(office).acknowledge()
    lines = [file.read_text("ascii") for file in sorted((office.path / "trust").iterdir())]
    assert {line.split(" ")[0] for line in lines} == {"jane", "office"}
    signers = tmp_path / "signers"
    signers.write_text("".join(lines), "ascii")
    for number, name in ((1, "jane"), (2, "office")):
        text = office.path / seal_path(number, "seal")
        command = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", name, "-n", "custody-seal@archiver"]
        command += ["-s", f"{text}.sig"]
        assert subprocess.run(command, input=text.read_bytes(), capture_output=True, check=False).returncode == 0
    verdict = verify_case(office.path, signers=AllowedSigners.parse("".join(lines)))
    assert [f for f in verdict.findings if f.check == "signatures" and f.severity > Severity.NOTE] == []


def test_the_receipt_names_what_was_handed_over(doe: Desk) -> None:
    passed = doe.transfer("Мария\u202e")
    handed = passed.receipt
    assert handed is not None
    lines = (doe.path / "custody.jsonl").read_bytes().split(b"\n")
    assert handed.lines == len(lines) - 1
    shown = subprocess.run(["sha256sum"], input=lines[-2] + b"\n", capture_output=True, check=True).stdout
    assert handed.head == shown.split()[0].decode()
    assert (handed.giver, handed.receiver, handed.title) == ("J. Doe", "Мария\u202e", "T")
    warc = doe.path / "evidence/000/000001.warc.gz"
    assert (handed.items, handed.files, handed.bytes) == (1, 1, warc.stat().st_size)
    assert Receipt.parse(handed.receipt) == Receipt.parse(handed.spoken)
    assert verify_case(doe.path, expect=Receipt.parse(handed.receipt)).exit_code() == 0


def test_the_giver_is_stamped_too(tmp_path: Path, runtime: Runtime) -> None:
    with local_authorities("one", "two") as authorities:
        doe = giver(tmp_path / "doe", runtime, *authorities)
        passed = doe.transfer()
        assert passed.receipt is not None
        assert [name for name, _ in passed.receipt.stamps] == ["tsa-1", "tsa-2"]
        authorities[1].mode = "down"
        later = doe.transfer("Another", instead=True)
        assert later.sealed.lacking
        assert later.receipt is not None
        assert [name for name, _ in later.receipt.stamps] == ["tsa-1"]


def test_the_same_transfer_again_adds_nothing_and_tells_the_same_receipt(doe: Desk) -> None:
    first = doe.transfer()
    log = (doe.path / "custody.jsonl").read_bytes()
    again = doe.transfer(reason="another reason")
    assert (again.again, again.event, again.receipt) == (True, first.event, first.receipt)
    assert (doe.path / "custody.jsonl").read_bytes() == log


def test_a_case_can_come_back_to_the_one_who_gave_it(doe: Desk, office: Desk, tmp_path: Path) -> None:
    doe.transfer()
    doe.given_to(office).acknowledge()
    office.transfer("J. Doe")
    back = Desk(tmp_path / "back", doe.keys, doe.runtime)
    office.given_to(back).acknowledge("J. Doe", "jane")
    back.case.assert_sound()
    assert [event.event for event in back.case.events()].count("key.added") == 2
    assert back.case.events()[-1].data["signer"] == "jane"


def test_a_case_without_private_files_keeps_its_commitments(doe: Desk, office: Desk) -> None:
    file = doe.path / "case.yaml"
    file.write_text(file.read_text("utf-8") + 'private:\n  source: "the neighbour"\n', "utf-8")
    amend_case(doe.path, reason="the source is on record", runtime=doe.runtime)
    doe.transfer()
    doe.given_to(office)
    on_record = next(e for e in reversed(doe.case.events()) if e.event == "case.amended").data["case_yaml"]["text"]
    (office.path / "case.yaml").write_text(on_record, "utf-8")
    office.acknowledge()
    office.case.assert_sound()
    after = CaseFile.parse((office.path / "case.yaml").read_text("utf-8"))
    assert after.private == CaseFile.parse(on_record).private


def refused(kind: str, act: Callable[[], object], *desks: Desk) -> ArchiverError:
    """Assert that the act is refused for this reason and nothing in the cases changes."""
    before = [files_of(desk.path) for desk in desks]
    with pytest.raises(ArchiverError) as found:
        act()
    assert found.value.kind == kind, found.value.message
    assert [files_of(desk.path) for desk in desks] == before
    return found.value


def files_of(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != ".lock")
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def test_nobody_is_given_what_they_have(doe: Desk) -> None:
    refused("same-hands", lambda: doe.transfer("J. Doe"), doe)
    refused("text", lambda: doe.transfer("x" * 501), doe)


def test_a_case_that_nobody_signs_is_handed_over_only_knowingly(tmp_path: Path, runtime: Runtime, office: Desk) -> None:
    doe = giver(tmp_path / "doe", runtime, signer=False)
    error = refused("no-signer", doe.transfer, doe)
    assert "--unsigned" in error.hint
    passed = doe.transfer(unsigned=True)
    assert passed.receipt is not None
    assert passed.receipt.fingerprint == ""
    doe.given_to(office).acknowledge()
    office.case.assert_sound()
    assert office.case.events()[-1].data["signer"] == "office"


def test_a_key_that_is_not_here_stops_a_transfer_before_it_is_on_record(doe: Desk) -> None:
    for file in doe.keys.iterdir():
        file.unlink()
    refused("no-key", doe.transfer, doe)


def test_a_transfer_that_could_not_be_signed_is_sealed_by_the_next_attempt(doe: Desk) -> None:
    key = doe.keys / "jane"
    kept = key.read_bytes()
    key.write_bytes(kept[: len(kept) // 2])
    passed = doe.transfer()
    assert passed.receipt is None
    assert passed.sealed.lacking
    assert doe.case.names()[-1] == "custody.transferred"
    key.write_bytes(kept)
    again = doe.transfer()
    assert again.again
    assert again.receipt is not None
    assert doe.case.names()[-2:] == ["custody.transferred", "seal.completed"]


def test_a_second_transfer_takes_the_place_of_the_first_only_when_that_is_said(doe: Desk, office: Desk) -> None:
    first = doe.transfer("Somebody Else")
    error = refused("pending", doe.transfer, doe)
    assert "Somebody Else" in error.message
    assert "--instead" in error.hint
    second = doe.transfer(instead=True)
    assert second.event.data["instead_of"] == first.event.seq
    doe.given_to(office).acknowledge()
    office.case.assert_sound()


def test_what_is_added_after_a_transfer_makes_it_lapse(doe: Desk, office: Desk) -> None:
    doe.transfer()
    doe.keep("More came in.\n")
    doe.given_to(office)
    error = refused("lapsed", office.acknowledge, office)
    assert "--instead" in error.hint
    refused("pending", doe.transfer, doe)
    passed = doe.transfer(instead=True)
    assert passed.event.data["items"] == 2
    doe.case.assert_sound()


def test_only_the_one_who_is_named_acknowledges(doe: Desk, office: Desk) -> None:
    doe.given_to(office)
    refused("no-transfer", office.acknowledge, office)
    doe.transfer()
    refused("same-hands", lambda: doe.acknowledge("J. Doe", "jane"), doe)
    error = refused("other-receiver", lambda: doe.acknowledge("Legal Aid"), doe)
    assert OFFICE in error.message


def test_who_has_the_case_already_is_told_so(doe: Desk, office: Desk) -> None:
    doe.transfer()
    doe.given_to(office).acknowledge()
    refused("acknowledged", office.acknowledge, office)
    refused("no-transfer", lambda: office.acknowledge("Another"), office)


def test_a_transfer_without_a_seal_is_not_acknowledged(doe: Desk, office: Desk) -> None:
    key = doe.keys / "jane"
    key.write_bytes(b"none\n")
    doe.transfer()
    refused("not-sealed", doe.given_to(office).acknowledge, office)


def test_a_hand_over_has_two_keys(doe: Desk, office: Desk) -> None:
    doe.transfer()
    doe.given_to(office)
    for end in ("", ".pub"):
        (office.keys / f"jane{end}").write_bytes((doe.keys / f"jane{end}").read_bytes())
        (office.keys / f"jane{end}").chmod(0o600)
    refused("same-hands", lambda: office.acknowledge(signer="jane"), office)
    for end in ("", ".pub"):
        (office.keys / f"jane{end}").unlink()
    office.identity("jane")
    refused("other-key", lambda: office.acknowledge(signer="jane"), office)
    with pytest.raises(ConfigError, match="there is none on this machine"):
        office.acknowledge(signer="nobody")


def test_a_key_of_the_receiver_that_the_case_knows_otherwise_is_refused(doe: Desk, office: Desk) -> None:
    doe.transfer()
    doe.given_to(office).acknowledge()
    revoke_key(office.path, "office", None, reason="lost", since=None, runtime=office.runtime)
    office.identity("new")
    text = (office.path / "case.yaml").read_text("utf-8")
    events = office.case.events()
    office_key = next(event.data["fingerprint"] for event in reversed(events) if event.event == "key.added")
    new = identity(office.keys, "new").public.fingerprint
    text = text.replace('"office"', '"new"').replace(office_key, new)
    (office.path / "case.yaml").write_text(text, "utf-8")
    amend_case(office.path, reason="key lost", runtime=office.runtime)
    office.transfer("Third")
    error = refused("other-key", lambda: office.acknowledge("Third", "office"), office)
    assert "revoked" in error.message


def test_a_case_that_changed_while_it_was_checked_is_not_taken(doe: Desk, office: Desk) -> None:
    doe.transfer()
    offer = doe.given_to(office).offered()
    add_note(office.path, "meanwhile", None, runtime=office.runtime)
    refused("changed", lambda: acknowledge(office.sealing, offer, "office", Checked(False, ())), office)


def test_a_log_that_cannot_be_read_offers_nothing(doe: Desk) -> None:
    doe.transfer()
    log = doe.path / "custody.jsonl"
    whole = log.read_bytes()
    for data in (whole[:-10], whole.replace(b'"to":"Legal', b'"to":"legal'), whole.replace(b'"items":1', b'"items":2')):
        log.write_bytes(data)
        with pytest.raises(CaseError) as found:
            doe.offered()
        assert found.value.kind == "damaged"


def rewritten(path: Path, change: Callable[[dict[str, object]], object], event: str) -> list[str]:
    """Change the data of an event, chain and manifest left as they are, and return what verify says of that line."""
    lines = (path / "custody.jsonl").read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        found = json.loads(line)
        if found["event"] == event:
            change(found["data"])
            lines[number] = canon.dumps(found) + b"\n"
    (path / "custody.jsonl").write_bytes(b"".join(lines))
    verdict = verify_case(path)
    return [f.message for f in verdict.findings if f.severity is Severity.BROKEN and event in f.message]


@pytest.mark.parametrize(
    ("event", "change", "said"),
    [
        ("custody.transferred", {"items": 2}, "other items, files or bytes"),
        ("custody.transferred", {"to": "J. Doe"}, "passed on to the one who has it"),
        ("custody.transferred", {"instead_of": 3}, "instead_of is 3"),
        ("custody.transferred", {"to": " "}, "to is not in its form"),
        ("custody.acknowledged", {"head": "0" * 64}, "head is not the hash of the line before"),
        ("custody.acknowledged", {"transfer": 4}, "does not answer the transfer"),
        ("custody.acknowledged", {"from": "X"}, "does not answer the transfer"),
        ("custody.acknowledged", {"to": "X"}, "another name than the receiver's"),
        ("custody.acknowledged", {"seal": 2}, "not those of the newest seal"),
        ("custody.acknowledged", {"receipt": "x"}, "not those of the newest seal"),
        ("custody.acknowledged", {"bytes": 1}, "other items, files or bytes"),
        ("custody.acknowledged", {"verdict": "contradicted"}, "verdict is not in its form"),
        ("custody.acknowledged", {"compared": 1}, "compared is not in its form"),
    ],
)
def test_a_hand_over_that_was_edited_is_contradicted(
    doe: Desk, office: Desk, event: str, change: dict[str, object], said: str
) -> None:
    doe.transfer()
    doe.given_to(office).acknowledge()
    messages = rewritten(office.path, lambda data: data.update(change), event)
    assert any(said in message for message in messages), messages


def test_an_acknowledgement_that_nothing_preceded_is_contradicted(doe: Desk, office: Desk) -> None:
    doe.transfer()
    doe.given_to(office).acknowledge()
    events = {event.event: event for event in office.case.events()}
    ack: Event = events["custody.acknowledged"]
    held = Held(1, 1, ack.data["bytes"])
    assert HandOver().apply(ack, held, ack.data["receipt"]) == [
        ("order", "custody is acknowledged, and nobody had passed it on")
    ]
    late = HandOver()
    late.apply(events["custody.transferred"], held, "")
    late.other(events["item.requested"])
    assert [kind for kind, _ in late.apply(ack, held, ack.data["receipt"])] == ["order"]
