"""What VK is asked, in which order, and when it is left alone."""

from typing import Any

from adapterkit import Answer, Played, play
from vkanswers import (
    API,
    CDN,
    COMMENTS,
    EMPTY_PAGE,
    GAZETA,
    MARKUP,
    OPENING,
    PHOTO,
    POST,
    TOPIC,
    VIDEO,
    asked,
    container,
    error,
    page,
    payload,
    redirect,
    response,
    wall,
)

from archiver.model.platform import Access, Seen, Target
from archiver.platforms.vk import ADAPTER
from archiver.platforms.vk.files import RULES

WALL = "https://vk.com/wall-77_1001"
TOKEN = Access(token=True)


def roles(found: Played) -> list[str]:
    return [each.role for each in found.targets]


def body(found: Played, role: str) -> dict[str, str]:
    return next(asked(each) for each in found.targets if each.role == role)


def test_the_token_goes_to_the_api_alone_and_never_into_an_address_or_a_body() -> None:
    found = play(ADAPTER, WALL, {API: wall(POST)}, Access(token=True, replies=50, depth=2, media=True))
    for target in found.targets:
        assert target.authorized == target.url.startswith(API)
        assert b"access_token" not in target.body
        assert "token" not in target.url
        assert all(name != "Authorization" for name, _ in target.headers)


def test_a_post_is_asked_for_with_what_it_shares_and_whose_it_is() -> None:
    found = play(ADAPTER, WALL, {API: wall(POST), WALL: EMPTY_PAGE}, TOKEN)
    assert roles(found) == ["api.post", "page"]
    first = found.targets[0]
    assert (first.method, first.url, first.redirects) == ("POST", API + "wall.getById", False)
    assert asked(first) == {
        "posts": "-77_1001", "extended": "1", "copy_history_depth": "2", "fields": "screen_name,verified",
        "lang": "ru", "v": "5.199",
    }  # fmt: skip


def test_without_a_token_no_api_is_asked() -> None:
    found = play(ADAPTER, WALL, {WALL: EMPTY_PAGE, "https://vk.com/wkview.php": payload("8", "x")}, Access(replies=50))
    assert roles(found) == ["page", "web.post"]
    widget = found.targets[1]
    assert asked(widget) == {"act": "show", "al": "1", "w": "wall-77_1001"}
    assert ("X-Requested-With", "XMLHttpRequest") in widget.headers
    assert not widget.redirects


def test_a_comment_is_opened_as_a_page_would_open_it() -> None:
    url = WALL + "?reply=1004"
    found = play(ADAPTER, url, {url: EMPTY_PAGE, "https://vk.com/wkview.php": payload("8", "x")})
    assert asked(found.targets[1])["w"] == "wall-77_1001_r1004"


def test_a_page_that_shows_the_post_is_enough() -> None:
    for shown in (page(container(POST)), page(MARKUP)):
        assert roles(play(ADAPTER, WALL, {WALL: shown})) == ["page"]


def test_nothing_more_is_asked_of_pages_that_refuse() -> None:
    for answer in (
        redirect("/challenge.html?hash429=0f"),
        redirect("/429.html"),
        redirect("/login"),
        redirect("/blank.php?block=119910902"),
        Answer(b"", 401),
        Answer(b"", 403),
        Answer(b"", 429),
        Answer(b"", 404),
        Answer(failure="connect"),
        page('<div class="message_page_body">…</div>'),
    ):
        assert roles(play(ADAPTER, WALL, {WALL: answer}, Access(media=True))) == ["page"]


def test_nothing_more_is_asked_of_an_api_that_refuses() -> None:
    eager = Access(token=True, replies=100, depth=2, media=True)
    for answer in (
        error(14),
        error(3300),
        error(17),
        error(6),
        error(9),
        error(29),
        Answer(b"", 403),
        Answer(b"", 429),
    ):
        found = play(ADAPTER, WALL, {API: answer, WALL: redirect("/login")}, eager)
        assert roles(found) == ["api.post", "page"]
    found = play(ADAPTER, WALL, {API + "wall.getById": wall(POST), API + "wall.getComments": error(14)}, eager)
    assert [each for each in roles(found) if each.startswith("api.")] == ["api.post", "api.comments.0"]


def test_a_token_that_vk_does_not_take_leaves_the_pages() -> None:
    found = play(ADAPTER, WALL, {API: error(5), WALL: EMPTY_PAGE}, TOKEN)
    assert roles(found) == ["api.post", "page", "web.post"]


def test_the_test_for_browsers_of_the_pages_does_not_stop_the_api() -> None:
    answers = {
        API + "wall.getById": wall(POST),
        API + "wall.getComments": response(COMMENTS),
        WALL: redirect("/challenge.html"),
    }
    found = play(ADAPTER, WALL, answers, Access(token=True, replies=10))
    assert roles(found) == ["api.post", "page", "api.comments.0"]


def test_a_post_that_is_left_out_is_followed_by_the_card_of_its_owner() -> None:
    found = play(ADAPTER, WALL, {API: wall(), WALL: EMPTY_PAGE}, TOKEN)
    assert roles(found)[:3] == ["api.post", "page", "api.group"]
    assert body(found, "api.group")["group_id"] == "77"
    found = play(ADAPTER, "https://vk.com/wall501_2", {API: wall()}, TOKEN)
    assert body(found, "api.user")["user_ids"] == "501"


def test_comments_are_people_and_are_not_asked_for_unless_wanted() -> None:
    for access in (Access(token=True), Access(token=True, replies=5, depth=0)):
        assert "api.comments.0" not in roles(play(ADAPTER, WALL, {API: wall(POST)}, access))
    none = POST | {"comments": {"count": 0}}
    assert "api.comments.0" not in roles(play(ADAPTER, WALL, {API: wall(none)}, Access(token=True, replies=5)))


def thread_of(count: int, answered: int) -> Any:
    """A server with so many comments, each answered so many times."""

    def answers(target: Target) -> Answer | None:
        said = asked(target)
        if target.url.endswith("wall.getById"):
            return wall(POST | {"comments": {"count": count * (1 + answered)}})
        if not target.url.endswith("wall.getComments"):
            return None
        offset, wanted = int(said["offset"]), int(said["count"])
        if "comment_id" in said:
            top = int(said["comment_id"])
            found = [{"id": top * 1000 + n, "from_id": 501, "date": 1, "text": "x"} for n in range(answered)]
            return response(
                {"count": answered, "current_level_count": answered, "items": found[offset : offset + wanted]}
            )
        nested = int(said["thread_items_count"])
        tops = [
            {"id": n, "from_id": 501, "date": 1, "text": "x", "thread": {"count": answered, "items": [
                {"id": n * 1000 + m, "from_id": 501, "date": 1, "text": "x"} for m in range(min(nested, answered))]}}
            for n in range(1, count + 1)
        ]  # fmt: skip
        return response(
            {"count": count * (1 + answered), "current_level_count": count, "items": tops[offset : offset + wanted]}
        )

    return answers


def test_no_more_comments_are_taken_than_allowed() -> None:
    for count, answered in ((3, 0), (30, 0), (250, 0), (8, 3), (30, 20), (120, 2), (2, 150)):
        for replies in (1, 5, 20, 100, 150, 500):
            for depth in (1, 2, 3):
                access = Access(token=True, replies=replies, depth=depth)
                found = play(ADAPTER, WALL, thread_of(count, answered), access)
                taken = len(found.post.get("replies", []))
                there = count * (1 + answered) if depth > 1 else count
                assert taken == min(replies, there), (count, answered, replies, depth)
                assert len(roles(found)) <= 4 + taken


def test_what_was_left_out_of_the_comments_is_said() -> None:
    found = play(ADAPTER, WALL, thread_of(30, 2), Access(token=True, replies=40, depth=2))
    assert found.document["missing"] == [
        {"what": "50 of 90 comments", "why": "more than were asked for, or not told by VK", "exchange": len(found.seen)}
    ]
    found = play(ADAPTER, WALL, thread_of(30, 2), TOKEN)
    assert found.document["missing"] == [
        {"what": "90 comments", "why": "comments are people: not asked for", "exchange": 1}
    ]
    answers = {API + "wall.getById": wall(POST), API + "wall.getComments": error(212)}
    found = play(ADAPTER, WALL, answers, Access(token=True, replies=40))
    assert {
        "what": "comments",
        "why": "VK refuses access to the comments (error 212)",
        "exchange": 3,
    } in found.document["missing"]
    answers = {API + "wall.getById": wall(POST), API + "wall.getComments": Answer(failure="timeout")}
    found = play(ADAPTER, WALL, answers, Access(token=True, replies=40))
    assert {"what": "comments", "why": "no answer: timeout", "exchange": 3} in found.document["missing"]


def test_a_server_that_repeats_itself_is_not_asked_for_ever() -> None:
    endless = {"count": 10**6, "items": [{"id": 1, "date": 1, "from_id": 501, "text": "x", "thread": {"count": 10**6}}]}
    answers = {
        API + "wall.getById": wall(POST | {"comments": {"count": 10**6}}),
        API + "wall.getComments": response(endless),
    }
    found = play(ADAPTER, WALL, answers, Access(token=True, replies=20, depth=2))
    assert len(found.targets) == 2 + 20
    nothing = {"count": 10**6, "items": []}
    answers[API + "wall.getComments"] = response(nothing)
    found = play(ADAPTER, WALL, answers, Access(token=True, replies=20, depth=2))
    assert roles(found) == ["api.post", "page", "api.comments.0"]


def test_a_comment_is_asked_for_with_its_post_and_its_answers_only_if_wanted() -> None:
    url = WALL + "?reply=1002"
    item = {"id": 1002, "owner_id": -77, "post_id": 1001, "post_type": "reply", "from_id": 501, "date": 1, "text": "x"}
    found = play(ADAPTER, url, {API: wall(POST, item)}, TOKEN)
    assert roles(found) == ["api.post", "page"]
    assert asked(found.targets[0])["posts"] == "-77_1001,-77_1002"
    thread = response({"count": 1, "items": [{"id": 1005, "from_id": -77, "date": 2, "text": "ответ"}]})
    answers = {API + "wall.getById": wall(POST, item), API + "wall.getComments": thread}
    found = play(ADAPTER, url, answers, Access(token=True, replies=5))
    assert roles(found) == ["api.post", "page", "api.thread.1002.0"]
    assert body(found, "api.thread.1002.0")["comment_id"] == "1002"
    assert [(each["id"], each["inReplyTo"]) for each in found.post["replies"]] == [("1005", "1002")]


def test_a_comment_that_is_not_among_the_posts_is_asked_for_alone() -> None:
    found = play(ADAPTER, WALL + "?reply=1005&thread=1002", {API: wall(POST)}, TOKEN)
    assert roles(found)[:3] == ["api.post", "page", "api.reply"]
    assert body(found, "api.reply") | {"lang": "", "v": ""} == {
        "owner_id": "-77", "post_id": "1001", "need_likes": "1", "extended": "1", "fields": "screen_name,verified",
        "start_comment_id": "1005", "count": "1", "comment_id": "1002", "lang": "", "v": "",
    }  # fmt: skip


def test_a_topic_is_its_title_and_its_first_message() -> None:
    url = "https://vk.com/topic-77_61"
    answers = {
        API + "board.getTopics": response({"items": [TOPIC]}),
        API + "board.getComments": response({"count": 3, "items": [OPENING]}),
    }
    found = play(ADAPTER, url, answers, TOKEN)
    assert roles(found) == ["api.topic", "page", "api.opening", "api.group"]
    assert body(found, "api.opening")["count"] == "1"
    assert body(found, "api.opening")["group_id"] == "77"
    found = play(ADAPTER, url, answers, Access(token=True, replies=5))
    assert roles(found)[4:] == ["api.comments.1", "api.comments.2"]
    found = play(ADAPTER, url + "?post=3", answers, Access(token=True, replies=5))
    assert "api.reply" in roles(found)
    assert body(found, "api.reply")["start_comment_id"] == "3"


def test_photos_and_videos_are_asked_for_with_their_keys_and_comments() -> None:
    url = "https://vk.com/photo-77_31_0123456789abcdef01"
    photo = PHOTO | {"comments": {"count": 2}}
    found = play(ADAPTER, url, {API + "photos.getById": response([photo])}, Access(token=True, replies=5))
    assert roles(found) == ["api.photo", "page", "api.group", "api.comments.0"]
    assert asked(found.targets[0])["photos"] == "-77_31_0123456789abcdef01"
    assert found.targets[3].url == API + "photos.getComments"
    assert "thread_items_count" not in asked(found.targets[3])
    for listed, name in (("0123456789abcdef01", "-77_41_0123456789abcdef01"), ("ln-AbCd", "-77_41")):
        url = f"https://vk.com/video-77_41?list={listed}"
        answers = {API + "video.get": response({"items": [VIDEO]}), API + "video.getComments": response(COMMENTS)}
        found = play(ADAPTER, url, answers, Access(token=True, replies=5, depth=2))
        assert roles(found) == ["api.video", "page", "api.comments.0"]
        assert asked(found.targets[0])["videos"] == name


def test_the_pages_of_photos_and_videos_are_asked_for_what_they_load() -> None:
    photo, video = "https://vk.ru/photo-77_31", "https://m.vk.com/video-77_41?list=0123456789abcdef01"
    found = play(ADAPTER, photo, {photo: EMPTY_PAGE})
    assert found.targets[1].url == "https://vk.ru/al_photos.php"
    assert asked(found.targets[1])["photo"] == "-77_31"
    found = play(ADAPTER, video, {video: EMPTY_PAGE, API: error(28)}, TOKEN)
    assert roles(found) == ["api.video", "page", "web.video"]
    assert asked(found.targets[2]) == {"act": "show", "al": "1", "video": "-77_41", "list": "0123456789abcdef01"}


def test_a_topic_or_a_person_has_nothing_that_a_page_loads() -> None:
    for url in ("https://vk.com/topic-77_61", "https://vk.com/gazeta_primer", "https://vk.com/id501"):
        assert roles(play(ADAPTER, url, {url: EMPTY_PAGE})) == ["page"]


def test_a_name_is_resolved_first() -> None:
    url = "https://vk.com/anna_p"
    for kind, role in (("user", "api.user"), ("group", "api.group"), ("page", "api.group"), ("event", "api.group")):
        answers = {API + "utils.resolveScreenName": response({"object_id": 501, "type": kind})}
        assert roles(play(ADAPTER, url, answers, TOKEN)) == ["api.name", "page", role]
    for odd in ({"object_id": 501, "type": "vk_app"}, {"object_id": 0, "type": "user"}, []):
        assert roles(play(ADAPTER, url, {API: response(odd)}, TOKEN)) == ["api.name", "page"]


def test_a_short_link_is_followed_to_the_post() -> None:
    url = "https://vk.cc/c0ffee"
    found = play(ADAPTER, url, {url: redirect("https://vk.com/wall-77_1001"), API: wall(POST)}, TOKEN)
    assert (roles(found), found.state) == (["page", "api.post"], "available")
    assert found.post["id"] == "1001"
    hops = (
        Seen(1, "page", url, 302, ((b"location", b"https://vk.ru/anna_p"),)),
        Seen(2, "page", "https://vk.ru/anna_p", 200, body=EMPTY_PAGE.body),
    )
    assert [each.role for each in ADAPTER.more(found.key, TOKEN, hops)] == ["api.name"]
    for elsewhere in ("https://primer.example/", "https://vk.cc/x", "http://[", "//vk.com:999999/wall-1_2"):
        found = play(ADAPTER, url, {url: redirect(elsewhere)}, TOKEN)
        assert (roles(found), found.state) == (["page"], "unavailable_unknown")
    assert play(ADAPTER, url, {url: page("")}, TOKEN).rule == "vk.short.leads-elsewhere"
    assert play(ADAPTER, url, {url: Answer(b"", 404)}, TOKEN).state == "not_found"


def test_of_each_picture_the_best_is_asked_for_and_another_where_it_fails() -> None:
    best, large = f"{CDN}orig.jpg?quality=95", f"{CDN}a_w.jpg?size=2560x1707&sign=0f"
    jpeg = Answer(b"\xff\xd8", 200, (("Content-Type", "image/jpeg"),))
    post = POST | {"attachments": POST["attachments"][:1], "copy_history": []}
    access = Access(token=True, media=True)
    found = play(ADAPTER, WALL, {API: wall(post), best: jpeg}, access)
    assert [each.url for each in found.targets[2:]] == [best]
    found = play(ADAPTER, WALL, {API: wall(post), best: Answer(b"", 404), large: jpeg}, access)
    assert [each.url for each in found.targets[2:]] == [best, large]
    found = play(ADAPTER, WALL, {API: wall(post), best: Answer(failure="timeout"), large: Answer(b"", 500)}, access)
    assert [each.url for each in found.targets[2:]] == [best, large]
    found = play(ADAPTER, WALL, {API: wall(post), best: Answer(b"", 403), large: jpeg}, access)
    assert [each.url for each in found.targets[2:]] == [best]
    assert {"what": "further files", "why": "a server refused one, so no more were asked for"}.items() <= dict(
        found.document["missing"][-1]
    ).items()
    assert not any(each.authorized for each in found.targets[2:])


def test_no_more_than_so_many_files_are_asked_for() -> None:
    many = [
        {"type": "photo", "photo": {"sizes": [{"url": f"{CDN}{n}.jpg", "width": 1, "height": 1}]}} for n in range(450)
    ]
    found = play(
        ADAPTER,
        WALL,
        {API: wall(POST | {"attachments": many, "copy_history": []}), CDN: Answer(b"x")},
        Access(True, media=True),
    )
    assert len(found.targets) == 2 + RULES.most
    assert RULES.most % RULES.batch == 0
    assert found.document["missing"][-1]["why"] == f"no more than {RULES.most} are asked for"


def test_addresses_that_are_none_are_not_asked_for() -> None:
    odd = ["javascript:alert(1)", "http://[", "/doc1_2", "file:///etc/passwd", "x" * 70_000, ""]
    sizes = [{"url": url, "width": 9, "height": 9} for url in odd]
    found = play(
        ADAPTER,
        WALL,
        {API: wall(POST | {"attachments": [{"type": "photo", "photo": {"sizes": sizes}}], "copy_history": []})},
        Access(True, media=True),
    )
    assert roles(found) == ["api.post", "page"]
    whys = {each["why"] for each in found.post["attachment"][0]["renditions"]}
    assert whys == {"its address is none that can be asked for"}


def test_photos_of_a_post_in_markup_are_asked_for_where_files_are_wanted() -> None:
    photos = payload(
        0,
        "wall-77_1001",
        1,
        0,
        [{"id": "-77_31", "w_src": f"{CDN}w.jpg", "w_": [f"{CDN}w.jpg", 2560, 1707], "x_src": f"{CDN}x.jpg"}],
    )
    answers = {WALL: page(MARKUP), "https://vk.com/al_photos.php": photos, CDN: Answer(b"jpeg")}
    found = play(ADAPTER, WALL, answers, Access(media=True))
    assert roles(found)[:2] == ["page", "web.photos"]
    assert [each.url for each in found.targets[2:]] == [f"{CDN}w.jpg"]
    assert asked(found.targets[1])["list"] == "wall-77_1001"
    assert found.post["attachment"][0]["renditions"][0] | {"exchange": 0} == {
        "url": f"{CDN}w.jpg", "role": "best", "width": 2560, "height": 1707, "exchange": 0,
    }  # fmt: skip


def test_the_card_names_the_group_of_a_photo() -> None:
    answers = {API + "photos.getById": response([PHOTO]), API + "groups.getById": response({"groups": [GAZETA]})}
    found = play(ADAPTER, "https://vk.com/photo-77_31", answers, TOKEN)
    assert found.post["attributedTo"]["name"] == "Газета «Пример»"
