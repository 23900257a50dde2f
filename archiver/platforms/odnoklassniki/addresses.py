"""Which video or topic of Odnoklassniki an address means (docs/spec/platforms/odnoklassniki.md §Addresses)."""

import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from archiver.model.address import Address
from archiver.model.platform import PostKey

PLATFORM: Final = "odnoklassniki"

_DOMAINS: Final = ("ok.ru", "odnoklassniki.ru")
_FRONTS: Final = frozenset({"", "www.", "m.", "mobile."})
_MAX_QUERY: Final = 8192  # characters that are looked at
_VIDEO_NUMBER: Final = "([0-9]{3,20}(?:-[0-9]{1,4})?)"
_VIDEO = re.compile(rf"/(?:video|videoembed|live|web-api/video/moviePlayer)/{_VIDEO_NUMBER}/?")
_TOPIC = re.compile(
    r"/((?:group|profile)/[0-9]{1,20}|[A-Za-z0-9][A-Za-z0-9._-]{1,63})/(?:topic|statuses)/([0-9]{3,20})/?"
)


def key_of(address: Address) -> PostKey | None:
    """Return which video or topic `address` means, None where it means none here. Looks at the address alone."""
    if address.scheme not in {"http", "https"} or not is_own(address.host, _FRONTS):
        return None
    path, _, query = address.target.partition("?")
    path = unquote(path)
    found = _VIDEO.fullmatch(path)
    if found is None and path == "/dk":
        told = dict(parse_qsl(query[:_MAX_QUERY]))
        found = re.fullmatch(_VIDEO_NUMBER, told.get("st.mvId", ""))
    if found is not None:
        return _key("video", found[1])
    found = _TOPIC.fullmatch(path)
    return _key("topic", found[2], ("page", f"https://ok.ru{path.rstrip('/')}")) if found else None


def is_own(host: str, fronts: frozenset[str] | None = None) -> bool:
    """Return whether `host` is one of Odnoklassniki's, with one of `fronts` before it where they are given."""
    host = host.removesuffix(".")
    for domain in _DOMAINS:
        if host == domain or host.endswith(f".{domain}"):
            return fronts is None or host.removesuffix(domain) in fronts
    return False


def _key(kind: str, number: str, *parts: tuple[str, str]) -> PostKey:
    return PostKey(PLATFORM, f"{PLATFORM}:{kind}/{number}", kind, (("id", number), *parts))
