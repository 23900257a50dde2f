"""What somebody could do to a disclosure, against all three ways of checking it: verify, verify.py, and by hand.

By hand the steps are those of the VERIFY.txt that was made with the disclosure: whoever changed the rest could have
changed that, too, which its text says. What only programs read (`disclosure.json`, `proofs/`) shows to them alone.
"""

import gzip
import io
import json
import os
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import verify_cases
from bundle_kit import Files, as_folder, broken, disclosed_files, resealed, said, verified
from byhandbench import Stranger, failed
from sealed_cases import FIRST, JANE, JANES, JOES, MALLORYS, SECOND, Sealer, begun, both, sealed_case

from archiver.canon import dumps
from archiver.custody.merkle import inclusion_proofs, leaf_hash
from archiver.custody.receipt import Receipt
from archiver.export import standalone
from archiver.model.verdict import Severity, Verdict

KNOWN = {"signers": JANES.allowed(), "roots": both}
WARC, LINE, PROOF = "evidence/000/000001.warc.gz", "lines/000003.json", "proofs/000003.json"
SEAL, NEXT = "seals/000001", "seals/000002"
KEPT = ("seal", "seal.sig", "sums", "entries.sha256", "first.tsq", "first.tsr")
Change = Callable[[Files], Files]


@dataclass(frozen=True)
class Cases:
    """Disclosures of the items 1 and 3: of the case, of another one of the same shape, of one by another key."""

    own: Files
    other: Files
    mallory: Files
    root: Path


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    root = tmp_path_factory.mktemp("attacked")
    sealed_case(root / "own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify_cases, "CASE", "urn:uuid:00000000-0000-4000-8000-00000000dead")
        other = begun(root / "other")
        other.seal(JANES, FIRST, SECOND)
        two_pages(other)
        other.seal(JANES, FIRST)
    forged = Sealer(root / "forged")
    forged.opened()
    forged.page("http://a.example/made-up")
    forged.key_added(MALLORYS)
    forged.seal(MALLORYS, FIRST, SECOND)
    two_pages(forged)
    forged.seal(MALLORYS, FIRST)
    own, others, mallory = (disclosed_files(root / name, 1, 3) for name in ("own", "other", "forged"))
    return Cases(own, others, mallory, root)


def two_pages(case: Sealer) -> None:
    case.tick()
    for name in ("b", "c"):
        case.page(f"http://{name}.example/made-up")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    roots = FIRST.root.pem + SECOND.root.pem
    return Stranger.at(tmp_path_factory.mktemp("stranger") / "home", f"{JANE} {JANES.public.line}\n", roots)


def standing(folder: Path) -> tuple[int, str]:
    """Exit code and words of verify.py."""
    with redirect_stdout(io.StringIO()) as out:
        code = standalone.main([str(folder)])
    text = out.getvalue()
    assert all(character == "\n" or " " <= character <= "~" for character in text)
    return code, text


def put(name: str, change: Callable[[bytes], bytes]) -> Change:
    return lambda files: {**files, name: change(files[name])}


def add(name: str, data: bytes = b"x") -> Change:
    return lambda files: {**files, name: data}


def drop(*names: str) -> Change:
    return lambda files: {name: data for name, data in files.items() if name not in names}


def told(change: Callable[[dict[str, Any]], object], name: str = "disclosure.json") -> Change:
    def apply(files: Files) -> Files:
        value = json.loads(files[name])
        change(value)
        return {**files, name: dumps(value) + b"\n"}

    return apply


def both_of(*changes: Change) -> Change:
    def apply(files: Files) -> Files:
        for change in changes:
            files = change(files)
        return files

    return apply


def stated_file(name: str, what: str) -> Change:
    """A file that was added, and that disclosure.json tells of as if it belonged there."""
    return told(lambda s: s.update(files=sorted([*s["files"], {"path": name, "what": what}], key=lambda f: f["path"])))


def without_tokens(files: Files) -> Files:
    gone = {name for name in files if name.endswith((".tsq", ".tsr"))}
    cut = told(lambda s: [seal.update(tokens=[]) for seal in s["seals"]])
    listed = told(lambda s: s.update(files=[file for file in s["files"] if file["path"] not in gone]))
    return listed(cut(drop(*gone)(files)))


def signed_anew(files: Files) -> Files:
    """The seals signed by somebody else, and the sums made to fit; a stamp cannot be made to."""
    changed = dict(files)
    for seal in (SEAL, NEXT):
        changed[f"{seal}.seal.sig"] = MALLORYS.sign(files[f"{seal}.seal"])
        lines = (f"{sha256(changed[seal + s]).hexdigest()}  {seal[6:]}{s}\n" for s in (".seal", ".seal.sig"))
        changed[f"{seal}.sums"] = "".join(lines).encode()
    return changed


def unsigned(files: Files) -> Files:
    """The signature taken away, its place in the sums and in the statement as well."""
    changed = drop(f"{SEAL}.seal.sig")(files)
    changed[f"{SEAL}.sums"] = changed[f"{SEAL}.sums"].splitlines(keepends=True)[0]
    return told(lambda s: s.update(files=[f for f in s["files"] if f["path"] in changed]))(changed)


def swapped(one: str, other: str) -> Change:
    return lambda files: {**files, one: files[other], other: files[one]}


def giant_proof(files: Files) -> Files:
    return told(lambda p: p.update(hashes=["0" * 64] * 2000), PROOF)(files)


def huge(_: bytes) -> bytes:
    return b"[" + b"[]," * 40_000 + b"[]]\n"


ATTACKS: dict[str, tuple[Change, bool]] = {  # and whether it shows by hand where the list of hashes was written anew
    "evidence-flipped": (put(WARC, lambda data: data[:50] + bytes([data[50] ^ 1]) + data[51:]), True),
    "evidence-of-the-other-item": (swapped(WARC, "evidence/000/000003.warc.gz"), True),
    "evidence-packed-again": (put(WARC, lambda data: gzip.compress(gzip.decompress(data), mtime=0)), True),
    "evidence-dropped": (drop(WARC), True),
    "evidence-cut": (put(WARC, lambda data: data[:-20]), True),
    "line-edited": (put(LINE, lambda line: line.replace(b"a.example", b"z.example")), True),
    "line-with-crlf": (put(LINE, lambda line: line.replace(b"\n", b"\r\n")), True),
    "line-with-a-space": (put(LINE, lambda line: line.replace(b'"v":1', b'"v": 1')), True),
    "line-with-another-behind-it": (put(LINE, lambda line: line + b"{}\n"), True),
    "line-dropped": (both_of(drop(LINE, PROOF), told(lambda s: s["lines"].pop(1))), True),
    "lines-swapped": (swapped("lines/000002.json", LINE), True),
    "line-of-newer-version": (put(LINE, lambda line: line.replace(b'"v":1}', b'"v":2}')), True),
    "line-nested-deep": (put(LINE, lambda line: b"[" * 100_000 + b"\n"), True),
    "line-of-markup": (put(LINE, lambda line: line.replace(b"flow", b"<b>\x9b31m\x1b[2J</b>")), True),
    "line-of-nothing": (put(LINE, lambda line: b""), True),
    "line-told-of-twice": (told(lambda s: s["lines"].append(s["lines"][0])), False),
    "lines-told-in-another-order": (told(lambda s: s["lines"].reverse()), False),
    "wrong-item-told": (told(lambda s: s["lines"][0].update(item=3)), False),
    "items-of-others-told": (told(lambda s: s.update(items=[1, 2, 3])), False),
    "no-items-told": (told(lambda s: s.update(items=[])), False),
    "items-that-are-none": (told(lambda s: s.update(items=[1, 3, True, "x", -1, 1 << 52])), False),
    "item-beyond-all-numbers": (told(lambda s: s.update(items=[1, (1 << 53) - 1])), False),
    "line-beyond-all-numbers": (told(lambda s: s["lines"][0].update(line=(1 << 53) - 1)), False),
    "seal-beyond-all-numbers": (told(lambda s: s["seals"][0].update(seal=(1 << 53) - 1)), False),
    "more-said-in-the-statement": (told(lambda s: s.update(person="J. Smith")), False),
    "more-said-of-a-line": (told(lambda s: s["lines"][0].update(title="J. Smith")), False),
    "more-said-of-a-stamp": (told(lambda s: s["seals"][0]["tokens"][0].update(by="J. Smith")), False),
    "files-told-as-something-else": (told(lambda s: s["files"][0].update(what="proof")), False),
    "statement-nested-deep": (put("disclosure.json", lambda _: b"[" * 100_000), False),
    "statement-of-nothing-but-brackets": (put("disclosure.json", huge), False),
    "proof-of-another-line": (swapped("proofs/000002.json", PROOF), False),
    "proof-of-another-tree": (told(lambda p: p.update(tree_size=p["tree_size"] + 1), PROOF), False),
    "proof-reordered": (told(lambda p: p["hashes"].reverse(), PROOF), False),
    "proof-too-long": (told(lambda p: p["hashes"].append("0" * 64), PROOF), False),
    "proof-giant": (giant_proof, False),
    "proof-that-says-more": (told(lambda p: p.update(witness="J. Smith"), PROOF), False),
    "proof-of-no-hashes": (told(lambda p: p.update(hashes=[None, 1, "\u202ex"]), PROOF), False),
    "proof-not-in-its-one-form": (put(PROOF, lambda data: data.replace(b",", b", ")), False),
    "proof-of-a-megabyte": (told(lambda p: p.update(hashes=["0" * 64] * 16_000), PROOF), False),
    "proof-dropped": (drop(PROOF), True),
    "file-added-and-told": (
        both_of(add("evidence/000/000002.warc.gz"), stated_file("evidence/000/000002.warc.gz", "evidence")),
        True,
    ),
    "list-of-evidence-added": (
        both_of(add(f"{SEAL}.files.sha256"), stated_file(f"{SEAL}.files.sha256", "entries")),
        True,
    ),
    "hidden-file-added": (both_of(add("seals/.000001.seal.swp"), stated_file("seals/.000001.seal.swp", "seal")), True),
    "file-with-a-name-of-markup": (add("lines/\x1b[2J<b>.json"), True),
    "seal-flipped": (put(f"{SEAL}.seal", lambda data: data.replace(b"log-head: ", b"log-head: 0", 1)), True),
    "seal-with-crlf": (put(f"{SEAL}.seal", lambda data: data.replace(b"\n", b"\r\n")), True),
    "seals-swapped": (both_of(*(swapped(SEAL + s, NEXT + s) for s in (".seal", ".seal.sig", ".sums"))), True),
    "seals-told-in-another-order": (told(lambda s: s["seals"].reverse()), False),
    "seal-older-than-the-line": (told(lambda s: s["lines"][-1].update(seal=1)), False),
    "seal-newer-than-the-line": (told(lambda s: s["lines"][0].update(seal=2)), False),
    "seal-dropped": (drop(*(f"{SEAL}{s}" for s in (".seal", ".seal.sig", ".sums", ".entries.sha256"))), True),
    "signature-dropped": (drop(f"{SEAL}.seal.sig"), True),
    "signature-dropped-everywhere": (unsigned, True),
    "signed-by-somebody-else": (signed_anew, True),
    "signature-of-the-other-seal": (swapped(f"{SEAL}.seal.sig", f"{NEXT}.seal.sig"), True),
    "entries-edited": (put(f"{SEAL}.entries.sha256", lambda data: b"0" + data[1:]), True),
    "entries-longer": (put(f"{SEAL}.entries.sha256", lambda data: data + b"0" * 64 + b"\n"), True),
    "sums-of-something-else": (
        put(f"{SEAL}.sums", lambda data: data.replace(b"000001.seal\n", b"000002.seal\n")),
        True,
    ),
}


NOT_BY_HASHES = {"signed-by-somebody-else"}  # which verify.py leaves out


@pytest.mark.parametrize("name", ATTACKS)
def test_what_was_done_to_a_disclosure_is_found_although_its_list_was_written_anew(
    tmp_path: Path, cases: Cases, stranger: Stranger, name: str
) -> None:
    change, by_hand = ATTACKS[name]
    changed = change(cases.own)
    assert changed != cases.own
    folder = as_folder(tmp_path / "new", resealed(changed))
    verdict = verified(folder, **KNOWN)
    newer = name == "line-of-newer-version"
    assert broken(verdict), said(verdict)
    assert "container" in broken(verdict) or "contents" not in broken(verdict), said(verdict)
    assert not newer or "UNCHECKED lines lines/000003.json : it is a line of a newer version" in said(verdict)
    code, text = standing(folder)
    assert code == (0 if name in NOT_BY_HASHES else 8), text
    assert bool(failed(stranger.follows(cases.own["VERIFY.txt"].decode(), folder))) == by_hand
    old = as_folder(tmp_path / "old", changed)
    assert broken(verified(old, **KNOWN)) & {"contents", "container"}
    assert standing(old)[0] == 8
    assert failed(stranger.follows(cases.own["VERIFY.txt"].decode(), old))


STAMPS: dict[str, Change] = {  # which verify.py leaves to openssl, and says so
    "stamp-of-the-other-seal": swapped(f"{SEAL}.first.tsr", f"{NEXT}.first.tsr"),
    "stamp-flipped": put(f"{SEAL}.first.tsr", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
}


@pytest.mark.parametrize("name", STAMPS)
def test_a_stamp_that_is_not_over_its_seal_is_found_by_verify_and_by_hand(
    tmp_path: Path, cases: Cases, stranger: Stranger, name: str
) -> None:
    folder = as_folder(tmp_path / "new", resealed(STAMPS[name](cases.own)))
    assert "tokens" in broken(verified(folder, **KNOWN))
    assert failed(stranger.follows(cases.own["VERIFY.txt"].decode(), folder))
    code, text = standing(folder)
    assert code == 0, text
    assert "openssl ts -verify -data 000001.sums -in 000001.first.tsr" in text
    assert "not checked here: signatures, time stamps" in text


def test_a_stamp_that_was_left_out_is_missed_by_who_has_the_receipt_and_the_steps(
    tmp_path: Path, cases: Cases, stranger: Stranger
) -> None:
    folder = as_folder(tmp_path / "new", resealed(without_tokens(cases.own)))
    assert "2 seals (1, 2) are without a time stamp" in said(verified(folder, **KNOWN), "tokens")
    log = (cases.root / "own/custody.jsonl").read_text().splitlines()
    given = next(json.loads(line)["data"]["receipt"] for line in log if '"event":"seal.completed"' in line)
    verdict = verified(folder, expect=Receipt.parse(given), **KNOWN)
    assert broken(verdict) == {"receipt"}, said(verdict)
    assert "none of the time stamps over seal 1 says" in said(verdict, "receipt")
    unstamped = replace(Receipt.parse(given), gen_time=None)
    assert "receipt" not in broken(verified(folder, expect=unstamped, **KNOWN))
    assert failed(stranger.follows(cases.own["VERIFY.txt"].decode(), folder))
    code, text = standing(folder)
    assert (code, "no authority has stamped it" in text) == (0, True), text


FOREIGN: dict[str, list[str]] = {
    "a-line": [LINE],
    "a-line-with-its-proof": [LINE, PROOF],
    "a-line-with-its-evidence": [LINE, PROOF, WARC],
    "a-list-of-entries": [f"{SEAL}.entries.sha256"],
    "a-seal": [f"{SEAL}.seal"],
    "a-whole-seal": [f"{SEAL}{s}" for s in (".seal", ".seal.sig", ".sums", ".entries.sha256")],
    "evidence": ["evidence/000/000003.warc.gz"],
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("source", ["other", "mallory"])
def test_a_part_of_another_case_is_found(
    tmp_path: Path, cases: Cases, stranger: Stranger, name: str, source: str
) -> None:
    theirs: Files = getattr(cases, source)
    names = [each for each in FOREIGN[name] if theirs[each] != cases.own[each]]
    if not names:
        pytest.fail("the cases must differ in this")
    folder = as_folder(tmp_path / "new", resealed({**cases.own, **{each: theirs[each] for each in names}}))
    assert broken(verified(folder, **KNOWN)), name
    assert standing(folder)[0] == 8
    assert failed(stranger.follows(cases.own["VERIFY.txt"].decode(), folder))


def test_a_disclosure_that_somebody_else_made_wholly_is_said_to_be_by_a_key_that_nobody_named(
    tmp_path: Path, cases: Cases, stranger: Stranger
) -> None:
    """With words of its own for everything, the steps by hand included."""
    folder = as_folder(tmp_path / "forged", cases.mallory)
    assert broken(verified(folder, **KNOWN)) == {"signatures"}
    verdict = verified(folder)
    assert verdict.worst is Severity.UNASKED
    assert f"sound, by a key that you have not named: {MALLORYS.public.fingerprint}" in said(verdict, "signatures")
    assert "nobody can know from this whether the seals are those of the case" in said(verdict, "receipt")
    wrong = failed(stranger.follows(cases.mallory["VERIFY.txt"].decode(), folder))
    assert wrong
    assert all("ssh-keygen -Y verify" in typed for typed in wrong), wrong
    code, text = standing(folder)
    assert code == 0
    assert "ssh-keygen -Y verify" in text
    assert "who made this, and when, is not shown by hashes alone" in text


def test_a_disclosure_that_nobody_signed_or_stamped_says_so_in_every_way(tmp_path: Path, stranger: Stranger) -> None:
    case = begun(tmp_path / "case")
    case.seal(None)
    files = disclosed_files(tmp_path / "case", 1)
    folder = as_folder(tmp_path / "forged", files)
    verdict = verified(folder)
    assert "seal 1 is not signed: nobody vouches by name" in said(verdict, "signatures")
    assert "seal 1 is without a time stamp" in said(verdict, "tokens")
    code, text = standing(folder)
    assert code == 0
    assert "nobody signed it: whoever wanted to could have made all of this" in text
    assert "no authority has stamped it" in text
    steps = files["VERIFY.txt"].decode()
    assert "Nobody signed this seal" in steps
    assert "No authority has stamped this seal." in steps
    assert "must come from elsewhere" not in steps
    assert "anybody could have made all" in " ".join(steps.split())
    assert "key of that fingerprint" not in steps
    assert failed(stranger.follows(steps, folder)) == []


# What the holder of the key could seal, and no honest log has


def by_key_holder(tmp_path: Path, change: Callable[[list[dict[str, Any]]], object]) -> Files:
    """A disclosure of item 1 whose lines were changed before Jane sealed them, each proved to be in that log."""
    case = begun(tmp_path / "maker")
    case.add("note.added", {"text": "seen by two", "item": 1})
    events = [json.loads(line) for line in case.lines]
    change(events)
    raws: list[bytes] = []
    for event in events:
        event["prev"] = event.pop("own_prev", sha256(raws[-1]).hexdigest() if raws else "0" * 64)
        raws.append(dumps(event) + b"\n")
    case.lines = raws
    with pytest.MonkeyPatch.context() as patch:  # no log is written, so no state has to bear it
        patch.setattr(case, "add", lambda *_: None)
        case.seal(JANES, FIRST)
    return shown_lines(case, [number for number, event in enumerate(events, 1) if event["data"].get("item") == 1])


def shown_lines(case: Sealer, numbers: list[int]) -> Files:
    leaves = list(map(leaf_hash, case.lines))
    files = {path: (case.path / path).read_bytes() for path in [WARC, *(f"{SEAL}.{s}" for s in KEPT)]}
    stated = []
    for number, proof in zip(numbers, inclusion_proofs(leaves, [n - 1 for n in numbers]), strict=True):
        line, shown = f"lines/{number:06d}.json", f"proofs/{number:06d}.json"
        event = json.loads(case.lines[number - 1])
        facts = {"hashes": [each.hex() for each in proof], "line": number, "tree_size": len(leaves)}
        files |= {line: case.lines[number - 1], shown: dumps(facts) + b"\n"}
        stated.append({"event": event["event"], "file": line, "item": 1, "line": number, "proof": shown, "seal": 1})
    token = {"authority": "first", "request": f"{SEAL}.first.tsq", "response": f"{SEAL}.first.tsr"}
    kinds = {"seal": "seal", "sig": "signature", "sums": "sums", "tsq": "request", "tsr": "response"}
    whats = {"evidence": "evidence", "lines": "line", "proofs": "proof"}
    statement = {
        "schema": "archiver-disclosure/1",
        "case": json.loads(case.lines[0])["case"],
        "items": [1],
        "lines": stated,
        "seals": [{"seal": 1, "tokens": [token]}],
        "files": [
            {"path": name, "what": whats.get(name.partition("/")[0]) or kinds.get(name.rpartition(".")[2], "entries")}
            for name in sorted(files)
        ],
    }
    return resealed({**files, "disclosure.json": dumps(statement) + b"\n", "SHA256SUMS": b""})


def test_what_the_holder_of_the_key_sealed_honestly_is_sound(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "new", by_key_holder(tmp_path, lambda events: None))
    assert verified(folder, **KNOWN).worst is Severity.UNASKED
    assert standing(folder)[0] == 0


def again(events: list[dict[str, Any]], number: int) -> None:
    """Tell once more, at the end of the log, what line `number` tells."""
    events.append({**json.loads(json.dumps(events[number - 1])), "seq": len(events) + 1})


def withheld(events: list[dict[str, Any]]) -> None:
    facts = {"item": 1, "reason": "R", "authority": "A", "also": [], "file": events[2]["data"]["file"]}
    events.append({**events[-1], "seq": len(events) + 1, "event": "item.withheld", "data": facts})


SEALED_LIES: dict[str, tuple[Callable[[list[dict[str, Any]]], object], str]] = {
    "a-second-outcome": (lambda events: again(events, 3), "it is the second line that says item.captured of item 1"),
    "a-second-request": (lambda events: again(events, 2), "it is the second line that says item.requested of item 1"),
    "withheld-twice": (
        lambda events: (withheld(events), again(events, len(events))),
        "it is the second line that says item.withheld of item 1",
    ),
    "withheld-and-here": (withheld, f"{WARC} : it belongs to none of the items, lines and seals"),
    "another-line-before-it": (lambda events: events[2].update(own_prev="f" * 64), "as the hash of the line before it"),
    "another-number": (lambda events: events[2].update(seq=7), "it is another line, or of another case"),
    "another-case": (lambda events: events[2].update(case=f"{events[0]['case'][:-1]}0"), "or of another case, than"),
    "requested-later": (lambda events: events[2]["data"].update(requested=4), "requested on another line than it says"),
    "no-request": (lambda events: events[1]["data"].update(item=2), "the line that requests item 1, or the one with"),
    "evidence-elsewhere": (
        lambda events: events[2]["data"]["file"].update(path="evidence/000/000002.warc.gz"),
        "where item 1 belongs",
    ),
    "evidence-of-other-bytes": (
        lambda events: events[2]["data"]["file"].update(sha256="0" * 64),
        "its SHA-256 is",
    ),
}


@pytest.mark.parametrize("name", SEALED_LIES)
def test_what_no_honest_log_has_is_found_although_it_was_sealed(tmp_path: Path, name: str) -> None:
    change, words = SEALED_LIES[name]
    folder = as_folder(tmp_path / "new", by_key_holder(tmp_path, change))
    verdict = verified(folder, **KNOWN)
    assert broken(verdict), said(verdict)
    assert words in said(verdict), said(verdict)
    code, text = standing(folder)
    assert code == 8, text


def test_an_outcome_in_other_words_than_its_request_is_found(tmp_path: Path) -> None:
    """Which verify.py leaves out: it does not judge the members of events, and says so."""
    folder = as_folder(
        tmp_path / "new", by_key_holder(tmp_path, lambda events: events[1]["data"].update(note="something else"))
    )
    verdict = verified(folder, **KNOWN)
    assert "its note is not that of the request on line 2" in said(verdict, "lines")


def test_a_first_line_that_names_another_before_it_is_found(tmp_path: Path) -> None:
    def change(events: list[dict[str, Any]]) -> None:
        events[0].update(own_prev="f" * 64, data={**events[1]["data"]}, event="item.requested")
        events[2]["data"].update(requested=1)
        events[1]["data"].update(item=2)

    folder = as_folder(tmp_path / "new", by_key_holder(tmp_path, change))
    assert f"it names {'f' * 64} as the hash of the line before it" in said(verified(folder, **KNOWN), "lines")
    assert standing(folder)[0] == 8


# What the disk does not give


class Dark:
    """Lets the system refuse to open some files."""

    def __init__(self, patch: pytest.MonkeyPatch, *names: str) -> None:
        honest = os.open

        def refusing(path: Any, *more: Any, **named: Any) -> int:
            above = str(Path(f"/proc/self/fd/{named['dir_fd']}").readlink()) if "dir_fd" in named else ""
            if f"{above}/{os.fspath(path)}".endswith(names):
                raise PermissionError(13, "Permission denied")
            return honest(path, *more, **named)

        patch.setattr(os, "open", refusing)


UNREAD = [
    "000001.warc.gz",
    "lines/000003.json",
    "proofs/000003.json",
    *(f"000001.{s}" for s in ("seal", "seal.sig", "sums", "entries.sha256", "first.tsr", "first.tsq")),
    "SHA256SUMS",
    "disclosure.json",
]


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_contradicts_nothing(
    tmp_path: Path, cases: Cases, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = as_folder(tmp_path / "new", cases.own)
    Dark(monkeypatch, f"/{name}")
    verdict = verified(folder, **KNOWN)
    assert verdict.worst is Severity.UNCHECKED, said(verdict)
    code, text = standing(folder)
    assert code == 9, text
    assert "Permission denied" in text


def test_a_list_whose_line_ends_were_changed_is_called_that(tmp_path: Path, cases: Cases) -> None:
    changed = {**cases.own, "SHA256SUMS": cases.own["SHA256SUMS"].replace(b"\n", b"\r\n")}
    folder = as_folder(tmp_path / "new", changed)
    verdict = verified(folder, **KNOWN)
    assert said(verdict, "contents").count("BROKEN") == 1, said(verdict)
    assert "its line endings were changed from LF to CR LF" in said(verdict, "contents")
    assert standing(folder)[0] == 8


def test_seals_of_one_case_that_cannot_follow_each_other_are_found(tmp_path: Path, cases: Cases) -> None:
    """The holder of the key sealed two logs of one case, and hands out a seal of each, with one between left out."""
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST)
    for number in range(2):
        case.page(f"http://b.example/{number}")
        case.seal(JANES, FIRST)
    shorter = begun(tmp_path / "shorter")
    shorter.seal(JANES, FIRST, facts=lambda facts: facts)
    files, first = disclosed_files(tmp_path / "case", 1, 3), disclosed_files(tmp_path / "shorter", 1)
    assert first[f"{SEAL}.seal"] == files[f"{SEAL}.seal"]
    assert verified(as_folder(tmp_path / "good", files), **KNOWN).worst is Severity.UNASKED
    last = "seals/000003"
    text = files[f"{last}.seal"].decode()
    span = next(line for line in text.splitlines() if line.startswith("log-entries: "))
    forged = text.replace(span, f"log-entries: 4-{span.rpartition('-')[2]}").encode()
    changed = {**files, f"{last}.seal": forged, f"{last}.seal.sig": JANES.sign(forged)}
    folder = as_folder(tmp_path / "new", resealed(changed))
    assert "it does not go on where seal 1 of this disclosure ends" in said(verified(folder, **KNOWN), "seals")
    code, text = standing(folder)
    assert (code, "it does not go on where the seal before it ends" in text) == (8, True), text


def test_the_words_of_a_hostile_disclosure_never_reach_a_terminal_as_they_are(tmp_path: Path, cases: Cases) -> None:
    """Whatever is told of it, controls and marks that turn the reading direction are written out."""
    sign = "\x1b]0;x\x07\u202e\u2066<b>"
    changes = [
        told(lambda s: s.update({sign: sign, "case": sign})),
        told(lambda s: s["lines"][0].update(event=sign, file=sign)),
        told(lambda s: s["seals"][0].update(seal=sign)),
        told(lambda s: s["seals"][0]["tokens"][0].update(authority=sign)),
        add(f"lines/{sign}.json"),
        add(f"seals/{sign}"),
    ]
    for number, change in enumerate(changes):
        folder = as_folder(tmp_path / str(number), resealed(change(cases.own)))
        verdict = verified(folder)
        assert broken(verdict), number
        assert standing(folder)[0] == 8
        assert JOES.public.fingerprint not in said(verdict)


def verdict_of(files: Files, folder: Path) -> Verdict:
    return verified(as_folder(folder, resealed(files)), **KNOWN)


def test_a_newer_line_leaves_open_what_it_may_tell(tmp_path: Path) -> None:
    """Sealed and proved as a newer program would: nothing is called contradicted, and nothing sound."""
    files = by_key_holder(tmp_path, lambda events: None)
    newer = json.loads(files["lines/000003.json"])
    del newer["v"]
    case = begun(tmp_path / "again")
    case.add("note.added", {"text": "seen by two", "item": 1})
    changed = [*case.lines[:2], dumps({**newer, "v": 2, "more": 1}) + b"\n", *case.lines[3:]]
    honest = Sealer.evidence
    case.lines = changed
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(case, "add", lambda *_: None)
        patch.setattr(Sealer, "evidence", staticmethod(lambda lines: honest([x for x in lines if b'"v":1}' in x])))
        case.seal(JANES, FIRST)
    shown = shown_lines(case, [2, 3])
    verdict = verified(as_folder(tmp_path / "new", shown), **KNOWN)
    assert broken(verdict) == set(), said(verdict)
    assert "it is a line of a newer version" in said(verdict, "lines")
    assert "UNCHECKED lines disclosure.json : the line that requests item 1, or the one with" in said(verdict, "lines")
    code, text = standing(tmp_path / "new")
    assert (code, "lines/000003.json: a newer program wrote it" in text) == (9, True), text
