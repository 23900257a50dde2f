"""Posts, photos and videos of Facebook that its adapter is tried with."""

from urllib.parse import quote

from metapages import (
    ERROR,
    FB,
    FB_OEMBED,
    FILES,
    FILM,
    NUMBER,
    PFBID,
    PICTURE,
    TAKEN,
    embed_markup,
    graph_error,
    moved,
    node,
    og,
    page,
    photo,
    story,
    video,
)

from archiver.model.platform import Access
from archiver.platforms.trial import Answer, Example

_ALL = Access(media=True)
_SITE = "https://www.facebook.com"
_NO = graph_error(24)
_REEL = f"{_SITE}/reel/900200/"
_LINK = f"{_SITE}/share/p/1AbCdEfGhI/"
_SHARED = {
    "message": {"text": "Shared words"}, "post_id": "42424242", "creation_time": TAKEN - 60,
    "actors": [{"__typename": "Page", "name": "Quay Street"}], "attachments": [{"media": photo("7", "other")}],
}  # fmt: skip
_MARKUP = embed_markup(FB, "data-href")
_LOGIN = moved(f"{_SITE}/login/?next=x")
_STREAMED = video(browser_native_hd_url=None, browser_native_sd_url=None)
EXAMPLES = (
    Example(
        FB,
        {_SITE: page(node(story(NUMBER, photo(), video(), attached_story=_SHARED))), FILES: PICTURE},
        access=_ALL,
        also=(
            f"https://m.facebook.com/story.php?story_fbid={NUMBER}&id=100044&fbclid=x",
            f"{_SITE}/groups/quay/permalink/{NUMBER}/",
            f"{_SITE}/plugins/post.php?href={quote(FB, safe='')}",
        ),
    ),
    Example(f"{_SITE}/quaystreet/posts/{PFBID}", {_SITE: page(node(story(NUMBER, photo()))), FILES: PICTURE}),
    Example(
        _REEL,
        {_SITE: page({"video": video()}), FILES: FILM},
        access=_ALL,
        also=(f"{_SITE}/watch/?v=900200", f"{_SITE}/quaystreet/videos/900200/"),
    ),
    Example(_REEL, {_SITE: page({"video": _STREAMED}), FILES: FILM}, access=_ALL),
    Example(
        f"{_SITE}/photo/?fbid=900100",
        {_SITE: page({"currMedia": photo() | {"created_time": TAKEN}}), FILES: PICTURE},
        access=_ALL,
        also=(f"{_SITE}/quaystreet/photos/a.10150/900100/",),
    ),
    Example(FB, {_SITE: Answer.html(og(FB, image=f"{FILES}/og.jpg")), FB_OEMBED: _NO}, "needs_browser", _ALL),
    Example(FB, {_SITE: page(), FB_OEMBED: _MARKUP}, "needs_browser", _ALL),
    Example(FB, {_SITE: _LOGIN, FB_OEMBED: _MARKUP}, "needs_browser", _ALL),
    Example(FB, {_SITE: _LOGIN, FB_OEMBED: _NO}, "login_required"),
    Example(FB, {_SITE: Answer.html('<form id="login_form"></form>'), FB_OEMBED: _NO}, "login_required"),
    Example(FB, {_SITE: moved(f"{_SITE}/checkpoint/?next=x")}, "challenge", _ALL),
    Example(FB, {_SITE: page(ERROR), FB_OEMBED: _NO}, "unavailable_unknown"),
    Example(FB, {_SITE: page(node(story("555666777888"))), FB_OEMBED: _NO}, "unavailable_unknown"),
    Example(FB, {_SITE: page(), FB_OEMBED: graph_error(4)}, "rate_limited"),
    Example(FB, {_SITE: Answer(status=404), FB_OEMBED: _NO}, "not_found"),
    Example(_LINK, {_LINK: moved(f"{FB}?rdid=x"), FB_OEMBED: _MARKUP}, "needs_browser", _ALL),
    Example(f"{_SITE}/stories/100044/x/", {_SITE: page()}, "login_required", _ALL),
)
