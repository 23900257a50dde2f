"""What is asked of X and in which order: few things, and nothing more about the post after a refusal.

The API is asked first where there is a token, then the syndication, which needs no key; where the API has not told the
post, a guest's token and GraphQL; then other versions of an edited post, oEmbed, answers of others, and files.
"""

from typing import Final

from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.platforms.files import Files
from archiver.platforms.x import asks
from archiver.platforms.x.addresses import meant
from archiver.platforms.x.answers import Answers, guest_token, refused
from archiver.platforms.x.merge import merged
from archiver.platforms.x.notes import Notes, Told
from archiver.platforms.x.telling import other_versions, tellings, version_of
from archiver.platforms.x.thread import next_replies

MAX_VERSIONS: Final = 10  # of one post; X allows five edits

_OF_PUBLIC: Final = ("syndication", "guest", "graphql", "oembed")


def first_targets(key: PostKey, access: Access) -> tuple[Target, ...]:
    """Return what is asked first: where a short link leads, or the API and the syndication for the post."""
    if key.kind == "short":
        return (asks.short(key),)
    return (*((asks.post_by_api(key),) if access.token else ()), asks.syndication(key))


def next_targets(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return what is asked after what was `seen`, nothing at the end."""
    key = meant(key, seen)
    if key.kind == "short":
        return ()
    answers, files = Answers.of(key, seen), Files.of(seen)
    told = tellings(answers, files, Notes())
    for wanted in (first_targets(key, access), _public(answers, told), _replies(answers, access)):
        asked = tuple(each for each in wanted if each.role not in answers.seen)
        if asked:
            return asked
    post = merged(told) if access.media else None
    return files.targets(post.attachment) if post is not None else ()


def _public(answers: Answers, told: tuple[Told, ...]) -> tuple[Target, ...]:
    """Return the next question that needs no token of the operator's."""
    if _is_refused(answers):
        return ()
    if not answers.told and not _refuses_token(answers):
        token = guest_token(answers)
        if "guest" not in answers.seen:
            return (asks.guest(),)
        if "graphql" not in answers.seen and token:
            return (asks.graphql(answers.key, token),)
    for number in other_versions(answers, told)[:MAX_VERSIONS]:
        unasked = f"{asks.VERSION}{number.value}" not in answers.seen
        if unasked and version_of(answers, number.value) is None:
            return (asks.version(number.value),)
    return (asks.oembed(answers.key, _name(answers, told)),)


def _is_refused(answers: Answers) -> bool:
    """Return whether X has asked to be left alone. That a token is refused ends the asking of that host only."""
    for role, seen in answers.seen.items():
        how = refused(seen, answers.doc(role))
        if how and (role in _OF_PUBLIC or role.startswith(asks.VERSION)):
            return True
        if how in ("limit", "challenge") and role == "api":
            return True
    return False


def _refuses_token(answers: Answers) -> bool:
    """Return whether the API has refused: its host is that which gives tokens to guests, and is left alone then."""
    return "api" in answers.seen and bool(refused(answers.seen["api"], answers.doc("api")))


def _name(answers: Answers, told: tuple[Told, ...]) -> str:
    """Return the name of the author as it is told, else the one in the address."""
    authors = (each.post.attributed_to for each in told)
    names = (each.preferred_username for each in authors if each is not None)
    page = next((each.value for each in names if each is not None), answers.key.part("name"))
    return page if page.isascii() and page.replace("_", "").isalnum() and len(page) <= 20 else ""


def _replies(answers: Answers, access: Access) -> tuple[Target, ...]:
    return next_replies(answers, access) if access.token else ()
