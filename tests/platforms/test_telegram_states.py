"""How a message of Telegram stands, by what the answers hold and not by their words."""

from dataclasses import replace

import pytest
from adapterkit import Answer, Played
from telegram_pages import (
    AWAY,
    NO_CARD,
    NO_DISCUSSION,
    POST,
    UNSUPPORTED,
    ask,
    bubble,
    card,
    channel,
    comment,
    discussion,
    error,
    footer,
    message,
    page,
    photo,
)

from archiver.model.platform import Access

_ALL = Access(token=True, replies=5, media=True)
NEIGHBOURS = (message(post="Lantern_Street/70"), message(post="Lantern_Street/72"))
NAME = "https://t.me/Lantern_Street"


def shows(played: Played) -> bool:
    """Whether the exchange that a standing names is the page that its rule names."""
    standing = played.adapter.classify(played.key, played.seen)
    return played.seen[standing.exchange - 1].role == standing.rule.split(".")[1]


@pytest.mark.parametrize(
    ("answers", "state", "rule"),
    [
        ({"embed": page(message())}, "available", "telegram.embed.message"),
        ({"embed": page(message()), "around": AWAY}, "available", "telegram.embed.message"),
        ({"embed": page(message()), "around": Answer(status=429)}, "available", "telegram.embed.message"),
        ({"embed": error(), "around": channel(message())}, "available", "telegram.around.message"),
        ({"embed": page(), "around": channel(message())}, "available", "telegram.around.message"),
        ({"embed": error(), "around": channel(*NEIGHBOURS)}, "not_found", "telegram.embed.error-in-shown-channel"),
        ({"embed": error(), "around": AWAY, "card": card()}, "unavailable_unknown", "telegram.around.redirect"),
        ({"embed": error(), "around": AWAY, "card": NO_CARD}, "unavailable_unknown", "telegram.around.redirect"),
        ({"embed": error()}, "unavailable_unknown", "telegram.embed.error"),
        ({"embed": error(), "around": channel()}, "unavailable_unknown", "telegram.embed.error"),
        ({"embed": error(), "around": Answer(status=500)}, "unavailable_unknown", "telegram.embed.error"),
        ({"embed": error(), "around": Answer(status=429)}, "rate_limited", "telegram.around.status-429"),
        (
            {"embed": page(message(post="Lantern_Street/9"))},
            "unavailable_unknown",
            "telegram.embed.other-message",
        ),
        ({"embed": page()}, "unavailable_unknown", "telegram.embed.nothing"),
        ({"embed": Answer.html("")}, "unavailable_unknown", "telegram.embed.nothing"),
        ({"embed": Answer(b"{}", 200)}, "unavailable_unknown", "telegram.embed.nothing"),
        ({"embed": replace(Answer.html("<div>"), whole=False)}, "unavailable_unknown", "telegram.embed.broken-off"),
        ({}, "unavailable_unknown", "telegram.embed.failed"),
        ({"embed": Answer(failure="timeout")}, "unavailable_unknown", "telegram.embed.failed"),
        ({"embed": Answer(status=302)}, "unavailable_unknown", "telegram.embed.status-302"),
        ({"embed": Answer(status=503)}, "unavailable_unknown", "telegram.embed.status-503"),
        ({"embed": Answer(status=404)}, "not_found", "telegram.embed.status-404"),
        ({"embed": Answer(status=410)}, "not_found", "telegram.embed.status-410"),
        ({"embed": Answer(status=401)}, "login_required", "telegram.embed.status-401"),
        ({"embed": Answer(status=403)}, "unavailable_unknown", "telegram.embed.status-403"),
        ({"embed": Answer(status=429)}, "rate_limited", "telegram.embed.status-429"),
        ({"embed": Answer(status=451)}, "geo_blocked", "telegram.embed.status-451"),
        (
            {"embed": Answer.html("<h1>Just a moment</h1>", 403, ("cf-mitigated", "challenge"))},
            "challenge",
            "telegram.embed.challenge",
        ),
        ({"embed": page(bubble(UNSUPPORTED + footer()))}, "needs_token", "telegram.embed.unsupported"),
        ({"embed": page(bubble(UNSUPPORTED + photo() + footer()))}, "available", "telegram.embed.message"),
        ({"embed": error(), "around": channel(bubble(UNSUPPORTED))}, "needs_token", "telegram.around.unsupported"),
    ],
)
def test_state_of_a_message(answers: dict[str, Answer | str], state: str, rule: str) -> None:
    played = ask(POST, **answers)
    assert (played.state, played.rule) == (state, rule)
    assert shows(played)


@pytest.mark.parametrize(
    "words",
    [
        "Post not found",
        "Пост не найден",
        "Channel with username @lantern_street not found",
        "This channel is unavailable due to copyright infringement.",
        "Unfortunately, this channel couldn't be displayed on your device.",
    ],
)
def test_the_words_of_an_error_decide_nothing(words: str) -> None:
    assert ask(POST, embed=error(words), around=AWAY).state == "unavailable_unknown"
    assert ask(POST, embed=error(words), around=channel(*NEIGHBOURS)).state == "not_found"


def test_a_message_that_speaks_of_deletion_is_available() -> None:
    quoted = page(message('<p>Post not found</p><p class="x">tgme_widget_message_error</p>'))
    assert ask(POST, embed=quoted).state == "available"


def test_never_deleted_whatever_is_answered() -> None:
    for embed in (error(), page(), page(message())):
        for around in (AWAY, channel(), channel(*NEIGHBOURS), error()):
            assert ask(POST, embed=embed, around=around, card=card()).state != "deleted"


def test_the_exchange_that_decides_is_named() -> None:
    played = ask(POST, embed=error(), around=AWAY)
    standing = played.adapter.classify(played.key, played.seen)
    assert played.seen[standing.exchange - 1].role == "around"
    played = ask(POST, embed=error(), around=channel(*NEIGHBOURS))
    assert played.adapter.classify(played.key, played.seen).exchange == 1


def test_nothing_seen_is_no_answer() -> None:
    played = ask(POST)
    assert played.adapter.classify(played.key, ()).rule == "telegram.embed.not-asked"
    assert played.adapter.more(played.key, _ALL, ()) == ()


def test_behind_a_redirect_the_last_answer_counts() -> None:
    played = ask(POST, embed=page(message()))
    first = replace(played.seen[0], status=301, body=b"")
    moved = tuple(replace(each, number=n) for n, each in enumerate((first, *played.seen), 1))
    assert played.adapter.classify(played.key, moved).state == "available"
    assert played.adapter.classify(played.key, moved).exchange == 2


@pytest.mark.parametrize(
    ("url", "answer", "state", "rule"),
    [
        ("https://t.me/c/1234567890/71", NO_CARD, "private", "telegram.address.members"),
        ("https://t.me/c/1234567890/71", Answer(status=302), "private", "telegram.address.members"),
        ("https://t.me/c/1234567890/71", Answer(failure="connect"), "private", "telegram.address.members"),
        ("https://t.me/+AbCd_efGH-12", card("3 members"), "private", "telegram.address.invite"),
        ("https://t.me/joinchat/AbCd_efGH-12", NO_CARD, "private", "telegram.address.invite"),
        ("https://t.me/+AbCd_efGH-12", Answer(status=429), "rate_limited", "telegram.card.status-429"),
        ("https://t.me/Lantern_Street/s/4", card(), "needs_token", "telegram.address.story"),
    ],
)
def test_closed_doors_are_an_answer(url: str, answer: Answer | str, state: str, rule: str) -> None:
    played = ask(url, _ALL, card=answer)
    assert (played.state, played.rule) == (state, rule)
    assert played.adapter.classify(played.key, played.seen).exchange == 1
    assert [each.role for each in played.targets] == ["card"]


@pytest.mark.parametrize(
    ("answers", "state", "rule"),
    [
        ({"card": card(), "around": channel(*NEIGHBOURS)}, "available", "telegram.card.channel"),
        ({"card": card(), "around": AWAY}, "available", "telegram.card.channel"),
        ({"card": Answer(status=500), "around": channel()}, "available", "telegram.around.channel"),
        ({"card": NO_CARD, "around": AWAY}, "unavailable_unknown", "telegram.card.nothing"),
        ({"card": Answer(status=429)}, "rate_limited", "telegram.card.status-429"),
        ({"card": NO_CARD, "around": Answer(status=429)}, "rate_limited", "telegram.around.status-429"),
        ({}, "unavailable_unknown", "telegram.card.failed"),
    ],
)
def test_state_of_a_channel(answers: dict[str, Answer | str], state: str, rule: str) -> None:
    played = ask(NAME, **answers)
    assert (played.state, played.rule) == (state, rule)
    assert shows(played)


@pytest.mark.parametrize(
    ("answers", "state", "rule"),
    [
        ({"discussion": discussion(comment(8), comment(9))}, "available", "telegram.discussion.comment"),
        ({"discussion": discussion(comment(8))}, "unavailable_unknown", "telegram.discussion.other-comments"),
        ({"discussion": NO_DISCUSSION}, "unavailable_unknown", "telegram.discussion.nothing"),
        ({"discussion": error()}, "unavailable_unknown", "telegram.discussion.error"),
        ({"discussion": Answer(status=429)}, "rate_limited", "telegram.discussion.status-429"),
        ({"discussion": error(), "embed": Answer(status=429)}, "rate_limited", "telegram.embed.status-429"),
        ({}, "unavailable_unknown", "telegram.discussion.failed"),
    ],
)
def test_state_of_a_comment(answers: dict[str, Answer | str], state: str, rule: str) -> None:
    played = ask(f"{POST}?comment=9", **answers)
    assert (played.state, played.rule) == (state, rule)
    assert shows(played)
