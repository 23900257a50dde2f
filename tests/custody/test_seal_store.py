"""Seals as the store makes them, with the tools that everybody has."""

import errno
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from casekit import CASE, CASE_YAML, adopt_real, assert_sound, outcome_of, request, step_runtime, warc_of, writer_of
from sealkit import (
    FINGERPRINT,
    KEY,
    SIGNER,
    fingerprint,
    new_ssh_key,
    signed,
    ssh_signer,
    stamp_of,
    stamped_by,
    unstamped,
)
from simulated import SimulatedDisk

from archiver.custody import events
from archiver.custody.disk import RealDisk
from archiver.custody.log import Event
from archiver.custody.receipt import Receipt
from archiver.custody.seal import NAMESPACE, Seal
from archiver.custody.stamp import Stamps
from archiver.custody.state import CaseState
from archiver.custody.store import CaseStore
from archiver.errors import CaseError, StorageError, UsageError
from archiver.runtime import Runtime


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A new case with nothing in it."""
    CaseStore.create(tmp_path / "harbour", CASE_YAML, step_runtime())
    return tmp_path / "harbour"


@pytest.fixture
def runtime() -> Runtime:
    return step_runtime()


def open_case(case: Path, runtime: Runtime) -> CaseStore:
    return CaseStore.open(case, runtime, adopt=adopt_real, wait=0)


def captured(store: CaseStore) -> Event:
    requested = store.append(*request(store.next_item()))
    file, _ = store.put_warc(requested.data["item"], writer_of(warc_of(requested)))
    return store.append(*outcome_of(requested, file))


def sound(case: Path) -> CaseState:
    disk = RealDisk(case)
    try:
        return assert_sound(disk)
    finally:
        disk.close()


def shell(command: str, cwd: Path) -> str:
    return subprocess.run(["sh", "-c", command], cwd=cwd, capture_output=True, check=True, text=True).stdout


def line_of(seal: Path, key: str) -> str:
    found = re.search(rf"^{key}: (.*)$", seal.read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def test_a_first_seal_covers_the_case_from_its_beginning(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        assert (store.last_seal(), store.unsealed(), store.known_keys()) == (None, 1, {})
        captured(store)
        assert store.unsealed() == 3
        event = store.seal(None, None, None, unstamped)
        assert store.unsealed() == 0
        seal = store.last_seal()
    assert seal is not None
    assert (seal.number, seal.first_line, seal.last_line, seal.signer) == (1, 1, 3, None)
    assert seal == Seal.parse((case / "seals/000001.seal").read_bytes())
    assert (event.event, event.seq, event.prev) == ("seal.completed", 4, seal.log_head)
    assert (event.data["signature"], event.data["tokens"], event.data["pending"]) == (None, [], [])
    assert event.data["receipt"] == f"{CASE[9:]} 1 3 {event.data['file']['sha256']} - -"
    sound(case)


def test_each_seal_goes_on_where_the_one_before_ended(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        for number in range(1, 6):
            for _ in range(number):
                captured(store)
            event = store.seal(None, None, None, unstamped)
            seal = store.last_seal()
            assert seal is not None
            assert (seal.number, seal.last_line) == (number, event.seq - 1)
    with open_case(case, runtime) as store:
        assert store.last_seal() == seal
        store.seal(None, None, None, unstamped)  # nothing but the seal before is new, and may be sealed
    assert list(sound(case).sealed.completed) == [1, 2, 3, 4, 5, 6]


def test_a_signed_and_stamped_seal_is_on_record_with_all_its_files(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        captured(store)
        key = store.add_key(SIGNER, f"{KEY} jane's laptop\n", FINGERPRINT)
        assert store.known_keys() == {SIGNER: FINGERPRINT}
        stamp = stamped_by("one", "two-b", "one", pending=[("three", "three: no answer in 10 s")])
        event = store.seal(signed, SIGNER, FINGERPRINT, stamp)
        assert store.known_keys() == {SIGNER: FINGERPRINT}
    assert key.data["key"] == KEY
    assert (case / key.data["file"]["path"]).read_text() == f'{SIGNER} namespaces="{NAMESPACE}" {KEY}\n'
    assert (event.data["signer"], event.data["fingerprint"]) == (SIGNER, FINGERPRINT)
    assert [token["response"]["path"] for token in event.data["tokens"]] == [
        "seals/000001.one.tsr",
        "seals/000001.two-b.tsr",
        "seals/000001.one.2.tsr",
    ]
    assert event.data["tokens"][0]["offset_ms"] == -854
    assert event.data["pending"] == [{"authority": "three", "reason": "three: no answer in 10 s"}]
    receipt = Receipt.parse(event.data["receipt"])
    assert receipt == Receipt(CASE, 1, 4, event.data["file"]["sha256"], "2026-11-22T06:56:07Z", FINGERPRINT)
    state = sound(case)
    assert len(state.sealed.files) == 12
    assert {path.stat().st_mode & 0o777 for path in (case / "seals").iterdir()} == {0o600}


def test_tokens_come_later_and_over_older_seals(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.seal(None, None, None, stamped_by("one"))
        store.seal(None, None, None, unstamped)
        store.append(*events.note_added("x"))
        added = [store.add_token(seal, stamp_of(name)) for seal, name in ((1, "one"), (1, "one"), (2, "one"), (1, "b"))]
        assert store.unsealed() == 1, "a token alone makes no seal due"
        for seal in (0, 3):
            with pytest.raises(UsageError, match=f"no seal {seal}"):
                store.add_token(seal, stamp_of("one"))
    paths = [event.data["token"]["request"]["path"] for event in added]
    assert paths == ["seals/000001.one.2.tsq", "seals/000001.one.3.tsq", "seals/000002.one.tsq", "seals/000001.b.tsq"]
    sound(case)


def test_shell_tools_alone_can_check_files_lists_and_ranges(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        for _ in range(2):
            captured(store)
            captured(store)
            store.seal(None, None, None, unstamped)
    evidence = shell("find seals -name '*.files.sha256' -exec cat {} + | sha256sum -c --strict", case)
    assert evidence.count(": OK\n") == 4
    assert shell("cd seals && sha256sum -c --strict 000001.sums 000002.sums", case).count(": OK\n") == 2
    for number in ("000001", "000002"):
        seal = case / "seals" / f"{number}.seal"
        for name, key in (("custody.jsonl", "log"), ("manifest.yaml", "manifest")):
            end = int(line_of(seal, f"{key}-offset")) + int(line_of(seal, f"{key}-length"))
            command = f"head -c {end} {name} | tail -c {line_of(seal, f'{key}-length')} | sha256sum"
            assert shell(command, case)[:64] == line_of(seal, f"{key}-sha256")
        for name in ("entries", "files"):
            assert shell(f"sha256sum seals/{number}.{name}.sha256", case)[:64] == line_of(seal, f"{name}-sha256")
        last = line_of(seal, "log-entries").partition("-")[2]
        assert shell(f"sed -n {last}p custody.jsonl | sha256sum", case)[:64] == line_of(seal, "log-head")
    assert shell("sha256sum seals/000001.seal", case)[:64] == line_of(seal, "previous-seal-sha256")
    lists = shell("cat seals/*.entries.sha256", case).split()
    assert lists[4] == shell("sed -n 5p custody.jsonl | sha256sum", case)[:64]


def test_ssh_keygen_verifies_the_signature_with_the_copy_of_the_key(
    case: Path, runtime: Runtime, tmp_path: Path
) -> None:
    line = new_ssh_key(tmp_path / "key")
    with open_case(case, runtime) as store:
        key = store.add_key(SIGNER, line, fingerprint(line))
        store.seal(ssh_signer(tmp_path / "key"), SIGNER, fingerprint(line), unstamped)
    shown = subprocess.run(["ssh-keygen", "-l", "-f", tmp_path / "key.pub"], capture_output=True, check=True, text=True)
    assert shown.stdout.split()[1] == key.data["fingerprint"]
    verify = f"ssh-keygen -Y verify -f {key.data['file']['path']} -I {SIGNER} -s seals/000001.seal.sig"
    assert "Good" in shell(f"{verify} -n {NAMESPACE} < seals/000001.seal", case)
    for wrong in (f"{verify} -n file < seals/000001.seal", f"{verify} -n {NAMESPACE} < seals/000001.sums"):
        with pytest.raises(subprocess.CalledProcessError):
            shell(wrong, case)
    sound(case)


def test_keys_are_added_once_and_a_revoked_one_does_not_come_back(case: Path, runtime: Runtime, tmp_path: Path) -> None:
    other = " ".join(new_ssh_key(tmp_path / "key").split()[:2])
    with open_case(case, runtime) as store:
        with pytest.raises(ValueError, match="fingerprint of the key is not"):
            store.add_key(SIGNER, other, FINGERPRINT)
        with pytest.raises(ValueError, match="fingerprint of the key is not"):
            store.add_key(SIGNER, "ssh-ed25519 A", FINGERPRINT)
        store.add_key(SIGNER, KEY, FINGERPRINT)
        store.seal(signed, SIGNER, FINGERPRINT, unstamped)
        with pytest.raises(UsageError, match="is that of jane") as unchanged:
            store.add_key("another", KEY, FINGERPRINT)
        store.add_key(SIGNER, other, fingerprint(other))
        assert store.known_keys() == {SIGNER: fingerprint(other)}
        for signer, key in (("another", KEY), (SIGNER, "ssh-ed25519 AAAA")):
            with pytest.raises(UsageError, match="has no key") as no_key:
                store.revoke_key(signer, fingerprint(key), reason="lost", since=None)
        revoked = store.revoke_key(SIGNER, fingerprint(other), reason="stolen", since="2026-11-20T00:00:00Z")
        assert store.known_keys() == {SIGNER: FINGERPRINT}
        with pytest.raises(UsageError, match="revoked on line 5") as twice:
            store.revoke_key(SIGNER, fingerprint(other), reason="stolen", since=None)
        with pytest.raises(UsageError, match="revoked on line 5") as again:
            store.add_key(SIGNER, other, fingerprint(other))
        for name in (SIGNER, "another"):
            with pytest.raises(ValueError, match="not the one on record"):
                store.seal(signed, name, fingerprint(other), unstamped)
    assert [error.value.kind for error in (unchanged, no_key, twice, again)] == [
        "unchanged",
        "no-key",
        "unchanged",
        "revoked",
    ]
    assert revoked.data["since"] == "2026-11-20T00:00:00Z"
    state = sound(case)
    assert state.sealed.keys[fingerprint(other)].revoked == 5


def test_the_only_key_is_known_until_it_is_revoked(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.add_key(SIGNER, KEY, FINGERPRINT)
        store.seal(None, None, None, unstamped)
        assert store.known_keys() == {SIGNER: FINGERPRINT}
        store.seal(signed, SIGNER, FINGERPRINT, unstamped)
        store.revoke_key(SIGNER, FINGERPRINT, reason="lost", since=None)
        assert store.known_keys() == {}
    sound(case)


@pytest.mark.parametrize(
    ("sign", "signer", "key"),
    [(signed, None, None), (signed, SIGNER, None), (None, SIGNER, FINGERPRINT), (None, None, FINGERPRINT)],
)
def test_a_seal_is_signed_whole_or_not_at_all(
    case: Path, runtime: Runtime, sign: Callable[[bytes], bytes] | None, signer: str | None, key: str | None
) -> None:
    with open_case(case, runtime) as store, pytest.raises(ValueError, match="signed by somebody with a key"):
        store.seal(sign, signer, key, unstamped)


class Refused(Exception):
    pass


def refuse(data: bytes) -> bytes:
    raise Refused


def refuse_stamps(data: bytes) -> Stamps:
    raise Refused


def test_nothing_is_written_before_the_seal_is_signed_and_stamped(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.add_key(SIGNER, KEY, FINGERPRINT)
        for sign, stamp in ((refuse, unstamped), (signed, refuse_stamps)):
            with pytest.raises(Refused):
                store.seal(sign, SIGNER, FINGERPRINT, stamp)
            assert not (case / "seals").exists()
        store.seal(signed, SIGNER, FINGERPRINT, unstamped)
    sound(case)


def test_an_authority_whose_name_is_none_becomes_no_file(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        for name in ("../x", "a/b", "", "One", "a.b", "x" * 32):
            with pytest.raises(ValueError, match="tokens is not in its form"):
                store.seal(None, None, None, lambda sums, name=name: Stamps((replace(stamp_of("a"), authority=name),)))
        assert not (case / "seals").exists()
        store.seal(None, None, None, unstamped)
    sound(case)


# what is not as it was written is never sealed


def change(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


def sealed_and_more(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.append(*events.note_added("sealed"))
        store.seal(None, None, None, unstamped)
        store.append_many([events.note_added(f"note {number} " + "x" * 400) for number in range(400)])
        captured(store)  # whoever opens the case reads back to here


def refusal(case: Path, runtime: Runtime) -> str:
    with open_case(case, runtime) as store, pytest.raises(CaseError) as found:
        store.seal(None, None, None, unstamped)
    assert found.value.kind == "damaged"
    return found.value.message


@pytest.mark.parametrize(
    ("name", "old", "new", "why"),
    [
        ("custody.jsonl", b"note 7 ", b"note 8 ", "does not continue the one before"),
        ("manifest.yaml", b"note 7 ", b"note 8 ", "manifest.yaml does not say what the log says"),
        ("seals/000001.seal", b"seal: 1", b"seal: 2", "is not a seal"),
        ("seals/000001.seal", b"signer: -", b"signer: x", "does not say that seals/000001.seal was completed"),
    ],
)
def test_a_case_that_was_changed_is_not_sealed(
    case: Path, runtime: Runtime, name: str, old: bytes, new: bytes, why: str
) -> None:
    sealed_and_more(case, runtime)
    change(case / name, old, new)
    assert why in refusal(case, runtime)


def test_a_missing_seal_is_not_made_again(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        for _ in range(5):
            store.seal(None, None, None, unstamped)
    for name in ("000004.seal", "000005.seal"):
        (case / "seals" / name).rename(case.parent / name)
        assert "completes a seal" in refusal(case, runtime)
    for path in (case / "seals").iterdir():
        path.unlink()
    assert "completes a seal" in refusal(case, runtime)


def test_a_seal_that_says_it_ends_elsewhere_is_damage(case: Path, runtime: Runtime) -> None:
    sealed_and_more(case, runtime)
    path = case / "seals/000001.seal"
    seal = Seal.parse(path.read_bytes())
    for length in (1, seal.log_length + 10**9):
        path.write_bytes(replace(seal, log_length=length).text())
        with open_case(case, runtime) as store, pytest.raises(CaseError) as found:
            store.last_seal()
        assert found.value.kind == "damaged"


def test_a_disk_that_cannot_be_read_says_nothing_about_seals(
    case: Path, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> bytes:
        raise OSError(errno.EIO, "made up")

    with open_case(case, runtime) as store:
        store.seal(None, None, None, unstamped)
        with monkeypatch.context() as patch:
            patch.setattr(RealDisk, "read", fails)
            for asked in (store.last_seal, store.unsealed, store.known_keys):
                with pytest.raises(StorageError) as found:
                    asked()
                assert found.value.kind == "io"
        store.append(*events.note_added("what was only read can still be written"))
    sound(case)


def test_a_log_that_grew_behind_our_back_is_not_sealed(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.append(*events.note_added("x"))
        with (case / "custody.jsonl").open("r+b") as log:
            log.seek(-2, 2)
            log.write(b"\0\0")
        with pytest.raises(CaseError, match="not as it was written after line 1"):
            store.seal(None, None, None, unstamped)


def test_a_line_about_keys_that_is_none_is_damage(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.add_key(SIGNER, KEY, FINGERPRINT)
        store.append_many([events.note_added("x" * 700) for _ in range(200)])
        captured(store)
    change(case / "custody.jsonl", b'"seq":2,', b'"seq":0,')
    with open_case(case, runtime) as store, pytest.raises(CaseError, match="or an export is not an event"):
        store.known_keys()


def test_a_key_whose_line_is_not_in_its_form_is_damage(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.add_key(SIGNER, KEY, FINGERPRINT)
        store.append_many([events.note_added("x" * 700) for _ in range(200)])
        captured(store)
    change(case / "custody.jsonl", b'"signer":"jane', b'"signer":"*ane')
    with open_case(case, runtime) as store, pytest.raises(CaseError, match="signer is not in its form"):
        store.known_keys()


def test_the_last_key_is_known_where_the_copies_of_keys_are_lost(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        key = store.add_key(SIGNER, KEY, FINGERPRINT)
        store.seal(signed, SIGNER, FINGERPRINT, unstamped)
        (case / key.data["file"]["path"]).unlink()
        assert store.known_keys() == {SIGNER: FINGERPRINT}
        store.seal(signed, SIGNER, FINGERPRINT, unstamped)


def test_who_signs_with_which_key_costs_the_same_however_many_there_were(
    case: Path, runtime: Runtime, tmp_path: Path
) -> None:
    other = " ".join(new_ssh_key(tmp_path / "key").split()[:2])
    with open_case(case, runtime) as store:
        assert store.key_of(SIGNER) is None
        store.add_key(SIGNER, KEY, FINGERPRINT)
        assert store.key_of(SIGNER) == FINGERPRINT
        store.seal(signed, SIGNER, FINGERPRINT, unstamped)
        store.add_key(SIGNER, other, fingerprint(other))
        assert store.key_of(SIGNER) == fingerprint(other)
        store.seal(signed, SIGNER, fingerprint(other), unstamped)
        store.append_many([events.note_added("x" * 700) for _ in range(200)])
        captured(store)
    change(case / "custody.jsonl", b'"seq":2,', b'"seq":0,')  # whoever reads that far says so
    with open_case(case, runtime) as store:
        assert store.key_of(SIGNER) == fingerprint(other)
        with pytest.raises(CaseError, match="is not an event"):
            store.key_of("another")
        store.seal(signed, SIGNER, fingerprint(other), unstamped)


def test_a_token_that_nobody_recorded_takes_no_number(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.seal(None, None, None, stamped_by("one"))
    (case / "seals/000001.one.2.tsr").write_bytes(b"planted")
    with open_case(case, runtime) as store, pytest.raises(CaseError):
        store.add_token(1, stamp_of("one"))
    with open_case(case, runtime) as store:
        assert store.recovery.events[0].event == "incident.recovered"
        store.seal(None, None, None, stamped_by("one"))
        added = store.add_token(1, stamp_of("one"))
    assert added.data["token"]["response"]["path"] == "seals/000001.one.2.tsr"
    sound(case)


def test_a_long_stretch_is_sealed_piece_by_piece(case: Path, runtime: Runtime) -> None:
    sealed_and_more(case, runtime)
    with open_case(case, runtime) as store:
        event = store.seal(None, None, None, unstamped)
    assert event.data["entries"]["size"] == 65 * 403
    sound(case)


def test_words_of_an_event_in_the_settings_of_an_item_are_no_event(case: Path, runtime: Runtime) -> None:
    name, data = request(1)
    settings = {"event": "seal.completed", "file": {"path": "seals/000001.seal"}}
    with open_case(case, runtime) as store:
        store.seal(None, None, None, unstamped)
        body = {**data, "settings": settings, "settings_sha256": events.canon.sha256_hex(events.canon.dumps(settings))}
        store.append(name, body)
        assert store.unsealed() == 1
        assert store.add_key(SIGNER, KEY, FINGERPRINT).event == "key.added"  # which looks for keys in every line


# cost


def read_for_a_seal(items: int) -> tuple[int, int]:
    """Return how many bytes sealing one more item reads after `items` others, and how many names it tries."""
    disk = SimulatedDisk()
    path = Path("/simulated")
    CaseStore.create(path, CASE_YAML, step_runtime(), disk)
    with CaseStore.open(path, step_runtime(), disk, adopt=lambda *_: None) as store:
        store.add_key(SIGNER, KEY, FINGERPRINT)

        def capture(count: int) -> None:
            requested = store.append_many([request(store.next_item() + at) for at in range(count)])
            files = [store.put_warc(event.data["item"], writer_of(warc_of(event)))[0] for event in requested]
            store.append_many([outcome_of(*pair) for pair in zip(requested, files, strict=True)])

        for _ in range(0, items, 10):
            capture(10)
            store.seal(signed, SIGNER, FINGERPRINT, stamped_by("one", "two"))
        capture(1)
        before, tried = disk.reads, disk.sizes
        assert store.unsealed() == 2
        store.seal(signed, SIGNER, FINGERPRINT, stamped_by("one", "two"))
        return disk.reads - before, disk.sizes - tried


def test_sealing_reads_the_same_in_a_case_of_ten_and_of_two_thousand_items() -> None:
    small, tried = read_for_a_seal(10)
    large, tried_in_large = read_for_a_seal(2000)
    assert small < 40_000
    assert large < small * 1.06, "a few digits more in each number, and longer frontiers, are all the difference"
    assert tried_in_large <= tried + 3 * 2 * 8, "three times the last seal is looked for, in twice the logarithm of 200"
