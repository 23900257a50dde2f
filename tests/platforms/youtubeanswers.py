"""Answers in the shapes of YouTube, about videos, channels and people that do not exist."""

import json
from typing import Any

from adapterkit import Answer

from archiver.model.platform import Target

ID = "Ab3_-xYz901"
OTHER = "Zz9_-otherV"
CHANNEL = "UCexampleHarbourWatch_01"
PUBLISHED, UPLOADED = "2026-03-04T05:06:07-08:00", "2026-03-03T21:00:00-08:00"
SITE = "https://www.youtube.com"
WATCH = f"{SITE}/watch?v={ID}"
OEMBED, PLAYER, NEXT = f"{SITE}/oembed", f"{SITE}/youtubei/v1/player", f"{SITE}/youtubei/v1/next"
FEED = f"{SITE}/feeds/videos.xml"
API = "https://www.googleapis.com/youtube/v3"
IMAGES = f"https://i.ytimg.com/vi/{ID}"
TEXT = "They fired at the ferry.\nMore: https://harbour.example/report #harbour @witness"
HELP = "https://support.google.com/youtube/answer"


def runs(*texts: str) -> dict[str, Any]:
    return {"runs": [{"text": text} for text in texts]}


def track(language: str, name: str, **more: Any) -> dict[str, Any]:
    query = f"v={ID}&expire=1&sparams=ip,v,expire&signature=0F.0F&lang={language}&fmt=srv3"
    return {
        "baseUrl": f"{SITE}/api/timedtext?{query}", "name": {"simpleText": name}, "vssId": f".{language}",
        "languageCode": language, "isTranslatable": True,
    } | more  # fmt: skip


def details(**more: Any) -> dict[str, Any]:
    return {
        "videoId": ID, "title": "Ferry under fire", "lengthSeconds": "316", "keywords": ["ferry", "harbour"],
        "channelId": CHANNEL, "shortDescription": TEXT, "viewCount": "18561", "author": "Harbour Watch",
        "isPrivate": False, "isLiveContent": False,
        "thumbnail": {"thumbnails": [{"url": f"{IMAGES}/default.jpg", "width": 120, "height": 90},
                                     {"url": f"{IMAGES}/hqdefault.jpg", "width": 480, "height": 360}]},
    } | more  # fmt: skip


def microformat(**more: Any) -> dict[str, Any]:
    return {
        "externalVideoId": ID, "title": {"simpleText": "Ferry under fire"}, "category": "News & Politics",
        "publishDate": PUBLISHED, "uploadDate": UPLOADED, "isUnlisted": False, "isFamilySafe": True,
        "ownerProfileUrl": "http://www.youtube.com/@harbourwatch", "ownerChannelName": "Harbour Watch",
        "externalChannelId": CHANNEL, "viewCount": "18561", "likeCount": "204",
        "availableCountries": [f"{a}{b}" for a in "ABCDEFGHIJKLMNOP" for b in "ABCDEFGHIJKLMNOP"],
    } | more  # fmt: skip


def player(status: str = "OK", *, said: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An answer of the player; `said` are members of its `playabilityStatus`; members that are None are left out."""
    whole = {
        "playabilityStatus": {"status": status} | (said or {}),
        "videoDetails": details(),
        "microformat": {"playerMicroformatRenderer": microformat()},
        "captions": {"playerCaptionsTracklistRenderer": {"captionTracks": [
            track("en", "English"), track("uk", "Ukrainian (auto-generated)", kind="asr", vssId="a.uk"),
        ]}},
        "streamingData": {"formats": [{"itag": 18, "url": "https://rr1.googlevideo.example/videoplayback"}]},
    } | more  # fmt: skip
    return {name: value for name, value in whole.items() if value is not None}


def refused(status: str, reason: str = "Not for you", **said: Any) -> dict[str, Any]:
    """An answer of the player that plays nothing and tells nothing."""
    bare: dict[str, Any] = {"videoDetails": None, "microformat": None, "captions": None, "streamingData": None}
    return player(status, said={"reason": reason} | said, **bare)


def error_screen(**shown: Any) -> dict[str, Any]:
    return {"errorScreen": {"playerErrorMessageRenderer": shown}}


def help_link(page: str) -> dict[str, Any]:
    return {"runs": [{"text": "Nothing. "}, {"text": "Learn", "navigationEndpoint": {"urlEndpoint": {"url": page}}}]}


def endpoint(url: str) -> dict[str, Any]:
    return {"onTap": {"innertubeCommand": {"urlEndpoint": {"url": url}}}}


TOKEN = "Eg0SC0FiM18teFl6OTAx"
ATTRIBUTED: dict[str, Any] = {
    "content": "Ґанок 🚢 https://harbour.exam... #harbour @witness",
    "commandRuns": [
        {"startIndex": 9, "length": 23}
        | endpoint("https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fharbour.example%2Freport"),
        {"startIndex": 33, "length": 8}
        | {"onTap": {"innertubeCommand": {"commandMetadata": {"webCommandMetadata": {"url": "/hashtag/harbour"}}}}},
        {"startIndex": 42, "length": 8}
        | {"onTap": {"innertubeCommand": {"browseEndpoint": {"browseId": "UCx", "canonicalBaseUrl": "/@witness"}}}},
    ],
}


def continuation(token: str) -> dict[str, Any]:
    command = {"continuationCommand": {"token": token}}
    return {"continuationItemRenderer": {"continuationEndpoint": command}}


def around(**more: Any) -> dict[str, Any]:
    """What stands around a video on its page."""
    like = {"likeCountEntity": {"key": "k", "likeCountIfIndifferentNumber": "207"}}
    return {
        "contents": {"twoColumnWatchNextResults": {"results": {"results": {"contents": [
            {"videoPrimaryInfoRenderer": {
                "superTitleLink": runs("Lipova, Harbour"), "superTitleIcon": {"iconType": "LOCATION_PIN"},
            }},
            {"videoSecondaryInfoRenderer": {
                "owner": {"videoOwnerRenderer": {"badges": [
                    {"metadataBadgeRenderer": {"style": "BADGE_STYLE_TYPE_VERIFIED"}}]}},
                "attributedDescription": ATTRIBUTED,
            }},
            {"itemSectionRenderer": {"sectionIdentifier": "comment-item-section", "contents": [continuation(TOKEN)]}},
        ]}}}},
        "engagementPanels": [{"engagementPanelSectionListRenderer": {
            "panelIdentifier": "engagement-panel-comments-section",
            "header": {"engagementPanelTitleHeaderRenderer": {"contextualInfo": runs("1.2K")}},
        }}],
        "frameworkUpdates": {"entityBatchUpdate": {"mutations": [{"payload": like}]}},
    } | more  # fmt: skip


def script(name: str, value: object) -> str:
    return f'<script nonce="n">var {name} = {json.dumps(value, ensure_ascii=False)};var x = 1;</script>'


def settings(country: str) -> str:
    value = json.dumps({"CLIENT_CANARY_STATE": "none", "INNERTUBE_CONTEXT_GL": country})
    return f'<script nonce="n">(function() {{window.ytplayer={{}};\nytcfg.set({value});}})();</script>'


def markup(*inside: str) -> str:
    return f"<!DOCTYPE html><html><head><title>t - YouTube</title></head><body>{''.join(inside)}</body></html>"


def watch(shown: object = None, data: object = None, country: str = "DE", *more: str) -> Answer:
    """The page of a video."""
    parts = [settings(country), *more]
    parts += [script("ytInitialPlayerResponse", shown)] if shown is not None else []
    parts += [script("ytInitialData", data)] if data is not None else []
    return Answer.html(markup(*parts))


CARD = {
    "title": "Ferry under fire", "author_name": "Harbour Watch", "author_url": f"{SITE}/@harbourwatch",
    "type": "video", "version": "1.0", "thumbnail_url": f"{IMAGES}/hqdefault.jpg",
}  # fmt: skip
PAGE = watch(player(), around())
SHOWN = {WATCH: PAGE, OEMBED: Answer.json(CARD), PLAYER: Answer.json(player())}


def entity(number: str, text: str, **more: Any) -> dict[str, Any]:
    told = {
        "key": f"k-{number}",
        "properties": {"commentId": number, "content": {"content": text}, "publishedTime": "2 days ago (edited)"},
        "author": {"channelId": f"UCwitness-{number:_<14}"[:24], "displayName": f"@w-{number}"},
        "toolbar": {"likeCountNotliked": "3", "replyCount": "1"},
    } | more  # fmt: skip
    return {"entityKey": f"k-{number}", "payload": {"commentEntityPayload": told}}


def thread(number: str, answers: str = "") -> dict[str, Any]:
    below = {"replies": {"commentRepliesRenderer": {"contents": [continuation(answers)]}}} if answers else {}
    return {"commentThreadRenderer": {"commentViewModel": {"commentViewModel": {"commentKey": f"k-{number}"}}} | below}


def below_comment(number: str) -> dict[str, Any]:
    return {"commentViewModel": {"commentKey": f"k-{number}"}}


def loaded(*items: dict[str, Any], entities: tuple[dict[str, Any], ...], first: bool = False) -> Answer:
    """What the page loads: `items` in order, and the comments that they name."""
    name = "reloadContinuationItemsCommand" if first else "appendContinuationItemsAction"
    head = [{name: {"continuationItems": [{"commentsHeaderRenderer": {"countText": runs("1,234")}}]}}] if first else []
    return Answer.json(
        {
            "onResponseReceivedEndpoints": [*head, {name: {"continuationItems": list(items)}}],
            "frameworkUpdates": {"entityBatchUpdate": {"mutations": list(entities)}},
        }
    )


def asked_token(target: Target) -> str:
    found = json.loads(target.body)["continuation"]
    assert isinstance(found, str)
    return found


API_ITEM: dict[str, Any] = {
    "kind": "youtube#video", "id": ID,
    "snippet": {"publishedAt": "2026-03-04T13:06:07Z", "channelId": CHANNEL, "title": "Ferry under fire",
                "description": TEXT, "channelTitle": "Harbour Watch", "tags": ["ferry"], "defaultLanguage": "en"},
    "status": {"uploadStatus": "processed", "privacyStatus": "public"},
    "contentDetails": {"duration": "PT5M16S", "contentRating": {"ytRating": "ytAgeRestricted"}},
    "statistics": {"viewCount": "18600", "likeCount": "208", "commentCount": "2"},
    "liveStreamingDetails": {"actualStartTime": "2026-03-04T13:00:00Z", "actualEndTime": "2026-03-04T14:00:00Z"},
    "recordingDetails": {"locationDescription": "Lipova", "location": {"latitude": 46.5, "longitude": 30.75}},
}  # fmt: skip


def api_comment(number: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "youtube#comment", "id": number,
        "snippet": {"authorDisplayName": "@first", "authorChannelUrl": "http://www.youtube.com/@first",
                    "authorChannelId": {"value": "UCfirst_0123456789abcdef"}, "textDisplay": text, "textOriginal": text,
                    "likeCount": 4, "publishedAt": "2026-03-05T00:00:00Z", "updatedAt": "2026-03-05T00:00:00Z"} | more,
    }  # fmt: skip


def api_thread(number: str, text: str, answers: int = 0) -> dict[str, Any]:
    return {"snippet": {"topLevelComment": api_comment(number, text), "totalReplyCount": answers, "videoId": ID}}


POST_ID = "UgkxHarbourPost_0123456789"
IMAGE = {"image": {"thumbnails": [{"url": "//yt3.ggpht.com/p=s320", "width": 320, "height": 180},
                                  {"url": "https://yt3.ggpht.com/p=s1280", "width": 1280, "height": 720}]}}  # fmt: skip
BACKSTAGE: dict[str, Any] = {
    "postId": POST_ID,
    "authorText": runs("Harbour Watch"),
    "authorEndpoint": {"browseEndpoint": {"browseId": CHANNEL, "canonicalBaseUrl": "/@harbourwatch"}},
    "contentText": {"runs": [{"text": "The film is up: "}, {
        "text": "https://harbour.exam...",
        "navigationEndpoint": {"urlEndpoint": {"url": f"{SITE}/redirect?q=https%3A%2F%2Fharbour.example%2Ffilm"}}}]},
    "backstageAttachment": {"backstageImageRenderer": IMAGE},
    "publishedTimeText": runs("2 weeks ago"),
    "voteCount": {"simpleText": "1.2K"},
    "actionButtons": {"commentActionButtonsRenderer": {
        "replyButton": {"buttonRenderer": {"text": {"simpleText": "34"}}}}},
}  # fmt: skip


def community(renderer: str = "backstagePostRenderer", post: object = None) -> dict[str, Any]:
    """The data of the page of a community post."""
    item = {"backstagePostThreadRenderer": {"post": {renderer: BACKSTAGE if post is None else post}}}
    listed = {"sectionListRenderer": {"contents": [{"itemSectionRenderer": {"contents": [item]}}]}}
    return {"contents": {"twoColumnBrowseResultsRenderer": {"tabs": [{"tabRenderer": {"content": listed}}]}}}


CARD_OF_CHANNEL = {"metadata": {"channelMetadataRenderer": {
    "title": "Harbour Watch", "description": "What the harbour saw.", "externalId": CHANNEL,
    "vanityChannelUrl": "http://www.youtube.com/@harbourwatch",
    "avatar": {"thumbnails": [{"url": "https://yt3.ggpht.com/a=s900", "width": 900, "height": 900}]},
}}}  # fmt: skip
ATOM = f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns="http://www.w3.org/2005/Atom">
 <link rel="self" href="{FEED}?channel_id={CHANNEL}"/>
 <id>yt:channel:{CHANNEL[2:]}</id>
 <yt:channelId>{CHANNEL}</yt:channelId>
 <title>Harbour Watch</title>
 <author><name>Harbour Watch</name><uri>{SITE}/channel/{CHANNEL}</uri></author>
 <published>2011-02-03T04:05:06+00:00</published>
 <entry>
  <id>yt:video:{ID}</id>
  <yt:videoId>{ID}</yt:videoId>
  <title>Ferry under fire</title>
  <link rel="alternate" href="{WATCH}"/>
  <published>2026-03-04T13:06:07+00:00</published>
  <updated>2026-03-05T01:02:03+00:00</updated>
  <media:group><media:title>Ferry under fire</media:title>
   <media:description>They fired.</media:description></media:group>
 </entry>
</feed>"""
FEED_ANSWER = Answer(ATOM.encode(), headers=(("Content-Type", "text/xml; charset=UTF-8"),))
