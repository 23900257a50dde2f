"""When a case is sealed, by whom, and what happens when the key or an authority is not there."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path

import pytest
from sealbench import SealBench, SetClock, made
from stamping import LocalAuthority

from archiver.custody.read import Snapshot
from archiver.custody.sealread import last_sealed
from archiver.errors import CaseError, UsageError
from archiver.pipeline.cases import open_case
from archiver.pipeline.identity import new_identity
from archiver.pipeline.imports import import_file
from archiver.pipeline.revoke import revoke_key
from archiver.pipeline.seals import last_stamped, seals_now
from archiver.runtime import Runtime


class HastyClock(SetClock):
    """One by which nobody waits for long."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds = count(0.0, 60.0)

    def monotonic(self) -> float:
        return next(self._seconds)


@pytest.fixture(scope="module")
def authorities() -> Iterator[tuple[LocalAuthority, LocalAuthority]]:
    with LocalAuthority("first", key="rsa", intermediate=True) as first, LocalAuthority("second", key="ec") as second:
        yield first, second


@pytest.fixture(autouse=True)
def good(request: pytest.FixtureRequest) -> None:
    if "authorities" in request.fixturenames:
        for authority in request.getfixturevalue("authorities"):
            authority.mode = "good"


def keep_something(bench: SealBench, tmp_path: Path) -> None:
    file = tmp_path / "statement.txt"
    file.write_text("They rang at ten to seven.\n", "utf-8")
    import_file(bench.path, file, source="the family", runtime=bench.runtime)


def test_a_seal_is_signed_and_stamped_and_sound(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    keep_something(bench, tmp_path)
    sealed = bench.seal()
    assert sealed.event is not None
    assert (sealed.pending, sealed.due, sealed.lacking) == ((), "", False)
    assert sealed.event.data["signer"] == "jane"
    assert [token["authority"] for token in sealed.event.data["tokens"]] == ["tsa-1", "tsa-2"]
    assert bench.names()[-2:] == ["key.added", "seal.completed"]
    seals = bench.path / "seals"
    sums = (seals / "000001.sums").read_bytes()
    for authority, token in zip(authorities, ("tsa-1", "tsa-2"), strict=True):
        assert authority.verified(sums, (seals / f"000001.{token}.tsr").read_bytes())
    trust, text = next((bench.path / "trust").iterdir()), seals / "000001.seal"
    verify = ["ssh-keygen", "-Y", "verify", "-f", trust, "-I", "jane", "-n", "custody-seal@archiver"]
    verify += ["-s", seals / "000001.seal.sig"]
    signed = subprocess.run(verify, input=text.read_bytes(), capture_output=True, check=False)
    assert signed.returncode == 0
    subprocess.run(["sha256sum", "-c", "--strict", "--quiet", "000001.sums"], cwd=seals, check=True)
    bench.assert_sound()


def test_a_key_is_put_on_record_once(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime)
    for _ in range(3):
        bench.note()
        bench.seal()
    assert bench.names().count("key.added") == 1
    assert bench.sealed() == [1, 2, 3]


def test_without_signer_and_authority_a_seal_still_gives_a_receipt(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime, signer=False)
    sealed = bench.seal()
    assert sealed.receipt.endswith(" - -")
    assert not sealed.lacking
    assert seals_now(bench.path).receipt == sealed.receipt


def test_after_items_nothing_is_sealed_twice_within_the_interval(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime, signer=False)
    keep_something(bench, tmp_path)
    assert bench.seal("after").event is not None
    assert bench.seal("after").event is None  # nothing new
    keep_something(bench, tmp_path)
    due = bench.seal("after")
    assert due.event is None
    assert "archiver seal" in due.due
    assert not due.lacking
    bench.clock.ahead += timedelta(seconds=61)
    assert bench.seal("after").event is not None
    bench.clock.ahead -= timedelta(days=3)  # a clock that was set back holds nothing up
    keep_something(bench, tmp_path)
    assert bench.seal("after").event is not None
    assert bench.sealed() == [1, 2, 3]


def test_a_seal_without_evidence_does_not_hold_up_the_next_one(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime, signer=False)
    bench.seal()
    keep_something(bench, tmp_path)
    assert bench.seal("after").event is not None


def test_items_come_after_a_time_stamp_that_is_not_older_than_the_policy_says(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    assert bench.before().event is not None  # there was no time stamp at all
    assert bench.before().event is None
    bench.clock.ahead += timedelta(days=1, minutes=1)
    assert bench.before().event is not None
    assert bench.sealed() == [1, 2]


def test_nobody_is_asked_before_items_where_the_policy_names_nobody(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime)
    assert bench.before().event is None
    assert bench.sealed() == []


def test_an_authority_that_is_down_leaves_the_seal_and_a_time_that_is_pending(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    authorities[1].mode = "down"
    sealed = bench.seal()
    assert sealed.event is not None
    assert sealed.lacking
    assert [reason.partition(":")[0] for reason in sealed.pending] == ["tsa-2"]
    assert [each["authority"] for each in sealed.event.data["pending"]] == ["tsa-2"]
    again = bench.renew()
    assert again.lacking
    assert again.tokens == ()
    authorities[1].mode = "good"
    (added,) = bench.renew().tokens
    assert (added.data["seal"], added.data["token"]["authority"]) == (1, "tsa-2")
    nothing = bench.renew()
    assert (nothing.event, nothing.tokens, nothing.pending, nothing.lacking) == (None, (), (), False)
    assert seals_now(bench.path).waiting == 0
    bench.assert_sound()


def test_a_policy_may_defer_time_stamps(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, authorities[0], defer="true")
    authorities[0].mode = "down"
    sealed = bench.seal()
    assert sealed.pending
    assert not sealed.lacking


def test_offline_asks_nobody_and_says_so(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    before = [len(authority.requests) for authority in authorities]
    sealed = bench.seal(offline=True)
    assert sealed.event is not None
    assert len(sealed.pending) == 2
    assert not sealed.lacking
    assert [len(authority.requests) for authority in authorities] == before


def test_a_token_that_runs_out_is_renewed_by_a_seal_over_it(tmp_path: Path, runtime: Runtime) -> None:
    with LocalAuthority("short", days=(-30, 60)) as short:
        bench = made(tmp_path, runtime, short)
        bench.seal()
        renewed = bench.renew()
    assert renewed.event is not None
    assert renewed.event.data["seal"] == 2
    assert len(renewed.event.data["tokens"]) == 1


def test_renewal_needs_a_seal_and_somebody_to_ask(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, signer=False)
    with pytest.raises(UsageError, match="no seal yet"):
        bench.renew()
    bench.seal()
    with pytest.raises(UsageError, match="names no time-stamp authority"):
        bench.renew()


def test_a_key_that_is_not_here_leaves_the_seal_due(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime)
    bench.note()
    for file in bench.keys.iterdir():
        file.unlink()
    due = bench.seal()
    assert due.event is None
    assert due.lacking
    assert "identity jane: there is none on this machine" in due.due
    assert bench.names() == ["case.opened", "note.added"]
    new_identity(bench.keys, "jane", passphrase=False, tty=False)
    other = bench.seal()
    assert other.lacking
    assert "case.yaml names SHA256:" in other.due
    assert bench.sealed() == []
    bench.assert_sound()


def test_a_key_that_cannot_be_used_leaves_the_seal_due(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime)
    (bench.keys / "jane").chmod(0o644)
    due = bench.seal()
    assert due.lacking
    assert "others can read this private key" in due.due
    assert bench.sealed() == []


def test_another_key_by_amendment_is_added_before_it_signs(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime)
    bench.seal()
    first = bench.events()[-1].data["fingerprint"]
    for file in bench.keys.iterdir():
        file.unlink()
    second = new_identity(bench.keys, "jane", passphrase=False, tty=False).public.fingerprint
    bench.amend(first, second)
    sealed = bench.seal()
    assert sealed.event is not None
    assert sealed.event.data["fingerprint"] == second
    assert bench.names().count("key.added") == 2
    bench.assert_sound()


def test_seals_are_found_by_those_who_only_read(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime, signer=False)
    assert (seals_now(bench.path).last, seals_now(bench.path).waiting) == (None, 1)
    for number in range(1, 12):
        bench.note()
        sealed = bench.seal()
        found = seals_now(bench.path)
        assert found.last is not None
        assert (found.last.seal.number, found.waiting, found.receipt) == (number, 0, sealed.receipt)
    bench.note()
    assert seals_now(bench.path).waiting == 1


@pytest.mark.parametrize("damage", ["text", "event", "gone"])
def test_seals_that_are_not_what_the_log_says_are_damage(tmp_path: Path, runtime: Runtime, damage: str) -> None:
    bench = made(tmp_path, runtime, signer=False)
    bench.seal()
    log = bench.path / "custody.jsonl"
    if damage == "text":
        (bench.path / "seals" / "000001.seal").write_bytes(b"archiver-seal/v1\n")
    elif damage == "event":
        log.write_bytes(log.read_bytes().replace(b'"event":"seal.completed"', b'"event":"note.added"'))
    else:
        log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(CaseError) as caught:
        seals_now(bench.path)
    assert caught.value.kind == "damaged"


def test_a_seal_that_cannot_be_read_is_said(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime, signer=False)
    (bench.path / "seals").mkdir()
    (bench.path / "seals" / "000001.seal").symlink_to("../case.yaml")
    with pytest.raises(CaseError) as caught:
        seals_now(bench.path)
    assert caught.value.kind == "unsafe"


def test_what_was_asked_for_is_on_the_record(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    text = json.loads((bench.path / "custody.jsonl").read_bytes().splitlines()[0])["data"]["case_yaml"]["text"]
    assert all(f"tsa-{n}={authority.url}" in text for n, authority in enumerate(authorities, 1))


def test_a_revoked_key_signs_no_more_and_another_one_does(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime)
    bench.seal()
    taken = datetime(2026, 11, 22, 10, 30, tzinfo=timezone(timedelta(hours=1)))
    revoked = revoke_key(bench.path, "jane", None, reason="laptop taken", since=taken, runtime=bench.runtime)
    assert revoked.data["since"] == "2026-11-22T09:30:00Z"
    due = bench.seal()
    assert due.lacking
    assert "was revoked on line" in due.due
    with pytest.raises(UsageError, match="has no key in this case that is not revoked"):
        revoke_key(bench.path, "jane", None, reason="again", since=None, runtime=bench.runtime)
    with pytest.raises(UsageError, match="was revoked"):
        revoke_key(bench.path, "jane", revoked.data["fingerprint"], reason="again", since=None, runtime=bench.runtime)
    second = new_identity(bench.keys, "jane.2", passphrase=False, tty=False).public.fingerprint
    bench.amend('signer: "jane"', 'signer: "jane.2"', revoked.data["fingerprint"], second)
    sealed = bench.seal()
    assert sealed.event is not None
    assert sealed.event.data["signer"] == "jane.2"


def test_an_authority_that_is_down_makes_no_seal_for_each_item(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, authorities[0])
    authorities[0].mode = "down"
    made_before = []
    for _ in range(5):
        made_before.append(bench.before().event is not None)
        keep_something(bench, tmp_path)
        bench.seal("after")
        bench.clock.ahead += timedelta(seconds=5)
    assert made_before == [True, False, False, False, False]
    assert bench.sealed() == [1, 2]
    bench.clock.ahead += timedelta(seconds=60)
    assert bench.before().event is not None  # somebody may answer by now


def test_a_stamp_that_is_young_enough_counts_although_the_newest_seal_has_none(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, authorities[0])
    bench.seal()
    authorities[0].mode = "down"
    bench.clock.ahead += timedelta(hours=1)
    bench.note()
    assert bench.seal().pending
    bench.clock.ahead += timedelta(hours=1)
    assert bench.before().event is None
    bench.clock.ahead += timedelta(days=1)
    assert bench.before().event is not None


def test_a_clock_that_is_years_ahead_makes_no_seal_for_each_item(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, authorities[0])
    bench.clock.ahead = timedelta(days=700)
    assert bench.before().event is not None
    assert bench.before().event is None
    bench.clock.ahead = timedelta()  # put right: what was stamped before it was is not known to be young
    assert bench.before().event is not None
    assert bench.before().event is None


def test_an_interval_longer_than_a_stamp_may_be_old_does_not_hold_up_the_seal_before_items(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, authorities[0], interval="86400", token_age="60")
    assert bench.before().event is not None
    bench.clock.ahead += timedelta(seconds=61)
    assert bench.before().event is not None


def test_offline_no_seal_comes_before_items(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    assert bench.before(offline=True).event is None
    assert bench.sealed() == []


def test_renewal_of_a_case_that_stays_offline_is_refused_in_words(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    bench.seal(offline=True)
    with pytest.raises(UsageError, match="nobody but the targets"):
        bench.renew(offline=True)


def test_the_stamps_that_the_newest_seal_waits_for_are_known(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    authorities[1].mode = "down"
    bench.seal()
    assert seals_now(bench.path).pending == ("tsa-2",)
    authorities[1].mode = "good"
    bench.renew()
    assert seals_now(bench.path).pending == ()


def test_who_is_asked_for_the_time_is_told_before(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    told: list[str] = []
    bench.seal(tell=told.append)
    assert told == ["asking for the time, 10 seconds at most: tsa-1, tsa-2"]


def test_another_writer_leaves_the_seal_after_items_due(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime, signer=False)
    waiting = replace(bench, runtime=replace(bench.runtime, clock=HastyClock()))
    with open_case(bench.path, bench.runtime):
        due = waiting.seal("after")
        with pytest.raises(CaseError, match="is writing to it"):
            waiting.seal("asked")
    assert (due.event, due.lacking) == (None, False)
    assert "is writing to it; made by the next command" in due.due


def test_a_time_in_the_log_that_cannot_be_is_no_time(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, authorities[0])
    bench.seal()
    log = bench.path / "custody.jsonl"
    text = re.sub(rb'"offset_ms":-?[0-9]+', b'"offset_ms":9007199254740991', log.read_bytes())
    log.write_bytes(text)
    with Snapshot.open(bench.path) as case:
        last = last_sealed(case, case.log_size)
        assert last is not None
        assert last_stamped(case, last.seal) is None


def test_the_old_key_seals_that_there_is_a_new_one(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime)
    bench.seal()
    first = bench.events()[-1].data["fingerprint"]
    second = new_identity(bench.keys, "jane.2", passphrase=False, tty=False).public.fingerprint
    bench.amend('signer: "jane"', 'signer: "jane.2"', first, second)
    assert bench.seal().event is not None
    assert bench.names()[-4:] == ["case.amended", "key.added", "seal.completed", "seal.completed"]
    assert [event.data["signer"] for event in bench.events()[-2:]] == ["jane", "jane.2"]
    bench.note()
    bench.seal()
    assert bench.sealed() == [1, 2, 3, 4]
    bench.assert_sound()


def test_an_old_key_that_is_not_there_any_more_vouches_for_nothing(tmp_path: Path, runtime: Runtime) -> None:
    bench = made(tmp_path, runtime)
    bench.seal()
    first = bench.events()[-1].data["fingerprint"]
    second = new_identity(bench.keys, "jane.2", passphrase=False, tty=False).public.fingerprint
    bench.amend('signer: "jane"', 'signer: "jane.2"', first, second)
    for file in bench.keys.glob("jane*"):
        if not file.name.startswith("jane.2"):
            file.unlink()
    sealed = bench.seal()
    assert sealed.event is not None
    assert (sealed.event.data["signer"], bench.sealed()) == ("jane.2", [1, 2])


@pytest.mark.parametrize("why", ["before", "after"])
def test_an_item_is_not_lost_over_an_older_seal_that_was_damaged(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority], why: str
) -> None:
    bench = made(tmp_path, runtime, *authorities)
    bench.seal()
    (bench.path / "seals/000001.seal").write_bytes(b"archiver-seal/v1\n")
    keep_something(bench, tmp_path)
    sealed = bench.before() if why == "before" else bench.seal("after")
    assert sealed.lacking
    assert "000001.seal is not a seal" in sealed.due
    with pytest.raises(CaseError, match="is not a seal"):
        bench.seal()


def test_renewal_reads_no_more_than_an_answer_can_have(
    tmp_path: Path, runtime: Runtime, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    bench = made(tmp_path, runtime, authorities[0])
    bench.seal()
    with (bench.path / "seals/000001.tsa-1.tsr").open("r+b") as file:
        file.truncate(8 << 30)
    assert bench.renew().tokens == ()
