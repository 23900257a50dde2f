"""What VK shows without a token: its pages and what they load (docs/spec/platforms/vk.md §Without a token).

Newer pages hold the data of the post in the shape of the API; older ones show markup; some only a card for previews.
"""

import re
from dataclasses import dataclass
from typing import Final

from archiver.model.platform import PostKey
from archiver.model.post import Actor, Content, Count, Found, Media, Missing, Moment, Post, PostType, Rendition
from archiver.platforms.html import Element
from archiver.platforms.moments import rfc3339, unclear, unix
from archiver.platforms.reading import Doc
from archiver.platforms.vk.answers import Answer, tasks
from archiver.platforms.vk.attachments import NO_VIDEO_FILE, video_files
from archiver.platforms.vk.files import NOT_ASKED, OTHER_SIZE, Files

_SIZES: Final = "wzyxrqpo"  # of a photo on a page, the largest first
_TEXTS: Final = ".wall_post_text, .wall_reply_text, .pi_text"
_AUTHORS: Final = ".PostHeaderTitle__authorName, a.author, .pi_author"
_DATES: Final = ".rel_date, .PostHeaderSubtitle__item, .wi_date"
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


def served_photo(answer: Answer, key: PostKey) -> Doc | None:
    """Return the photo that a payload tells of."""
    wanted = f"{key.part('owner')}_{key.part('id')}"
    for each in _photos(answer):
        name = each.at("id").words
        if name and name.value == wanted:
            return each
    return None


def served_video(answer: Answer) -> Doc | None:
    """Return the data of a video that a payload tells of: the last part that has some."""
    for each in reversed(answer.doc.at("payload", 1).items):
        if each.at("mvData") or each.at("player", "params", 0):
            return each
    return None


def shown_post(answer: Answer, key: PostKey) -> Element | None:
    """Return the element of a page that shows the post, or the comment that is meant; None where it shows neither."""
    if key.kind not in ("wall", "topic"):
        return None
    number = key.part("reply") or key.part("id")
    name = f"{key.part('owner')}_{number}"
    for selector in (f'[data-post-id="{name}"]', f'[id="post{name}"]', f'[id="wpt{name}"]'):
        found = answer.page.first(selector)
        if found and (found.first(_TEXTS) or found.first(_AUTHORS)):
            return found
    if (
        answer.role == "web.post"
        and not key.part("reply")
        and (answer.page.first(_TEXTS) or answer.page.first(_AUTHORS))
    ):
        return answer.page
    return None


def post_from_markup(shown: Element, key: PostKey, photos: tuple[Answer, ...], files: Files) -> Post:
    """Return the post as its markup shows it."""
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
        content=_content(text),
        origin=origin,
        in_reply_to=Found(key.part("id"), shown.exchange, shown.path) if reply else None,
        attachment=tuple(photo_from_payload(each, files) for answer in photos for each in _photos(answer)),
        counts=_counts(shown),
    )


def photo_from_payload(told: Doc, files: Files) -> Media:
    """Return a photo as a payload tells it: `w_src` … `o_src`, with the sizes in `w_` … `o_`."""
    found: list[Rendition] = []
    for letter in _SIZES:
        sized = told.at(f"{letter}_")
        url = told.at(f"{letter}_src").words or sized.at(0).words
        if url:
            width, height = sized.at(1).integer, sized.at(2).integer
            why = OTHER_SIZE if found else NOT_ASKED
            found.append(files.rendition(url, "preview" if found else "best", width, height, otherwise=why))
    why = "" if found else "no address of the picture is told"
    return Media("Image", id=told.at("id").words, description=told.at("desc").words, renditions=tuple(found), why=why)


def photo_post_from_payload(told: Doc, key: PostKey, files: Files) -> Post:
    """Return a photo as a post, as a payload tells it."""
    name, date = told.at("id").words, told.at("date")
    url = Found(f"https://vk.com/photo{key.part('owner')}_{key.part('id')}", told.exchange, told.pointer)
    author = told.at("author").words
    return Post(
        "Image",
        name,
        url,
        Actor("Group" if key.part("owner").startswith("-") else "Person", name=author) if author else None,
        published=unix(date.integer) or unclear(date.words),
        content=Content(html=told.at("desc").words) if told.at("desc").words else None,
        attachment=(photo_from_payload(told, files),),
    )


def video_post_from_payload(told: Doc, key: PostKey, files: Files) -> Post:
    """Return a video as a post, as the player of VK's pages is told."""
    data, player = told.at("mvData"), told.at("player", "params", 0)
    author = player.at("author_id").integer or player.at("authorId").integer
    named = player.at("md_author").words
    actor = Actor("Group" if author and author.value < 0 else "Person", author, name=named) if author or named else None
    renditions = list(video_files(player, files))
    cover = player.at("jpg").words
    renditions += [files.rendition(cover, "thumb")] if cover else []
    length = player.at("duration").integer or data.at("duration").integer
    why = "" if any(each.role == "best" for each in renditions) else NO_VIDEO_FILE
    name = player.at("md_title").words or data.at("title").words
    place = Found(f"{key.part('owner')}_{key.part('id')}", told.exchange, told.pointer)
    return Post(
        "Video",
        place,
        Found(f"https://vk.com/video{place.value}", told.exchange, told.pointer),
        actor,
        published=unix(player.at("date").integer),
        name=name,
        content=Content(html=data.at("desc").words) if data.at("desc").words else None,
        attachment=(Media("Video", id=place, name=name, duration=length, renditions=tuple(renditions), why=why),),
        counts=tuple(
            Count(each, number)
            for each, member in (("likes", "likes"), ("replies", "commcount"))
            if (number := data.at(member).integer) is not None and number.value >= 0
        ),
    )


def preview(answer: Answer, key: PostKey) -> Element | None:
    """Return the page where it has a card for previews (OpenGraph) that is of the post, None where it has not."""
    if not answer.page.first('meta[property="og:title"]'):
        return None
    if key.kind in ("name", "owner"):
        typed = answer.page.first('meta[property="og:type"]').attribute("content")
        return answer.page if answer.page.first(_NAMES) or (typed and typed.value == "profile") else None
    kind = "(?:video|clip)" if key.kind == "video" else key.kind
    mine = re.compile(rf"{kind}{re.escape(key.part('owner'))}_{re.escape(key.part('id'))}(?![0-9])")
    for selector, name in (('meta[property="og:url"]', "content"), ('link[rel="canonical"]', "href")):
        address = answer.page.first(selector).attribute(name)
        if address and mine.search(address.value[:4096]):
            return answer.page
    return None


def post_from_preview(page: Element, key: PostKey, files: Files) -> tuple[Post, tuple[Missing, ...]]:
    """Return what the card for previews tells, and what it does not."""

    def told(name: str) -> Found[str] | None:
        return page.first(f'meta[property="og:{name}"]').attribute("content")

    picture = told("image")
    pictures = (files.rendition(picture, "preview"),) if picture else ()
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


def _is(item: Doc, key: PostKey) -> bool:
    owner, number = item.at("owner_id").integer, item.at("id").integer
    if owner is None or number is None:
        return False
    return (str(owner.value), str(number.value)) == (key.part("owner"), key.part("id"))


def _photos(answer: Answer) -> tuple[Doc, ...]:
    lists = [each for each in answer.doc.at("payload", 1).items if each.at(0, "id")]
    return lists[0].items if lists else ()


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
    community = account[1] != "id" if account else key.part("owner").startswith("-")
    return Actor("Group" if community else "Person", name=name, url=link)


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
