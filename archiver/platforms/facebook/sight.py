"""What a page of Facebook shows of a post, photo or video: all objects of its data that are about that very one.

The data tell the same thing in many places, each with a part of it. They belong together by the number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from archiver.model.platform import PostKey, Seen
from archiver.platforms.facebook.addresses import key_of
from archiver.platforms.html import Element, page_in
from archiver.platforms.meta.answers import last
from archiver.platforms.meta.keys import PAGE, behind, naming
from archiver.platforms.meta.scripts import scripts, where
from archiver.platforms.reading import Doc

MAX_ALIKE: Final = 50  # objects about one post

_NAMES: Final = (
    "post_id", "comet_sections", "browser_native_hd_url", "browser_native_sd_url", "playable_url", "progressive_urls",
    "publish_time", "created_time", "creation_time", "photo_image", "viewer_image", "currMedia",
)  # fmt: skip
"""Members that data of posts have; scripts without any of them are not read."""
_TELL: Final = frozenset(
    {
        "comet_sections", "message", "actors", "attachments", "owner", "creation_time", "publish_time", "created_time",
        "image", "photo_image", "viewer_image", "browser_native_hd_url", "browser_native_sd_url", "playable_url",
        "videoDeliveryLegacyFields", "videoDeliveryResponseFragment",
    }
)  # fmt: skip
"""Members of which an object about a post has one at least: others, that only name it, stand on any page."""
_ADDRESSES: Final = ("wwwURL", "permalink_url", "url")
_ROOT: Final = "CometErrorRoot.react"
_MAIN: Final = ("/data/node", "/data/node_v2")  # where a page tells the post that it is about


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of what `key` means, behind links that lead to it.

    `told` are the objects about it, none where no page tells it; `single` says that a post was found as the only one
    that the page is about, and not by its id. `others` says that the page tells posts, and none is the one.
    """

    key: PostKey
    seen: tuple[Seen, ...]
    told: tuple[Doc, ...]
    single: bool
    others: bool
    error: tuple[Doc, ...]
    page: Element

    @property
    def is_mine(self) -> Callable[[str], bool]:
        """What tells whether an address is that of the post."""
        return naming(key_of, self.key)


def sight_of(key: PostKey, seen: tuple[Seen, ...]) -> Sight:
    """Return what is seen of the post, photo or video."""
    key = behind(key_of, key, seen, "share")
    answer = last(seen, PAGE)
    if answer is None or answer.status != 200 or not key.part("number"):
        return Sight(key, seen, (), False, False, (), Element(None, 0))
    data = scripts(answer, *_NAMES)
    told, single = _found(key, data, answer.whole)
    error = where(scripts(answer, _ROOT), lambda value: value.get("__dr") == _ROOT)[:1] if not told else []
    others = not told and bool(where(data, lambda value: "post_id" in value and "comet_sections" in value))
    return Sight(key, seen, told, single, others, tuple(error), page_in(answer))


def _found(key: PostKey, data: tuple[Doc, ...], whole: bool) -> tuple[tuple[Doc, ...], bool]:
    number = key.part("number")
    if key.kind == "video":
        return _all(data, lambda value: _is_video(value, number)), False
    if key.kind == "photo":
        return _all(data, lambda value: _is_photo(value, number)), False
    if not number.startswith("pfbid"):
        return _all(data, lambda value: _same(value.get("post_id"), number)), False
    stories = where(data, lambda value: "post_id" in value)
    named = next((each for each in stories if _names(each.value, number)), None)
    if named is not None:
        return _with_number(data, named), False
    mains = [each for each in stories if each.pointer.endswith(_MAIN)]
    numbers = {told.value for each in mains if (told := each.at("post_id").id)}
    return (_with_number(data, mains[0]), True) if whole and len(numbers) == 1 else ((), False)


def _with_number(data: tuple[Doc, ...], story: Doc) -> tuple[Doc, ...]:
    number = story.at("post_id").id
    return _all(data, lambda value: number is not None and _same(value.get("post_id"), number.value))


def _all(data: tuple[Doc, ...], fits: Callable[[dict[str, Any]], bool]) -> tuple[Doc, ...]:
    found = where(data, fits)[:MAX_ALIKE]
    return tuple(found) if any(each.at(name) for each in found for name in _TELL) else ()


def _same(value: object, number: str) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value in (number, _plain(number))


def _plain(number: str) -> int:
    return int(number) if number.isascii() and number.isdigit() and len(number) < 30 else -1


def _names(value: dict[str, Any], number: str) -> bool:
    told = (value.get(name) for name in _ADDRESSES)
    return any(isinstance(each, str) and number in re.split(r"[^A-Za-z0-9]", each[:4096]) for each in told)


def _is_video(value: dict[str, Any], number: str) -> bool:
    if _same(value.get("videoId"), number) or _same(value.get("video_id"), number):
        return True
    return value.get("__typename") == "Video" and _same(value.get("id"), number)


def _is_photo(value: dict[str, Any], number: str) -> bool:
    return _same(value.get("id"), number) and (value.get("__typename") == "Photo" or "created_time" in value)
