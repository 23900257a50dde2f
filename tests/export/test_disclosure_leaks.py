"""What a disclosure must not show: every item of a full case in its turn, and no byte that is about another one."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from exportbench import PRIVATE, Bytes, Office, files_of, unpacked
from server import RawServer
from stamping import LocalAuthority

from archiver.export.byhand import standalone_source
from archiver.export.make import Plan

SECRET = "sess-9f3a77aa81"
ABOUT = {"item.requested", "item.captured", "item.failed", "item.imported", "item.interrupted", "item.withheld"}


def page(text: str) -> bytes:
    html = f"<title>title of {text}</title>body of {text}".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: visitor=%s\r\nContent-Length: %d\r\n\r\n"
    return head % (text.encode(), len(html)) + html


@pytest.fixture
def full(office: Office, raw_server: RawServer, authority: LocalAuthority) -> Office:
    """Items captured, redirected, failed, imported, withheld, from a list; notes, amendments, hands that changed."""
    authority.mode = "good"
    office.private_value()
    office.policy(authority, "interval: 0.001")
    moved = b"HTTP/1.1 302 Found\r\nLocation: /landed-two\r\nContent-Length: 0\r\n\r\n"
    raw_server.routes = {f"/{name}": page(name) for name in ("page-one", "landed-two", "row-five", "row-six")}
    raw_server.routes["/moved-two"] = moved
    (office.folder / "cookies.txt").write_text(
        f"# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\t{SECRET}\n"
    )
    one = ("--note", "note-of-one", "--tag", "tag-of-one", "--cookies", "cookies.txt", "--header", "X-One: header-one")
    office.captured(raw_server, "/page-one", *one)
    office.captured(raw_server, "/moved-two", "--note", "note-of-two")
    office.run("capture", "http://127.0.0.1:9/refused-three", "--case", "harbour", "--note", "note-of-three")
    office.kept("four.txt", b"written by four", "--note", "note-of-four")
    rows = "".join(f"{raw_server.url(path)}\n" for path in ("/row-five", "/row-six"))
    (office.folder / "rows-of-list.txt").write_text(rows)
    office.done("batch", "rows-of-list.txt", "--case", "harbour", "--allow-host", raw_server.netloc, "--spacing", "0")
    office.done("note", "harbour", "a word about the whole case")
    office.done("note", "harbour", "later-word-on-four", "--item", "4")
    office.done("note", "harbour", "later-word-on-one", "--item", "1")
    office.done("withhold", "harbour", "2", "--reason", "reason-for-two", "--authority", "court-of-two", "--yes")
    text = (office.case / "case.yaml").read_text("utf-8")
    (office.case / "case.yaml").write_text(text.replace("The harbour raid", "Another title of it"), "utf-8")
    office.done("amend", "harbour", "--reason", "the title was wrong")
    office.done("transfer", "harbour", "--to", "The Legal Office", "--reason", "they go to court")
    office.kept("seven.txt", b"written by seven", "--note", "note-of-seven")
    return office


def words_of(value: Any) -> set[str]:
    """Every text in a JSON value, names of members left out."""
    if isinstance(value, dict):
        return set().union(*map(words_of, value.values()))
    if isinstance(value, list):
        return set().union(*map(words_of, value))
    return {value} if isinstance(value, str) else set()


def sealed_words(office: Office) -> set[str]:
    """What log lines about seals and keys say that goes out with the seals themselves."""
    told = [event["data"] for event in office.events() if event["event"] in {"seal.completed", "token.added"}]
    kept = (value for data in told for name, value in data.items() if name not in {"files", "receipt"})
    signers = [event["data"]["signer"] for event in office.events() if event["event"] == "key.added"]
    return (
        set().union(*map(words_of, kept)) | {data["files"]["sha256"] for data in told if "files" in data} | {*signers}
    )


def everything(path: Path, files: Bytes) -> bytes:
    """All bytes that go out, those of the container and of what is packed in it, and all names."""
    container = b"" if path.is_dir() else path.read_bytes()
    return b"\n".join([container, *(name.encode() for name in files), *map(unpacked, files.values())])


@pytest.mark.parametrize("suffix", ["", ".zip", ".tar"])
def test_no_item_of_a_full_case_tells_of_another(full: Office, raw_server: RawServer, suffix: str) -> None:
    items = sorted(e["data"]["item"] for e in full.events() if e["event"] == "item.requested")
    assert items == [1, 2, 3, 4, 5, 6, 7]
    full.done("seal", "harbour")
    for item in items:
        events = full.events()
        path = full.disclosed(item, name=f"out-{item}{suffix}")
        files = files_of(path)
        assert files.pop("verify.py") == standalone_source()
        went_out = everything(path, {**files, "verify.py": b""}).replace(standalone_source(), b"")
        own = [json.loads(data) for name, data in sorted(files.items()) if name.startswith("lines/")]
        assert [e for e in events if e["data"].get("item") == item] == own
        shared = set().union(*map(words_of, own)) | {raw_server.netloc, "127.0.0.1"}
        foreign = set().union(*(words_of(e["data"]) for e in events if e not in own)) | {e["nonce"] for e in events}
        foreign -= shared | sealed_words(full) | {e["nonce"] for e in own}
        foreign = {text for text in foreign if not re.fullmatch(r"[a-z0-9]{0,12}|[A-Z][a-z. ]{0,12}", text)}
        assert len(foreign) > 80
        named = {text for text in foreign if text.encode() in went_out}
        assert named == set(), f"item {item}"
        for word in other_words(item):
            assert word.encode() not in went_out, f"item {item}: {word}"
        for other in set(items) - {item}:
            warc = full.case / f"evidence/000/{other:06d}.warc.gz"
            assert b"%06d.warc" % other not in went_out
            assert not warc.exists() or warc.read_bytes()[:200] not in went_out


def other_words(item: int) -> set[str]:
    """What was said of the case, or of other items, in pages, notes, files and secrets."""
    words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "row-five", 6: "row-six", 7: "seven"}
    said = {
        f"{what} of {name}" for what in ("title", "body") for name in ("page-one", "landed-two", "row-five", "row-six")
    }
    said |= {f"note-of-{words[n]}" for n in (1, 2, 3, 4, 7)} | {"later-word-on-four", "later-word-on-one"}
    said |= {"tag-of-one", "header-one", "reason-for-two", "court-of-two", "refused-three", "written by four"}
    own = {word for word in said if words[item] in word}
    case = {PRIVATE, SECRET, "The harbour raid", "Another title", "Legal Office", "go to court", "rows-of-list"}
    return (said - own) | case | {"a word about the whole case", "the source has a name", "harbour"}


@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_how_many_seals_a_case_has_by_now_does_not_show(
    full: Office, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the name of the folder inside, nor in the times of its files."""
    made: list[Plan] = []
    honest = Plan.__init__

    def watched(self: Plan, *args: Any, **named: Any) -> None:
        honest(self, *args, **named)
        made.append(self)

    monkeypatch.setattr(Plan, "__init__", watched)
    full.disclosed(3, name=f"out{suffix}")
    seals = [e["data"]["seal"] for e in full.events() if e["event"] == "seal.completed"]
    covering = {seal["seal"] for seal in json.loads(files_of(full.folder / f"out{suffix}")["disclosure.json"])["seals"]}
    assert max(covering) < max(seals)
    assert made[0].base.endswith(f"-{max(covering):06d}")
    text = files_of(full.folder / f"out{suffix}")[f"seals/{max(covering):06d}.seal"].decode()
    assert f"sealed-at: {made[0].at:%Y-%m-%dT%H:%M:%S}" in text
    exported = [e["data"] for e in full.events() if e["event"] == "export.made"]
    assert exported[-1]["seal"] == max(covering)


def test_a_private_file_is_named_by_its_hash_and_is_not_there(full: Office) -> None:
    """A server that sends a secret back is masked in the evidence; what was masked stays at home."""
    files = files_of(full.disclosed(1))
    assert not any(name.startswith("private") for name in files)
    everything = b"".join(map(unpacked, files.values()))
    assert SECRET.encode() not in everything
    assert b"[redacted" in gzip.decompress(files["evidence/000/000001.warc.gz"]) or b"redact" in everything
