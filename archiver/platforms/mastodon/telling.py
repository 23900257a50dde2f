"""What the answers tell of a post: the post itself, what is not here and why, and what does not fit together."""

from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from archiver.model.platform import Standing
from archiver.model.post import Actor, Content, Extracted, Found, Missing, Moment, Post
from archiver.platforms.html import Element
from archiver.platforms.mastodon.answers import (
    NOTHING,
    Heard,
    answered,
    last,
    object_link,
    of_another_server,
    page_post,
)
from archiver.platforms.mastodon.asking import allowed_hosts, thread_source, wanted_files
from archiver.platforms.mastodon.files import RULES, Files
from archiver.platforms.mastodon.forms import netloc_of, read_url, why_not
from archiver.platforms.mastodon.merge import Told, differences, merged
from archiver.platforms.mastodon.note import post_of_note
from archiver.platforms.mastodon.status import edits_of, post_of_status
from archiver.platforms.mastodon.streams import post_of_object
from archiver.platforms.mastodon.thread import around
from archiver.platforms.moments import id_doubts, rfc3339, snowflake
from archiver.platforms.reading import json_in

ID_APART: Final = 60.0  # seconds between the time in the id and the time that is told; they are made within a second

_SHORTEST: Final = 17  # digits of an id with a time in it; shorter ones are counted, by servers older than 2017


def extracted(heard: Heard, standing: Standing) -> Extracted:
    """Return the post, None where no answer shows one, and what is to be said beside it."""
    files = Files.of(heard.seen, allowed_hosts(heard))
    told = _all_told(heard, files)
    post, warnings = merged(told), list(differences(told))
    warnings += [
        f"exchange {each.number} brought an object with an id on another server than it came from: it is left out"
        for each in of_another_server(heard.seen)
    ]
    if post is None:
        return Extracted(None, missing=_why_none(standing), warnings=tuple(warnings))
    post = _wrapped(heard, files, post)
    missing = [*_here_missing(heard), *_origin_missing(heard), *_quote_missing(heard), *_files_missing(heard)]
    post, absent = _with_history(heard, post)
    source, _ = thread_source(heard)
    above, below, left_out = around(source, heard.seen)
    post = replace(post, context=above, replies=below)
    missing += [*absent, *left_out]
    id_time = _id_time(post)
    warnings += [*id_doubts(id_time, post.published, ID_APART), *_names(heard), *_removed(heard)]
    return Extracted(post, id_time, tuple(missing), tuple(warnings))


def _all_told(heard: Heard, files: Files) -> tuple[Told, ...]:
    """Return what each answer tells of the post, the one nearest to its author first."""
    status = heard.subject if heard.status else NOTHING
    note = NOTHING if heard.status else heard.subject
    away = bool(heard.origin)
    found: list[tuple[Post, str, int]] = []
    if heard.origin_status:
        post = post_of_status(heard.origin_status, files)
        found.append((post, "the status at its own server", heard.origin_status.exchange))
    if status and not away:
        found.append((post_of_status(status, files), "the status", status.exchange))
    for place in (heard.origin_object, heard.object):
        if place and (heard.uri is None or place.at("id").value == heard.uri.value):
            found.append((post_of_object(place, files), "the object", place.exchange))
    if status and away:
        found.append((post_of_status(status, files), "the status at the server that was named", status.exchange))
    for place in (heard.origin_note, note):
        if place:
            found.append((post_of_note(place, files), "the note", place.exchange))
    page = page_post(heard)
    if page and not found:
        found.append((_post_of_page(page), "the page", page.exchange))
    shown = [each for each in found if each[0].type != "Tombstone"] or found
    return tuple(Told(*each) for each in shown)


def _wrapped(heard: Heard, files: Files, post: Post) -> Post:
    """Return the boost around what was boosted, where the address is of one."""
    if not heard.subject.pointer:
        return post
    around_it = post_of_status(heard.status, files) if heard.status else post_of_note(heard.note, files)
    return replace(around_it, origin=(post,))


def _post_of_page(page: Element) -> Post:
    own, words = object_link(page), _meta(page, "og:description")
    name = _meta(page, "profile:username") or _meta(page, "og:profile:username")
    published = _meta(page, "og:published_time") or _meta(page, "og:article:published_time")
    return Post(
        type="Note",
        id=own if own is not None and not why_not(own.value) else None,
        url=_meta(page, "og:url"),
        attributed_to=Actor("Person", preferred_username=name, name=_meta(page, "og:title")),
        published=rfc3339(published, source="page"),
        content=Content(words) if words is not None else None,
    )


def _meta(page: Element, name: str) -> Found[str] | None:
    return page.first(f'meta[property="{name}"]').attribute("content")


def _id_time(post: Post) -> Moment | None:
    """Return the time in the id that the post's own server gave it: the one within the address that is its id."""
    if post.id is None or not isinstance(post.id.value, str):
        return None
    form = read_url(post.id.value)
    if form is None or form.kind != "status" or len(form.id) < _SHORTEST:
        return None
    return snowflake(Found(form.id, post.id.exchange, post.id.at), shift=16, epoch_ms=0)


def _with_history(heard: Heard, post: Post) -> tuple[Post, list[Missing]]:
    answer, told = last(heard.seen, "history"), thread_source(heard)[0].at("edited_at").words
    if answer is None:
        if told is None:
            return post, []
        return post, [Missing("earlier versions", "not asked for: the server refused before", told.exchange)]
    versions = edits_of(json_in(answer)) if answer.status == 200 else ()
    if not versions:
        return post, [Missing("earlier versions", answered(answer), answer.number)]
    if heard.subject.pointer and post.origin:
        return replace(post, origin=(replace(post.origin[0], history=versions),)), []
    return replace(post, history=versions), []


def _here_missing(heard: Heard) -> list[Missing]:
    """Return what the named server was asked for in vain, where something else showed the post."""
    found = []
    for role, what, here in (
        ("status", "the status", heard.status),
        ("note", "the note", heard.note),
        ("object", "the object", heard.object or heard.origin_object),
    ):
        answer = last(heard.seen, f"{role}.id") or last(heard.seen, role)
        if answer is not None and not here:
            found.append(Missing(what, answered(answer), answer.number))
    return found


def _origin_missing(heard: Heard) -> list[Missing]:
    if not heard.origin:
        if heard.key.part("remote") and not heard.subject:
            why = "the server that was named did not tell where the post is from"
            return [Missing("the post at its own server", why)]
        return []
    what, found = "the post at its own server", []
    if reason := why_not(heard.origin):
        return [Missing(what, f"not asked for: {reason}", heard.subject.exchange)]
    for role, name, here in (
        ("origin.object", "the object", bool(heard.origin_object or heard.object)),
        ("origin.status", "the status", bool(heard.origin_status)),
        ("origin.note", "the note", bool(heard.origin_note)),
    ):
        answer = last(heard.seen, role)
        if answer is not None and not here:
            found.append(Missing(f"{name} at its own server", answered(answer), answer.number))
    if not any(each.role.startswith("origin.") for each in heard.seen):
        found.append(Missing(what, "not asked for: the server refused before, or too many hosts are named"))
    return found


def _quote_missing(heard: Heard) -> list[Missing]:
    for place in (heard.origin_status, heard.subject):
        state, quoted = place.at("quote", "state").words, place.at("quote", "quoted_status")
        if state is not None and not quoted:
            word = state.value if state.value.isascii() and state.value.isidentifier() else "unknown"
            return [
                Missing("the quoted post", f"the server does not show it: the quote is {word[:50]!r}", state.exchange)
            ]
    return []


def _files_missing(heard: Heard) -> list[Missing]:
    number = len(wanted_files(heard))
    if number <= RULES.most:
        return []
    return [Missing("files", f"{number} are named, and {RULES.most} at most are asked for")]


def _names(heard: Heard) -> list[str]:
    """Return sentences about names and ids that are not those that were given."""
    found = []
    account, user = heard.status.at("account"), heard.key.part("user")
    names = [place.value.lower() for place in (account.at("username").words, account.at("acct").words) if place]
    if heard.status and user and unquote(user).lower() not in names:
        found.append(
            f"the account that posted (exchange {heard.status.exchange}) has another name than the address says"
        )
    own = heard.object.at("id").words
    if own is not None and heard.uri is not None and not heard.subject.pointer and own.value != heard.uri.value:
        shown = heard.subject.exchange
        found.append(f"the object (exchange {own.exchange}) has another id than the post in exchange {shown}: left out")
    return found


def _removed(heard: Heard) -> list[str]:
    found = []
    shown = heard.status or heard.note or heard.origin_status
    for role, place in (
        ("object", heard.object),
        ("origin.object", heard.origin_object),
        ("origin.status", heard.origin_status),
    ):
        answer, removed = last(heard.seen, role), place.at("type").value == "Tombstone"
        if answer is not None and shown and (removed or answer.status in (404, 410)):
            what = "a tombstone" if removed else str(answer.status)
            found.append(
                f"{netloc_of(answer.url)} answered {what} to {role} (exchange {answer.number}), while "
                f"exchange {shown.exchange} shows the post"
            )
    return found


def _why_none(standing: Standing) -> tuple[Missing, ...]:
    reasons = {
        "not_found": "the server does not tell apart what was never there, what was removed, and what it shows only to "
        "people whom its author chose",
        "login_required": "the server shows posts only to people who are logged in to it",
    }
    why = reasons.get(standing.state)
    return (Missing("the post", why, standing.exchange),) if why is not None else ()
