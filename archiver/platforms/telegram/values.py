"""Small values as t.me writes them: counts, durations, addresses in styles. Nothing here raises."""

import base64
import binascii
import re
from typing import Final

from archiver.model.post import Count, Found
from archiver.platforms.reading import parsed

_EXACT = re.compile("[0-9]{1,15}")
_SHORT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?([KMB])")
_UNIT: Final = {"K": 10**3, "M": 10**6, "B": 10**9}
_SPACES: Final = str.maketrans("", "", " \u00a0\u202f\u2009,")
_DURATION = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,3}):([0-9]{2})")
_STYLE_URL = re.compile(r"background-image\s{0,9}:\s{0,9}url\(\s{0,9}([\"']?)([^\"')\s]{1,4000})\1")
_PEER = re.compile(r"c([0-9]{1,15})_")


def count(name: str, said: Found[str] | None) -> Count | None:
    """Return a count as it was shown: "879" is exact, "214.4K" is not, and any other word is kept as it is."""
    if said is None:
        return None
    words = said.value.strip()
    plain = words.translate(_SPACES)
    if _EXACT.fullmatch(plain):
        return Count(name, Found(int(plain), said.exchange, said.at), said if plain != words else None)
    match = _SHORT.fullmatch(words)
    if match is None:
        return Count(name, None, said, exact=False)
    unit, fraction = _UNIT[match[3]], match[2] or ""
    value = int(match[1]) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
    return Count(name, Found(value, said.exchange, said.at), said, exact=False)


def seconds(said: Found[str] | None) -> Found[int] | None:
    """Return the duration that "1:09" or "1:02:03" spells, None for other words."""
    match = _DURATION.fullmatch(said.value.strip()) if said else None
    if said is None or match is None:
        return None
    return Found(int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3]), said.exchange, said.at)


def picture(style: Found[str] | None) -> Found[str] | None:
    """Return the address of the background picture in a style; none for one that is written into the page itself."""
    match = _STYLE_URL.search(style.value) if style else None
    return _address(Found(match[2], style.exchange, style.at)) if style and match else None


def file(said: Found[str] | None) -> Found[str] | None:
    """Return the address of a file as an attribute has it; none for one that is written into the page itself."""
    return _address(said) if said else None


def chat_id(view: Found[str] | None, peer: Found[str] | None) -> Found[int] | None:
    """Return the number of the chat, which stays when its name changes.

    It is `c` in the JSON that `data-view` holds in base64url, without its sign, or the number in `data-peer`.
    """
    if view is not None:
        try:
            data = parsed(base64.urlsafe_b64decode(view.value[:4000] + "=" * (-len(view.value[:4000]) % 4)))
        except (binascii.Error, ValueError):
            data = None
        number = data.get("c") if isinstance(data, dict) else None
        if isinstance(number, int) and not isinstance(number, bool) and 0 < abs(number) < 2**53:
            return Found(abs(number), view.exchange, view.at)
    match = _PEER.match(peer.value) if peer else None
    return Found(int(match[1]), peer.exchange, peer.at) if peer and match else None


def _address(said: Found[str]) -> Found[str] | None:
    url = said.value.strip()
    url = f"https:{url}" if url.startswith("//") else url
    return Found(url, said.exchange, said.at) if url.lower().startswith(("https://", "http://")) else None
