"""Time stamps: sound or contradicted by themselves, anchored by the verifier, and held against the claimed times."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sealed_cases import FIRST, JANES, SECOND, TODAY, Sealer, Tsa, begun, both, known, sealed_case, told
from token_making import accuracy
from verify_cases import START, log_lines, rewrite

from archiver.custody.token import Roots
from archiver.verify.run import verify_case

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def said(case: Sealer, roots: Roots | None = both, now: datetime | None = TODAY) -> str:
    return told(verify_case(case.path, roots=roots, now=now), "tokens")


def sealed(folder: Path, *tsas: Tsa, **how: object) -> Sealer:
    case = begun(folder / "case")
    case.seal(JANES, *(tsas or (FIRST,)), **how)  # type: ignore[arg-type]  # what `seal` takes
    return case


def test_without_roots_a_sound_stamp_is_by_an_unknown_clock(tmp_path: Path) -> None:
    text = said(sealed(tmp_path), roots=None)
    assert "UNASKED  : 1 time stamp of first (first stamps), sound by itself, by a clock that you have not said" in text
    assert "--tsa-roots" in text


def test_a_stamp_is_traced_to_a_root_of_the_verifier(tmp_path: Path) -> None:
    assert "OK  : 1 time stamp of first (first stamps), traced to a root that you named" in said(sealed(tmp_path))


def test_a_stamp_that_leads_to_no_root_is_unchecked(tmp_path: Path) -> None:
    text = said(sealed(tmp_path), roots=SECOND.roots)
    assert "UNCHECKED  : 1 time stamp of first (over seal 1) cannot be traced to a root that you named" in text
    assert "BROKEN" not in text


def test_where_another_stamp_of_the_same_seal_leads_to_a_root_that_is_a_note(tmp_path: Path) -> None:
    text = said(sealed(tmp_path, FIRST, SECOND), roots=SECOND.roots)
    assert "NOTE  : 1 time stamp of first (over seal 1) cannot be traced" in text
    assert "UNCHECKED" not in text


def test_an_authority_that_expired_since_is_good_at_its_time_and_a_note_for_today(tmp_path: Path) -> None:
    old = Tsa("old", days=(-10, 10))
    case = sealed(tmp_path, old)
    verdict = verify_case(case.path, roots=old.roots, signers=JANES.allowed(), now=TODAY)
    assert verdict.exit_code() == 0
    assert "traced to a root" in told(verdict, "tokens")
    assert (
        "NOTE  : old: the authority's certificate was valid when it stamped (2026-11-22) and has expired since"
        in told(verdict, "tokens")
    )
    assert "as for 1 time stamp of it in all" in told(verdict, "tokens")
    assert "expired" not in said(case, roots=old.roots, now=None)


def test_an_authority_that_had_expired_already_is_contradicted(tmp_path: Path) -> None:
    old = Tsa("old", days=(-10, -5))
    assert "BROKEN seals/000001.old.tsr : the authority's certificate had expired when it stamped" in said(
        sealed(tmp_path, old), roots=old.roots
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"imprint": bytes(32)}, "the time stamp is over other data"),
        ({"nonce": 8}, "the answer belongs to another request"),
        ({"bound_to": FIRST.extra()}, "it was exchanged"),
        ({"key": SECOND.signer}, ""),
        ({"signers": 2}, "2 signers"),
        ({"certificates": ()}, "the token holds no certificate"),
        ({"imprint_digest": "sha1", "imprint": bytes(20)}, "a hash of another kind"),
    ],
)
def test_a_stamp_that_does_not_stand_is_contradicted(tmp_path: Path, changes: dict[str, object], why: str) -> None:
    case = begun(tmp_path / "case")
    good = case.seal(JANES, FIRST).data["tokens"][0]
    sums = (case.path / "seals/000001.sums").read_bytes()
    _, answer = FIRST.stamp(sums, START + MINUTE, **changes)
    replaced(case, good["response"]["path"], answer)
    assert "BROKEN seals/000001.first.tsr" in said(case)
    assert why in said(case)


def replaced(case: Sealer, path: str, data: bytes) -> None:
    """Exchange a stamp and its hash in the last line of the log, as a forger with the folder would."""
    file = case.file(path, data)
    rewrite(case.path, lambda events: events[-1]["data"]["tokens"][0].update(response=file))


def test_a_certificate_put_into_a_token_changes_the_recorded_file_and_nothing_rests_on_it(tmp_path: Path) -> None:
    case = sealed(tmp_path)
    sums = (case.path / "seals/000001.sums").read_bytes()
    at = datetime.fromisoformat(case.seals[0].data["tokens"][0]["gen_time"])
    _, answer = FIRST.stamp(sums, at, certificates=(FIRST.signer.certificate, FIRST.extra()))
    (case.path / "seals/000001.first.tsr").write_bytes(answer)
    verdict = known(case.path)
    assert "BROKEN seals/000001.first.tsr : it is not" in told(verdict, "seals")
    replaced(case, "seals/000001.first.tsr", answer)
    assert "NOTE  : first: the token holds 1 certificate that nothing rests on" in said(case)


@pytest.mark.parametrize(("member", "value"), [("gen_time", "2026-03-01T00:00:00Z"), ("serial", "ab")])
def test_a_line_that_says_another_time_or_number_than_the_token_is_found(
    tmp_path: Path, member: str, value: str
) -> None:
    case = sealed(tmp_path)
    rewrite(case.path, lambda events: events[-1]["data"]["tokens"][0].update({member: value}))
    assert f"and log line 5 says '{value}'" in said(case)


def test_a_stamp_that_cannot_be_read_is_unchecked(tmp_path: Path) -> None:
    case = sealed(tmp_path, FIRST, SECOND)
    (case.path / "seals/000001.first.tsr").unlink()
    assert "UNCHECKED seals/000001.first.tsr : this time stamp could not be judged" in said(case)
    (case.path / "seals/000001.sums").unlink()
    assert "UNCHECKED seals/000001.second.tsr : this time stamp could not be judged" in said(case)


def test_a_stamp_without_its_request_is_judged_without_it(tmp_path: Path) -> None:
    case = sealed(tmp_path)
    (case.path / "seals/000001.first.tsq").unlink()
    assert "OK  : 1 time stamp, each over its seal" in said(case)


def test_a_stamp_for_a_seal_that_is_not_there_is_left_to_the_check_of_the_log(tmp_path: Path) -> None:
    case = sealed(tmp_path)
    token = case.token(1, FIRST, case.tick(), k=2)
    rewrite(case.path, lambda events: events.append(added(events, {"seal": 7, "token": token})))
    assert "there is no seal 7" in told(known(case.path), "chain")


def added(events: list[dict[str, object]], data: dict[str, object]) -> dict[str, object]:
    return {**events[-1], "event": "token.added", "data": {**data, "software": "archiver 0.1.0"}}


# which seals have one


def test_authorities_that_gave_no_stamp_are_named_until_they_did(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, pending=("second",))
    assert "NOTE seals/000001.seal : time pending of second: 'second: no answer within 10 seconds'" in said(case)
    case.token_added(1, SECOND, case.tick())
    assert "time pending" not in said(case)


def test_a_seal_without_any_stamp_is_said_to_rest_on_the_word_of_its_maker(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    words = "seal 1 is without a time stamp: the time of sealing rests on the word of the maker alone"
    assert f"UNASKED  : {words}" in said(case, roots=None)
    assert f"UNCHECKED  : {words}" in said(case)


def test_a_seal_without_a_stamp_is_covered_by_a_later_one_that_has_one(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    case.seal(JANES, FIRST)
    case.seal(JANES)
    text = said(case)
    assert "NOTE  : seal 1 is without a time stamp, and covered by that of a later seal" in text
    assert "UNCHECKED  : seal 3 is without a time stamp" in text


# claimed times


def test_a_case_whose_clock_was_right_hears_nothing_about_it(tmp_path: Path) -> None:
    assert "claim" not in said(sealed_case(tmp_path / "case"))


@pytest.mark.parametrize("gap", [timedelta(seconds=62), DAY, timedelta(days=266)])
def test_a_claimed_time_long_before_the_stamp_is_told_as_provable_only_before_it(
    tmp_path: Path, gap: timedelta
) -> None:
    case = begun(tmp_path / "case")
    claimed = case.tick()
    case.seal(JANES, FIRST, sealed_at=claimed, stamped_at=claimed + gap)
    text = said(case)
    stamped = case.seals[0].data["tokens"][0]["gen_time"]
    assert f"NOTE seals/000001.seal : claimed {claimed:%Y-%m-%dT%H:%M:%S}Z, provable only before {stamped}" in text


@pytest.mark.parametrize("gap", [timedelta(seconds=59), timedelta(seconds=-59)])
def test_what_lies_within_a_minute_is_no_finding(tmp_path: Path, gap: timedelta) -> None:
    case = begun(tmp_path / "case")
    claimed = case.tick()
    case.seal(JANES, FIRST, sealed_at=claimed, stamped_at=claimed + gap)
    assert "claimed" not in said(case)


def test_the_accuracy_that_a_token_claims_is_allowed_for_up_to_a_day(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    claimed = case.tick()
    for seconds, gap, told_of in ((600, 10 * MINUTE, False), (600, 12 * MINUTE, True), (10**9, 30 * DAY, True)):
        stamp = partial(FIRST.stamp, accuracy=accuracy(seconds))
        case = begun(tmp_path / f"case-{seconds}-{gap.total_seconds():.0f}")
        claimed = case.tick()
        case.seal(JANES, FIRST, sealed_at=claimed, stamped_at=claimed + gap, stamp=stamp)
        assert ("provable only before" in said(case)) is told_of


def test_a_clock_that_was_ahead_is_told(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    claimed = case.tick()
    case.seal(JANES, FIRST, sealed_at=claimed, stamped_at=claimed - 5 * MINUTE)
    assert "and it existed before 2026-11-22T06:51" in said(case)
    assert "the clock of the machine was wrong, or was set forward" in said(case)


def test_lines_that_waited_long_for_their_stamp_are_told(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.at += timedelta(days=200)
    case.seal(JANES, FIRST)
    text = said(case)
    assert (
        "NOTE seals/000001.seal : lines 1 to 4 claim times from 2026-11-22T06:55:59Z on, and are provable only" in text
    )


def test_lines_dated_before_a_stamp_that_was_there_already_are_told_once(tmp_path: Path) -> None:
    case = sealed(tmp_path)
    case.at -= timedelta(days=266)
    case.note()
    case.note()
    text = said(case)
    assert "NOTE custody.jsonl line 6: claimed 2026-03-01T06:56:" in text
    assert "and written after 2026-11-22T06:56:" in text
    assert text.count("and written after") == 1


def test_a_late_stamp_dates_what_came_before(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    case.at += DAY
    case.note()
    case.seal(JANES, FIRST)
    assert "NOTE seals/000001.seal : claimed 2026-11-22" in said(case)


def test_an_authority_whose_clock_ran_backwards_is_contradicted(tmp_path: Path) -> None:
    case = sealed(tmp_path)
    case.seal(JANES, FIRST, stamped_at=case.at - 5 * MINUTE)
    text = said(case)
    assert "BROKEN seals/000002.first.tsr : it says 2026-11-22T06:51" in text
    assert "the clock of an authority does not run backwards" in text


def test_two_authorities_that_disagree_are_a_note(tmp_path: Path) -> None:
    case = sealed(tmp_path)
    case.seal(JANES, SECOND, stamped_at=case.at - 5 * MINUTE)
    text = said(case)
    assert "NOTE seals/000002.second.tsr : it says 2026-11-22T06:51" in text
    assert "BROKEN" not in text


def test_a_newer_stamp_over_an_old_seal_is_no_finding(tmp_path: Path) -> None:
    case = sealed(tmp_path)
    case.at += 3 * DAY
    case.token_added(1, FIRST, case.tick(), k=2)
    assert "claim" not in said(case)
    assert "BROKEN" not in said(case)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_stamp_from_the_end_of_time_is_judged_like_any_other(tmp_path: Path, year: str) -> None:
    at = f"{year}{'0101000000' if year == '0001' else '1231235959'}Z"
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, stamp=partial(FIRST.stamp, time_text=at))
    case.seal(JANES, FIRST)
    assert "BROKEN seals/000001.first.tsr" in said(case)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"])
def test_a_line_from_the_end_of_time_is_judged_like_any_other(tmp_path: Path, at: str) -> None:
    case = begun(tmp_path / "case")
    case.add("note.added", {"text": "x", "item": None}, datetime.fromisoformat(at))
    case.seal(JANES, FIRST)
    case.add("note.added", {"text": "x", "item": None}, datetime.fromisoformat(at))
    case.seal(JANES, FIRST, sealed_at=datetime.fromisoformat(at), stamped_at=START + DAY)
    assert "claim" in said(case)
    assert len(log_lines(case.path)) == 8


def test_an_authority_under_two_names_is_one_clock_and_two_of_one_name_are_two(tmp_path: Path) -> None:
    again = Tsa("again")
    again.root, again.signer = FIRST.root, FIRST.signer
    case = sealed(tmp_path)
    case.seal(JANES, again, stamped_at=case.at - 5 * MINUTE)
    assert "the clock of an authority does not run backwards" in said(case)
    assert "NOTE  : again, first are one authority: the same key signed for each of these names" in said(case)
    case = begun(tmp_path / "other")
    case.seal(JANES, FIRST)
    case.seal(JANES, Tsa("first"), stamped_at=case.at - 5 * MINUTE)
    text = said(case, roots=None)
    assert "one of the two authorities had a wrong clock" in text
    assert "are one authority" not in text
    assert "BROKEN" not in text


def test_a_stamp_that_leads_to_no_root_is_told_with_its_seals(tmp_path: Path) -> None:
    case = sealed(tmp_path)
    assert "1 time stamp of first (over seal 1) cannot be traced" in said(case, roots=SECOND.roots)
    for _ in range(8):
        case.seal(JANES, FIRST)
    assert "9 time stamps of first (over seals 1, 2, 3, 4, 5, 6, 7, 8, …) cannot" in said(case, roots=SECOND.roots)


def test_lines_dated_after_the_verification_are_told_once(tmp_path: Path) -> None:
    case = sealed(tmp_path)
    case.at = TODAY + MINUTE / 2
    case.note()
    assert "by the clock of this machine" not in said(case)
    case.at += 2000 * DAY
    case.note()
    case.seal(JANES)
    text = said(case)
    assert text.count("by the clock of this machine it is 2026-12-22T06:55:58Z") == 1
    assert "NOTE custody.jsonl line 7: claimed 2032-06-13T" in text
    assert "by the clock of this machine" not in said(case, now=None)
    assert "by the clock of this machine" not in said(case, now=datetime.max.replace(tzinfo=TODAY.tzinfo))


@pytest.mark.parametrize("query", [b"", bytes(300_000)])
def test_a_stamp_beside_something_that_is_no_request_is_contradicted(tmp_path: Path, query: bytes) -> None:
    text = said(sealed(tmp_path, stamp=lambda sums, at: (query, FIRST.stamp(sums, at)[1])))
    assert "BROKEN seals/000001.first.tsr : the request cannot be read" in text


def test_a_clock_that_was_ahead_once_is_told_where_it_was_set_right_and_not_at_every_line_since(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.at += 3 * DAY
    case.note()
    case.at -= 3 * DAY
    for _ in range(5):
        case.note()
    assert told(verify_case(case.path), "chain").count("the clock was set back in between") == 1
