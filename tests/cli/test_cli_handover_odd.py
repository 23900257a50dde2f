"""Hand-overs as people do them: names spelled their way, twice, in the wrong order, on two machines at once."""

import shutil
import unicodedata
from pathlib import Path

import pytest
from handdesk import OFFICE, Person, jane_with_a_case, person
from sshkeys import needs_ssh_keygen

from archiver.model.handover import as_read
from archiver.pipeline import handover

pytestmark = needs_ssh_keygen


@pytest.fixture
def jane(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    return jane_with_a_case(tmp_path, capsys, monkeypatch)


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    return person(tmp_path / "office", capsys, monkeypatch, "office")


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("Legal Aid Office", " legal  aid\tOFFICE "),
        (unicodedata.normalize("NFC", "José Núñez"), unicodedata.normalize("NFD", "José Núñez")),
        ("نجمه\u200cسادات", "نجمهسادات"),
        ("Straße 12", "STRASSE 12"),
        ("Мария\u202e", "мария"),
    ],
)
def test_the_receiver_may_spell_the_name_as_it_is_read(jane: Person, office: Person, said: str, typed: str) -> None:
    receipt = jane.transfer(to=said)
    jane.gives(office)
    code, out, err = office.acknowledge("--expect", receipt, collector=typed)
    assert code == 0, err
    assert "as the giver wrote it" in out
    assert office.events()[-1]["actor"] == said
    code, _, err = office.acknowledge(collector=typed)
    assert (code, "already" in err) == (2, True)
    assert "archiver receipt CASE" in err
    assert "verdict: sound" in office.ok("verify", "harbour", "--expect", receipt)


def test_other_names_stay_other_names() -> None:
    assert len({as_read(name) for name in ("Ann", "Anna", "An n", "Αnn", "Ann.", "4nn")}) == 6
    assert as_read("\u200b \u202e\n") == ""


@pytest.mark.parametrize("name", ["j. doe", " J. Doe", "J.\u200b Doe"])
def test_the_giver_under_another_spelling_is_still_the_giver(jane: Person, name: str) -> None:
    code, _, err = jane.run("transfer", "harbour", "--to", name)
    assert (code, "has this case already" in err) == (2, True)
    jane.transfer()
    code, _, err = jane.acknowledge(collector=name, signer="jane")
    assert (code, "cannot acknowledge it" in err) == (2, True)


def test_a_name_that_nobody_can_see_is_refused(jane: Person) -> None:
    code, _, err = jane.run("transfer", "harbour", "--to", "\u200b\u202e")
    assert (code, "nothing of it can be seen" in err) == (2, True)
    assert b"custody.transferred" not in jane.log


def test_the_same_receiver_in_another_spelling_is_the_same_transfer(jane: Person) -> None:
    jane.transfer()
    assert "(it was there already)" in jane.ok("transfer", "harbour", "--to", "legal aid office")


def test_a_transfer_that_lapsed_is_told_with_the_line_that_came_between(jane: Person) -> None:
    jane.transfer()
    line = len(jane.events()) + 1
    jane.ok("note", "harbour", "one more")
    code, _, err = jane.run("transfer", "harbour", "--to", OFFICE)
    assert code == 2
    assert f"line {line} was added since, so nobody can acknowledge it any more" in err
    jane.ok("transfer", "harbour", "--to", OFFICE, "--instead")


def test_a_receipt_of_another_case_is_told_as_that_and_not_as_old(jane: Person, office: Person) -> None:
    jane.ok("init", "other", "--title", "T", "--collector", "J. Doe", "--signer", "jane")
    jane.ok("seal", "other")
    other = jane.ok("receipt", "other").removeprefix("receipt: ").strip()
    old = jane.receipt()
    jane.transfer()
    jane.gives(office)
    before = office.log
    code, out, _ = office.acknowledge("--expect", other)
    assert code == 8
    assert "the receipt is of another case" in out
    code, _, err = office.acknowledge("--expect", old)
    assert code == 2
    assert "archiver verify --expect" in err
    assert office.log == before


def test_what_ctrl_c_leaves_is_finished_by_the_same_command(
    jane: Person, office: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(handover.Sealing, "seal_open", interrupted)
        code, _, err = jane.run("transfer", "harbour", "--to", OFFICE)
        assert code == 130
        assert "do not hand the case over yet" in err
        assert "run the same command again" in err
    receipt = jane.transfer()
    jane.gives(office)
    with monkeypatch.context() as patch:
        patch.setattr(handover.Sealing, "seal_open", interrupted)
        code, _, err = office.acknowledge("--expect", receipt)
        assert code == 130
        assert "what is on record already is not done again" in err
    assert office.acknowledge("--expect", receipt)[0] == 0
    assert office.log.count(b"custody.acknowledged") == 1


@pytest.mark.parametrize("items", [1, 2])
def test_files_are_counted_as_people_count(jane: Person, office: Person, items: int) -> None:
    for number in range(items - 1):
        jane.keep(f"more {number}\n")
    receipt = jane.transfer()
    jane.gives(office)
    code, out, _ = office.acknowledge("--expect", receipt)
    assert code == 0
    assert f"read again: {'1 file with' if items == 1 else '2 files with'}" in out


def test_a_case_in_a_bag_is_taken_out_of_it_first(jane: Person, office: Person) -> None:
    receipt = jane.transfer()
    jane.ok("export", "harbour", "--as", "bag", "-o", "bag")
    jane.ok("export", "harbour", "--as", "bag", "-o", "bag.zip")
    shutil.copytree(jane.home / "bag", office.home / "bag")
    shutil.copy(jane.home / "bag.zip", office.home / "bag.zip")
    for place in ("./bag", "./bag/data", "./bag.zip"):
        code, _, err = office.run("acknowledge", place, "--collector", OFFICE, "--signer", "office")
        assert code == 2
        assert "cp -r BAG/data cases/NAME" in err
    office.ok("verify", "./bag", "--expect", receipt)
    shutil.copytree(office.home / "bag/data", office.case)
    assert office.acknowledge("--expect", receipt)[0] == 0
    office.keep("It goes on.\n")
    assert "verdict: sound" in office.ok("verify", "harbour", "--expect", receipt)


def test_a_name_of_any_length_in_the_log_of_a_stranger_does_not_fill_the_screen(jane: Person, office: Person) -> None:
    receiver = "x" * 500
    jane.transfer(to=receiver)
    jane.gives(office)
    code, _, err = office.acknowledge()
    assert (code, len(err) < 600, "x" * 200 + "…" in err) == (2, True, True)
    code, _, err = jane.run("transfer", "harbour", "--to", OFFICE)
    assert (code, len(err) < 600) == (2, True)
    assert office.acknowledge(collector=receiver)[0] == 0
    for collector in (receiver, OFFICE):
        code, _, err = office.acknowledge(collector=collector)
        assert (code, len(err) < 800) == (2, True)
