"""What is exported of a case, where its log, its seals and its inventory contradict one another."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exportbench import Office, sha256

from archiver.canon import dumps
from archiver.custody.read import Snapshot
from archiver.errors import CaseError, UsageError
from archiver.export.sealed import Sealed, read_sealed

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def twice(office: Office) -> Path:
    """A case with two seals, the last line of whose log completes the second one."""
    office.kept("a.txt", b"first")
    office.done("seal", "harbour")
    office.done("note", "harbour", "later")
    office.done("seal", "harbour")
    return office.case


def read(case: Path) -> Sealed:
    with Snapshot.open(case) as snapshot:
        return read_sealed(snapshot)


def said(case: Path, change: Change) -> None:
    """Change what the last line of the log says; nothing comes behind it that would show that."""
    *lines, last = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    event = json.loads(last)
    change(event)
    (case / "custody.jsonl").write_bytes(b"".join([*lines, dumps(event), b"\n"]))


def newest(case: Path) -> Path:
    return max((case / "seals").glob("*.seal"))


def sealed_as(case: Path, text: bytes) -> None:
    """Exchange the newest seal, and let the last line of the log name it."""
    before = sha256(newest(case).read_bytes())
    newest(case).write_bytes(text)

    def names(event: dict[str, Any]) -> None:
        data = json.loads(json.dumps(event["data"]).replace(before, sha256(text)))
        event["data"] = {**data, "file": {**data["file"], "size": len(text)}}

    said(case, names)


def refuses(case: Path, says: str) -> None:
    with pytest.raises(CaseError, match=says) as found:
        read(case)
    assert found.value.message.startswith("nothing was exported: ")


def test_a_sound_case_is_read_to_its_newest_seal(twice: Path) -> None:
    found = read(twice)
    assert [seal.number for seal in found.seals] == [1, 2, 3][: len(found.seals)]
    assert found.log.size == (twice / "custody.jsonl").stat().st_size
    assert found.manifest.size == (twice / "manifest.yaml").stat().st_size
    assert found.covering(found.seal.first_line) == found.seal
    assert found.covering(found.seal.first_line - 1) == found.seals[-2]
    with pytest.raises(ValueError, match="under no seal"):
        found.covering(found.seal.last_line + 1)


def test_without_a_seal_there_is_nothing_to_export(office: Office) -> None:
    with pytest.raises(UsageError, match="no seal yet"):
        read(office.case)


def test_a_text_that_is_no_seal_is_refused(twice: Path) -> None:
    sealed_as(twice, b"archiver-seal/v1\n")
    refuses(twice, "it is not a seal")


def test_a_seal_of_a_size_that_none_has_is_not_read(twice: Path) -> None:
    said(twice, lambda event: event["data"]["file"].update(size=10**12))
    refuses(twice, "no seal has 1000000000000 bytes")


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("log-head", "does not cover what line"),
        ("previous-seal-sha256", "does not cover what line"),
        ("log-length", "does not cover what line"),
        ("manifest-offset", "does not go on where seal"),
        ("entries-sha256", "names other lists than line"),
        ("files-sha256", "names other lists than line"),
        ("manifest-sha256", "it is not what seal"),
        ("manifest-length", "it is not what seal"),
    ],
)
def test_a_seal_that_says_something_else_is_refused(twice: Path, key: str, says: str) -> None:
    text = newest(twice).read_text("ascii")
    line = next(line for line in text.splitlines() if line.startswith(f"{key}: "))
    value = line.partition(": ")[2]
    other = "12" * 32 if len(value) == 64 else str(int(value) - 1)
    sealed_as(twice, text.replace(line, f"{key}: {other}").encode())
    refuses(twice, says)


def test_an_inventory_that_lacks_its_last_entries_is_refused(twice: Path) -> None:
    said(twice, lambda event: event["data"].update(software="archiver 9"))
    (twice / "manifest.yaml").write_bytes((twice / "manifest.yaml").read_bytes()[:-1])
    refuses(twice, "manifest.yaml")


@pytest.mark.parametrize("line", [b"{}\n", b"not json\n", b'{"v":1}', b"\n"])
def test_a_line_that_is_no_event_is_refused(twice: Path, line: bytes) -> None:
    first, second, *rest = (twice / "custody.jsonl").read_bytes().splitlines(keepends=True)
    (twice / "custody.jsonl").write_bytes(b"".join([first, line, second, *rest]))
    refuses(twice, "line 2 of custody.jsonl")
