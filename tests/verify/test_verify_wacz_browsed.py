"""A WACZ of what a browser left: requests with bodies and the text of pages, honest, of others, and forged."""

import json
import random
import subprocess
import sys
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsed_case import FORM, IDS, JSON, MULTI, PAGE, SENT, SITE, TEXT, browsed, wacz_files
from bundle_kit import Files, Wacz, broken, said, verified, worst

from archiver.export.asked import Asked, Request
from archiver.export.captures import MAX_TEXT
from archiver.export.cdxj import surt
from archiver.model.verdict import Severity, Verdict
from archiver.verify.wacz_asked import Question, key_fits, question

REPLAY = Path(__file__).parents[1] / "warc/pywb_replay.py"
INDEX, PAGES, MADE = "indexes/index.cdxj", "pages/pages.jsonl", ("datapackage.json", "datapackage-digest.json")
Entry = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return browsed(tmp_path_factory.mktemp("browsed") / "case")


@pytest.fixture(scope="module")
def honest(case: Path) -> Files:
    return wacz_files(case)


def zipped(files: Files, path: Path) -> Path:
    """The files as a WACZ, listed anew by whoever changed them; its title is that of the case."""
    title = json.loads(files["datapackage.json"])["title"]
    kept = {name: data for name, data in files.items() if name not in MADE}
    return Wacz(kept, package=lambda package: {**package, "title": title}).write(path)


def entries(files: Files) -> list[Entry]:
    lines = (line.split(" ", 2) for line in files[INDEX].decode().splitlines())
    return [(key, time, json.loads(text)) for key, time, text in lines]


def with_entries(files: Files, found: list[Entry]) -> Files:
    lines = sorted(f"{key} {time} {json.dumps(facts)}\n" for key, time, facts in found)
    return {**files, INDEX: "".join(lines).encode()}


def entry_of(files: Files, name: str) -> Entry:
    """The entry of the answer to what was `SENT` under this name: they were asked one after the other."""
    method = SENT[name][0]
    ours = sorted((e for e in entries(files) if e[2]["url"] == f"{SITE}/api"), key=lambda e: e[1])
    found = ours[1:][IDS.index(name)]
    assert found[2]["method"] == method
    return found


@pytest.mark.parametrize("items", [(), (1,), (2,), (1, 2)])
def test_what_a_browser_left_is_sound_for_us_and_for_wacz(
    case: Path, honest: Files, tmp_path: Path, items: tuple[int, ...]
) -> None:
    pytest.importorskip("wacz", reason="wacz is not installed")
    files = wacz_files(case, *items) if items else honest
    with zipfile.ZipFile(tmp_path / "x.wacz", "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    verdict = verified(tmp_path / "x.wacz")
    assert verdict.worst is Severity.UNASKED, said(verdict)
    command = [sys.executable, "-W", "ignore", "-m", "wacz", "validate", "-f", str(tmp_path / "x.wacz")]
    assert subprocess.run(command, capture_output=True).returncode == 0


def test_the_warc_is_exported_byte_for_byte(case: Path, honest: Files) -> None:
    assert honest["archive/000001.warc.gz"] == (case / "evidence/000/000001.warc.gz").read_bytes()


def test_pywb_answers_what_was_asked_with_a_body(honest: Files, tmp_path: Path) -> None:
    for name, data in honest.items():
        if name.startswith(("archive/", "indexes/")):
            (tmp_path / name.partition("/")[2]).write_bytes(data)
    api, at = f"{SITE}/api", "20261122065630"
    bodies = [[at, api, "identity", method, kind, b64encode(body).decode()] for method, kind, body in SENT.values()]
    made = [at, f"urn:fullPage:{PAGE}", "identity"]
    (tmp_path / "ask.json").write_text(json.dumps([*bodies, [at, api, "identity"], [at, PAGE, "identity"], made]))
    command = [sys.executable, "-W", "ignore", str(REPLAY), str(tmp_path)]
    run = subprocess.run(command, capture_output=True, check=True, timeout=120)
    *replies, plain, page, picture = (
        (status[:3], b64decode(body)) for status, _, body in json.loads(run.stdout.splitlines()[-1])
    )
    assert replies == [("200", f'{{"you sent": "{name}"}}'.encode()) for name in SENT]
    assert plain == ("200", b'{"you sent": "nothing"}')
    assert b"<title>Feed</title>" in page[1]
    assert picture == ("200", b"full-page")


def test_keys_and_bodies_are_those_of_cdxj_indexer(case: Path, honest: Files) -> None:
    """But for null, which that writes otherwise than pywb reads it, and for forms, which it undoes once too often."""
    lines = (line.split(" ", 2) for line in indexed(case / "evidence/000/000001.warc.gz"))
    theirs = {json.loads(text)["offset"]: (key, json.loads(text)) for key, _, text in lines}
    for name in ("one", "multi", "octets"):
        key, _, facts = entry_of(honest, name)
        other = theirs[facts["offset"]]
        assert (key, facts["method"], facts["requestBody"]) == (other[0], other[1]["method"], other[1]["requestBody"])
    assert theirs[entry_of(honest, "form")[2]["offset"]][0] == entry_of(honest, "form")[0]


def test_a_page_is_what_was_asked_with_get_and_has_the_beginning_of_its_text(honest: Files) -> None:
    header, browsed, plain = map(json.loads, honest[PAGES].splitlines())
    assert header["hasText"] is True
    assert browsed["text"] == TEXT[:MAX_TEXT]
    assert "text" not in plain
    (entry,) = (e for e in entries(honest) if e[2]["url"] == PAGE and "method" not in e[2])
    assert (browsed["url"], "".join(filter(str.isdigit, browsed["ts"]))) == (PAGE, entry[1])


def test_a_case_without_a_browser_says_nothing_of_texts(case: Path) -> None:
    assert b"hasText" not in wacz_files(case, 2)[PAGES]


def test_what_the_browser_made_is_in_the_index(honest: Files) -> None:
    found = {e[2]["url"] for e in entries(honest) if e[0].startswith("urn:")}
    names = ("view", "fullPage", "pdf", "mhtml", "dom", "ax", "text", "pageinfo")
    assert found == {f"urn:{name}:{PAGE}" for name in names}


def forged(name: str, **changes: Any) -> Callable[[Files], Files]:
    """The entry of one answer says something else; None takes a member out, `key` is its key."""

    def change(files: Files) -> Files:
        old = entry_of(files, name)
        facts = {k: v for k, v in (old[2] | changes).items() if v is not None and k != "key"}
        return with_entries(
            files, [e for e in entries(files) if e != old] + [(changes.get("key", old[0]), old[1], facts)]
        )

    return change


def page(**changes: Any) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        header, first, *rest = files[PAGES].splitlines(keepends=True)
        return {**files, PAGES: b"".join((header, json.dumps(json.loads(first) | changes).encode(), b"\n", *rest))}

    return change


API = "example,feed)/api"
FORGED: dict[str, Callable[[Files], Files]] = {
    "the-body-of-another": forged("one", requestBody="q=two&n=1"),
    "no-body": forged("one", requestBody=None),
    "a-body-where-none-was-read": forged("put", requestBody="a=1"),
    "another-method": forged("one", method="PUT"),
    "no-method": forged("one", method=None, requestBody=None),
    "a-body-that-is-no-text": forged("one", requestBody=5),
    "the-key-of-another": forged("one", key=f"{API}?__wb_method=post&n=1&q=two"),
    "the-key-of-a-get": forged("one", key=API),
    "a-key-with-one-more": forged("one", key=f"{API}?__wb_method=post&n=1&q=one&x=1"),
    "a-key-of-another-path": forged("one", key="example,feed)/other?__wb_method=post&n=1&q=one"),
    "another-text": page(text="Nothing was said."),
    "no-text": page(text=""),
    "the-time-of-the-post": page(ts="2026-11-22T06:56:20Z"),
    "a-product-left-out": lambda files: with_entries(
        files, [e for e in entries(files) if "fullPage" not in e[2]["url"]]
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_request_or_text_is_contradicted(honest: Files, tmp_path: Path, name: str) -> None:
    verdict = verified(zipped(FORGED[name](honest), tmp_path / "x.wacz"))
    assert broken(verdict) == {"index"}, said(verdict)


def test_listed_anew_without_a_change_it_is_sound(honest: Files, tmp_path: Path) -> None:
    assert verified(zipped(with_entries(honest, entries(honest)), tmp_path / "x.wacz")).worst is Severity.UNASKED


# --- of others


def indexed(warc: Path) -> list[str]:
    """The lines of the index that cdxj-indexer makes, with POST and PUT."""
    run = "from cdxj_indexer.main import main; main()"
    command = [sys.executable, "-W", "ignore", "-c", run, "-s", "-p", "--records", "response,resource", str(warc)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def foreign(case: Path, path: Path, change: Callable[[dict[str, Any]], object] = lambda facts: None) -> Verdict:
    """What is said of a WACZ with the index that cdxj-indexer makes, in which `change` has changed each POST."""
    warc = case / "evidence/000/000001.warc.gz"
    lines = []
    for line in indexed(warc):
        key, time, text = line.split(" ", 2)
        facts = json.loads(text)
        if "method" in facts:
            change(facts)
        lines.append(f"{key} {time} {json.dumps(facts)}\n")
    pages = [{"format": "json-pages-1.0", "id": "pages"}, {"url": PAGE, "ts": "2026-11-22T06:56:01Z", "text": "a text"}]
    files = {
        "archive/000001.warc.gz": warc.read_bytes(),
        INDEX: "".join(lines).encode(),
        PAGES: "".join(json.dumps(each) + "\n" for each in pages).encode(),
    }
    return verified(Wacz(files).write(path))


def test_the_conventions_of_cdxj_indexer_are_sound(case: Path, tmp_path: Path) -> None:
    verdict = foreign(case, tmp_path / "x.wacz")
    assert verdict.worst is Severity.UNASKED, said(verdict)


def test_an_index_of_others_that_knows_no_methods_is_sound(case: Path, tmp_path: Path) -> None:
    verdict = foreign(case, tmp_path / "x.wacz", lambda facts: [facts.pop(name) for name in ("method", "requestBody")])
    assert verdict.worst is Severity.UNASKED, said(verdict)


@pytest.mark.parametrize("body", ["another=convention", 5, ["a"]])
def test_a_body_of_an_unknown_convention_is_unchecked(case: Path, tmp_path: Path, body: object) -> None:
    verdict = foreign(case, tmp_path / "x.wacz", lambda facts: facts.update(requestBody=body))
    assert verdict.worst is Severity.UNCHECKED, said(verdict)
    assert "8 entries tell of the body of a request" in said(verdict, "index")


def test_a_method_that_another_request_had_is_contradicted(case: Path, tmp_path: Path) -> None:
    verdict = foreign(case, tmp_path / "x.wacz", lambda facts: facts.update(method="DELETE"))
    assert broken(verdict) == {"index"}, said(verdict)
    assert "its method is 'DELETE', and the record has 'POST'" in said(verdict, "index")


def warc_of(*records: tuple[str, str, str, bytes]) -> bytes:
    """A WARC of somebody else: type, identifier, identifier that it names, block."""
    found = b""
    for kind, own, other, block in records:
        fields = [f"WARC-Type: {kind}", f"WARC-Record-ID: <urn:x:{own}>", "WARC-Date: 2026-11-22T06:56:01Z"]
        fields += ["WARC-Target-URI: http://a.example/x", f"Content-Type: application/http; msgtype={kind}"]
        fields += [f"WARC-Concurrent-To: <urn:x:{other}>"] if other else []
        head = "\r\n".join(["WARC/1.1", *fields, f"Content-Length: {len(block)}"])
        found += head.encode() + b"\r\n\r\n" + block + b"\r\n\r\n"
    return found


POST, OK = b"POST /x HTTP/1.1\r\nHost: a.example\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("records", "known"),
    [
        ([("request", "1", "", POST), ("response", "2", "1", OK)], True),
        ([("request", "1", "2", POST), ("response", "2", "", OK)], True),
        ([("response", "2", "1", OK), ("request", "1", "", POST)], True),
        ([("response", "2", "", OK), ("request", "1", "2", POST)], True),
        ([("response", "2", "", OK), ("request", "1", "", POST)], False),
        ([("response", "2", "", OK)], False),
    ],
)
def test_a_request_is_found_wherever_it_stands(
    tmp_path: Path, records: list[tuple[str, str, str, bytes]], known: bool
) -> None:
    data = warc_of(*records)
    before, _, own = data.partition(b"WARC/1.1\r\nWARC-Type: response")
    offset = len(before)
    length = len(b"WARC/1.1\r\nWARC-Type: response") + (own.find(b"WARC/1.1") if b"WARC/1.1" in own else len(own))
    facts = {"url": "http://a.example/x", "offset": offset, "length": length, "filename": "x.warc", "method": "GET"}
    files = {
        "archive/x.warc": data,
        INDEX: f"example,a)/x 20261122065601 {json.dumps(facts)}\n".encode(),
        PAGES: b'{"format":"json-pages-1.0"}\n',
    }
    verdict = verified(Wacz(files).write(tmp_path / "x.wacz"))
    assert ("its method is 'GET'" in said(verdict, "index")) is known, said(verdict)


def test_requests_beyond_those_that_are_held_are_not_compared(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.verify.wacz_records.MAX_RECORDS", 0)
    verdict = foreign(case, tmp_path / "x.wacz", lambda facts: facts.update(method="DELETE"))
    assert worst(verdict, "index") is Severity.UNCHECKED, said(verdict)


# --- hostile


HOSTILE = [
    (f"{SITE}/h", "POST", JSON, b"[" * 10_000 + b"]" * 10_000),
    (f"{SITE}/h", "POST", JSON, b'{"a":' * 200 + b"1" + b"}" * 200),
    (f"{SITE}/h", "POST", JSON, b'{"a":' * 201 + b"1" + b"}" * 201),
    (f"{SITE}/h", "POST", JSON, b'{"a":NaN}'),
    (f"{SITE}/h", "POST", JSON, b'{"a":"\\ud800","b":-1e999,"c":"\xff"}'),
    (f"{SITE}/h", "POST", MULTI, b'----Form1\r\nContent-Disposition: form-data; name="a"\r\n\r\nwithout end'),
    (f"{SITE}/h", "POST", "multipart/form-data; boundary=", b"x"),
    (f"{SITE}/h", "POST", "multipart/form-data", b"x"),
    (f"{SITE}/h", "POST", FORM, b"&".join(b"f%d=v" % n for n in range(100_000))),
    (f"{SITE}/h", "POST", FORM, b"a=\xff%"),
    (f"{SITE}/h", "POST", FORM, b"a=%0A%09 b#c"),
    (f"{SITE}/h", "PUT", "application/octet-stream", b"\xff\x00" * 1_500_000),
    (f"{SITE}/h", "POST", "text/plain", b"same address, other body"),
    (f"{SITE}/h", "POST", "text/plain", b"same address, other body again"),
    (f"{SITE}/h?" + "q=%2525&" * 7_000, "POST", JSON, b'{"a":"%2541&%26"}'),
    (f"{SITE}/h?", "M-SEARCH", "", b""),
]


def test_hostile_bodies_are_exported_and_sound(tmp_path: Path) -> None:
    files = wacz_files(browsed(tmp_path / "case", *HOSTILE))
    verdict = verified(zipped(files, tmp_path / "x.wacz"))
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert max(map(len, files[INDEX].splitlines())) < 250_000


KINDS = [
    "",
    JSON,
    f"{JSON}; x",
    "text/plain",
    FORM,
    MULTI,
    "multipart/mixed; boundary=b;c",
    'multipart/x; boundary="b"',
]
PIECES = [b"a", b"=", b"&", b"%", b"2", b"5", b"\r\n", b"\n", b"\t", b"--b", b"--b--", b'"', b"\xff", b"\xd0\x9f", b"#"]
PIECES += [
    b"?",
    b" ",
    b"+",
    b"\xef\xbb\xbf",
    b"\r\n\r\n",
    b"{",
    b"}",
    b"[",
    b"NaN",
    b'Content-Disposition: x; name="x"',
]
PIECES += [b'; filename="f"', b"content-disposition: ; name=z", b"----Form1", b"~*'"]
LEAVES: list[Any] = [
    1,
    2.0,
    1e21,
    1e300,
    1e-9,
    12345678901234567890,
    -0.0,
    True,
    None,
    "",
    "a&b=c",
    "é🎉",
    "\ud800",
    -5,
]


def json_of(chance: random.Random, depth: int = 0) -> Any:
    if depth > 4 or chance.random() < 0.5:
        return chance.choice([*LEAVES, chance.uniform(-1, 1) * 10 ** chance.randint(-30, 30)])
    if chance.random() < 0.5:
        return [json_of(chance, depth + 1) for _ in range(chance.randint(0, 4))]
    return {chance.choice(["", "a", "b", "a.2_", "ё"]): json_of(chance, depth + 1) for _ in range(chance.randint(0, 4))}


def test_writer_and_reader_agree_on_bodies_that_nobody_foresaw() -> None:
    """They share no code, and where they differ an honest archive would be called forged."""
    chance = random.Random(7)  # noqa: S311  # repeatable, not secret
    urls = (
        PAGE,
        f"{SITE}/p?",
        "http://a.example/P/../q//r/?x=1&A=2",
        "https://www.a.example:8443/%25%32%35?b=%2526&&a",
    )
    urls += ("http://[::1]:80/x?%252525252541", "urn:view:http://a.example/B/?z=1&a=2", "http://a.example/a%2f%2e%2e/b")
    for _ in range(4_000):
        method = chance.choice(["POST", "POST", "PUT", "GET", "DELETE", "A#B&C=%41", ""])
        body = b"".join(chance.choices(PIECES, k=chance.randint(0, 40))) * chance.choice([1, 1, 1, 900])
        if chance.random() < 0.4:
            body = json.dumps(json_of(chance), ensure_ascii=False).encode("utf-8", "surrogatepass")
        block = f"{method} /p HTTP/1.1\r\nContent-Type: {chance.choice(KINDS)}\r\n\r\n".encode() + body
        request, url = Request(), chance.choice(urls)
        request.feed(block)
        written, read = request.asked(), question(block, len(block))
        key = surt(url if written is None else written.key(url))
        assert key_fits(key, url, read), (block, url, key)
        assert written is None or (written.method, written.body) == (read.method, read.body), block
        assert (written is None) == (read.method in {"", "GET"})


def test_what_is_longer_than_is_read_is_the_same_for_both() -> None:
    for kind, body in ((JSON, b"[1]" + b" " * (1 << 20)), (FORM, "я".encode() * (1 << 20)), (FORM, b"a" * (1 << 22))):
        block = f"POST /p HTTP/1.1\r\nContent-Type: {kind}\r\n\r\nx".encode() + body
        request = Request()
        request.feed(block)
        written, read = request.asked(), question(block[: (1 << 20) + (1 << 16)], len(block))
        assert isinstance(written, Asked)
        assert isinstance(read, Question)
        assert written.body == read.body
        assert key_fits(surt(written.key(PAGE)), PAGE, read)
