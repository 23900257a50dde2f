"""Which post an address of Facebook means (docs/spec/platforms/facebook.md §Addresses).

Kinds: `post`, `photo`, `video`, `share` (a link that leads to one) and `story` (for people with a login).
"""

import re
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import PostKey

PLATFORM: Final = "facebook"
SITE: Final = "https://www.facebook.com"

_HOST = re.compile(r"(?:(?:www|m|web|mbasic|touch|mobile|free|d|[a-z]{2}-[a-z]{2})\.)?(?:facebook|fb)\.com")
_WATCH: Final = frozenset({"fb.watch", "www.fb.watch"})
_NUMBER: Final = "[0-9]{5,20}"
_ID: Final = f"(?:{_NUMBER}|pfbid[A-Za-z0-9]{{10,120}})"
_OWNER: Final = r"(?!groups/|events/|share/|plugins/|watch/|stories/|hashtag/|pages/)[^/?#\x00-\x20]{1,100}"
_POST = re.compile(rf"/({_OWNER})/posts/(?:[^/]{{1,300}}/)?({_ID})/?")
_GROUP_POST = re.compile(rf"/groups/([^/?#\x00-\x20]{{1,100}})/(?:posts|permalink)/(?:[^/]{{1,300}}/)?({_ID})/?")
_GROUP = re.compile(r"/groups/([^/?#\x00-\x20]{1,100})/?")
_PHOTO = re.compile(rf"/{_OWNER}/photos/(?:[^/]{{1,200}}/){{0,2}}({_NUMBER})/?")
_VIDEO = re.compile(rf"/({_OWNER})/videos/(?:[^/]{{1,300}}/)?({_NUMBER})/?")
_REEL = re.compile(rf"/reels?/({_NUMBER})/?")
_SHARE = re.compile(r"/share/(?:[pvr]/)?([A-Za-z0-9_-]{4,64})/?")
_SHORT = re.compile(r"/([A-Za-z0-9_-]{4,64})/?")
_STORY = re.compile(r"/stories/([0-9]{1,20}(?:/[A-Za-z0-9_=-]{1,200})?)/?")
_EMBEDDED = re.compile(r"(?:/v[0-9.]{1,8})?/plugins/(?:post|video)\.php")
_BY_STORY: Final = frozenset({"/permalink.php", "/story.php"})
_BY_PHOTO: Final = frozenset({"/photo", "/photo/", "/photo.php"})
_BY_VIDEO: Final = frozenset(
    {"/watch", "/watch/", "/watch/live", "/watch/live/", "/video.php", "/video/video.php", "/video/embed"}
)
_MAX_MEMBERS: Final = 100  # of a query


def key_of(address: Address) -> PostKey | None:
    """Return what `address` means, None where it is none of Facebook's, or no post or link to one."""
    if address.scheme not in {"http", "https"}:
        return None
    host = address.host.removesuffix(".")
    target, _, query = address.target.partition("?")
    path = unquote(target)
    if host in _WATCH:
        short = _SHORT.fullmatch(path)
        return _key("share", f"watch/{short[1]}", f"https://fb.watch/{short[1]}/") if short else None
    if not _HOST.fullmatch(host):
        return None
    members = dict(reversed(parse_qsl(query[:10_000])[:_MAX_MEMBERS]))
    if _EMBEDDED.fullmatch(path):
        return _embedded(members.get("href", ""))
    return _by_path(path) or _by_query(path, members)


def _by_path(path: str) -> PostKey | None:
    if match := _GROUP_POST.fullmatch(path):
        return _post(match[2], f"/groups/{quote(match[1])}/posts/{match[2]}/")
    if match := _POST.fullmatch(path):
        return _post(match[2], f"/{quote(match[1])}/posts/{match[2]}")
    if match := _PHOTO.fullmatch(path):
        return _photo(match[1])
    if match := _VIDEO.fullmatch(path):
        return _key("video", match[2], f"{SITE}/{quote(match[1])}/videos/{match[2]}/", match[2])
    if match := _REEL.fullmatch(path):
        return _key("video", match[1], f"{SITE}/reel/{match[1]}/", match[1])
    if match := _SHARE.fullmatch(path):
        return _key("share", f"share/{match[1]}", f"{SITE}{quote(path)}")
    if match := _STORY.fullmatch(path):
        return _key("story", f"stories/{match[1]}", f"{SITE}{quote(path)}")
    return None


def _by_query(path: str, members: dict[str, str]) -> PostKey | None:
    story, owner = _id(members, "story_fbid"), _id(members, "id")
    if path in _BY_STORY and story:
        return _post(story, f"/permalink.php?story_fbid={story}" + (f"&id={owner}" if owner else ""))
    if path in _BY_PHOTO and _number(members, "fbid"):
        return _photo(_number(members, "fbid"))
    if path in _BY_VIDEO and (video := _number(members, "v") or _number(members, "video_id")):
        return _key("video", video, f"{SITE}/watch/?v={video}", video)
    group = _GROUP.fullmatch(path)
    of_group = _id(members, "multi_permalinks") or (owner if members.get("view") == "permalink" else "")
    if group and of_group:
        return _post(of_group, f"/groups/{quote(group[1])}/posts/{of_group}/")
    return None


def _embedded(href: str) -> PostKey | None:
    """Return what the markup for other sites shows; one within another means nothing."""
    try:
        address = Address.parse(href)
    except UsageError:
        return None
    return None if "/plugins/" in address.target else key_of(address)


def _id(members: dict[str, str], name: str) -> str:
    return value if re.fullmatch(_ID, value := members.get(name, "")) else ""


def _number(members: dict[str, str], name: str) -> str:
    return value if re.fullmatch(_NUMBER, value := members.get(name, "")) else ""


def _post(number: str, target: str) -> PostKey:
    return _key("post", number, f"{SITE}{target}", number)


def _photo(number: str) -> PostKey:
    return _key("photo", number, f"{SITE}/photo/?fbid={number}", number)


def _key(kind: str, where: str, page: str, number: str = "") -> PostKey:
    parts = (("page", page), ("number", number)) if number else (("page", page),)
    return PostKey(PLATFORM, f"{PLATFORM}:{where}", kind, parts)
