"""What a browser asked for, as it goes over the wire: its headers, but for those of the way in between."""

import pytest

from archiver.capture.request import WireRequest, browser_request
from archiver.capture.secrets import Secret
from archiver.errors import UsageError
from archiver.model.address import Address

PAGE = Address.parse("https://site.example/a?b=c")


def _ask(*headers: tuple[bytes, bytes], method: str = "GET", body: bytes = b"", **more: object) -> WireRequest:
    return browser_request(PAGE, method, headers, body, **more)  # type: ignore[arg-type]


def _lines(request: WireRequest) -> list[bytes]:
    return request.sent().partition(b"\r\n\r\n")[0].split(b"\r\n")


def test_headers_go_out_in_their_order_without_those_of_the_way() -> None:
    request = _ask(
        (b"Host", b"evil.example"),
        (b"Connection", b"keep-alive, X-Hop"),
        (b"Proxy-Connection", b"keep-alive"),
        (b"Proxy-Authorization", b"Basic eA=="),
        (b"sec-ch-ua", b'"Chromium"'),
        (b"Keep-Alive", b"5"),
        (b"TE", b"trailers"),
        (b"X-Hop", b"1"),
        (b"Upgrade", b"h2c"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Content-Length", b"99"),
        (b"User-Agent", b"Mozilla/5.0"),
        (b"User-Agent", b"again"),
    )
    assert _lines(request) == [
        b"GET /a?b=c HTTP/1.1",
        b"Host: site.example",
        b'sec-ch-ua: "Chromium"',
        b"User-Agent: Mozilla/5.0",
        b"User-Agent: again",
        b"Connection: close",
    ]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (b"gzip, deflate, br, zstd", b"gzip, deflate"),
        (b"identity;q=1, *;q=0", b"identity;q=1, *;q=0"),
        (b"br", b"identity"),
        (b"*", b"identity"),
        (b"gzip;q=0.5,br;q=1", b"gzip;q=0.5"),
        (b"", b"identity"),
    ],
)
def test_only_codings_that_every_reader_undoes_are_asked_for(asked: bytes, sent: bytes) -> None:
    assert b"Accept-Encoding: " + sent in _lines(_ask((b"Accept-Encoding", asked)))


def test_no_coding_is_asked_for_where_there_is_a_secret() -> None:
    secrets = (Secret("Cookie", b"sid=0123456789"),)
    for request in (
        _ask((b"Accept-Encoding", b"gzip"), secrets=secrets),
        _ask((b"Accept-Encoding", b"gzip"), extra=(("X-Token", "abcdefgh"),)),
    ):
        assert b"Accept-Encoding: identity" in _lines(request)


def test_headers_of_the_user_replace_those_of_the_browser_and_their_secrets_are_looked_for() -> None:
    request = _ask(
        (b"accept-language", b"en"),
        (b"Cookie", b"a=b"),
        (b"Accept-Encoding", b"br"),
        extra=(("Accept-Language", "ru"), ("X-Token", "abcdefgh"), ("Accept-Encoding", "br")),
        secrets=(Secret("Cookie", b"a=b"),),
    )
    assert _lines(request)[2:-1] == [
        b"Cookie: a=b",
        b"Accept-Language: ru",
        b"X-Token: abcdefgh",
        b"Accept-Encoding: br",
    ]
    assert request.secrets == (Secret("X-Token", b"abcdefgh"), Secret("Cookie", b"a=b"))
    shown, redactions = request.recorded()
    assert b"Cookie: [redacted]" in shown
    assert b"abcdefgh" not in shown
    assert {each.place for each in redactions} == {"request header Cookie", "request header X-Token"}


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [("POST", b"", b"0"), ("PUT", b"", b"0"), ("PATCH", b"xy", b"2"), ("DELETE", b"", b""), ("GET", b"x", b"1")],
)
def test_the_length_is_ours(method: str, body: bytes, length: bytes) -> None:
    lines = _lines(_ask((b"content-length", b"7"), method=method, body=body))
    assert [line for line in lines if line.startswith(b"Content-Length")] == (
        [b"Content-Length: " + length] if length else []
    )


def test_a_websocket_is_asked_for_without_extensions() -> None:
    headers = (
        (b"Connection", b"keep-alive, Upgrade"),
        (b"Upgrade", b"WebSocket"),
        (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        (b"Sec-WebSocket-Version", b"13"),
        (b"Sec-WebSocket-Extensions", b"permessage-deflate"),
        (b"Sec-WebSocket-Protocol", b"chat"),
        (b"Origin", b"https://site.example"),
    )
    request = _ask(*headers)
    assert request.upgrade
    assert _lines(request)[2:] == [
        b"Upgrade: websocket",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Protocol: chat",
        b"Origin: https://site.example",
        b"Connection: Upgrade",
    ]
    assert not _ask(*headers, method="POST").upgrade
    assert not _ask(*(each for each in headers if each[0] != b"Sec-WebSocket-Key")).upgrade


@pytest.mark.parametrize(
    ("headers", "method", "extra"),
    [
        (((b"X-A", b"1\r\nX-B: 2"),), "GET", ()),
        (((b"X-A", b"\0"),), "GET", ()),
        (((b"X A", b"1"),), "GET", ()),
        (((b"", b"1"),), "GET", ()),
        ((), "GE T", ()),
        ((), "", ()),
        ((), "X" * 33, ()),
        ((), "GET", (("Host", "other.example"),)),
        ((), "GET", (("X-A", "1\n2"),)),
    ],
)
def test_what_would_make_another_request_of_it_is_refused(
    headers: tuple[tuple[bytes, bytes], ...], method: str, extra: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(UsageError):
        _ask(*headers, method=method, extra=extra)
