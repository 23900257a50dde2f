"""Posts of the community tab, and channels, as their pages and feeds tell of them."""

from typing import Any

import pytest
from adapterkit import Answer, Played, play
from youtubeanswers import (
    ATOM,
    BACKSTAGE,
    CARD_OF_CHANNEL,
    CHANNEL,
    FEED,
    FEED_ANSWER,
    ID,
    IMAGE,
    POST_ID,
    SITE,
    WATCH,
    community,
    runs,
    watch,
)

from archiver.model.platform import Access
from archiver.platforms.youtube import ADAPTER

POST, HANDLE = f"{SITE}/post/{POST_ID}", f"{SITE}/@harbourwatch"
JPEG = Answer(b"\xff\xd8\xff", headers=(("Content-Type", "image/jpeg"),))


def posted(data: dict[str, Any], access: Access = Access()) -> Played:  # noqa: B008
    return play(ADAPTER, POST, {POST: watch(None, data), "https://yt3.ggpht.com/": JPEG}, access)


def with_attachment(attachment: dict[str, Any]) -> dict[str, Any]:
    return community(post=BACKSTAGE | {"backstageAttachment": attachment})


def test_a_community_post_has_its_text_its_links_and_the_words_of_its_time() -> None:
    found = posted(community())
    post = found.post
    assert (post["type"], post["id"], post["url"]) == ("Note", POST_ID, POST)
    assert post["content"] == {"text": "The film is up: https://harbour.exam..."}
    assert post["tag"] == [{"type": "Link", "name": "https://harbour.exam...", "href": "https://harbour.example/film"}]
    assert (post["published"]["raw"], post["published"]["precision"]) == ("2 weeks ago", "relative")
    assert post["attributedTo"] == {
        "type": "Group", "id": CHANNEL, "preferredUsername": "@harbourwatch", "name": "Harbour Watch",
        "url": f"{SITE}/@harbourwatch",
    }  # fmt: skip
    assert post["counts"] == [
        {"name": "likes", "raw": "1.2K", "exact": False}, {"name": "replies", "value": 34, "exact": True}
    ]  # fmt: skip
    assert [each["url"] for each in post["attachment"][0]["renditions"]] == [
        "https://yt3.ggpht.com/p=s1280", "https://yt3.ggpht.com/p=s320",
    ]  # fmt: skip
    assert found.document["missing"][0]["what"] == "comments"


def test_the_largest_size_of_each_picture_is_asked_for() -> None:
    many = {"postMultiImageRenderer": {"images": [{"backstageImageRenderer": IMAGE}, {"backstageImageRenderer": {
        "image": {"thumbnails": [{"url": "https://yt3.ggpht.com/q"}, {"width": 9}]}}}]}}  # fmt: skip
    found = posted(with_attachment(many), Access(media=True))
    assert [target.url for target in found.targets[1:]] == ["https://yt3.ggpht.com/p=s1280", "https://yt3.ggpht.com/q"]
    assert [each["renditions"][0]["exchange"] for each in found.post["attachment"]] == [2, 3]
    assert not any(target.video for target in found.targets)


def test_a_video_in_a_post_is_named_and_is_a_post_of_its_own() -> None:
    shown = {"videoRenderer": {"videoId": ID, "title": runs("Ferry under fire")}}
    assert posted(with_attachment(shown)).post["attachment"] == [
        {"type": "Video", "id": ID, "name": "Ferry under fire", "url": WATCH,
         "why": "not asked for: it is a post of its own"}
    ]  # fmt: skip


def test_a_poll_is_a_question() -> None:
    poll = {"pollRenderer": {"choices": [{"text": runs("Yes")}, {}], "totalVotes": {"simpleText": "128 votes"}}}
    post = posted(with_attachment(poll)).post
    assert post["type"] == "Question"
    assert post["poll"] == {
        "choices": [{"name": "Yes"}], "total": {"name": "votes", "raw": "128 votes", "exact": False}
    }  # fmt: skip


def test_a_post_that_shares_another_has_both() -> None:
    inner = BACKSTAGE | {"postId": "UgkxInner_0123456789", "contentText": runs("The first one")}
    outer = {
        "postId": POST_ID, "displayName": runs("Lantern"), "content": runs("Look"), "replyCount": 7,
        "endpoint": {"browseEndpoint": {"browseId": "UClantern_0123456789abcd", "canonicalBaseUrl": "/@lantern"}},
        "originalPost": {"backstagePostRenderer": inner | {"originalPost": {"backstagePostRenderer": inner}}},
    }  # fmt: skip
    post = posted(community("sharedPostRenderer", outer)).post
    assert (post["content"]["text"], post["relation"]) == ("Look", "repost")
    assert (post["attributedTo"]["name"], post["counts"]) == (
        "Lantern", [{"name": "replies", "value": 7, "exact": True}],
    )  # fmt: skip
    (origin,) = post["origin"]
    assert (origin["id"], origin["content"]["text"]) == ("UgkxInner_0123456789", "The first one")
    assert "origin" not in origin


def test_a_list_without_tabs_is_read_too_and_a_post_without_a_text_has_none() -> None:
    thread = {"backstagePostThreadRenderer": {"post": {"backstagePostRenderer": {"postId": POST_ID}}}}
    post = posted({"contents": {"sectionListRenderer": {"contents": [thread]}}}).post
    assert (post["type"], "content" in post, "attributedTo" in post) == ("Note", False, False)


@pytest.mark.parametrize("url", [HANDLE, f"{SITE}/channel/{CHANNEL}", f"{SITE}/user/harbour"])
def test_a_channel_is_its_page_and_its_newest_videos_with_their_times(url: str) -> None:
    answers = {url: watch(None, CARD_OF_CHANNEL), FEED: FEED_ANSWER}
    found = play(ADAPTER, url, answers, Access(token=True, replies=5))
    assert [target.url for target in found.targets] == [url, f"{FEED}?channel_id={CHANNEL}"]
    post = found.post
    assert (post["type"], post["id"], post["name"]) == ("Page", CHANNEL, "Harbour Watch")
    assert post["content"] == {"text": "What the harbour saw."}
    assert post["attributedTo"]["published"]["value"] == "2011-02-03T04:05:06Z"
    assert post["attributedTo"]["preferredUsername"] == "@harbourwatch"
    (video,) = post["context"]
    assert (video["id"], video["url"], video["name"]) == (ID, WATCH, "Ferry under fire")
    assert (video["published"]["value"], video["updated"]["value"]) == ("2026-03-04T13:06:07Z", "2026-03-05T01:02:03Z")
    assert video["content"] == {"text": "They fired."}
    assert post["attachment"][0]["renditions"][0]["why"] == "not asked for"
    assert found.document["missing"][0]["what"] == "older videos of the channel"


def test_the_picture_of_a_channel_is_asked_for_with_media() -> None:
    answers = {HANDLE: watch(None, CARD_OF_CHANNEL), FEED: FEED_ANSWER, "https://yt3.ggpht.com/": JPEG}
    found = play(ADAPTER, HANDLE, answers, Access(media=True))
    assert found.targets[-1].url == "https://yt3.ggpht.com/a=s900"
    assert found.post["attachment"][0]["renditions"][0]["exchange"] == 3


@pytest.mark.parametrize(
    ("feed", "why"),
    [
        (Answer(status=404), "its feed was asked for: status 404"),
        (Answer(failure="timeout"), "its feed was asked for: no answer: timeout"),
    ],
)
def test_a_feed_that_does_not_come_is_said_to_be_missing(feed: Answer, why: str) -> None:
    found = play(ADAPTER, HANDLE, {HANDLE: watch(None, CARD_OF_CHANNEL), FEED: feed})
    assert found.document["missing"][0]["why"] == why
    assert "context" not in found.post


def test_a_channel_that_tells_no_id_has_no_feed() -> None:
    data = {"metadata": {"channelMetadataRenderer": {"title": "Harbour"}}}
    found = play(ADAPTER, HANDLE, {HANDLE: watch(None, data)})
    assert [target.role for target in found.targets] == ["page"]
    assert "its id is not told" in found.document["missing"][0]["why"]
    assert found.post["attributedTo"] == {"type": "Group", "name": "Harbour"}


def test_a_feed_without_a_head_tells_nothing() -> None:
    url = f"{SITE}/channel/{CHANNEL}"
    for body in (b"<feed><entry></entry></feed>", b"not found", ATOM.encode()[:300]):
        found = play(ADAPTER, url, {url: watch(), FEED: Answer(body)})
        assert found.state == "unavailable_unknown"
        assert found.document["post"] is None
