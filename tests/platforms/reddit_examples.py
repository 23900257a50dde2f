"""Posts and comments of Reddit that its adapter is tried with."""

from adapterkit import Answer
from test_reddit import (
    ANSWER,
    COMMENT,
    FEED,
    FILM,
    INFO,
    ITEM,
    LINKED,
    MORE,
    OEMBED,
    PICTURE,
    POST,
    REMARK,
    SAID,
    SOURCE,
    THREAD,
    TOLD,
    below,
    entry,
    feed,
    info,
    thread,
    with_film,
)

from archiver.model.platform import Access
from archiver.platforms.trial import Example

_LINK = "https://www.reddit.com/r/harbour/s/AbCd12"
_ALL = Access(token=True, replies=5, depth=2, media=True)
_TOKEN = Access(token=True)
_FILES = {
    "https://i.redd.it/": PICTURE,
    "https://preview.redd.it/": PICTURE,
    "https://b.thumbs.example/": PICTURE,
    "https://v.redd.it/": FILM,
}
_THUMB = '<media:thumbnail url="https://b.thumbs.example/1.jpg"/>'
_PICTURED = entry(outside="https://i.redd.it/a.jpg", extra=_THUMB)
_CLOSED = Answer.json({"reason": "private", "message": "Forbidden", "error": 403}, 403)
_GALLERY = LINKED | {
    "gallery_data": {"items": [{"media_id": "b", "caption": "The yard"}, {"media_id": "c"}]},
    "media_metadata": {
        "b": {"e": "Image", "id": "b", "s": {"u": "https://preview.redd.it/b.jpg", "x": 10, "y": 20}},
        "c": {"e": "AnimatedImage", "id": "c", "s": {"mp4": "https://preview.redd.it/c.mp4"}},
    },
}
_POLL = {"poll_data": {"options": [{"id": "1", "text": "Yes", "vote_count": 4}], "total_vote_count": 9}}
_FILM = with_film() | {"preview": {"images": [{"source": SOURCE}]}}
_SHARED = {"crosspost_parent_list": [with_film() | {"id": "9", "name": "t3_9"}]}
EXAMPLES = (
    Example(
        POST,
        {FEED: feed(_PICTURED, SAID)} | _FILES,
        access=Access(replies=5, media=True),
        also=(
            "https://redd.it/1abcd2",
            "https://old.reddit.com/comments/1ABCD2",
            "https://vxreddit.com/r/x/comments/1abcd2/",
        ),
    ),
    Example(
        POST,
        {
            THREAD: thread(_GALLERY | {"num_comments": 3}, below(REMARK, below(ANSWER)), MORE),
            INFO: info(_GALLERY),
            FEED: feed(entry()),
        }
        | _FILES,
        access=_ALL,
    ),
    Example(
        COMMENT,
        {THREAD: thread(ITEM, below(REMARK, below(ANSWER))), INFO: info(ITEM, REMARK), FEED: feed(entry(), SAID)},
        access=_ALL,
        also=("https://www.reddit.com/r/harbour/comments/1abcd2/comment/kz9xy1/",),
    ),
    Example(
        POST,
        {THREAD: thread(_FILM), INFO: info(_FILM)} | _FILES,
        access=_ALL,
    ),
    Example(POST, {INFO: info(with_film(has_audio=False))} | _FILES, access=Access(token=True, media=True)),
    Example(POST, {INFO: info(LINKED | _SHARED | _POLL)} | _FILES, access=Access(token=True, media=True)),
    Example(POST, {FEED: feed(entry(outside="https://v.redd.it/abc"))} | _FILES, access=Access(media=True)),
    Example(
        _LINK,
        {_LINK: Answer(status=301, headers=(("Location", f"{COMMENT}?share_id=x"),)), FEED: feed(entry(), SAID)}
        | {INFO: info(ITEM, REMARK)},
        access=_TOKEN,
    ),
    Example(_LINK, {_LINK: Answer(status=302, headers=(("Location", "/r/harbour"),))}, "unavailable_unknown"),
    Example(POST, {FEED: Answer.html('<form><input name="js_challenge" value="1"></form>')}, "challenge"),
    Example(POST, {FEED: feed(entry(text="[removed]"))}, "removed_by_platform"),
    Example(POST, {FEED: feed(entry(text="<p>[deleted]</p>", author="/u/[deleted]"))}, "deleted"),
    Example(POST, {INFO: info(ITEM | {"removed_by_category": "moderator"})}, "removed_by_platform", _TOKEN),
    Example(COMMENT, {INFO: info(ITEM, REMARK | {"author": "[deleted]", "body": "[deleted]"})}, "deleted", _TOKEN),
    Example(POST, {INFO: info(), THREAD: _CLOSED}, "private", _TOKEN),
    Example(POST, {FEED: feed(), OEMBED: Answer.json(TOLD)}, "needs_token"),
    Example(POST, {FEED: Answer(status=404), OEMBED: Answer(status=404)}, "not_found"),
    Example(POST, {FEED: feed(SAID), OEMBED: Answer(status=404)}, "unavailable_unknown"),
)
