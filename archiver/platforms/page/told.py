"""What one form of a page tells, and one post from all of them. The order of the forms: docs/spec/platforms/page.md."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from html import unescape
from typing import Final, TypeVar

from archiver.model.post import Actor, Content, Count, Found, Media, Moment, Post, PostType, Tag
from archiver.platforms.page.addresses import host_of, same_page
from archiver.platforms.page.times import clash, spelled

MAX_TAGS: Final = 300  # of one post
MAX_MEDIA: Final = 100
MAX_BESIDE: Final = 100

T = TypeVar("T")
_NO_WORDS = re.compile(r"\W+")  # quotation marks and dashes differ from form to form


@dataclass(frozen=True, slots=True)
class Told:
    """What one form tells of the page: `form` is its name in words, the rest as in a `Post`.

    `weak` says that nobody wrote it for programs: it fills gaps, and is no sign that the page tells of itself.
    """

    form: str
    weak: bool = False
    type: PostType | None = None
    id: Found[str] | None = None
    url: Found[str] | None = None
    authors: tuple[Actor, ...] = ()
    publisher: Actor | None = None
    published: Moment | None = None
    updated: Moment | None = None
    name: Found[str] | None = None
    summary: Found[str] | None = None
    text: Found[str] | None = None
    html: Found[str] | None = None
    language: Found[str] | None = None
    tags: tuple[Tag, ...] = ()
    media: tuple[Media, ...] = ()
    counts: tuple[Count, ...] = ()
    beside: tuple[Post, ...] = ()
    free: Found[bool] | None = None
    generator: Found[str] | None = None
    comments: Found[int] | None = None

    @property
    def tells(self) -> bool:
        """Whether it tells anything that a program was meant to read."""
        if self.weak:
            return False
        told = (self.name, self.summary, self.published, self.updated, self.text, self.url, self.publisher)
        return any(told) or bool(self.authors or self.media or self.counts)


def post_of(forms: tuple[Told, ...]) -> Post | None:
    """Return the post, each value from the first form that tells it; None where none tells anything."""
    if not any(each.tells for each in forms):
        return None
    authors = _first(forms, lambda each: each.authors) or ()
    publisher = _first(forms, lambda each: each.publisher)
    bodied = _first(forms, lambda each: each if each.text is not None else None)
    language = _first(forms, lambda each: each.language)
    text, html = (bodied.text, bodied.html) if bodied is not None else (None, None)
    others = tuple(Tag("Mention", each.name, each.url) for each in authors[1:])
    return Post(
        type=next((each.type for each in forms if each.type is not None), "Page"),
        id=_first(forms, lambda each: each.id),
        url=_first(forms, lambda each: each.url),
        attributed_to=authors[0] if authors else publisher,
        on_behalf_of=publisher if authors else None,
        published=_first(forms, lambda each: each.published),
        updated=_first(forms, lambda each: each.updated),
        name=_first(forms, lambda each: each.name),
        summary=_first(forms, lambda each: each.summary),
        content=Content(text, html, language) if text is not None or language is not None else None,
        attachment=_media(each for form in forms for each in form.media),
        tag=_tags((*others, *(each for form in forms for each in form.tags))),
        counts=_counts(each for form in forms for each in form.counts),
        generator=_first(forms, lambda each: each.generator),
        context=_beside(each for form in forms for each in form.beside),
    )


def differences(forms: tuple[Told, ...], page_url: str) -> tuple[str, ...]:
    """Return a sentence for everything that two forms tell in two ways, and for an address on another host."""
    found: list[str] = []
    strong = tuple(each for each in forms if not each.weak)
    for what, value in (("publication", _published), ("change", _updated)):
        found += _times_apart(what, [(each.form, moment) for each in forms if (moment := value(each)) is not None])
    names = [(each.form, each.name) for each in strong if each.name is not None]
    found += [_sentence("the headlines differ", *pair) for pair in _unlike(names, _same_words)]
    languages = [(each.form, each.language) for each in forms if each.language is not None]
    found += [_sentence("the languages differ", *pair) for pair in _unlike(languages, _same_language)]
    urls = [(each.form, each.url) for each in forms if each.url is not None]
    for form, url in urls:
        if host_of(url.value) and host_of(url.value) != host_of(page_url):
            found.append(f"the page was at {page_url[:300]}, and says that it is at {_where(form, url)}")
    here = [each for each in urls if host_of(each[1].value) == host_of(page_url)]
    found += [_sentence("the addresses differ", *pair) for pair in _unlike(here, same_page)]
    return tuple(found)


def _published(form: Told) -> Moment | None:
    return form.published


def _updated(form: Told) -> Moment | None:
    return form.updated


def _times_apart(what: str, times: list[tuple[str, Moment]]) -> list[str]:
    return [
        f"the times of {what} differ: {_time(*times[0])} and {_time(*other)}"
        for other in times[1:]
        if clash(times[0][1], other[1])
    ]


def _unlike(
    told: list[tuple[str, Found[str]]], same: Callable[[str, str], bool]
) -> list[tuple[str, Found[str], str, Found[str]]]:
    return [(*told[0], *other) for other in told[1:] if not same(told[0][1].value, other[1].value)]


def _sentence(words: str, form: str, value: Found[str], other: str, second: Found[str]) -> str:
    return f"{words}: {_where(form, value)} and {_where(other, second)}"


def _where(form: str, value: Found[str]) -> str:
    return f'"{" ".join(value.value[:300].split())}" ({form}, exchange {value.exchange}, {value.at[:300]})'


def _time(form: str, moment: Moment) -> str:
    return f"{spelled(moment)} ({form}, exchange {moment.raw.exchange}, {moment.raw.at[:300]})"


def _same_words(one: str, other: str) -> bool:
    first, second = _plain(one), _plain(other)
    return not first or not second or first in second or second in first


def _plain(words: str) -> str:
    return _NO_WORDS.sub(" ", unescape(words[:2_000]).casefold()).strip()


def _same_language(one: str, other: str) -> bool:
    first, second = _tag(one), _tag(other)
    return not first or not second or first == second


def _tag(words: str) -> str:
    """Return the language of a tag; "" for a name such as "English", which is no tag."""
    language = words.strip().replace("_", "-").partition("-")[0].lower()
    return language if len(language) in (2, 3) and language.isascii() and language.isalpha() else ""


def _first(forms: Iterable[Told], value: Callable[[Told], T | None]) -> T | None:
    return next((found for each in forms if (found := value(each))), None)


def _tags(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    found: dict[tuple[str, str, str], Tag] = {}
    for each in tags:
        name, href = each.name.value if each.name else "", each.href.value if each.href else ""
        key = (each.type, "" if each.type == "Link" else name.casefold(), href)
        if len(found) < MAX_TAGS:
            found.setdefault(key, each)
    return tuple(found.values())


def _counts(counts: Iterable[Count]) -> tuple[Count, ...]:
    found: dict[str, Count] = {}
    for each in counts:
        found.setdefault(each.name, each)
    return tuple(found.values())


def _media(media: Iterable[Media]) -> tuple[Media, ...]:
    """Return attachments, each file once: what a later form tells of it in words is added to the first."""
    found: list[Media] = []
    at: dict[str, int] = {}
    for each in media:
        urls = [rendition.url.value for rendition in each.renditions] or ([each.url.value] if each.url else [])
        place = next((at[url] for url in urls if url in at), None)
        if place is not None:
            known = found[place]
            found[place] = replace(known, description=known.description or each.description)
        elif len(found) < MAX_MEDIA:
            at.update(dict.fromkeys(urls, len(found)))
            found.append(each)
    return tuple(found)


def _beside(posts: Iterable[Post]) -> tuple[Post, ...]:
    found: dict[str, Post] = {}
    for each in posts:
        known = found.get(each.url.value) if each.url is not None else None
        if known is not None and known.name is None and known.url is not None:
            found[known.url.value] = replace(known, name=each.name)
        elif each.url is not None and len(found) < MAX_BESIDE:
            found.setdefault(each.url.value, each)
    return tuple(found.values())
