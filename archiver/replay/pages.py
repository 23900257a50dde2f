"""The pages of our own that a browser can meet in a replay: what is missing, and the list of items. Pure.

Everything in them that is not ours is hostile: it is cut, made visible, and escaped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final

from archiver.browser.values import Asked
from archiver.config.quote import hides
from archiver.replay.choose import Missing

MAX_SHOWN: Final = 2000  # characters of an address on a page
START: Final = "http://items.archiver.invalid/"  # RFC 2606: nobody can have this name

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}code{overflow-wrap:anywhere;background:#f2f2f2;padding:0 .2em}td,th{text-align:left;"
    "vertical-align:top;padding:.2rem 1rem .2rem 0;overflow-wrap:anywhere}"
)
_WHY: Final = {
    "address": "Nothing was kept under this address.",
    "method": "This address was asked for in another way.",
    "query": "This address was asked for with another query.",
    "body": "This address was asked for, but other data were sent along.",
    "part": "Only another part of what stands there was kept.",
    "unchanged": "Of this address it was only kept that it had not changed.",
    "no-answer": "It was asked for then, and nobody answered.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: an item that can be opened."""

    item: int
    url: str
    title: str
    at: str
    outcome: str


def absent(asked: Asked, found: Missing, item: int) -> bytes:
    """Return the answer, a page, to a request that item `item` holds no answer for."""
    rows = [f"<p>{_WHY[found.why]}</p>", f"<p>Asked: <code>{shown(asked.method)} {shown(asked.url)}</code></p>"]
    if found.detail:
        rows.append(f"<p>The record says why: <code>{shown(found.detail)}</code></p>")
    if found.nearest:
        rows.append(f"<p>The nearest that there is: <code>{shown(found.nearest)}</code></p>")
    told = "<p>This page is not part of the item. It is shown by archiver, which asked nobody.</p>"
    return _answer("404 Not in this archive", _page(f"Not in item {item:06d}", "".join(rows) + told))


def brief(asked: Asked, found: Missing, item: int) -> bytes:
    """Return the same as a line of text, for what is not shown as a page."""
    del asked
    text = f"archiver: not in item {item:06d}. {_WHY[found.why]}\n"
    return _answer("404 Not in this archive", text.encode("utf-8"), "text/plain")


def listed(case: str, entries: Iterable[Entry], *, more: bool = False) -> bytes:
    """Return the page from which the items of a case are opened; `more` says that these are not all."""
    rows = "".join(
        f'<tr><td><a href="{START}{each.item}">{each.item:06d}</a><td>{shown(each.outcome)}<td>{shown(each.at[:16])}'
        f"<td>{shown(each.title)}<br><code>{shown(each.url)}</code>"
        for each in entries
    )
    words = "<p>Each item opens in a window of its own. Nothing is asked of the network.</p>"
    head = "<tr><th>item<th>outcome<th>time (UTC)<th>title and address"
    table = f"<table>{head}{rows}</table>" if rows else "<p>There is no item that can be shown.</p>"
    rest = "<p>There are more: <code>archiver replay CASE ITEM</code> opens any of them.</p>" if more else ""
    return _answer("200 OK", _page(f"Items of {case}", words + table + rest))


def stay() -> bytes:
    """Return the answer that leaves the list where it is."""
    return b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


def unknown() -> bytes:
    """Return the answer to whatever else is asked where the list is."""
    return _answer("404 Not Found", b"archiver: there is nothing here\n", "text/plain")


def shown(text: str) -> str:
    """Return `text` for a page: cut, what could hide made visible, and nothing of it markup."""
    cut = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
    return escape("".join(f"\\u{{{ord(char):x}}}" if hides(char) else char for char in cut))


def _page(title: str, body: str) -> bytes:
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{shown(title)}</title><style>{_STYLE}</style>'
        f"<h1>{shown(title)}</h1>{body}</html>\n"
    )
    return page.encode("utf-8", "replace")


def _answer(status: str, body: bytes, kind: str = "text/html") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
