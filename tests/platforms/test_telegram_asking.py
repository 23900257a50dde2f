"""What is asked of Telegram, in which order, and when nothing more is."""

from typing import Any

import pytest
from adapterkit import Answer, Played
from telegram_pages import (
    AWAY,
    FILES,
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

ALL = Access(token=True, replies=30, media=True)
FOUND: dict[str, str | Answer] = {
    "embed": page(message(photo())),
    "around": channel(message()),
    "card": card(),
    "discussion": discussion(comment(8), comment(9)),
}


def urls(played: Played) -> list[str]:
    return [each.url for each in played.targets]


def test_a_message_takes_three_pages() -> None:
    assert urls(ask(POST, **FOUND)) == [
        f"{POST}?embed=1&mode=tme",
        "https://t.me/s/Lantern_Street/71",
        "https://t.me/Lantern_Street",
    ]


def test_with_permission_come_comments_and_files() -> None:
    assert urls(ask(POST, ALL, **FOUND))[3:] == [
        f"{POST}?embed=1&discussion=1&comments_limit=30",
        f"{FILES}/one.jpg",
    ]


@pytest.mark.parametrize("access", [Access(), Access(replies=0), Access(replies=5, depth=0)])
def test_comments_are_people_and_are_not_asked_for_by_themselves(access: Access) -> None:
    played = ask(POST, access, **FOUND)
    assert not [each for each in urls(played) if "discussion" in each]
    assert {"what": "comments", "why": "not asked for; whether there are any is not known", "exchange": 0} in (
        played.document["missing"] or []
    )


def test_no_more_than_a_page_gives_is_asked_for() -> None:
    assert f"{POST}?embed=1&discussion=1&comments_limit=100" in urls(ask(POST, Access(replies=5000), **FOUND))


def test_the_preview_page_and_the_card_are_not_followed_elsewhere() -> None:
    assert [(each.role, each.redirects) for each in ask(POST, **FOUND).targets] == [
        ("embed", True),
        ("around", False),
        ("card", False),
    ]


def test_the_words_for_previews_are_asked_for_where_the_text_is_withheld() -> None:
    withheld = page(bubble(UNSUPPORTED + footer()))
    assert urls(ask(POST, embed=withheld, around=AWAY, card=card()))[3:] == [POST]


def test_nothing_is_authorized_and_no_header_is_set() -> None:
    for target in ask(POST, ALL, **FOUND).targets:
        assert (target.authorized, target.headers, target.body, target.method) == (False, (), b"", "GET")


@pytest.mark.parametrize("status", [401, 403, 429, 451])
@pytest.mark.parametrize(("role", "asked"), [("embed", 1), ("around", 2), ("card", 3), ("discussion", 4)])
def test_after_a_refusal_nothing_more_is_asked(role: str, asked: int, status: int) -> None:
    assert len(ask(POST, ALL, **(FOUND | {role: Answer(status=status)})).targets) == asked


def test_after_a_challenge_nothing_more_is_asked() -> None:
    challenge = Answer.html("<p>…", 503, ("CF-Mitigated", "challenge"))
    assert len(ask(POST, ALL, **(FOUND | {"embed": challenge})).targets) == 1


def test_where_nothing_answers_nothing_more_is_asked() -> None:
    assert len(ask(POST, ALL).targets) == 1


def test_a_message_that_is_not_there_has_no_comments_and_no_files() -> None:
    assert [each.role for each in ask(POST, ALL, embed=error(), around=AWAY, card=card()).targets] == [
        "embed",
        "around",
        "card",
    ]


def test_files_are_taken_from_the_channels_page_where_only_that_has_the_message() -> None:
    played = ask(POST, ALL, embed=error(), around=channel(message(photo("other"))), card=card())
    assert urls(played)[-1] == f"{FILES}/other.jpg"


def test_a_channel_takes_two_pages_and_no_files() -> None:
    played = ask("https://t.me/s/Lantern_Street", ALL, card=card(), around=channel(message(photo())))
    assert urls(played) == ["https://t.me/Lantern_Street", "https://t.me/s/Lantern_Street"]


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://t.me/c/1234567890/12/71", "https://t.me/c/1234567890/12/71"),
        ("https://telegram.me/joinchat/AbCd_efGH-12", "https://t.me/joinchat/AbCd_efGH-12"),
        ("https://t.me/%2BAbCd_efGH-12", "https://t.me/+AbCd_efGH-12"),
        ("https://lantern_street.t.me/s/4", "https://t.me/lantern_street/s/4"),
    ],
)
def test_of_a_closed_door_one_page_is_asked(url: str, asked: str) -> None:
    assert urls(ask(url, ALL, card=card())) == [asked]


# -- comments --------------------------------------------------------------------------------------------------------


def replies(found: Played) -> list[dict[str, Any]]:
    listed = found.post["replies"]
    assert isinstance(listed, list)
    return listed


def why(found: Played) -> dict[str, str]:
    return {each["what"]: each["why"] for each in found.document["missing"]}


def test_comments_have_their_writer_text_and_what_they_answer() -> None:
    answer = '<div class="tgme_widget_message_reply js-reply_to" data-reply-to="8"><div>…</div></div>'
    page_of = discussion(comment(8), comment(9, answer, name="Лев", words="Откроют"))
    first, second = replies(ask(POST, ALL, **(FOUND | {"discussion": page_of})))
    assert (first["id"], first["inReplyTo"]) == ("8", POST)
    assert first["url"] == f"{POST}?comment=8"
    assert first["attributedTo"]["name"] == "Ида Мост"
    assert (second["inReplyTo"], second["content"]["text"]) == ("8", "Откроют")


def test_how_many_comments_there_are_is_a_count_and_the_rest_is_said() -> None:
    found = ask(POST, ALL, **FOUND)
    assert found.post["counts"][-1] == {"name": "replies", "value": 740, "exact": True}
    assert why(found)["further comments"] == "2 of '740 comments' were taken: 30 were asked for"


def test_no_more_comments_are_taken_than_were_asked_for() -> None:
    many = discussion(*(comment(n) for n in range(1, 50)), header="49 comments")
    assert len(replies(ask(POST, Access(replies=5), **(FOUND | {"discussion": many})))) == 5


def test_all_comments_leave_nothing_to_say() -> None:
    found = ask(POST, ALL, **(FOUND | {"discussion": discussion(comment(8), header="1 comment")}))
    assert "further comments" not in why(found)


@pytest.mark.parametrize(
    ("header", "value", "exact"),
    [
        ("1 234 comments", 1234, True),
        ("1\u00a0234 comments", 1234, True),
        ("12,345 comments", 12_345, True),
        ("1.2K comments", 1200, False),
    ],
)
def test_how_many_comments_there_are_in_every_spelling(header: str, value: int, exact: bool) -> None:
    found = ask(POST, ALL, **(FOUND | {"discussion": discussion(comment(8), header=header)})).post["counts"][-1]
    assert (found["name"], found["value"], found["exact"]) == ("replies", value, exact)


@pytest.mark.parametrize("header", ["", "Comments", "740"])
def test_without_a_number_there_is_no_count(header: str) -> None:
    found = ask(POST, ALL, **(FOUND | {"discussion": discussion(comment(8), header=header)}))
    assert [each["name"] for each in found.post["counts"]] == ["views"]
    assert "further comments" in why(found)


def test_a_discussion_that_is_not_to_be_had_is_said_so() -> None:
    found = ask(POST, ALL, **(FOUND | {"discussion": NO_DISCUSSION}))
    assert why(found)["comments"] == "asked for; Telegram says: Discussion is not available at the moment."
    found = ask(POST, ALL, **(FOUND | {"discussion": Answer(status=500)}))
    assert why(found)["comments"] == "asked for; none came"


def test_one_comment_is_asked_for_with_what_it_stands_below() -> None:
    found = ask(f"{POST}?comment=9", ALL, **FOUND)
    assert urls(found) == [
        f"{POST}?embed=1&discussion=1&comment=9&comments_limit=1",
        f"{POST}?embed=1&mode=tme",
        "https://t.me/Lantern_Street",
    ]
    assert found.post["id"] == "9"
    assert found.post["inReplyTo"] == POST
    assert [each["type"] for each in found.post["context"]] == ["Page", "Note"]
    assert "replies" not in found.post


def test_files_of_a_comment_are_its_own() -> None:
    with_file = discussion(comment(9, photo("theirs")))
    found = ask(f"{POST}?comment=9", ALL, **(FOUND | {"discussion": with_file}))
    assert [each for each in urls(found) if each.startswith(FILES)] == [f"{FILES}/theirs.jpg"]
    assert found.post["attachment"][0]["renditions"][0]["exchange"] == 4


def test_a_comment_that_is_not_there_is_missing() -> None:
    found = ask(f"{POST}?comment=7", ALL, **FOUND)
    assert found.document["post"] is None
    assert why(found) == {"the comment": "it is not on the page"}
    assert why(ask(f"{POST}?comment=7", discussion=error()))["the comment"] == "Telegram says: Post not found"


def test_a_comment_alone_is_a_comment_still() -> None:
    found = ask(f"{POST}?comment=9", discussion=discussion(comment(9)))
    assert found.state == "available"
    assert "inReplyTo" not in found.post
    assert "context" not in found.post
