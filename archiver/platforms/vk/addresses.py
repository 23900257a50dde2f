"""Which post of VK an address means (docs/spec/platforms/vk.md §Addresses). Looks at the address alone.

Posts are told by owner and number, the owner of a community being negative. A post may be named by the path, or by what
is opened over another page: `?z=` lies above `?w=`, which lies above the path.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from archiver.model.address import Address
from archiver.model.platform import PostKey

NAME: Final = "vk"
SHORT_HOST: Final = "vk.cc"

_DOMAINS: Final = ("vk.com", "vk.ru", "vkontakte.ru", "vkvideo.ru")
_FRONTS: Final = frozenset({"", "www.", "m.", "new."})  # hosts on which a path can be the name of a person or community
_MAX_QUERY: Final = 8192  # characters that are looked at

_OBJECT = re.compile(r"(wall|photo|video|clip|topic)(-?[0-9]{1,18})_([0-9]{1,18})(?![0-9A-Za-z])")
_REPLY = re.compile(r"_r([0-9]{1,18})(?![0-9A-Za-z])")
_PHOTO_KEY = re.compile(r"_([0-9a-z]{10,40})(?![0-9A-Za-z])")
_VIDEO_LIST = re.compile(r"/?([0-9a-f]{10,40}|ln-[0-9A-Za-z]{1,40})(?![0-9A-Za-z])")
_NUMBER = re.compile(r"-?[0-9]{1,18}")
_OWNER = re.compile(r"/(club|public|event|id)([0-9]{1,18})/?")
_SCREEN_NAME = re.compile(r"/(?:video/)?(@?)([A-Za-z][A-Za-z0-9_.]{0,62}[A-Za-z0-9_])/?")
_SHORT = re.compile(r"/([0-9A-Za-z]{1,40})/?")
_NO_NAME = re.compile(  # lists and services of VK: an object's kind, then a number
    r"(?:wall|photos?|albums?|videos?|clips?|topic|board|audios?|docs?|market|app|page|note|notes|poll|tag|story|stories"
    r"|gifts?|friends|groups|im|write|product|podcasts?|artist|event|club|public|id)-?[0-9].*"
)
_SERVICES: Final = frozenset(
    {
        "about", "ads", "album", "albums", "al_feed", "apps", "artists", "audio", "audios", "auth",
        "authorize", "away", "bookmarks", "calls", "clip", "clips", "club", "community", "data_protection",
        "dev", "discover", "docs", "edit", "event", "events", "fave", "faves", "feed", "friends", "games",
        "gifts", "groups", "help", "im", "join", "legal", "licence", "live", "login", "mail", "market",
        "menu", "mobile", "music", "news", "notes", "notifications", "page", "pages", "photo", "photos",
        "playlist", "podcasts", "privacy", "promo", "public", "restore", "search", "services", "settings",
        "share", "stickers", "stories", "story", "support", "terms", "topic", "trends", "video", "videos",
        "vkpay", "wall",
    }
)  # fmt: skip


def match(address: Address) -> PostKey | None:
    """Return which post, photo, video, topic, person or community `address` means, None where it means none here."""
    if address.scheme not in ("http", "https"):
        return None
    host = address.host.removesuffix(".")
    path, _, query = address.target.partition("?")
    path = unquote(path)
    page = ("page", address.url)
    if host == SHORT_HOST:
        short = _SHORT.fullmatch(path)
        return PostKey(NAME, f"vk:short/{short[1]}", "short", (page,)) if short else None
    front = _front(host)
    if front is None:
        return None
    asked = dict(parse_qsl(unquote(query[:_MAX_QUERY])))
    return _object(path, asked, page) or (_owner(host, path, page) if front in _FRONTS else None)


def owner_key(key: PostKey, owner: int) -> PostKey:
    """Return `key`, now that it is known which person (positive) or community (negative) its name belongs to."""
    return PostKey(NAME, key.id, "owner", (*key.parts, ("owner", str(owner))))


def _front(host: str) -> str | None:
    """Return what stands before VK's domain in `host`, None for a host of others."""
    for domain in _DOMAINS:
        if host == domain or host.endswith(f".{domain}"):
            return host.removesuffix(domain)
    return None


def _object(path: str, asked: dict[str, str], page: tuple[str, str]) -> PostKey | None:
    for place in (asked.get("z", ""), asked.get("w", "")):
        found = _OBJECT.match(place)
        if found:
            return _key(found, place[found.end() :], asked, page)
    if path.endswith("/video_ext.php"):
        owner, number = asked.get("oid", ""), asked.get("id", "")
        if _NUMBER.fullmatch(owner) and _NUMBER.fullmatch(number):
            found = _OBJECT.fullmatch(f"video{owner}_{number}")
            return _key(found, "", asked, page) if found else None
    for segment in path.split("/")[1:9]:
        found = _OBJECT.match(segment)
        if found:
            return _key(found, segment[found.end() :], asked, page)
    return None


def _key(found: re.Match[str], rest: str, asked: dict[str, str], page: tuple[str, str]) -> PostKey | None:
    kind = "video" if found[1] == "clip" else found[1]
    owner, number = int(found[2]), int(found[3])
    if not owner or not number or (kind == "topic" and owner > 0):
        return None
    parts = [page, ("owner", str(owner)), ("id", str(number))]
    name = f"vk:{kind}{owner}_{number}"
    if kind in ("wall", "topic"):
        popup = _REPLY.match(rest)
        reply = popup[1] if popup else asked.get("reply" if kind == "wall" else "post", "")
        if re.fullmatch(r"[0-9]{1,18}", reply) and int(reply):
            name += f"_r{int(reply)}"
            parts.append(("reply", str(int(reply))))
            if re.fullmatch(r"[0-9]{1,18}", asked.get("thread", "")):
                parts.append(("thread", str(int(asked["thread"]))))
    elif kind == "photo":
        key = _PHOTO_KEY.match(rest) or _PHOTO_KEY.fullmatch("_" + asked.get("access_key", ""))
        parts += [("key", key[1])] if key else []
    else:
        listed = _VIDEO_LIST.fullmatch(asked.get("list", "")) or _VIDEO_LIST.match(rest)
        parts += [("list", listed[1])] if listed else []
    return PostKey(NAME, name, kind, tuple(parts))


def _owner(host: str, path: str, page: tuple[str, str]) -> PostKey | None:
    found = _OWNER.fullmatch(path)
    if found:
        owner = int(found[2]) * (1 if found[1] == "id" else -1)
        return PostKey(NAME, f"vk:owner{owner}", "owner", (page, ("owner", str(owner)))) if owner else None
    named = _SCREEN_NAME.fullmatch(path)
    if not named:
        return None
    at_sign, name = named[1], named[2].lower()
    of_video = path.startswith("/video/") or host.endswith("vkvideo.ru")
    if bool(at_sign) != of_video or name in _SERVICES or _NO_NAME.fullmatch(name) or name.endswith((".php", ".html")):
        return None
    return PostKey(NAME, f"vk:name/{name}", "name", (page, ("name", name)))
