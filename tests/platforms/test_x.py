"""What is asked of X for a post, and what comes of the answers."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from adapterkit import Answer, Played
from xanswers import (
    API_USER,
    EARLIER,
    EVERYTHING,
    HIGH,
    ID,
    LONG,
    LOW,
    ORIGINAL,
    PARENT,
    PHOTO,
    POST,
    QUOTED,
    SHORT,
    TEXT,
    TOMBSTONE,
    VIDEO,
    answer,
    api_answer,
    ask,
    asked,
    embedded,
    of_api,
    problem,
    question,
    shown,
    tweet,
    unavailable,
    user,
    variables,
)

from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.platforms.registry import BUILT_IN, subject_of
from archiver.platforms.x import ADAPTER
from archiver.platforms.x.base36 import base36, syndication_token
from archiver.platforms.x.endpoints import ENDPOINTS, endpoints_in
from archiver.platforms.x.thread import page_size

MEDIA = Access(media=True)
TOKEN = Access(token=True)


def whole(**answers: Any) -> Played:
    return ask(**({"syndication": shown(), "graphql": answer(tweet()), "oembed": embedded()} | answers))


def with_legacy(**legacy: Any) -> Played:
    return ask(graphql=answer(tweet(legacy)))


def renditions(played: Played, number: int = 0) -> list[tuple[Any, ...]]:
    found = played.post["attachment"][number]["renditions"]
    return [(each["role"], each["url"], each["exchange"], each.get("why", "")) for each in found]


def says(played: Played, words: str) -> bool:
    return any(words in each for each in played.document["warnings"])


def lacks(played: Played, words: str) -> str:
    return next((each["why"] for each in played.document["missing"] if words in each["what"]), "")


# What is asked


def test_few_things_are_asked_and_the_most_telling_first() -> None:
    played = whole()
    assert asked(played) == ["syndication", "guest", "graphql", "oembed"]
    syndication, guest, graphql, oembed = played.targets
    assert question(syndication)["id"] == ID
    assert question(syndication)["token"] == syndication_token(int(ID)) == "4gobiuxs3yx"
    assert "tfw_tweet_edit_backend:on" in question(syndication)["features"].split(";")
    assert (guest.method, guest.body, guest.url) == ("POST", b"", "https://api.x.com/1.1/guest/activate.json")
    assert variables(graphql)["tweetId"] == ID
    assert dict(graphql.headers)["x-guest-token"] == "1841206275088290999"
    assert question(oembed) == {"url": POST, "omit_script": "1"}
    assert not any(target.authorized for target in played.targets)
    assert not any(target.redirects for target in (syndication, guest, graphql))


def test_the_public_key_of_the_pages_goes_to_x_alone_and_to_no_address() -> None:
    for target in whole().targets:
        bearer = dict(target.headers).get("Authorization", "")
        assert (bearer == f"Bearer {ENDPOINTS.bearer}") == (target.role in ("guest", "graphql"))
        assert ENDPOINTS.bearer not in target.url


def test_nobody_claims_to_be_a_browser_or_a_search_engine() -> None:
    for target in ask(POST, EVERYTHING, api=api_answer(of_api()), syndication=shown(mediaDetails=[PHOTO])).targets:
        assert not {name.lower() for name, _ in target.headers} & {"user-agent", "referer", "origin", "cookie"}


@pytest.mark.parametrize(
    ("number", "word"),
    [(20, "6dq1a2xwd93"), (1848831595014459513, "4hc9xdp8g2s"), (436461658601713664, "1236nf8no4li"), (0, "")],
)
def test_the_token_of_the_syndication_is_computed_as_its_pages_do(number: int, word: str) -> None:
    assert syndication_token(number) == word


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (0.0, "0"),
        (35.0, "z"),
        (36.5, "10.i"),
        (0.9999999999999999, "0.zzzzzzzzzza"),
        (1 - 2**-36, "0.zzzzzzyuy4"),
        (0.1, "0.3lllllllllm"),
    ],
)
def test_fractions_in_base_36(value: float, spelled: str) -> None:
    assert base36(value) == spelled


def test_the_data_file_is_part_of_the_hash_of_the_adapter() -> None:
    import archiver.platforms as package

    folder = Path(str(package.__file__)).parent
    others = {entry.name for entry in BUILT_IN} - {"x"}
    lines = [
        f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.relative_to(folder).as_posix()}\n"
        for each in sorted(folder.rglob("*"))
        if each.is_file() and "__pycache__" not in each.parts and each.relative_to(folder).parts[0] not in others
    ]
    assert any(line.endswith("  x/endpoints.toml\n") for line in lines)
    subject = subject_of(Address.parse(POST))
    assert subject is not None
    assert subject.digest == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_a_data_file_that_is_not_whole_is_refused() -> None:
    with pytest.raises(KeyError):
        endpoints_in("[syndication]\n")


@pytest.mark.parametrize(
    ("url", "syndication", "page"),
    [
        (f"https://x.com/someone_else/status/{ID}", shown(), "lantern_street"),
        (f"https://x.com/someone_else/status/{ID}", Answer(status=404), "someone_else"),
        (f"https://x.com/i/status/{ID}", Answer(status=404), "i"),
        (f"https://x.com/i/status/{ID}", shown(user={"screen_name": "a/../b"}), "i"),
    ],
)
def test_oembed_is_asked_by_the_name_that_x_tells(url: str, syndication: Any, page: str) -> None:
    played = ask(url, syndication=syndication, oembed=embedded())
    assert question(played.targets[-1])["url"] == f"https://x.com/{page}/status/{ID}"


def test_with_a_token_the_documented_interface_takes_the_place_of_the_other() -> None:
    played = ask(POST, TOKEN, api=api_answer(of_api()), syndication=shown(), oembed=embedded())
    assert asked(played) == ["api", "syndication", "oembed"]
    api = played.targets[0]
    assert (api.authorized, api.redirects, api.headers) == (True, False, ())
    assert api.url.startswith(f"https://api.x.com/2/tweets/{ID}?expansions=")
    assert "note_tweet" in question(api)["tweet.fields"].split(",")
    gone = ask(POST, TOKEN, api=problem("resource-not-found"), graphql=answer(tweet()))
    assert asked(gone) == ["api", "syndication", "guest", "graphql", "oembed"]


def test_a_post_without_a_token_is_not_asked_of_the_api() -> None:
    assert "api" not in asked(ask(POST, Access(replies=50, depth=3), syndication=shown()))


# The post


def test_everything_that_graphql_tells() -> None:
    played = whole()
    post = played.post
    assert (post["type"], post["id"], post["url"]) == ("Note", ID, POST)
    assert post["attributedTo"] == {
        "type": "Person",
        "id": "974067",
        "preferredUsername": "lantern_street",
        "name": "Lantern Street",
        "url": "https://x.com/lantern_street",
        "verified": True,
        "published": {
            "value": "2018-03-14T23:38:10Z",
            "precision": "second",
            "source": "server",
            "raw": "Wed Mar 14 23:38:10 +0000 2018",
        },
    }
    assert post["published"]["value"] == "2024-10-01T19:59:18Z"
    assert post["content"] == {"text": TEXT, "language": "en"}
    assert (post["sensitive"], post["edited"], post["generator"]) == (False, False, "Twitter Web App")
    counts = {each["name"]: each["value"] for each in post["counts"]}
    assert counts == {"likes": 296, "shares": 68, "replies": 2, "quotes": 1, "bookmarks": 7, "views": 4186}
    assert post["tag"] == [
        {"type": "Mention", "name": "harbour_office", "href": "https://x.com/harbour_office"},
        {"type": "Hashtag", "name": "quay"},
        {"type": "Hashtag", "name": "QUAY"},
        {"type": "Link", "name": "https://t.co/AbCdEf1234", "href": "https://harbour.example/papers"},
    ]
    assert played.document["idTime"]["value"] == "2024-10-01T19:59:18.596000Z"
    assert played.document["warnings"] == []
    source = played.document["sources"]["/post/attributedTo/verified"]
    assert source["at"].endswith("/is_blue_verified")


def test_the_syndication_alone_tells_most_and_what_is_missing_is_said() -> None:
    played = ask(syndication=shown(), graphql=Answer(status=500))
    post = played.post
    assert (post["content"]["text"], post["attributedTo"]["preferredUsername"]) == (TEXT, "lantern_street")
    assert {each["name"]: each["value"] for each in post["counts"]} == {"likes": 296, "replies": 2}
    assert "x.graphql.status-500" in lacks(played, "views")
    assert lacks(ask(syndication=shown(), guest=Answer(status=429)), "views").endswith("(x.guest.limit)")


def test_what_the_api_tells() -> None:
    place = {"id": "p1", "full_name": "Quay", "name": "Q"}
    poll = {
        "id": "q1",
        "options": [{"label": "Yes", "votes": 3}, {"label": "No"}, {"votes": 1}],
        "end_datetime": "2024-10-02T00:00:00Z",
    }
    media = {
        "media_key": "3_1",
        "type": "photo",
        "url": PHOTO["media_url_https"],
        "alt_text": "Water",
        "width": 10,
        "height": 20,
    }
    data = of_api(
        attachments={"media_keys": ["3_1", "3_9", None], "poll_ids": ["q0", "q1"]},
        geo={"place_id": "p1", "coordinates": {"coordinates": [-0.5, 51.25]}},
        entities={
            "mentions": [{"username": "harbour_office"}],
            "hashtags": [{"tag": "quay"}],
            "cashtags": [{"tag": "QUAY"}],
            "urls": [{"url": "https://t.co/a", "expanded_url": "https://harbour.example/"}],
        },
        source="Web",
    )
    played = ask(POST, TOKEN, api=api_answer(data, {"places": [place], "polls": [poll], "media": [media]}))
    post = played.post
    assert post["type"] == "Question"
    assert post["poll"]["choices"] == [
        {"name": "Yes", "votes": {"name": "votes", "value": 3, "exact": True}},
        {"name": "No"},
    ]
    assert post["poll"]["endTime"]["value"] == "2024-10-02T00:00:00Z"
    assert post["location"] == {"name": "Quay", "latitude": "51.25", "longitude": "-0.5"}
    assert post["attachment"][0]["description"] == "Water"
    assert [each["url"] for each in post["attachment"][0]["renditions"]] == [ORIGINAL, PHOTO["media_url_https"]]
    assert [(each["type"], each["name"]) for each in post["tag"]] == [
        ("Mention", "harbour_office"),
        ("Hashtag", "quay"),
        ("Hashtag", "QUAY"),
        ("Link", "https://t.co/a"),
    ]
    assert {each["name"] for each in post["counts"]} == {"likes", "shares", "replies", "quotes", "bookmarks", "views"}
    assert (post["attributedTo"]["type"], post["attributedTo"]["verified"]) == ("Person", True)
    assert post["generator"] == "Web"


@pytest.mark.parametrize(
    ("author", "kind", "verified"),
    [
        (user(is_blue_verified=False), "Person", False),
        (user(verification={"verified": True, "verified_type": "Government"}), "Organization", True),
        (user(verification={"verified": True, "verified_type": None}, is_blue_verified=False), "Person", True),
        ({"rest_id": "1", "core": {"screen_name": "lantern_street", "name": "L"}}, "Person", None),
    ],
)
def test_marks_of_the_author(author: dict[str, Any], kind: str, verified: bool | None) -> None:
    post = ask(graphql=answer(tweet(core={"user_results": {"result": author}}))).post
    assert (post["attributedTo"]["type"], post["attributedTo"].get("verified")) == (kind, verified)
    assert post["attributedTo"]["preferredUsername"] == "lantern_street"


def test_marks_of_the_author_by_the_api() -> None:
    organisation = API_USER | {"verified_type": "government"}
    played = ask(POST, TOKEN, api=api_answer(of_api(), {"users": [organisation]}))
    assert played.post["attributedTo"]["type"] == "Organization"
    nameless = {"media_key": "3_1", "type": "photo"}
    data = of_api(attachments={"media_keys": ["3_1"]})
    assert "renditions" not in ask(POST, TOKEN, api=api_answer(data, {"media": [nameless]})).post["attachment"][0]
    unnamed = ask(POST, TOKEN, api=api_answer(of_api(), {"users": []}))
    assert unnamed.post["attributedTo"] == {"type": "Person", "id": "974067"}
    nobody = ask(POST, TOKEN, api=api_answer(of_api(author_id=None), {"users": []}))
    assert "attributedTo" not in nobody.post


def test_a_protected_account_and_limits_are_told() -> None:
    hidden = ask(graphql=answer(tweet(core={"user_result": {"result": user(privacy={"protected": True})}})))
    assert hidden.post["visibility"] == "protected"
    limited = ask(graphql=answer({"__typename": "TweetWithVisibilityResults", "tweet": tweet()}))
    assert limited.post["visibility"] == "TweetWithVisibilityResults"


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"place": {"full_name": "Quay, Town", "name": "Quay"}}, {"name": "Quay, Town"}),
        (
            {"place": {"name": "Quay"}, "geo": {"coordinates": [51.5, -0.25]}},
            {"name": "Quay", "latitude": "51.5", "longitude": "-0.25"},
        ),
        ({"coordinates": {"coordinates": [-0.25, 51.5]}}, {"latitude": "51.5", "longitude": "-0.25"}),
        ({"geo": {"coordinates": [51.5]}}, None),
    ],
)
def test_places(members: dict[str, Any], place: dict[str, str] | None) -> None:
    assert with_legacy(**members).post.get("location") == place


def test_sensitive_media_make_a_post_sensitive() -> None:
    warned = PHOTO | {"sensitive_media_warning": {"other": False, "graphic_violence": True}}
    assert with_legacy(extended_entities={"media": [PHOTO, warned]}).post["sensitive"] is True
    assert with_legacy(possibly_sensitive=True).post["sensitive"] is True
    assert "sensitive" not in ask(syndication=shown()).post


# Text


def long_tweet() -> dict[str, Any]:
    note = {"result": {"text": LONG, "entity_set": {"hashtags": [{"text": "longer"}]}}}
    return tweet({"full_text": SHORT}, note_tweet={"is_expandable": True, "note_tweet_results": note})


def test_a_long_text_is_taken_whole_and_the_cut_ones_are_named() -> None:
    played = whole(syndication=shown(text=SHORT, note_tweet={"id": "1"}), graphql=answer(long_tweet()))
    assert played.post["content"]["text"] == LONG
    assert [each["name"] for each in played.post["tag"]] == ["longer"]
    assert says(played, "GraphQL tells the text in two lengths (exchange 3)")
    assert says(played, "the texts differ in length: one of them is cut off, and the other taken, between GraphQL")
    assert lacks(played, "rest of the text") == ""


def test_a_long_text_by_the_api() -> None:
    data = of_api(text=SHORT, note_tweet={"text": LONG, "entities": {"hashtags": [{"tag": "longer"}]}})
    played = ask(POST, TOKEN, api=api_answer(data), syndication=shown(text=SHORT, note_tweet={"id": "1"}))
    assert played.post["content"]["text"] == LONG
    assert [each["name"] for each in played.post["tag"]] == ["longer"]
    assert says(played, "the API tells the text in two lengths")


def test_a_text_that_nobody_tells_whole_is_said_to_be_cut() -> None:
    played = ask(syndication=shown(text=SHORT, note_tweet={"id": "1"}))
    assert played.post["content"]["text"] == SHORT
    assert lacks(played, "rest of the text") == "only the beginning of a long text is told"


def test_a_cut_text_that_is_another_one_is_said_to_differ() -> None:
    played = whole(syndication=shown(text="Another one… https://t.co/z", note_tweet={"id": "1"}))
    assert says(played, "the texts differ, and one of them is cut off")
    cut = whole(
        syndication=shown(text=LONG[:90] + " https://t.co/z", note_tweet={"id": "1"}), graphql=answer(long_tweet())
    )
    assert not says(cut, "the texts differ,")


def test_a_text_that_is_cut_everywhere_is_compared_as_far_as_it_goes() -> None:
    cut = tweet({"full_text": SHORT}, note_tweet={"is_expandable": True})
    played = whole(syndication=shown(text=SHORT, note_tweet={"id": "1"}), graphql=answer(cut))
    assert lacks(played, "rest of the text")
    assert played.document["warnings"] == []


# Media


def test_a_page_in_the_place_of_a_file_is_none() -> None:
    played = ask(POST, MEDIA, syndication=shown(mediaDetails=[PHOTO]), file=Answer.html("<p>"))
    assert [each[2:] for each in renditions(played)] == [(0, "asked for, a page came in its place")] * 2


def test_photos_are_taken_as_they_were_uploaded() -> None:
    played = ask(POST, MEDIA, syndication=shown(mediaDetails=[PHOTO]))
    assert [each.url for each in played.targets if each.role.startswith("file.")] == [ORIGINAL]
    first, second = renditions(played)
    assert first == ("original", ORIGINAL, 5, "")
    assert second[0::2] == ("best", 0)
    assert second[3].startswith("not asked for: the file as it was uploaded")
    media = played.post["attachment"][0]
    assert (media["description"], media["kind"], media["id"]) == ("Water on the stairs", "photo", PHOTO["media_key"])


def test_a_photo_that_does_not_come_is_asked_for_at_the_address_that_x_gives() -> None:
    played = ask(POST, MEDIA, syndication=shown(mediaDetails=[PHOTO]), file=Answer(status=404))
    assert [each.url for each in played.targets[-2:]] == [ORIGINAL, PHOTO["media_url_https"]]
    assert [each[3] for each in renditions(played)] == ["asked for, answered with status 404"] * 2


@pytest.mark.parametrize(
    ("url", "whys"),
    [
        ("https://pbs.twimg.com/media/GahebgHbEAEevTU?format=png&name=small", ["", "not asked for: the file as"]),
        ("https://pbs.twimg.com/media/GahebgHbEAEevTU", [""]),
        ("https://pbs.twimg.com/tweet_video_thumb/a.jpg", [""]),
        ("https://pictures.example/media/a.jpg", ["not asked for: the file is not on X's own servers"]),
        ("http://pbs.twimg.com/tweet_video_thumb/a.jpg", ["not asked for: the file is not on X's own servers"]),
        ("http://[", ["its address is none that can be asked for"]),
    ],
)
def test_other_addresses_of_photos(url: str, whys: list[str]) -> None:
    played = ask(POST, MEDIA, syndication=shown(mediaDetails=[PHOTO | {"media_url_https": url}]))
    assert [each[3][: len(why)] for each, why in zip(renditions(played), whys, strict=True)] == whys


def test_of_a_video_the_best_file_is_taken_and_the_others_are_named() -> None:
    played = ask(POST, MEDIA, graphql=answer(tweet({"extended_entities": {"media": [VIDEO]}})))
    best, low, listed, thumb = renditions(played)
    assert best == ("best", HIGH, 5, "")
    assert low[:3] == ("preview", LOW, 0)
    assert listed[0] == "manifest"
    assert listed[3].startswith("not asked for: a list of pieces of the same video")
    assert thumb[0::2] == ("thumb", 6)
    media = played.post["attachment"][0]
    assert (media["type"], media["duration"]) == ("Video", 29)
    assert [media["renditions"][0][each] for each in ("width", "height", "mediaType")] == [1280, 720, "video/mp4"]


def test_a_video_with_no_file_but_a_list_says_so() -> None:
    only = VIDEO | {
        "video_info": {"variants": [{"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/a"}]}
    }
    played = ask(POST, MEDIA, syndication=shown(mediaDetails=[only]))
    assert renditions(played)[0][3] == "not asked for: a list of pieces; X names no file of this video"


def test_a_video_by_the_api_is_the_same() -> None:
    variants = [{"bit_rate": each.get("bitrate"), **each} for each in VIDEO["video_info"]["variants"]]  # type: ignore[index]
    for each in variants:
        each.pop("bitrate", None)
    media = {
        "media_key": "7_1",
        "type": "video",
        "duration_ms": 29626,
        "preview_image_url": "https://pbs.twimg.com/a.jpg",
    }
    data = of_api(attachments={"media_keys": ["7_1"]})
    played = ask(POST, replace(TOKEN, media=True), api=api_answer(data, {"media": [media | {"variants": variants}]}))
    assert [each[0] for each in renditions(played)] == ["best", "preview", "manifest", "thumb"]
    assert renditions(played)[0][1] == HIGH


def test_a_file_that_x_does_not_give_says_why() -> None:
    gone = PHOTO | {"ext_media_availability": {"status": "Unavailable", "reason": "Dmcaed"}}
    assert (
        ask(syndication=shown(mediaDetails=[gone])).post["attachment"][0]["why"] == "X says of it: Unavailable Dmcaed"
    )
    strange = {"type": "hologram", "media_url_https": "https://pbs.twimg.com/a.jpg"}
    assert ask(syndication=shown(mediaDetails=[strange])).post["attachment"][0]["type"] == "Document"
    untyped = {"media_url_https": "https://pbs.twimg.com/a.jpg"}
    assert ask(syndication=shown(mediaDetails=[untyped])).post["attachment"][0]["type"] == "Document"


def test_without_permission_no_file_is_asked_for() -> None:
    played = ask(syndication=shown(mediaDetails=[PHOTO, VIDEO]))
    assert not any(role.startswith("file.") for role in asked(played))
    assert renditions(played)[0][3] == "not asked for"


def test_a_refused_file_ends_the_asking() -> None:
    played = ask(POST, MEDIA, syndication=shown(mediaDetails=[PHOTO]), file=Answer(status=403))
    assert [each for each in asked(played) if each.startswith("file.")] == [asked(played)[-1]]
    assert lacks(played, "further files").startswith("a server refused one")


def test_what_the_program_for_media_fetched_decides_nothing() -> None:
    played = ask(syndication=shown())
    video = replace(played.seen[0], number=9, role="video", body=b"{}")
    assert ADAPTER.classify(played.key, (*played.seen, video)) == ADAPTER.classify(played.key, played.seen)


# Cards


def card(name: str, as_list: bool, **bound: Any) -> dict[str, Any]:
    values: Any = {
        key: {"string_value": value} if isinstance(value, str) else {"image_value": value}
        for key, value in bound.items()
    }
    if as_list:
        values = [{"key": key, "value": value} for key, value in values.items()]
    return {"name": name, "url": "card://1", "binding_values": values}


@pytest.mark.parametrize("as_list", [True, False])
def test_polls(as_list: bool) -> None:
    drawn = card(
        "poll2choice_text_only",
        as_list,
        choice1_label="Yes",
        choice1_count="12",
        choice2_label="No",
        end_datetime_utc="2024-10-02T19:59:18Z",
    )
    played = ask(graphql=answer(tweet(card={"legacy": drawn}))) if as_list else ask(syndication=shown(card=drawn))
    poll = played.post["poll"]
    assert played.post["type"] == "Question"
    assert poll["choices"] == [{"name": "Yes", "votes": {"name": "votes", "value": 12, "exact": True}}, {"name": "No"}]
    assert poll["endTime"]["value"] == "2024-10-02T19:59:18Z"
    assert "attachment" not in played.post
    both = ask(
        syndication=shown(card=card("poll2choice_text_only", False, choice1_label="Yes")), graphql=answer(tweet())
    )
    assert both.post["type"] == "Question"
    assert "poll" not in ask(syndication=shown(card=card("poll2choice_text_only", False))).post


def test_previews_of_pages() -> None:
    picture = {"url": "https://pbs.twimg.com/card_img/1/a?format=jpg", "width": 1}
    drawn = card("summary", True, title="Papers", description="…", card_url="https://t.co/x", thumbnail_image=picture)
    link = ask(POST, MEDIA, graphql=answer(tweet(card={"legacy": drawn}))).post["attachment"][0]
    assert (link["type"], link["kind"], link["name"], link["url"]) == ("Link", "summary", "Papers", "https://t.co/x")
    assert link["renditions"][0]["exchange"] == 5
    bare = ask(graphql=answer(tweet(tweet_card={"legacy": card("player", True)}))).post["attachment"][0]
    assert (bare["url"], "renditions" in bare) == ("card://1", False)


def test_notes_of_readers() -> None:
    pivot = {
        "destinationUrl": "https://x.com/i/birdwatch/n/1",
        "title": "Readers added context",
        "note": {"rest_id": "1"},
        "subtitle": {"text": "The picture is older."},
    }
    note = ask(graphql=answer(tweet(birdwatch_pivot=pivot))).post["attachment"][0]
    assert (note["kind"], note["id"], note["description"]) == ("birdwatch_pivot", "1", "The picture is older.")
    assert note["url"] == "https://x.com/i/birdwatch/n/1"


# Other posts


def other(number: str = QUOTED, **members: Any) -> dict[str, Any]:
    return tweet({"id_str": number, "full_text": "Another", **members}, rest_id=number, edit_control={})


@pytest.mark.parametrize(
    "told",
    [
        {"graphql": answer(tweet({"quoted_status_id_str": QUOTED}, quoted_status_result={"result": other()}))},
        {"graphql": answer(tweet({"quoted_status_id_str": QUOTED}, quoted_tweet_results={"result": other()}))},
        {"syndication": shown(quoted_tweet=shown(id_str=QUOTED, text="Another", mediaDetails=[PHOTO]))},
    ],
)
def test_a_quoted_post(told: dict[str, Any]) -> None:
    post = ask(POST, MEDIA, **told).post
    assert post["relation"] == "quote"
    (origin,) = post["origin"]
    assert (origin["id"], origin["content"]["text"]) == (QUOTED, "Another")
    for media in origin.get("attachment", ()):
        assert media["renditions"][0]["why"] == "not asked for: it belongs to another post"


@pytest.mark.parametrize(
    ("result", "kind", "why"),
    [
        ({"__typename": "TweetUnavailable", "reason": "Suspended"}, "Tombstone", "X does not show it (Suspended)"),
        (TOMBSTONE, "Tombstone", "X does not show it"),
        ({}, "Note", "X does not show it"),
        ({"__typename": 5}, "Note", "X does not show it"),
    ],
)
def test_a_quoted_post_that_is_not_shown(result: dict[str, Any], kind: str, why: str) -> None:
    played = ask(graphql=answer(tweet({"quoted_status_id_str": QUOTED}, quoted_status_result={"result": result})))
    (origin,) = played.post["origin"]
    assert (origin["type"], origin["id"], origin["url"]) == (kind, QUOTED, f"https://x.com/i/status/{QUOTED}")
    assert lacks(played, "quoted post") == why


@pytest.mark.parametrize("member", ["retweeted_status_result", "retweeted_status_results"])
def test_a_repost_has_the_post_with_what_that_quotes(member: str) -> None:
    inner = other() | {"quoted_status_result": {"result": other(PARENT)}}
    post = with_legacy(**{member: {"result": inner}}).post
    assert post["relation"] == "repost"
    assert post["origin"][0]["relation"] == "quote"
    assert post["origin"][0]["origin"][0]["id"] == PARENT


def test_an_answer_has_what_it_answers_beside_it() -> None:
    played = whole(syndication=shown(in_reply_to_status_id_str=PARENT, parent=shown(id_str=PARENT, text="Above")))
    assert played.post["inReplyTo"] == PARENT
    assert played.post["context"][0]["content"]["text"] == "Above"


def test_other_posts_by_the_api() -> None:
    above, quoted = of_api(id=PARENT, text="Above"), of_api(id=QUOTED, text="Another", author_id="5")
    named = [{"type": "replied_to", "id": PARENT}, {"type": "quoted", "id": QUOTED}, {"type": "quoted"}]
    played = ask(POST, TOKEN, api=api_answer(of_api(referenced_tweets=named), {"tweets": [above, quoted]}))
    assert played.post["inReplyTo"] == PARENT
    assert played.post["context"][0]["content"]["text"] == "Above"
    assert (played.post["relation"], played.post["origin"][0]["id"]) == ("quote", QUOTED)
    reposted = [{"type": "retweeted", "id": QUOTED}, {"type": "replied_to", "id": PARENT}]
    alone = ask(POST, TOKEN, api=api_answer(of_api(referenced_tweets=reposted)))
    assert (alone.post["relation"], alone.post["origin"][0]["id"]) == ("repost", QUOTED)
    assert lacks(alone, "the reposted post") == "X does not show it"


# Versions


CONTROL = {"edit_tweet_ids": [EARLIER, ID]}


@pytest.mark.parametrize(
    "told",
    [
        {"graphql": answer(tweet(edit_control={"edit_control_initial": CONTROL, "initial_tweet_id": EARLIER}))},
        {"syndication": shown(edit_control=CONTROL, isEdited=True)},
    ],
)
def test_earlier_versions_are_asked_for_and_kept(told: dict[str, Any]) -> None:
    version = shown(id_str=EARLIER, text="Before", created_at="2024-10-01T19:58:13.000Z", edit_control=CONTROL)
    played = ask(**told, **{f"version_{EARLIER}": version})
    assert asked(played)[-2:] == [f"version.{EARLIER}", "oembed"]
    assert question(played.targets[-2])["id"] == EARLIER
    assert played.post["edited"] is True
    (edit,) = played.post["history"]
    assert edit["content"]["text"] == "Before"
    assert edit["published"]["value"] == "2024-10-01T19:58:13Z"


def test_of_a_version_that_does_not_come_the_time_is_told_by_its_number() -> None:
    played = ask(graphql=answer(tweet(edit_control=CONTROL)))
    (edit,) = played.post["history"]
    assert (edit["published"]["source"], edit["content"]) == ("id", {})
    assert lacks(played, f"the version {EARLIER}") == "X does not show it"
    refused = ask(syndication=shown(edit_control=CONTROL), guest=Answer(status=429))
    assert lacks(refused, f"the version {EARLIER}") == "not asked for"


def test_versions_that_the_api_tells_are_not_asked_for_again() -> None:
    versions = [EARLIER, ID]
    before = of_api(id=EARLIER, text="Before", edit_history_tweet_ids=versions)
    played = ask(POST, TOKEN, api=api_answer(of_api(edit_history_tweet_ids=versions), {"tweets": [before]}))
    assert not any(role.startswith("version.") for role in asked(played))
    assert played.post["edited"] is True
    assert played.post["history"][0]["content"]["text"] == "Before"


def test_a_version_that_was_replaced_is_said_to_be() -> None:
    later = "1841207000000000000"
    played = ask(syndication=shown(edit_control={"edit_tweet_ids": [ID, later]}, isStaleEdit=True))
    assert says(played, f"the post was edited after this version: the last one is {later}")
    assert says(played, "the syndication marks the post as replaced")
    answered = ask(
        graphql=answer(tweet({"id_str": later}, rest_id=later, edit_control={"edit_tweet_ids": [ID, later]}))
    )
    assert answered.state == "available"
    assert says(answered, f"X answered with the version {later} of the post {ID}")


# oEmbed, and what does not fit together


def test_a_post_that_only_oembed_shows() -> None:
    played = ask(syndication=Answer(status=404), oembed=embedded())
    assert played.state == "not_found"
    post = played.post
    assert (post["content"]["text"], post["content"]["language"]) == ("They rang at ten to seven.", "en")
    assert post["published"] == {"precision": "day", "source": "page", "raw": "October 1, 2024"}
    assert says(played, "oEmbed may show a copy long after a post is gone")
    assert says(played, "oEmbed shows the post (exchange 4), and the state is not_found")
    assert lacks(played, "the post but for its words") == "only oEmbed shows it"
    unnamed = Answer.json({"url": POST, "html": "<b>x</b>", "author_url": "https://elsewhere.example/a"})
    assert "content" not in ask(oembed=unnamed).post


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"syndication": shown(created_at="2024-10-01T19:59:38.000Z")}, "the times of publication differ"),
        ({"syndication": shown(text="Another")}, "the texts differ between GraphQL (exchange 3) and the syndication"),
        ({"syndication": shown(user={"id_str": "5", "screen_name": "x"})}, "the id of the author differs between"),
        (
            {
                "syndication": shown(mediaDetails=[PHOTO]),
                "graphql": answer(tweet({"extended_entities": {"media": [PHOTO, VIDEO]}})),
            },
            "the numbers of attachments differ",
        ),
        ({"syndication": shown(edit_control=CONTROL)}, "the lists of versions differ"),
        ({"oembed": embedded(name="somebody")}, "the user name of the author differs between GraphQL"),
        (
            {"oembed": embedded(day="March 5, 2019")},
            "the days of publication differ, 2024-10-01T19:59:18Z and 2019-03-05",
        ),
        (
            {"graphql": unavailable("Suspended")},
            "the post is shown (x.syndication.post), and an answer says account_gone",
        ),
        ({"syndication": TOMBSTONE}, "answer says unavailable_unknown (x.syndication.tombstone, exchange 1)"),
        ({"oembed": Answer(status=404)}, "an answer says not_found (x.oembed.status-404, exchange 4)"),
        (
            {"graphql": answer(tweet({"created_at": "Tue Oct 01 20:59:18 +0000 2024"}))},
            "the id was given out at 2024-10-01T19:59:18.596000Z, 3599 seconds",
        ),
        (
            {"graphql": answer(tweet({"withheld_in_countries": ["RU", "TR", 5]}))},
            "X withholds the post in RU, TR (exchange 3)",
        ),
        ({"graphql": answer(tweet({"withheld_scope": "status"}))}, "its words may be those of X's notice"),
    ],
)
def test_what_does_not_fit_together_is_said(answers: dict[str, Any], words: str) -> None:
    assert says(whole(**answers), words)


@pytest.mark.parametrize(
    "answers",
    [
        {"syndication": shown(text=TEXT.replace("&amp;", "&"))},
        {"oembed": embedded(name="Lantern_Street")},
        {"oembed": embedded(day="October 2, 2024")},
        {"oembed": embedded(day="1 октября 2024")},
        {"oembed": embedded(day="Octember 1, 2024")},
        {"oembed": embedded(day="October 99, 2024")},
        {"oembed": Answer(status=500)},
        {"graphql": Answer(status=429)},
    ],
)
def test_what_fits_together_is_not_complained_about(answers: dict[str, Any]) -> None:
    assert whole(**answers).document["warnings"] == []


def test_an_address_with_the_name_of_somebody_else_is_noticed() -> None:
    played = ask(f"https://x.com/harbour_office/status/{ID}", syndication=shown())
    assert says(played, "the address names @harbour_office, and the post is by @lantern_street")
    assert not says(ask(f"https://x.com/LANTERN_street/status/{ID}", syndication=shown()), "the address names")


def test_ids_of_before_november_2010_tell_no_time() -> None:
    old = tweet({"id_str": "20", "created_at": "Tue Mar 21 20:50:14 +0000 2006"}, rest_id="20", edit_control={})
    played = ask("https://x.com/i/status/20", graphql=answer(old))
    assert (played.state, played.document["idTime"]) == ("available", None)
    assert played.document["warnings"] == []


@pytest.mark.parametrize("said", ["Tue Xyz 01 19:59:18 +0000 2024", "yesterday", "Tue Oct 41 19:59:18 +0000 2024"])
def test_a_time_that_cannot_be_told_is_kept_as_it_was(said: str) -> None:
    published = with_legacy(created_at=said).post["published"]
    assert ("value" in published, published["raw"]) == (False, said)


def test_a_post_that_nobody_shows_says_what_each_answer_said() -> None:
    played = ask(POST, TOKEN, api=problem("resource-not-found"), syndication=Answer(status=404))
    assert played.document["post"] is None
    whys = [each["why"] for each in played.document["missing"]]
    assert whys[0] == "not_found (x.api.resource-not-found)"
    assert whys[2] == "not_found (x.syndication.status-404)"
    shown_all_the_same = ask(POST, TOKEN, api=problem("resource-not-found"), syndication=shown())
    assert lacks(shown_all_the_same, "what the API tells") == "it does not (x.api.resource-not-found)"


# Answers of others


def reply(number: str, above: str, text: str = "Yes") -> dict[str, Any]:
    return of_api(id=number, text=text, conversation_id=ID, referenced_tweets=[{"type": "replied_to", "id": above}])


def page(*replies: Any, after: str = "", **headers: str) -> Answer:
    told = api_answer(list(replies), meta={"next_token": after} if after else {})
    return replace(told, headers=(*told.headers, *((name.replace("_", "-"), each) for name, each in headers.items())))


def thread(access: Access, **answers: Any) -> Played:
    return ask(POST, access, **({"api": api_answer(of_api()), "syndication": shown()} | answers))


def test_answers_are_asked_for_where_they_are_wanted_and_kept_as_deep_as_they_are() -> None:
    pages = page(reply("11", ID), reply("12", "11"), reply("13", "12"), reply("14", "999"), {"text": "no number"})
    played = thread(Access(token=True, replies=20, depth=2), replies_20_2_0=pages)
    target = played.targets[-1]
    assert (target.role, target.authorized) == ("replies.20.2.0", True)
    assert question(target)["query"] == f"conversation_id:{ID}"
    assert question(target)["max_results"] == "20"
    assert [(each["id"], each["inReplyTo"]) for each in played.post["replies"]] == [("11", ID), ("12", "11")]
    first = thread(Access(token=True, replies=20, depth=1), replies_20_1_0=pages)
    assert [each["id"] for each in first.post["replies"]] == ["11"]


def test_never_more_answers_are_asked_for_than_are_wanted() -> None:
    many = [reply(str(100 + n), ID) for n in range(95)]
    rest = [reply(str(300 + n), ID) for n in range(30)]
    answers = {"replies_105_1_0": page(*many, after="abc"), "replies_105_1_1": page(*rest, after="def")}
    played = thread(Access(token=True, replies=105), **answers)
    asked_for = [question(each) for each in played.targets if each.role.startswith("replies.")]
    assert [(each["max_results"], each.get("next_token")) for each in asked_for] == [("95", None), ("10", "abc")]
    assert len(played.post["replies"]) == 105
    assert lacks(played, "further answers") == "at most 105 were wanted"


@pytest.mark.parametrize(("left", "size"), [(9, 0), (10, 10), (100, 100), (105, 95), (110, 100), (500, 100), (-3, 0)])
def test_sizes_of_pages(left: int, size: int) -> None:
    assert page_size(left) == size


@pytest.mark.parametrize(
    "first",
    [
        page(reply("11", ID), after="abc", x_rate_limit_remaining="3"),
        replace(page(reply("11", ID), after="abc"), status=429),
        page(reply("11", ID)),
    ],
)
def test_the_next_page_is_not_asked_for_near_the_limit_or_behind_the_last_one(first: Answer) -> None:
    played = thread(Access(token=True, replies=30), replies_30_1_0=first)
    assert [role for role in asked(played) if role.startswith("replies.")] == ["replies.30.1.0"]


@pytest.mark.parametrize(
    ("access", "api", "why"),
    [
        (Access(), None, "X tells them to its API alone, with a token"),
        (Access(token=True), problem("resource-not-found"), "the API has not told the post"),
        (Access(token=True, replies=9), api_answer(of_api()), "at least 10 have to be wanted"),
        (Access(token=True, replies=50), api_answer(of_api(conversation_id=PARENT)), "in the middle of one"),
    ],
)
def test_answers_that_are_not_asked_for_are_named(access: Access, api: Answer | None, why: str) -> None:
    played = thread(access, api=api) if api is not None else ask(syndication=shown())
    assert not any(role.startswith("replies.") for role in asked(played))
    assert why in lacks(played, "2 answers")


def test_answers_that_x_does_not_tell_are_named() -> None:
    played = thread(Access(token=True, replies=20), replies_20_1_0=Answer(status=403))
    assert lacks(played, "further answers") == "X did not tell them (status 403)"
    assert lacks(played, "2 of 2 answers").startswith("X tells those of the last seven days")
    silent = thread(Access(token=True, replies=20))
    assert lacks(silent, "further answers") == "X did not tell them (connect)"


def test_the_rules_are_named_by_the_roles() -> None:
    assert re.fullmatch(r"x\.[a-z]+\.[a-z0-9-]+", whole().rule)
