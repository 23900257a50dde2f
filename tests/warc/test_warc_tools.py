"""Independent tools judge our files: gzip, warcio, FastWARC, cdxj-indexer and pywb, none of them through our code.

Every file passes every checker, whatever a server sent. Where pywb cannot replay what was really sent, the case is in
`EXCEPTIONS` here and, with its reason, in docs/spec/warc-profile.md.
"""

import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warc_answers import BROTLI, EXCEPTIONS, TAKEN, TEXT, ZSTD, answer
from warc_items import AT, CASE, TIMESTAMP, CountingIds, blob, exchange, item, written
from warc_tools import (
    CDXJ_INDEXER,
    FASTWARC,
    WARCIO,
    Reply,
    fast_verdict,
    gzip_complaints,
    replay,
    response_blocks,
    run_tool,
    warcio_passes,
)

from archiver.http.parse import entity_pieces, read_message
from archiver.model.item import Resource
from archiver.warc.profile import item_uri
from archiver.warc.write import write_item

SPEC = Path(__file__).parents[2] / "docs/spec/warc-profile.md"
RAW = {**TAKEN, **{name: case.raw for name, case in EXCEPTIONS.items()}}
ADDRESSES = {  # name: address as submitted; each answers with TEXT
    "cyrillic": "https://архив.пример.example/новости?год=2022",
    "escapes": "https://example.org/a%zz/%D0%BF?q=%2F&&x=[1]|{2}^`",
    "angles": 'https://example.org/<b>"?<c>',
    "fragment": "https://example.org/page#part",
    "port": "http://example.org:8080/a;b=c",
    "ipv6": "http://[2001:db8::1]/x",
    "long": "https://example.org/" + "a" * 7_500,
}
TOO_LONG = "https://example.org/" + "a" * 8_500  # for pywb, which asks itself over HTTP


@dataclass(frozen=True)
class Shelf:
    """A folder with one WARC per case, and what pywb replayed: name -> (status, headers, body)."""

    folder: Path
    replayed: dict[str, Reply]

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.warc.gz"

    @property
    def paths(self) -> list[str]:
        return sorted(str(path) for path in self.folder.glob("*.warc.gz"))


def url_of(name: str) -> str:
    return f"https://example.org/case/{name}"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    folder = tmp_path_factory.mktemp("shelf")
    answers = {name: exchange(url_of(name), raw) for name, raw in RAW.items()}
    answers |= {name: exchange(url, TAKEN["length"]) for name, url in ADDRESSES.items()}
    answers["too-long"] = exchange(TOO_LONG, TAKEN["length"])
    for number, (name, value) in enumerate(answers.items(), 1):
        resource = Resource("import", "text/plain", AT, blob(b"note"))
        with (folder / f"{name}.warc.gz").open("wb") as file:
            write_item(file, item(value, number=number, resources=[resource]), CountingIds())
    asked = [(name, [TIMESTAMP, value.address.url, "gzip, deflate, br, zstd"]) for name, value in answers.items()]
    asked += [(f"plain-{name}", [TIMESTAMP, url_of(name), ""]) for name in ("gzip", "brotli", "zstd")]
    asked.append(("import", [TIMESTAMP, item_uri(CASE, 1, "import"), ""]))
    replies = replay(folder, [question for _, question in asked])
    return Shelf(folder, {name: reply for (name, _), reply in zip(asked, replies, strict=True)})


def test_gzip_finds_nothing_wrong(shelf: Shelf) -> None:
    assert gzip_complaints(shelf.paths) == ""


def test_warcio_check_finds_nothing_wrong(shelf: Shelf) -> None:
    run = run_tool(*WARCIO, "check", "-v", *shelf.paths)
    assert run.returncode == 0, run.stdout[-2000:]
    assert run.stdout.count("digest pass") == 6 * len(shelf.paths)
    assert "no digest" not in run.stdout


def test_fastwarc_check_finds_nothing_wrong(shelf: Shelf, tmp_path: Path) -> None:
    together = tmp_path / "all.warc.gz"
    together.write_bytes(b"".join(Path(path).read_bytes() for path in shelf.paths))
    run = run_tool(*FASTWARC, "check", "-p", "-q", str(together))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_fastwarc_sees_every_record_and_digest(shelf: Shelf) -> None:
    for name in RAW:
        assert fast_verdict(shelf.path(name).read_bytes()) == [True] * 6


def test_cdxj_indexer_lists_every_answer(shelf: Shelf) -> None:
    run = run_tool(*CDXJ_INDEXER, *shelf.paths)
    assert run.returncode == 0, run.stderr[-2000:]
    entries = [json.loads(line.split(" ", 2)[2]) for line in run.stdout.splitlines()]
    pages = {entry["url"]: entry for entry in entries if not entry["url"].startswith("urn:")}
    assert len(pages) == len(RAW) + len(ADDRESSES) + 1
    for name, raw in TAKEN.items():
        message = read_message([raw])
        assert pages[url_of(name)]["status"] == str(message.status)
        assert pages[url_of(name)]["filename"] == f"{name}.warc.gz"
    odd = {name: pages[url_of(name)].get("status") for name in EXCEPTIONS}
    assert {name: status for name, status in odd.items() if status != "200"} == {
        "http-0.9": "of",
        "http-0.9-binary": None,
        "status-after-line": None,
        "status-no-number": "OK",
        "interim-100": "100",
        "interim-103": "103",
    }


@pytest.mark.parametrize("name", RAW)
def test_warcio_reads_every_block_unchanged(shelf: Shelf, name: str) -> None:
    assert response_blocks(shelf.path(name)) == [RAW[name]]


@pytest.mark.parametrize("name", TAKEN)
def test_pywb_replays_the_bytes_of_the_answer(shelf: Shelf, name: str) -> None:
    message = read_message([TAKEN[name]])
    status, headers, body = shelf.replayed[name]
    assert status.split()[0] == str(message.status)
    assert body == b"".join(entity_pieces([TAKEN[name]]))
    coding = message.value("content-encoding")
    assert headers.get("Content-Encoding") == (None if coding is None else coding.decode())
    assert headers["Memento-Datetime"] == "Sun, 22 Nov 2026 06:55:58 GMT"


@pytest.mark.parametrize("name", ADDRESSES)
def test_pywb_finds_every_address(shelf: Shelf, name: str) -> None:
    assert shelf.replayed[name][0] == "200 OK"
    assert shelf.replayed[name][2] == TEXT


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_pywb_fails_as_the_specification_says(shelf: Shelf, name: str) -> None:
    case = EXCEPTIONS[name]
    status, headers, body = shelf.replayed[name]
    assert status == case.status
    assert "Content-Encoding" not in headers
    if case.body is None:
        assert body.startswith(b"<!DOCTYPE html>")
        assert case.raw not in body
    else:
        assert body == case.body


def test_pywb_fails_on_an_address_past_its_limit(shelf: Shelf) -> None:
    assert shelf.replayed["too-long"][0].startswith("414 ")


def test_a_client_without_codings_gets_a_decoded_copy_but_not_of_zstd(shelf: Shelf) -> None:
    assert shelf.replayed["plain-gzip"][2] == TEXT
    assert shelf.replayed["plain-brotli"][2] in {TEXT, BROTLI}  # as its brotli module is there or not
    assert shelf.replayed["plain-zstd"][2] == ZSTD


def test_pywb_offers_what_we_made_under_its_own_address(shelf: Shelf) -> None:
    assert shelf.replayed["import"][2] == b"note"


def test_the_specification_lists_every_exception() -> None:
    listed = re.findall(r"^\| `([a-z0-9.-]+)` \|.*pywb", SPEC.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(EXCEPTIONS)


def test_an_answer_to_head_passes() -> None:
    data, _ = written(item(exchange("https://example.org/a", answer(b"", b"Content-Length: 28", length=False), "HEAD")))
    assert b"sha256:e3b0c442" in gzip.decompress(data)  # the payload is there, and empty
    assert warcio_passes(data)
    assert all(fast_verdict(data))


def test_fastwarc_gives_up_on_an_address_past_its_limit(tmp_path: Path) -> None:
    data, _ = written(item(exchange("https://example.org/" + "a" * 40_000, TAKEN["length"])))
    (tmp_path / "long.warc.gz").write_bytes(data)
    run = run_tool(*FASTWARC, "check", "-q", str(tmp_path / "long.warc.gz"))
    assert run.returncode == 1
    assert "Maximum header length exceeded" in run.stdout + run.stderr
    assert run_tool(*WARCIO, "check", str(tmp_path / "long.warc.gz")).returncode == 0


HEADS = st.lists(
    st.sampled_from(
        [
            b"HTTP/1.1 200 OK",
            b"X: 1",
            b" folded",
            b"\t",
            b" ",
            b"\x85",
            b"\xa0",
            b"\x0b",
            b"\x1c",
            b"a\x00b: c",
            b":",
            b"",
        ]
    )
    | st.binary(max_size=6),
    max_size=5,
)


@given(HEADS, st.lists(st.sampled_from([b"\r\n", b"\n", b"\r"]), min_size=6, max_size=6), st.binary(max_size=8))
def test_no_answer_makes_a_checker_cry_wolf(lines: list[bytes], ends: list[bytes], body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(line + end for line, end in zip(lines, ends, strict=False))
    data, _ = written(item(exchange("https://example.org/a", head + b"\r\n" + body)))
    assert warcio_passes(data)
    assert all(fast_verdict(data))
