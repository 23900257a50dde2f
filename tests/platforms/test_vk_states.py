"""How a post of VK stands, and by which rule."""

from collections.abc import Mapping
from typing import Any

import pytest
from adapterkit import Answer, Played, play
from vkanswers import (
    API,
    EMPTY_PAGE,
    GAZETA,
    MARKUP,
    PHOTO,
    POST,
    TOPIC,
    VIDEO,
    container,
    error,
    page,
    payload,
    redirect,
    response,
    wall,
)

from archiver.model.platform import Access, Seen
from archiver.platforms.vk import ADAPTER

WALL = "https://vk.com/wall-77_1001"
TOKEN = Access(token=True)


def played(answers: Mapping[str, Answer], url: str = WALL, access: Access = TOKEN) -> Played:
    return play(ADAPTER, url, answers, access)


def stands(answers: Mapping[str, Answer], url: str = WALL, access: Access = TOKEN) -> tuple[str, str]:
    found = played(answers, url, access)
    return found.state, found.rule


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (1, "unavailable_unknown"), (4, "needs_token"), (5, "needs_token"), (6, "rate_limited"), (7, "needs_token"),
        (9, "rate_limited"), (10, "unavailable_unknown"), (14, "challenge"), (15, "private"), (17, "challenge"),
        (18, "account_gone"), (19, "removed_by_platform"), (27, "needs_token"), (28, "needs_token"),
        (29, "rate_limited"), (30, "private"), (37, "account_gone"), (100, "unavailable_unknown"), (104, "not_found"),
        (113, "not_found"),
        (125, "not_found"), (200, "private"), (203, "private"), (212, "private"), (1116, "needs_token"),
        (3300, "challenge"), (3610, "account_gone"), (99999, "unavailable_unknown"),
    ],
)  # fmt: skip
def test_an_error_of_the_api_is_told_by_its_number(code: int, state: str) -> None:
    found = played({API: error(code), WALL: EMPTY_PAGE})
    assert (found.state, found.rule) == (state, f"vk.api.error-{code}")


def test_what_the_api_echoes_is_nowhere_in_the_document() -> None:
    for code in (5, 14, 15, 100, 99999):
        text = repr(played({API: error(code), WALL: EMPTY_PAGE}).document)
        assert "secret" not in text
        assert "words of VK" not in text
        assert "wall.getById" not in text


@pytest.mark.parametrize(
    ("item", "state", "rule"),
    [
        (POST, "available", "vk.api.item"),
        (POST | {"is_deleted": True, "deleted_reason": "Удалена"}, "deleted", "vk.api.is-deleted"),
        (POST | {"is_deleted": False}, "available", "vk.api.item"),
        (
            POST | {"text": "", "donut": {"is_donut": True, "placeholder": {"text": "…"}}},
            "private",
            "vk.api.for-subscribers",
        ),
    ],
)
def test_a_post_stands_as_its_flags_say(item: Any, state: str, rule: str) -> None:
    assert stands({API: wall(item), WALL: EMPTY_PAGE}) == (state, rule)


@pytest.mark.parametrize(
    ("card", "state", "rule"),
    [
        (response({"groups": [GAZETA], "profiles": []}), "not_found", "vk.api.no-item"),
        (response([GAZETA]), "not_found", "vk.api.no-item"),
        (response({"groups": [GAZETA | {"deactivated": "banned"}]}), "account_gone", "vk.api.owner-deactivated"),
        (response({"groups": [GAZETA | {"is_closed": 1}]}), "private", "vk.api.owner-closed"),
        (response({"groups": [GAZETA | {"is_closed": "no"}]}), "not_found", "vk.api.no-item"),
        (response({"groups": []}), "not_found", "vk.api.no-item"),
        (error(125), "not_found", "vk.api.no-item"),
    ],
)
def test_a_post_that_the_api_leaves_out_is_looked_for_at_its_owner(card: Answer, state: str, rule: str) -> None:
    answers = {API + "wall.getById": wall(), API + "groups.getById": card, WALL: EMPTY_PAGE}
    assert stands(answers) == (state, rule)


def test_a_post_of_a_closed_profile_is_private_unless_it_is_open_to_us() -> None:
    url = "https://vk.com/wall501_9"
    for card, state in (
        ({"id": 501, "is_closed": True, "can_access_closed": False}, "private"),
        ({"id": 501, "is_closed": True, "can_access_closed": True}, "not_found"),
        ({"id": 501, "deactivated": "deleted"}, "account_gone"),
    ):
        answers = {API + "wall.getById": wall(), API + "users.get": response([card]), url: EMPTY_PAGE}
        assert stands(answers, url)[0] == state


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (Answer(failure="timeout"), "unavailable_unknown", "vk.api.no-answer"),
        (Answer(b"", 429), "rate_limited", "vk.api.status-429"),
        (Answer(b"", 403), "needs_token", "vk.api.status-403"),
        (Answer(b"<html>", 502), "unavailable_unknown", "vk.api.unreadable"),
        (Answer(b'{"response":', 200), "unavailable_unknown", "vk.api.unreadable"),
    ],
)
def test_an_api_that_does_not_answer_says_nothing_of_the_post(answer: Answer, state: str, rule: str) -> None:
    assert stands({API: answer, WALL: redirect("/login")}) == (state, rule)


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (redirect("/login?act=mobile"), "login_required", "vk.redirect.login"),
        (redirect("https://vk.com/login.php"), "login_required", "vk.redirect.login"),
        (redirect("https://login.vk.com/?role=fast"), "login_required", "vk.redirect.login"),
        (redirect("https://id.vk.com/auth"), "login_required", "vk.redirect.login"),
        (
            redirect("https://vk.com/challenge.html?hash429=0f&redirect=/wall-77_1001"),
            "challenge",
            "vk.redirect.challenge",
        ),
        (redirect("https://vk.com/429.html?hash429=0f"), "rate_limited", "vk.redirect.429"),
        (redirect("/blank.php?block=119910902"), "geo_blocked", "vk.redirect.blank-geo"),
        (redirect("/blank.php?block=1"), "unavailable_unknown", "vk.redirect.blank"),
        (redirect("/badbrowser.php"), "needs_browser", "vk.redirect.badbrowser"),
        (Answer(b"", 404), "not_found", "vk.page.status-404"),
        (Answer(b"", 410), "not_found", "vk.page.status-410"),
        (Answer(b"", 401), "login_required", "vk.page.status-401"),
        (Answer(b"", 429), "rate_limited", "vk.page.status-429"),
        (Answer(b"", 451), "geo_blocked", "vk.page.status-451"),
        (Answer(b"", 403), "unavailable_unknown", "vk.page.status-403"),
        (Answer(b"", 503), "unavailable_unknown", "vk.page.status-503"),
        (Answer(failure="tls"), "unavailable_unknown", "vk.page.no-answer"),
        (page('<div class="message_page_body">…</div>'), "unavailable_unknown", "vk.page.message"),
        (page('<h5 class="profile_deleted_text">…</h5>'), "account_gone", "vk.page.profile-deleted"),
        (page('<div class="profile_closed_wall_dummy">…</div>'), "private", "vk.page.closed-wall"),
        (page(MARKUP), "available", "vk.page.post"),
        (page(container(POST)), "available", "vk.page.item"),
        (page(container(POST, deeper=True)), "available", "vk.page.item"),
        (page(container(POST | {"is_deleted": True})), "deleted", "vk.page.is-deleted"),
    ],
)
def test_without_a_token_a_page_says_how_the_post_stands(answer: Answer, state: str, rule: str) -> None:
    assert stands({WALL: answer}, access=Access()) == (state, rule)


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (payload("3", "", ""), "login_required", "vk.payload.code-3"),
        (payload(2, "12", "1"), "challenge", "vk.payload.code-2"),
        (payload("8", '"Запись не найдена"'), "unavailable_unknown", "vk.payload.code-8"),
        (payload("7", "x", wrapped=True), "unavailable_unknown", "vk.payload.code-7"),
        (payload("x" * 30, "x"), "unavailable_unknown", "vk.payload.code-other"),
        (payload("4", '"\\/blank.php?block=119910902"'), "geo_blocked", "vk.redirect.blank-geo"),
        (payload("4", "/login?to=x"), "login_required", "vk.redirect.login"),
        (payload("4", "http://["), "unavailable_unknown", "vk.payload.code-4"),
        (redirect("/challenge.html?hash429=0f"), "challenge", "vk.redirect.challenge"),
        (payload("0", "Запись", MARKUP, wrapped=True), "available", "vk.page.post"),
        (payload(0, "Запись", container(POST)), "available", "vk.page.item"),
        (payload(0, "Запись", "<div>пусто</div>"), "needs_token", "vk.page.no-post"),
        (payload(0), "needs_token", "vk.page.no-post"),
        (Answer(b"not json"), "needs_token", "vk.page.no-post"),
    ],
)
def test_where_the_page_is_empty_what_it_would_load_is_asked(answer: Answer, state: str, rule: str) -> None:
    found = played({WALL: EMPTY_PAGE, "https://vk.com/wkview.php": answer}, access=Access())
    assert [each.role for each in found.targets] == ["page", "web.post"]
    assert (found.state, found.rule) == (state, rule)


def test_nothing_but_a_preview_needs_a_token() -> None:
    head = '<meta property="og:title" content="Газета"><meta property="og:url" content="https://vk.com/wall-77_1001">'
    assert stands({WALL: page("", head)}, access=Access()) == ("needs_token", "vk.page.preview-only")


def test_redirects_on_the_way_to_the_page_say_nothing() -> None:
    key = played({}, access=Access()).key
    hops = (
        Seen(1, "page", "https://vk.com/wall-77_1001", 301, ((b"Location", b"https://vk.ru/wall-77_1001"),)),
        Seen(2, "page", "https://vk.ru/wall-77_1001", 200, body=page(MARKUP).body),
    )
    assert ADAPTER.classify(key, hops).state == "available"
    assert ADAPTER.classify(key, hops[:1]).rule == "vk.nothing-asked"
    odd = (Seen(1, "page", "https://[", 302, ((b"location", b"http://["),)),)
    assert ADAPTER.classify(key, odd).state == "unavailable_unknown"
    login = (Seen(1, "page", "https://vk.com/login?u=2&to=d2FsbA", 200, body=b"<form>"),)
    assert ADAPTER.classify(key, login).rule == "vk.redirect.login"


def test_the_api_is_believed_before_the_page_and_the_page_before_a_failing_api() -> None:
    card = response({"groups": [GAZETA]})
    shown = page(container(POST))
    assert stands({API: wall(POST), WALL: redirect("/login")})[0] == "available"
    assert stands({API: wall(POST | {"is_deleted": True}), WALL: shown})[0] == "deleted"
    assert stands({API: error(5), WALL: shown}) == ("available", "vk.page.item")
    assert stands({API: error(15), WALL: shown}) == ("available", "vk.page.item")
    assert stands({API + "wall": wall(), API + "groups": card, WALL: shown}) == ("available", "vk.page.item")
    assert stands({API: error(15), WALL: Answer(b"", 404)})[0] == "private"
    assert stands({API: error(5), WALL: Answer(b"", 404)})[0] == "not_found"
    assert stands({API: error(29), WALL: redirect("/challenge.html")})[0] == "rate_limited"


def test_a_contradiction_between_api_and_page_is_said() -> None:
    found = played({API: wall(POST), WALL: Answer(b"", 404)})
    assert found.document["warnings"] == [
        "the API says available (vk.api.item), the page says not_found (vk.page.status-404)",
    ]
    found = played({API: wall(POST | {"is_deleted": True}), WALL: page(container(POST))})
    assert (
        "the API says deleted (vk.api.is-deleted), the page says available (vk.page.item)" in found.document["warnings"]
    )


def test_names_are_resolved_and_the_card_says_how_the_owner_stands() -> None:
    url, name = "https://vk.com/gazeta_primer", API + "utils.resolveScreenName"
    group, card = response({"object_id": 77, "group_id": 77, "type": "group"}), API + "groups.getById"
    gone = response({"groups": [GAZETA | {"deactivated": "deleted"}]})
    for answers, verdict in (
        ({name: group, card: response({"groups": [GAZETA]})}, ("available", "vk.api.card")),
        ({name: group, card: gone}, ("account_gone", "vk.api.card-deactivated")),
        ({name: group, card: response({"groups": []})}, ("not_found", "vk.api.no-card")),
        ({name: group, card: error(14)}, ("challenge", "vk.api.error-14")),
        ({name: response([])}, ("not_found", "vk.api.name-of-nobody")),
        ({name: response({})}, ("not_found", "vk.api.name-of-nobody")),
        ({name: response({"object_id": 5, "type": "application"})}, ("unavailable_unknown", "vk.api.name-only")),
        ({name: error(104)}, ("not_found", "vk.api.error-104")),
    ):
        assert stands(answers, url) == verdict
    shown = page('<h1 class="page_name">Газета</h1>', '<meta property="og:title" content="Газета">')
    assert stands({url: shown}, url, Access()) == ("available", "vk.page.card")


def test_photos_videos_and_topics_stand_as_the_api_says() -> None:
    photo, video, topic = "https://vk.com/photo-77_31", "https://vk.com/video-77_41", "https://vk.com/topic-77_61"
    assert stands({API + "photos.getById": response([PHOTO])}, photo) == ("available", "vk.api.item")
    assert stands({API + "photos.getById": response([])}, photo)[0] == "not_found"
    assert stands({API + "photos.getById": error(200)}, photo) == ("private", "vk.api.error-200")
    assert stands({API + "video.get": response({"items": [VIDEO]})}, video) == ("available", "vk.api.item")
    assert stands({API + "video.get": response({"items": [VIDEO | {"content_restricted": 1}]})}, video) == (
        "unavailable_unknown",
        "vk.api.content-restricted",
    )
    assert stands({API + "video.get": error(28), video: EMPTY_PAGE}, video) == ("needs_token", "vk.api.error-28")
    assert stands({API + "board.getTopics": response({"items": [TOPIC]})}, topic) == ("available", "vk.api.item")
    assert stands({API + "board.getTopics": response({"items": []})}, topic)[0] == "not_found"


def test_a_comment_is_looked_for_among_the_posts_and_then_below_the_post() -> None:
    url = WALL + "?reply=1004"
    single = API + "wall.getComments"
    comment = {"id": 1004, "from_id": 502, "date": 1700000400, "text": "Третий"}
    as_post = comment | {"owner_id": -77, "post_id": 1001, "post_type": "reply"}
    assert stands({API + "wall.getById": wall(POST, as_post)}, url) == ("available", "vk.api.item")
    assert stands({API + "wall.getById": wall(POST), single: response({"items": [comment]})}, url)[0] == "available"
    gone = comment | {"deleted": True}
    assert stands({API + "wall.getById": wall(POST), single: response({"items": [gone]})}, url) == (
        "deleted",
        "vk.api.deleted",
    )
    assert stands({API + "wall.getById": wall(POST), single: response({"items": []})}, url) == (
        "not_found",
        "vk.api.no-comment",
    )
    assert stands({API + "wall.getById": wall(POST), single: error(212)}, url) == ("private", "vk.api.error-212")
