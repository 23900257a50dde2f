"""Which post of X an address means (docs/spec/platforms/x.md §Addresses). Looks at the address alone.

The name in an address is anybody's word: X shows the post by its number whatever stands before it. It is kept beside
the key, and held against the name in the data.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from archiver.model.address import Address
from archiver.model.platform import PostKey, Seen
from archiver.platforms.html import page_in
from archiver.platforms.places import led_to

NAME: Final = "x"
SHORT_HOST: Final = "t.co"
MIRRORS: Final = (  # of others: they show posts of X, or embed them elsewhere; the post is the same
    "fxtwitter.com", "vxtwitter.com", "fixupx.com", "fixvx.com", "twittpr.com", "xcancel.com", "nitter.net",
    "nitter.poast.org", "nitter.privacydev.net", "nitter.space", "nitter.tiekoetter.com", "nitter.catsarch.com",
)  # fmt: skip

_OWN: Final = ("x.com", "twitter.com")
_FRONTS: Final = frozenset({"", "www.", "m.", "mobile."})
_EMBED: Final = "platform."
_NUMBER: Final = r"([0-9]{1,20})(?![0-9A-Za-z_])"
_POST = re.compile(rf"/+(?:i/web|([^/]{{1,50}}))/status(?:es)?/{_NUMBER}|/+statuses/{_NUMBER}")
_SHORT = re.compile(r"/([0-9A-Za-z]{1,40})/?")
_SCREEN_NAME = re.compile(r"@?([0-9A-Za-z_]{1,20})")
_REFRESH = re.compile(r"[0-9. ]{0,9}; {0,9}url=[\"']?([^\"']{1,4000})", re.IGNORECASE)
_MAX_QUERY: Final = 8192  # characters that are looked at
_LARGEST: Final = 2**63 - 1


def match(address: Address) -> PostKey | None:
    """Return which post `address` means, None where it means none of X."""
    if address.scheme not in ("http", "https"):
        return None
    host = address.host.removesuffix(".")
    path, _, query = address.target.partition("?")
    path = unquote(path)
    if host == SHORT_HOST:
        short = _SHORT.fullmatch(path)
        return PostKey(NAME, f"{NAME}:t.co/{short[1]}", "short", (("page", address.url),)) if short else None
    front = _front(host)
    if front == _EMBED:
        number = dict(parse_qsl(query[:_MAX_QUERY])).get("id", "") if path == "/embed/Tweet.html" else ""
        return _key(number)
    if front is None and not _is_mirror(host):
        return None
    return _in_path(path) or (_in_fragment(address.submitted) if front is not None else None)


def meant(key: PostKey, seen: tuple[Seen, ...]) -> PostKey:
    """Return the post that a short link turned out to lead to, `key` itself where it is plain or leads elsewhere.

    A link is led on by a redirect, or by the element of a page that says where to go next.
    """
    if key.kind != "short":
        return key
    for each in seen:
        if each.role != "page":
            continue
        refresh = page_in(each).first('meta[http-equiv="refresh" i]').attribute("content") if each.body else None
        ahead = _REFRESH.match(refresh.value.strip()) if refresh is not None else None
        for place in (each.url, each.header("location"), ahead[1] if ahead else ""):
            found = led_to(match, each.url, place)
            if found is not None and found.kind != "short":
                return PostKey(key.platform, key.id, found.kind, (*found.parts, *key.parts))
    return key


def _front(host: str) -> str | None:
    """Return what stands before X's domain in `host`, None for a host of others and for one that shows no posts."""
    for domain in _OWN:
        if host == domain or host.endswith(f".{domain}"):
            front = host.removesuffix(domain)
            return front if front in _FRONTS or front == _EMBED else None
    return None


def _is_mirror(host: str) -> bool:
    return any(host == mirror or host.endswith(f".{mirror}") for mirror in MIRRORS)


def _in_path(path: str) -> PostKey | None:
    found = _POST.match(path)
    return _key(found[2] or found[3], found[1] or "") if found else None


def _in_fragment(submitted: str) -> PostKey | None:
    """Return the post of an address as they were until 2013: twitter.com/#!/name/status/1."""
    return _in_path(unquote(submitted.partition("#!")[2][:_MAX_QUERY]))


def _key(number: str, name: str = "") -> PostKey | None:
    if not re.fullmatch("[0-9]{1,20}", number) or not 0 < int(number) <= _LARGEST:
        return None
    parts = [("id", str(int(number)))]
    named = _SCREEN_NAME.fullmatch(name)
    parts += [("name", named[1])] if named and named[1].lower() != "i" else []
    return PostKey(NAME, f"{NAME}:{int(number)}", "post", tuple(parts))
