"""Texts and numbers in the shapes that YouTube's data have for them, and where their links lead."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from archiver.model.post import Count, Found
from archiver.platforms.reading import Doc
from archiver.platforms.youtube.addresses import SITE

MAX_RUNS: Final = 1000  # pieces of one text


def words(doc: Doc) -> Found[str] | None:
    """Return the text here: plain, `simpleText`, `content`, or the pieces of `runs` put together."""
    plain = doc.words or doc.at("simpleText").words or doc.at("content").words
    if plain is not None:
        return plain
    runs = doc.at("runs")
    pieces = [found.value for each in runs.items[:MAX_RUNS] if (found := each.at("text").text) is not None]
    text = "".join(pieces)
    return Found(text, runs.exchange, runs.pointer) if text else None


def link(endpoint: Doc) -> Found[str] | None:
    """Return where something leads that is clicked: within the site, or behind its page for leaving it."""
    told = (
        endpoint.at("urlEndpoint", "url").words
        or endpoint.at("commandMetadata", "webCommandMetadata", "url").words
        or endpoint.at("browseEndpoint", "canonicalBaseUrl").words
    )
    return Found(target_of(told.value), told.exchange, told.at) if told is not None else None


def target_of(url: str) -> str:
    """Return `url` as an absolute address; for the page that leads off the site the address that it leads to."""
    try:
        whole = urljoin(f"{SITE}/", url)
        parts = urlsplit(whole)
        leads = parse_qs(parts.query).get("q", [""])[0] if parts.path == "/redirect" else ""
    except ValueError:
        return url
    return leads or whole


def count(name: str, *told: Doc) -> tuple[Count, ...]:
    """Return the first number that is told; where it is told in words, the words: "1.2K" is no number."""
    shown = [found for each in told if (found := words(each)) is not None]
    for each in (*told, *(Doc(found.value, found.exchange, found.at) for found in shown)):
        if (number := each.integer) is not None:
            return (Count(name, number),) if number.value >= 0 else ()
    return (Count(name, raw=shown[0], exact=False),) if shown else ()


def first(docs: Iterable[Doc], *path: str | int) -> Found[str] | None:
    """Return the first text that stands at `path` in one of `docs`."""
    return next((found for each in docs if (found := words(each.at(*path))) is not None), None)
