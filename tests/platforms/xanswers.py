"""Answers of X with fictional people, in the shapes in which X's interfaces answer."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from adapterkit import Answer, Played, play

from archiver.model.platform import Access, Target
from archiver.platforms.x import ADAPTER

ID = "1841206275088290279"  # given out on 2024-10-01 at 19:59:18.596 UTC
EARLIER = "1841206000000000000"
QUOTED = "1840000000000000000"
PARENT = "1841000000000000000"
POST = f"https://x.com/lantern_street/status/{ID}"
TEXT = "They rang at ten to seven. Video &amp; papers: https://t.co/AbCdEf1234 #quay @harbour_office"
LONG = f"{TEXT} {'And then the water came. ' * 30}"
SHORT = f"{LONG[:200]}… https://t.co/zzzzzzzzzz"
WORDS = "Something that a person wrote: this post was deleted, suspended, protected, not found"
PICTURE = Answer(b"\xff\xd8\xff\xe0 a picture", headers=(("Content-Type", "image/jpeg"),))
GUEST = Answer.json({"guest_token": "1841206275088290999"})
EVERYTHING = Access(token=True, replies=20, depth=2, media=True)

ENTITIES = {
    "hashtags": [{"indices": [71, 76], "text": "quay"}],
    "urls": [
        {
            "display_url": "harbour.example/pa…",
            "expanded_url": "https://harbour.example/papers",
            "indices": [46, 69],
            "url": "https://t.co/AbCdEf1234",
        }
    ],
    "user_mentions": [{"id_str": "77", "name": "Harbour Office", "screen_name": "harbour_office", "indices": [77, 92]}],
    "symbols": [{"text": "QUAY", "indices": [0, 5]}],
}
PHOTO = {
    "display_url": "pic.x.com/One",
    "expanded_url": f"https://x.com/lantern_street/status/{ID}/photo/1",
    "ext_alt_text": "Water on the stairs",
    "ext_media_availability": {"status": "Available"},
    "id_str": "1841204388993646595",
    "media_key": "3_1841204388993646595",
    "media_url_https": "https://pbs.twimg.com/media/GahebgHbEAEevTU.jpg",
    "original_info": {"height": 2304, "width": 4096, "focus_rects": []},
    "type": "photo",
    "url": "https://t.co/One",
}
VIDEO = {
    "expanded_url": f"https://x.com/lantern_street/status/{ID}/video/1",
    "ext_media_availability": {"status": "Available"},
    "media_key": "7_1841204388993646596",
    "media_url_https": "https://pbs.twimg.com/ext_tw_video_thumb/184/pu/img/Still.jpg",
    "original_info": {"height": 1080, "width": 1920},
    "type": "video",
    "video_info": {
        "duration_millis": 29626,
        "variants": [
            {
                "content_type": "application/x-mpegURL",
                "url": "https://video.twimg.com/ext_tw_video/184/pu/pl/List.m3u8",
            },
            {
                "bitrate": 256000,
                "content_type": "video/mp4",
                "url": "https://video.twimg.com/ext_tw_video/184/pu/vid/avc1/480x270/Low.mp4?tag=12",
            },
            {
                "bitrate": 2176000,
                "content_type": "video/mp4",
                "url": "https://video.twimg.com/ext_tw_video/184/pu/vid/avc1/1280x720/High.mp4?tag=12",
            },
        ],
    },
}
ORIGINAL = "https://pbs.twimg.com/media/GahebgHbEAEevTU?format=jpg&name=orig"
HIGH, LOW = (VIDEO["video_info"]["variants"][n]["url"] for n in (2, 1))  # type: ignore[index]


def shown(**members: Any) -> dict[str, Any]:
    """A post as the syndication tells it."""
    return {
        "__typename": "Tweet",
        "lang": "en",
        "favorite_count": 296,
        "created_at": "2024-10-01T19:59:18.000Z",
        "entities": ENTITIES,
        "id_str": ID,
        "text": TEXT,
        "user": {
            "id_str": "974067",
            "name": "Lantern Street",
            "screen_name": "lantern_street",
            "verified": False,
            "is_blue_verified": True,
        },
        "edit_control": {"edit_tweet_ids": [ID], "editable_until_msecs": "1727816358000"},
        "conversation_count": 2,
        "isEdited": False,
        "isStaleEdit": False,
        **members,
    }


def user(**members: Any) -> dict[str, Any]:
    return {
        "__typename": "User",
        "rest_id": "974067",
        "is_blue_verified": True,
        "legacy": {
            "created_at": "Wed Mar 14 23:38:10 +0000 2018",
            "name": "Lantern Street",
            "screen_name": "lantern_street",
            "verified": False,
            "withheld_in_countries": [],
        },
        **members,
    }


def tweet(legacy: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """A post as GraphQL tells it; `legacy` are members one step below."""
    return {
        "__typename": "Tweet",
        "rest_id": ID,
        "core": {"user_results": {"result": user()}},
        "edit_control": {"edit_tweet_ids": [ID], "editable_until_msecs": "1727816358000", "is_edit_eligible": True},
        "views": {"count": "4186", "state": "EnabledWithCount"},
        "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
        "legacy": {
            "bookmark_count": 7,
            "created_at": "Tue Oct 01 19:59:18 +0000 2024",
            "conversation_id_str": ID,
            "entities": ENTITIES,
            "favorite_count": 296,
            "full_text": TEXT,
            "lang": "en",
            "possibly_sensitive": False,
            "quote_count": 1,
            "reply_count": 2,
            "retweet_count": 68,
            "id_str": ID,
            **(legacy or {}),
        },
        **members,
    }


def of_api(**members: Any) -> dict[str, Any]:
    """A post as the API v2 tells it."""
    return {
        "id": ID,
        "author_id": "974067",
        "conversation_id": ID,
        "created_at": "2024-10-01T19:59:18.000Z",
        "edit_history_tweet_ids": [ID],
        "lang": "en",
        "possibly_sensitive": False,
        "public_metrics": {
            "retweet_count": 68,
            "reply_count": 2,
            "like_count": 296,
            "quote_count": 1,
            "bookmark_count": 7,
            "impression_count": 4186,
        },
        "text": TEXT,
        **members,
    }


API_USER = {
    "id": "974067",
    "username": "lantern_street",
    "name": "Lantern Street",
    "created_at": "2018-03-14T23:38:10.000Z",
    "verified": True,
    "verified_type": "blue",
}


def answer(result: Any = None, **members: Any) -> Answer:
    """GraphQL's answer with this result."""
    return Answer.json({"data": {"tweetResult": {} if result is None else {"result": result}}, **members})


def api_answer(data: Any = None, includes: dict[str, Any] | None = None, **members: Any) -> Answer:
    beside = {"users": [API_USER], **(includes or {})}
    return Answer.json(({"data": data} if data is not None else {}) | {"includes": beside, **members})


def embedded(name: str = "lantern_street", day: str = "October 1, 2024", number: str = ID) -> Answer:
    page = f"https://x.com/{name}/status/{number}"
    words = f'<p lang="en">They rang at ten to seven.</p>&mdash; Lantern Street (@{name}) <a href="{page}">{day}</a>'
    return Answer.json(
        {
            "url": page,
            "author_name": "Lantern Street",
            "author_url": f"https://x.com/{name}",
            "html": f'<blockquote class="twitter-tweet">{words}</blockquote>\n',
            "cache_age": "3153600000",
        }
    )


def problem(kind: str, number: str = ID) -> Answer:
    """An error of the API v2."""
    error = {
        "resource_id": number,
        "resource_type": "tweet",
        "title": WORDS,
        "detail": WORDS,
        "type": f"https://api.twitter.com/2/problems/{kind}",
    }
    return Answer.json({"errors": [error]})


def unavailable(reason: Any) -> Answer:
    return answer({"__typename": "TweetUnavailable", "reason": reason})


TOMBSTONE = {"__typename": "TweetTombstone", "tombstone": {"text": {"text": WORDS, "entities": [], "rtl": False}}}


def ask(url: str = POST, access: Access = Access(), /, **answers: Answer | dict[str, Any]) -> Played:  # noqa: B008
    """Ask for a post; `answers` by role, "_" for a dot. A guest's token is given out unless `guest` says otherwise."""
    given = {"guest": GUEST, **answers}

    def reply(target: Target) -> Answer | None:
        role = "file" if target.role.startswith("file.") else target.role
        found = given.get(role.replace(".", "_"))
        if role == "file" and found is None:
            kind = "video/mp4" if ".mp4" in target.url else "image/jpeg"
            return Answer(b"\xff\xd8 bytes", headers=(("Content-Type", kind),))
        return Answer.json(found) if isinstance(found, dict) else found

    return play(ADAPTER, url, reply, access)


def asked(played: Played) -> list[str]:
    return [target.role for target in played.targets]


def question(target: Target) -> dict[str, str]:
    """What the address of a target asks."""
    return {name: values[0] for name, values in parse_qs(urlsplit(target.url).query).items()}


def variables(target: Target) -> Any:
    return json.loads(question(target)["variables"])
