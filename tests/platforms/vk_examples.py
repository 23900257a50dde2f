"""Posts of VK that its adapter is tried with."""

from adapterkit import Answer
from vkanswers import (
    API,
    CDN,
    COMMENTS,
    EMPTY_PAGE,
    MARKUP,
    POST,
    VIDEO,
    error,
    page,
    redirect,
    response,
    wall,
)

from archiver.model.platform import Access
from archiver.platforms.trial import Example

_ALL = Access(token=True, replies=5, depth=2, media=True)
_PICTURE = Answer(b"\xff\xd8\xff\xe0 a picture", headers=(("Content-Type", "image/jpeg"),))
_WALL = "https://vk.com/wall-77_1001"
EXAMPLES = (
    Example(
        _WALL,
        {
            API + "wall.getById": wall(POST),
            API + "wall.getComments": response(COMMENTS),
            CDN: _PICTURE,
            "https://vk.com/": EMPTY_PAGE,
        },
        access=_ALL,
        also=("https://m.vk.com/wall-77_1001?from=feed", "https://vk.ru/feed?w=wall-77_1001%2Fall"),
    ),
    Example(_WALL, {"https://vk.com/": page(MARKUP)}),
    Example(_WALL, {API: error(15), "https://vk.com/": EMPTY_PAGE}, "private", Access(token=True)),
    Example(_WALL, {API + "wall.getById": wall(), "https://vk.com/": EMPTY_PAGE}, "not_found", Access(token=True)),
    Example(_WALL, {"https://vk.com/": redirect("https://vk.com/challenge.html?hash429=0f")}, "challenge"),
    Example(
        "https://vk.com/video-77_41",
        {API + "video.get": response({"items": [VIDEO]}), CDN: _PICTURE, "https://vk.com/": EMPTY_PAGE},
        access=_ALL,
        also=("https://vkvideo.ru/video-77_41",),
    ),
)
