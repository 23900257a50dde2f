"""The one pattern for usual heads lets nothing pass that the rules would name."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.verify import profile
from archiver.warc import head as heads
from archiver.warc import regular
from archiver.warc.head import parse_head
from archiver.warc.regular import is_regular, regular_fields
from archiver.warc.rules import oddities
from archiver.warc.scan import Record

ID = "<urn:uuid:00000000-0000-4000-8000-000000000001>"
SHA256 = "sha256:" + "0" * 64
FIELDS = (
    ("WARC-Type", "response"),
    ("WARC-Record-ID", ID),
    ("WARC-Date", "2026-11-22T06:55:58.854810Z"),
    ("WARC-Target-URI", "http://a.example/x?y=1"),
    ("WARC-Warcinfo-ID", ID),
    ("WARC-Concurrent-To", ID),
    ("WARC-Concurrent-To", ID),
    ("WARC-IP-Address", "192.0.2.7"),
    ("WARC-Protocol", "http/1.1"),
    ("WARC-Protocol", "tls/1.3"),
    ("WARC-Cipher-Suite", "TLS_AES_128_GCM_SHA256"),
    ("WARC-Truncated", "length"),
    ("Archiver-Fidelity", "decoded"),
    ("WARC-Payload-Digest", SHA256),
    ("WARC-Block-Digest", SHA256),
    ("Content-Type", "application/http; msgtype=response"),
    ("Content-Length", "12"),
)
INFO = ((FIELDS[0][0], "warcinfo"), *FIELDS[1:3], FIELDS[-3], ("Content-Type", "application/warc-fields"), FIELDS[-1])
VALUES = (
    "", " ", "x", "<x>", ID, SHA256, "1", "-1", "²", "a b", "a\tb", "a\rb", "2026-02-30T06:55:58.854810Z",
    "2026-11-31T06:55:58.854810Z", "0000-01-01T00:00:00.000000Z", "2026-11-22T24:00:00.000000Z", "2026-11-22T06:55:58Z",
    "2026-12-31T23:59:59.000000Z", "2026-04-30T00:00:00.000000Z", "2028-02-29T00:00:00.000000Z", "urn:x", "a b:c",
    "time", "<http://a.example/>", "http://a.example/<", "application/json", "resource", "request", "metadata",
    "revisit", "é",
)  # fmt: skip


def written(fields: tuple[tuple[str, str], ...], version: str = "WARC/1.1") -> bytes:
    return "".join(f"{line}\r\n" for line in (version, *(f"{n}: {v}" for n, v in fields), "")).encode()


def judged(data: bytes) -> list[object]:
    """What the rules say of a head, read line by line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heads, "is_regular", lambda _: False)
        head = parse_head(data)
    record = Record(1, 0, 0, "", head, 0, "", ())
    return [*head.odd, *oddities(head), *profile._form(record)]


def altered() -> Iterator[tuple[tuple[str, str], ...]]:
    for fields in (FIELDS, INFO):
        yield fields
        for at, (name, _) in enumerate(fields):
            yield fields[:at] + fields[at + 1 :]
            yield fields[:at] + fields[at : at + 1] + fields[at:]
            yield (*fields[:at], ("X", "y"), *fields[at:])
            yield (*fields[:at], (name.lower(), fields[at][1]), *fields[at + 1 :])
            for value in VALUES:
                yield (*fields[:at], (name, value), *fields[at + 1 :])


def test_a_usual_head_is_one_and_nothing_is_odd_about_it() -> None:
    for fields in (FIELDS, INFO):
        assert is_regular(written(fields))
        assert judged(written(fields)) == []


def test_whatever_is_changed_in_a_usual_head_is_not_usual_or_not_odd() -> None:
    usual = [data for data in map(written, altered()) if is_regular(data)]
    assert len(usual) > 20
    assert [data for data in usual if judged(data)] == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the pattern is long
@given(st.one_of([st.from_regex(pattern, fullmatch=True) for pattern in regular._HEADS.values()]))
def test_no_usual_head_is_odd_and_both_ways_read_the_same(text: str) -> None:
    data = text.encode("ascii")
    assert judged(data) == []
    quick = parse_head(data)
    assert quick.regular
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heads, "is_regular", lambda _: False)
        slow = parse_head(data)
    assert (quick.version, quick.fields, quick.size) == (slow.version, slow.fields, slow.size)
    assert regular_fields(data) == (
        slow.type,
        slow.id,
        *(slow.value(name) for name in ("WARC-Date", "WARC-Target-URI", "WARC-Warcinfo-ID")),
        "".join(f"WARC-Concurrent-To: {value}\r\n" for value in slow.values("WARC-Concurrent-To")),
        *(slow.value(name) for name in ("WARC-IP-Address", "WARC-Truncated", "Archiver-Fidelity")),
        *(slow.value(name) for name in ("WARC-Payload-Digest", "WARC-Block-Digest")),
        slow.value("Content-Length"),
    )


@pytest.mark.parametrize("data", [written(FIELDS, "WARC/1.0"), written(FIELDS)[:-2], written(FIELDS) + b"\r\n"])
def test_other_versions_and_cut_heads_are_not_usual(data: bytes) -> None:
    assert not is_regular(data)


def test_a_long_head_that_is_nearly_usual_takes_no_time() -> None:
    many = tuple(("WARC-Concurrent-To", ID) for _ in range(20_000))
    spaces = ("WARC-Protocol", "a" + " a" * 200_000)
    assert is_regular(written(FIELDS[:7] + many + (spaces,) + FIELDS[9:]))
    assert not is_regular(written(FIELDS[:7] + many + (spaces,) + FIELDS[9:-1]))
    odd = re.sub(b"a\r\n", b"a \r\n", written((*FIELDS[:7], spaces, *FIELDS[9:])))
    assert not parse_head(odd).regular
