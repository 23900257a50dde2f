"""Corners of exports: disks that fail while the case is read, pipes that break, what the newest seal leaves out."""

import errno
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, BinaryIO

import pytest
from exportbench import Office, sha256
from server import RawServer
from stamping import LocalAuthority

from archiver.canon import dumps
from archiver.custody.log import parse_line
from archiver.custody.manifest import rendered
from archiver.custody.merkle import Frontier
from archiver.custody.read import RawLine, Snapshot
from archiver.custody.seal import Seal
from archiver.errors import CaseError, ExitCode, UsageError
from archiver.export.age import encrypting, parse_recipients
from archiver.export.captures import captures
from archiver.export.disclosure import disclosure
from archiver.export.sealed import read_sealed
from archiver.export.wacz import wacz


class Failing(io.RawIOBase):
    """A file that the disk does not give."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A disk that gives all files of a case but one."""

    def fail(failed: str) -> None:
        opens = Snapshot.open_file

        def open_file(self: Snapshot, path: str) -> BinaryIO:
            return io.BufferedReader(Failing()) if path == failed else opens(self, path)

        monkeypatch.setattr(Snapshot, "open_file", open_file)

    return fail


@pytest.fixture
def sealed(office: Office) -> Office:
    """A case with one item, the last line of whose log completes the seal that covers it."""
    office.kept("a.txt", b"first")
    assert office.names()[-1] == "seal.completed", office.names()
    return office


def test_an_inventory_that_the_disk_does_not_give_stops_the_export(
    sealed: Office, failing: Callable[[str], None]
) -> None:
    failing("manifest.yaml")
    with Snapshot.open(sealed.case) as case, pytest.raises(CaseError, match="could not be read to its end") as caught:
        read_sealed(case)
    assert caught.value.kind == "unreadable"
    assert caught.value.message.startswith("nothing was exported: 'manifest.yaml'")


def test_evidence_that_the_disk_does_not_give_has_no_captures(sealed: Office, failing: Callable[[str], None]) -> None:
    with Snapshot.open(sealed.case) as case:
        file = read_sealed(case).evidence(1)
        assert file is not None
        assert list(captures(case, file))
        failing(file.path)
        with pytest.raises(CaseError, match="could not be read to its end") as caught:
            list(captures(case, file))
    assert caught.value.kind == "unreadable"
    assert file.path in caught.value.message


def test_a_log_that_is_cut_while_it_is_read_is_not_exported(sealed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(sealed.log)
    lines = Snapshot.lines

    def cut(self: Snapshot) -> Iterator[RawLine]:
        return islice(lines(self), count - 1)

    monkeypatch.setattr(Snapshot, "lines", cut)
    with Snapshot.open(sealed.case) as case, pytest.raises(CaseError, match=f"custody.jsonl ends before line {count}"):
        read_sealed(case)


def test_an_answer_without_a_status_is_no_capture(office: Office, raw_server: RawServer) -> None:
    raw_server.routes = {
        "/noise": b"no answer at all\r\n\r\n",
        "/page": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    }
    office.captured(raw_server, "/noise")
    assert office.captured(raw_server, "/page") == ExitCode.OK
    office.run("seal", "harbour")
    with Snapshot.open(office.case) as case:
        found = read_sealed(case)
        files = [file for item in (1, 2) if (file := found.evidence(item)) is not None]
        assert len(files) == 2
        shown = [capture.url for file in files for capture in captures(case, file) if capture.type == "response"]
    assert shown == [raw_server.url("/page")]


@pytest.mark.parametrize("export", [disclosure, wacz])
def test_what_came_after_the_newest_seal_is_not_disclosed(
    office: Office, authority: LocalAuthority, export: Callable[[Snapshot, list[int]], object]
) -> None:
    authority.mode = "down"
    office.policy(authority)
    for name in ("a.txt", "b.txt"):
        (office.folder / name).write_bytes(name.encode())
        office.run("import", "harbour", name, "--source", "the family")
        for key in (office.folder / "config").rglob("*"):  # so that the second item cannot be sealed
            if key.is_file():
                key.unlink()
    authority.mode = "good"
    office.run("renew", "harbour")  # the line about the time stamp comes after the second item
    events = office.events()
    assert [event["data"]["item"] for event in events if event["event"] == "item.imported"] == [1, 2], events
    with Snapshot.open(office.case) as case:
        assert export(case, [1])
        with pytest.raises(UsageError, match="item 2: its outcome is under no seal yet"):
            export(case, [2])


def test_a_seal_over_another_tree_discloses_nothing(sealed: Office) -> None:
    path = max((sealed.case / "seals").glob("*.seal"))
    before = path.read_bytes()
    seal = Seal.parse(before)
    other = Frontier(seal.last_line, tuple(hashlib.sha256(each).digest() for each in seal.frontier.roots))
    told = tuple(each.hex() for each in other.roots)
    text = replace(seal, tree_root=other.root().hex(), tree_frontier=told).text()
    path.write_bytes(text)
    *lines, last = sealed.log
    event = json.loads(last.replace(sha256(before).encode(), sha256(text).encode()))
    event["data"]["file"]["size"] = len(text)
    line = dumps(event) + b"\n"
    (sealed.case / "custody.jsonl").write_bytes(b"".join([*lines, line]))
    listed, lists = (rendered(parse_line(each), sha256(each)) for each in (last, line))
    manifest = sealed.case / "manifest.yaml"
    manifest.write_bytes(manifest.read_bytes().replace(listed, lists))
    with (
        Snapshot.open(sealed.case) as case,
        pytest.raises(CaseError, match=f"the tree of seal {seal.number} is not that"),
    ):
        disclosure(case, [1])


def test_a_place_that_leads_in_a_circle_is_refused(sealed: Office) -> None:
    (sealed.folder / "circle").symlink_to("circle")
    code, out, err = sealed.run("export", "harbour", "-o", "circle/out.zip", "--as", "bag")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "cannot be the place of an export" in err
    assert "export.made" not in sealed.names()


def test_a_disk_that_fails_at_the_last_step_leaves_nothing_behind(
    sealed: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "link", refuses)
    before = sealed.left_behind()
    code, _, err = sealed.run("export", "harbour", "-o", "out.zip", "--as", "bag")
    assert (code, "could not be written" in err) == (ExitCode.CASE, True), err
    assert sealed.left_behind() == before
    assert "export.made" not in sealed.names()


def recipient() -> Any:
    from pyrage import x25519

    return parse_recipients([str(x25519.Identity.generate().to_public())])


def test_a_pipe_that_breaks_elsewhere_is_not_taken_for_ours() -> None:
    with pytest.raises(BrokenPipeError, match="elsewhere"), encrypting(io.BytesIO(), recipient()):
        raise BrokenPipeError("elsewhere")


def test_what_is_flushed_by_the_encryption_is_flushed_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def encrypt_io(clear: BinaryIO, out: Any, _recipients: object) -> None:
        out.write(clear.read())
        out.flush()

    monkeypatch.setattr("pyrage.encrypt_io", encrypt_io)
    raw = io.BytesIO()
    kept: list[bytes] = []

    class Buffered(io.BufferedWriter):
        def flush(self) -> None:
            super().flush()
            kept.append(raw.getvalue())

    with encrypting(Buffered(raw), recipient()) as stream:
        stream.write(b"bytes")
    assert kept[:1] == [b"bytes"]
