"""What the answers of VK tell of a post, and where each value stands."""

import json
from typing import Any

import pytest
from adapterkit import Answer, Played, play
from vkanswers import (
    ANNA,
    API,
    BORIS,
    CDN,
    COMMENTS,
    EMPTY_PAGE,
    GAZETA,
    MARKUP,
    OPENING,
    PHOTO,
    POLL,
    POST,
    SHARED,
    TOPIC,
    VIDEO,
    container,
    error,
    page,
    payload,
    response,
    size,
    wall,
)

from archiver.model.platform import Access, Seen
from archiver.platforms.vk import ADAPTER

WALL = "https://vk.com/wall-77_1001"
TOKEN = Access(token=True)
ALL = Access(token=True, media=True)


def post_of(item: object, access: Access = TOKEN) -> dict[str, Any]:
    return play(ADAPTER, WALL, {API + "wall.getById": wall(item)}, access).post


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in POST.items() if name not in names}


def value_at(found: Played, source: dict[str, Any]) -> Any:
    """The value that stands in an answer of the API at a place."""
    value: Any = json.loads(found.seen[source["exchange"] - 1].body)
    for step in source["at"].split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def test_a_post_is_told_in_all_its_parts() -> None:
    post = post_of(POST)
    assert (post["type"], post["id"], post["url"]) == ("Note", "1001", WALL)
    assert post["published"] == {
        "value": "2023-11-14T22:16:40Z", "precision": "second", "source": "server", "raw": 1700000200,
    }  # fmt: skip
    assert post["updated"]["value"] == "2023-11-14T23:16:40Z"
    assert post["content"] == {"text": POST["text"]}
    assert post["attributedTo"] == {
        "type": "Group", "id": -77, "preferredUsername": "gazeta_primer", "name": "Газета «Пример»",
        "url": "https://vk.com/club77", "verified": True,
    }  # fmt: skip
    assert post["signedBy"] | {"verified": None} == {
        "type": "Person", "id": 501, "preferredUsername": "anna_p", "name": "Анна Примерова",
        "url": "https://vk.com/id501", "verified": None,
    }  # fmt: skip
    assert {each["name"]: each["value"] for each in post["counts"]} == {
        "likes": 15, "shares": 2, "replies": 4, "views": 900, "reaction 0": 10,
    }  # fmt: skip
    assert post["location"] == {"name": "Площадь", "latitude": "55.75", "longitude": "37.62"}
    assert post["generator"] == "android"


def test_marks_in_the_text_are_told_beside_it_and_the_text_stays_as_it_is() -> None:
    assert post_of(POST)["tag"] == [
        {"type": "Mention", "name": "Другой группы", "href": "https://vk.com/club88"},
        {"type": "Mention", "name": "Анна", "href": "https://vk.com/id501"},
        {"type": "Hashtag", "name": "#площадь"},
        {"type": "Link", "name": "primer.example", "href": "https://primer.example/statja"},
    ]
    text = "[https://primer.example/a|сюда] [id5:bp-1_2|Имя] [event9|встреча] [нет|метки] a#b #два@gazeta"
    assert [(each["type"], each.get("href")) for each in post_of(without("copyright") | {"text": text})["tag"]] == [
        ("Link", "https://primer.example/a"),
        ("Mention", "https://vk.com/id5"),
        ("Mention", "https://vk.com/club9"),
        ("Hashtag", None),
    ]
    assert len(post_of(POST | {"text": "[id1|a] " * 5000})["tag"]) == 1001
    assert len(post_of(POST | {"text": "#a " * 5000})["tag"]) == 1001


def test_every_value_names_its_place_and_stands_there() -> None:
    found = play(ADAPTER, WALL, {API + "wall.getById": wall(POST)}, TOKEN)
    sources: Any = found.document["sources"]
    assert sources["/post/content/text"] == {
        "exchange": 1, "record": "urn:uuid:record-1", "at": "/response/items/0/text",
    }  # fmt: skip
    assert value_at(found, sources["/post/content/text"]) == POST["text"]
    assert value_at(found, sources["/post/attributedTo/preferredUsername"]) == "gazeta_primer"
    assert value_at(found, sources["/post/published/raw"]) == 1700000200
    for name, source in sources.items():
        value_at(found, source)
        assert source["at"].startswith("/response/"), name


def test_what_is_shared_is_told_as_the_origin_with_its_own_author_and_pictures() -> None:
    (origin,) = post_of(POST)["origin"]
    assert (origin["type"], origin["id"], origin["relation"]) == ("Note", "5", "repost")
    assert origin["url"] == "https://vk.com/wall-88_5"
    assert origin["attributedTo"]["name"] == "Другая группа"
    assert origin["attachment"][0]["renditions"][0]["url"] == f"{CDN}shared.jpg"
    gone = SHARED | {"is_deleted": True, "deleted_reason": "Запись удалена", "text": ""}
    chain = post_of(POST | {"copy_history": [gone, SHARED] + [SHARED] * 50})["origin"]
    assert (chain[0]["type"], chain[0]["summary"], len(chain)) == ("Tombstone", "Запись удалена", 10)


def test_a_deleted_post_keeps_what_is_left_and_the_reason() -> None:
    left = {"id": 1001, "owner_id": -77, "is_deleted": True, "deleted_reason": "Удалена автором", "date": 1700000200}
    post = post_of(left)
    assert (post["type"], post["summary"], post["published"]["raw"]) == ("Tombstone", "Удалена автором", 1700000200)
    assert "content" not in post


def test_unknown_is_not_zero() -> None:
    post = post_of({"id": 1001, "owner_id": -77})
    assert post == {"type": "Note", "id": "1001", "url": WALL}
    assert post_of(POST | {"likes": {"count": -1}, "views": {}, "comments": None})["counts"][0]["name"] == "shares"


def test_places_come_in_two_shapes() -> None:
    for geo, place in (
        ({"coordinates": {"latitude": 55.75, "longitude": 37.62}}, {"latitude": "55.75", "longitude": "37.62"}),
        ({"coordinates": "55.75", "place": {"title": "Площадь"}}, {"name": "Площадь"}),
        ({"place": {"title": "Площадь"}}, {"name": "Площадь"}),
        ({"coordinates": "55.75"}, None),
        ({}, None),
    ):
        assert post_of(POST | {"geo": geo}).get("location") == place


def test_a_poll_is_told_as_it_stood() -> None:
    assert post_of(POST)["poll"] == {
        "question": "Придёте?",
        "choices": [
            {"name": "Да", "votes": {"name": "votes", "value": 9, "exact": 1}},
            {"name": "Нет", "votes": {"name": "votes", "value": 3, "exact": 1}},
        ],
        "total": {"name": "votes", "value": 12, "exact": 1},
        "endTime": {"value": "2023-11-21T20:53:20Z", "precision": "second", "source": "server", "raw": 1700600000},
    }
    open_end = POST | {"attachments": [{"type": "poll", "poll": POLL | {"end_date": 0, "votes": -1}}]}
    assert set(post_of(open_end)["poll"]) == {"question", "choices"}


def photo_of(photo: object, kind: str = "photo") -> list[dict[str, Any]]:
    found: Any = post_of(without("copy_history") | {"attachments": [{"type": kind, kind: photo}]})["attachment"][0]
    renditions: list[dict[str, Any]] = found.get("renditions", [])
    return renditions


def test_of_a_photo_the_original_comes_first_then_the_largest_and_crops_come_last() -> None:
    found = photo_of(PHOTO)
    assert [(each["role"], each["url"].partition("?")[0]) for each in found] == [
        ("original", f"{CDN}orig.jpg"),
        ("preview", f"{CDN}a_w.jpg"),
        ("preview", f"{CDN}a_x.jpg"),
        ("preview", f"{CDN}a_s.jpg"),
        ("preview", f"{CDN}a_r.jpg"),
    ]
    assert (found[0]["width"], found[0]["height"], found[0]["why"]) == (4000, 2667, "not asked for")
    assert found[1]["why"] == "another size; not asked for"
    assert found[0]["url"] == PHOTO["orig_photo"]["url"]


def test_sizes_that_do_not_say_how_large_they_are_are_told_by_their_letters() -> None:
    sizes = [size(letter, 0, 0) for letter in "pmzsxr"]
    found = photo_of({"id": 1, "owner_id": 2, "sizes": sizes})
    assert "".join(each["url"][len(CDN) + 2] for each in found) == "zxmspr"
    assert found[0]["role"] == "best"
    assert "width" not in found[0]


def test_older_shapes_of_photos_are_read() -> None:
    for photo, best in (
        ({"photo_75": "https://a.example/75", "photo_1280": "https://a.example/1280"}, "https://a.example/1280"),
        ({"sizes": [{"src": "https://a.example/src", "type": "x"}]}, "https://a.example/src"),
        ({"images": [{"url": "https://a.example/i", "width": 5, "height": 5}]}, "https://a.example/i"),
    ):
        assert photo_of(photo)[0]["url"] == best
    assert (
        photo_of({"url": "https://a.example/g.png", "width": 200, "height": 100}, "graffiti")[0]["role"] == "original"
    )
    bare = post_of(POST | {"attachments": [{"type": "photo", "photo": {"id": 1, "owner_id": 2}}]})["attachment"][0]
    assert bare["why"] == "no address of the picture is told"


def test_a_file_that_came_is_named_with_its_exchange_and_one_that_did_not_says_why() -> None:
    best = PHOTO["orig_photo"]["url"]
    item = without("copy_history") | {"attachments": POST["attachments"][:1]}
    for answer, exchange, why in (
        (Answer(b"jpeg"), 3, None),
        (Answer(b"jpeg", 206), 3, None),
        (Answer(b"jp", whole=False), None, "asked for, cut short"),
        (Answer.html("<p>"), None, "asked for, a page came in its place"),
        (Answer(b"", 404), None, "asked for, answered with status 404"),
        (Answer(failure="timeout"), None, "asked for, no answer: timeout"),
    ):
        found = play(ADAPTER, WALL, {API + "wall.getById": wall(item), best: answer}, Access(True, media=True))
        rendition = found.post["attachment"][0]["renditions"][0]
        assert (rendition["exchange"] or None, rendition.get("why")) == (exchange, why)


def test_behind_redirects_the_file_is_in_the_last_exchange() -> None:
    doc = {"type": "doc", "doc": {"title": "Приказ", "url": "https://vk.com/doc1_2?hash=0f"}}
    found = play(ADAPTER, WALL, {API + "wall.getById": wall(without("copy_history") | {"attachments": [doc]})}, ALL)
    (asked,) = [each for each in found.targets if each.url.startswith("https://vk.com/doc")]
    hops = (
        *found.seen[:2],
        Seen(3, asked.role, asked.url, 302, ((b"Location", b"https://psv4.userapi.example/x.pdf"),)),
        Seen(
            4, asked.role, "https://psv4.userapi.example/x.pdf", 200, ((b"Content-Type", b"application/pdf"),), b"%PDF"
        ),
    )
    post = ADAPTER.extract(found.key, hops).post
    assert post is not None
    assert post.attachment[0].renditions[0].exchange == 4
    assert ADAPTER.more(found.key, ALL, hops) == ()


VARIOUS: list[tuple[str, dict[str, Any], str, str]] = [
    ("album", {"id": 1, "owner_id": -77, "title": "Альбом", "thumb": PHOTO}, "Image", "only its cover"),
    ("photos_list", {}, "Image", "only the numbers"),
    ("video_playlist", {"title": "Видео"}, "Video", "no files"),
    (
        "audio",
        {"id": 1, "owner_id": 2, "title": "Песня", "artist": "Хор", "url": "", "duration": 9},
        "Audio",
        "no address",
    ),
    ("audio_playlist", {"title": "Песни"}, "Audio", "no files"),
    ("podcast", {"title": "Выпуск"}, "Audio", "no address"),
    ("doc", {"title": "Приказ.pdf"}, "Document", "no address"),
    ("link", {"url": "https://primer.example/", "title": "Сайт", "photo": PHOTO}, "Link", "is not taken"),
    ("article", {"title": "Статья", "view_url": "https://m.vk.com/@a"}, "Link", "at its own address"),
    ("note", {"title": "Заметка", "view_url": "https://m.vk.com/note1_2"}, "Link", "at its own address"),
    ("page", {"title": "Страница", "view_url": "https://m.vk.com/page-1_2"}, "Link", "at its own address"),
    ("poll", POLL, "Link", "with the post"),
    ("market", {"title": "Товар", "thumb_photo": f"{CDN}m.jpg"}, "Link", "in the answer"),
    ("market_album", {"title": "Подборка", "photo": PHOTO}, "Link", "only its cover"),
    ("event", {"id": 3, "text": "Встреча"}, "Link", "in the answer"),
    ("app", {"name": "Игра"}, "Link", "nothing of it"),
    ("group", {"text": "Группа"}, "Link", "nothing of it"),
    ("donut_link", {}, "Link", "nothing of it"),
    ("textlive", {"title": "Трансляция"}, "Link", "nothing of it"),
    ("situational_theme", {}, "Link", "nothing of it"),
    ("something_new", {"title": "Новое"}, "Link", "not known here"),
    ("sticker", {"sticker_id": 9}, "Image", "no picture"),
]


@pytest.mark.parametrize(("kind", "value", "media", "why"), VARIOUS, ids=[each[0] for each in VARIOUS])
def test_every_kind_of_attachment_is_named_with_what_is_not_taken(
    kind: str, value: dict[str, Any], media: str, why: str
) -> None:
    found = post_of(POST | {"attachments": [{"type": kind, kind: value}]})["attachment"][0]
    assert (found["type"], found["kind"]) == (media, kind)
    assert why in found["why"]
    told = value.get("title") or value.get("name") or value.get("question")
    assert found.get("name") == told


def test_an_attachment_without_a_kind_is_still_there() -> None:
    assert post_of(POST | {"attachments": [{}, None, 5]})["attachment"][0]["why"] == "a kind that is not known here"


def test_sounds_and_documents_come_with_their_files_where_vk_tells_them() -> None:
    hangs = [
        {"type": "audio", "audio": {"title": "Песня", "artist": "Хор", "url": f"{CDN}song.mp3", "duration": 9}},
        {"type": "audio", "audio": {"title": "Поток", "url": f"{CDN}index.m3u8?siren=1"}},
        {"type": "audio_message", "audio_message": {"link_ogg": f"{CDN}voice.ogg"}},
        {"type": "doc", "doc": {"title": "Приказ", "url": "https://vk.com/doc1_2?hash=0f", "preview": {
            "photo": {"sizes": [{"src": f"{CDN}d.jpg", "width": 9, "height": 9}]},
            "audio_msg": {"link_mp3": f"{CDN}d.mp3"}}}},
    ]  # fmt: skip
    found = post_of(POST | {"attachments": hangs})["attachment"]
    assert [[each["role"] for each in media["renditions"]] for media in found] == [
        ["original"], ["manifest"], ["original"], ["original", "thumb", "preview"],
    ]  # fmt: skip
    assert found[0]["description"] == "Хор"
    assert found[1]["renditions"][0]["why"] == "a stream in pieces: only its address is kept"


def test_a_video_is_told_with_the_files_that_this_token_is_told() -> None:
    files = {"mp4_240": f"{CDN}240", "mp4_1080": f"{CDN}1080", "hls": f"{CDN}v.m3u8", "dash_sep": f"{CDN}v.mpd"}
    url = "https://vk.com/video-77_41"
    answers = {API + "video.get": response({"items": [VIDEO | {"files": files, "user_id": 501}], "profiles": [ANNA]})}
    found = play(ADAPTER, url, answers | {CDN: Answer(b"mp4")}, Access(True, media=True))
    post = found.post
    assert (post["type"], post["name"], post["content"]["text"]) == ("Video", "Выступление", "На площади")
    assert (post["attributedTo"]["name"], post["onBehalfOf"]["id"]) == ("Анна Примерова", -77)
    media = post["attachment"][0]
    assert media["duration"] == 65
    assert [(each["role"], each["exchange"] > 0) for each in media["renditions"]] == [
        ("best", True), ("preview", False), ("manifest", False), ("manifest", False), ("thumb", True), ("thumb", False),
    ]  # fmt: skip
    assert media["renditions"][4]["url"] == f"{CDN}v_large.jpg"
    assert "why" not in media
    plain = play(ADAPTER, url, {API + "video.get": response({"items": [VIDEO]})}, TOKEN).post
    assert "only to the tokens of users" in plain["attachment"][0]["why"]
    assert plain["attributedTo"]["id"] == -77
    outside = VIDEO | {"files": {"external": "https://video.example/x"}, "content_restricted_message": "Недоступно"}
    elsewhere = play(ADAPTER, url, {API + "video.get": response({"items": [outside]})}, TOKEN).post
    assert "not at VK" in elsewhere["attachment"][0]["why"]
    assert elsewhere["attachment"][0]["url"] == "https://video.example/x"
    assert elsewhere["summary"] == "Недоступно"


def test_a_service_token_is_told_that_videos_need_a_user() -> None:
    url = "https://vk.com/video-77_41"
    found = play(ADAPTER, url, {API: error(28), url: EMPTY_PAGE}, TOKEN).document
    assert found["post"] is None
    assert found["missing"][-1] == {
        "what": "what the API tells",
        "why": "VK does not answer this to a service token, only to the token of a user (error 28)",
        "exchange": 1,
    }


def test_comments_are_told_with_their_answers_and_the_deleted_ones_are_kept() -> None:
    answers = {API + "wall.getById": wall(POST), API + "wall.getComments": response(COMMENTS)}
    found = play(ADAPTER, WALL, answers, Access(token=True, replies=10, depth=2))
    assert [(each["type"], each["id"], each["inReplyTo"]) for each in found.post["replies"]] == [
        ("Note", "1002", "1001"),
        ("Note", "1005", "1002"),
        ("Tombstone", "1003", "1001"),
        ("Note", "1004", "1001"),
    ]
    first, nested, gone, last = found.post["replies"]
    assert first["attributedTo"]["name"] == "Анна Примерова"
    assert first["url"] == WALL + "?reply=1002"
    assert {each["name"]: each["value"] for each in first["counts"]} == {"likes": 1, "replies": 1}
    assert nested["attributedTo"]["id"] == -77
    assert nested["tag"][0] == {"type": "Mention", "name": "Анна", "href": "https://vk.com/id501"}
    assert "attributedTo" not in gone
    assert gone["published"]["raw"] == 1700000310
    assert last["attachment"][0]["renditions"][0]["url"] == f"{CDN}st512.png"
    assert found.document["missing"] == []


def test_a_comment_is_told_beside_its_post() -> None:
    item = {"id": 1002, "owner_id": -77, "post_id": 1001, "post_type": "reply", "from_id": 501, "date": 1, "text": "x"}
    found = play(ADAPTER, WALL + "?reply=1002", {API: wall(POST, item)}, TOKEN).post
    assert (found["id"], found["inReplyTo"], found["content"]["text"]) == ("1002", "1001", "x")
    assert found["context"][0]["content"]["text"] == POST["text"]
    alone = play(ADAPTER, WALL + "?reply=1002", {API: wall(item)}, TOKEN).post
    assert (alone["inReplyTo"], "context" in alone) == ("1001", False)


def test_a_number_of_a_comment_that_is_asked_as_a_post_says_what_it_answers() -> None:
    url = "https://vk.com/wall-77_1002"
    item = {"id": 1002, "owner_id": -77, "post_id": 1001, "post_type": "reply", "from_id": 501, "date": 1, "text": "x"}
    assert play(ADAPTER, url, {API: wall(item)}, TOKEN).post["inReplyTo"] == "1001"


def test_a_photo_is_a_post_of_who_uploaded_it() -> None:
    url = "https://vk.com/photo-77_31"
    cards = {API + "groups.getById": response({"groups": [GAZETA]})}
    post = play(ADAPTER, url, {API + "photos.getById": response([PHOTO])} | cards, TOKEN).post
    assert (post["type"], post["url"], post["content"]["text"]) == ("Image", url, "Площадь")
    assert (post["attributedTo"]["name"], "onBehalfOf" in post) == ("Газета «Пример»", False)
    told = PHOTO | {"user_id": 501, "lat": 55.75, "long": 37.62, "post_id": 1001}
    post = play(ADAPTER, url, {API + "photos.getById": response([told])} | cards, TOKEN).post
    assert (post["attributedTo"]["id"], post["onBehalfOf"]["name"]) == (501, "Газета «Пример»")
    assert post["location"] == {"latitude": "55.75", "longitude": "37.62"}
    assert post["inReplyTo"] == "1001"
    own = PHOTO | {"owner_id": 501, "user_id": 501}
    post = play(ADAPTER, "https://vk.com/photo501_31", {API + "photos.getById": response([own])}, TOKEN).post
    assert "onBehalfOf" not in post


def test_a_topic_is_told_with_its_first_message() -> None:
    url = "https://vk.com/topic-77_61"
    topics = {API + "board.getTopics": response({"items": [TOPIC], "profiles": [ANNA]})}
    card = {API + "groups.getById": response({"groups": [GAZETA]})}
    rest = [
        OPENING,
        {"id": 2, "from_id": 502, "date": 1690000100, "text": "Когда?"},
        {"id": 3, "from_id": 501, "date": 1690000200, "text": "Завтра"},
    ]

    def server(target: Any) -> Answer | None:
        if target.role == "api.opening":
            return response({"count": 3, "items": rest[:1], "profiles": [ANNA]})
        if target.role.startswith("api.comments"):
            return response({"count": 3, "items": rest[1:], "profiles": [ANNA, BORIS]})
        if target.role == "api.reply":
            return response({"count": 3, "items": rest[2:], "profiles": [ANNA]})
        return next((each for begin, each in (topics | card).items() if target.url.startswith(begin)), None)

    found = play(ADAPTER, url, server, Access(token=True, replies=10))
    post = found.post
    assert (post["name"], post["content"]["text"]) == ("Вопросы", "Пишите здесь свои вопросы")
    assert (post["attributedTo"]["name"], post["onBehalfOf"]["name"]) == ("Анна Примерова", "Газета «Пример»")
    assert post["poll"]["question"] == "Придёте?"
    assert [each["content"]["text"] for each in post["replies"]] == ["Когда?", "Завтра"]
    assert post["replies"][0]["url"] == url + "?post=2"
    assert found.document["missing"] == []
    single = play(ADAPTER, url + "?post=3", server, TOKEN).post
    assert (single["content"]["text"], single["context"][0]["name"]) == ("Завтра", "Вопросы")
    bare = play(ADAPTER, url, topics, TOKEN)
    assert bare.post["content"]["text"] == "Пишите здесь"
    assert "the first message of the topic" in {each["what"] for each in bare.document["missing"]}
    assert play(ADAPTER, url + "?post=3", topics, TOKEN).document["post"] is None


def test_the_card_of_a_community_or_a_person_is_told() -> None:
    full = GAZETA | {"description": "О нас", "status": "Пишем", "members_count": 12, "site": "https://primer.example",
                     "photo_max_orig": f"{CDN}p.jpg", "photo_200": f"{CDN}p200.jpg", "is_closed": 1}  # fmt: skip
    post = play(ADAPTER, "https://vk.com/club77", {API: response({"groups": [full]})}, TOKEN).post
    assert (post["type"], post["name"], post["summary"], post["visibility"]) == (
        "Page",
        "Газета «Пример»",
        "Пишем",
        "closed",
    )
    assert post["attributedTo"]["id"] == -77
    assert post["counts"] == [{"name": "followers", "value": 12, "exact": 1}]
    assert [each["role"] for each in post["attachment"][0]["renditions"]] == ["best", "preview"]
    assert post["tag"] == [{"type": "Link", "href": "https://primer.example"}]
    other = play(ADAPTER, "https://vk.com/club77", {API: response({"groups": [GAZETA | {"id": 78}]})}, TOKEN)
    assert (other.state, other.document["post"]) == ("not_found", None)
    gone = play(ADAPTER, "https://vk.com/id502", {API: response([BORIS])}, TOKEN).post
    assert (gone["type"], gone["summary"], gone["url"]) == ("Tombstone", "banned", "https://vk.com/id502")
    named = play(
        ADAPTER,
        "https://vk.com/id501",
        {API: response([{"id": 501, "first_name_nom": "Анна", "followers_count": 3}])},
        TOKEN,
    )
    assert (named.post["name"], named.post["counts"][0]["value"]) == ("Анна", 3)


def test_data_in_a_page_are_read_like_those_of_the_api_in_windows_1251_too() -> None:
    for shown in (page(container(POST)), page(container(POST, deeper=True), charset="utf-8")):
        found = play(ADAPTER, WALL, {WALL: shown})
        assert found.post == post_of(POST)
        sources: Any = found.document["sources"]
        assert sources["/post/content/text"]["at"].startswith("[data-exec][1] @data-exec /PostContentContainer~1init/")
        assert found.document["missing"][0]["what"] == "comments, and what else the page does not show"


def test_what_a_page_loads_is_read_wherever_it_stands_in_the_answer() -> None:
    for answer in (
        payload(0, "Запись", container(POST)),
        payload("0", container(POST), "Запись", wrapped=True),
        payload(0, "Запись", container(POST), charset="utf-8"),
    ):
        found = play(ADAPTER, WALL, {WALL: EMPTY_PAGE, "https://vk.com/wkview.php": answer})
        assert found.post["content"]["text"] == POST["text"]
        at = found.document["sources"]["/post/content/text"]["at"]
        assert at.startswith("/payload/1/")
        assert " [data-exec][1] @data-exec /Post" in at


def test_a_payload_that_does_not_name_its_charset_is_read_as_it_is_written() -> None:
    for charset in ("windows-1251", "utf-8"):
        told = payload(0, "Запись", container(POST), charset=charset)
        answers = {WALL: EMPTY_PAGE, "https://vk.com/wkview.php": Answer(told.body)}
        assert play(ADAPTER, WALL, answers).post["content"]["text"] == POST["text"]


def test_the_charset_of_a_payload_is_taken_from_its_header_where_it_names_one() -> None:
    told = payload(0, container(POST))
    for header in ("text/html; q=1; Charset='cp1251'", "text/html; charset=unheard-of", "text/html"):
        answers = {WALL: EMPTY_PAGE, "https://vk.com/wkview.php": Answer(told.body, 200, (("Content-Type", header),))}
        assert play(ADAPTER, WALL, answers).post["content"]["text"] == POST["text"]


def test_markup_is_read_without_mixing_what_is_shared_with_what_is_said() -> None:
    post = play(ADAPTER, WALL, {WALL: page(MARKUP)}).post
    assert post["content"] == {"text": "Митинг у площади", "html": "Митинг <b>у</b> площади"}
    assert (post["id"], post["url"]) == ("1001", WALL)
    assert post["attributedTo"] == {"type": "Group", "name": "Газета «Пример»", "url": "/club77"}
    assert post["published"]["value"] == "2023-11-14T22:16:40Z"
    assert post["origin"][0]["content"]["text"] == "Исходный\nтекст"
    assert post["origin"][0]["attributedTo"]["name"] == "Другая группа"
    assert post["origin"][0]["published"] == {
        "precision": "relative", "source": "page", "raw": "14 ноя в 10:00",
    }  # fmt: skip
    assert {each["name"]: each["value"] for each in post["counts"]} == {"shares": 2, "views": 900}


def test_a_shared_post_that_is_gone_is_a_tombstone() -> None:
    text = '<div class="wall_post_text wall_post_text_deleted">Запись удалена</div>'
    body = f'<div data-post-id="-77_1001"><a class="author" href="/x">А</a><div class="copy_quote">{text}</div></div>'
    post = play(ADAPTER, WALL, {WALL: page(body)}).post
    assert post["origin"][0]["type"] == "Tombstone"
    assert "content" not in post
    assert post["attributedTo"]["type"] == "Group"


def test_times_on_pages_are_taken_where_they_are_numbers_and_never_guessed() -> None:
    for date, published in (
        ('<span class="rel_date" time="1700000200">вчера</span>', ("2023-11-14T22:16:40Z", "second")),
        ('<time datetime="2023-11-15T01:16:40+03:00">вчера</time>', ("2023-11-14T22:16:40Z", "second")),
        ('<div class="PostDateBlock__root"><i data-exec=\'{"Post/init": {"p": {"date": 1700000200}}}\'></i></div>',
         ("2023-11-14T22:16:40Z", "second")),
        ('<div class="PostDateBlock__root" data-exec=\'{"Post/init": {"date": 1700000200}}\'></div>',
         ("2023-11-14T22:16:40Z", "second")),
        ('<div class="PostDateBlock__root"><i data-exec=\'{"Post/init": {}}\'></i></div>', None),
        ('<span class="rel_date" time="x">вчера в 12:00</span>', (None, "relative")),
        ('<span class="PostHeaderSubtitle__item">вчера в 12:00</span>', (None, "relative")),
        ("", None),
    ):  # fmt: skip
        body = f'<div id="post-77_1001"><div class="wall_post_text">Текст</div>{date}</div>'
        told = play(ADAPTER, WALL, {WALL: page(body)}).post.get("published")
        assert (told and (told.get("value"), told["precision"])) == published


def test_a_comment_on_a_page_is_found_by_its_number() -> None:
    body = MARKUP + (
        '<div id="post-77_1004" class="reply"><a class="author" href="/id501">Анна</a>'
        '<div class="wall_reply_text">Третий</div><span class="rel_date">вчера</span></div>'
    )
    found = play(ADAPTER, WALL + "?reply=1004", {WALL: page(body)})
    assert (found.state, found.post["id"], found.post["inReplyTo"]) == ("available", "1004", "1001")
    assert found.post["content"]["text"] == "Третий"
    assert found.post["attributedTo"]["type"] == "Person"
    assert found.post["url"] == WALL + "?reply=1004"
    other = play(ADAPTER, WALL + "?reply=1009", {WALL: page(body), "https://vk.com/wkview.php": payload(0, "", MARKUP)})
    assert (other.state, other.document["post"]) == ("needs_token", None)


def test_the_page_for_telephones_is_read_where_it_names_the_post_as_its_own() -> None:
    body = (
        '<div class="wall_item" data-testid="post">'
        '<a class="pi_author" data-item-owner-id="501" href="/anna_p">Анна П.</a>'
        '<a class="wi_date">вчера в 12:00</a><div class="pi_text">Текст</div></div>'
    )
    url = "https://m.vk.com/wall-77_1001"
    found = play(ADAPTER, url, {url: page(body, '<link rel="canonical" href="https://vk.com/wall-77_1001">')})
    assert (found.state, found.rule, found.post["content"]["text"]) == ("available", "vk.page.post", "Текст")
    assert found.post["attributedTo"] == {"type": "Person", "id": 501, "name": "Анна П.", "url": "/anna_p"}
    assert found.post["published"]["raw"] == "вчера в 12:00"
    for other in ('<link rel="canonical" href="https://vk.com/wall-77_1">', ""):
        assert play(ADAPTER, url, {url: page(body, other)}).state == "needs_token"


def test_a_topic_on_a_page_is_its_first_message_and_numbers_are_not_mixed_up() -> None:
    url = "https://vk.com/topic-77_61"
    body = "".join(
        f'<div class="bp_post" id="post-77_{number}"><a class="bp_author" href="/id501">Анна</a>'
        f'<a class="bp_date">вчера</a><div class="bp_text">{text}</div></div>'
        for number, text in ((40, "Пишите здесь"), (61, "Когда?"))
    )
    shown = page(body, "<title>Вопросы</title>")
    found = play(ADAPTER, url, {url: shown})
    assert (found.state, found.post["name"], found.post["id"]) == ("available", "Вопросы", "61")
    assert found.post["content"]["text"] == "Пишите здесь"
    found = play(ADAPTER, url + "?post=61", {url: shown})
    assert (found.post["id"], found.post["inReplyTo"], found.post["content"]["text"]) == ("61", "61", "Когда?")
    assert "name" not in found.post
    assert play(ADAPTER, url + "?offset=40", {url: shown}).state == "needs_token"


def test_a_photo_that_a_page_loads_is_told() -> None:
    url = "https://vk.com/photo-77_31"
    photo = {"id": "-77_31", "x_src": f"{CDN}x.jpg", "x_": [f"{CDN}x.jpg", 604, 403], "z_": [f"{CDN}z.jpg", 1280, 853],
             "date": "14 ноя 2023", "desc": "Площадь<br>днём", "author": "Газета"}  # fmt: skip
    answers = {
        url: EMPTY_PAGE,
        "https://vk.com/al_photos.php": payload(0, "photos-77", 9, 0, [{"id": "-77_30"}, photo]),
    }
    found = play(ADAPTER, url, answers)
    assert (found.state, found.rule) == ("available", "vk.payload.photo")
    post = found.post
    assert (post["type"], post["id"], post["url"]) == ("Image", "-77_31", url)
    assert [each["url"] for each in post["attachment"][0]["renditions"]] == [f"{CDN}z.jpg", f"{CDN}x.jpg"]
    assert post["published"] == {"precision": "relative", "source": "page", "raw": "14 ноя 2023"}
    assert post["content"]["html"] == "Площадь<br>днём"
    other = answers | {"https://vk.com/al_photos.php": payload(0, "photos-77", 9, 0, [{"id": "-77_30"}])}
    assert play(ADAPTER, url, other).state == "needs_token"
    bare = answers | {"https://vk.com/al_photos.php": payload(0, [{"id": "-77_31", "date": 1700000000}])}
    post = play(ADAPTER, url, bare).post
    assert post["published"]["value"] == "2023-11-14T22:13:20Z"
    assert post["attachment"][0]["why"] == "no address of the picture is told"


def test_a_video_that_a_page_loads_is_told() -> None:
    url = "https://vk.com/video-77_41"
    player = {"url240": f"{CDN}240", "url720": f"{CDN}720", "hls": f"{CDN}m.m3u8", "date": 1700000100, "duration": 65,
              "md_title": "Выступление", "md_author": "Газета", "author_id": -77, "jpg": f"{CDN}j.jpg"}  # fmt: skip
    told = {
        "mvData": {"title": "Т", "desc": "На <b>площади</b>", "likes": 3, "commcount": 2},
        "player": {"params": [player]},
    }
    answers = {url: EMPTY_PAGE, "https://vk.com/al_video.php": payload(0, "", "<div></div>", told)}
    found = play(ADAPTER, url, answers)
    assert (found.state, found.rule) == ("available", "vk.payload.video")
    post = found.post
    assert (post["type"], post["name"], post["content"]["html"]) == ("Video", "Выступление", "На <b>площади</b>")
    assert post["attributedTo"] == {"type": "Group", "id": -77, "name": "Газета"}
    assert [each["role"] for each in post["attachment"][0]["renditions"]] == ["best", "preview", "manifest", "thumb"]
    assert {each["name"]: each["value"] for each in post["counts"]} == {"likes": 3, "replies": 2}
    bare = play(
        ADAPTER, url, answers | {"https://vk.com/al_video.php": payload(0, {"mvData": {"title": "Т"}}, "x")}
    ).post
    assert (bare["name"], "attributedTo" in bare) == ("Т", False)
    assert "only to the tokens of users" in bare["attachment"][0]["why"]


def test_a_preview_is_taken_for_what_it_is() -> None:
    head = (
        '<meta property="og:title" content="Газета «Пример»"><meta property="og:description" content="Митинг у…">'
        f'<meta property="og:image" content="{CDN}og.jpg">'
    )
    mine = '<link rel="canonical" href="https://vk.com/wall-77_1001">'
    found = play(ADAPTER, WALL, {WALL: page("", head + mine)})
    assert (found.state, found.post["name"], found.post["summary"]) == ("needs_token", "Газета «Пример»", "Митинг у…")
    assert "content" not in found.post
    assert found.post["url"] == "https://vk.com/wall-77_1001"
    assert found.document["missing"][0]["why"] == "the page tells it only as a preview, which may be cut"
    for other in ('<link rel="canonical" href="https://vk.com/wall-77_10011">', ""):
        assert play(ADAPTER, WALL, {WALL: page("", head + other)}).document["post"] is None
    clip = '<meta property="og:url" content="https://vk.com/clip-77_41">'
    video = "https://vk.com/video-77_41"
    assert play(ADAPTER, video, {video: page("", head + clip)}).post["type"] == "Video"
    person = "https://vk.com/id501"
    shown = page("", head + '<meta property="og:type" content="profile">')
    assert play(ADAPTER, person, {person: shown}).post["type"] == "Page"
    assert play(ADAPTER, person, {person: page("", head)}).state == "needs_token"


def test_where_nothing_is_shown_it_is_said_what_is_needed() -> None:
    found = play(ADAPTER, WALL, {WALL: EMPTY_PAGE, "https://vk.com/wkview.php": payload(0, "", "<p></p>")}).document
    assert found["missing"] == [
        {"what": "the post", "why": "VK tells it only to its API: a token is needed (ARCHIVER_VK_TOKEN)", "exchange": 1}
    ]
    found = play(ADAPTER, WALL, {API: wall(), WALL: Answer(b"", 404)}, TOKEN).document
    assert [each["why"] for each in found["missing"][:2]] == [
        "the page does not show it (vk.page.status-404)",
        "the API does not tell it (vk.api.no-item)",
    ]


def test_what_does_not_fit_together_is_said() -> None:
    told = POST | {"date": POST["date"] + 61, "from_id": 501, "edited": POST["edited"] + 60, "text": "Другое"}
    found = play(ADAPTER, WALL, {API: wall(POST), WALL: page(container(told))}, TOKEN)
    assert found.document["warnings"] == [
        "the author differs: -77 at /response/items/0/from_id in exchange 1 (API), 501 in exchange 2 (page)",
        "the time differs: 1700000200 at /response/items/0/date in exchange 1 (API), 1700000261 in exchange 2 (page)",
        "the text in exchange 1 (API) is not that in exchange 2 (page)",
    ]
    same = play(ADAPTER, WALL, {API: wall(POST), WALL: page(container({"id": 1001, "owner_id": -77}))}, TOKEN)
    assert same.document["warnings"] == []


def test_an_author_who_is_gone_an_admin_and_advertising_are_said() -> None:
    told = POST | {"from_id": 502, "created_by": 501, "marked_as_ads": 1}
    warnings: Any = play(ADAPTER, WALL, {API: wall(told)}, TOKEN).document["warnings"]
    assert [each.split(" ")[-1] for each in warnings] == ["(deactivated)", "(created_by)", "(marked_as_ads)"]


def test_the_adapter_says_who_may_be_watching_and_what_a_token_tells() -> None:
    about = ADAPTER.about
    assert (about.name, about.token_variable) == ("vk", "ARCHIVER_VK_TOKEN")
    assert "Parties to the case" in about.watched
    assert "A token names an account" in about.watched
    assert "account_risk" in about.terms
    assert "token of a user" in about.with_token
