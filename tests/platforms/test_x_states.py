"""How a post of X stands, by what the answers hold and not by their words."""

from typing import Any

import pytest
from adapterkit import Answer
from xanswers import (
    EARLIER,
    GUEST,
    ID,
    QUOTED,
    TOMBSTONE,
    WORDS,
    answer,
    api_answer,
    ask,
    asked,
    embedded,
    of_api,
    problem,
    shown,
    tweet,
    unavailable,
)

from archiver.model.platform import Access

TOKEN = Access(token=True)
GONE = Answer(status=404)
OTHER = {"id_str": QUOTED}
LOGIN = Answer(status=302, headers=(("Location", "https://x.com/i/flow/login?redirect=1"),))
TEST = Answer(status=302, headers=(("Location", "https://x.com/account/access"),))
CLOUD = Answer.html("<h1>Just a moment</h1>", 403, ("cf-mitigated", "challenge"))


def errors(*codes: Any, data: Any = None) -> Answer:
    told = [{"code": code, "message": WORDS} for code in codes]
    return Answer.json({"errors": told} | ({"data": data} if data is not None else {}))


PUBLIC: list[tuple[dict[str, Any], str, str]] = [
    ({"syndication": shown(), "graphql": answer(tweet())}, "available", "x.graphql.post"),
    ({"syndication": shown()}, "available", "x.syndication.post"),
    ({"syndication": GONE, "graphql": answer(tweet())}, "available", "x.graphql.post"),
    (
        {"graphql": answer({"__typename": "TweetWithVisibilityResults", "tweet": tweet()})},
        "available",
        "x.graphql.post",
    ),
    ({"graphql": answer(tweet(), errors=[{"code": 0, "message": WORDS}])}, "available", "x.graphql.post"),
    ({"syndication": shown(), "graphql": unavailable("Suspended")}, "available", "x.syndication.post"),
    ({"syndication": GONE, "graphql": unavailable("Suspended")}, "account_gone", "x.graphql.unavailable-suspended"),
    ({"graphql": unavailable("Deactivated")}, "account_gone", "x.graphql.unavailable-deactivated"),
    ({"graphql": unavailable("Offboarded")}, "account_gone", "x.graphql.unavailable-offboarded"),
    ({"syndication": TOMBSTONE, "graphql": unavailable("Protected")}, "private", "x.graphql.unavailable-protected"),
    ({"graphql": unavailable("Limited")}, "private", "x.graphql.unavailable-limited"),
    ({"graphql": unavailable("Blocked")}, "private", "x.graphql.unavailable-blocked"),
    ({"graphql": unavailable("ExclusiveTweet")}, "private", "x.graphql.unavailable-exclusivetweet"),
    ({"graphql": unavailable("NsfwLoggedOut")}, "age_gated", "x.graphql.unavailable-nsfwloggedout"),
    (
        {"graphql": unavailable("NsfwViewerHasNoStatedAge")},
        "age_gated",
        "x.graphql.unavailable-nsfwviewerhasnostatedage",
    ),
    ({"graphql": unavailable("NsfwViewerIsUnderage")}, "age_gated", "x.graphql.unavailable-nsfwviewerisunderage"),
    ({"graphql": unavailable("Deleted")}, "deleted", "x.graphql.unavailable-deleted"),
    ({"graphql": unavailable("Bounced")}, "removed_by_platform", "x.graphql.unavailable-bounced"),
    ({"graphql": unavailable("BounceDeleted")}, "removed_by_platform", "x.graphql.unavailable-bouncedeleted"),
    ({"graphql": unavailable("RuleViolation")}, "removed_by_platform", "x.graphql.unavailable-ruleviolation"),
    ({"graphql": unavailable("HiddenByModerator")}, "removed_by_platform", "x.graphql.unavailable-hiddenbymoderator"),
    ({"graphql": unavailable("Missing")}, "not_found", "x.graphql.unavailable-missing"),
    ({"graphql": unavailable(WORDS)}, "unavailable_unknown", "x.graphql.unavailable"),
    ({"graphql": unavailable({})}, "unavailable_unknown", "x.graphql.unavailable"),
    ({"syndication": TOMBSTONE, "graphql": answer({})}, "unavailable_unknown", "x.syndication.tombstone"),
    ({"syndication": GONE, "graphql": answer(TOMBSTONE)}, "unavailable_unknown", "x.graphql.tombstone"),
    ({"graphql": answer({"tombstone": {"richText": {"text": WORDS}}})}, "unavailable_unknown", "x.graphql.tombstone"),
    ({"syndication": GONE, "graphql": answer({})}, "not_found", "x.graphql.no-result"),
    ({"syndication": GONE, "graphql": answer()}, "not_found", "x.graphql.no-result"),
    ({"syndication": GONE, "graphql": errors(144)}, "not_found", "x.graphql.error-144"),
    ({"syndication": GONE, "graphql": errors(34)}, "not_found", "x.graphql.error-34"),
    ({"syndication": GONE, "graphql": errors(63)}, "account_gone", "x.graphql.error-63"),
    ({"syndication": GONE, "graphql": errors(179)}, "private", "x.graphql.error-179"),
    ({"syndication": GONE, "graphql": errors(88)}, "rate_limited", "x.graphql.limit"),
    ({"graphql": errors("144")}, "not_found", "x.graphql.error-144"),
    ({"syndication": Answer.json({}, 500), "graphql": errors(0, data={})}, "unavailable_unknown", "x.graphql.other"),
    ({"graphql": answer(tweet(OTHER, rest_id=QUOTED, edit_control={}))}, "unavailable_unknown", "x.graphql.other"),
    ({"syndication": Answer.json({}), "guest": GUEST, "oembed": embedded()}, "available", "x.oembed.post"),
    ({"graphql": GONE, "syndication": Answer(status=410)}, "not_found", "x.syndication.status-410"),
    ({"graphql": Answer(status=429), "syndication": GONE}, "rate_limited", "x.graphql.limit"),
    ({"graphql": Answer(status=429), "syndication": shown()}, "available", "x.syndication.post"),
    ({"graphql": Answer(status=401), "syndication": GONE}, "login_required", "x.graphql.login"),
    ({"graphql": LOGIN, "syndication": GONE}, "login_required", "x.graphql.login"),
    ({"graphql": TEST, "syndication": GONE}, "challenge", "x.graphql.challenge"),
    ({"graphql": CLOUD, "syndication": GONE}, "challenge", "x.graphql.challenge"),
    ({"graphql": Answer(status=403)}, "unavailable_unknown", "x.graphql.status-403"),
    ({"graphql": Answer(status=404)}, "unavailable_unknown", "x.graphql.status-404"),
    ({"graphql": Answer(status=302)}, "unavailable_unknown", "x.graphql.status-302"),
    (
        {"graphql": Answer(status=302, headers=(("Location", "http://["),))},
        "unavailable_unknown",
        "x.graphql.status-302",
    ),
    ({"graphql": Answer(status=451)}, "geo_blocked", "x.graphql.status-451"),
    ({"graphql": Answer(b"{", whole=False)}, "unavailable_unknown", "x.graphql.broken-off"),
    ({"guest": Answer(status=429), "syndication": GONE}, "rate_limited", "x.guest.limit"),
    ({"guest": Answer(status=403)}, "unavailable_unknown", "x.guest.status-403"),
    ({"guest": Answer.json({})}, "unavailable_unknown", "x.guest.other"),
    ({"guest": Answer.json({"guest_token": "a\r\nb"})}, "unavailable_unknown", "x.guest.other"),
    ({"syndication": Answer(status=429)}, "rate_limited", "x.syndication.limit"),
    ({"syndication": CLOUD}, "challenge", "x.syndication.challenge"),
    ({"syndication": Answer(status=451), "graphql": answer({})}, "geo_blocked", "x.syndication.status-451"),
    ({"syndication": shown(id_str=QUOTED, edit_control={}), "guest": Answer()}, "unavailable_unknown", "x.guest.other"),
    (
        {"graphql": answer(tweet({"withheld_scope": "status", "withheld_in_countries": ["RU"]}))},
        "geo_blocked",
        "x.graphql.withheld",
    ),
    ({"graphql": answer(tweet({"withheld_in_countries": ["RU"]}))}, "available", "x.graphql.post"),
    (
        {"syndication": shown(), "graphql": answer(tweet({"withheld_in_countries": ["XY"]}))},
        "removed_by_platform",
        "x.graphql.withheld-everywhere",
    ),
    (
        {"syndication": shown(withheld_scope="user"), "graphql": answer(tweet())},
        "geo_blocked",
        "x.syndication.withheld",
    ),
    ({"oembed": embedded()}, "available", "x.oembed.post"),
    ({"oembed": embedded(number=QUOTED)}, "unavailable_unknown", "x.graphql.failed"),
    ({"syndication": GONE, "oembed": embedded()}, "not_found", "x.syndication.status-404"),
    ({"oembed": GONE}, "not_found", "x.oembed.status-404"),
    ({"oembed": Answer(status=403), "graphql": unavailable("Protected")}, "private", "x.graphql.unavailable-protected"),
    ({}, "unavailable_unknown", "x.graphql.failed"),
]
WITH_TOKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"api": api_answer(of_api())}, "available", "x.api.post"),
    (
        {"api": api_answer(of_api(), errors=[{"type": "https://api.twitter.com/2/problems/resource-not-found"}])},
        "available",
        "x.api.post",
    ),
    ({"api": problem("resource-not-found"), "syndication": TOMBSTONE}, "not_found", "x.api.resource-not-found"),
    (
        {"api": problem("resource-not-found"), "graphql": unavailable("Suspended")},
        "account_gone",
        "x.graphql.unavailable-suspended",
    ),
    ({"api": problem("resource-not-found"), "syndication": shown()}, "available", "x.syndication.post"),
    ({"api": problem("not-authorized-for-resource")}, "unavailable_unknown", "x.api.not-authorized-for-resource"),
    (
        {"api": problem("not-authorized-for-resource"), "graphql": unavailable("Protected")},
        "private",
        "x.graphql.unavailable-protected",
    ),
    ({"api": problem("resource-not-found", QUOTED)}, "unavailable_unknown", "x.api.other"),
    ({"api": problem("something-else")}, "unavailable_unknown", "x.api.other"),
    ({"api": Answer(status=401), "syndication": GONE}, "not_found", "x.syndication.status-404"),
    ({"api": Answer(status=401)}, "needs_token", "x.api.status-401"),
    ({"api": Answer(status=402)}, "needs_token", "x.api.status-402"),
    ({"api": Answer(status=403)}, "needs_token", "x.api.status-403"),
    ({"api": Answer(status=429)}, "rate_limited", "x.api.limit"),
    ({"api": Answer(status=429), "syndication": shown()}, "available", "x.syndication.post"),
    ({"api": Answer(status=500)}, "unavailable_unknown", "x.api.status-500"),
    ({"api": api_answer(of_api(withheld={"country_codes": ["DE"]}))}, "available", "x.api.post"),
    (
        {"api": api_answer(of_api(withheld={"country_codes": ["XX"]}))},
        "removed_by_platform",
        "x.api.withheld-everywhere",
    ),
    ({"api": api_answer(of_api(id=EARLIER, edit_history_tweet_ids=[EARLIER, ID]))}, "available", "x.api.post"),
]


@pytest.mark.parametrize(
    ("access", "answers", "state", "rule"),
    [*((Access(), *case) for case in PUBLIC), *((TOKEN, *case) for case in WITH_TOKEN)],
)
def test_state_of_a_post(access: Access, answers: dict[str, Any], state: str, rule: str) -> None:
    played = ask(f"https://x.com/a/status/{ID}", access, **answers)
    assert (played.state, played.rule) == (state, rule)
    standing = played.adapter.classify(played.key, played.seen)
    assert played.seen[standing.exchange - 1].role == rule.split(".")[1]
    assert played.document


@pytest.mark.parametrize("how", ["syndication", "graphql"])
@pytest.mark.parametrize(
    "words",
    [
        "This Post was deleted by the Post author. Learn more",
        "This Post is from a suspended account. Learn more",
        "You’re unable to view this Post because this account owner limits who can view their Posts.",
        "Age-restricted adult content.",
    ],
)
def test_the_words_of_a_tombstone_decide_nothing(how: str, words: str) -> None:
    grave = {"__typename": "TweetTombstone", "tombstone": {"text": {"text": words}}}
    given = {"graphql": answer(grave)} if how == "graphql" else {"syndication": Answer.json(grave)}
    assert ask(**given).state == "unavailable_unknown"  # type: ignore[arg-type]


def test_a_post_that_speaks_of_deletion_is_available() -> None:
    assert ask(syndication=shown(text=WORDS), graphql=answer(tweet({"full_text": WORDS}))).state == "available"


def test_nothing_seen_is_no_answer() -> None:
    played = ask()
    assert played.adapter.classify(played.key, ()).rule == "x.nothing-asked"
    assert [target.role for target in played.adapter.more(played.key, Access(), ())] == ["syndication"]


@pytest.mark.parametrize(
    ("refusal", "roles"),
    [
        ({"syndication": Answer(status=429)}, ["syndication"]),
        ({"syndication": Answer(status=403)}, ["syndication"]),
        ({"syndication": CLOUD}, ["syndication"]),
        ({"syndication": LOGIN}, ["syndication"]),
        ({"guest": Answer(status=401)}, ["syndication", "guest"]),
        ({"guest": Answer(status=429)}, ["syndication", "guest"]),
        ({"graphql": errors(88)}, ["syndication", "guest", "graphql"]),
        ({"graphql": Answer(status=403)}, ["syndication", "guest", "graphql"]),
        ({"guest": Answer.json({})}, ["syndication", "guest", "oembed"]),
        ({"guest": Answer(failure="timeout")}, ["syndication", "guest", "oembed"]),
    ],
)
def test_nothing_more_is_asked_after_a_refusal(refusal: dict[str, Any], roles: list[str]) -> None:
    assert asked(ask(**({"guest": GUEST} | refusal))) == roles


def test_a_limit_of_the_api_is_one_of_x() -> None:
    assert asked(ask(f"https://x.com/a/status/{ID}", TOKEN, api=Answer(status=429))) == ["api", "syndication"]
    refused = ask(f"https://x.com/a/status/{ID}", TOKEN, api=Answer(status=401))
    assert asked(refused) == ["api", "syndication", "oembed"]
    unpaid = ask(f"https://x.com/a/status/{ID}", TOKEN, api=Answer(status=402))
    assert asked(unpaid) == ["api", "syndication", "guest", "graphql", "oembed"]


def test_an_empty_answer_of_the_syndication_says_nothing() -> None:
    bare = {"syndication": Answer.json({}), "guest": Answer.json({}), "oembed": Answer(status=500)}
    played = ask(**bare)  # type: ignore[arg-type]
    assert played.state == "unavailable_unknown"
    verdicts = [played.adapter.classify(played.key, (each,)).rule for each in played.seen]
    assert verdicts[0] == "x.syndication.empty"
