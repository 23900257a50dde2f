"""What came: which answer is the page, what it is, and what else was asked for beside it."""

from typing import Final, Literal

from archiver.model.platform import Seen
from archiver.platforms.statuses import STOPPED, is_challenge

PAGE: Final = "page"
OEMBED: Final = "oembed"
WORDPRESS: Final = "wordpress"
FEED: Final = "feed"  # and a number

TAGS_READ: Final = 10_000  # of a page; archiver.http.page gives no more to the parser

Kind = Literal["html", "xml", "json", "pdf", "other"]

_PAGES: Final = frozenset({PAGE, ""})  # "" is the role of a page that no adapter asked for
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})


def page_of(seen: tuple[Seen, ...]) -> Seen | None:
    """Return the answer of the page itself, behind all redirects."""
    return next((each for each in reversed(seen) if each.role in _PAGES), None)


def asked_first(seen: tuple[Seen, ...]) -> Seen | None:
    """Return the first exchange of the page: the address that was asked."""
    return next((each for each in seen if each.role in _PAGES), None)


def answer_to(seen: tuple[Seen, ...], role: str) -> Seen | None:
    """Return the last answer to a target."""
    return next((each for each in reversed(seen) if each.role == role), None)


def shown(seen: Seen | None) -> bool:
    """Whether an answer brought what was asked for."""
    return seen is not None and 200 <= seen.status < 300 and not is_challenge(seen)


def is_refusal(seen: Seen) -> bool:
    """Whether an answer says to ask no more."""
    return seen.status in STOPPED or is_challenge(seen)


def kind_of(seen: Seen) -> Kind:
    """Return what an answer is: by its media type, and by its first bytes where that says nothing."""
    media = seen.header("content-type").partition(";")[0].strip().lower()
    start = seen.body[:1_024].lstrip(b"\xef\xbb\xbf\t\n\r ")
    if media in _HTML:
        is_feed = start.startswith((b"<rss", b"<feed")) or (start.startswith(b"<?xml") and _feed_root(start))
        return "xml" if is_feed else "html"
    if media == "application/pdf" or (media in ("", "application/octet-stream") and start.startswith(b"%PDF-")):
        return "pdf"
    if media.endswith(("/xml", "+xml")):
        return "xml"
    if media.endswith(("/json", "+json")):
        return "json"
    if media == "" and start.startswith(b"<"):
        return "xml" if start.startswith((b"<?xml", b"<rss", b"<feed")) else "html"
    return "other"


def _feed_root(start: bytes) -> bool:
    return any(root in start for root in (b"<rss", b"<feed", b"<rdf:RDF"))
