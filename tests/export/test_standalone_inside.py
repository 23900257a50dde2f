"""verify.py called in this process: sound cases and exports, and what it says of each kind of change to them."""

import gzip
import hashlib
import io
import json
import os
import runpy
import shutil
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from exportbench import Office, sha256
from server import RawServer
from stamping import LocalAuthority

from archiver.cli.main import main
from archiver.export import standalone

BODY = b"<title>Raid on the harbour</title>It began at four."
NEWS = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
KINDS = ("case", "bag", "disclosure", "wacz")
Events = list[dict[str, Any]]
Judge = Callable[[Path], tuple[int, str]]
Copy = Callable[[str], Path]


class Lasting(Office):
    """An office that outlives a test, and so reads by itself what its commands say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *args: str) -> tuple[int, str, str]:
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            code = main(args, environ={"XDG_CONFIG_HOME": str(self.folder / "config")})
        return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory, authority: LocalAuthority) -> Path:
    """A signed and stamped case with five seals and two items, its exports, and a case that nobody signed."""
    root = tmp_path_factory.mktemp("inside")
    for name in ("signed", "plain"):
        (root / name).mkdir()
    with pytest.MonkeyPatch.context() as patch, RawServer() as site:
        plain = Lasting(root / "plain")
        patch.chdir(plain.folder)
        plain.done("init", "harbour", "--title", "The harbour raid", "--collector", "J. Doe")
        plain.kept("photo.jpg", b"\xff\xd8 a photo")
        plain.done("seal", "harbour")
        office = Lasting(root / "signed")
        patch.chdir(office.folder)
        office.done("init", "harbour", "--title", "The harbour raid", "--collector", "J. Doe")
        office.policy(authority)
        site.routes = {"/news": NEWS}
        assert office.captured(site, "/news") == 0
        office.done("seal", "harbour")
        office.kept("photo.jpg", b"\xff\xd8 a photo")
        office.done("note", "harbour", "seen by two", "--item", "2")
        office.done("export", "harbour", "-o", "bag", "--as", "bag")
        office.disclosed(1, 2, name="disclosure")
        office.done("export", "harbour", "-o", "whole.wacz", "--as", "wacz")
        office.done("export", "harbour", "-o", "part.wacz", "--as", "wacz", "--item", "1")
    for name, source in (("wacz", "whole.wacz"), ("part", "part.wacz")):
        with zipfile.ZipFile(office.folder / source) as archive:
            archive.extractall(root / name)
    for name in ("bag", "disclosure"):
        shutil.move(office.folder / name, root / name)
    shutil.move(office.case, root / "case")
    shutil.move(plain.case, root / "unsigned")
    return root


@pytest.fixture
def copied(masters: Path, tmp_path: Path) -> Copy:
    return lambda name: Path(shutil.copytree(masters / name, tmp_path / name))


@pytest.fixture
def case(copied: Copy) -> Path:
    return copied("case")


@pytest.fixture
def disclosure(copied: Copy) -> Path:
    return copied("disclosure")


@pytest.fixture
def judged(capsys: pytest.CaptureFixture[str]) -> Judge:
    """Exit code and words of verify.py, which are plain ASCII."""

    def judge(path: Path) -> tuple[int, str]:
        code = standalone.main([str(path)])
        text = capsys.readouterr().out
        assert text.isascii()
        return code, text

    return judge


# what is sound


@pytest.mark.parametrize("name", [*KINDS, "part", "unsigned"])
def test_what_was_not_changed_contradicts_nothing(copied: Copy, judged: Judge, name: str) -> None:
    code, text = judged(copied(name))
    assert code == 0, text
    assert "result: nothing contradicts" in text
    assert ("ssh-keygen -Y verify" in text) == (name in KINDS)
    assert ("openssl ts -verify" in text) == (name in KINDS)
    assert ("there is no log in it" in text) == (name == "part")


def test_run_as_a_program_it_exits_with_its_finding(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["verify.py", str(case)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(standalone.__file__, run_name="__main__")
    assert ended.value.code == 0


def test_without_a_folder_it_judges_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert standalone.main([]) == 8
    assert "custody.jsonl: it is missing" in capsys.readouterr().out


def test_two_folders_or_none_are_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert standalone.main([str(tmp_path), str(tmp_path)]) == standalone.main([str(tmp_path / "none")]) == 2
    assert capsys.readouterr().out.count("usage:") == 2


# files and folders


def test_a_link_and_a_pipe_are_named_and_not_opened(case: Path, judged: Judge) -> None:
    (case / "link").symlink_to("/etc/passwd")
    os.mkfifo(case / "pipe")
    code, text = judged(case)
    assert code == 8
    assert text.count("it is a link, a pipe or a device") == 2


def test_folders_that_lie_too_deep_are_not_entered(case: Path, judged: Judge) -> None:
    (case / "/".join("a" * 20)).mkdir(parents=True)
    code, text = judged(case)
    assert code == 8
    assert "or lies too deep" in text
    assert "no case has a folder of this name" in text


def test_more_files_than_are_looked_at_are_said(case: Path, judged: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standalone, "MAX_FILES", 2)
    code, text = judged(case)
    assert code == 8
    assert "there are more than 2 files" in text


def test_a_folder_that_cannot_be_read_could_not_be_checked(
    case: Path, judged: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case / "private").mkdir(exist_ok=True)
    scandir = os.scandir

    def refusing(path: Path) -> Any:
        if path.name == "private":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    code, text = judged(case)
    assert code == 9, text
    assert "could not check: private: the folder cannot be read: Permission denied" in text


@pytest.mark.parametrize("name", ["000001.warc.gz", "000005.seal", "000001.local.tsr"])
def test_a_file_that_cannot_be_read_contradicts_nothing(
    case: Path, judged: Judge, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    opened = os.open

    def refusing(path: Any, *more: Any, **named: Any) -> int:
        if os.fspath(path).endswith(name):
            raise PermissionError(13, "Permission denied")
        return opened(path, *more, **named)

    monkeypatch.setattr(os, "open", refusing)
    code, text = judged(case)
    assert code == 9, text
    assert "Permission denied" in text


def test_findings_beyond_the_number_told_are_still_counted(
    case: Path, judged: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standalone, "MAX_TOLD", 1)
    for name in "abc":
        (case / name).write_bytes(b"x")
    code, text = judged(case)
    assert (code, text.count("CONTRADICTED")) == (8, 1)
    assert "result: 3 contradictions, 0 could not be checked" in text


CASE_FILES: list[tuple[str, bytes | None, int, str]] = [
    ("notes.txt", b"x", 8, "notes.txt: the log does not explain it"),
    ("evidence/x/y", b"x", 8, "evidence/x: no case has a folder of this name"),
    ("seals/000006.sums.part", b"x", 9, "the log does not explain it: an interrupted write?"),
    (f"private/{'0' * 64}.bin", b"x", 8, "is not what its name says"),
    ("case.yaml", None, 8, "case.yaml: it is missing"),
    ("case.yaml", b"name: other\n", 8, "case.yaml: it is not the text that the log recorded"),
    ("manifest.yaml", None, 8, "manifest.yaml: it is missing"),
    ("custody.jsonl", None, 8, "custody.jsonl: it is missing"),
    ("custody.jsonl", b"", 8, "it holds no line"),
    ("evidence/000/000001.warc.gz", None, 8, "000001.warc.gz: it is missing"),
    ("evidence/000/000001.warc.gz", b"x", 8, "is not what the log recorded"),
    ("seals/000001.seal", None, 8, "seals/000001.seal: it is missing"),
    ("seals/000001.seal", b"archiver-seal/v1\n", 8, "its lines are not those of a seal"),
    ("seals/000001.sums", b"x", 8, "it does not list the seal and its signature, and nothing else"),
    ("seals/000001.entries.sha256", b"x", 8, "line 1 of the log is not the one that it lists"),
    ("seals/000006.seal", b"x", 8, "seals/000006.seal: its lines are not those of a seal"),
]


@pytest.mark.parametrize(("name", "data", "due", "words"), CASE_FILES)
def test_a_file_put_into_taken_from_or_changed_in_a_case_is_found(
    case: Path, judged: Judge, name: str, data: bytes | None, due: int, words: str
) -> None:
    put(case / name, data)
    code, text = judged(case)
    assert (code, words in text) == (due, True), text


def put(path: Path, data: bytes | None) -> None:
    """Write a file with these bytes, or take it away."""
    path.parent.mkdir(exist_ok=True, parents=True)
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)


# the manifest

MANIFESTS: list[tuple[Callable[[bytes], bytes], int, str]] = [
    (lambda data: data + b"- {log_line: 999}\n", 8, "is not that of line"),
    (lambda data: data + b"\0" * 9 + b"\n", 9, "there is a hole behind its entry"),
    (lambda data: data[: data.rindex(b"\n- ") + 1], 9, "entries for"),
    (lambda data: data.replace(b"harbour", b"haxbour"), 8, "its manifest-sha256 is"),
    (lambda data: data.replace(b"log_line: 2", b"log_line: 7", 1), 8, "its entry 2 is not that of line 2"),
]


@pytest.mark.parametrize(("change", "due", "words"), MANIFESTS)
def test_a_changed_manifest_is_found(
    case: Path, judged: Judge, change: Callable[[bytes], bytes], due: int, words: str
) -> None:
    manifest = case / "manifest.yaml"
    manifest.write_bytes(change(manifest.read_bytes()))
    code, text = judged(case)
    assert (code, words in text) == (due, True), text


# the log


def events_of(case: Path) -> Events:
    return [json.loads(line) for line in (case / "custody.jsonl").read_bytes().splitlines()]


def chained(case: Path, events: Events) -> None:
    """Write these events as the log, each with the hash of the one before: a forger with the folder."""
    lines, prev = [], standalone.ZEROS
    for event in events:
        lines.append(standalone.canonical({**event, "prev": prev}).encode() + b"\n")
        prev = sha256(lines[-1])
    (case / "custody.jsonl").write_bytes(b"".join(lines))


def of(events: Events, name: str) -> dict[str, Any]:
    data: dict[str, Any] = next(event["data"] for event in events if event["event"] == name)
    return data


def stamped(events: Events) -> dict[str, Any]:
    """The data of the first seal that was made together with its time stamps."""
    data: dict[str, Any] = next(e["data"] for e in events if e["event"] == "seal.completed" and e["data"]["tokens"])
    return data


def recorded(events: Events) -> dict[str, Any]:
    """The event of the first seal."""
    return next(event for event in events if event["event"] == "seal.completed")


LOGS: list[tuple[Callable[[bytes], bytes], int, str]] = [
    (lambda data: data.replace(b"\n", b"\r\n"), 8, "its line ends were changed from LF to CR LF"),
    (lambda data: data + b"{", 9, "there are no whole lines: an interrupted write?"),
    (lambda data: data + b"{}\n", 8, "it does not have the nine members of an event"),
    (lambda data: data + b"{ }\n", 8, "it is not a line in the one canonical form"),
    (lambda data: data + b"[" * 40 + b"]" * 40 + b"\n", 8, "it is nested too deep"),
    (lambda data: data + b"1.5\n", 8, "a number that the log cannot hold"),
    (lambda data: data[: data.index(b"\n") + 1] + data, 8, "a line was changed, put in, moved or taken out"),
]


@pytest.mark.parametrize(("change", "due", "words"), LOGS)
def test_a_log_of_other_lines_is_found(
    case: Path, judged: Judge, change: Callable[[bytes], bytes], due: int, words: str
) -> None:
    log = case / "custody.jsonl"
    log.write_bytes(change(log.read_bytes()))
    code, text = judged(case)
    assert (code, words in text) == (due, True), text


FORGED: list[tuple[Callable[[Events], object], str]] = [
    (lambda events: events[2].update(nonce="0" * 31), "one of its members is not in its form"),
    (lambda events: events[2].update(actor=""), "one of its members is not in its form"),
    (lambda events: events[2].update(v=2), "it is of another version, or opens the case in the wrong place"),
    (lambda events: events[0].update(event="case.amended"), "opens the case in the wrong place"),
    (lambda events: events[0]["data"].update(format="tar"), "the format of the case is tar"),
    (lambda events: of(events, "item.requested").update(item=7), "item 7 stands where item 1 belongs"),
    (
        lambda events: (of(events, "item.imported").update(item=1), of(events, "item.imported").pop("file")),
        "item 1 was not requested, or has an outcome already",
    ),
    (lambda events: of(events, "item.captured").update(file={}), "a file is not given by path, size and SHA-256"),
    (lambda events: of(events, "item.captured")["file"].update(path="x"), "the file x is named in the place of"),
    (lambda events: events.remove(recorded(events)), "seal 2 stands where seal 1 belongs"),
    (lambda events: of(events, "seal.completed").update(seal=2), "is named in the place of seals/000002.seal"),
    (lambda events: of(events, "seal.completed").update(signer="joe"), "names another signer"),
    (lambda events: of(events, "seal.completed")["entries"].update(sha256="0" * 64), "names other lists than the seal"),
    (
        lambda events: stamped(events)["tokens"][0].update(authority="x"),
        "a time stamp has the path of another file",
    ),
    (lambda events: of(events, "item.requested").update(note="other"), "its summary names another log line"),
    (lambda events: of(events, "item.captured")["records"].pop(), "its records are not those that the log lists"),
    (lambda events: of(events, "item.captured").pop("file"), "the log does not explain it"),
    (lambda events: of(events, "case.opened").update(title="Other"), "its log-sha256 is"),
]


@pytest.mark.parametrize(("edit", "words"), FORGED)
def test_a_forged_event_is_found_although_the_chain_was_made_again(
    case: Path, judged: Judge, edit: Callable[[Events], object], words: str
) -> None:
    events = events_of(case)
    edit(events)
    chained(case, events)
    code, text = judged(case)
    assert (code, words in text) == (8, True), text


def added(case: Path, name: str, data: dict[str, Any]) -> None:
    """Add an event at the end of log and manifest, as a writer does."""
    log = (case / "custody.jsonl").read_bytes()
    last = log.splitlines(keepends=True)[-1]
    event = json.loads(last)
    event |= {"event": name, "data": data, "prev": sha256(last), "seq": event["seq"] + 1}
    line = standalone.canonical(event).encode() + b"\n"
    (case / "custody.jsonl").write_bytes(log + line)
    with (case / "manifest.yaml").open("a") as manifest:
        manifest.write(f'- {{log_line: {event["seq"]}, log_sha256: "{sha256(line)}"}}\n')


def test_what_was_withheld_may_be_gone_and_may_not_have_been_left_unexplained(case: Path, judged: Judge) -> None:
    file = of(events_of(case), "item.captured")["file"]
    added(case, "item.withheld", {"item": 1, "file": file, "also": []})
    assert judged(case)[0] == 9  # it is still there: the removal was interrupted
    (case / file["path"]).unlink()
    assert judged(case)[0] == 0


def test_what_was_recovered_must_lie_in_quarantine_as_it_was(case: Path, judged: Judge) -> None:
    put(case / "quarantine/000009-torn", b"torn")
    action = {"to": "quarantine/000009-torn", "size": 4, "sha256": sha256(b"torn")}
    added(case, "incident.recovered", {"actions": [action, {"kind": "removed"}]})
    assert judged(case)[0] == 0
    (case / "quarantine/000009-torn").write_bytes(b"corn")
    code, text = judged(case)
    assert (code, "quarantine/000009-torn: its SHA-256, or its size" in text) == (8, True)


def test_a_time_stamp_that_was_added_later_is_a_file_of_the_case(case: Path, judged: Judge) -> None:
    seal = stamped(events_of(case))
    added(case, "token.added", {"seal": seal["seal"], "token": seal["tokens"][0]})
    assert judged(case)[0] == 0


def test_an_item_without_an_outcome_could_not_be_checked(case: Path, judged: Judge) -> None:
    added(case, "item.requested", {"item": 3})
    (case / "evidence/000/000003.warc.gz.part").write_bytes(b"x")
    code, text = judged(case)
    assert (code, "item 3 was requested and has no outcome" in text) == (9, True), text


def test_a_case_of_a_newer_format_is_not_judged_beyond_its_chain(case: Path, judged: Judge) -> None:
    events = events_of(case)
    events[0]["data"]["format"] = "archiver-case/2"
    events[2]["v"] = 2
    events[-1]["extra"] = 1
    chained(case, events)
    code, text = judged(case)
    assert "the case is of a newer format: nothing but its chain and files were judged" in text
    assert f"could not check: custody.jsonl: line {len(events)}: " in text
    assert code == 9, text


# seals


def before_seal(case: Path, number: int) -> None:
    """Cut log and manifest before the line that records this seal, as a writer that was stopped leaves them."""
    events = events_of(case)
    line = next(e["seq"] for e in events if e["event"] == "seal.completed" and e["data"]["seal"] == number)
    log, manifest = case / "custody.jsonl", case / "manifest.yaml"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[: line - 1]))
    text, at = manifest.read_bytes(), -1
    for _ in range(line):
        at = text.index(b"\n- ", at + 1)
    manifest.write_bytes(text[: at + 1])


def last_seal(case: Path) -> int:
    return sum(event["event"] == "seal.completed" for event in events_of(case))


def test_a_seal_that_no_line_records_yet_is_that_of_a_stopped_writer(case: Path, judged: Judge) -> None:
    before_seal(case, last_seal(case))
    code, text = judged(case)
    assert (code, "an interrupted write?" in text) == (9, True), text


def test_a_seal_that_no_line_records_and_that_is_not_the_next_is_found(case: Path, judged: Judge) -> None:
    number = last_seal(case)
    before_seal(case, number)
    resaid(case / f"seals/{number:06d}.seal", "log-head", "1" * 64)
    code, text = judged(case)
    assert (code, "no line of the log records it, and it is not the next seal" in text) == (8, True), text


def resaid(seal: Path, name: str, value: str) -> None:
    lines = seal.read_text().splitlines(keepends=True)
    assert any(line.startswith(f"{name}: ") for line in lines)
    seal.write_text("".join(f"{name}: {value}\n" if line.startswith(f"{name}: ") else line for line in lines))


SAID = [
    ("case", "urn:uuid:1", "its lines are not those of a seal"),
    ("seal", "02", "its lines are not those of a seal"),
    ("tree-root", "1" * 64, "its tree-root does not follow from its tree-frontier"),
    ("log-entries", "9-1", "it covers nothing"),
    ("log-offset", "7", "the first seal, and only that, begins with the case"),
    ("log-sha256", "1" * 64, "its log-sha256 is 1111"),
    ("manifest-length", "9", "it does not seal manifest.yaml up to the entry of line"),
    ("signer", "-", "names another signer"),
]


@pytest.mark.parametrize(("name", "value", "words"), SAID)
def test_a_seal_that_says_something_else_is_found(case: Path, judged: Judge, name: str, value: str, words: str) -> None:
    resaid(case / "seals/000001.seal", name, value)
    code, text = judged(case)
    assert (code, words in text) == (8, True), text


# WARC files, in a log that was made to fit them


def members_of(data: bytes) -> list[bytes]:
    found = []
    while data:
        inflater = zlib.decompressobj(31)
        found.append(inflater.decompress(data))
        data = inflater.unused_data
    return found


def refitted(case: Path, data: bytes) -> None:
    (case / "evidence/000/000001.warc.gz").write_bytes(data)
    events = events_of(case)
    of(events, "item.captured")["file"].update(size=len(data), sha256=sha256(data))
    chained(case, events)


def packed(members: list[bytes]) -> bytes:
    return b"".join(gzip.compress(member, 1, mtime=0) for member in members)


def in_first(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """A change in the first record that has it."""

    def change(data: bytes) -> bytes:
        members = members_of(data)
        at = next(number for number, member in enumerate(members) if old in member)
        return packed([*members[:at], members[at].replace(old, new, 1), *members[at + 1 :]])

    return change


def large(data: bytes) -> bytes:
    """A record of more bytes than are kept of any."""
    block = bytes(18 << 20)
    digest = hashlib.sha256(block).hexdigest()
    head = "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <x>\r\nWARC-Date: -\r\n"
    head += f"WARC-Block-Digest: sha256:{digest}\r\n"
    return packed([f"{head}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n", *members_of(data)])


WARCS: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda data: data[:-9], "the file ends inside a member"),
    (lambda data: data + b"\0", "no plain gzip member begins there"),
    (in_first(b"WARC-Type: ", b"WARC-Type:"), "a line of the head of a record is not a field"),
    (in_first(b"WARC-Type: ", b"WARC-Type: x\r\nWARC-Type: "), "the field WARC-Type stands twice"),
    (in_first(b"WARC/1.1", b"WARC/1.0"), "the head is not that of a record of WARC 1.1"),
    (in_first(b"Content-Length: ", b"Content-Length: 9999"), "before its Content-Length"),
    (in_first(b"Content-Length: ", b"Content-Length: 0"), "its records are not those that the log lists"),
    (in_first(b"It began at four", b"It began at five"), "the block does not match its WARC-Block-Digest"),
    (
        in_first(b"WARC-Payload-Digest: sha256:", b"WARC-Payload-Digest: sha256:0"),
        "the payload does not match its WARC-Payload-Digest",
    ),
    (
        lambda data: packed([members_of(data)[0] + b"\r\n", *members_of(data)[1:]]),
        "the record does not end with two empty lines where its Content-Length says",
    ),
    (
        lambda data: packed([members_of(data)[0][:-1] + b"x", *members_of(data)[1:]]),
        "the record does not end with two empty lines where its Content-Length says",
    ),
    (lambda data: packed(members_of(data)[1:]), "it does not begin with its warcinfo"),
    (lambda data: packed(members_of(data)[:-1]), "or does not end with the summary of its item"),
    (lambda data: packed(members_of(data)), "its records are not those that the log lists"),
    (large, "it does not begin with its warcinfo"),
]


@pytest.mark.parametrize(("change", "words"), WARCS)
def test_a_warc_that_the_log_names_and_that_is_not_one_of_its_records_is_found(
    case: Path, judged: Judge, change: Callable[[bytes], bytes], words: str
) -> None:
    refitted(case, change((case / "evidence/000/000001.warc.gz").read_bytes()))
    code, text = judged(case)
    assert (code, words in text) == (8, True), text


# bags

BAGS: list[tuple[str, bytes | None, int, str]] = [
    ("data/custody.jsonl", b"x", 8, "is not what manifest-sha256.txt says"),
    ("data/notes.txt", b"x", 8, "manifest-sha256.txt does not list it"),
    ("notes.txt", b"x", 8, "tagmanifest-sha256.txt does not list it"),
    ("bag-info.txt", b"x", 8, "is not what tagmanifest-sha256.txt says"),
    ("bag-info.txt", None, 8, "bag-info.txt: it is missing"),
    ("manifest-sha256.txt", b"x\n", 8, "is none of sha256sum, or names a file again"),
    ("tagmanifest-sha256.txt", None, 8, "tagmanifest-sha256.txt: it is missing"),
]


@pytest.mark.parametrize(("name", "data", "due", "words"), BAGS)
def test_a_changed_bag_is_found(
    copied: Copy, judged: Judge, name: str, data: bytes | None, due: int, words: str
) -> None:
    bag = copied("bag")
    put(bag / name, data)
    code, text = judged(bag)
    assert (code, words in text) == (due, True), text


def test_a_bag_may_leave_out_what_was_put_into_quarantine(copied: Copy, judged: Judge) -> None:
    bag = copied("bag")
    action = {"to": "quarantine/000009-torn", "size": 4, "sha256": sha256(b"torn")}
    added(bag / "data", "incident.recovered", {"actions": [action]})
    listed_in(bag, "manifest-sha256.txt", lambda name: name.startswith("data/"))
    listed_in(bag, "tagmanifest-sha256.txt", lambda name: not name.startswith("data/"))
    code, text = judged(bag)
    assert code == 0, text


def listed_in(folder: Path, name: str, which: Callable[[str], bool]) -> None:
    """Write a list of sha256sum anew, as whoever changed the files can."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != name)
    named = [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]
    (folder / name).write_text("".join(f"{sha256(data)}  {each}\n" for each, data in named if which(each)))


# unpacked WACZ

WACZS: list[tuple[str, bytes | None, int, str]] = [
    ("archive/000001.warc.gz", b"x", 8, "is not what the package says"),
    ("pages/pages.jsonl", None, 8, "pages/pages.jsonl: it is missing"),
    ("pages/more.jsonl", b"x", 8, "datapackage.json does not list it"),
    ("custody/custody.jsonl", b"x", 8, "custody.jsonl: it holds no line"),
    ("custody/custody.jsonl", None, 8, "there is no log in it: nothing but these hashes was checked"),
    ("datapackage-digest.json", b'{"hash": "x"}', 8, "its SHA-256 is not that of datapackage-digest.json"),
    ("datapackage-digest.json", b"{}", 8, "something in it is missing, or is not what it must be: KeyError"),
    ("datapackage.json", b"{}", 8, "its SHA-256 is not that of datapackage-digest.json"),
]


@pytest.mark.parametrize(("name", "data", "due", "words"), WACZS)
def test_a_changed_wacz_is_found(
    copied: Copy, judged: Judge, name: str, data: bytes | None, due: int, words: str
) -> None:
    wacz = copied("wacz")
    put(wacz / name, data)
    code, text = judged(wacz)
    assert (code, words in text) == (due, True), text


# disclosures, whose list was written anew by whoever changed them


def relisted(folder: Path) -> None:
    listed_in(folder, "SHA256SUMS", lambda _: True)


def proof_of(folder: Path, number: int) -> Path:
    """The proof of this one, counted among all."""
    return sorted((folder / "proofs").iterdir())[number]


def reproved(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        path = proof_of(folder, 0)
        proof = json.loads(path.read_text())
        change(proof)
        path.write_bytes(standalone.canonical(proof).encode() + b"\n")

    return edit


def a_line(folder: Path) -> Path:
    return min((folder / "lines").iterdir())


def retold(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        told = json.loads((folder / "disclosure.json").read_text())
        change(told)
        (folder / "disclosure.json").write_bytes(standalone.canonical(told).encode() + b"\n")

    return edit


def another_actor(folder: Path) -> None:
    line = a_line(folder)
    event = json.loads(line.read_bytes())
    event["actor"] = "Somebody else"
    line.write_bytes(standalone.canonical(event).encode() + b"\n")


DISCLOSED: list[tuple[Callable[[Path], object], str]] = [
    (another_actor, "it is not the line that the list of its seal has there"),
    (another_actor, "its proof does not lead to the tree-root of its seal"),
    (reproved(lambda proof: proof.update(line=1)), "its proof does not lead to the tree-root of its seal"),
    (reproved(lambda proof: proof["hashes"].append("0" * 64)), "its proof does not lead to the tree-root"),
    (reproved(lambda proof: proof["hashes"].clear()), "its proof does not lead to the tree-root of its seal"),
    (
        reproved(lambda proof: proof.update(hashes=[1])),
        "something in it is missing, or is not what it must be: TypeError",
    ),
    (lambda folder: proof_of(folder, 0).unlink(), "json: it is missing"),
    (lambda folder: a_line(folder).write_bytes(b"{}\n"), "it does not have the nine members of an event"),
    (
        lambda folder: shutil.copy(a_line(folder), folder / "lines/000099.json"),
        "lines/000099.json: it is another line, or of another case",
    ),
    (lambda folder: put(folder / "seals/000002.seal", b"x"), "its lines are not those of a seal"),
    (lambda folder: put(folder / "seals/000002.seal", None), "none of the seals that are here covers it"),
    (lambda folder: put(folder / "seals/000002.sums", b"x"), "it does not list the seal and its signature"),
    (
        lambda folder: put(folder / "seals/000002.entries.sha256", b"x"),
        "it is not the list of lines that the seal names",
    ),
    (
        lambda folder: put(folder / "evidence/000/000009.warc.gz", b"x"),
        "it belongs to none of the items, lines and seals that are disclosed",
    ),
    (lambda folder: put(folder / "evidence/000/000001.warc.gz", b"x"), "is not what the log recorded"),
    (retold(lambda told: told["lines"].pop()), "it does not tell what is here, or tells something else as well"),
    (retold(lambda told: told.update(case="x")), "it is another seal, or one of another case"),
]


@pytest.mark.parametrize(("change", "words"), DISCLOSED)
def test_a_changed_disclosure_is_found_although_its_list_was_written_anew(
    disclosure: Path, judged: Judge, change: Callable[[Path], object], words: str
) -> None:
    change(disclosure)
    relisted(disclosure)
    code, text = judged(disclosure)
    assert (code, words in text) == (8, True), text


LISTS: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda data: data + data[: data.index(b"\n") + 1], "is none of sha256sum, or names a file again"),
    (lambda data: data[data.index(b"\n") + 1 :], "SHA256SUMS does not list it"),
    (lambda data: b"0" * 64 + data[64:], "is not what SHA256SUMS says"),
    (lambda data: data + b"0" * 64 + b"  nothing\n", "nothing: it is missing"),
]


@pytest.mark.parametrize(("change", "words"), LISTS)
def test_a_changed_list_of_a_disclosure_is_found(
    disclosure: Path, judged: Judge, change: Callable[[bytes], bytes], words: str
) -> None:
    sums = disclosure / "SHA256SUMS"
    sums.write_bytes(change(sums.read_bytes()))
    code, text = judged(disclosure)
    assert (code, words in text) == (8, True), text


def test_a_disclosure_that_is_no_json_is_not_called_sound(disclosure: Path, judged: Judge) -> None:
    (disclosure / "disclosure.json").write_bytes(b"{")
    relisted(disclosure)
    code, text = judged(disclosure)
    assert (code, "disclosure.json: Expecting property name" in text) == (8, True), text


def test_evidence_that_was_left_out_of_a_disclosure_is_missed(disclosure: Path, judged: Judge) -> None:
    (disclosure / "evidence/000/000001.warc.gz").unlink()
    relisted(disclosure)
    code, text = judged(disclosure)
    assert (code, "000001.warc.gz: it is missing, or was withheld and is here" in text) == (8, True), text
