"""Which video, post or channel of YouTube an address means (docs/spec/platforms/youtube.md §Addresses).

Looks at the address alone. Kinds: `video`, `post` (of the community tab) and `channel`. Lists are none of them.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import PostKey

NAME: Final = "youtube"
SITE: Final = "https://www.youtube.com"

_DOMAINS: Final = ("youtube.com", "youtube-nocookie.com", "youtubekids.com")
_FRONTS: Final = frozenset({"", "www.", "m.", "music.", "gaming."})
_SHORT: Final = frozenset({"youtu.be", "www.youtu.be"})
_MIRRORS: Final = frozenset({"yewtu.be", "inv.nadeko.net", "piped.video"})  # of others, who are never asked
_CONSENT: Final = "consent.youtube.com"
_MAX_QUERY: Final = 8192  # characters that are looked at
_PLAYERS: Final = frozenset({"videoseries", "live_stream"})  # as long as an id, and none: they play what is named else

_ID: Final = "[0-9A-Za-z_-]{11}"
_END: Final = "(?![0-9A-Za-z_-])"
_VIDEO_ID = re.compile(_ID)
_WATCH = re.compile(r"/(?:(?:watch|movie)(?:_popup)?(?:\.php)?/?)?")
_IN_PATH = re.compile(rf"/(?:shorts|live|embed|v|e|vi|watch)/({_ID}){_END}")
_ALONE = re.compile(rf"/({_ID}){_END}")
_POST_ID = re.compile(r"Ug[0-9A-Za-z_-]{10,80}")
_POST = re.compile(rf"/post/({_POST_ID.pattern})/?")
_COMMUNITY = re.compile(r"/(?:(?:channel|c|user)/)?[^/]{2,100}/(?:community|posts)/?")
_TABS: Final = (
    "(?:/(?:featured|videos|shorts|streams|community|posts|playlists|about|channels|podcasts|releases|store"
    "|courses))?/?"
)
_CHANNEL = re.compile(rf"/channel/(UC[0-9A-Za-z_-]{{22}}){_TABS}")
_HANDLE = re.compile(rf"/(@[^/\s]{{2,100}}){_TABS}")
_NAMED = re.compile(rf"/(c|user)/([^/\s]{{1,100}}){_TABS}")


def match(address: Address) -> PostKey | None:
    """Return which video, community post or channel `address` means, None where it means none here."""
    return _match(address, nested=False)


def watch_url(video: str) -> str:
    """Return the address of the page of a video."""
    return f"{SITE}/watch?v={video}"


def _match(address: Address, *, nested: bool) -> PostKey | None:
    if address.scheme not in ("http", "https"):
        return None
    host = address.host.removesuffix(".")
    path, _, query = address.target.partition("?")
    path, query = unquote(path), query[:_MAX_QUERY]
    if host in _SHORT:
        return _video(_ALONE.match(path), query) or _watched(path, query)
    if host.removeprefix("www.") in _MIRRORS:
        return _video(_IN_PATH.match(path), query) or _watched(path, query)
    inner = _inner(host, path, query)
    if inner:
        return None if nested else _behind(inner)
    if not any(host == f"{front}{domain}" for domain in _DOMAINS for front in _FRONTS):
        return None
    return _video(_IN_PATH.match(path), query) or _watched(path, query) or _post(path, query) or _channel(path)


def _inner(host: str, path: str, query: str) -> str:
    """Return the address that this one only leads to, "" where it is none of that kind."""
    if host == _CONSENT:
        return _asked(query, "continue")
    return _asked(query, "u") if path == "/attribution_link" else ""


def _behind(inner: str) -> PostKey | None:
    try:
        address = Address.parse(f"{SITE}{inner}" if inner.startswith("/") else inner)
    except UsageError:
        return None
    return _match(address, nested=True)


def _watched(path: str, query: str) -> PostKey | None:
    return _video(_VIDEO_ID.fullmatch(_asked(query, "v")), query) if _WATCH.fullmatch(path) else None


def _video(found: re.Match[str] | None, query: str) -> PostKey | None:
    """Return the video of an id, with all that was asked for beside it, as it was spelled."""
    if found is None:
        return None
    video = found[found.re.groups]
    if video in _PLAYERS:
        return None
    rest = "&".join(each for each in query.split("&") if each and unquote(each.partition("=")[0]) != "v")
    return PostKey(NAME, f"{NAME}:{video}", "video", (("id", video), *((("query", rest),) if rest else ())))


def _post(path: str, query: str) -> PostKey | None:
    found = _POST.fullmatch(path)
    post = found[1] if found else _asked(query, "lb") if _COMMUNITY.fullmatch(path) else ""
    return PostKey(NAME, f"{NAME}:post/{post}", "post", (("id", post),)) if _POST_ID.fullmatch(post) else None


def _channel(path: str) -> PostKey | None:
    if found := _CHANNEL.fullmatch(path):
        return PostKey(
            NAME, f"{NAME}:channel/{found[1]}", "channel", (("path", f"channel/{found[1]}"), ("id", found[1]))
        )
    if found := _HANDLE.fullmatch(path):
        return PostKey(NAME, f"{NAME}:{found[1].lower()}", "channel", (("path", found[1]),))
    if found := _NAMED.fullmatch(path):
        return PostKey(NAME, f"{NAME}:{found[1]}/{found[2].lower()}", "channel", (("path", f"{found[1]}/{found[2]}"),))
    return None


def _asked(query: str, name: str) -> str:
    return next((value for key, value in parse_qsl(query) if key == name), "")
