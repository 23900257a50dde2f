"""Title and language of a page, read from a bounded copy: for lists and manifests, never evidence.

The character encoding is the one of the byte order mark, else of the Content-Type, else of a `<meta>` in the first
64 KiB, else guessed. The HTML is parsed as browsers parse it (Lexbor implements the WHATWG algorithm), up to its
10,000th tag or 20,000th attribute, and not much further than where it becomes absurd (`parsable`).
"""

import re
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.http.charsets import charset_declared, charset_guessed, charset_named, charset_of_bom, text_of
from archiver.http.parsable import parsable

MAX_PAGE: Final = 1024**2  # bytes that are looked at
MAX_TITLE: Final = 500  # characters

_PRESCAN: Final = 65_536
_NEAR: Final = 16_384  # characters; far below what makes the parser slow
_TITLE_END: Final = re.compile("</title[ \t\n\f\r/]*>", re.IGNORECASE)
MAX_LANGUAGE: Final = 35  # RFC 5646 §4.4.1
_HTML: Final = frozenset({b"text/html", b"application/xhtml+xml"})
_MAX_DEPTH: Final = 64  # ancestors of a title that are looked at


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself.

    `title` is its first `<title>`, white space collapsed, at most 500 characters, without NUL and lone surrogates;
    `language` the language tag of `<html lang>`, else of Content-Language. `charset` is the name (WHATWG) of the
    encoding used to read it, empty for what is not HTML. Where `guessed` is true nobody declared it: valid UTF-8
    is taken as that, other text as windows-1251 or windows-1252, which is only a guess, and the title may be wrong.
    """

    title: str | None
    language: str | None
    charset: str
    guessed: bool = False


def read_page(media_type: bytes | None, data: bytes, content_language: bytes | None = None) -> Page:
    """Return title and language of the decoded entity `data`; never raises.

    `media_type` is the value of Content-Type, `content_language` that of Content-Language. Without a media type the
    entity counts as HTML when its first character is `<`.
    """
    data = data[:MAX_PAGE]
    declared = _language((content_language or b"").partition(b",")[0].decode("latin-1"))
    if not is_html(media_type, data):
        return Page(None, declared, "")
    charset, guessed = _charset(media_type, data)
    text = text_of(data, charset)
    title, language = _said(_first_title(text))
    if title is None or language is None:
        title, language = _said(parsable(text))
    return Page(title, language or declared, charset, guessed)


def page_text(media_type: bytes | None, data: bytes) -> str:
    """Return the text of the page `data`, as far as it can be parsed within seconds whatever it holds; never raises."""
    return parsable(text_of(data, page_charset(media_type, data)))


def page_charset(media_type: bytes | None, data: bytes) -> str:
    """Return the name of the encoding that the page `data` is read with."""
    return _charset(media_type, data)[0]


def _charset(media_type: bytes | None, data: bytes) -> tuple[str, bool]:
    declared = charset_of_bom(data) or charset_declared((media_type or b"").decode("latin-1")) or _meta_charset(data)
    return declared or charset_guessed(data), declared is None


def _said(html: str) -> tuple[str | None, str | None]:
    tree = LexborHTMLParser(html)
    attributes = tree.root.attributes if tree.root is not None else {}
    return _title(tree), _language(attributes.get("lang") or attributes.get("xml:lang") or "")


def _first_title(text: str) -> str:
    """Return what stands before the end of the first title, where that is near: most pages say all they say there."""
    end = _TITLE_END.search(text, 0, _NEAR)
    return text[: end.end()] if end is not None else ""


def may_be_page(media_type: bytes | None) -> bool:
    """Return whether an entity with this Content-Type may have a title; without one it depends on the bytes."""
    return media_type is None or is_html(media_type, b"")


def is_html(media_type: bytes | None, data: bytes) -> bool:
    """Return whether `data` is a page: by its Content-Type; without one, when its first character is `<`."""
    if media_type is None:
        return data.lstrip(b"\xef\xbb\xbf\xfe\xff\0\t\n\x0c\r ").startswith(b"<")
    return media_type.partition(b";")[0].strip().lower() in _HTML


def _meta_charset(data: bytes) -> str | None:
    for node in LexborHTMLParser(parsable(data[:_PRESCAN].decode("latin-1"))).css("meta"):
        attributes = node.attributes
        label = attributes.get("charset")
        if label is None and (attributes.get("http-equiv") or "").strip().lower() == "content-type":
            label = _content_charset(attributes.get("content") or "")
        charset = charset_named(label or "")
        if charset is not None:
            # A page whose <meta> could be read byte by byte is not UTF-16, whatever it says (WHATWG HTML §13.2.3.2).
            return "utf-8" if charset.startswith("utf-16") else charset
    return None


def _content_charset(content: str) -> str:
    _, _, rest = content.lower().partition("charset")
    rest = rest.lstrip()
    if not rest.startswith("="):
        return ""
    value = rest[1:].strip()
    if value[:1] in {'"', "'"}:
        return value[1:].partition(value[0])[0]
    return value.replace(";", " ").partition(" ")[0]


def _title(tree: LexborHTMLParser) -> str | None:
    for node in tree.css("title"):
        if not _is_drawn(node):
            text = node.text(deep=True)[: MAX_TITLE * 64]
            words = text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8").split()
            return " ".join(words)[:MAX_TITLE].rstrip() or None
    return None


def _is_drawn(node: LexborNode) -> bool:
    # A <title> inside <svg> names a drawing, not the page.
    parent = node.parent
    for _ in range(_MAX_DEPTH):
        if parent is None:
            break
        if parent.tag == "svg":
            return True
        parent = parent.parent
    return False


def _language(tag: str) -> str | None:
    tag = tag.strip()
    plain = tag.replace("-", "").replace("_", "")
    return tag if plain.isascii() and plain.isalnum() and len(tag) <= MAX_LANGUAGE else None
