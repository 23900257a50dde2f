"""WARC files as others write them, and what can be done to them: bytes only, none of our own code."""

import base64
import gzip
import hashlib
import zlib
from collections.abc import Callable

IDS = [f"<urn:uuid:00000000-0000-4000-8000-{n:012d}>" for n in range(10)]
DATE = "2024-02-29T23:59:59Z"
HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 11\r\n\r\nhello world"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n" + bytes(range(256)) * 4096
REQUEST = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"

Fields = list[tuple[str, str]]


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def head(fields: Fields, version: str = "WARC/1.1") -> bytes:
    lines = [version, *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def record(fields: Fields, block: bytes, version: str = "WARC/1.1") -> bytes:
    return head([*fields, ("Content-Length", str(len(block)))], version) + block + b"\r\n\r\n"


def base(kind: str, number: int, block: bytes, *more: tuple[str, str]) -> Fields:
    """The fields of a sound record but for its length."""
    content = {"warcinfo": "application/warc-fields", "resource": "text/plain"}.get(
        kind, f"application/http;msgtype={kind}"
    )
    return [
        ("WARC-Type", kind),
        ("WARC-Record-ID", IDS[number]),
        ("WARC-Date", DATE),
        *([] if kind == "warcinfo" else [("WARC-Target-URI", "http://a.example/")]),
        ("WARC-Block-Digest", sha256(block)),
        ("Content-Type", content),
        *more,
    ]


INFO = b"software: another\r\n"


def records() -> list[bytes]:
    """Four sound records: warcinfo, response, request, resource."""
    return [
        record(base("warcinfo", 0, INFO), INFO),
        record(base("response", 1, HTTP, ("WARC-Payload-Digest", sha256(b"hello world"))), HTTP),
        record(base("request", 2, REQUEST, ("WARC-Concurrent-To", IDS[1])), REQUEST),
        record(base("resource", 3, b"text", ("WARC-Payload-Digest", sha256(b"text"))), b"text"),
    ]


def packed(parts: list[bytes]) -> bytes:
    """One gzip member for each part."""
    return b"".join(gzip.compress(part, mtime=0) for part in parts)


def sound() -> bytes:
    return packed(records())


def changed(number: int, old: bytes, new: bytes, count: int = 1) -> bytes:
    """The file with one record edited before it was packed."""
    parts = records()
    assert old in parts[number], old
    parts[number] = parts[number].replace(old, new, count)
    return packed(parts)


def without(number: int, name: str) -> bytes:
    parts = records()
    lines = parts[number].split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(name.lower().encode() + b":")]
    assert len(kept) < len(lines)
    parts[number] = b"\r\n".join(kept)
    return packed(parts)


def twice(number: int, line: bytes) -> bytes:
    """The file with one more field line behind the first line of a record."""
    return changed(number, b"WARC/1.1\r\n", b"WARC/1.1\r\n" + line + b"\r\n")


def member(number: int, edit: Callable[[bytes], bytes]) -> bytes:
    """The file with one packed member edited."""
    parts = [gzip.compress(part, mtime=0) for part in records()]
    parts[number] = edit(parts[number])
    return b"".join(parts)


def flags(data: bytes, bits: int, extra: bytes) -> bytes:
    """A gzip member with optional header parts."""
    return data[:3] + bytes([bits]) + data[4:10] + extra + data[10:]


def stripped_and_edited() -> bytes:
    parts = records()
    edited = HTTP.replace(b"hello", b"jello")
    parts[1] = record([field for field in base("response", 1, HTTP) if "Digest" not in field[0]], edited)
    return packed(parts)


# name -> (bytes, name of the problem that a reader must see)
REJECT: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty-file"),
    "not a WARC": (b"<!doctype html><p>hello", "stray-bytes"),
    "gzip of no WARC": (gzip.compress(b"hello", mtime=0), "head-missing"),
    "empty member": (gzip.compress(b"", mtime=0), "head-missing"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(60), "stray-bytes"),
    "digests stripped and body edited": (stripped_and_edited(), "digest-missing"),
    "block digest stripped, head edited": (
        packed(
            [
                *records()[:1],
                record(
                    [
                        f
                        for f in base("response", 1, HTTP, ("WARC-Payload-Digest", sha256(b"hello world")))
                        if "Block" not in f[0]
                    ],
                    HTTP.replace(b"200 OK", b"404 OK"),
                ),
                *records()[2:],
            ]
        ),
        "digest-missing",
    ),
    "body edited": (changed(1, b"hello world", b"jello world"), "block-digest"),
    "body edited, block digest fixed": (
        packed(
            [
                records()[0],
                record(
                    base(
                        "response", 1, HTTP.replace(b"hello", b"jello"), ("WARC-Payload-Digest", sha256(b"hello world"))
                    ),
                    HTTP.replace(b"hello", b"jello"),
                ),
                *records()[2:],
            ]
        ),
        "payload-digest",
    ),
    "forged digest first": (twice(1, b"WARC-Block-Digest: " + sha256(b"other").encode()), "field-twice"),
    "right digest twice": (twice(1, b"WARC-Block-Digest: " + sha256(HTTP).encode()), "field-twice"),
    "payload digest twice": (twice(1, b"WARC-Payload-Digest: " + sha256(b"x").encode()), "field-twice"),
    "digest of no known kind": (
        changed(1, b"WARC-Block-Digest: sha256:", b"WARC-Block-Digest: blake9:"),
        "digest-unknown",
    ),
    "digest without a label": (changed(1, b"WARC-Block-Digest: sha256:", b"WARC-Block-Digest: "), "digest-unknown"),
    "digest of a wrong length": (
        changed(1, b"WARC-Block-Digest: sha256:", b"WARC-Block-Digest: sha256:00"),
        "digest-value",
    ),
    "digest not hexadecimal": (changed(1, sha256(HTTP).encode(), b"sha256:" + b"z" * 64), "digest-value"),
    "payload digest of no known kind": (
        changed(3, b"WARC-Payload-Digest: sha256:", b"WARC-Payload-Digest: blake9:"),
        "digest-unknown",
    ),
    "payload digest unreadable": (
        changed(3, b"WARC-Payload-Digest: sha256:", b"WARC-Payload-Digest: sha256:0"),
        "digest-value",
    ),
    "relabelled revisit": (changed(1, b"WARC-Type: response", b"WARC-Type: revisit"), "revisit-profile"),
    "revisit of nothing here": (
        packed(
            [
                *records(),
                record(base("revisit", 4, b"", ("WARC-Profile", "http://p.example/"), ("WARC-Refers-To", IDS[8])), b""),
            ]
        ),
        "revisit-outside",
    ),
    "revisit with another digest": (
        packed(
            [
                *records(),
                record(
                    base(
                        "revisit",
                        4,
                        b"",
                        ("WARC-Profile", "http://p.example/"),
                        ("WARC-Refers-To", IDS[1]),
                        ("WARC-Payload-Digest", sha256(b"x")),
                    ),
                    b"",
                ),
            ]
        ),
        "revisit-target",
    ),
    "segment": (twice(1, b"WARC-Segment-Number: 1"), "segment"),
    "continuation": (
        packed([*records(), record(base("continuation", 4, b"x", ("WARC-Segment-Origin-ID", IDS[1])), b"x")]),
        "segment",
    ),
    "relabelled warcinfo": (changed(1, b"WARC-Type: response", b"WARC-Type: warcinfo"), "field-unfit"),
    "cut at the end": (sound()[:-5], "gzip-cut"),
    "cut in the data": (sound()[:-60], "gzip-cut"),
    "cut in a header": (sound() + b"\x1f\x8b\x08\x00", "gzip-cut"),
    "cut in an optional header part": (member(3, lambda data: flags(data, 4, b"\xff\x00")[:14]), "gzip-cut"),
    "cut in the first member": (member(0, lambda data: data[:-12]), "gzip-crc"),
    "id twice": (changed(2, IDS[2].encode(), IDS[1].encode()), "id-twice"),
    "concurrent to nothing here": (
        changed(2, b"To: " + IDS[1].encode(), b"To: " + IDS[9].encode()),
        "concurrent-unknown",
    ),
    "no Content-Length": (without(1, "Content-Length"), "field-missing"),
    "huge Content-Length": (changed(1, b"Content-Length: 75", b"Content-Length: 1000000000000000"), "field-value"),
    "large Content-Length": (changed(1, b"Content-Length: 75", b"Content-Length: 100000000000000"), "block-cut"),
    "long Content-Length": (changed(1, b"Content-Length: 75", b"Content-Length: 99"), "block-cut"),
    "Content-Length with underscore": (changed(1, b"Content-Length: 75", b"Content-Length: 7_5"), "field-value"),
    "Content-Length in Arabic digits": (
        changed(1, b"Content-Length: 75", "Content-Length: ٧٥".encode()),
        "field-value",
    ),
    "Content-Length with a sign": (changed(1, b"Content-Length: 75", b"Content-Length: +75"), "field-value"),
    "Content-Length twice": (twice(1, b"Content-Length: 75"), "field-twice"),
    "short Content-Length": (changed(1, b"Content-Length: 75", b"Content-Length: 3"), "record-end"),
    "no id": (without(1, "WARC-Record-ID"), "field-missing"),
    "no date": (without(1, "WARC-Date"), "field-missing"),
    "no type": (without(1, "WARC-Type"), "field-missing"),
    "no address": (without(1, "WARC-Target-URI"), "field-missing"),
    "bad id": (changed(1, IDS[1].encode(), b"<not an id>"), "field-value"),
    "id without brackets": (changed(1, IDS[1].encode(), IDS[1].strip("<>").encode()), "field-value"),
    "bad address": (changed(1, b"http://a.example/", b"a b"), "field-value"),
    "address in brackets": (changed(1, b"http://a.example/", b"<http://a.example/>"), "field-value"),
    "bad date": (changed(1, DATE.encode(), b"yesterday"), "field-value"),
    "a day that does not exist": (changed(1, DATE.encode(), b"2023-02-29T00:00:00Z"), "field-value"),
    "second 61": (changed(1, DATE.encode(), b"2024-02-29T23:59:61Z"), "field-value"),
    "date with an offset": (changed(1, DATE.encode(), b"2024-02-29T23:59:59+01:00"), "field-value"),
    "date twice": (twice(1, b"WARC-Date: 2020-01-01T00:00:00Z"), "field-twice"),
    "address twice": (twice(1, b"warc-target-uri: http://b.example/"), "field-twice"),
    "bad truncation reason": (twice(1, b"WARC-Truncated: bored"), "field-value"),
    "head with LF": (changed(1, b"\r\nContent-Type", b"\nContent-Type"), "head-line"),
    "whole head with LF": (packed([records()[0], records()[3].replace(b"\r\n", b"\n")]), "head-line"),
    "CR in a field": (changed(1, b"a.example/", b"a.example/\rX: y"), "head-line"),
    "NUL in a field": (changed(1, b"a.example/", b"a.example/\0"), "head-line"),
    "head not UTF-8": (changed(1, b"a.example/", b"a.example/\xff"), "head-line"),
    "line without colon": (twice(1, b"no colon here"), "head-field"),
    "field name with a space": (twice(1, b"WARC Date: x"), "head-field"),
    "injected field": (
        changed(1, b"http://a.example/", b"http://a.example/\r\nWARC-Date: 1999-01-01T00:00:00Z"),
        "field-twice",
    ),
    "version 1.2": (changed(1, b"WARC/1.1", b"WARC/1.2"), "head-version"),
    "version in lower case": (changed(1, b"WARC/1.1", b"warc/1.1"), "head-missing"),
    "head that does not end": (packed([b"WARC/1.1\r\nWARC-Type: x\r\n"]), "head-cut"),
    "two records in one member": (packed([records()[0] + records()[1], *records()[2:]]), "several-records"),
    "one member for all": (gzip.compress(b"".join(records()), mtime=0), "several-records"),
    "bytes behind a record in its member": (packed([records()[0] + b"junk", *records()[1:]]), "member-rest"),
    "record end missing": (packed([records()[0][:-4], *records()[1:]]), "record-end"),
    "record end cut": (packed([records()[0][:-2], *records()[1:]]), "record-end"),
    "junk at the end": (sound() + b"junk", "stray-bytes"),
    "NULs at the end": (sound() + bytes(1000), "stray-bytes"),
    "junk at the beginning": (b"junk" + sound(), "stray-bytes"),
    "junk in between": (packed(records()[:2]) + b"junk" + packed(records()[2:]), "stray-bytes"),
    "plain record in between": (packed(records()[:2]) + records()[2] + packed(records()[3:]), "stray-bytes"),
    "wrong CRC": (member(1, lambda data: data[:-8] + bytes(4) + data[-4:]), "gzip-crc"),
    "wrong size": (member(1, lambda data: data[:-4] + bytes(4)), "gzip-size"),
    "reserved flags": (member(1, lambda data: flags(data, 0xE0, b"")), "gzip-header"),
    "header checksum wrong": (member(1, lambda data: flags(data, 2, b"\0\0")), "gzip-header"),
    "a name that does not end": (member(3, lambda data: flags(data, 8, b"x" * 70_000)), "gzip-header"),
    "unknown block type": (member(1, lambda data: data[:10] + b"\x07" + data[11:]), "gzip-data"),
    "plain with junk in between": (records()[0] + b"junk\r\n" + b"".join(records()[1:]), "stray-bytes"),
    "plain, cut": (b"".join(records())[:-6], "block-cut"),
    "plain, head cut": (b"".join(records()[:2]) + b"WARC/1.1\r\nWARC-Type: respo", "head-cut"),
    "plain with a short length": (
        b"".join(records()).replace(b"Content-Length: 75", b"Content-Length: 3"),
        "record-end",
    ),
    "plain with a length to the end of the world": (
        b"".join(records()).replace(b"Content-Length: 75", b"Content-Length: 999999999999999"),
        "block-cut",
    ),
    "plain without length": (b"".join(records()).replace(b"Content-Length: 75\r\n", b""), "block-cut"),
}

# name -> (bytes, name of the problem that is a note and no more)
WARN: dict[str, tuple[bytes, str]] = {
    "extra field in gzip header": (member(1, lambda data: flags(data, 4, b"\x04\0abcd")), "gzip-extra"),
    "name in gzip header": (member(1, lambda data: flags(data, 8, b"a.warc\0")), "gzip-extra"),
    "comment in gzip header": (member(1, lambda data: flags(data, 16, b"hello\0")), "gzip-extra"),
    "header checksum": (
        member(
            1, lambda data: flags(data, 2, (zlib.crc32(data[:3] + b"\x02" + data[4:10]) & 0xFFFF).to_bytes(2, "little"))
        ),
        "gzip-extra",
    ),
    "folded field": (changed(1, b"Content-Type: application", b"Content-Type:\r\n application"), "head-folded"),
    "folded first": (twice(1, b" folded"), "head-folded"),
    "type of their own": (
        packed([*records(), record([*base("response", 4, b"x")[1:], ("WARC-Type", "screenshot")], b"x")]),
        "type-unknown",
    ),
    "SHA-1 in Base32": (changed(1, sha256(HTTP).encode(), sha1(HTTP).encode()), "digest-weak"),
    "payload digest of raw chunks": (
        packed(
            [
                records()[0],
                record(
                    base("response", 1, CHUNKED, ("WARC-Payload-Digest", sha256(CHUNKED.partition(b"\r\n\r\n")[2]))),
                    CHUNKED,
                ),
            ]
        ),
        "payload-raw",
    ),
}

ACCEPT: dict[str, bytes] = {
    "sound": sound(),
    "plain": b"".join(records()),
    "version 1.0": packed([part.replace(b"WARC/1.1", b"WARC/1.0") for part in records()]),
    "version 1.0, address in brackets": packed(
        [
            part.replace(b"WARC/1.1", b"WARC/1.0").replace(b"URI: http://a.example/", b"URI: <http://a.example/>")
            for part in records()
        ]
    ),
    "fractions of a second": changed(1, DATE.encode(), b"2024-02-29T23:59:59.123456789Z"),
    "only a year": changed(1, DATE.encode(), b"2024"),
    "a leap second": changed(1, DATE.encode(), b"2016-12-31T23:59:60Z"),
    "digest in upper case": changed(1, sha256(HTTP).encode(), b"SHA-256:" + sha256(HTTP)[7:].upper().encode()),
    "SHA-256 in Base32": changed(
        1, sha256(HTTP).encode(), b"sha256:" + base64.b32encode(hashlib.sha256(HTTP).digest()).rstrip(b"=")
    ),
    "payload of the entity": packed(
        [records()[0], record(base("response", 1, CHUNKED, ("WARC-Payload-Digest", sha256(b"hello"))), CHUNKED)]
    ),
    "payload of a large answer": packed(
        [record(base("response", 1, LARGE, ("WARC-Payload-Digest", sha256(LARGE.partition(b"\r\n\r\n")[2]))), LARGE)]
    ),
    "payload of a request": packed(
        [record(base("request", 1, REQUEST + b"q=1", ("WARC-Payload-Digest", sha256(b"q=1"))), REQUEST + b"q=1")]
    ),
    "revisit of an earlier one": packed(
        [
            *records(),
            record(
                base(
                    "revisit",
                    4,
                    b"",
                    ("WARC-Profile", "http://p.example/"),
                    ("WARC-Refers-To", IDS[1]),
                    ("WARC-Payload-Digest", sha256(b"hello world")),
                ),
                b"",
            ),
        ]
    ),
    "unknown field": twice(1, b"X-Note: hello"),
    "protocol twice": changed(1, b"WARC/1.1\r\n", b"WARC/1.1\r\nWARC-Protocol: h2\r\nWARC-Protocol: tls/1.3\r\n"),
}
