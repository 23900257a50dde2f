"""What the answers tell of a message, a comment or a channel, and what they leave out."""

import re
from dataclasses import replace
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Count, Extracted, Found, Missing, Post
from archiver.platforms.telegram.asking import comments_asked
from archiver.platforms.telegram.card import card_of
from archiver.platforms.telegram.media import OTHERS, Files
from archiver.platforms.telegram.message import channel_of, comment_of, post_of, reply_context
from archiver.platforms.telegram.standing import CLOSED
from archiver.platforms.telegram.values import count
from archiver.platforms.telegram.widget import Message, Pages, pages_in

MAX_CONTEXT: Final = 20  # messages around the one that is meant

_OTHERS: Final = Files(why=OTHERS)
_HOW_MANY = re.compile(r"[0-9][0-9 \u00a0\u202f,]{0,20}(?:\.[0-9]{1,3})?[KMB]?(?=[ \u00a0])")
_WHY_NO_EDIT_TIME: Final = "Telegram's pages say that a message was edited, and neither when nor how it read before"
_WHY_NO_ORIGINAL: Final = (
    "Telegram's pages hold pictures made for the web; the originals are had in its own programs only"
)


def extracted_from(key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
    """Return what the answers tell. Ids of messages are counted up in each channel, and tell no time."""
    pages = pages_in(seen)
    broken = tuple(
        f"the page in exchange {each.number} broke off: what is not on it may have been there"
        for each in pages.seen.values()
        if not each.whole and each.role in pages.page
    )
    if key.kind in CLOSED:
        return Extracted(card_of(pages, None), missing=(_closed(key, pages),), warnings=broken)
    if key.kind == "channel":
        return _channel(pages, broken)
    files = Files(tuple(each for each in seen if each.role == "media"))
    if key.kind == "comment":
        return _comment(key, pages, files, broken)
    return _post(key, pages, files, broken)


def _post(key: PostKey, pages: Pages, files: Files, warnings: tuple[str, ...]) -> Extracted:
    shown = [each for role in ("embed", "around") if (each := pages.post(key, role)) is not None]
    if not shown:
        return Extracted(None, missing=(_absent(key, pages),), warnings=warnings)
    message = shown[0]
    post = post_of(message, files)
    replies, total, unread = _replies(pages, post)
    around, left_out = _around(pages, message)
    card = card_of(pages, channel_of(message))
    context = (*((card,) if card else ()), *_words(pages), *reply_context(message, _OTHERS), *around)
    full = replace(post, counts=(*post.counts, *((total,) if total else ())), context=context, replies=replies)
    missing = (*_left_out(post, message), *left_out, *unread)
    return Extracted(full, missing=missing, warnings=(*warnings, *_odd(key, message), *_differing(shown)))


def _comment(key: PostKey, pages: Pages, files: Files, warnings: tuple[str, ...]) -> Extracted:
    element = pages.comment(key.part("comment"))
    parent = pages.post(key, "embed")
    card = card_of(pages, channel_of(parent) if parent else None)
    context = (*((card,) if card else ()), *((post_of(parent, _OTHERS),) if parent else ()))
    if not element:
        gone = Missing(
            "the comment", _said(pages, "discussion") or "it is not on the page", _number(pages, "discussion")
        )
        return Extracted(None, missing=(gone,), warnings=warnings)
    below = parent.first("a.tgme_widget_message_date").attribute("href") if parent else None
    comment = comment_of(element, files, below)
    missing = _left_out(comment, Message(element, "", 0, frozenset()))
    return Extracted(replace(comment, context=context), missing=missing, warnings=warnings)


def _channel(pages: Pages, warnings: tuple[str, ...]) -> Extracted:
    messages = pages.messages("around")
    card = card_of(pages, channel_of(messages[-1]) if messages else None)
    if card is None:
        return Extracted(None, missing=(Missing("the channel", "no card of it was shown", _number(pages, "card")),))
    context = tuple(post_of(each, _OTHERS) for each in messages[-MAX_CONTEXT:])
    missing = () if messages else (_unshown(pages),)
    return Extracted(replace(card, context=context), missing=missing, warnings=warnings)


def _around(pages: Pages, message: Message) -> tuple[tuple[Post, ...], tuple[Missing, ...]]:
    others = [each for each in pages.messages("around") if each.number not in message.numbers]
    if not others:
        return (), (_unshown(pages),)
    near = sorted(others, key=lambda each: abs(each.number - message.number))[:MAX_CONTEXT]
    posts = tuple(post_of(each, _OTHERS) for each in sorted(near, key=lambda each: each.number))
    left = len(others) - len(near)
    if not left:
        return posts, ()
    why = f"{left} more are on the page: no more than {MAX_CONTEXT} are taken"
    return posts, (Missing("messages around it", why, _number(pages, "around")),)


def _replies(pages: Pages, post: Post) -> tuple[tuple[Post, ...], Count | None, tuple[Missing, ...]]:
    seen = pages.seen.get("discussion")
    if seen is None:
        return (), None, (Missing("comments", "not asked for; whether there are any is not known"),)
    page = pages.page.get("discussion")
    header = page.first(".js-header").text if page else None
    number = _HOW_MANY.match(header.value) if header else None
    total = count("replies", Found(number[0], header.exchange, header.at)) if header and number else None
    asked = comments_asked(seen.url)
    posts = tuple(comment_of(each, _OTHERS, post.url) for each in pages.comments()[:asked])
    if not posts:
        why = _said(pages, "discussion") or "none came"
        return posts, total, (Missing("comments", f"asked for; {why}", seen.number),)
    if total is not None and total.value is not None and total.exact and total.value.value <= len(posts):
        return posts, total, ()
    of = f" of {header.value[:60]!r}" if header else ""
    why = f"{len(posts)}{of} were taken: {asked} were asked for"
    return posts, total, (Missing("further comments", why, seen.number),)


def _words(pages: Pages) -> tuple[Post, ...]:
    """Return the beginning of a text that only the page for other sites' previews has, where the message shows none."""
    page = pages.page.get("words")
    said = page.first('meta[property="og:description"]').attribute("content") if page else None
    own = pages.page.get("card")
    card = own.first('meta[property="og:description"]').attribute("content") if own else None
    if said is None or (card is not None and card.value == said.value):
        return ()  # of a message without a text it is the description of its channel
    return (Post("Page", summary=said),)


def _left_out(post: Post, message: Message) -> tuple[Missing, ...]:
    exchange = message.element.exchange
    missing = []
    if post.edited is not None:
        missing.append(Missing("the time of the edit and the earlier text", _WHY_NO_EDIT_TIME, exchange))
    if post.relation == "forward" and not any(each.url for each in post.origin):
        missing.append(Missing("the message that was forwarded", "no address of it is told", exchange))
    if any(each.type == "Image" and each.kind and each.kind.value == "photo" for each in post.attachment):
        missing.append(Missing("the original pictures", _WHY_NO_ORIGINAL, exchange))
    missing.extend(
        Missing(each.kind.value if each.kind else "an attachment", each.why, exchange)
        for each in post.attachment
        if each.why
    )
    return tuple(missing)


def _odd(key: PostKey, message: Message) -> tuple[str, ...]:
    said = []
    if message.name.lower() != key.part("name").lower():
        said.append(f"asked for as {key.part('name')!r}, the channel answers under the name {message.name!r}")
    if str(message.number) != key.part("number"):
        said.append(f"message {key.part('number')} is a part of the album that is shown as message {message.number}")
    if message.element.has_class("service_message"):
        said.append("this is a notice of Telegram about the channel, not a message that somebody wrote")
    return tuple(said)


def _differing(shown: list[Message]) -> tuple[str, ...]:
    """Return what the page of the message and that of the channel tell differently."""
    if len(shown) < 2 or shown[0].number != shown[1].number:
        return ()
    one, other = (_comparable(post_of(each, _OTHERS)) for each in shown)
    return tuple(
        f"the {what} of the message is not the same in exchanges {one[what].exchange} and {other[what].exchange}: "
        "the former is taken"
        for what in one
        if what in other and one[what].value != other[what].value
    )


def _comparable(post: Post) -> dict[str, Found[str] | Found[int]]:
    values = {
        "text": post.content.text if post.content else None,
        "time": post.published.raw if post.published else None,
        "author's name": post.attributed_to.name if post.attributed_to else None,
        "chat's number": post.attributed_to.id if post.attributed_to else None,
    }
    return {what: found for what, found in values.items() if found is not None}


def _absent(key: PostKey, pages: Pages) -> Missing:
    said = _said(pages, "embed")
    why = said or "it is on none of the pages that were shown"
    numbers = sorted(n for each in pages.messages("around") for n in each.numbers)
    number = int(key.part("number"))
    if pages.shows_channel() and numbers[0] < number < numbers[-1]:
        why += (
            "; its channel shows messages with lower and higher numbers, so the number was given out: to a message "
            "that is gone, or to one that the web does not show"
        )
    if pages.redirected("around"):
        why += "; " + _unshown(pages).why
    return Missing("the message", why, _number(pages, "embed"))


def _closed(key: PostKey, pages: Pages) -> Missing:
    why = {
        "members": "addresses of this form open for members of the chat only, in Telegram's own programs",
        "invite": "it stands behind an invitation: what is inside is seen by those who join; nobody joined",
    }
    return Missing(
        "the messages", why.get(key.kind, "stories are shown in Telegram's own programs only"), _number(pages, "card")
    )


def _unshown(pages: Pages) -> Missing:
    if pages.redirected("around"):
        why = (
            "Telegram leads away from the page of the channel's messages: groups have none, and channels may be "
            "withheld, in some countries or everywhere; this says nothing about a deletion"
        )
    else:
        why = _without(pages.seen.get("around"))
    return Missing("messages around it", why, _number(pages, "around"))


def _without(seen: Seen | None) -> str:
    if seen is None:
        return "not asked for"
    if seen.status == 200:
        return "none are on the page of the channel"
    if seen.status:
        return f"the page of the channel answered with status {seen.status}"
    return f"the page of the channel did not answer ({seen.failure or 'failure'})"


def _said(pages: Pages, role: str) -> str:
    page = pages.page.get(role)
    said = page.first(":is(.tgme_widget_message_error, .tme_no_messages_found)").text if page else None
    return f"Telegram says: {' '.join(said.value[:300].split())}" if said else ""


def _number(pages: Pages, role: str) -> int:
    seen = pages.seen.get(role)
    return seen.number if seen is not None else 0
