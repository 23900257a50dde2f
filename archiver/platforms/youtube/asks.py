"""What YouTube is asked (docs/spec/platforms/youtube.md §What is asked). Requests alone, no order."""

import hashlib
import json
from typing import Final
from urllib.parse import quote, urlencode

from archiver.model.platform import PostKey, Target
from archiver.platforms.youtube import client
from archiver.platforms.youtube.addresses import SITE, watch_url

API: Final = "https://www.googleapis.com/youtube/v3"
MAX_AT_ONCE: Final = 100  # comments in one answer of the Data API

_PARTS: Final = "snippet,status,contentDetails,statistics,liveStreamingDetails,recordingDetails"


def page(key: PostKey) -> Target:
    """Return the request for the page. What was asked for beside the id goes along as it was given."""
    if key.kind == "video":
        rest = f"&{key.part('query')}" if key.part("query") else ""
        return Target("page", f"{watch_url(key.part('id'))}{rest}")
    if key.kind == "post":
        return Target("page", f"{SITE}/post/{key.part('id')}")
    return Target("page", f"{SITE}/{quote(key.part('path'), safe='/@')}")


def card(key: PostKey) -> Target:
    """Return the request for the card that other sites embed a video by (oEmbed)."""
    return Target("oembed", f"{SITE}/oembed?format=json&url={quote(watch_url(key.part('id')), safe='')}")


def player(key: PostKey) -> Target:
    """Return the request that the player of a page makes for a video.

    That a warning was read is said, as a click says it; that somebody is of age is not.
    """
    return _inner("player", "player", {"videoId": key.part("id"), "contentCheckOk": True})


def feed(channel: str) -> Target:
    """Return the request for the newest videos of a channel."""
    return Target("feed", f"{SITE}/feeds/videos.xml?channel_id={quote(channel, safe='')}")


def continued(role: str, token: str) -> Target:
    """Return the request by which a page loads comments."""
    return _inner(role, "next", {"continuation": token})


def api_video(key: PostKey) -> Target:
    """Return the request to the Data API for a video."""
    return _api("api.video", "videos", part=_PARTS, id=key.part("id"))


def api_comments(key: PostKey, number: int, left: int, page_token: str) -> Target:
    """Return the request to the Data API for the next comments to a video, no more than `left`."""
    more = {"pageToken": page_token} if page_token else {}
    return _api(
        f"api.comments.{number}", "commentThreads", part="snippet", videoId=key.part("id"), textFormat="plainText",
        maxResults=str(min(left, MAX_AT_ONCE)), **more,
    )  # fmt: skip


def api_answers(comment: str, left: int) -> Target:
    """Return the request to the Data API for the answers to a comment, no more than `left`."""
    return _api(
        api_answers_role(comment), "comments", part="snippet", parentId=comment, textFormat="plainText",
        maxResults=str(min(left, MAX_AT_ONCE)),
    )  # fmt: skip


def api_answers_role(comment: str) -> str:
    """Return the role of the request for the answers to a comment."""
    return f"api.answers.{digest(comment)}"


def digest(text: str) -> str:
    """Return a short name of `text` for a role."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _inner(role: str, end: str, asked: dict[str, object]) -> Target:
    context = {
        "clientName": client.NAME, "clientVersion": client.VERSION, "hl": client.LANGUAGE, "timeZone": "UTC",
        "utcOffsetMinutes": 0,
    }  # fmt: skip
    return Target(
        role,
        f"{SITE}/youtubei/v1/{end}?prettyPrint=false",
        "POST",
        (
            ("Content-Type", "application/json"),
            ("X-YouTube-Client-Name", client.NUMBER),
            ("X-YouTube-Client-Version", client.VERSION),
        ),
        json.dumps({"context": {"client": context}, **asked}, separators=(",", ":")).encode(),
    )


def _api(role: str, end: str, **asked: str) -> Target:
    return Target(role, f"{API}/{end}?{urlencode(asked, safe=',')}", authorized=True, redirects=False)
