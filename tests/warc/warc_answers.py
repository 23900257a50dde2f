"""Answers of servers, as bytes, for the WARC tests: what every stock tool takes, and what some tools cannot take."""

import gzip
import zlib
from base64 import b64decode
from dataclasses import dataclass
from random import Random

TEXT = b"<p>Answer of the server.</p>"
# TEXT once through the tools of these codings; no encoder is needed to test
BROTLI = b64decode("GxsA+I2UqetT85i9wSkXn1SEEk6yGYZ6mregnB8xAA==")
ZSTD = b64decode("KLUv/SAc4QAAPHA+QW5zd2VyIG9mIHRoZSBzZXJ2ZXIuPC9wPg==")
CHUNKED = b"Transfer-Encoding: chunked"


def answer(body: bytes, *headers: bytes, line: bytes = b"HTTP/1.1 200 OK", length: bool = True) -> bytes:
    """An HTML answer with these further header lines."""
    lines = [line, b"Content-Type: text/html", *headers]
    if length:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def in_chunks(body: bytes, *, trailer: bytes = b"", extension: bytes = b"") -> bytes:
    """`body` in two chunks."""
    half = len(body) // 2
    pieces = (body[:half], body[half:])
    return b"".join(b"%x%s\r\n%s\r\n" % (len(p), extension, p) for p in pieces) + b"0\r\n" + trailer + b"\r\n"


def _chunks(body: bytes, *headers: bytes) -> bytes:
    return answer(body, CHUNKED, *headers, length=False)


_GZIP = gzip.compress(TEXT, mtime=0)
_FORGED = answer(b"FORGED")

# Every stock tool checks and indexes these, and pywb replays status and body as they were: name -> bytes.
INCOMPRESSIBLE = Random(1).randbytes(700_000)  # noqa: S311  # more than two pieces of what the writer compresses
TAKEN: dict[str, bytes] = {
    "length": answer(TEXT),
    "empty": answer(b""),
    "close": answer(TEXT, length=False),
    "http-1.0": answer(TEXT, line=b"HTTP/1.0 200 OK", length=False),
    "chunked": _chunks(in_chunks(TEXT)),
    "chunked-upper-case": answer(in_chunks(TEXT), b"Transfer-Encoding: Chunked", length=False),
    "chunked-twice": _chunks(in_chunks(TEXT), CHUNKED),
    "chunked-and-length": _chunks(in_chunks(TEXT), b"Content-Length: 5"),
    "chunked-cut": _chunks(in_chunks(TEXT)[:-9]),
    "chunk-broken": _chunks(b"zz\r\n" + TEXT),
    "chunk-none": _chunks(TEXT),
    "chunk-extension": _chunks(in_chunks(TEXT, extension=b";a=b")),
    "gzip": answer(_GZIP, b"Content-Encoding: gzip"),
    "gzip-chunked": _chunks(in_chunks(_GZIP), b"Content-Encoding: gzip"),
    "gzip-broken": answer(b"\x1f\x8b\x08\x00garbage", b"Content-Encoding: gzip"),
    "gzip-cut": answer(_GZIP[:30], b"Content-Encoding: gzip"),
    "gzip-not": answer(TEXT, b"Content-Encoding: gzip"),
    "gzip-members": answer(_GZIP + _GZIP, b"Content-Encoding: gzip"),
    "deflate": answer(zlib.compress(TEXT), b"Content-Encoding: deflate"),
    "deflate-raw": answer(zlib.compress(TEXT)[2:-4], b"Content-Encoding: deflate"),
    "brotli": answer(BROTLI, b"Content-Encoding: br"),
    "brotli-broken": answer(b"\xff" * 20, b"Content-Encoding: br"),
    "zstd": answer(ZSTD, b"Content-Encoding: zstd"),
    "transfer-identity": answer(TEXT, b"Transfer-Encoding: identity"),
    "binary": answer(bytes(range(256)) * 300),
    "incompressible": answer(INCOMPRESSIBLE),
    "no-content": b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n",
    "not-modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 28\r\n\r\n",
    "redirect": answer(b"moved", b"Location: /there", line=b"HTTP/1.1 302 Found"),
    "not-found": answer(TEXT, line=b"HTTP/1.1 404 Not Found"),
    "gone": answer(TEXT, line=b"HTTP/1.1 410 Gone"),
    "withheld-by-law": answer(TEXT, line=b"HTTP/1.1 451 Unavailable For Legal Reasons"),
    "server-error": answer(TEXT, line=b"HTTP/1.1 503 Service Unavailable"),
    "status-999": answer(TEXT, line=b"HTTP/1.1 999 Denied"),
    "status-no-reason": answer(TEXT, line=b"HTTP/1.1 200"),
    "status-spaces": answer(TEXT, line=b"HTTP/1.1  200  OK"),
    "status-lower-case": answer(TEXT, line=b"http/1.1 200 OK"),
    "status-latin-1": answer(TEXT, line=b"HTTP/1.1 200 D\xe9j\xe0"),
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x81\x05hello",
    "russian-1251": answer("Прокуратура".encode("cp1251"), b"X-Charset: windows-1251"),
    "header-latin-1": answer(TEXT, b"X-Name: caf\xe9"),
    "header-utf-8": answer(TEXT, "X-Name: Київ".encode()),
    "header-twice": answer(TEXT, b"Set-Cookie: a=1", b"Set-Cookie: b=2"),
    "header-folded": answer(TEXT, b"X-Long: one\r\n two"),
    "header-padded": answer(TEXT, b"X-Pad:     many   "),
    "header-no-colon": answer(TEXT, b"nonsense"),
    "header-no-name": answer(TEXT, b": empty"),
    "header-space-colon": answer(TEXT, b"X-Name : v"),
    "header-nul": answer(TEXT, b"X-Nul: a\x00b"),
    "header-bare-cr": answer(TEXT, b"X-Cr: a\rb"),
    "header-many": answer(TEXT, *(b"X-%d: %s" % (n, b"v" * 60) for n in range(5000))),
    "header-megabyte": answer(TEXT, b"X-Big: " + b"x" * 1_000_000),
    "head-bare-lf": answer(TEXT).replace(b"\r\n", b"\n"),
    "head-mixed-lf": answer(TEXT, b"A: 1\nB: 2"),
    "head-only": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
    "head-cut": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "length-long": answer(TEXT, b"Content-Length: 500", length=False),
    "length-conflict": answer(TEXT, b"Content-Length: 5", b"Content-Length: 28", length=False),
    "length-negative": answer(TEXT, b"Content-Length: -1", length=False),
    "length-words": answer(TEXT, b"Content-Length: many", length=False),
}


@dataclass(frozen=True, slots=True)
class Exceptional:
    """An answer that pywb does not replay, or cdxj-indexer not list, as it was: what pywb makes of it."""

    raw: bytes
    status: str
    body: bytes | None = None  # None: an error page of pywb's own


# Listed, with the reason, in docs/spec/warc-profile.md.
EXCEPTIONS: dict[str, Exceptional] = {
    "http-0.9": Exceptional(TEXT, "503 Service Unavailable"),
    "http-0.9-binary": Exceptional(b"\x00\x01\x02" * 50, "503 Service Unavailable"),
    "status-http-2": Exceptional(answer(TEXT, line=b"HTTP/2 200"), "503 Service Unavailable"),
    "status-http-1.2": Exceptional(answer(TEXT, line=b"HTTP/1.2 200 OK"), "503 Service Unavailable"),
    "status-icy": Exceptional(answer(TEXT, line=b"ICY 200 OK"), "503 Service Unavailable"),
    "status-after-bom": Exceptional(b"\xef\xbb\xbf" + answer(TEXT), "503 Service Unavailable"),
    "status-after-line": Exceptional(b"\r\n" + answer(TEXT), "200 OK", TEXT),
    "status-no-number": Exceptional(answer(TEXT, line=b"HTTP/1.1 OK"), "OK None", TEXT),
    "interim-100": Exceptional(b"HTTP/1.1 100 Continue\r\n\r\n" + answer(TEXT), "100 Continue", answer(TEXT)),
    "interim-103": Exceptional(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + answer(TEXT), "103 Early Hints", answer(TEXT)
    ),
    "bytes-after-end": Exceptional(answer(TEXT) + _FORGED, "200 OK", TEXT + _FORGED),
    "length-short": Exceptional(answer(TEXT, b"Content-Length: 5", length=False), "200 OK", TEXT),
    "chunk-bare-lf": Exceptional(
        _chunks(in_chunks(TEXT).replace(b"\r\n", b"\n")), "200 OK", in_chunks(TEXT).replace(b"\r\n", b"\n")
    ),
    "chunk-trailer": Exceptional(
        _chunks(in_chunks(TEXT, trailer=b"X-Sum: 1\r\n")), "200 OK", TEXT + b"0\r\nSum: 1\r\n\r\n"
    ),
    "coding-unknown": Exceptional(answer(TEXT, b"Content-Encoding: x-own"), "200 OK", TEXT),
    "head-blank-line": Exceptional(
        answer(TEXT, b"X-A: 1", b" ", b"X-B: 2"), "200 OK", b"X-B: 2\r\nContent-Length: 28\r\n\r\n" + TEXT
    ),
}
