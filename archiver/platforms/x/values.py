"""Small values as X writes them: times, counts, names of accounts. Nothing here raises."""

import html
import re
from typing import Final

from archiver.model.post import Actor, Count, Found, Moment, Tag
from archiver.platforms.html import markup_in
from archiver.platforms.moments import rfc3339, snowflake
from archiver.platforms.reading import Doc

EPOCH: Final = 1288834974657  # milliseconds since 1970: where the times in ids begin
FIRST_TIMED: Final = 29_700_859_247  # the first id that holds a time, of November 2010; those before were counted
MAX_TAGS: Final = 1000  # of one text

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEGACY = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{4}) ([0-9]{4})")


def created(at: Doc) -> Moment | None:
    """Return the time that stands here: RFC 3339, or as in "Tue Oct 01 19:59:18 +0000 2024"."""
    said = at.words
    match = _LEGACY.fullmatch(said.value) if said is not None else None
    if said is None or match is None or match[1] not in MONTHS:
        return rfc3339(said)
    month = MONTHS.index(match[1]) + 1
    spelled = f"{match[5]}-{month:02}-{match[2]}T{match[3]}{match[4]}"
    moment = rfc3339(Found(spelled, said.exchange, said.at))
    return Moment(moment.value, "second", "server", said) if moment is not None else None


def id_time(number: Found[str] | None) -> Moment | None:
    """Return the time that the id of a post tells, None for the counted ids of before November 2010."""
    if number is None or not re.fullmatch("[0-9]{1,19}", number.value) or int(number.value) < FIRST_TIMED:
        return None
    return snowflake(number, shift=22, epoch_ms=EPOCH)


def page_of(name: Found[str] | None, number: Found[str] | None) -> Found[str] | None:
    """Return the address of a post on x.com, made from its number and the name of its author."""
    if number is None or not number.value.isascii() or not number.value.isdigit():
        return None
    named = name.value if name is not None and re.fullmatch("[0-9A-Za-z_]{1,20}", name.value) else "i"
    return Found(f"https://x.com/{named}/status/{number.value}", number.exchange, number.at)


def profile_of(name: Found[str] | None) -> Found[str] | None:
    """Return the address of an account."""
    if name is None or not re.fullmatch("[0-9A-Za-z_]{1,20}", name.value):
        return None
    return Found(f"https://x.com/{name.value}", name.exchange, name.at)


def actor(number: Doc, name: Doc, words: Doc, since: Doc, verified: Doc, paid: Doc, kind: Doc) -> Actor | None:
    """Return an account by what is told of it. `paid` is the mark that can be bought, `kind` that of organisations."""
    who, called = number.id, name.words
    if who is None and called is None:
        return None
    mark = verified.boolean if verified.boolean is not None and verified.boolean.value else paid.boolean
    return Actor(
        "Organization" if kind.words is not None else "Person",
        who,
        called,
        words.words,
        profile_of(called),
        mark if mark is not None else verified.boolean,
        created(since),
    )


def count(name: str, at: Doc) -> tuple[Count, ...]:
    """Return a count, none where no number stands here."""
    number = at.integer
    return (Count(name, number),) if number is not None and number.value >= 0 else ()


def tags(entities: Doc) -> tuple[Tag, ...]:
    """Return what a text names: accounts, hashtags, links with the short form as name and where it leads.

    The two interfaces name the members in two ways.
    """
    found: list[Tag] = []
    for mention in (*entities.at("user_mentions").items, *entities.at("mentions").items):
        name = mention.at("screen_name").words or mention.at("username").words
        found += [Tag("Mention", name, profile_of(name))] if name is not None else []
    for listed in ("hashtags", "symbols", "cashtags"):
        for item in entities.at(listed).items:
            word = item.at("text").words or item.at("tag").words
            found += [Tag("Hashtag", word)] if word is not None else []
    for link in entities.at("urls").items:
        leads = link.at("expanded_url").words or link.at("unwound_url").words
        found += [Tag("Link", link.at("url").words, leads)] if leads is not None or link.at("url").words else []
    return tuple(found[:MAX_TAGS])


def source(at: Doc) -> Found[str] | None:
    """Return the name of the program that posted; it may stand in a link."""
    said = at.words
    if said is None or "<" not in said.value:
        return said
    words = markup_in(said).text
    return Found(words.value, said.exchange, said.at) if words is not None else None


def plain(said: Found[str] | None) -> str:
    """Return a text for comparing it: X escapes &, < and > in some answers and not in others."""
    return html.unescape(said.value).strip() if said is not None else ""


def code(at: Doc) -> str:
    """Return the word that stands here where it is one of those that programs give to each other, "" for prose."""
    said = at.words
    return said.value if said is not None and re.fullmatch("[A-Za-z]{2,40}", said.value) else ""
