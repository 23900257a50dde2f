"""Odd HTTP: what servers send, and what a keeper of octets must not put straight."""

import base64
import gzip
import zlib

from browser_site.messages import Answer, Asked, Handler, chunked, cut, head, whole

TEXT = "Список деревьев прочитан вслух, от первого до последнего. El árbol número nueve sigue en pie.\n" * 40
PLAIN = "text/plain; charset=utf-8"
BODY = TEXT.encode()
# TEXT, coded once with brotli: the standard library cannot.
BROTLI = base64.b64decode(
    "G38W+C0O7IZvGwm7JWIHn2ucqqjQi/TiTcVq/MkD0ay6LeT6X8RiKQ9NfgeiuHeZG9ywVhBLq9MuZWx2epSG5vpNX8JPPx1JwpWT"
    "ojsbEhBNEFMJNpzM8idSr1Y/w2wKEoESZ+OkV0i8e23//Sof9+2aagMArgQA"
)


def gzip_chunked(asked: Asked) -> Answer:
    return chunked(asked, cut(gzip.compress(BODY, mtime=0), 37), PLAIN, "Content-Encoding: gzip")


def deflated(asked: Asked) -> Answer:
    return whole(asked, zlib.compress(BODY), PLAIN, "Content-Encoding: deflate")


def brotli(asked: Asked) -> Answer:
    """Brotli, whether it was asked for or not."""
    return whole(asked, BROTLI, PLAIN, "Content-Encoding: br")


def trailers(asked: Asked) -> Answer:
    end = b"X-Checksum: %08x\r\nX-Signed-Off: nobody\r\n" % zlib.crc32(BODY)
    return chunked(asked, cut(BODY, 999), PLAIN, "Trailer: X-Checksum, X-Signed-Off", trailers=end)


def chunk_extensions(asked: Asked) -> Answer:
    first = head(asked, "200 OK", f"Content-Type: {PLAIN}", "Transfer-Encoding: chunked")
    chunks = (b"%X;part=%d\r\n%b\r\n" % (len(piece), n, piece) for n, piece in enumerate(cut(BODY, 500)))
    return Answer((first, *chunks, b"000;last\r\n\r\n"))


def until_close(asked: Asked) -> Answer:
    return Answer((head(asked, "200 OK", f"Content-Type: {PLAIN}", "Connection: close"), *cut(BODY, 999)), "close")


def http_1_0(asked: Asked) -> Answer:
    return Answer((head(asked, "200 OK", f"Content-Type: {PLAIN}", version="HTTP/1.0") + BODY,), "close")


def early_hints(asked: Asked) -> Answer:
    """A 103 (RFC 8297), and the answer in a piece of its own."""
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </site.css>; rel=preload; as=style\r\n\r\n"
    return Answer((interim, *whole(asked, BODY, PLAIN).pieces))


def twice(asked: Asked) -> Answer:
    """Fields that stand twice, in odd spelling, folded, and with octets beyond ASCII."""
    fields = (
        "Set-Cookie: one=first-of-two; Path=/odd", "Set-Cookie: two=second-of-two; Path=/odd",
        "x-aUTHOR: Se\xf1ora Tijol\xe9sova", "X-Empty:", "X-Spaces:   three before, three after   ",
    )  # fmt: skip
    return whole(asked, BODY, PLAIN, *fields)


def bare_newlines(asked: Asked) -> Answer:
    first = head(asked, "200 OK", f"Content-Type: {PLAIN}", f"Content-Length: {len(BODY)}")
    return Answer((first.replace(b"\r\n", b"\n") + BODY,))


def short(asked: Asked) -> Answer:
    """Less than was promised."""
    return Answer((head(asked, "200 OK", f"Content-Type: {PLAIN}", "Content-Length: 9999") + BODY[:3000],), "close")


def empty(asked: Asked) -> Answer:
    return Answer((head(asked, "204 No Content"),))


def unchanged(asked: Asked) -> Answer:
    """The text the first time; to who has it already, that it has not changed."""
    if asked.value("If-None-Match") == '"trees-9"':
        return Answer((head(asked, "304 Not Modified", 'ETag: "trees-9"', "Cache-Control: no-cache"),))
    return whole(asked, BODY, PLAIN, 'ETag: "trees-9"', "Cache-Control: no-cache")


def gone(asked: Asked) -> Answer:
    return whole(asked, "Удалено.\n".encode(), PLAIN, status="410 Gone")


def no_reason(asked: Asked) -> Answer:
    return whole(asked, BODY, PLAIN, status="200 ")


def too_many(asked: Asked) -> Answer:
    return whole(asked, b"later\n", PLAIN, "Retry-After: 3600", status="429 Too Many Requests")


def broken(asked: Asked) -> Answer:
    return whole(asked, b"out of order\n", PLAIN, status="500 Internal Server Error")


def large(asked: Asked) -> Answer:
    """A megabyte in chunks of every size."""
    body, pieces, start = BODY * 150, [], 0
    for size in range(1, 1_000_000):
        pieces.append(body[start : start + size * 31])
        start += size * 31
        if start >= len(body):
            break
    return chunked(asked, tuple(pieces), PLAIN)


ODD: dict[str, Handler] = {
    "gzip-chunked": gzip_chunked, "deflate": deflated, "br": brotli, "trailers": trailers,
    "chunk-extensions": chunk_extensions, "until-close": until_close, "http-1.0": http_1_0,
    "early-hints": early_hints, "twice": twice, "bare-newlines": bare_newlines, "short": short, "empty": empty,
    "unchanged": unchanged, "gone": gone, "no-reason": no_reason, "too-many": too_many, "broken": broken,
    "large": large,
}  # fmt: skip
