"""The short way over usual files says what the strict pass says: of honest files, changed ones, and clever ones."""

import gzip
import io
import json
import random
import re
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from isal import isal_zlib
from verify_cases import CHUNKED, PAGE, Builder, blob, claims_of

from archiver.canon import dumps, sha256_hex
from archiver.custody.shapes import shape_problems
from archiver.demo.run import run_demo
from archiver.model.exchange import Connection, Redaction, Tls
from archiver.model.item import Resource
from archiver.runtime import system_runtime
from archiver.verify.claim import Claim, members
from archiver.verify.evidence import Checked, check_item
from archiver.verify.regular import MAX_FILE, MAX_UNPACKED, regular_file
from archiver.warc.head import MAX_HEAD, head_end, parse_head
from archiver.warc.profile import product_uri
from archiver.warc.scan import Scan
from archiver.warc.usual import usual_record

Parts = list[tuple[bytes, bytes]]  # the heads and the blocks of a file
SEED = 20261122
TLS = Tls(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384", alpn="http/1.1", sni="a.example", chain=(), verified=True)
OTHERS = (None, 0, 1, 3, 10**6, "", "x", "0" * 64, True, [], {}, ["x"], {"x": "y"}, "http://a.example/other")


class OneFile:
    """Opens every path as the file at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open_file(self, path: str) -> BinaryIO:
        return self.path.open("rb")


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory, masters: Path) -> list[tuple[Claim, bytes]]:
    """Items of every kind, with the bytes of their files."""
    case = Builder(tmp_path_factory.mktemp("regular") / "case")
    case.opened()
    url = "http://a.example/x?y=%201"
    asking = b"GET /x?y=%201 HTTP/1.1\r\nHost: a.example\r\n\r\n"
    tls = Connection(peer_ip="2001:db8::7", peer_port=443, tls=TLS)
    gone = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 410 Gone\r\nContent-Length: 3\r\n\r\nabcdef"
    answers: list[tuple[bytes | None, dict[str, Any]]] = [
        (PAGE, {"connection": tls}), (CHUNKED, {"request": b""}), (None, {"request": asking}), (None, {}),
        (b"<p>", {}), (b"HTTP/1.0 200 OK\n\nto the end", {}), (gone, {}), (PAGE[:-3], {"truncated": "time"}),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nZ", {}), (b"HTTP/1.1 20", {}),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n", {"method": "HEAD", "request": b"HEAD" + asking[3:]}),
        (PAGE, {"redactions": (Redaction("request header Cookie", 20), Redaction("response byte 10", 4, "a" * 64))}),
    ]  # fmt: skip
    for raw, more in answers:
        case.captured(case.requested(url), case.exchange(url, raw, **more))
    case.captured(case.requested(url), *(case.exchange(url, raw, **more) for raw, more in answers))
    case.imported(case.requested("photo.jpg", "import"), bytes(100_000))
    shown = tuple(
        Resource(part, "text/plain", case.tick(), blob(part.encode()), product_uri(part, url), of)
        for part, of in (("view", 2), ("page-info", 0))
    )
    told: tuple[dict[str, Any], ...] = ({}, {"fidelity": "reconstructed", "connection": tls}, {"fidelity": "decoded"})
    case.captured(case.requested(url), *(case.exchange(url, PAGE, **more) for more in told), resources=shown)
    found = []
    for path in (case.path, masters / "full", masters / "small"):
        found += [(c, (path / c.path).read_bytes()) for c in claims_of(path) if (path / c.path).exists()]
    return found


def parts_of(claim: Claim, data: bytes) -> Parts:
    spans = (gzip.decompress(data[r["offset"] : r["offset"] + r["length"]]) for r in claim.data["records"])  # type: ignore[index,operator,misc,union-attr,call-overload]
    return [(text[: head_end(text)], text[head_end(text) : -4]) for text in spans]


def packed(parts: Parts) -> list[bytes]:
    return [isal_zlib.compress(head + block + b"\r\n\r\n", 2, 31) for head, block in parts]


def forged(claim: Claim, members: list[bytes], **more: Any) -> tuple[Claim, bytes]:
    """The file made of `members`, and the claim of somebody who made the event fit it."""
    records, offset = [], 0
    for member in members:
        text = zlib.decompressobj(31).decompress(member)
        head = parse_head(text[: max(head_end(text), 0)] or b"WARC/1.1\r\n\r\n")
        kind = {"id": head.id, "type": head.type}
        records.append({**kind, "offset": offset, "length": len(member), "sha256": sha256_hex(member)})
        offset += len(member)
    return fitting(replace(claim, data={**claim.data, "records": records, **more}), b"".join(members))


def fitting(claim: Claim, data: bytes) -> tuple[Claim, bytes]:
    file = {"path": claim.path, "size": len(data), "sha256": sha256_hex(data)}
    return replace(claim, data={**claim.data, "file": file}), data


def digested(head: bytes, block: bytes) -> tuple[bytes, bytes]:
    """The head with length and digest of its block as they are now."""
    lines = head.split(b"\r\n")
    for at, line in enumerate(lines):
        if line.startswith(b"Content-Length:"):
            lines[at] = b"Content-Length: %d" % len(block)
        if line.startswith(b"WARC-Block-Digest:"):
            lines[at] = b"WARC-Block-Digest: sha256:" + sha256_hex(block).encode()
    return b"\r\n".join(lines), block


class Judge:
    """Judges in both ways, and holds them to the same words; `quick` counts files that went the short way."""

    def __init__(self, path: Path, patch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.patch = patch
        self.quick = self.judged = 0

    def __call__(self, claim: Claim, data: bytes) -> Checked:
        self.path.write_bytes(data)
        found = check_item(OneFile(self.path), claim)
        with self.patch.context() as patch:
            patch.setattr("archiver.verify.evidence.regular_file", lambda *_: None)
            strict = check_item(OneFile(self.path), claim)
        assert found == strict
        self.judged += 1
        self.quick += not strict.findings and regular_file(data, claim) is not None
        return strict


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    with pytest.MonkeyPatch.context() as patch:
        yield Judge(tmp_path / "file", patch)


def test_honest_files_go_the_short_way_and_nothing_is_found(honest: list[tuple[Claim, bytes]], judge: Judge) -> None:
    for claim, data in honest:
        assert not judge(claim, data).findings
    assert judge.quick == len(honest) > 15


def test_every_file_of_the_demo_goes_the_short_way(tmp_path: Path, judge: Judge) -> None:
    run_demo(tmp_path / "demo", runtime=system_runtime(), say=lambda _: None)
    for claim in claims_of(tmp_path / "demo"):
        assert not judge(claim, (tmp_path / "demo" / claim.path).read_bytes()).findings
    assert judge.quick == judge.judged > 2


def test_bytes_changed_under_an_event_that_was_made_to_fit(honest: list[tuple[Claim, bytes]], judge: Judge) -> None:
    chance = random.Random(SEED)  # noqa: S311  # the same every time
    for claim, data in honest:
        for _ in range(20):
            at, other = chance.randrange(len(data)), chance.randbytes(1)
            for changed in (data[:at] + other + data[at + 1 :], data[:at], data[:at] + other + data[at:], data + other):
                records = [
                    {**r, "sha256": sha256_hex(changed[r["offset"] : r["offset"] + r["length"]])}  # type: ignore[operator,dict-item,list-item,misc]
                    for r in claim.records
                ]
                judge(*fitting(replace(claim, data={**claim.data, "records": records}), changed))
    assert judge.judged > 1000


def heads(parts: Parts, chance: random.Random) -> Iterator[Parts]:
    """Heads with lines left out, twice, elsewhere, and with other values, among them those of other records."""
    every = [line for head, _ in parts for line in head.split(b"\r\n")[1:-2]]
    for at, (head, block) in enumerate(parts):
        lines = head.split(b"\r\n")[:-2]
        for n, line in enumerate(lines):
            name = line.partition(b":")[0]
            like = [other for other in every if other.startswith(name + b":") and other != line]
            news = (
                [], [line, line], [line.upper()], [line + b" "], [line, b" folded"], [line + b"\n"], [name + b": x"],
                [line.replace(b"1", b"2")], [chance.choice(every)], *([other] for other in set(like)),
            )  # fmt: skip
            for new in news:
                changed = b"\r\n".join([*lines[:n], *new, *lines[n + 1 :], b"", b""])
                yield [*parts[:at], (changed, block), *parts[at + 1 :]]


def blocks(parts: Parts, chance: random.Random) -> Iterator[Parts]:
    """Blocks with other bytes, shorter and longer ones, and JSON with other values; heads that fit, and that do not."""
    for at, (head, block) in enumerate(parts):
        found = [block[:-1], block + b"x", b"", block.replace(b"\r\n", b"\n"), block.replace(b"item", b"Item")]
        for _ in range(12):
            place = chance.randrange(len(block)) if block else 0
            found.append(block[:place] + chance.randbytes(1) + block[place + 1 :])
        if block.startswith(b"{"):
            found += [dumps(value) for value in altered(json.loads(block))] + [block.replace(b":", b": ", 1)]
        for new in found:
            yield [*parts[:at], (head, new), *parts[at + 1 :]]
            yield [*parts[:at], digested(head, new), *parts[at + 1 :]]


def orders(parts: Parts, chance: random.Random) -> Iterator[Parts]:
    """Records left out, twice, and in another order."""
    for at in range(len(parts)):
        yield parts[:at] + parts[at + 1 :]
        yield parts[: at + 1] + parts[at:]
        yield [*parts, parts[at]]
        yield [*parts[:at], *chance.sample(parts[at:], len(parts) - at)]


def altered(value: Any) -> Iterator[Any]:
    """The value with each thing inside it replaced, left out, or joined by another."""
    if isinstance(value, dict):
        for name in value:
            yield {key: inner for key, inner in value.items() if key != name}
            for inner in (*altered(value[name]), *OTHERS):
                yield {**value, name: inner}
        yield {**value, "title": "x"}
        yield {**value, "zzz": 1}
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield value[:at] + value[at + 1 :]
            for inner in altered(each):
                yield [*value[:at], inner, *value[at + 1 :]]
        yield [*value, *value[:1], "x"]


@pytest.mark.parametrize("change", [heads, blocks, orders])
def test_records_changed_under_an_event_that_was_made_to_fit(
    honest: list[tuple[Claim, bytes]], judge: Judge, change: Callable[[Parts, random.Random], Iterator[Parts]]
) -> None:
    chance = random.Random(SEED)  # noqa: S311  # the same every time
    for claim, data in honest:
        for parts in sampled(change(parts_of(claim, data), chance), 100, chance):
            judge(*forged(claim, packed(parts)))
    assert judge.judged > 300


def without(parts: Parts, at: int) -> Parts:
    """The record at `at` gone, and nobody names it any more."""
    named = b"WARC-Concurrent-To: <" + parse_head(parts[at][0]).id.encode() + b">\r\n"
    return [(head.replace(named, b""), block) for head, block in parts[:at] + parts[at + 1 :]]


def doubled(parts: Parts, at: int) -> Parts:
    """The record at `at` of the first exchange twice, the second with another id, and all of the exchange name all."""
    kinds = [parse_head(head).type for head, _ in parts]
    end = kinds.index("metadata") + 1
    twin = (parts[at][0].replace(b"Record-ID: <urn:uuid:0000", b"Record-ID: <urn:uuid:ffff"), parts[at][1])
    group = [*parts[1 : at + 1], twin, *parts[at + 1 : end]]
    ids = [parse_head(head).id.encode() for head, _ in group]
    for number, (head, block) in enumerate(group):
        others = b"".join(b"WARC-Concurrent-To: <%b>\r\n" % one for one in ids if one != ids[number])
        bare = re.sub(rb"WARC-Concurrent-To[^\n]*\n", b"", head)
        group[number] = (re.sub(rb"(WARC-Warcinfo-ID[^\n]*\n)", rb"\1" + others, bare), block)
    return [parts[0], *group, *parts[end:]]


def turned(part: tuple[bytes, bytes], kind: bytes, item: bytes) -> tuple[bytes, bytes]:
    """The record as one of another kind, about a part of the item, that names nobody."""
    head, block = part
    about = b"WARC-Target-URI: %b:part\r\nWARC-Warcinfo-ID: <%b>\r\n" % (item, parse_head(head).id.encode())
    head = re.sub(rb"WARC-(Concurrent|Target|Warcinfo|IP|Protocol|Cipher|Payload)[^\n]*\n", b"", head)
    head = re.sub(rb"(WARC-Type: )[a-z]+", rb"\1" + kind, head)
    return head.replace(b"WARC-Block-Digest", about + b"WARC-Block-Digest"), block


def retold(claim: Claim, parts: Parts, **more: Any) -> tuple[Claim, bytes]:
    """Event and summary with other members, and everything made to fit."""
    data = {**claim.data, **more}
    said = {**json.loads(parts[-1][1]), **more}
    return forged(replace(claim, data=data), packed([*parts[:-1], digested(parts[-1][0], dumps(said))]))


def clever(claim: Claim, data: bytes) -> Iterator[tuple[Claim, bytes]]:
    """One rule broken at a time, and all else made to fit."""
    parts = parts_of(claim, data)
    item = f"urn:archiver:{claim.case.removeprefix('urn:uuid:')}:{claim.item:06d}".encode()
    info = re.sub(rb"WARC-Warcinfo-ID: [^\r]*", b"", parts[0][0])
    first = b"WARC-Warcinfo-ID: <" + parse_head(info).id.encode() + b">"
    exchanges: Any = claim.data.get("exchanges", [])
    yield forged(claim, packed([turned(parts[0], b"resource", item), *parts[1:]]))
    resource = turned(parts[-1], b"resource", item)
    resource = (re.sub(rb"(Record-ID: <urn:uuid:0000)0000", rb"\g<1>0001", resource[0]), resource[1])
    resource = (re.sub(rb"WARC-Warcinfo-ID: [^\r]*", first, resource[0]), resource[1])
    for at in range(1, len(parts) + 1):
        yield forged(claim, packed([*parts[:at], resource, *parts[at:]]))
        foreign = resource[0].replace(item, b"urn:archiver:other")
        yield forged(claim, packed([*parts[:at], (foreign, resource[1]), *parts[at:]]))
        for other in (b"response", b"request", b"metadata", b"warcinfo"):
            yield forged(claim, packed([*parts[:at], (resource[0].replace(b"resource", other), b"{}"), *parts[at:]]))
    for at in range(1, len(parts) - 1 if exchanges else 0):
        if parse_head(parts[at][0]).type == "metadata":
            break
        yield forged(claim, packed(doubled(parts, at)))
    for at in range(len(parts)):
        yield forged(claim, packed(without(parts, at)))
        if at < len(parts) - 1:
            yield retold(claim, without(parts, at), exchanges=exchanges[:-1])
            yield retold(claim, without(without(parts, at), min(at, len(parts) - 3)), exchanges=exchanges[:-1])
    for at, (head, block) in enumerate(parts):
        for line, before in (
            (b"WARC-Payload-Digest: sha256:" + sha256_hex(block).encode(), b"WARC-Block-Digest:"),
            (b"WARC-Payload-Digest: sha256:" + b"0" * 64, b"WARC-Block-Digest:"),
            (b"WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-00000000ffff>", b"WARC-Block-Digest:"),
            (b"WARC-Concurrent-To: <urn:uuid:00000000-0000-4000-8000-00000000ffff>", b"WARC-IP-Address:"),
        ):
            changed = head.replace(before, line + b"\r\n" + before)
            yield forged(claim, packed([*parts[:at], (changed, block), *parts[at + 1 :]]))
    told: tuple[dict[str, Any], ...] = (
        {"exchanges": [*exchanges, *exchanges[:1]]}, {"exchanges": []}, {"redactions": 7}, {"size": 7}, {"url": "x"},
        {"sha256": "1" * 64}, {"request_url": "http://b.example/"},
    )  # fmt: skip
    for more in told:
        yield retold(claim, parts, **more)


def sampled(found: Iterator[Any], count: int, chance: random.Random) -> list[Any]:
    every = list(found)
    return chance.sample(every, min(count, len(every)))


def test_members_that_are_not_one_plain_record_each(honest: list[tuple[Claim, bytes]], judge: Judge) -> None:
    for claim, data in honest:
        plain = [head + block + b"\r\n\r\n" for head, block in parts_of(claim, data)]
        members = packed(parts_of(claim, data))
        for at, text in enumerate(plain):
            named = members[at][:3] + b"\x08" + members[at][4:10] + b"name\0" + members[at][10:]
            texts = (text + b"\r\n", text[:-1], text[:-4] + b"\r\n\n\n", text + text)
            others = (named, members[at] + gzip.compress(b""), members[at] + b"\0", *map(gzip.compress, texts))
            for new in (gzip.compress(text, 9), gzip.compress(text, 0), *others):
                judge(*forged(claim, [*members[:at], new, *members[at + 1 :]]))
    assert judge.quick >= 2 * sum(len(claim.records) for claim, _ in honest)  # packed otherwise, and the same


def test_events_changed_beside_the_file(honest: list[tuple[Claim, bytes]], judge: Judge) -> None:
    chance = random.Random(SEED)  # noqa: S311  # the same every time
    for claim, data in honest:
        for changed in sampled(altered(claim.data), 800, chance):
            if not shape_problems(claim.event, changed):  # what is not of its form makes no claim
                judge(replace(claim, data=changed), data)
        judge(replace(claim, item=77), data)
        judge(replace(claim, case=claim.case.replace("3f", "4f")), data)
        judge(replace(claim, requested_sha256="0" * 64), data)
        judge(replace(claim, event="item.imported"), data)
        judge(replace(claim, event="item.captured"), data)
    assert judge.judged > 3000


def test_one_broken_rule_under_an_event_that_was_made_to_fit(honest: list[tuple[Claim, bytes]], judge: Judge) -> None:
    for claim, data in honest:
        for changed in clever(claim, data):
            judge(*changed)
    assert judge.judged - judge.quick > 20 * len(honest)


def test_clever_changes_that_agree_everywhere_are_as_good_as_honest(
    honest: list[tuple[Claim, bytes]], judge: Judge
) -> None:
    """Somebody who rewrites all of it is not found by any check of the file, in neither way."""
    claim, data = next((c, d) for c, d in honest if c.data.get("title", 0) is None)
    parts = [(head, block.replace(b"a.example", b"b.example")) for head, block in parts_of(claim, data)]
    parts = [digested(head.replace(b"a.example", b"b.example"), block) for head, block in parts]
    event = json.loads(dumps(claim.data).replace(b"a.example", b"b.example"))
    new, bytes_of = forged(replace(claim, data=event), packed(parts))
    assert not judge(new, bytes_of).findings
    assert judge.quick == 1


def test_what_is_larger_than_is_held_is_read_by_the_strict_pass(tmp_path: Path) -> None:
    case = Builder(tmp_path / "case")
    case.opened()
    chance = random.Random(SEED)  # noqa: S311  # the same every time
    for size, body in ((MAX_FILE, chance.randbytes(MAX_FILE)), (MAX_UNPACKED, bytes(MAX_UNPACKED))):
        raw = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + body
        case.captured(case.requested("http://a.example/"), case.exchange("http://a.example/", raw))
    for claim in claims_of(case.path):
        path = case.path / claim.path
        assert not check_item(OneFile(path), claim).findings
        assert path.stat().st_size > MAX_FILE or regular_file(path.read_bytes(), claim) is None


def test_no_more_is_held_of_all_records_together_than_the_bound_says(
    honest: list[tuple[Claim, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for claim, data in honest:
        held = needed = 0
        for head, block in parts_of(claim, data):
            needed = max(needed, held + len(head) + len(block) + 4)
            held += len(block)
        monkeypatch.setattr("archiver.verify.regular.MAX_UNPACKED", needed)
        assert regular_file(data, claim) is not None
        monkeypatch.setattr("archiver.verify.regular.MAX_UNPACKED", needed - 1)
        assert regular_file(data, claim) is None


def test_no_more_of_a_file_is_read_at_once_than_the_bound_says(
    honest: list[tuple[Claim, bytes]], judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, data = honest[0]
    monkeypatch.setattr("archiver.verify.evidence.MAX_FILE", len(data))
    asked: list[int] = []
    hashed: list[int] = []

    def sha256(found: bytes) -> str:
        hashed.append(len(found))
        return sha256_hex(found)

    monkeypatch.setattr("archiver.verify.evidence.sha256_hex", sha256)
    monkeypatch.setattr("archiver.verify.evidence.regular_file", lambda found, _: asked.append(len(found)))
    for size, bytes_of in ((len(data), data), (len(data) + 1, data), (len(data), data + bytes(1000))):
        judge.path.write_bytes(bytes_of)
        sized = replace(claim, data={**claim.data, "file": {**members(claim.data["file"]), "size": size}})
        check_item(OneFile(judge.path), sized)
    assert asked == [len(data)]
    assert hashed == [len(data), len(data) + 1], "one byte more is enough to be another file"


def test_a_bomb_is_unpacked_no_further_than_its_stated_size() -> None:
    bomb = bytearray(gzip.compress(bytes(100_000_000)))
    bomb[-4:] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    try:
        assert usual_record(memoryview(bomb), 10_000) is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_an_unpacked_size_that_lies_costs_no_memory() -> None:
    bomb = bytearray(gzip.compress(bytes(10_000_000)))
    bomb[-4:] = (1000).to_bytes(4, "little")
    assert usual_record(memoryview(bomb), 10_000) is None
    bomb[-4:] = (2**31).to_bytes(4, "little")
    assert usual_record(memoryview(bomb), 10_000) is None


@pytest.mark.parametrize("length", [MAX_HEAD - 300, MAX_HEAD])
def test_a_head_longer_than_any_is_not_usual(honest: list[tuple[Claim, bytes]], length: int) -> None:
    claim, data = honest[0]
    head, block = parts_of(claim, data)[1]
    long = head.replace(b"a.example", b"a.example/" + b"x" * (length - len(head)))
    (member,) = packed([(long, block)])
    found = next(iter(Scan(io.BytesIO(member))))
    usual = usual_record(memoryview(member), 4 * MAX_HEAD)
    names = {problem.name for problem in getattr(found, "problems", [found])}
    assert (usual is None) == ("head-cut" in names) == (len(long) > MAX_HEAD)


def test_what_the_members_of_the_event_are_not_does_not_raise(honest: list[tuple[Claim, bytes]], judge: Judge) -> None:
    claim, data = honest[0]
    for records in ([{"offset": 0, "length": 5}], [{"offset": 0, "length": 10**9}], [{}], ["x"], []):
        judge(replace(claim, data={**claim.data, "records": records}), data)
