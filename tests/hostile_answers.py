"""Answers that real servers give and parsers stumble over, as data: `CASES`, in the groups of the threat model.

Every test that must survive any answer (wire, WARC, pipeline) runs over all of them.
"""

import gzip
import zlib

import brotlicffi
import zstandard
from server import Drip, HalfClose, HostileCase, Pause, Ragged, Reset, Send, Stay, Step, chunked, html, http

Expect = tuple[str, ...]
PAGE = "<p>" + "Свидетельство. " * 400 + "</p>"
OK = b"HTTP/1.1 200 OK"


def case(name: str, group: str, answer: bytes | tuple[Step, ...], *expect: str, endless: bool = False) -> HostileCase:
    """One case; bytes alone are sent and followed by a clean close."""
    return HostileCase(name, group, (Send(answer),) if isinstance(answer, bytes) else answer, expect, endless)


def _head(line: bytes, *more: bytes) -> bytes:
    return b"\r\n".join((line, b"Content-Length: 2", *more, b"", b"ok"))


CONTROL = (
    case("ok-length", "control", http("plain")),
    case("ok-chunked", "control", chunked(b"one ", b"two ", b"three")),
    case("ok-close", "control", http("to the close", length=False), "body-close-delimited"),
    case("ok-html", "control", html("Заголовок", PAGE)),
    case("ok-empty", "control", http(b"")),
    case("ok-204", "control", http(b"", line=b"HTTP/1.1 204 No Content", length=False)),
    case("ok-304", "control", http(b"", line=b"HTTP/1.1 304 Not Modified", length=False)),
    case("ok-404", "control", http("not here", line=b"HTTP/1.1 404 Not Found")),
    case("ok-410", "control", http("gone", line=b"HTTP/1.1 410 Gone")),
    case("ok-451", "control", http("blocked", line=b"HTTP/1.1 451 Unavailable For Legal Reasons")),
    case("ok-503-retry", "control", http("", "Retry-After: 99999999999", line=b"HTTP/1.1 503 Busy")),
    case("ok-http10", "control", http("old", line=b"HTTP/1.0 200 OK", length=False), "body-close-delimited"),
    case("ok-binary", "control", http(bytes(range(256)) * 64, "Content-Type: application/octet-stream")),
    case("ok-megabyte", "control", http(bytes(range(251)) * 6000)),  # past what is kept in memory
)

STATUS = (
    case("status-two-spaces", "status-line", _head(b"HTTP/1.1  200 OK"), "status-spacing"),
    case("status-tab", "status-line", _head(b"HTTP/1.1\t200\tOK")),
    case("status-lower", "status-line", _head(b"http/1.1 200 OK"), "status-version-odd"),
    case("status-http2", "status-line", _head(b"HTTP/2 200"), "status-version-odd"),
    case("status-http12", "status-line", _head(b"HTTP/1.2 200 OK"), "status-version-odd"),
    case("status-http3-text", "status-line", _head(b"HTTP/3.0 200 OK"), "status-version-odd"),
    case("status-no-reason", "status-line", _head(b"HTTP/1.1 200")),
    case("status-no-reason-space", "status-line", _head(b"HTTP/1.1 200 ")),
    case("status-long-reason", "status-line", _head(b"HTTP/1.1 200 " + b"so " * 5000)),
    case("status-reason-latin1", "status-line", _head(b"HTTP/1.1 200 D\xe9sol\xe9"), "status-reason-odd"),
    case("status-reason-utf8", "status-line", _head("HTTP/1.1 200 Хорошо".encode()), "status-reason-odd"),
    case("status-reason-esc", "status-line", _head(b"HTTP/1.1 200 \x1b[2J\x1b]0;x\x07"), "status-reason-odd"),
    case("status-reason-markup", "status-line", _head(b"HTTP/1.1 200 [bold red]OK[/] :skull:")),
    case("status-099", "status-line", _head(b"HTTP/1.1 099 Low"), "status-out-of-range"),
    case("status-20", "status-line", _head(b"HTTP/1.1 20 Short"), "status-out-of-range"),
    case("status-2000", "status-line", _head(b"HTTP/1.1 2000 Long"), "status-out-of-range"),
    case("status-999", "status-line", _head(b"HTTP/1.1 999 Request denied"), "status-out-of-range"),
    case("status-600", "status-line", _head(b"HTTP/1.1 600 Beyond"), "status-out-of-range"),
    case("status-huge", "status-line", _head(b"HTTP/1.1 " + b"9" * 6000 + b" OK")),
    case("status-negative", "status-line", _head(b"HTTP/1.1 -200 OK"), "status-missing"),
    case("status-word", "status-line", _head(b"HTTP/1.1 OK"), "status-missing"),
    case("status-arabic-digits", "status-line", _head("HTTP/1.1 ٢٠٠ OK".encode()), "status-missing"),
    case("status-icy", "status-line", b"ICY 200 OK\r\nicy-name: radio\r\n\r\nmusic", "status-icy"),
    case("status-crlf-before", "status-line", b"\r\n" + http("ok"), "status-junk-before"),
    case("status-bom", "status-line", b"\xef\xbb\xbf" + http("ok"), "status-junk-before"),
    case("status-garbage-before", "status-line", b"PHP Notice: x\r\n" + http("ok"), "status-line-missing"),
    case("status-http09", "status-line", b"<html><title>Old</title>old page</html>", "status-line-missing"),
    case("status-http09-binary", "status-line", bytes(range(256)), "status-line-missing"),
    case("status-http09-short", "status-line", b"hi", "status-line-missing"),
    case("status-lf-only", "status-line", http("ok", eol=b"\n"), "head-bare-lf"),
    case("status-alone", "status-line", b"HTTP/1.1 200 OK\r\n\r\n", "body-close-delimited"),
)

HEADERS = (
    case("hdr-latin1", "headers", http("ok", b"X-Name: caf\xe9"), "header-non-ascii"),
    case("hdr-utf8", "headers", http("ok", "X-Name: имя"), "header-non-ascii"),
    case("hdr-fold", "headers", http("ok", "X-Long: one\r\n two\r\n\tthree"), "header-folded"),
    case("hdr-leading-fold", "headers", OK + b"\r\n X: y\r\nContent-Length: 2\r\n\r\nok", "header-leading-space"),
    case("hdr-no-colon", "headers", http("ok", "this line has no colon"), "header-no-colon"),
    case("hdr-empty-name", "headers", http("ok", ": nameless"), "header-name-empty"),
    case("hdr-space-in-name", "headers", http("ok", "X Name: y"), "header-name-odd"),
    case("hdr-slash-in-name", "headers", http("ok", "X/Name: y"), "header-name-odd"),
    case("hdr-nonascii-name", "headers", http("ok", "Имя: y"), "header-name-odd"),
    case("hdr-space-before-colon", "headers", http("ok", "X-Name : y"), "header-space-before-colon"),
    case("hdr-trailing-ws", "headers", http("ok", "X-Name: y \t ")),
    case("hdr-leading-ws", "headers", http("ok", "X-Name:\t  y")),
    case("hdr-no-ws", "headers", http("ok", "X-Name:y")),
    case("hdr-empty-value", "headers", http("ok", "X-Name:")),
    case("hdr-bare-cr", "headers", http("ok", b"X-Name: a\rb"), "header-bare-cr"),
    case("hdr-nul", "headers", http("ok", b"X-Name: a\x00b"), "header-nul"),
    case("hdr-esc", "headers", http("ok", b"X-Name: \x1b[31mred"), "header-control"),
    case("hdr-mixed-eol", "headers", OK + b"\nX: y\r\nContent-Length: 2\n\r\nok", "head-bare-lf"),
    case("hdr-double-type", "headers", http("ok", "Content-Type: text/a", "Content-Type: text/b"), "header-several"),
    case("hdr-cookies", "headers", http("ok", "Set-Cookie: a=1", "Set-Cookie: b=2", b"Set-Cookie: \x01=3")),
    case("hdr-odd-case", "headers", OK + b"\r\ncOnTeNt-LeNgTh: 2\r\n\r\nok"),
    case("hdr-many", "headers", http("ok", *[f"X-{i}: {i}" for i in range(5000)])),
    case("hdr-too-many", "headers", http("ok", *[b"a:"] * 100_500), "header-too-many"),
    case("hdr-100k-value", "headers", http("ok", "X-Long: " + "v" * 100_000)),
    case("hdr-megabyte", "headers", http("ok", *["X-Long: " + "v" * 1000] * 1024)),
    case("hdr-9-megabytes", "headers", OK + b"\r\nX: " + b"v" * (9 << 20) + b"\r\n\r\nok", "head-too-long"),
    case("hdr-cut", "headers", OK + b"\r\nX-Name: y\r\nContent-Le", "head-cut"),
    case("hdr-cut-status", "headers", b"HTTP/1.1 20", "head-cut"),
    case("hdr-cut-before-empty-line", "headers", OK + b"\r\nX-Name: y\r\n", "head-cut"),
    case("hdr-warc-inject", "headers", http("ok", "WARC-Date: 1999-01-01T00:00:00Z", "X: WARC/1.1")),
)

LENGTH = (
    case("len-plus", "length", OK + b"\r\nContent-Length: +2\r\n\r\nok", "length-unusable"),
    case("len-negative", "length", OK + b"\r\nContent-Length: -1\r\n\r\nok", "length-unusable"),
    case("len-word", "length", OK + b"\r\nContent-Length: two\r\n\r\nok", "length-unusable"),
    case("len-empty", "length", OK + b"\r\nContent-Length:\r\n\r\nok"),
    case("len-hex", "length", OK + b"\r\nContent-Length: 0x2\r\n\r\nok", "length-unusable"),
    case("len-underscore", "length", OK + b"\r\nContent-Length: 1_0\r\n\r\n0123456789", "length-unusable"),
    case("len-arabic", "length", OK + "\r\nContent-Length: ٢\r\n\r\nok".encode(), "length-unusable"),
    case("len-zeros", "length", OK + b"\r\nContent-Length: 000002\r\n\r\nok"),
    case("len-40-digits", "length", OK + b"\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\nok", "length-too-large"),
    case("len-same-twice", "length", http("ok", "Content-Length: 2"), "length-several"),
    case("len-same-list", "length", OK + b"\r\nContent-Length: 2, 2\r\n\r\nok", "length-several"),
    case("len-conflict", "length", http("ok!", "Content-Length: 2"), "length-conflict"),
    case("len-conflict-list", "length", OK + b"\r\nContent-Length: 2, 3\r\n\r\nok!", "length-conflict"),
    case("len-too-short", "length", OK + b"\r\nContent-Length: 2\r\n\r\nok and more", "bytes-after-end"),
    case("len-too-long", "length", OK + b"\r\nContent-Length: 200\r\n\r\nok", "body-cut"),
    case("len-terabyte", "length", OK + b"\r\nContent-Length: 1000000000000\r\n\r\nok", "body-cut"),
    case("len-zero-with-body", "length", OK + b"\r\nContent-Length: 0\r\n\r\nsurprise", "bytes-after-end"),
    case("len-204-with-body", "length", b"HTTP/1.1 204 No Content\r\n\r\nsurprise", "bytes-after-end"),
    case("len-and-chunked", "length", chunked(b"ok", headers=("Content-Length: 1",)), "transfer-encoding-with-length"),
)

_CHUNK_HEAD = OK + b"\r\nTransfer-Encoding: chunked\r\n\r\n"

CHUNKED = (
    case("chunk-extension", "chunked", _CHUNK_HEAD + b"2;a=b\r\nok\r\n0;c\r\n\r\n", "chunk-extension"),
    case("chunk-trailer", "chunked", chunked(b"ok", end=b"0\r\nX-Sum: 1\r\n\r\n"), "chunk-trailer"),
    case("chunk-0x", "chunked", _CHUNK_HEAD + b"0x2\r\nok\r\n0\r\n\r\n", "chunk-size-odd"),
    case("chunk-upper", "chunked", _CHUNK_HEAD + b"A\r\n0123456789\r\n0\r\n\r\n"),
    case("chunk-zeros", "chunked", _CHUNK_HEAD + b"0000002\r\nok\r\n000\r\n\r\n"),
    case("chunk-space", "chunked", _CHUNK_HEAD + b"2  \r\nok\r\n0\r\n\r\n", "chunk-size-odd"),
    case("chunk-lf", "chunked", _CHUNK_HEAD + b"2\nok\n0\n\n", "chunk-bare-lf"),
    case("chunk-40-digits", "chunked", _CHUNK_HEAD + b"f" * 40 + b"\r\nok", "chunk-size-too-large"),
    case("chunk-negative", "chunked", _CHUNK_HEAD + b"-2\r\nok\r\n0\r\n\r\n", "chunk-broken"),
    case("chunk-garbage", "chunked", _CHUNK_HEAD + b"zz\r\nok\r\n0\r\n\r\n", "chunk-broken"),
    case("chunk-plain-body", "chunked", _CHUNK_HEAD + b"<p>not chunked at all</p>", "chunk-broken"),
    case("chunk-no-last", "chunked", _CHUNK_HEAD + b"2\r\nok\r\n", "chunk-last-missing"),
    case("chunk-no-end", "chunked", _CHUNK_HEAD + b"2\r\nok\r\n0\r\n", "chunk-end-missing"),
    case("chunk-cut", "chunked", _CHUNK_HEAD + b"20\r\nonly a part", "body-cut"),
    case("chunk-cut-size", "chunked", _CHUNK_HEAD + b"2\r\nok\r\n2", "body-cut"),
    case("chunk-missing-crlf", "chunked", _CHUNK_HEAD + b"2\r\nok2\r\nno\r\n0\r\n\r\n", "chunk-broken"),
    case("chunk-extra", "chunked", chunked(b"ok") + b"and more", "bytes-after-end"),
    case("chunk-many", "chunked", chunked(*[b"x"] * 20_000)),
    case("chunk-empty", "chunked", chunked()),
    case("te-twice", "chunked", chunked(b"ok", headers=("Transfer-Encoding: chunked",)), "transfer-encoding-several"),
    case("te-identity", "chunked", http("ok", "Transfer-Encoding: identity"), "transfer-encoding-odd"),
    case("te-unknown", "chunked", http("ok", "Transfer-Encoding: cheese"), "transfer-encoding-odd"),
    case(
        "te-gzip-chunked",
        "chunked",
        chunked(gzip.compress(b"ok")).replace(b"chunked", b"gzip, chunked", 1),
        "transfer-encoding-odd",
    ),
    case("te-upper", "chunked", chunked(b"ok").replace(b"chunked", b"CHUNKED", 1)),
    case(
        "te-http10",
        "chunked",
        chunked(b"ok").replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        "transfer-encoding-ignored",
    ),
)

_TEXT = ("Улика. " * 2000).encode()
_GZ = gzip.compress(_TEXT, mtime=0)


def _coded(coding: str, data: bytes, *more: str) -> bytes:
    return http(data, f"Content-Encoding: {coding}", "Content-Type: text/plain; charset=utf-8", *more)


CODING = (
    case("gzip", "coding", _coded("gzip", _GZ)),
    case("gzip-x", "coding", _coded("x-gzip", _GZ)),
    case("gzip-upper", "coding", _coded("GZip", _GZ)),
    case("gzip-members", "coding", _coded("gzip", gzip.compress(_TEXT, mtime=0) + _GZ)),
    case("gzip-cut", "coding", _coded("gzip", _GZ[: len(_GZ) // 2]), "coding-cut"),
    case("gzip-not", "coding", _coded("gzip", b"this is not gzip"), "coding-broken"),
    case("gzip-broken", "coding", _coded("gzip", _GZ[:-8] + bytes(8)), "coding-broken"),
    case("gzip-trailing", "coding", _coded("gzip", _GZ + b"trailing junk"), "coding-trailing"),
    case("gzip-chunked", "coding", chunked(_GZ[:30], _GZ[30:], headers=("Content-Encoding: gzip",))),
    case("gzip-twice", "coding", _coded("gzip, gzip", gzip.compress(_GZ, mtime=0))),
    case("gzip-close", "coding", OK + b"\r\nContent-Encoding: gzip\r\n\r\n" + _GZ, "body-close-delimited"),
    case("deflate", "coding", _coded("deflate", zlib.compress(_TEXT))),
    case("deflate-raw", "coding", _coded("deflate", zlib.compress(_TEXT)[2:-4]), "coding-raw-deflate"),
    case("brotli", "coding", _coded("br", brotlicffi.compress(_TEXT))),
    case("brotli-broken", "coding", _coded("br", b"\xff" + brotlicffi.compress(_TEXT)), "coding-broken"),
    case("zstd", "coding", _coded("zstd", zstandard.compress(_TEXT))),
    case("zstd-cut", "coding", _coded("zstd", zstandard.compress(_TEXT)[:-4]), "coding-cut"),
    case("coding-unknown", "coding", _coded("sdch", _GZ), "coding-unknown"),
    case("coding-six", "coding", _coded(", ".join(["gzip"] * 6), b"x"), "coding-too-many"),
    case("coding-identity", "coding", _coded("identity", _TEXT)),
    case("coding-empty-body", "coding", _coded("gzip", b"")),
    case("bomb-gzip", "coding", _coded("gzip", gzip.compress(bytes(64 << 20), mtime=0)), "coding-bounded"),
    case(
        "bomb-gzip-gzip",
        "coding",
        _coded("gzip, gzip", gzip.compress(gzip.compress(bytes(64 << 20), mtime=0))),
        "coding-bounded",
    ),
    case("bomb-brotli", "coding", _coded("br", brotlicffi.compress(bytes(64 << 20))), "coding-bounded"),
)

_EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"

INTERIM = (
    case("interim-100", "interim", b"HTTP/1.1 100 Continue\r\n\r\n" + http("ok")),
    case("interim-103", "interim", _EARLY + http("ok")),
    case("interim-many", "interim", _EARLY * 300 + http("ok")),
    case("interim-102-199", "interim", b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 199 Odd\r\n\r\n" + http("ok")),
    case("interim-slow", "interim", (Send(_EARLY), Pause(0.05), Send(http("ok")))),
    case("interim-only", "interim", _EARLY, "interim-only"),
    case("interim-then-09", "interim", _EARLY + b"<p>no status line</p>", "status-line-missing"),
    case("interim-101", "interim", b"HTTP/1.1 101 Switching Protocols\r\n\r\nframes", "status-switching"),
    case("interim-100-length", "interim", b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n" + http("ok")),
)

_POISON = http("ok") + http("FORGED")

CONNECTION = (
    case("conn-poison", "connection", _POISON, "bytes-after-end"),
    case("conn-poison-late", "connection", (Send(http("ok")), Pause(0.02), Send(http("FORGED"))), "bytes-after-end"),
    case("conn-poison-keep", "connection", (Send(_POISON), Stay()), "bytes-after-end"),
    case("conn-keep-alive", "connection", (Send(http("ok", "Connection: keep-alive")), Stay())),
    case("conn-half-close", "connection", (Send(http("ok", length=False)), HalfClose()), "body-close-delimited"),
    case(
        "conn-reset-in-body",
        "connection",
        (Send(http("x" * 100).replace(b"100", b"900")), Pause(0.05), Reset()),
        "connection-reset",
    ),
    case("conn-reset-in-head", "connection", (Send(OK + b"\r\nX: "), Pause(0.05), Reset()), "connection-reset"),
    case(
        "conn-reset-to-close",
        "connection",
        (Send(http("x", length=False)), Pause(0.05), Reset()),
        "connection-reset",
    ),
    case("conn-byte-by-byte", "connection", tuple(Send(bytes([byte])) for byte in http("slowly"))),
    case("conn-pieces", "connection", (Send(OK), Pause(0.01), Send(b"\r\n"), Pause(0.01), Send(http("ok")[17:]))),
    case("conn-drip-endless", "connection", (Send(http("", length=False)), Drip(b"x", 0.02)), endless=True),
    case("conn-drip-head", "connection", (Send(OK + b"\r\nX: "), Drip(b"x", 0.02)), endless=True),
    case("conn-endless-interim", "connection", (Drip(_EARLY, 0.02),), endless=True),
    case("conn-endless-chunks", "connection", (Send(_CHUNK_HEAD), Drip(b"1\r\nx\r\n", 0.02)), endless=True),
    case("conn-hang-in-body", "connection", (Send(http("x").replace(b"1\r", b"9\r")), Stay()), endless=True),
    case("conn-hang-in-head", "connection", (Send(OK + b"\r\n"), Stay()), endless=True),
)

LOCATIONS = {
    "loop": "/case/redirect-loop",
    "relative": "../other?q=1",
    "no-path": "?q=1",
    "network-path": "//other.example/x",
    "script": "javascript:alert(1)",
    "data": "data:text/html,x",
    "file": "file:///etc/passwd",
    "ftp": "ftp://ftp.example/x",
    "gopher": "gopher://127.0.0.1:70/x",
    "backslash": "\\\\evil.example\\x",
    "userinfo": "http://user:secret@site.example/",
    "userinfo-trick": "http://127.0.0.1:80@127.0.0.2/",
    "port-0": "http://site.example:0/",
    "port-huge": "http://site.example:99999/",
    "space": "/a b c",
    "non-ascii": "/страница",
    "fragment": "/x#part",
    "idn": "http://пример.испытание/",
    "idn-punycode": "http://xn--e1afmkfd.xn--80akhbyknj4f/",
    "empty": "",
    "one-slash": "http:/site.example/x",
    "no-scheme-colon": "://x",
    "crlf-escaped": "/x%0d%0aWARC-Date:%201999",
    "long": "/" + "x" * 100_000,
    "tab": "/a\tb",
}


def _moved(*lines: str | bytes) -> bytes:
    return http("moved", *lines, line=b"HTTP/1.1 302 Found")


REDIRECT = (
    *(case(f"redirect-{name}", "redirect", _moved(f"Location: {to}")) for name, to in LOCATIONS.items()),
    case("redirect-latin1", "redirect", _moved(b"Location: /caf\xe9")),
    case("redirect-two", "redirect", _moved("Location: /a", "Location: /b")),
    case("redirect-none", "redirect", _moved()),
    case("redirect-bare-cr", "redirect", _moved(b"Location: /a\rX-Evil: 1")),
    case("redirect-nul", "redirect", _moved(b"Location: /a\x00b")),
    case("redirect-300", "redirect", http("pick", "Location: /a", line=b"HTTP/1.1 300 Multiple Choices")),
)

TITLES = {
    "ansi": "\x1b[2J\x1b[31mred",
    "c1": "\x9b31m",
    "markup": "[/nope][link=file:///etc/passwd]x[/link] :skull:",
    "bidi": "abc\u202egnp.exe",
    "zero-width": "a\u200bb\ufeffc",
    "crlf": "a\r\nWARC-Type: response\r\n\r\n",
    "nul": "a\x00b",
    "csv": '=HYPERLINK("http://x","y")',
    "script": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "json": '"}\n{"seq":1}',
    "long": "т" * 100_000,
    "empty": "",
    "surrogate": "&#xD800;&#x0;",
}

CONTENT = (
    *(case(f"title-{name}", "content", html(title)) for name, title in TITLES.items()),
    case("text-1251", "content", http("<title>Улика</title>".encode("cp1251"), "Content-Type: text/html")),
    case(
        "text-1251-declared",
        "content",
        http("<title>Улика</title>".encode("cp1251"), "Content-Type: text/html; charset=windows-1251"),
    ),
    case("text-utf16", "content", http("\ufeff<title>Улика</title>".encode("utf-16-le"), "Content-Type: text/html")),
    case("text-bad-charset", "content", http("<title>x</title>", "Content-Type: text/html; charset=klingon")),
    case("text-type-odd", "content", http("<title>x</title>", b"Content-Type: text/html\x07; =;\xff")),
    case("text-deep-json", "content", http(b"[" * 100_000, "Content-Type: application/json")),
    case("text-deep-html", "content", http(b"<div>" * 100_000, "Content-Type: text/html")),
)

TLS = (
    case("tls-ragged-length", "tls", (Send(http("ok")), Ragged()), "tls-no-close-notify"),
    case("tls-ragged-close", "tls", (Send(http("ok", length=False)), Ragged()), "tls-no-close-notify"),
    case("tls-ragged-chunked", "tls", (Send(_CHUNK_HEAD + b"2\r\nok\r\n"), Ragged()), "tls-no-close-notify"),
)

PLAIN_CASES = (
    *CONTROL, *STATUS, *HEADERS, *LENGTH, *CHUNKED, *CODING, *INTERIM, *CONNECTION, *REDIRECT, *CONTENT,
)  # fmt: skip
CASES: tuple[HostileCase, ...] = (*PLAIN_CASES, *TLS)
