"""Which post an address of Instagram means (docs/spec/platforms/instagram.md §Addresses).

Kinds: `post` (also reels and IGTV), `share` (a link that leads to one) and `story` (for people with a login).
"""

import re
from typing import Final
from urllib.parse import unquote

from archiver.model.address import Address
from archiver.model.platform import PostKey
from archiver.platforms.meta.codes import plain

PLATFORM: Final = "instagram"
SITE: Final = "https://www.instagram.com"
HOSTS: Final = frozenset(
    {
        "instagram.com", "instagr.am",
        "ddinstagram.com", "eeinstagram.com", "fxinstagram.com", "kkinstagram.com", "vxinstagram.com",
    }
)  # fmt: skip
"""Those of Instagram, and of others who show its posts elsewhere: they are never asked."""

_SHARE = re.compile(r"/share/(?:(?:p|reels?|tv)/)?([A-Za-z0-9_-]{4,64})/?")
_POST = re.compile(r"/(?:[A-Za-z0-9_.]{1,64}/)?(?:p|reels?|tv)/(?!audio/)([A-Za-z0-9_-]{2,64})(?:/.*)?", re.DOTALL)
_STORY = re.compile(r"/(stories/[A-Za-z0-9_.]{1,64}/[0-9]{1,24}|s/[A-Za-z0-9_=-]{4,200})/?")


def key_of(address: Address) -> PostKey | None:
    """Return what `address` means, None where it is none of Instagram's, or no post, story or link to one."""
    if address.scheme not in {"http", "https"}:
        return None
    if address.host.removesuffix(".").removeprefix("www.").removeprefix("m.") not in HOSTS:
        return None
    path = unquote(address.target.partition("?")[0])
    if match := _SHARE.fullmatch(path):
        return PostKey(PLATFORM, f"{PLATFORM}:share/{match[1]}", "share", (("page", path),))
    if match := _POST.fullmatch(path):
        return PostKey(PLATFORM, f"{PLATFORM}:{plain(match[1])}", "post", (("code", match[1]),))
    if match := _STORY.fullmatch(path):
        return PostKey(PLATFORM, f"{PLATFORM}:{match[1]}", "story", (("page", f"/{match[1]}/"),))
    return None
