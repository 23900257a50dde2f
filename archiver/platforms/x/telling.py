"""The post as all answers of X together tell it: the API before GraphQL, that before the syndication, then oEmbed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Content, Edit, Extracted, Found, Post
from archiver.platforms.files import Files
from archiver.platforms.moments import apart
from archiver.platforms.x import asks
from archiver.platforms.x.addresses import meant
from archiver.platforms.x.answers import Answers
from archiver.platforms.x.api import Includes, post_by_api, told_by_api
from archiver.platforms.x.embedded import WHERE as OEMBED
from archiver.platforms.x.embedded import told_by_oembed
from archiver.platforms.x.merge import differences, in_order, merged
from archiver.platforms.x.notes import Notes, Told
from archiver.platforms.x.posts import post_in, told_by
from archiver.platforms.x.standing import standing_of, verdicts
from archiver.platforms.x.thread import replies_in
from archiver.platforms.x.values import id_time
from archiver.platforms.x.withheld import places_by_api, places_of, scope_of

SECONDS_APART: Final = 2.0  # between the time in an id and the one that X tells, above which it is said

_BEYOND: Final = "the numbers of views, shares and quotes, the program that posted, the place"


def extracted(key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
    """Return what the answers tell of the post, what they do not, and where they contradict each other."""
    answers, files, notes = Answers.of(meant(key, seen), seen), Files.of(seen), Notes()
    told = tellings(answers, files, notes)
    post = merged(told)
    if post is None:
        for verdict in verdicts(answers):
            notes.lacks("the post", f"{verdict.state} ({verdict.rule})", verdict.exchange)
        return Extracted(None, missing=tuple(notes.missing))
    post = replace(post, history=_history(answers, told, notes), replies=replies_in(answers, post, notes))
    hidden = id_time(_number(post))
    _note_what_is_missing(answers, told, files, notes)
    for words in (*differences(told), *_warnings(answers, told, post)):
        notes.warns(words)
    seconds = apart(post.published, hidden)
    if seconds is not None and seconds > SECONDS_APART and hidden is not None:
        notes.warns(f"the id was given out at {hidden.value}, {seconds:.0f} seconds from the time that X tells")
    return Extracted(post, hidden, tuple(notes.missing), tuple(notes.warnings))


def tellings(answers: Answers, files: Files, notes: Notes) -> tuple[Told, ...]:
    """Return the post as each answer tells it, the one that counts most first."""
    found: list[Told] = []
    if answers.told:
        found.append(told_by_api(answers.told, Includes.of(answers.doc("api")), files, notes))
    if answers.tweet:
        found.append(told_by(answers.result, "GraphQL", files, notes))
    if answers.shown:
        found.append(told_by(answers.shown, "the syndication", files, notes))
    if answers.embedded:
        found.append(told_by_oembed(answers.embedded, answers.key.part("id")))
    return tuple(found)


def other_versions(answers: Answers, told: tuple[Told, ...]) -> tuple[Found[str], ...]:
    """Return the numbers of the versions of a post besides the one that was told, the first one first."""
    known = max((each.versions for each in told), key=len, default=())
    own = {answers.key.part("id"), *(number.value for each in told if (number := _number(each.post)) is not None)}
    return tuple({each.value: each for each in known if each.value not in own}.values())


def version_of(answers: Answers, number: str) -> Post | None:
    """Return another version of the post as it is told beside it, or where it was asked for by itself."""
    beside = Includes.of(answers.doc("api"))
    if number in beside.posts:
        return post_by_api(beside.posts[number], beside, None)
    shown = answers.doc(f"{asks.VERSION}{number}")
    name = shown.at("id_str").id
    return post_in(shown, None, Notes(), 0) if name is not None and name.value == number else None


def _history(answers: Answers, told: tuple[Told, ...], notes: Notes) -> tuple[Edit, ...]:
    """Return the other versions of an edited post; of one that did not come, the time that its number tells."""
    found: list[Edit] = []
    for number in other_versions(answers, told):
        post = version_of(answers, number.value)
        if post is not None:
            found.append(Edit(post.published, post.content or Content()))
            continue
        seen = answers.seen.get(f"{asks.VERSION}{number.value}")
        why = "X does not show it" if seen is not None else "not asked for"
        notes.lacks(f"the version {number.value}", why, seen.number if seen is not None else number.exchange)
        found.append(Edit(id_time(number), Content()))
    return tuple(found)


def _note_what_is_missing(answers: Answers, told: tuple[Told, ...], files: Files, notes: Notes) -> None:
    whole = [each for each in told if each.where != OEMBED]
    if not (answers.told or answers.tweet):
        for verdict in verdicts(answers):
            if verdict.rule.startswith(("x.graphql.", "x.guest.")):
                notes.lacks(_BEYOND, f"GraphQL does not tell them ({verdict.rule})", verdict.exchange)
    if "api" in answers.seen and not answers.told:
        verdict = verdicts(answers)[0]
        notes.lacks("what the API tells", f"it does not ({verdict.rule})", verdict.exchange)
    if whole and all(each.cut for each in whole):
        notes.lacks("the rest of the text", "only the beginning of a long text is told", whole[0].exchange)
    if not whole:
        notes.lacks("the post but for its words", "only oEmbed shows it", told[0].exchange)
    if files.refused:
        notes.lacks("further files", "a server refused one, so no more were asked for")


def _warnings(answers: Answers, told: tuple[Told, ...], post: Post) -> Iterator[str]:
    number, wanted = _number(post), answers.key.part("id")
    if number is not None and number.value != wanted:
        yield f"X answered with the version {number.value} of the post {wanted} (exchange {number.exchange})"
    later = max((each.versions for each in told), key=len, default=())
    if later and number is not None and later[-1].value != number.value:
        last = later[-1]
        yield f"the post was edited after this version: the last one is {last.value} (exchange {last.exchange})"
    named, author = answers.key.part("name"), post.attributed_to
    called = author.preferred_username if author is not None else None
    if named and called is not None and named.lower() != called.value.lower():
        yield f"the address names @{named}, and the post is by @{called.value} (exchange {called.exchange})"
    if answers.shown.at("isStaleEdit").value is True:
        yield f"the syndication marks the post as replaced by a later version (exchange {answers.shown.exchange})"
    yield from _about_places(answers)
    yield from _about_standing(answers, told)


def _about_places(answers: Answers) -> Iterator[str]:
    for tweet in (answers.tweet, answers.shown):
        scope = scope_of(tweet)
        if scope is not None:
            yield f"X withholds the post here (exchange {scope.exchange}): its words may be those of X's notice"
    for places in (places_by_api(answers.told), places_of(answers.tweet), places_of(answers.shown)):
        if places:
            listed = ", ".join(each.value for each in places[:50])
            yield f"X withholds the post in {listed} (exchange {places[0].exchange})"


def _about_standing(answers: Answers, told: tuple[Told, ...]) -> Iterator[str]:
    """Yield what answers say that does not fit to the one that decides, where one of them shows the post."""
    standing = standing_of(answers)
    for each in verdicts(answers):
        contradicts = each.state not in ("available", *_NO_VERDICT) or each.rule.endswith(".tombstone")
        if contradicts and standing.state == "available":
            where = f"{each.rule}, exchange {each.exchange}"
            yield f"the post is shown ({standing.rule}), and an answer says {each.state} ({where})"
    if standing.state != "available" and in_order(told):
        shown = in_order(told)[0]
        how = f"{standing.state} ({standing.rule})"
        yield f"{shown.where} shows the post (exchange {shown.exchange}), and the state is {how}"
    if any(each.where == OEMBED for each in told) and len(told) == 1:
        yield f"oEmbed may show a copy long after a post is gone (exchange {told[0].exchange})"


_NO_VERDICT: Final = ("unavailable_unknown", "rate_limited", "challenge", "login_required", "needs_token")


def _number(post: Post) -> Found[str] | None:
    found = post.id
    return Found(str(found.value), found.exchange, found.at) if found is not None else None
