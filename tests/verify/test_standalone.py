"""verify.py, the verifier in one file, against what `verify` says of the same cases: sound, changed, hostile."""

import ast
import gzip
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sealed_cases import FIRST, JANES, begun, sealed_case
from verify_cases import full_case, log_lines, rewrite, small_case

from archiver.canon import sha256_hex
from archiver.errors import ExitCode
from archiver.export import standalone
from archiver.model.verdict import Severity
from archiver.verify.run import verify_case

SEED = 20261122
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)
MINE = {"layout", "chain", "canonical", "files", "structure", "digests", "seals"}
"""What verify.py judges as well, apart from the members of events and the words of manifest.yaml."""


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("standing")
    sealed_case(root / "sealed")
    full_case(root / "full")
    small_case(root / "small")
    return root


@pytest.fixture
def copied(masters: Path, tmp_path: Path) -> Callable[[str], Path]:
    return lambda name: Path(shutil.copytree(masters / name, tmp_path / name))


@pytest.fixture
def case(copied: Callable[[str], Path]) -> Path:
    return copied("sealed")


Judge = Callable[[Path], tuple[int, str]]


@pytest.fixture
def judged(capsys: pytest.CaptureFixture[str]) -> Judge:
    """Exit code and words of verify.py about a case, in this process; the words are always plain ASCII."""

    def judge(path: Path) -> tuple[int, str]:
        code = standalone.main([str(path)])
        text = capsys.readouterr().out
        assert text.isascii()
        assert all(character == "\n" or character.isprintable() for character in text)
        return code, text

    return judge


def as_verify(path: Path, judged: Judge) -> None:
    """Whatever verify calls broken, verify.py calls broken, and what it calls sound, sound."""
    verdict = verify_case(path, processes=1)
    broken = {finding.check for finding in verdict.findings if finding.severity is Severity.BROKEN}
    code, text = judged(path)
    if broken & MINE:
        assert code == 8, f"{broken}: {text}"
    elif verdict.exit_code() is ExitCode.OK:
        assert code == 0, text


@pytest.mark.parametrize("name", ["sealed", "full", "small"])
def test_sound_cases_are_sound(copied: Callable[[str], Path], judged: Judge, name: str) -> None:
    code, text = judged(copied(name))
    assert code == 0, text
    assert "not checked here: signatures, time stamps" in text


def test_it_is_short_and_needs_nothing(case: Path) -> None:
    source = Path(standalone.__file__)
    assert lines_of_code(source.read_text()) < 740
    done = subprocess.run([sys.executable, "-I", "-S", source, case], capture_output=True, env={}, cwd="/")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"ssh-keygen -Y verify" in done.stdout


def lines_of_code(source: str) -> int:
    """The lines that are neither empty, nor a comment, nor part of a docstring."""
    tree = ast.parse(source)
    texts = [node.body[0] for node in ast.walk(tree) if isinstance(node, DOCUMENTED) and ast.get_docstring(node)]
    told = {line for text in texts for line in range(text.lineno, (text.end_lineno or text.lineno) + 1)}
    rest = (line.strip() for number, line in enumerate(source.splitlines(), 1) if number not in told)
    return sum(bool(line) and not line.startswith("#") for line in rest)


# the mutations that verify must find


def flipped(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["sealed", "full"])
def test_flips_of_sampled_bits_of_every_file_are_found(copied: Callable[[str], Path], judged: Judge, name: str) -> None:
    case, chance = copied(name), random.Random(SEED)  # noqa: S311  # the same sample every time
    sealed = (case / "seals/000001.seal").exists()
    for path in sorted(path for path in case.rglob("*") if path.is_file() and path.stat().st_size):
        if path.name == "manifest.yaml" or (path.name == "case.yaml" and not sealed):
            continue  # judged as far as it is sealed; and with private values line by line
        before = path.read_bytes()
        for bit in chance.sample(range(8 * len(before)), 25):
            flipped(path, bit)
            code, text = judged(case)
            torn = path.name == "custody.jsonl" and bit // 8 == len(before) - 1
            assert code in ({8, 9} if torn else {8}), f"bit {bit} of {path.name}: {text}"
            path.write_bytes(before)


def test_a_flip_in_what_is_sealed_of_the_manifest_is_found(case: Path, judged: Judge) -> None:
    manifest = case / "manifest.yaml"
    at = manifest.read_bytes().index(b"http://a.example")
    flipped(manifest, 8 * at)
    assert judged(case)[0] == 8


Lines = list[bytes]
LINES: list[Callable[[Lines], Lines]] = [
    lambda lines: [*lines[:3], *lines[4:]],
    lambda lines: [*lines[:3], lines[7], *lines[3:]],
    lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]],
    lambda lines: [*lines[:3], lines[3], *lines[3:]],
    lambda lines: [line[:-1] + b"\r\n" for line in lines],
    lambda lines: [line.replace(b'"actor":"Jane Doe"', b'"actor":"Jane Roe"') for line in lines],
    lambda lines: [*lines[:2], lines[2].replace(b'"at":', b'"at": '), *lines[3:]],
    lambda lines: [*lines[:2], lines[2].replace(b'"v":1', b'"v":1,"v":1'), *lines[3:]],
    lambda lines: [*lines, b"{}\n"],
    lambda lines: [*lines, b"[" * 100_000 + b"\n"],
    lambda lines: [*lines, b"9" * 100_000 + b"\n"],
    lambda lines: [*lines, b"\xff\n"],
    lambda lines: [],
]


@pytest.mark.parametrize("change", LINES)
def test_changed_lines_are_found(case: Path, judged: Judge, change: Callable[[Lines], Lines]) -> None:
    log = case / "custody.jsonl"
    log.write_bytes(b"".join(change(log.read_bytes().splitlines(keepends=True))))
    code, text = judged(case)
    assert code == 8, text
    as_verify(case, judged)


def test_an_edited_line_with_the_whole_chain_made_again_is_found_by_the_seals(case: Path, judged: Judge) -> None:
    rewrite(case, lambda events: events[2]["data"].update(title="Something else"))
    code, text = judged(case)
    assert code == 8
    assert "seals/000001.seal: its log-sha256 is" in text
    assert "custody.jsonl" not in text.replace("custody.jsonl: line", "")


SUFFIXES = ("seal", "seal.sig", "sums", "entries.sha256", "files.sha256", "first.tsq", "first.tsr")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("change", ["gone", "longer", "huge", "pipe", "link", "other"])
def test_a_file_of_a_seal_that_is_not_what_it_was_is_found(case: Path, judged: Judge, suffix: str, change: str) -> None:
    path, other = case / f"seals/000001.{suffix}", case / f"seals/000002.{suffix}"
    data = path.read_bytes()
    if change == "longer":
        path.write_bytes(data + b"\n")
    elif change == "huge":
        with path.open("r+b") as file:
            file.truncate(1 << 28)
    elif change == "other":
        shutil.copy(other, path)
    else:
        path.unlink()
        if change == "pipe":
            os.mkfifo(path)
        elif change == "link":
            path.symlink_to(other)
    code, text = judged(case)
    assert code == 8, text


SAID: list[tuple[str, Any]] = [
    ("case", "urn:uuid:00000000-0000-4000-8000-000000000001"),
    ("log-entries", "1-3"),
    ("log-offset", 1),
    ("log-length", 1),
    ("log-sha256", "1" * 64),
    ("log-head", "1" * 64),
    ("tree-root", "1" * 64),
    ("tree-frontier", "1" * 64),
    ("entries-sha256", "1" * 64),
    ("files-sha256", "1" * 64),
    ("manifest-length", 7),
    ("manifest-sha256", "1" * 64),
    ("previous-seal-sha256", "1" * 64),
    ("seal", 2),
    ("sealed-at", "yesterday"),
    ("signer", "-"),
]


@pytest.mark.parametrize(("name", "value"), SAID)
def test_a_seal_that_says_anything_but_what_the_log_yields_is_found(
    tmp_path: Path, judged: Judge, name: str, value: object
) -> None:
    made = begun(tmp_path / "case")
    made.seal(JANES, FIRST, facts=lambda facts: {**facts, name: value})
    code, text = judged(made.path)
    assert code == 8, text
    assert "seals/000001.seal" in text


def test_sums_of_other_files_are_found(tmp_path: Path, judged: Judge) -> None:
    made = begun(tmp_path / "case")
    made.seal(JANES, data=lambda data: {**data, "sums": made.file("seals/000001.sums", b"x")})
    assert judged(made.path)[0] == 8


@pytest.mark.parametrize(
    "name",
    [
        *(
            "seals/000003.sums.bak",
            "seals/README",
            "seals/000001.files",
            "trust/root.pem",
            "evidence/000/000099.warc.gz",
        ),
        *("evidence/000/x", "notes.txt", "private/x", "other/file", "seals/000004.seal"),
    ],
)
def test_an_added_file_is_found(case: Path, judged: Judge, name: str) -> None:
    (case / name).parent.mkdir(exist_ok=True)
    (case / name).write_bytes(b"x")
    code, text = judged(case)
    assert (code, name in text) == (8, True), text


def test_what_a_stopped_writer_leaves_is_not_called_contradicted(case: Path, judged: Judge) -> None:
    (case / "seals/000003.first.tsr.part").write_bytes(b"x")
    assert judged(case)[0] == 9


# WARC files, in a log that was made to fit them


def refitted(case: Path, data: bytes) -> None:
    """Put `data` in the place of the WARC of item 1, and make the log name it."""
    path = case / "evidence/000/000001.warc.gz"
    path.write_bytes(data)

    def edit(events: list[dict[str, Any]]) -> None:
        file = next(event["data"]["file"] for event in events if "records" in event["data"])
        file.update(size=len(data), sha256=sha256_hex(data))

    rewrite(case, edit)


WARCS: list[Callable[[bytes], bytes]] = [
    lambda data: b"",
    lambda data: data[:-1],
    lambda data: data + b"\0",
    lambda data: b"x" + data,
    lambda data: data[:100],
    lambda data: data + data,
    lambda data: data[:9] + b"\x03" + data[10:],
    lambda data: data[:-8] + b"\0\0\0\0" + data[-4:],
    lambda data: gzip.decompress(data),
    lambda data: gzip.compress(gzip.decompress(data)),
    lambda data: gzip.compress(bytes(50_000_000)),
    lambda data: gzip.compress(b"WARC/1.1\r\n" + b"A: b\r\n" * 1_000_000),
    lambda data: gzip.compress(b"WARC/1.1\r\nContent-Length: 999999999999\r\n\r\n" + bytes(1000)),
    lambda data: b"\x1f\x8b\x08\x00" * 10_000,
]


@pytest.mark.parametrize("change", WARCS)
def test_a_warc_that_is_none_is_found_whatever_the_log_says(
    copied: Callable[[str], Path], judged: Judge, change: Callable[[bytes], bytes]
) -> None:
    case = copied("small")
    before = (case / "evidence/000/000001.warc.gz").read_bytes()
    changed = change(before)
    refitted(case, changed)
    code, text = judged(case)
    if changed[:9] == before[:9] and len(changed) == len(before) and changed[-8:] == before[-8:]:
        assert code in (0, 8)  # the system that compressed it, which no digest of a record covers
    else:
        assert code == 8, text


# hostile values


@pytest.mark.parametrize("value", [None, True, -1, 10**15, "x", "\x1b[2J\u202e", [], {}, [[]], {"a": None}])
@pytest.mark.parametrize(
    "name", ["item", "file", "records", "case_yaml", "seal", "tokens", "entries", "signature", "text"]
)
def test_any_value_in_the_place_of_any_member_gives_a_verdict(
    case: Path, judged: Judge, name: str, value: object
) -> None:
    def edit(events: list[dict[str, Any]]) -> None:
        for event in events:
            if name in event["data"]:
                event["data"][name] = value

    events = log_lines(case)
    edit(events)
    lines, prev = [], "0" * 64
    for event in events:
        event["prev"] = prev
        lines.append(standalone.canonical(event).encode() + b"\n")
        prev = sha256_hex(lines[-1])
    (case / "custody.jsonl").write_bytes(b"".join(lines))
    assert judged(case)[0] in (8, 9)


def test_wrong_usage_is_said(tmp_path: Path, judged: Judge) -> None:
    assert judged(tmp_path / "nowhere")[0] == 2
    assert judged(tmp_path)[0] == 8  # an empty folder is no case
    assert standalone.main(["a", "b"]) == 2
