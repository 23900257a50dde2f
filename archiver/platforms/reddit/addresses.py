"""Which post or comment of Reddit an address means (docs/spec/platforms/reddit.md §Addresses).

Kinds: `post`, `comment` and `short` (leads to one of them). Looks at the address alone.
"""

import re
from typing import Final
from urllib.parse import unquote

from archiver.model.address import Address
from archiver.model.platform import PostKey, Seen
from archiver.platforms.places import followed

PLATFORM: Final = "reddit"
SHORT: Final = "short"  # the roles of short links begin with it
SITE: Final = "https://www.reddit.com"

_DOMAINS: Final = ("reddit.com", "rxddit.com", "vxreddit.com")  # the others show posts of the first
_SHORTENER: Final = frozenset({"redd.it", "www.redd.it"})
_OTHER_SERVICES: Final = frozenset({"oauth.", "api.", "ads.", "accounts.", "support.", "about.", "redditinc."})
_NUMBER: Final = "([A-Za-z0-9]{1,13})"  # base 36
_PLACE: Final = "/(?:r|u|user)/[A-Za-z0-9_.-]{1,64}"
_POST = re.compile(rf"(?:{_PLACE})?/comments/{_NUMBER}(?:/[^/]*(?:/{_NUMBER})?)?/?")
_GALLERY = re.compile(rf"/gallery/{_NUMBER}/?")
_SHARED = re.compile(rf"({_PLACE})/s/([A-Za-z0-9]{{1,40}})/?")
_SHORT = re.compile(rf"/{_NUMBER}/?")
_FORMAT = re.compile(r"/?\.(?:json|rss|xml|compact|mobile)$")


def key_of(address: Address) -> PostKey | None:
    """Return which post or comment `address` means, None where it means none of Reddit."""
    if address.scheme not in {"http", "https"}:
        return None
    host = address.host.removesuffix(".")
    path = _FORMAT.sub("", unquote(address.target.partition("?")[0]))
    if host in _SHORTENER:
        found = _SHORT.fullmatch(path)
        return _post(found[1], "") if found else None
    if not _is_site(host):
        return None
    if found := _POST.fullmatch(path):
        return _post(found[1], found[2] or "")
    if found := _GALLERY.fullmatch(path):
        return _post(found[1], "")
    found = _SHARED.fullmatch(path)
    if found is None:
        return None
    place = f"{found[1]}/s/{found[2]}"
    return PostKey(PLATFORM, f"{PLATFORM}:{SHORT}/{found[2]}", SHORT, (("page", f"{SITE}{place}"),))


def meant(key: PostKey, seen: tuple[Seen, ...]) -> PostKey:
    """Return the post that a key means, behind a short link the one to which it turned out to lead."""
    return followed(key, seen, SHORT, key_of)


def name_of(key: PostKey) -> str:
    """Return the full name of what a key means, as Reddit writes it: `t1_` for a comment, `t3_` for a post."""
    return f"t1_{key.part('comment')}" if key.part("comment") else f"t3_{key.part('id')}"


def page_of(key: PostKey) -> str:
    """Return the address of the page of a post or comment, without what the title gives to it."""
    below = f"_/{key.part('comment')}/" if key.part("comment") else ""
    return f"{SITE}/comments/{key.part('id')}/{below}"


def _is_site(host: str) -> bool:
    for domain in _DOMAINS:
        if host == domain or host.endswith(f".{domain}"):
            return host.removesuffix(domain) not in _OTHER_SERVICES
    return False


def _post(number: str, comment: str) -> PostKey:
    number, comment = number.lower(), comment.lower()
    if comment:
        return PostKey(PLATFORM, f"{PLATFORM}:t1_{comment}", "comment", (("id", number), ("comment", comment)))
    return PostKey(PLATFORM, f"{PLATFORM}:t3_{number}", "post", (("id", number),))
