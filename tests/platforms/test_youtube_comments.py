"""Comments to a video of YouTube: no more than allowed, as the page loads them and as the Data API tells them."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapterkit import Answer, Played, play
from youtubeanswers import (
    API,
    API_ITEM,
    ID,
    NEXT,
    SHOWN,
    SITE,
    TOKEN,
    WATCH,
    api_comment,
    api_thread,
    around,
    asked_token,
    below_comment,
    continuation,
    entity,
    loaded,
    player,
    thread,
    watch,
)

from archiver.model.platform import Access, Target
from archiver.platforms.youtube import ADAPTER

FIRST = loaded(
    thread("c1", answers="below-c1"), thread("c2"), continuation("page-2"), first=True,
    entities=(entity("c1", "I was there."), entity("c2", "So was I.")),
)  # fmt: skip
SECOND = loaded(thread("c2"), thread("c3"), entities=(entity("c2", "again"), entity("c3", "Who else?")))
BUTTON = {"continuationItemRenderer": {"button": {"buttonRenderer": {"command": {
    "continuationCommand": {"token": "below-more"}}}}}}  # fmt: skip
BELOW = loaded(below_comment("c1.a"), BUTTON, entities=(entity("c1.a", "Where?"),))
LOADED = {TOKEN: FIRST, "page-2": SECOND, "below-c1": BELOW}


def page_of(answers: dict[str, Answer] = LOADED) -> Callable[[Target], Answer | None]:
    def answer(target: Target) -> Answer | None:
        if target.url.startswith(NEXT):
            return answers.get(asked_token(target))
        fitting = [beginning for beginning in SHOWN if target.url.startswith(beginning)]
        return SHOWN[max(fitting, key=len)] if fitting else None

    return answer


def played(replies: int, depth: int = 1, answers: dict[str, Answer] = LOADED) -> Played:
    return play(ADAPTER, WATCH, page_of(answers), Access(replies=replies, depth=depth))


def ids(found: Played) -> list[str]:
    return [each["id"] for each in found.post.get("replies", [])]


def missing(found: Played) -> dict[str, str]:
    return {each["what"]: each["why"] for each in found.document["missing"]}


def test_comments_are_not_asked_for_unless_they_are_allowed() -> None:
    found = play(ADAPTER, WATCH, page_of(), Access())
    assert not any(target.url.startswith(NEXT) for target in found.targets)
    assert missing(found)["comments"] == "not asked for"
    none = play(ADAPTER, WATCH, page_of(), Access(replies=5, depth=0))
    assert not any(target.url.startswith(NEXT) for target in none.targets)


def test_no_more_comments_than_allowed_go_into_the_post() -> None:
    found = played(1)
    assert [target.role for target in found.targets[3:]] == ["comments.1.1"]
    assert ids(found) == ["c1"]
    assert missing(found)["further comments"] == (
        "no more than were allowed are asked for; 1 more came with them and are in the record alone"
    )


def test_further_comments_are_asked_for_until_there_are_enough() -> None:
    found = played(3)
    assert [target.role for target in found.targets[3:]] == ["comments.3.1", "comments.3.2"]
    assert [asked_token(target) for target in found.targets[3:]] == [TOKEN, "page-2"]
    assert ids(found) == ["c1", "c2", "c3"]
    assert missing(found)["further comments"] == "no more than were allowed are asked for"


def test_answers_to_comments_are_asked_for_with_a_depth_of_two() -> None:
    assert ids(played(50)) == ["c1", "c2", "c3"]
    found = played(50, depth=2)
    assert ids(found) == ["c1", "c2", "c3", "c1.a"]
    assert [target.role.partition(".")[0] for target in found.targets[3:]] == ["comments", "comments", "answers"]
    assert [each.get("inReplyTo") for each in found.post["replies"]] == [ID, ID, ID, "c1"]


def test_a_comment_has_its_text_its_channel_and_the_words_of_its_time() -> None:
    comment = played(1).post["replies"][0]
    assert comment["content"] == {"text": "I was there."}
    assert comment["url"] == f"{WATCH}&lc=c1"
    assert comment["published"] == {"precision": "relative", "source": "page", "raw": "2 days ago (edited)"}
    assert comment["attributedTo"]["name"] == "@w-c1"
    assert comment["counts"] == [
        {"name": "likes", "value": 3, "exact": True}, {"name": "replies", "value": 1, "exact": True}
    ]  # fmt: skip


def test_comments_of_a_panel_are_found_too() -> None:
    panel = {"engagementPanelSectionListRenderer": {
        "panelIdentifier": "engagement-panel-comments-section",
        "content": {"sectionListRenderer": {"contents": [{"itemSectionRenderer": {
            "sectionIdentifier": "comment-item-section", "contents": [{}, continuation(TOKEN)]}}]}},
    }}  # fmt: skip
    other = {"engagementPanelSectionListRenderer": {"panelIdentifier": "engagement-panel-ads"}}
    related = {"itemSectionRenderer": {"sectionIdentifier": "sid-wn-chips", "contents": [continuation("other")]}}
    data = around(contents={}, engagementPanels=[other, panel])
    data["contents"] = {"twoColumnWatchNextResults": {"results": {"results": {"contents": [related]}}}}
    answers = SHOWN | {WATCH: watch(player(), data), NEXT: FIRST}
    assert ids(play(ADAPTER, WATCH, answers, Access(replies=2))) == ["c1", "c2"]


def test_where_comments_are_turned_off_none_are_asked_for() -> None:
    data = around(contents={}, engagementPanels=[])
    answers = SHOWN | {WATCH: watch(player(), data)}
    found = play(ADAPTER, WATCH, answers, Access(replies=5))
    assert [target.role for target in found.targets] == ["page", "oembed", "player"]
    assert "comments" not in missing(found)


def test_comments_that_do_not_come_are_said_to_be_missing_and_end_the_asking() -> None:
    for answer in (Answer(status=429), Answer.json({}), Answer(failure="connect")):
        found = played(5, 2, {TOKEN: answer})
        assert [target.role for target in found.targets[3:]] == ["comments.5.1"]
        assert missing(found)["comments"] == "asked for; none came"


def test_a_list_of_comments_that_leads_to_itself_ends() -> None:
    again = loaded(continuation(TOKEN), entities=())
    found = played(1000, 2, {TOKEN: again})
    assert len(found.targets) == 3 + 25


def api(*, threads: dict[str, Any], below: dict[str, Any] | None = None, status: int = 200) -> dict[str, Answer]:
    return SHOWN | {
        f"{API}/videos": Answer.json({"items": [API_ITEM]}),
        f"{API}/commentThreads": Answer.json(threads, status),
        f"{API}/comments": Answer.json(below or {}),
    }


def asked(target: Target) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(target.url).query))


def test_the_data_api_tells_comments_with_their_times_and_no_more_than_asked_for() -> None:
    threads = {"items": [api_thread("t1", "First", 2), api_thread("t2", "Second")]}
    below = {"items": [api_comment("t1.a", "Answer", parentId="t1", updatedAt="2026-03-06T00:00:00Z")]}
    found = play(ADAPTER, WATCH, api(threads=threads, below=below), Access(token=True, replies=5, depth=2))
    comments, answers = found.targets[4:]
    assert (comments.role, comments.authorized, asked(comments)) == ("api.comments.0", True, {
        "part": "snippet", "videoId": ID, "textFormat": "plainText", "maxResults": "5"})  # fmt: skip
    assert asked(answers) == {"part": "snippet", "parentId": "t1", "textFormat": "plainText", "maxResults": "3"}
    assert ids(found) == ["t1", "t2", "t1.a"]
    first, _, answer = found.post["replies"]
    assert (first["published"]["value"], first["inReplyTo"], "updated" in first) == ("2026-03-05T00:00:00Z", ID, False)
    assert (answer["inReplyTo"], answer["updated"]["value"]) == ("t1", "2026-03-06T00:00:00Z")
    assert first["attributedTo"] == {
        "type": "Group", "id": "UCfirst_0123456789abcdef", "preferredUsername": "@first", "name": "@first",
        "url": "http://www.youtube.com/@first",
    }  # fmt: skip
    assert first["counts"] == [
        {"name": "likes", "value": 4, "exact": True}, {"name": "replies", "value": 2, "exact": True}
    ]  # fmt: skip


def test_pages_of_the_data_api_are_followed_as_far_as_allowed() -> None:
    def answer(target: Target) -> Answer | None:
        if "/commentThreads" in target.url:
            number = asked(target).get("pageToken", "0")
            return Answer.json({"items": [api_thread(f"t{number}", "x")], "nextPageToken": str(int(number) + 1)})
        table = api(threads={})
        return table[max((each for each in table if target.url.startswith(each)), key=len)]

    found = play(ADAPTER, WATCH, answer, Access(token=True, replies=3))
    assert [asked(each)["maxResults"] for each in found.targets[4:]] == ["3", "2", "1"]
    assert ids(found) == ["t0", "t1", "t2"]
    many = play(ADAPTER, WATCH, answer, Access(token=True, replies=1000))
    assert asked(many.targets[4])["maxResults"] == "100"
    assert len(many.targets) == 4 + 25


def test_where_the_token_does_not_reach_comments_the_page_loads_them() -> None:
    answers = api(threads={"error": {"code": 403}}, status=403) | {NEXT: FIRST}
    found = play(ADAPTER, WATCH, answers, Access(token=True, replies=2))
    assert [target.role for target in found.targets[4:]] == ["api.comments.0", "comments.2.1"]
    assert ids(found) == ["c1", "c2"]


def test_after_a_refusal_by_the_site_the_data_api_still_tells_comments() -> None:
    answers = api(threads={"items": [api_thread("t1", "First")]}) | {WATCH: Answer(status=429)}
    found = play(ADAPTER, WATCH, answers, Access(token=True, replies=1, media=True))
    assert [target.role for target in found.targets] == ["api.video", "page", "api.comments.0"]
    assert ids(found) == ["t1"]
    assert all(target.url.startswith((API, SITE)) for target in found.targets)


def test_no_token_stands_in_an_address_or_a_body() -> None:
    found = play(ADAPTER, WATCH, api(threads={}), Access(token=True, replies=5))
    assert not any("key=" in target.url for target in found.targets)
    assert not any(b"oauth" in target.body.lower() for target in found.targets)
    assert all(json.loads(target.body) for target in found.targets if target.body)
