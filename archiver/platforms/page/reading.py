"""Everything that was seen of a page, read once: its forms in their order of strength, and the post that they make."""

from dataclasses import dataclass, replace
from typing import Final

from archiver.model.platform import Seen
from archiver.model.post import Missing, Post
from archiver.platforms.html import page_in
from archiver.platforms.page import ldjson, metas, schema
from archiver.platforms.page.addresses import is_front
from archiver.platforms.page.answers import (
    FEED,
    OEMBED,
    TAGS_READ,
    WORDPRESS,
    Kind,
    answer_to,
    kind_of,
    page_of,
    shown,
)
from archiver.platforms.page.companions import Companion, companions_of, entry_in, oembed_in, wordpress_in
from archiver.platforms.page.elements import base_of, canonical, elements, links_of
from archiver.platforms.page.feeds import MAX_ENTRIES, entries_of, feed_in
from archiver.platforms.page.microdata import microdata
from archiver.platforms.page.pdf import is_pdf, pdf_in
from archiver.platforms.page.told import Told, differences, post_of

_FORMS: Final = {
    "JSON-LD": "json-ld", "JSON-LD of the page": "json-ld", "microdata": "microdata", "OpenGraph": "open-graph",
    "twitter:": "twitter", "Dublin Core": "dublin-core", "<meta>": "meta", "the elements of the page": "elements",
    "WordPress": "wordpress", "oEmbed": "oembed", "the feed": "feed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What the answers tell. `by` is the form that tells most, as a word for rules, "" where none tells anything."""

    page: Seen | None
    kind: Kind
    by: str = ""
    post: Post | None = None
    companions: tuple[Companion, ...] = ()
    missing: tuple[Missing, ...] = ()
    warnings: tuple[str, ...] = ()


def read(seen: tuple[Seen, ...]) -> Reading:
    """Return what was seen of the page; nothing of what came in its place where it was refused."""
    page = page_of(seen)
    if page is None or not shown(page):
        return Reading(page, "other")
    kind = kind_of(page)
    if kind == "html":
        return _html(page, seen)
    if kind == "pdf" and is_pdf(page):
        post, warnings = pdf_in(page)
        return Reading(page, kind, "pdf", post, warnings=(*warnings, *_cut(page)))
    if kind in ("xml", "json"):
        return _feed(page, kind) or _oembed(page, kind)
    return Reading(page, kind)


def _html(page: Seen, seen: tuple[Seen, ...]) -> Reading:
    tree = page_in(page)
    base = base_of(tree, page.url)
    links = links_of(tree, base)
    companions = companions_of(links, page.url)
    names = metas.metas_of(tree, base)
    graph = ldjson.graph_of(tree)
    open_graph = metas.open_graph(names)
    main, others = ldjson.main_of(graph, page.url, article=open_graph.type == "Article")
    node = ldjson.page_node(graph)
    described = main is not None and (node is None or main.pointer != node.pointer)
    written = [canonical(links)]
    if main is not None and described:
        written.append(schema.told_by(main, graph, others, base))
    written.append(schema.told_beside(others, ldjson.shown_on(graph), base))
    told = _of_companions(companions, seen, (page.url, *(each.url.value for each in written if each.url is not None)))
    written += [each for each in (told.get(WORDPRESS), microdata(tree, base)) if each is not None]
    written += [open_graph, metas.twitter(names)]
    written += [each for role, each in told.items() if role != WORDPRESS]
    written += [metas.dublin_core(names), metas.plain_names(names)]
    if node is not None:
        written.append(replace(schema.told_by(node, graph, (), base), form="JSON-LD of the page", weak=described))
    written.append(elements(tree, base, links, text=all(each.text is None for each in written)))
    forms = tuple(written)
    by = next((_FORMS[each.form] for each in forms if each.tells), "")
    warnings = (
        *_cut(page),
        *_unread(page, graph),
        *differences(forms, page.url),
        *_soft(page, forms, described),
    )
    return Reading(
        page, "html", by, post_of(forms), companions,
        missing=(*_behind_payment(forms), *_comments(forms), *_companions_missing(companions, page, seen)),
        warnings=warnings if by else (),
    )  # fmt: skip


def _of_companions(companions: tuple[Companion, ...], seen: tuple[Seen, ...], urls: tuple[str, ...]) -> dict[str, Told]:
    found: dict[str, Told] = {}
    for each in companions:
        answer = answer_to(seen, each.role)
        if answer is None or not shown(answer):
            continue
        told = (
            entry_in(answer, urls)
            if each.role.startswith(FEED)
            else oembed_in(answer)
            if each.role == OEMBED
            else wordpress_in(answer)
        )
        if told is not None:
            found[each.role] = told
    return found


def _companions_missing(companions: tuple[Companion, ...], page: Seen, seen: tuple[Seen, ...]) -> tuple[Missing, ...]:
    found = []
    for each in companions if page.role else ():  # without one it was captured as any page: no more was wanted
        answer, what = answer_to(seen, each.role), f"{each.what}, at {each.url.value[:500]}"
        if each.why:
            found.append(Missing(what, each.why, each.url.exchange))
        elif answer is not None and answer.failure:
            found.append(Missing(what, f"asked for, no answer: {answer.failure}", answer.number))
        elif answer is not None and not shown(answer):
            found.append(Missing(what, f"asked for, answered with status {answer.status}", answer.number))
    return tuple(found)


def _behind_payment(forms: tuple[Told, ...]) -> tuple[Missing, ...]:
    free = next((each.free for each in forms if each.free is not None), None)
    if free is None:
        return ()
    return (
        Missing("the article as subscribers read it", f"the page says that it is not free ({free.at})", free.exchange),
    )


def _comments(forms: tuple[Told, ...]) -> tuple[Missing, ...]:
    counted = next((each.comments for each in forms if each.comments is not None), None)
    if counted is None or counted.value <= 0:
        return ()
    return (Missing(f"{counted.value} comments", "comments on pages are not read", counted.exchange),)


def _unread(page: Seen, graph: ldjson.Graph) -> tuple[str, ...]:
    return tuple(
        f"what stands at {each} (exchange {page.number}) is no JSON, and was not read" for each in graph.broken
    )


def _cut(page: Seen) -> tuple[str, ...]:
    found = [] if page.whole else [f"the page broke off, or is too large to be read whole (exchange {page.number})"]
    if kind_of(page) == "html" and page.body.count(b"<") >= TAGS_READ:
        found.append(f"the page has more than {TAGS_READ} tags: what stands behind them was not read")
    return tuple(found)


def _soft(page: Seen, forms: tuple[Told, ...], described: bool) -> tuple[str, ...]:
    """Return a warning where the page says that it is the first one of its site, and another was asked for."""
    if described or is_front(page.url):
        return ()
    own = next((each.url for each in forms if each.url is not None), None)
    if own is None or not is_front(own.value):
        return ()
    words = "the page says that it is the first page of its site: what was asked for may not be there any more"
    return (f"{words} ({own.value[:300]}, exchange {own.exchange}, {own.at})",)


def _feed(page: Seen, kind: Kind) -> Reading | None:
    feed = feed_in(page)
    if feed is None:
        return None
    post = post_of((feed.told,)) or Post("Page")
    missing: tuple[Missing, ...] = ()
    if feed.entries > MAX_ENTRIES:
        missing = (
            Missing(
                f"{feed.entries - MAX_ENTRIES} entries of the feed", f"no more than {MAX_ENTRIES} are read", page.number
            ),
        )
    broken = () if feed.whole else ("the feed is broken, or larger than what is read: what was read is its beginning",)
    context = tuple(entries_of(feed))
    return Reading(
        page,
        kind,
        f"feed.{feed.kind}",
        replace(post, type="Page", context=context),
        missing=missing,
        warnings=(*_cut(page), *broken),
    )


def _oembed(page: Seen, kind: Kind) -> Reading:
    told = oembed_in(page) if kind == "json" else None
    if told is None:
        return Reading(page, kind)
    return Reading(page, kind, "oembed", post_of((told,)) or Post("Page"), warnings=_cut(page))
