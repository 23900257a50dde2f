"""What VK shows without a token: its pages and what they load (docs/spec/platforms/vk.md §Without a token).

Newer pages hold the data of the post in the shape of the API; older ones show markup; some only a card for previews.
"""

import re
from dataclasses import dataclass
from typing import Final

from archiver.model.platform import PostKey
from archiver.model.post import Actor, Content, Count, Found, Media, Missing, Moment, Post, PostType
from archiver.platforms.files import Files
from archiver.platforms.html import Element
from archiver.platforms.moments import rfc3339, unclear, unix
from archiver.platforms.reading import Doc
from archiver.platforms.vk.answers import Answer, tasks
from archiver.platforms.vk.payloads import photo_from_payload, photos_in

_MOBILE: Final = '[data-testid="post"], .wall_item'  # of m.vk.com
_TEXTS: Final = ".wall_post_text, .wall_reply_text, .pi_text, .bp_text"
_AUTHORS: Final = ".PostHeaderTitle__authorName, a.author, .pi_author, .bp_author"
_DATES: Final = ".rel_date, .PostHeaderSubtitle__item, .wi_date, .bp_date"
_NAMES: Final = "h1.page_name, .OwnerPageName, [data-testid='profile_owner_name']"
_TYPES: Final[dict[str, PostType]] = {"photo": "Image", "video": "Video", "name": "Page", "owner": "Page"}
_PREVIEW: Final = "the page tells it only as a preview, which may be cut"
_ACCOUNT: Final = re.compile(r"(?:https://(?:m\.)?vk\.(?:com|ru))?/(id|club|public|event)[0-9]")
_MAX_DEPTH: Final = 6  # of the data of a date


@dataclass(frozen=True, slots=True)
class Served:
    """A post whose data a page holds: `item` as the API tells it, `told` with the names of people."""

    item: Doc
    told: Doc


def served_item(answer: Answer, key: PostKey) -> Served | None:
    """Return the data of the post that a page holds, None where it holds none of this very post."""
    if key.kind != "wall" or key.part("reply"):
        return None
    for task in tasks(answer.page):
        init = task.at("PostContentContainer/init")
        told = init if init.at("item") else init.at("data")
        if _is(told.at("item"), key):
            return Served(told.at("item"), told)
    return None


def shown_post(answer: Answer, key: PostKey) -> Element | None:
    """Return the element of a page that shows the post, or the comment that is meant; None where it shows neither."""
    if key.kind not in ("wall", "topic"):
        return None
    page, reply = answer.page, key.part("reply")
    name = f"{key.part('owner')}_{reply or key.part('id')}"
    found = [page.first(each) for each in (f'[data-post-id="{name}"]', f'[id="post{name}"]', f'[id="wpt{name}"]')]
    if key.kind == "topic" and not reply:  # messages are numbered apart from topics; the first one on the first page
        found = [page.first(f'.bp_post[id^="post{key.part("owner")}_"]')] if "?" not in key.part("page") else []
    elif not reply:
        found += [page.first(_MOBILE)] if _is_page_of(page, key) else []
        found += [page] if answer.role == "web.post" else []
    return next((each for each in found if each.first(_TEXTS) or each.first(_AUTHORS)), None)


def post_from_markup(
    shown: Element, key: PostKey, title: Found[str] | None, photos: tuple[Answer, ...], files: Files
) -> Post:
    """Return the post as its markup shows it. `title` is that of the page, which is the name of a topic."""
    quote = shown.first(".copy_quote")
    text = _own(shown, _TEXTS, quote)
    origin: tuple[Post, ...] = ()
    if quote:
        gone = bool(quote.first(".wall_post_text_deleted"))
        source, when = quote.first(".copy_author"), quote.first(".published_by_date")
        origin = (
            Post(
                "Tombstone" if gone else "Note",
                url=when.attribute("href"),
                attributed_to=_author(source, key),
                published=_date(quote, ".published_by_date"),
                content=_content(quote.first(_TEXTS)),
                relation="repost",
            ),
        )
    reply = key.part("reply")
    number = reply or key.part("id")
    url = f"https://vk.com/{key.kind}{key.part('owner')}_{key.part('id')}"
    url += f"?{'post' if key.kind == 'topic' else 'reply'}={reply}" if reply else ""
    return Post(
        "Note",
        Found(number, shown.exchange, shown.path),
        Found(url, shown.exchange, shown.path),
        _author(_own(shown, _AUTHORS, quote), key),
        published=_date(shown, _DATES),
        name=title if key.kind == "topic" and not reply else None,
        content=_content(text),
        origin=origin,
        in_reply_to=Found(key.part("id"), shown.exchange, shown.path) if reply else None,
        attachment=tuple(photo_from_payload(each, files) for answer in photos for each in photos_in(answer)),
        counts=_counts(shown),
    )


def preview(answer: Answer, key: PostKey) -> Element | None:
    """Return the page where it has a card for previews (OpenGraph) that is of the post, None where it has not."""
    if not answer.page.first('meta[property="og:title"]'):
        return None
    if key.kind in ("name", "owner"):
        typed = answer.page.first('meta[property="og:type"]').attribute("content")
        return answer.page if answer.page.first(_NAMES) or (typed and typed.value == "profile") else None
    return answer.page if _is_page_of(answer.page, key) else None


def post_from_preview(page: Element, key: PostKey, files: Files) -> tuple[Post, tuple[Missing, ...]]:
    """Return what the card for previews tells, and what it does not."""

    def told(name: str) -> Found[str] | None:
        return page.first(f'meta[property="og:{name}"]').attribute("content")

    picture = told("image")
    pictures = files.renditions(picture, "preview")
    title, text = told("title"), told("description")
    of_owner = key.kind in ("name", "owner")
    heading = page.first(_NAMES).text if of_owner else None
    missing = () if of_owner else (Missing("the text, the author, the time, the numbers", _PREVIEW, page.exchange),)
    post = Post(
        _TYPES.get(key.kind, "Note"),
        url=told("url") or page.first('link[rel="canonical"]').attribute("href"),
        name=heading or title,
        summary=text,
        attachment=(Media("Image", renditions=pictures),) if pictures else (),
    )
    return post, missing


def _is_page_of(page: Element, key: PostKey) -> bool:
    """Return whether a page names the address of the post as its own."""
    kind = "(?:video|clip)" if key.kind == "video" else key.kind
    mine = re.compile(rf"{kind}{re.escape(key.part('owner'))}_{re.escape(key.part('id'))}(?![0-9])")
    for selector, name in (('meta[property="og:url"]', "content"), ('link[rel="canonical"]', "href")):
        address = page.first(selector).attribute(name)
        if address and mine.search(address.value[:4096]):
            return True
    return False


def _is(item: Doc, key: PostKey) -> bool:
    owner, number = item.at("owner_id").integer, item.at("id").integer
    if owner is None or number is None:
        return False
    return (str(owner.value), str(number.value)) == (key.part("owner"), key.part("id"))


def _own(shown: Element, selector: str, quote: Element) -> Element:
    """Return the first match that is not part of what the post shares."""
    theirs = {each.node.mem_id for each in quote.css(selector) if each.node is not None}
    mine = (each for each in shown.css(selector) if each.node is not None and each.node.mem_id not in theirs)
    return next(mine, Element(None, shown.exchange))


def _content(text: Element) -> Content | None:
    return Content(text.text, text.html) if text and text.text else None


def _author(element: Element, key: PostKey) -> Actor | None:
    """Return who is named: a community where its address says so, or on the wall of one where no person is linked."""
    name, link = element.text, element.attribute("href") or element.first("a").attribute("href")
    if name is None:
        return None
    account = _ACCOUNT.match(link.value) if link else None
    stated = element.attribute("data-item-owner-id")
    number = Doc(stated.value, stated.exchange, stated.at).integer if stated else None
    community = account[1] != "id" if account else key.part("owner").startswith("-")
    community = number.value < 0 if number else community
    return Actor("Group" if community else "Person", number, name=name, url=link)


def _date(shown: Element, selector: str) -> Moment | None:
    """Return when: a number of seconds where the page holds one, else its words, from which no time is made."""
    for each in shown.css("[time]"):
        seconds = each.attribute("time")
        number = Doc(seconds.value, seconds.exchange, seconds.at).integer if seconds else None
        if number:
            return unix(number)
    stated = shown.first("time[datetime]").attribute("datetime")
    if stated:
        return rfc3339(stated)
    for block in shown.css('[class^="PostDateBlock__root"]'):
        for task in tasks(block):
            number = _seconds(task)
            if number:
                return unix(number)
    return unclear(shown.first(selector).text)


def _seconds(task: Doc) -> Found[int] | None:
    waiting = [(task, 0)]
    while waiting:
        at, depth = waiting.pop(0)
        number = at.at("date").integer
        if number is not None:
            return number
        if depth < _MAX_DEPTH and len(waiting) < 1000:
            waiting += [(each, depth + 1) for _, each in at.members]
    return None


def _counts(shown: Element) -> tuple[Count, ...]:
    found = []
    for name, selector in (("shares", "._share"), ("views", "._views")):
        told = shown.first(f"{selector}[data-count]").attribute("data-count")
        number = Doc(told.value, told.exchange, told.at).integer if told else None
        if number and number.value >= 0:
            found.append(Count(name, number))
    return tuple(found)
