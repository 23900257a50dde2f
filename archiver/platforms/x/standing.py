"""How a post of X stands: by statuses, types of objects, words of closed lists and numbers of errors; never by prose.

Each answer says what it says; the strongest of all counts (docs/spec/platforms/x.md §States).
"""

from collections.abc import Iterator
from typing import Final

from archiver.model.platform import Seen, Standing, State
from archiver.platforms.reading import Doc
from archiver.platforms.x.answers import Answers, error_codes, refused
from archiver.platforms.x.withheld import EVERYWHERE, places_by_api, places_of, scope_of

_WITHHELD, _SHOWN, _SAID, _UNKNOWN_TO_API, _TOMBSTONE, _UNKNOWN, _REFUSED, _UNSHOWN, _EMBEDDED, _SILENT = range(10)
"""From the strongest that an answer can say to the weakest."""

_REASONS: Final[dict[str, State]] = {  # why a post is unavailable, in words that X's services give to each other
    "Suspended": "account_gone",
    "Deactivated": "account_gone",
    "Offboarded": "account_gone",
    "Protected": "private",
    "Limited": "private",
    "Blocked": "private",
    "ExclusiveTweet": "private",
    "NsfwLoggedOut": "age_gated",
    "NsfwViewerHasNoStatedAge": "age_gated",
    "NsfwViewerIsUnderage": "age_gated",
    "Deleted": "deleted",
    "Bounced": "removed_by_platform",
    "BounceDeleted": "removed_by_platform",
    "RuleViolation": "removed_by_platform",
    "HiddenByModerator": "removed_by_platform",
    "Missing": "not_found",
}
_CODES: Final[dict[int, State]] = {34: "not_found", 63: "account_gone", 144: "not_found", 179: "private"}
_PROBLEMS: Final[dict[str, tuple[State, int]]] = {
    "resource-not-found": ("not_found", _UNKNOWN_TO_API),
    "not-authorized-for-resource": ("unavailable_unknown", _SILENT),
}
_REFUSALS: Final[dict[str, State]] = {"challenge": "challenge", "login": "login_required", "limit": "rate_limited"}

_Ranked = tuple[int, Standing]


def standing_of(answers: Answers) -> Standing:
    """Return how the post stands, by the strongest that the answers say."""
    if answers.key.kind == "short":  # it leads elsewhere: a page like others
        page = answers.seen.get("page")
        return Standing("unavailable_unknown", "x.not-one", page.number if page is not None else 0)
    ranked = min(_said(answers), key=lambda each: each[0], default=None)
    return ranked[1] if ranked is not None else Standing("unavailable_unknown", "x.nothing-asked")


def verdicts(answers: Answers) -> tuple[Standing, ...]:
    """Return what each answer says of how the post stands: the API, GraphQL, the syndication, oEmbed."""
    return tuple(standing for _, standing in _said(answers))


def _said(answers: Answers) -> tuple[_Ranked, ...]:
    return (*_of_api(answers), *_of_graphql(answers), *_of_syndication(answers), *_of_oembed(answers))


def _of_api(answers: Answers) -> Iterator[_Ranked]:
    seen, doc = answers.seen.get("api"), answers.doc("api")
    if seen is None:
        return
    if answers.told:
        if EVERYWHERE & {each.value for each in places_by_api(answers.told)}:
            yield _WITHHELD, Standing("removed_by_platform", "x.api.withheld-everywhere", seen.number)
        yield _SHOWN, Standing("available", "x.api.post", seen.number)
        return
    problem = next((name for each in doc.at("errors").items[:20] if (name := _problem(each, answers))), "")
    if problem:
        state, rank = _PROBLEMS[problem]
        yield rank, Standing(state, f"x.api.{problem}", seen.number)
    elif seen.status in (401, 402, 403):
        yield _SILENT, Standing("needs_token", f"x.api.status-{seen.status}", seen.number)
    else:
        yield _otherwise(seen, doc, "api")


def _problem(error: Doc, answers: Answers) -> str:
    """Return the name of the problem that an error of the API has with the post itself, "" for another one."""
    kind, number = error.at("type").words, error.at("resource_id").id or error.at("value").id
    name = kind.value.rpartition("/problems/")[2] if kind is not None else ""
    is_of_post = number is None or number.value == answers.key.part("id")
    return name if name in _PROBLEMS and is_of_post else ""


def _of_graphql(answers: Answers) -> Iterator[_Ranked]:
    seen, doc, result = answers.seen.get("graphql"), answers.doc("graphql"), answers.result
    if seen is None:
        guest = answers.seen.get("guest")
        if guest is not None:
            yield _otherwise(guest, answers.doc("guest"), "guest")
        return
    if answers.tweet:
        yield from _of_tweet(answers.tweet, "graphql", seen.number)
        return
    kind = result.at("__typename").value
    if kind == "TweetTombstone" or result.at("tombstone"):
        yield _TOMBSTONE, Standing("unavailable_unknown", "x.graphql.tombstone", seen.number)
    elif kind == "TweetUnavailable":
        yield _unavailable(result, seen.number)
    elif result:
        yield _without_post(result, seen.number)
    elif found := next((code for code in error_codes(doc) if code in _CODES), 0):
        state = _CODES[found]
        yield (_UNKNOWN if state == "not_found" else _SAID), Standing(state, f"x.graphql.error-{found}", seen.number)
    elif seen.status == 200 and isinstance(doc.at("data").value, dict) and not doc.at("errors").items:
        yield _UNKNOWN, Standing("not_found", "x.graphql.no-result", seen.number)
    else:
        yield _otherwise(seen, doc, "graphql")


def _unavailable(result: Doc, number: int) -> _Ranked:
    """Return what the word means that says why a post is unavailable; a word that is not in the list says nothing."""
    reason = result.at("reason").value
    if not isinstance(reason, str) or reason not in _REASONS:
        return _TOMBSTONE, Standing("unavailable_unknown", "x.graphql.unavailable", number)
    state = _REASONS[reason]
    rank = _UNKNOWN if state == "not_found" else _SAID
    return rank, Standing(state, f"x.graphql.unavailable-{reason.lower()}", number)


def _without_post(result: Doc, number: int) -> _Ranked:
    if result.value == {}:
        return _UNKNOWN, Standing("not_found", "x.graphql.no-result", number)
    return _SILENT, Standing("unavailable_unknown", "x.graphql.other", number)


def _of_syndication(answers: Answers) -> Iterator[_Ranked]:
    seen, doc = answers.seen.get("syndication"), answers.doc("syndication")
    if seen is None:
        return
    if answers.shown:
        yield from _of_tweet(answers.shown, "syndication", seen.number)
    elif doc.at("__typename").value == "TweetTombstone" or doc.at("tombstone"):
        yield _TOMBSTONE, Standing("unavailable_unknown", "x.syndication.tombstone", seen.number)
    elif seen.status in (404, 410):
        yield _UNSHOWN, Standing("not_found", f"x.syndication.status-{seen.status}", seen.number)
    elif seen.status == 200 and doc.value == {} and seen.whole:
        yield _SILENT, Standing("unavailable_unknown", "x.syndication.empty", seen.number)
    else:
        yield _otherwise(seen, doc, "syndication")


def _of_oembed(answers: Answers) -> Iterator[_Ranked]:
    seen = answers.seen.get("oembed")
    if seen is None:
        return
    if answers.embedded:
        yield _EMBEDDED, Standing("available", "x.oembed.post", seen.number)
    elif seen.status in (404, 410):
        yield _UNSHOWN, Standing("not_found", f"x.oembed.status-{seen.status}", seen.number)
    else:
        yield _otherwise(seen, answers.doc("oembed"), "oembed")


def _of_tweet(tweet: Doc, role: str, number: int) -> Iterator[_Ranked]:
    """Return how a post stands that was shown: X may have put a notice in the place of its words."""
    if EVERYWHERE & {each.value for each in places_of(tweet)}:
        yield _WITHHELD, Standing("removed_by_platform", f"x.{role}.withheld-everywhere", number)
    if scope_of(tweet) is not None:
        yield _WITHHELD, Standing("geo_blocked", f"x.{role}.withheld", number)
    yield _SHOWN, Standing("available", f"x.{role}.post", number)


def _otherwise(seen: Seen, doc: Doc, role: str) -> _Ranked:
    """Return what an answer without a post says by its status, or by where it leads."""
    how = refused(seen, doc)
    if seen.status == 451:
        return _SAID, Standing("geo_blocked", f"x.{role}.status-451", seen.number)
    if how in _REFUSALS:
        return _REFUSED, Standing(_REFUSALS[how], f"x.{role}.{how}", seen.number)
    if seen.failure or not seen.status:
        return _SILENT, Standing("unavailable_unknown", f"x.{role}.failed", seen.number)
    if seen.status != 200:
        return _SILENT, Standing("unavailable_unknown", f"x.{role}.status-{seen.status}", seen.number)
    return _SILENT, Standing("unavailable_unknown", f"x.{role}.{'other' if seen.whole else 'broken-off'}", seen.number)
