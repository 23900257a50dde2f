"""In whose hands a case was: what verify tells of hand-overs, and of those that nothing but the log knows of."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sealed_cases import FIRST, JANES, JOES, MALLORYS, TODAY, Key, Sealer, told
from verify_cases import SOFTWARE, findings

from archiver.custody.log import Event
from archiver.errors import ExitCode
from archiver.model.verdict import Severity, Verdict
from archiver.verify.hands import MAX_PASSINGS
from archiver.verify.run import verify_case

GIVER, OFFICE = "Jane Doe", "Legal Aid Office"
verified = partial(verify_case, now=TODAY, processes=1)


class Hands(Sealer):
    """A case that is passed on, by the formats alone."""

    def begun(self) -> "Hands":
        self.opened()
        self.page("http://a.example/x")
        self.key_added(JANES)
        return self

    def passed(self, to: str = OFFICE, instead_of: int | None = None) -> Event:
        facts = {"to": to, "reason": "", "instead_of": instead_of, **self._held()}
        return self.add("custody.transferred", {**facts, "software": SOFTWARE})

    def taken(self, transfer: Event, key: Key, **more: Any) -> Event:
        """The receiver takes the case over, and says to counter-sign with `key`."""
        self.actor = transfer.data["to"]
        newest = self.seals[-1].data
        facts = {
            "from": transfer.actor,
            "to": transfer.data["to"],
            "transfer": transfer.seq,
            "head": self.state.head,
            "seal": newest["seal"],
            "receipt": newest["receipt"],
            "compared": True,
            **self._held(),
            "verdict": "sound",
            "not_asked": [],
            "signer": "office",
            "fingerprint": key.public.fingerprint,
            "software": SOFTWARE,
        }
        return self.add("custody.acknowledged", {**facts, **more})

    def _held(self) -> dict[str, Any]:
        held = self.state.held()
        return {"items": held.items, "files": held.files, "bytes": held.bytes}


@pytest.fixture
def case(tmp_path: Path) -> Hands:
    return Hands(tmp_path / "case").begun()


def of_hands(verdict: Verdict, severity: Severity) -> list[str]:
    found = [f for f in findings(verdict, severity) if f.check == "signatures" and "passed the case on" in f.message]
    return [f"{f.where} {f.message}; {f.meaning}" for f in found]


def test_an_honest_hand_over_is_told_and_its_new_key_is_no_riddle(case: Hands) -> None:
    transfer = case.passed()
    case.seal(JANES, FIRST)
    taken = case.taken(transfer, JOES)
    case.key_added(JOES, "office")
    sealed = case.seal(JOES, FIRST, signer="office")
    case.page("http://b.example/y")
    verdict = verified(case.path)
    assert verdict.exit_code() is ExitCode.OK
    (note,) = of_hands(verdict, Severity.NOTE)
    assert f"lines {transfer.seq} to {taken.seq} '{GIVER}' passed the case on to '{OFFICE}'" in note
    assert f"counter-signed with {JOES.public.fingerprint} (line {sealed.seq})" in note
    assert "no seal by an earlier key covers that" not in told(verdict, "signatures")


def test_a_new_key_that_is_not_the_receivers_is_told_as_ever(case: Hands) -> None:
    transfer = case.passed()
    case.seal(JANES)
    case.taken(transfer, JOES)
    case.key_added(MALLORYS, "mallory")
    case.seal(MALLORYS, signer="mallory")
    verdict = verified(case.path)
    assert "from here on 'mallory' signs" in told(verdict, "signatures")


def test_a_receipt_that_was_not_compared_is_told(case: Hands) -> None:
    transfer = case.passed()
    case.seal(JANES)
    case.taken(transfer, JOES, compared=False)
    case.key_added(JOES, "office")
    case.seal(JOES, signer="office")
    (note,) = of_hands(verified(case.path), Severity.NOTE)
    assert "had no receipt of the giver" in note


def test_an_acknowledgement_that_the_giver_made_up_and_sealed_is_not_taken_for_one(case: Hands) -> None:
    transfer = case.passed()
    case.seal(JANES)
    taken = case.taken(transfer, JOES)  # in the office's name, with the office's key, which the giver does not have
    case.seal(JANES)
    verdict = verified(case.path)
    assert verdict.exit_code() is ExitCode.OK
    assert verdict.exit_code(strict=True) is ExitCode.UNCHECKED
    (missing,) = of_hands(verdict, Severity.UNASKED)
    assert f"by lines {transfer.seq} to {taken.seq} of the log" in missing
    assert f"no seal since is by {JOES.public.fingerprint}" in missing
    assert "whoever wrote the log can have written this line, too" in missing
    named = verified(case.path, signers=JANES.allowed())
    assert named.exit_code() is ExitCode.UNCHECKED
    assert of_hands(named, Severity.UNCHECKED) == [missing]


def test_an_acknowledgement_that_is_not_sealed_yet_is_a_note(case: Hands) -> None:
    transfer = case.passed()
    case.seal(JANES)
    case.taken(transfer, JOES)
    (note,) = of_hands(verified(case.path), Severity.NOTE)
    assert "it is not counter-signed yet" in note
    assert "archiver acknowledge once more" in note


def test_the_old_key_may_vouch_for_the_receivers_before_the_receiver_seals(case: Hands) -> None:
    transfer = case.passed()
    case.seal(JANES)
    case.taken(transfer, JOES)
    case.key_added(JOES, "office")
    case.seal(JANES)
    case.seal(JOES, signer="office")
    assert len(of_hands(verified(case.path), Severity.NOTE)) == 1


def test_one_key_on_both_sides_is_told(case: Hands) -> None:
    transfer = case.passed()
    case.seal(JANES)
    case.taken(transfer, JANES)
    case.seal(JANES)
    (missing,) = of_hands(verified(case.path), Severity.UNASKED)
    assert "the key of the seal that was received counter-signed" in missing
    assert "one key does not show that two people were there" in missing


def test_a_case_that_was_passed_on_and_not_taken_over_is_told(case: Hands) -> None:
    transfer = case.passed()
    case.seal(JANES)
    (note,) = of_hands(verified(case.path), Severity.NOTE)
    assert note.startswith(f"line {transfer.seq} ")
    assert "who has not taken it over;" in note
    assert "two copies that both go on are two cases with one name" in note
    late = case.note()
    (note,) = of_hands(verified(case.path), Severity.NOTE)
    assert f"with line {late.seq}, which was added since" in note


def test_a_case_that_comes_back_tells_both_ways(case: Hands) -> None:
    transfer = case.passed()
    case.seal(JANES)
    case.taken(transfer, JOES)
    case.key_added(JOES, "office")
    case.seal(JOES, signer="office")
    back = case.passed(GIVER)
    case.seal(JOES, signer="office")
    case.taken(back, JANES)
    case.seal(JANES)
    there, again = of_hands(verified(case.path), Severity.NOTE)
    assert f"'{GIVER}' passed the case on to '{OFFICE}'" in there
    assert f"'{OFFICE}' passed the case on to '{GIVER}'" in again


def test_names_of_any_length_and_hand_overs_of_any_number_stay_readable(case: Hands) -> None:
    for number in range(MAX_PASSINGS + 3):
        transfer = case.passed(f"<b>\u202e{number}" + "x" * 5000)
        case.seal(JANES)
        case.taken(transfer, JOES)
    verdict = verified(case.path)
    notes = of_hands(verdict, Severity.UNASKED) + of_hands(verdict, Severity.NOTE)
    assert max(map(len, notes)) < 1500
    assert "the case was passed on 3 times more after that" in told(verdict, "signatures")
    assert all(len(passing.receiver) <= 500 for passing in case.state.custody.passings)


@pytest.mark.parametrize("since", [True, False])
def test_a_case_whose_key_was_stolen_can_still_be_handed_over_once_a_new_key_covers_it(
    case: Hands, since: bool
) -> None:
    case.seal(JANES)
    case.key_revoked(JANES, case.at if since else None)
    alone = verified(case.path)
    assert alone.exit_code() is ExitCode.UNCHECKED
    assert "no later seal by another key covers it yet" in told(alone, "signatures")
    case.key_added(JOES, "jane-2")
    transfer = case.passed()
    case.seal(JOES, FIRST, signer="jane-2")
    covered = verified(case.path)
    assert covered.exit_code() is ExitCode.OK
    assert covered.exit_code(strict=True) is ExitCode.UNCHECKED
    assert "UNASKED  : seals/000001.seal: its key was revoked" in told(covered, "signatures")
    assert "a later seal, by a key that was not revoked, covers what it covers" in told(covered, "signatures")
    named = verified(case.path, roots=FIRST.roots)  # who names clocks is told where no clock helps
    assert "UNCHECKED seals/000001.seal : its key was revoked" in told(named, "signatures")
    case.taken(transfer, MALLORYS)
