"""Videos, community posts and channels of YouTube that its adapter is tried with."""

from adapterkit import Answer
from youtubeanswers import (
    API,
    API_ITEM,
    ATOM,
    BACKSTAGE,
    CARD,
    CARD_OF_CHANNEL,
    CHANNEL,
    FEED,
    FEED_ANSWER,
    HELP,
    ID,
    IMAGES,
    NEXT,
    OEMBED,
    PLAYER,
    POST_ID,
    SHOWN,
    SITE,
    WATCH,
    api_comment,
    api_thread,
    community,
    entity,
    error_screen,
    help_link,
    loaded,
    player,
    refused,
    thread,
    watch,
)

from archiver.model.platform import Access
from archiver.platforms.trial import Example

_POST = f"{SITE}/post/{POST_ID}"
_CHANNEL = f"{SITE}/channel/{CHANNEL}"
_HANDLE = f"{SITE}/@harbourwatch"
_PICTURE = Answer(b"\xff\xd8\xff\xe0 a picture", headers=(("Content-Type", "image/jpeg"),))
_FILES = {
    f"{IMAGES}/": _PICTURE,
    "https://yt3.ggpht.com/": _PICTURE,
    f"{SITE}/api/timedtext": Answer(b"WEBVTT\n", headers=(("Content-Type", "text/vtt"),)),
}
_COMMENTS = loaded(thread("c1"), thread("c2"), first=True, entities=(entity("c1", "I was there."), entity("c2", "Me")))
_GONE = {
    WATCH: watch(refused("ERROR")),
    OEMBED: Answer(b"Not Found", 404),
    PLAYER: Answer.json(refused("ERROR")),
}
_BOT = refused("LOGIN_REQUIRED", **error_screen(subreason=help_link(f"{HELP}/3037019")))
_POLLED = {
    "backstageAttachment": {"pollRenderer": {"choices": [{"text": {"runs": [{"text": "Yes"}]}}, {}], "totalVotes": {}}}
}
EXAMPLES = (
    Example(
        f"https://youtu.be/{ID}",
        SHOWN | _FILES | {NEXT: _COMMENTS},
        access=Access(replies=5, depth=2, media=True),
        also=(
            WATCH,
            f"https://m.youtube.com/watch?list=PL1&v={ID}&t=42",
            f"https://www.youtube.com/shorts/{ID}?feature=share",
            f"https://www.youtube-nocookie.com/embed/{ID}",
            f"https://yewtu.be/watch?v={ID}",
        ),
    ),
    Example(
        WATCH,
        SHOWN
        | _FILES
        | {
            f"{API}/videos": Answer.json({"items": [API_ITEM]}),
            f"{API}/commentThreads": Answer.json({"items": [api_thread("t1", "First", 1)]}),
            f"{API}/comments?": Answer.json({"items": [api_comment("t1.a", "Where?", parentId="t1")]}),
        },
        access=Access(token=True, replies=5, depth=2, media=True),
    ),
    Example(WATCH, _GONE, "not_found"),
    Example(WATCH, _GONE | {f"{API}/videos": Answer.json({"items": []})}, "not_found", Access(token=True)),
    Example(WATCH, {WATCH: watch(refused("LOGIN_REQUIRED")), OEMBED: Answer(status=403)}, "private"),
    Example(WATCH, {WATCH: watch(player("AGE_CHECK_REQUIRED")), OEMBED: Answer.json(CARD)}, "age_gated"),
    Example(WATCH, {WATCH: watch(refused("UNPLAYABLE")), OEMBED: Answer.json(CARD)}, "unavailable_unknown"),
    Example(WATCH, {WATCH: watch(_BOT)}, "challenge"),
    Example(
        WATCH, {WATCH: Answer(status=302, headers=(("Location", "https://consent.youtube.com/m"),))}, "needs_browser"
    ),
    Example(
        _POST,
        {_POST: watch(None, community())} | _FILES,
        access=Access(media=True),
        also=(f"{SITE}/@harbourwatch/community?lb={POST_ID}",),
    ),
    Example(_POST, {_POST: watch(None, community(post=BACKSTAGE | _POLLED))}),
    Example(_POST, {_POST: watch(None, {"alerts": [{"alertRenderer": {"type": "ERROR"}}]})}, "unavailable_unknown"),
    Example(
        _CHANNEL,
        {_CHANNEL: watch(None, CARD_OF_CHANNEL), FEED: FEED_ANSWER} | _FILES,
        access=Access(media=True),
        also=(f"{_CHANNEL}/videos",),
    ),
    Example(
        _HANDLE,
        {_HANDLE: watch(None, CARD_OF_CHANNEL), FEED: Answer(ATOM[:900].encode(), whole=False)},
        also=(f"{SITE}/@HarbourWatch/about",),
    ),
)
