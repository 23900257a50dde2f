"""What is asked of which server, and when no more is.

The page that was submitted is always asked for; the server's API and object beside it tell whether this is such a
server at all. Then its post's own server, versions, answers, and files.
"""

import json
from typing import Final

from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.platforms.files import role_of
from archiver.platforms.mastodon.answers import STREAMS, Heard, is_one, last, refuses, status_by_redirect
from archiver.platforms.mastodon.files import RULES, hosts_of
from archiver.platforms.mastodon.forms import Form, netloc_of, read_url, why_not
from archiver.platforms.mastodon.note import note_file_urls
from archiver.platforms.mastodon.status import file_urls
from archiver.platforms.mastodon.streams import object_file_urls
from archiver.platforms.reading import Doc

OBJECT_ACCEPT: Final = ("Accept", f'application/activity+json, application/ld+json; profile="{STREAMS}"')

_JSON: Final = ("Accept", "application/json")


def first_targets(key: PostKey) -> tuple[Target, ...]:
    """Return what is asked first: the submitted page, and what the server says of the post in its two forms."""
    targets = [Target("page", key.part("page"))]
    if key.kind == "status":
        targets.append(_status("status", key.part("base"), key.part("id")))
    if key.part("own"):
        targets.append(Target("object", key.part("own"), headers=(OBJECT_ACCEPT,)))
    return tuple(targets)


def next_targets(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return what is asked after what was `seen`."""
    heard = Heard.of(key, seen)
    hosts = allowed_hosts(heard)
    files = (
        [Target(role_of(url, RULES.start), url) for url in wanted_files(heard)[: RULES.most]] if access.media else []
    )
    last_round = [*_history(heard), *_context(heard, access), *files]
    for wanted in (_second_look(heard), _origin(heard), last_round):
        asked = tuple(each for each in wanted if _may_ask(each, heard, hosts))
        if asked:
            return asked
    return ()


def allowed_hosts(heard: Heard) -> frozenset[str]:
    """Return the hosts that may be asked for this post."""
    return hosts_of(heard.key.part("host"), heard.seen, (heard.origin, *wanted_files(heard)))


def wanted_files(heard: Heard) -> tuple[str, ...]:
    """Return the addresses of the files of the post, of each the one at its origin first."""
    found = [*file_urls(heard.subject)]
    found += file_urls(heard.origin_status)
    found += [*note_file_urls(heard.subject), *note_file_urls(heard.origin_note)]
    for each in (heard.object, heard.origin_object):
        found += object_file_urls(each)
    return tuple(dict.fromkeys(found))


def thread_source(heard: Heard) -> tuple[Doc, str]:
    """Return the status whose server is asked for versions and answers, and the address of that server.

    It is the one where the post is from, where that has shown the post; else the one that was named.
    """
    if heard.origin_status:
        form = read_url(heard.origin)
        return heard.origin_status, form.base if form is not None else ""
    return heard.subject, heard.key.part("base")


def _may_ask(target: Target, heard: Heard, hosts: frozenset[str]) -> bool:
    """Whether a target is new, its host one of the few that may be asked, and that host has not refused."""
    if any(each.role == target.role for each in heard.seen):
        return False
    netloc = netloc_of(target.url)
    if netloc != heard.key.part("host") and (why_not(target.url) or netloc not in hosts):
        return False
    return not refuses(heard.seen, target)


def _second_look(heard: Heard) -> list[Target]:
    """Return what is asked of the named server once its first answers are there."""
    found = []
    form = status_by_redirect(heard)
    if form is not None:
        found.append(_status("status", form.base, form.id))
    if heard.key.kind == "note" and (heard.object or heard.marked):
        found.append(_note("note", heard.key.part("base"), heard.key.part("id")))
    uri = heard.uri
    if uri is not None and not heard.origin and not heard.object and uri.value != heard.key.part("own"):
        found.append(Target("object.id", uri.value, headers=(OBJECT_ACCEPT,)))
    gone = any(each.status == 410 for each in heard.seen if each.role in ("object", "page"))
    user = heard.key.part("user")
    if gone and not heard.object and user and not heard.key.part("remote") and is_one(heard):
        found.append(Target("actor", f"{heard.key.part('base')}/users/{user}", headers=(OBJECT_ACCEPT,)))
    return found


def _origin(heard: Heard) -> list[Target]:
    if not heard.origin:
        return []
    form, found = read_url(heard.origin), []
    own = form.own if form is not None and not heard.subject else heard.origin
    if form is not None:
        found += _origin_api(form)
    if own and not _has_object(heard):
        found.append(Target("origin.object", own, headers=(OBJECT_ACCEPT,)))
    shown = heard.subject.at("url").words
    page = last(heard.seen, "page")
    beside = shown is not None and netloc_of(shown.value) == netloc_of(heard.origin)
    if shown is not None and beside and (page is None or page.url != shown.value):
        found.append(Target("origin.page", shown.value))
    return found


def _has_object(heard: Heard) -> bool:
    named = heard.object.at("id").words
    return named is not None and named.value == heard.origin


def _origin_api(form: Form) -> list[Target]:
    if form.kind == "status":
        return [_status("origin.status", form.base, form.id)]
    return [_note("origin.note", form.base, form.id)] if form.kind == "note" else []


def _history(heard: Heard) -> list[Target]:
    status, base = thread_source(heard)
    number = status.at("id").id
    if number is None or not status.at("edited_at").words:
        return []
    return [_status("history", base, number.value, "/history")]


def _context(heard: Heard, access: Access) -> list[Target]:
    status, base = thread_source(heard)
    number = status.at("id").id
    if number is None or not status.at("account") or access.replies < 1 or access.depth < 1:
        return []
    return [_status(f"context.{access.replies}.{access.depth}", base, number.value, "/context")]


def _status(role: str, base: str, number: str, below: str = "") -> Target:
    return Target(role, f"{base}/api/v1/statuses/{number}{below}", headers=(_JSON,))


def _note(role: str, base: str, number: str) -> Target:
    body = json.dumps({"noteId": number}).encode()
    return Target(role, f"{base}/api/notes/show", "POST", (_JSON, ("Content-Type", "application/json")), body)
