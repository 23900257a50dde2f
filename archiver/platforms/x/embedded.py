"""A post as oEmbed tells it: the words and the name as they are shown on pages of others, and a day without a time."""

import re
from typing import Final

from archiver.model.post import Actor, Content, Found, Post
from archiver.platforms.html import markup_in
from archiver.platforms.moments import unclear
from archiver.platforms.reading import Doc
from archiver.platforms.x.notes import Told
from archiver.platforms.x.values import MONTHS, profile_of

WHERE: Final = "oEmbed"

_DAY = re.compile(r"([A-Z][a-z]{2})[a-z]{0,6} ([0-9]{1,2}), ([0-9]{4})")
_PROFILE = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/([0-9A-Za-z_]{1,20})")


def told_by_oembed(answer: Doc, number: str) -> Told:
    """Return what oEmbed tells of the post with this number."""
    said = answer.at("html").words
    page = markup_in(said) if said is not None else None
    words = page.first("blockquote p") if page is not None else None
    links = page.css("blockquote > a") if page is not None else ()
    url = answer.at("url").words
    text = words.text if words is not None else None
    language = words.attribute("lang") if words is not None else None
    post = Post(
        "Note",
        Found(number, url.exchange, url.at) if url is not None else None,
        url,
        Actor("Person", None, _name(answer), answer.at("author_name").words, profile_of(_name(answer))),
        published=unclear(links[-1].text, "day") if links else None,
        content=Content(text, said, language) if text is not None else None,
    )
    return Told(post, WHERE, answer.exchange)


def day_in(words: str) -> str:
    """Return the day that "February 20, 2014" spells, as 2014-02-20; "" for other words."""
    found = _DAY.fullmatch(words)
    if found is None or found[1] not in MONTHS:
        return ""
    return f"{found[3]}-{MONTHS.index(found[1]) + 1:02}-{int(found[2]):02}"


def _name(answer: Doc) -> Found[str] | None:
    url = answer.at("author_url").words
    found = _PROFILE.fullmatch(url.value[:1000]) if url is not None else None
    return Found(found[1], url.exchange, url.at) if found is not None and url is not None else None
