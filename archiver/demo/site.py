"""The built-in site: a frozen table from address to the exact bytes of the answer.

Everything on it is our own writing, and every person, place and outlet is fictional. The pages have the shape of what
an investigator meets: articles in three languages and three charsets that point to each other, an image, a PDF report,
a chain of redirects, a chunked and a gzip answer, a host with a Cyrillic name, a page that is gone, and one that breaks
off. The texts are files in `pages/`, in UTF-8; the charset of an answer is applied here.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TypeAlias

from archiver.model.address import Address

Key: TypeAlias = tuple[str, str, str]  # scheme, ASCII host, target as in the request line
Answer: TypeAlias = bytes | Callable[[bytes], bytes]  # all bytes of the response, or what makes them of the body sent

POST = "southern-post.example"
MESSENGER = "vestnik-yuga.example"
JOURNAL = "diario-del-sur.example"
NEWS = "новости-юга.example"
MONITOR = "lana-monitor.example"
COMMUNITY = "dvor-i-ploshchad.example"

ARTICLE = "/2026/11/13/administrator-held"
CHUNK = 1000  # bytes of one chunk in the chunked answer
CUT_LENGTH = 2048  # what the answer that breaks off promises


@dataclass(frozen=True, slots=True)
class Stop:
    """One address that the demo captures: as a person would submit it, with the note and tags of the item."""

    address: str
    note: str
    tags: tuple[str, ...] = ()


TOUR = (
    Stop(f"https://{MESSENGER}/2026/11/12/administrator.html", "first report, in Russian", ("article",)),
    Stop(f"http://{POST}/s/4711", "short link, as it was passed on", ("article",)),
    Stop(f"https://{JOURNAL}/2026/detenido.html", "report in Spanish", ("article",)),
    Stop(f"https://{MESSENGER}/2026/10/31/skver.html", "earlier report on the nine detained", ("article", "earlier")),
    Stop(f"https://{POST}/2026/11/02/nine-held", "earlier report, in English", ("article", "earlier")),
    Stop(f"https://{NEWS}/письма/соседи", "open letter of the neighbours", ("letter",)),
    Stop(f"https://{POST}/media/square.png", "picture in two of the articles", ("image",)),
    Stop(f"https://{MONITOR}/2026-11-expert-report.pdf", "expert report", ("report",)),
    Stop(f"https://{COMMUNITY}/wall/1784", "the entry that named the nine", ("community",)),
    Stop(f"https://{COMMUNITY}/wall/1790", "last entry of the community", ("community",)),
)


def imported_file() -> Traversable:
    """Return the small text that the demo imports, as if it had been handed over by a person."""
    return _pages() / "note-of-the-family.txt"


@cache
def site() -> Mapping[Key, bytes]:
    """Return every answer of the site, status line to last byte, by scheme, host and request target."""
    answers = {
        f"https://{MESSENGER}/2026/11/12/administrator.html": answer(
            _text("administrator-ru.html", "windows-1251"), "text/html; charset=windows-1251"
        ),
        f"http://{POST}/s/4711": _redirect("301 Moved Permanently", f"https://{POST}/s/4711"),
        f"https://{POST}/s/4711": _redirect("302 Found", ARTICLE),
        f"https://{POST}{ARTICLE}": answer(_text("administrator-en.html"), "text/html; charset=utf-8"),
        f"https://{JOURNAL}/2026/detenido.html": answer(_text("administrator-es.html", "iso-8859-1"), "text/html"),
        f"https://{MESSENGER}/2026/10/31/skver.html": _chunked(_text("square-ru.html"), "text/html; charset=utf-8"),
        f"https://{POST}/2026/11/02/nine-held": answer(
            gzip.compress(_text("square-en.html"), mtime=0), "text/html", "Content-Encoding: gzip"
        ),
        f"https://{NEWS}/письма/соседи": answer(_text("neighbours-ru.html"), "text/html"),
        f"https://{POST}/media/square.png": answer(_bytes("square.png"), "image/png"),
        f"https://{MONITOR}/2026-11-expert-report.pdf": answer(_bytes("expert-report.pdf"), "application/pdf"),
        f"https://{COMMUNITY}/wall/1784": answer(_text("gone-ru.html"), "text/html; charset=utf-8", status="410 Gone"),
        f"https://{COMMUNITY}/wall/1790": answer(_text("cut-ru.html"), "text/html; charset=utf-8", length=CUT_LENGTH),
    }
    return MappingProxyType({key_of(Address.parse(url)): answer for url, answer in answers.items()})


def hosts(table: Mapping[Key, Answer]) -> tuple[str, ...]:
    """Return the ASCII hosts of `table`, sorted."""
    return tuple(sorted({host for _, host, _ in table}))


def key_of(address: Address) -> Key:
    """Return the place of `address` in the table."""
    return address.scheme, address.host, address.target


def not_found() -> bytes:
    """Return the answer for every address that is not in the table."""
    return answer(b"not found\n", "text/plain; charset=utf-8", status="404 Not Found")


def answer(body: bytes, media_type: str, *extra: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return the response that has `body`; `length` is what it says of its length where that is not true."""
    size = len(body) if length is None else length
    return _head(status, f"Content-Type: {media_type}", *extra, f"Content-Length: {size}") + body


def _chunked(body: bytes, media_type: str) -> bytes:
    head = _head("200 OK", f"Content-Type: {media_type}", "Transfer-Encoding: chunked")
    pieces = [body[start : start + CHUNK] for start in range(0, len(body), CHUNK)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head + chunks + b"0\r\n\r\n"


def _redirect(status: str, location: str) -> bytes:
    return _head(status, f"Location: {location}", "Content-Length: 0")


def _head(status: str, *lines: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", "Server: demo", *lines, "Connection: close", "", "")).encode("ascii")


def _text(name: str, charset: str = "utf-8") -> bytes:
    return _bytes(name).decode("utf-8").encode(charset)


def _bytes(name: str) -> bytes:
    return (_pages() / name).read_bytes()


def _pages() -> Traversable:
    return files("archiver.demo") / "pages"
