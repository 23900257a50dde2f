"""Nothing that Telegram's pages could hold stops a reading, or makes it long."""

from dataclasses import replace

import pytest
from adapterkit import Answer, Played, rendered, survives
from telegram_pages import (
    AWAY,
    NO_CARD,
    POST,
    TIME,
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
    text,
    video,
)

from archiver.model.platform import Access
from archiver.platforms.telegram import ADAPTER
from archiver.platforms.telegram.asking import comments_asked

ALL = Access(token=True, replies=30, media=True)
FORWARD = (
    '<div class="tgme_widget_message_forwarded_from"><a class="tgme_widget_message_forwarded_from_name" '
    'href="https://t.me/quay_paper/9">x</a></div>'
)


def everything() -> Played:
    inner = FORWARD + photo() + video() + UNSUPPORTED
    return ask(
        POST,
        ALL,
        embed=page(message(inner)),
        around=channel(message(post="Lantern_Street/70"), message(inner)),
        card=card(),
        discussion=discussion(comment(8, photo()), comment(9)),
    )


def answered() -> list[Played]:
    doors = ("https://t.me/c/1234567890/71", "https://t.me/+AbCd_efGH-12", "https://t.me/Lantern_Street/s/4")
    return [
        everything(),
        ask(POST, ALL, embed=error(), around=AWAY, card=NO_CARD),
        ask(POST, ALL, embed=page(bubble(UNSUPPORTED + footer())), card=card(), words=page()),
        ask(f"{POST}?comment=9", ALL, discussion=discussion(comment(9, photo())), embed=page(message()), card=card()),
        ask("https://t.me/Lantern_Street", ALL, card=card(), around=channel(message())),
        *(ask(door, ALL, card=card()) for door in doors),
    ]


@pytest.mark.parametrize("number", range(8))
def test_whatever_the_answers_are_turned_into(number: int) -> None:
    survives(ADAPTER, answered()[number], rounds=120, seed=number)


@pytest.mark.parametrize("number", range(8))
def test_roles_in_any_order_and_number(number: int) -> None:
    played = answered()[number]
    twice = (*reversed(played.seen), *played.seen)
    renumbered = tuple(replace(each, number=n, record=f"urn:uuid:{n}") for n, each in enumerate(twice, 1))
    assert rendered(ADAPTER, played.key, renumbered)


def hostile_pages() -> dict[str, str]:
    one = '<div class="tgme_widget_message" data-post="Lantern_Street/71">'
    return {
        "nested messages": one * 100_000,
        "messages side by side": (one + "</div>") * 100_000,
        "nested texts": message('<div class="tgme_widget_message_text js-message_text">' * 50_000),
        "links": message("<a href='https://t.me/Lantern_Street/71?single'>x</a>" * 100_000),
        "photos": message(photo() * 100_000),
        "reactions": message('<span class="tgme_reaction"><b>x</b>1</span>' * 100_000),
        "deep": message("<b>" * 100_000),
        "10 MB of text": message("слово " * 900_000),
        "10 MB of an attribute": message(
            f'<a class="tgme_widget_message_photo_wrap" style="{"url(" * 2_000_000}"></a>'
        ),
        "10 MB of white space": message(
            f'<a class="tgme_widget_message_photo_wrap" style="background-image:{" " * 9_000_000}"></a>'
        ),
        "numbers": message().replace("214.4K", "9" * 1_000_000).replace(TIME, "9" * 1_000_000),
        "a name": message().replace("Lantern_Street/71", "A" * 1_000_000 + "/71"),
    }


@pytest.mark.parametrize("name", list(hostile_pages()))
def test_large_and_deep_pages_are_read_within_bounds(name: str) -> None:
    body = page(hostile_pages()[name])
    played = ask(POST, ALL, embed=body, around=channel(hostile_pages()[name]), card=card(), discussion=body)
    assert played.document
    assert len(played.targets) <= 64 + 4


def test_truncated_anywhere_is_a_state() -> None:
    whole = Answer.html(page(message(photo() + video())))
    for cut in range(0, len(whole.body), 97):
        played = ask(POST, embed=replace(whole, body=whole.body[:cut], whole=False))
        assert played.state in {"available", "unavailable_unknown"}
        assert played.document


def test_a_mark_of_byte_order_and_a_wrong_charset_are_read() -> None:
    marked = Answer(b"\xef\xbb\xbf" + page(message()).encode(), 200, (("Content-Type", "text/html"),))
    assert ask(POST, embed=marked).post["content"]["text"].startswith("Сквер")
    old = page(message()).replace("utf-8", "windows-1251")
    wrong = Answer(old.encode("cp1251"), 200, (("Content-Type", "text/html; charset=windows-1251"),))
    assert ask(POST, embed=wrong).post["content"]["text"].startswith("Сквер")
    untrue = Answer(page(message()).encode(), 200, (("Content-Type", "text/html; charset=koi8-r"),))
    assert ask(POST, embed=untrue).state == "available"
    wide = Answer(page(message()).encode("utf-16"), 200, (("Content-Type", "text/html"),))
    assert ask(POST, embed=wide).post["content"]["text"].startswith("Сквер")


def test_hostile_words_stay_words() -> None:
    words = "&lt;script&gt;alert(1)&lt;/script&gt;\x1b[31m\u202e[bold]=cmd|' /C calc'!A0\ud800"
    played = ask(POST, embed=Answer.html(page(bubble(text(words.encode("utf-8", "replace").decode()) + footer()))))
    assert played.post["content"]["text"].startswith("<script>alert(1)</script>\x1b[31m\u202e[bold]")


@pytest.mark.parametrize(
    "name",
    ["", "/", "Lantern_Street", "Lantern_Street/", "Lantern_Street/x", "Lantern_Street/71/72", "../../71", "a b/71"],
)
def test_a_message_without_a_proper_name_is_none(name: str) -> None:
    assert ask(POST, embed=page(message(post=name))).state == "unavailable_unknown"


def test_a_message_within_another_one_is_not_the_one() -> None:
    inner = message(post="Lantern_Street/71")
    assert ask(POST, embed=page(message(inner, post="Lantern_Street/9"))).rule == "telegram.embed.other-message"


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://t.me/x?comments_limit=7", 7),
        ("https://t.me/x?comments_limit=７", 0),
        ("https://t.me/x?comments_limit=7777", 0),
        ("https://t.me/x", 0),
        ("https://[/?comments_limit=7", 0),
    ],
)
def test_how_many_comments_an_address_asks_for(url: str, number: int) -> None:
    assert comments_asked(url) == number
