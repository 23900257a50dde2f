"""How long the body is: what a head says about it, as Chromium decides.

In this order: a 101 that was asked for ends with its head, and any other runs to the close. An answer to HEAD, a 2xx
to CONNECT, 204 and 304 have no body. Chunked coding counts when some member of some Transfer-Encoding is `chunked`
and the version is HTTP/1.1 or later; it beats Content-Length. Otherwise a Content-Length counts when all its values
are the same and it is a plain decimal number up to 2^63 - 1. Otherwise the body runs to the close. Where Chromium
gives up (values of Content-Length that differ) the body runs to the close too, so that nothing is lost. A 205 is read
as it is framed, although Chromium shows none of it.
"""

from dataclasses import dataclass
from typing import Final

from archiver.http.head import Head, Notes
from archiver.model.http import Framing

_MAX_LENGTH: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Extent:
    """The framing of a body; `length` is its size in bytes for the framing `length`, else 0."""

    framing: Framing
    length: int = 0


def body_extent(method: str, head: Head, at: int, notes: Notes, *, upgrade: bool = False) -> Extent:
    """Return how the body that follows `head` (at block offset `at`) in an answer to `method` is delimited.

    `upgrade` tells that the request asked for another protocol (RFC 9110 §7.8): what follows a 101 is then of that one.
    """
    status = head.status or 0
    if status == 101 and upgrade:
        return Extent("none")
    if status == 101:
        notes.note("status-switching", at)
        return Extent("close")
    if method == "HEAD" or status in (204, 304) or (method == "CONNECT" and 200 <= status <= 299):
        return Extent("none")
    if _chunked(head, at, notes):
        return Extent("chunked")
    length = _length(head, at, notes)
    return Extent("close") if length is None else Extent("length", length)


def _chunked(head: Head, at: int, notes: Notes) -> bool:
    members = times = 0
    for coding in head.items(b"transfer-encoding"):
        members += 1
        times += coding.lower() == b"chunked"
    if times < members:
        notes.note("transfer-encoding-odd", at)
    if not times:
        return False
    if not head.modern:
        notes.note("transfer-encoding-ignored", at)
        return False
    if times > 1:
        notes.note("transfer-encoding-several", at)
    if next(head.items(b"content-length"), None) is not None:
        notes.note("transfer-encoding-with-length", at)
    return True


def _length(head: Head, at: int, notes: Notes) -> int | None:
    values = head.items(b"content-length")
    text = next(values, None)
    if text is None:
        return None
    several = False
    for value in values:
        several = True
        if value != text:
            notes.note("length-conflict", at)
            return None
    if several:
        notes.note("length-several", at)
    if not text.isdigit():  # of bytes: ASCII digits only
        notes.note("length-unusable", at)
        return None
    digits = text.lstrip(b"0") or b"0"
    if len(digits) > 19 or int(digits) > _MAX_LENGTH:
        notes.note("length-too-large", at)
        return None
    return int(digits)
