"""Which post of TikTok an address means (docs/spec/platforms/tiktok.md §Addresses). Looks at the address alone.

Kinds: `post` (a video or pictures, which differ by nothing in their numbers) and `short` (leads to one).
"""

import re
from typing import Final
from urllib.parse import unquote

from archiver.model.address import Address
from archiver.model.platform import PostKey, Seen
from archiver.platforms.places import followed

PLATFORM: Final = "tiktok"
SHORT: Final = "short"  # the roles of short links begin with it

_OWN: Final = "tiktok.com"
_DOMAINS: Final = (
    _OWN,
    "vxtiktok.com",
    "tnktok.com",
    "tiktxk.com",
    "tfxktok.com",
)  # the others show posts of the first
_SHORTENERS: Final = frozenset({"vm.", "vt."})
_NUMBER: Final = "([1-9][0-9]{4,19})"
_POST = re.compile(rf"/(?:[a-z]{{2}}(?:-[A-Z]{{2}})?/)?@([A-Za-z0-9_.-]{{0,64}})/(?:video|photo)/{_NUMBER}/?")
_NAMELESS = re.compile(
    rf"/(?:(?:i18n/)?share/(?:video|photo)|embed(?:/v[0-9])?|player/v1|v)/{_NUMBER}(?:\.html|\.amp)?/?"
)
_CODE: Final = "([A-Za-z0-9_-]{4,40})"
_SHORT_PATH = re.compile(rf"/t/{_CODE}/?")
_SHORT_HOST_PATH = re.compile(rf"/{_CODE}/?")


def key_of(address: Address) -> PostKey | None:
    """Return which post `address` means, None where it means none of TikTok."""
    front = _front(address)
    if front is None:
        return None
    path = unquote(address.target.partition("?")[0])
    if found := _POST.fullmatch(path):
        return _post(found[2], found[1])
    if found := _NAMELESS.fullmatch(path):
        return _post(found[1], "")
    if front in _SHORTENERS and (found := _SHORT_HOST_PATH.fullmatch(path)):
        return _short(f"{front}{_OWN}", f"/{found[1]}/", found[1])
    if found := _SHORT_PATH.fullmatch(path):
        return _short(f"www.{_OWN}", f"/t/{found[1]}/", f"t/{found[1]}")
    return None


def meant(key: PostKey, seen: tuple[Seen, ...]) -> PostKey:
    """Return the post that a key means, behind a short link the one to which it turned out to lead."""
    return followed(key, seen, SHORT, key_of)


def page_of(key: PostKey) -> str:
    """Return the address of the page of a post. Names in it are not looked at by TikTok, and `_` is none."""
    return f"https://www.{_OWN}/@{key.part('user') or '_'}/video/{key.part('id')}"


def _front(address: Address) -> str | None:
    if address.scheme not in {"http", "https"}:
        return None
    host = address.host.removesuffix(".")
    for domain in _DOMAINS:
        if host == domain or host.endswith(f".{domain}"):
            return host.removesuffix(domain)
    return None


def _post(number: str, user: str) -> PostKey:
    return PostKey(PLATFORM, f"{PLATFORM}:{number}", "post", (("id", number), *((("user", user),) if user else ())))


def _short(host: str, path: str, code: str) -> PostKey:
    name = code if "/" in code else f"{host.partition('.')[0]}/{code}"
    return PostKey(PLATFORM, f"{PLATFORM}:{SHORT}/{name}", SHORT, (("page", f"https://{host}{path}"),))
