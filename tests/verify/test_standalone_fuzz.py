"""verify.py against changes made at random: it never ends in a traceback, and never calls sound what verify does not.

The sample is the same every time; the long run is larger.
"""

import gzip
import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from bundle_kit import Files, as_folder, disclosed_files, resealed, said, verified
from sealed_cases import FIRST, JANES, Sealer, begun, sealed_case
from verify_cases import full_case, log_lines

from archiver.canon import dumps
from archiver.custody.events import interrupted
from archiver.export import standalone
from archiver.model.verdict import Severity, Verdict
from archiver.verify.run import verify_case

SEED = 20261122
MINE = {"layout", "chain", "files", "structure", "digests", "seals", "lines"}
"""What verify.py says that it checks. `canonical` judges the members of events, too, and is left out."""
LEFT = ("it is not what such a line says", "its note is not", "its tags is not", "its url is not", "request_url is not")
ODD: list[Any] = [None, True, -1, 0, 1, 2, 10**15, "", "x", "\x1b[2J", [], {}, [[]], {"a": None}, "0" * 64]


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fuzzed")
    sealed_case(root / "sealed")
    full_case(root / "full")
    as_folder(root / "disclosure", disclosed_files(root / "sealed", 1, 3))
    return root


def judged(folder: Path) -> tuple[int, str]:
    with redirect_stdout(io.StringIO()) as out:
        code = standalone.main([str(folder)])
    return code, out.getvalue()


def contradicted(verdict: Verdict) -> set[str]:
    """The checks of verify.py that find something; none where the members of an event are not accepted, which it does
    not judge, and from which more follows."""
    found = [f for f in verdict.findings if f.severity is Severity.BROKEN]
    if any(f.check == "canonical" for f in found):
        return set()
    return {f.check for f in found if not f.message.startswith(LEFT)} & MINE


def agrees(code: int, text: str, verdict: Verdict) -> None:
    """What verify contradicts in what verify.py checks too, verify.py never calls sound."""
    assert code in (0, 8, 9)
    if wrong := contradicted(verdict):
        assert code != 0, f"{wrong}: {said(verdict)}\n{text}"


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value where something can be put: an object or array, and a name or number in it."""
    names = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, name) for name in names] + [place for name in names for place in places(value[name])]


def mutated(value: Any, chance: random.Random) -> Any:
    """Put something else into one place, drop it, or double it."""
    changed = json.loads(json.dumps(value))
    holder, name = chance.choice(places(changed))
    what = chance.randrange(4)
    if what == 0:
        del holder[name]
    elif what == 1 and isinstance(holder, list):
        holder.insert(name, holder[name])
    elif what == 1:
        holder[f"{name}x"] = holder[name]
    else:
        others = [h[n] for h, n in places(changed)]
        holder[name] = chance.choice(ODD) if what == 2 else json.loads(json.dumps(chance.choice(others)))
    return changed


def fuzzed_disclosure(masters: Path, tmp_path: Path, rounds: int) -> None:
    chance = random.Random(SEED)  # noqa: S311  # the same sample every time
    honest: Files = {
        str(path.relative_to(masters / "disclosure")): path.read_bytes()
        for path in sorted((masters / "disclosure").rglob("*"))
        if path.is_file()
    }
    names = [name for name in honest if name.endswith(".json")]
    for number in range(rounds):
        name = chance.choice(names)
        changed = dumps(mutated(json.loads(honest[name]), chance)) + b"\n"
        folder = as_folder(tmp_path / str(number), resealed({**honest, name: changed}))
        agrees(*judged(folder), verified(folder))
        shutil.rmtree(folder)


def test_a_disclosure_of_changed_words_is_never_sound_for_one_and_not_for_the_other(
    masters: Path, tmp_path: Path
) -> None:
    fuzzed_disclosure(masters, tmp_path, 150)


@pytest.mark.long
def test_many_disclosures_of_changed_words(masters: Path, tmp_path: Path) -> None:
    fuzzed_disclosure(masters, tmp_path, 5_000)


def fuzzed_case(masters: Path, tmp_path: Path, rounds: int) -> None:
    """The log of a case without seals, changed in one place and chained anew, with a manifest that goes with it."""
    chance = random.Random(SEED)  # noqa: S311  # the same sample every time
    events = log_lines(masters / "full")
    entry = '- {{log_line: {0}, log_sha256: "{1}"}}\n'
    case = Path(shutil.copytree(masters / "full", tmp_path / "case"))
    for _ in range(rounds):
        at = chance.randrange(len(events))
        changed = [*events[:at], mutated(events[at], chance), *events[at + 1 :]]
        lines, prev = [], "0" * 64
        for event in changed:
            if event is not changed[at] or "prev" in event:
                event["prev"] = prev
            lines.append(dumps(event) + b"\n")
            prev = sha256(lines[-1]).hexdigest()
        (case / "custody.jsonl").write_bytes(b"".join(lines))
        listed = (entry.format(n, sha256(line).hexdigest()) for n, line in enumerate(lines, 1))
        (case / "manifest.yaml").write_text("".join(listed))
        agrees(*judged(case), verify_case(case, processes=1))


def test_a_log_of_changed_words_is_never_sound_for_one_and_not_for_the_other(masters: Path, tmp_path: Path) -> None:
    fuzzed_case(masters, tmp_path, 150)


@pytest.mark.long
def test_many_logs_of_changed_words(masters: Path, tmp_path: Path) -> None:
    fuzzed_case(masters, tmp_path, 3_000)


def fuzzed_bytes(masters: Path, tmp_path: Path, name: str, rounds: int) -> None:
    """Any byte of any file but those that explain: changed, taken out, put in, or all from there on gone."""
    chance = random.Random(SEED)  # noqa: S311  # the same sample every time
    folder = Path(shutil.copytree(masters / name, tmp_path / name))
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".py" and p.stat().st_size)
    files = [p for p in files if p.name not in {"manifest.yaml", ".lock"} and p.parent.name != "private"]
    for _ in range(rounds):
        path = chance.choice(files)
        before = path.read_bytes()
        at, byte = chance.randrange(len(before)), bytes([chance.randrange(256)])
        cuts = (byte + before[at + 1 :], before[at + 1 :], byte + before[at:], b"")
        path.write_bytes(before[:at] + chance.choice(cuts))
        code, text = judged(folder)
        changed = path.read_bytes() != before
        torn = path.name in {"custody.jsonl", "case.yaml"}
        assert not changed or code == 8 or (torn and code in (0, 9)), f"{path}, byte {at}: {text}"
        path.write_bytes(before)


@pytest.mark.parametrize("name", ["sealed", "disclosure"])
def test_changed_bytes_are_found_and_never_end_in_a_traceback(masters: Path, tmp_path: Path, name: str) -> None:
    fuzzed_bytes(masters, tmp_path, name, 300)


@pytest.mark.long
@pytest.mark.parametrize("name", ["sealed", "disclosure"])
def test_many_changed_bytes(masters: Path, tmp_path: Path, name: str) -> None:
    fuzzed_bytes(masters, tmp_path, name, 10_000)


# What is large, or wants to be


def limited(folder: Path, megabytes: int) -> tuple[int, str]:
    """Run verify.py where it can have so much memory and no more."""
    bound = megabytes << 20
    command = [sys.executable, "-I", "-S", str(standalone.__file__), str(folder)]
    done = subprocess.run(
        command,
        capture_output=True,
        timeout=120,
        env={"LC_ALL": "C"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (bound, bound)),
    )
    assert done.stderr == b"", done.stderr.decode()
    return done.returncode, done.stdout.decode("ascii")


def bomb() -> bytes:
    """A record of a gigabyte of zeros, in a megabyte."""
    head = b"WARC/1.1\r\nWARC-Type: warcinfo\r\nWARC-Record-ID: <x>\r\nWARC-Date: -\r\nWARC-Block-Digest: -\r\n"
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as file:
        file.write(head + b"Content-Length: 1073741824\r\n\r\n")
        for _ in range(1024):
            file.write(bytes(1 << 20))
    return out.getvalue()


HUGE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a-bomb": ("evidence/000/000001.warc.gz", bomb),
    "a-head-of-a-gigabyte": ("evidence/000/000001.warc.gz", lambda: gzip.compress(b"WARC/1.1\r\n" + bytes(1 << 28), 9)),
    "a-line-of-a-log": ("custody.jsonl", lambda: b'{"' + b"x" * (64 << 20)),
    "a-line-of-a-manifest": ("manifest.yaml", lambda: b"- " + b"x" * (64 << 20)),
    "a-seal": ("seals/000001.seal", lambda: b"x" * (64 << 20)),
    "sums": ("seals/000001.sums", lambda: b"x" * (64 << 20)),
    "entries": ("seals/000001.entries.sha256", lambda: b"x" * (64 << 20)),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_is_huge_needs_no_more_memory_than_a_line(masters: Path, tmp_path: Path, name: str) -> None:
    case = Path(shutil.copytree(masters / "sealed", tmp_path / "case"))
    path, data = HUGE[name]
    (case / path).write_bytes(data())
    code, text = limited(case, 256)
    assert code in (8, 9), text
    assert "MemoryError" not in text


DISCLOSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "list-of-one-line": ("SHA256SUMS", lambda: b"x" * (64 << 20)),
    "list-of-many-lines": ("SHA256SUMS", lambda: b"0" * 64 + b"  x\n" + b"\n" * (1 << 20)),
    "proof": ("proofs/000002.json", lambda: b'{"hashes":[' + b'"",' * (1 << 20)),
    "line": ("lines/000002.json", lambda: b"x" * (64 << 20)),
    "entries": ("seals/000001.entries.sha256", lambda: b"x" * (64 << 20)),
}


@pytest.mark.parametrize("name", DISCLOSED)
def test_a_huge_part_of_a_disclosure_needs_no_more(masters: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(masters / "disclosure", tmp_path / "out"))
    path, data = DISCLOSED[name]
    (folder / path).write_bytes(data())
    code, text = limited(folder, 256)
    assert code == 8, text


# Faults that it had


def unread(patch: pytest.MonkeyPatch, name: str) -> None:
    honest = os.open

    def refusing(path: Any, *more: Any, **named: Any) -> int:
        if os.fspath(path).endswith(name):
            raise PermissionError(13, "Permission denied")
        return honest(path, *more, **named)

    patch.setattr(os, "open", refusing)


@pytest.mark.parametrize("suffix", ["seal", "seal.sig", "sums", "entries.sha256", "files.sha256", "first.tsr"])
def test_an_old_seal_that_cannot_be_read_does_not_condemn_the_next(
    masters: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    unread(monkeypatch, f"000001.{suffix}")
    code, text = judged(masters / "sealed")
    assert (code, "CONTRADICTED" in text) == (9, False), text


def test_an_old_seal_that_is_none_is_told_of_once(masters: Path, tmp_path: Path) -> None:
    case = Path(shutil.copytree(masters / "sealed", tmp_path / "case"))
    (case / "seals/000001.seal").write_bytes(b"x\n")
    code, text = judged(case)
    assert code == 8
    told = [line for line in text.splitlines() if line.startswith("CONTRADICTED")]
    assert all("seals/000001." in line for line in told), text


def test_a_line_of_a_newer_format_that_says_more_does_not_condemn_the_next(masters: Path, tmp_path: Path) -> None:
    case = Path(shutil.copytree(masters / "full", tmp_path / "case"))
    events = log_lines(case)
    events[0]["data"]["format"] = "archiver-case/2"
    events[3]["more"] = 1
    lines, prev = [], "0" * 64
    for event in events:
        event["prev"] = prev
        lines.append(dumps(event) + b"\n")
        prev = sha256(lines[-1]).hexdigest()
    (case / "custody.jsonl").write_bytes(b"".join(lines))
    code, text = judged(case)
    assert (code, "its seq is" in text) == (9, False), text


def test_an_item_cannot_be_withheld_in_the_name_of_another(tmp_path: Path) -> None:
    """A line that says of one item that the evidence of another went."""
    case = begun(tmp_path / "case")
    case.page("http://b.example/y")
    path = case.path / "evidence/000/000002.warc.gz"
    data = path.read_bytes()
    file = {"path": "evidence/000/000002.warc.gz", "size": len(data), "sha256": sha256(data).hexdigest()}
    path.unlink()
    event = json.loads(case.lines[-1])
    facts = {"item": 1, "reason": "R", "authority": "A", "also": [], "file": file}
    event |= {"event": "item.withheld", "data": facts, "seq": event["seq"] + 1}
    event["prev"] = sha256(case.lines[-1]).hexdigest()
    with (case.path / "custody.jsonl").open("ab") as log:
        log.write(dumps(event) + b"\n")
    code, text = judged(case.path)
    assert code == 8, text
    assert "000002.warc.gz: it is missing" in text


def test_whoever_reads_only_the_first_line_sees_no_traceback(masters: Path) -> None:
    command = f"{sys.executable} -I {standalone.__file__} {masters / 'sealed'} | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=60)
    assert done.stderr == b""


def test_the_seals_of_a_case_follow_each_other_where_each_is_sound(tmp_path: Path) -> None:
    """Many seals, each judged where its line comes; an edited line shows at the seal over it, and at no other."""
    case = begun(tmp_path / "case")
    for number in range(5):
        case.seal(JANES, FIRST)
        case.page(f"http://b.example/{number}")
    assert judged(case.path)[0] == 0
    edited(case, 9)
    text = judged(case.path)[1]
    wrong = {line.split()[1].rstrip(":") for line in text.splitlines() if "CONTRADICTED: seals/" in line}
    assert len(wrong) == 1, text


def edited(case: Sealer, number: int) -> None:
    lines = list(case.lines)
    lines[number - 1] = lines[number - 1].replace(b'"note":"', b'"note":"x', 1)
    (case.path / "custody.jsonl").write_bytes(b"".join(lines))


def test_a_disclosure_of_a_newer_kind_is_not_judged_beyond_its_list(masters: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(masters / "disclosure", tmp_path / "out"))
    statement = (folder / "disclosure.json").read_bytes()
    (folder / "disclosure.json").write_bytes(statement.replace(b"archiver-disclosure/1", b"archiver-disclosure/12"))
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    code, text = judged(as_folder(folder, resealed(files)))
    assert (code, "it is of a newer kind" in text) == (9, True), text


def test_a_line_that_no_line_may_be_as_long_as_is_contradicted(masters: Path, tmp_path: Path) -> None:
    case = Path(shutil.copytree(masters / "sealed", tmp_path / "case"))
    with (case / "custody.jsonl").open("ab") as log:
        log.write(b'{"' + b"x" * standalone.MAX_LINE + b"\n")
    code, text = judged(case)
    assert (code, "is longer than any may be" in text) == (8, True), text


def test_an_item_without_evidence_is_disclosed_by_its_lines_alone(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.add(*interrupted(case.requested("http://d.example/"), reason="found open after a crash"))
    case.seal(JANES, FIRST)
    folder = as_folder(tmp_path / "out", disclosed_files(case.path, 2))
    assert judged(folder)[0] == 0
