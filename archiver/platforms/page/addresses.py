"""Addresses as pages write them: relative, in Cyrillic, broken, hostile. Nothing here raises."""

from typing import Final
from urllib.parse import unquote, urljoin

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import PostKey
from archiver.model.post import Found

PLATFORM: Final = "page"
MAX_URL: Final = 4_000  # characters; what is longer is data and no address that somebody reads


def key_of(address: Address) -> PostKey | None:
    """Return the key of the page at `address`, None for what is not on the web."""
    if address.scheme not in {"http", "https"} or not address.host:
        return None
    return PostKey(PLATFORM, f"{PLATFORM}:{address.url}", "page", (("url", address.url),))


def absolute(base: str, said: Found[str] | None) -> Found[str] | None:
    """Return the address that `said` means on a page at `base`, None where it is none on the web."""
    if said is None:
        return None
    words = said.value.strip()
    if not words or len(words) > MAX_URL:
        return None
    try:
        url = urljoin(base, words)
    except ValueError:
        return None
    if not url.lower().startswith(("https://", "http://")):
        return None
    return said if url == said.value else Found(url, said.exchange, said.at)


def host_of(url: str) -> str:
    """Return the host of `url` in its ASCII form, without "www.", "" where it has none."""
    parsed = _parsed(url)
    return parsed.host.removesuffix(".").removeprefix("www.") if parsed is not None else ""


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have scheme, host and port in common."""
    first, second = _parsed(one), _parsed(other)
    if first is None or second is None:
        return False
    return (first.scheme, first.host, first.port) == (second.scheme, second.host, second.port)


def same_page(one: str, other: str) -> bool:
    """Whether two addresses are one but for scheme, "www.", a fragment, escapes and a slash at the end."""
    first, second = _bare(one), _bare(other)
    return bool(first) and first == second


def is_front(url: str) -> bool:
    """Whether `url` is that of the first page of a site."""
    parsed = _parsed(url)
    return parsed is not None and parsed.target.partition("?")[0].strip("/") == "" and "?" not in parsed.target


def leads_back(url: str, asked: str) -> bool:
    """Whether the query of `url` holds the address `asked`, whole or as a path: a door that will lead back to it."""
    there, wanted = _parsed(url), _parsed(asked)
    if there is None or wanted is None or wanted.target.strip("/") == "":
        return False
    query = unquote(unquote(there.target.partition("?")[2]))
    path = unquote(unquote(wanted.target))
    values = [part.partition("=")[2] for part in query.split("&", 50)]
    further = (f"{path}?", f"{path}/", f"{path}#")
    return f"{wanted.netloc}{path}" in query or any(each == path or each.startswith(further) for each in values)


def _bare(url: str) -> str:
    parsed = _parsed(url)
    return f"{host_of(url)}{unquote(parsed.target).rstrip('/')}" if parsed is not None else ""


def _parsed(url: str) -> Address | None:
    try:
        parsed = Address.parse(url[: MAX_URL * 4])
    except UsageError:
        return None
    return parsed if parsed.scheme in {"http", "https"} and parsed.host else None
