"""What somebody could do to a sealed case, and the finding that shows it.

Unless said otherwise the verifier knows Jane's key and both authorities, as counsel would; no receipt unless named.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sealed_cases import (
    FIRST,
    JANES,
    MALLORYS,
    SECOND,
    TODAY,
    Sealer,
    Tsa,
    begun,
    both,
    known,
    sealed_case,
    told,
)
from verify_cases import START, findings, log_lines, rewrite, text_of

from archiver.custody.manifest import block_head
from archiver.custody.receipt import Receipt
from archiver.errors import ExitCode
from archiver.model.verdict import Severity, Verdict
from archiver.verify.run import verify_case

MARCH = datetime.fromisoformat("2026-03-01T10:00:00+00:00")
SEED = 20261122


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sealed")
    sealed_case(root / "case")
    one = begun(root / "one")
    one.seal(JANES, FIRST)
    return root


@pytest.fixture
def case(masters: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(masters / "case", tmp_path / "case"))


def receipts(case: Path) -> list[Receipt]:
    """The receipts that counsel got, from an honest copy of the case."""
    return [Receipt.parse(e["data"]["receipt"]) for e in log_lines(case) if e["event"] == "seal.completed"]


def contradicted(verdict: Verdict) -> str:
    """What contradicts, finding by finding."""
    assert verdict.exit_code() is ExitCode.CONTRADICTED, text_of(verdict)
    return "\n".join(f"{f.check} {f.subject} {f.where}: {f.message}" for f in findings(verdict, Severity.BROKEN))


# lines

Lines = list[bytes]


def changed_lines(case: Path, change: Callable[[Lines], Lines]) -> str:
    log = case / "custody.jsonl"
    log.write_bytes(b"".join(change(log.read_bytes().splitlines(keepends=True))))
    return contradicted(known(case))


@pytest.mark.parametrize("line", range(9))
def test_any_edited_line_under_a_seal_is_found_by_the_seal(case: Path, line: int) -> None:
    def edit(lines: Lines) -> Lines:
        lines[line] = lines[line].replace(b'"actor":"Jane Doe"', b'"actor":"Jane Roe"')
        return lines

    said = changed_lines(case, edit)
    assert f"seals seals/00000{1 if line < 4 else 2}.seal : log lines" in said
    assert f"the first that differs is line {line + 1}" in said


@pytest.mark.parametrize("line", range(1, 9))
def test_any_removed_line_under_a_seal_is_found_by_the_seal(case: Path, line: int) -> None:
    said = changed_lines(case, lambda lines: lines[:line] + lines[line + 1 :])
    assert "seals seals/00000" in said
    assert "chain custody.jsonl line" in said


@pytest.mark.parametrize("line", range(1, 9))
def test_any_inserted_line_under_a_seal_is_found_by_the_seal(case: Path, line: int) -> None:
    said = changed_lines(case, lambda lines: [*lines[:line], lines[12], *lines[line:]])
    assert f"seals seals/00000{1 if line <= 4 else 2}.seal : log lines" in said


@pytest.mark.parametrize("line", range(1, 8))
def test_any_two_lines_in_the_others_place_are_found_by_the_seal(case: Path, line: int) -> None:
    def swap(lines: Lines) -> Lines:
        lines[line], lines[line + 1] = lines[line + 1], lines[line]
        return lines

    assert "seals seals/00000" in changed_lines(case, swap)


def test_a_log_with_converted_line_ends_is_called_that_and_still_fits_its_seals(case: Path) -> None:
    said = changed_lines(case, lambda lines: [line[:-1] + b"\r\n" for line in lines])
    assert "chain custody.jsonl : line endings were changed: 13 lines end with CR LF" in said
    assert "seals/" not in said


def test_a_whole_case_with_converted_line_ends_is_called_that_file_by_file(case: Path) -> None:
    for path in case.rglob("*"):
        if path.is_file() and path.suffix not in {".gz", ".tsq", ".tsr"}:
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    said = contradicted(known(case))
    assert said.count("line endings were changed") >= 9


def test_an_edited_line_with_the_whole_chain_made_again_is_found_by_the_seals(case: Path) -> None:
    rewrite(case, lambda events: events[2]["data"].update(title="Something else"))
    said = contradicted(known(case))
    assert "seals seals/000001.seal : log lines 1 to 4 are not those that were sealed" in said
    assert "the first that differs is line 3" in said


def test_an_edited_manifest_is_found_by_the_log_and_by_the_seal(case: Path) -> None:
    manifest = case / "manifest.yaml"
    manifest.write_bytes(manifest.read_bytes().replace(b"http://a.example/x", b"http://a.example/y"))
    said = contradicted(known(case))
    assert "manifest manifest.yaml line" in said
    assert "seals manifest.yaml bytes 0 to" in said


@pytest.mark.parametrize(
    "name", ["seals/000003.sums.bak", "seals/README", "seals/000001.files", "trust/root.pem", "trust/allowed_signers"]
)
def test_an_added_file_is_found(case: Path, name: str) -> None:
    (case / name).write_bytes(b"x")
    assert f"layout {name} : it is not explained by the log" in contradicted(known(case))


# keys


def signed_again(case: Path, number: int) -> None:
    """Replace a signature by Mallory's over the very same seal."""
    seal = case / f"seals/{number:06d}.seal"
    (case / f"seals/{number:06d}.seal.sig").write_bytes(MALLORYS.sign(seal.read_bytes()))


def test_a_seal_signed_again_with_another_key_is_found_by_log_and_signature(case: Path) -> None:
    signed_again(case, 1)
    said = contradicted(known(case))
    assert "seals seals/000001.seal.sig : its SHA-256 is" in said
    assert "signatures seals/000001.seal : it is signed with the key" in said


def test_a_seal_signed_again_is_found_without_knowing_any_signer(case: Path) -> None:
    signed_again(case, 1)
    assert "signatures seals/000001.seal : it is signed with the key" in contradicted(verify_case(case))


def resealed(
    path: Path, key: Any = MALLORYS, *tsas: Tsa, at: datetime = START, stamp_at: datetime | None = None
) -> Sealer:
    """The same story told again from the beginning, with another key or at other times, consistent in itself."""
    case = Sealer(path, at=at)
    case.opened()
    case.page("http://a.example/x")
    case.key_added(key)
    case.seal(key, *(tsas or (FIRST, SECOND)), stamped_at=stamp_at)
    case.page("http://b.example/y")
    case.seal(key, *(tsas or (FIRST, SECOND)), stamped_at=stamp_at and stamp_at + timedelta(minutes=1))
    return case


def test_a_whole_case_made_again_with_another_key_is_found_by_whoever_knows_the_signer(tmp_path: Path) -> None:
    case = resealed(tmp_path / "case")
    assert "your file of signers does not allow that: for 'jane.doe@example.org' another key is named" in contradicted(
        known(case.path)
    )
    unknowing = verify_case(case.path)
    assert unknowing.exit_code() is ExitCode.OK
    assert unknowing.exit_code(strict=True) is ExitCode.UNCHECKED
    assert MALLORYS.public.fingerprint in told(unknowing, "signatures")


# parts of another case


def another(tmp_path: Path) -> Sealer:
    case = Sealer(tmp_path / "other")
    case.opened()
    case.page("http://other.example/")
    case.key_added(JANES)
    case.seal(JANES, FIRST, SECOND)
    return case


@pytest.mark.parametrize(
    ("suffix", "check"),
    [
        ("seal", "seals"),
        ("seal.sig", "signatures"),
        ("sums", "seals"),
        ("entries.sha256", "seals"),
        ("files.sha256", "seals"),
        ("first.tsr", "tokens"),
    ],
)
def test_a_seal_signature_or_stamp_of_another_case_is_found(
    case: Path, tmp_path: Path, suffix: str, check: str
) -> None:
    other = another(tmp_path)
    shutil.copy(other.path / f"seals/000001.{suffix}", case / f"seals/000001.{suffix}")
    said = contradicted(known(case))
    assert f"seals seals/000001.{suffix} : its SHA-256 is" in said or f"seals seals/000001.{suffix} : it is not" in said
    assert any(line.startswith(f"{check} seals/000001.") for line in said.splitlines())


def test_a_stamp_of_another_case_is_found_even_where_the_log_was_made_to_fit(case: Path, tmp_path: Path) -> None:
    other = another(tmp_path)
    token = other.seals[0].data["tokens"][0]
    for suffix in ("tsq", "tsr"):
        shutil.copy(other.path / f"seals/000001.first.{suffix}", case / f"seals/000001.first.{suffix}")
    rewrite(case, lambda events: events[4]["data"]["tokens"].__setitem__(0, token))
    assert "tokens seals/000001.first.tsr : the time stamp is over other data" in contradicted(known(case))


def test_a_whole_seal_of_another_case_is_found_even_where_the_log_was_made_to_fit(case: Path, tmp_path: Path) -> None:
    other = another(tmp_path)
    for path in (other.path / "seals").iterdir():
        shutil.copy(path, case / "seals" / path.name)
    rewrite(case, lambda events: events[4].update(data=other.seals[0].data))
    said = contradicted(known(case))
    assert "seals seals/000001.seal : log lines 1 to 4 are not those that were sealed" in said


# stamps


def test_a_certificate_put_into_a_token_is_found(case: Path) -> None:
    sums = (case / "seals/000001.sums").read_bytes()
    at = datetime.fromisoformat(log_lines(case)[4]["data"]["tokens"][0]["gen_time"])
    _, answer = FIRST.stamp(sums, at, certificates=(FIRST.signer.certificate, FIRST.extra()))
    (case / "seals/000001.first.tsr").write_bytes(answer)
    assert "seals seals/000001.first.tsr : it is not" in contradicted(known(case))


def test_a_certificate_in_the_place_of_the_one_that_signed_is_found_by_the_token_itself(case: Path) -> None:
    sums = (case / "seals/000001.sums").read_bytes()
    _, answer = FIRST.stamp(sums, START, certificates=(SECOND.signer.certificate,))
    (case / "seals/000001.first.tsr").write_bytes(answer)
    assert "tokens seals/000001.first.tsr :" in contradicted(known(case))


def test_a_stamp_by_an_authority_made_for_the_purpose_dates_nothing_for_whoever_names_roots(tmp_path: Path) -> None:
    rogue = Tsa("first")  # calls itself as the real one does
    case = resealed(tmp_path / "case", JANES, rogue, at=MARCH, stamp_at=MARCH + timedelta(minutes=1))
    verdict = known(case.path)
    assert verdict.exit_code() is ExitCode.UNCHECKED
    assert "cannot be traced to a root that you named" in told(verdict, "tokens")


def test_an_authority_that_expired_since_is_good_at_its_time(tmp_path: Path) -> None:
    old = Tsa("old", days=(-10, 10))
    case = begun(tmp_path / "case")
    case.seal(JANES, old)
    verdict = verify_case(case.path, signers=JANES.allowed(), roots=old.roots, now=TODAY + timedelta(days=4000))
    assert verdict.exit_code() is ExitCode.OK
    assert "has expired since" in told(verdict, "tokens")


# clocks


def test_a_backdated_clock_shows_by_the_stamps(tmp_path: Path) -> None:
    case = resealed(tmp_path / "case", JANES, FIRST, at=MARCH, stamp_at=START)
    verdict = known(case.path)
    assert verdict.exit_code() is ExitCode.OK  # nothing contradicts; the finding says what is proved
    text = told(verdict, "tokens")
    assert "claimed 2026-03-01T10:00:" in text
    assert "provable only before 2026-11-22T06:55:58Z (time stamp of first)" in text
    assert "written after 2026-11-22T06:55:58Z" in text


def test_a_clock_in_the_future_shows_by_the_stamps(tmp_path: Path) -> None:
    case = resealed(tmp_path / "case", JANES, FIRST, at=START + timedelta(days=30), stamp_at=START)
    text = told(known(case.path), "tokens")
    assert "claimed 2026-12-22T06:56:" in text
    assert "and it existed before 2026-11-22T06:55:58Z" in text


def test_a_clock_set_back_between_two_lines_is_told_by_the_log_as_well(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST)
    case.at = MARCH
    case.note()
    verdict = known(case.path)
    assert "the clock was set back in between" in told(verdict, "chain")
    assert "claimed 2026-03-01T10:00:01Z, and written after 2026-11-22T06:5" in told(verdict, "tokens")


# the end cut off, the whole exchanged


def cut_after(case: Path, lines: int) -> None:
    """Take the case back to what it was after so many lines, files and all."""
    log = case / "custody.jsonl"
    left = log.read_bytes().splitlines(keepends=True)[:lines]
    log.write_bytes(b"".join(left))
    manifest = (case / "manifest.yaml").read_bytes()
    places = [at + 1 for at in range(len(manifest)) if manifest.startswith(b"\n- ", at)]
    end = next(at for at in places if (block_head(manifest[at:]) or (0,))[0] == lines + 1)
    (case / "manifest.yaml").write_bytes(manifest[:end])
    named = b"".join(left).decode()
    for path in [path for path in case.rglob("*") if path.is_file() and path.parent != case]:
        if f'"{path.relative_to(case)}"' not in named:
            path.unlink()


def test_a_case_rolled_back_to_an_older_seal_is_sound_without_a_receipt_and_says_what_it_cannot_know(
    case: Path,
) -> None:
    cut_after(case, 5)
    verdict = known(case)
    assert verdict.exit_code() is ExitCode.OK, text_of(verdict)
    assert verdict.exit_code(strict=True) is ExitCode.UNCHECKED
    assert "nobody can know from this folder whether this is its newest state" in told(verdict, "receipt")
    assert "the newest seal here is number 1, over lines 1 to 4" in told(verdict, "receipt")


def test_a_case_rolled_back_to_an_older_seal_is_found_by_a_receipt(case: Path) -> None:
    newest = receipts(case)[-1]
    cut_after(case, 5)
    said = contradicted(known(case, expect=newest))
    assert said == (
        "receipt  : the receipt was given for seal 2 over 9 lines of the log; the newest seal here is number 1, and "
        "the log has 5 lines"
    )


def test_a_last_seal_whose_line_was_cut_off_is_found_by_its_receipt(case: Path) -> None:
    newest = receipts(case)[-1]
    seals = {path: path.read_bytes() for path in (case / "seals").iterdir()}
    cut_after(case, 9)
    for path, data in seals.items():
        if path.name.startswith("000002") and ".second." not in path.name:
            path.write_bytes(data)
    assert known(case).exit_code() is ExitCode.UNCHECKED  # as an interrupted write would leave it
    assert "the receipt was given for seal 2" in contradicted(known(case, expect=newest))


def test_the_lines_after_the_last_seal_can_go_unseen_and_that_is_said(case: Path) -> None:
    newest = receipts(case)[-1]
    cut_after(case, 12)
    verdict = known(case, expect=newest)
    assert verdict.exit_code() is ExitCode.OK
    assert "no seal and 3 lines were added since" in told(verdict, "receipt")


def test_a_whole_log_rebuilt_by_the_holder_of_the_key_is_found_by_a_receipt(case: Path, tmp_path: Path) -> None:
    rebuilt = resealed(tmp_path / "rebuilt", JANES, at=START + timedelta(days=1), stamp_at=TODAY)
    for receipt in receipts(case):
        said = contradicted(known(rebuilt.path, expect=receipt))
        assert f"receipt  : seal {receipt.seal} is not the one of the receipt: the SHA-256 of its text is" in said


def test_without_a_receipt_the_stamps_show_when_it_was_rebuilt(tmp_path: Path) -> None:
    rebuilt = resealed(tmp_path / "case", JANES, FIRST, SECOND, at=MARCH, stamp_at=START)
    text = told(known(rebuilt.path), "tokens")
    assert "claimed 2026-03-01T10:00:0" in text
    assert "provable only before 2026-11-22T06:55:58Z" in text


def test_the_receipt_of_another_case_is_no_proof_for_this_one(case: Path, tmp_path: Path) -> None:
    other = replace(receipts(case)[0], case="urn:uuid:00000000-0000-4000-8000-000000000001")
    assert "receipt  : the receipt is of another case" in contradicted(known(case, expect=other))


# every byte


def beside(case: Path) -> list[str]:
    names = [*(case / "seals").iterdir(), *(case / "trust").iterdir()]
    return sorted(str(path.relative_to(case)) for path in names)


def flipped(case: Path, name: str, at: int, mask: int) -> Verdict:
    path = case / name
    before = path.read_bytes()
    data = bytearray(before)
    data[at] ^= mask
    path.write_bytes(data)
    try:
        return verify_case(case, only="seals", roots=both, signers=JANES.allowed(), now=TODAY, processes=1)
    finally:
        path.write_bytes(before)


def assert_found(case: Path, name: str, at: int, mask: int) -> None:
    verdict = flipped(case, name, at, mask)
    assert verdict.exit_code() is ExitCode.CONTRADICTED, f"byte {at} of {name}: {text_of(verdict)}"
    assert name in {f.subject for f in findings(verdict, Severity.BROKEN)}, f"byte {at} of {name}: {text_of(verdict)}"


def test_flips_of_a_sample_of_bytes_of_every_file_beside_the_log_are_found_and_named(case: Path) -> None:
    chosen = random.Random(SEED)  # noqa: S311  # the same sample every time
    for name in beside(case):
        size = (case / name).stat().st_size
        for at in {0, size - 1, *(chosen.randrange(size) for _ in range(6))}:
            assert_found(case, name, at, chosen.choice((1, 0x20, 0x80, 0xFF)))


@pytest.mark.long
def test_flips_of_every_byte_of_every_file_beside_the_log_are_found_and_named(masters: Path, tmp_path: Path) -> None:
    case = Path(shutil.copytree(masters / "one", tmp_path / "one"))
    for name in beside(case):
        for at in range((case / name).stat().st_size):
            for mask in (1, 0x20, 0x80):
                assert_found(case, name, at, mask)


@pytest.mark.long
def test_every_byte_of_a_signature_and_of_a_stamp_counts_for_itself_or_is_free_by_its_format(
    masters: Path, tmp_path: Path
) -> None:
    """The checks of signatures and tokens, each alone, never crash; the hash in the log finds what they do not."""
    case = Path(shutil.copytree(masters / "one", tmp_path / "one"))
    for name, check in (("seals/000001.seal.sig", "signatures"), ("seals/000001.first.tsr", "tokens")):
        path = case / name
        good = path.read_bytes()
        for at in range(len(good)):
            path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            verify_case(case, only=check, roots=both, signers=JANES.allowed(), now=TODAY)
        path.write_bytes(good)


# hostile events

VALUES: tuple[object, ...] = (
    0,
    -1,
    2**53 - 1,
    "",
    "-",
    "\x1b[2J\u202e",
    "../../../etc/passwd",
    "seals/000001.seal",
    "9999-12-31T23:59:59.999999999Z",
    "0001-01-01T00:00:00Z",
    "SHA256:" + "A" * 43,
    "ab" * 32,
    "x" * 100_000,
    None,
    [],
    {},
    [[[]]],
)


def places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inside:
        yield from places(member, *path, key)


@pytest.mark.parametrize("line", [4, 5, 12])
def test_no_value_in_an_event_about_seals_crashes_the_verifier_or_reaches_out_of_the_case(
    case: Path, line: int
) -> None:
    before = log_lines(case)
    log, manifest = (case / "custody.jsonl").read_bytes(), (case / "manifest.yaml").read_bytes()
    chosen = random.Random(SEED + line)  # noqa: S311  # the same sample every time
    for path in places(before[line - 1]["data"]):
        for value in chosen.sample(VALUES, 4):

            def put(events: list[dict[str, Any]], path: tuple[Any, ...] = path, value: object = value) -> None:
                at = events[line - 1]["data"]
                for key in path[:-1]:
                    at = at[key]
                at[path[-1]] = value

            rewrite(case, put)
            verdict = known(case)
            said_only = line == 12 and path[-1] in {"software", "offset_ms"}  # under no seal, and nothing knows better
            assert verdict.exit_code() is ExitCode.CONTRADICTED or said_only, f"{path}: {text_of(verdict)}"
            (case / "custody.jsonl").write_bytes(log)
            (case / "manifest.yaml").write_bytes(manifest)
