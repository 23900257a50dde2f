"""One message of a page as a post: each value from the page alone."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from archiver.model.post import Actor, Choice, Content, Count, Found, Place, Poll, Post, Tag
from archiver.platforms.html import Element
from archiver.platforms.moments import rfc3339
from archiver.platforms.telegram.media import Files, media_of
from archiver.platforms.telegram.values import chat_id, count
from archiver.platforms.telegram.widget import Message, own_words, owned

MAX_TAGS: Final = 300
MAX_REACTIONS: Final = 100
MAX_CHOICES: Final = 30
_MAX_TEXTS: Final = 4  # around one another that are looked at

_PREFIX: Final = ".tgme_widget_message_"
_TEXT: Final = ".tgme_widget_message_text.js-message_text"
_REPLY: Final = ".tgme_widget_message_reply"
_PUBLIC_NAME = re.compile(r"https?://(?:t\.me|telegram\.me|telegram\.dog)/([A-Za-z][A-Za-z0-9_]{3,31})/?(?:[?#].*)?")
_PUBLIC_POST = re.compile(
    r"https?://(?:t\.me|telegram\.me|telegram\.dog)/([A-Za-z][A-Za-z0-9_]{3,31})/([0-9]{1,15})/?(?:[?#].*)?"
)
_COORDINATES = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,20})?),(-?[0-9]{1,3}(?:\.[0-9]{1,20})?)")
_OWN_COUNTS: Final = frozenset({"views", "votes", "likes", "shares", "replies", "quotes"})


def post_of(message: Message, files: Files) -> Post:
    """Return a message of a channel or a group."""
    return _post(message, files, author_of(message), message.element.attribute("data-post"), _reply_of(message.element))


def comment_of(element: Element, files: Files, below: Found[str] | None) -> Post:
    """Return a comment: `element` is its message, `below` the address of what is commented on."""
    message = Message(element, "", 0, frozenset())
    return _post(message, files, _person(message), element.attribute("data-post-id"), _reply_of(element) or below)


def author_of(message: Message) -> Actor:
    """Return whose message it is: the channel, or in a group the person who wrote it, as the message shows them."""
    return _person(message) or channel_of(message)


def channel_of(message: Message) -> Actor:
    """Return the channel or group that the message stands in, under the name that the page has for it."""
    element, owner = message.element, message.first(f"{_PREFIX}owner_name")
    said = element.attribute("data-post")
    return Actor(
        "Group",
        chat_id(element.attribute("data-view"), element.attribute("data-peer")),
        Found(message.name, said.exchange, said.at) if said else None,
        owner.text,
        owner.attribute("href"),
        _verified(message.first(f"{_PREFIX}author")),
    )


def reply_context(message: Message, files: Files) -> tuple[Post, ...]:
    """Return what the message answers, as far as the message itself shows it: cut, so it is a summary."""
    reply = message.element.first(_REPLY)
    said = reply.first(".js-message_reply_text").text or reply.first(f"{_PREFIX}metatext").text
    name = reply.first(f"{_PREFIX}author_name").text
    if said is None and name is None:
        return ()
    href = reply.attribute("href")
    writer = Actor("Person" if _person(message) else "Group", name=name) if name else None
    return (Post("Note", _post_id(href), href, writer, summary=said),)


def is_edited(message: Message) -> bool:
    """Whether the message is marked as edited. One without the mark may have been edited all the same."""
    return own_words(message.first(f"{_PREFIX}meta")).lstrip().lower().startswith("edited")


def is_withheld(post: Post) -> bool:
    """Whether nothing of a message is shown but that it is there."""
    blind = bool(post.attachment) and all(
        each.kind is not None and each.kind.value == "unsupported" for each in post.attachment
    )
    return blind and post.content is None and post.poll is None


def _post(
    message: Message, files: Files, author: Actor | None, said_id: Found[str] | None, answers: Found[str] | None
) -> Post:
    date = message.first("a.tgme_widget_message_date")
    text = _text_of(message)
    poll = _poll(message)
    attachment = media_of(message, files)
    signature = message.first(f"{_PREFIX}from_author").text
    meta = message.first(f"{_PREFIX}meta")
    return Post(
        "Question" if poll else "Note",
        id=said_id,
        url=date.attribute("href"),
        attributed_to=author,
        signed_by=Actor("Person", name=signature) if signature else None,
        published=rfc3339(date.first("time[datetime]").attribute("datetime")),
        edited=Found(True, meta.exchange, meta.path) if is_edited(message) else None,
        summary=message.first(f"{_PREFIX}poll_type").text,
        content=Content(text.text, text.html) if text.text else None,
        in_reply_to=answers,
        relation="forward" if message.first(f"{_PREFIX}forwarded_from") else "",
        origin=_origin(message),
        attachment=attachment,
        tag=(*_tags(text), *_buttons(message)),
        counts=_counts(message),
        poll=poll,
        location=_place(message),
        generator=message.first(f"{_PREFIX}via_bot").text,
    )


def _text_of(message: Message) -> Element:
    """Return the text of a message: the innermost one, for below an album it stands twice around itself."""
    found = message.own(_TEXT)[:_MAX_TEXTS]
    return next((each for each in found if len(each.css(_TEXT)) <= 1), message.first(_TEXT))


def _person(message: Message) -> Actor | None:
    person = message.first(f"{_PREFIX}author_name")
    if not person:
        return None
    href = person.attribute("href")
    name = _public_name(href)
    is_group = name is not None and name.value.lower() == message.name.lower()  # its administrators may write as it
    return Actor("Group" if is_group else "Person", preferred_username=name, name=person.text, url=href)


def _verified(name: Element) -> Found[bool] | None:
    badge = name.first(".verified-icon")
    return Found(True, badge.exchange, badge.path) if badge else None


def _origin(message: Message) -> tuple[Post, ...]:
    frame = message.first(f"{_PREFIX}forwarded_from")
    source = frame.first(f"{_PREFIX}forwarded_from_name")
    if not source:
        return ()
    href = source.attribute("href")
    post_id = _post_id(href)
    author = Actor(
        "Group" if post_id else "Person", preferred_username=_public_name(href), name=source.text,
        url=None if post_id else href,
    )  # fmt: skip
    writer = frame.first(f"{_PREFIX}forwarded_from_author").text
    signed = Actor("Person", name=writer) if writer else None
    return (Post("Note", post_id, href if post_id else None, author, signed_by=signed),)


def _reply_of(element: Element) -> Found[str] | None:
    reply = element.first(_REPLY)
    return reply.attribute("href") or reply.attribute("data-reply-to")


def _tags(text: Element) -> tuple[Tag, ...]:
    return tuple(_tag(each) for each in text.css("a[href]")[:MAX_TAGS])


def _buttons(message: Message) -> tuple[Tag, ...]:
    found = message.own(f"a{_PREFIX}inline_button.url_button")
    return tuple(Tag("Link", each.text, each.attribute("href")) for each in found[:MAX_TAGS])


def _tag(link: Element) -> Tag:
    href, name = link.attribute("href"), link.text
    if href is not None and href.value.startswith("?q="):
        return Tag("Hashtag", name, href)
    if name is not None and name.value.startswith("@") and _public_name(href):
        return Tag("Mention", name, href)
    if href is not None and link.attribute("onclick"):
        # Links that ask before they lead away have their ampersands written as entities twice.
        href = Found(href.value.replace("&amp;", "&"), href.exchange, href.at)
    return Tag("Link", name, href)


def _counts(message: Message) -> tuple[Count, ...]:
    views = count("views", message.first(f"{_PREFIX}views").text)
    reactions = [_reaction(each) for each in message.own(".tgme_reaction")[:MAX_REACTIONS]]
    return tuple(each for each in (views, *reactions) if each is not None)


def _reaction(element: Element) -> Count | None:
    custom = element.first("tg-emoji[emoji-id]").attribute("emoji-id")
    sign = element.first("b").text
    name = ""
    if element.has_class("tgme_reaction_paid"):
        name = "paid"
    elif sign is not None:
        name = sign.value[:50]
    elif custom is not None:
        name = f"custom:{custom.value[:50]}"
    words = own_words(element).strip()
    if not name or name in _OWN_COUNTS or not words:
        return None
    return count(name, Found(words, element.exchange, element.path))


def _poll(message: Message) -> Poll | None:
    frame = message.first(f"{_PREFIX}poll")
    if not frame:
        return None
    choices = (_choice(each) for each in owned(frame, f"{_PREFIX}poll_option")[:MAX_CHOICES])
    return Poll(
        frame.first(f"{_PREFIX}poll_question").text,
        tuple(each for each in choices if each is not None),
        count("votes", message.first(f"{_PREFIX}voters").text),
    )


def _choice(option: Element) -> Choice | None:
    name = option.first(f"{_PREFIX}poll_option_text").text
    share = option.first(f"{_PREFIX}poll_option_percent").text
    return Choice(name, Count("votes", None, share, exact=False) if share else None) if name else None


def _place(message: Message) -> Place | None:
    frame = message.first(f"{_PREFIX}location_wrap")
    href = frame.attribute("href")
    name = frame.first(f"{_PREFIX}location_title").text
    match = _COORDINATES.fullmatch(_asked_for(href.value)) if href else None
    if href is None or match is None:
        return Place(name) if name else None
    return Place(name, Found(match[1], href.exchange, href.at), Found(match[2], href.exchange, href.at))


def _asked_for(url: str) -> str:
    try:
        return next((value for name, value in parse_qsl(urlsplit(url).query)[:50] if name == "q"), "")
    except ValueError:
        return ""


def _public_name(href: Found[str] | None) -> Found[str] | None:
    match = (_PUBLIC_NAME.fullmatch(href.value) or _PUBLIC_POST.fullmatch(href.value)) if href else None
    return Found(match[1], href.exchange, href.at) if href and match else None


def _post_id(href: Found[str] | None) -> Found[str] | None:
    match = _PUBLIC_POST.fullmatch(href.value) if href else None
    return Found(f"{match[1]}/{match[2]}", href.exchange, href.at) if href and match else None
