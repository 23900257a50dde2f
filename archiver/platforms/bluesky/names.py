"""How accounts and posts are named, and the addresses that are asked for them (docs/spec/platforms/bluesky.md)."""

import re
from typing import Final
from urllib.parse import quote, unquote, urlencode

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import PostKey

NAME: Final = "bluesky"
POSTS: Final = "app.bsky.feed.post"
APPVIEW: Final = "https://public.api.bsky.app"
DIRECTORY: Final = "https://plc.directory"

_APPS: Final = frozenset({"bsky.app", "www.bsky.app", "main.bsky.dev", "staging.bsky.app"})
_ALIASES: Final = frozenset(
    {
        "fxbsky.app", "www.fxbsky.app", "vxbsky.app", "cbsky.app", "xbsky.app", "bskx.app", "bskyx.app", "bskye.app",
        "bsyy.app", "deer.social", "witchsky.app", "blacksky.community",
    }
)  # fmt: skip
_EMBED: Final = "embed.bsky.app"

_PLC = re.compile(r"did:plc:[a-z2-7]{24}")
_WEB = re.compile(r"did:web:([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+)")
_HANDLE = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{0,62}")
_RKEY = re.compile(r"[A-Za-z0-9._~:-]{1,512}")
_APP_PATH = re.compile(r"/profile/([^/]{1,2048})/post/([^/]{1,1024})(?:/(?:quotes|liked-by|reposted-by))?/?")
_EMBED_PATH = re.compile(r"/embed/([^/]{1,2048})/app\.bsky\.feed\.post/([^/]{1,1024})/?")
_URI = re.compile(r"(?i:at)://([^/?#\s]{1,2048})/app\.bsky\.feed\.post/([^/?#\s]{1,1024})/?")


def post_key(address: Address) -> PostKey | None:
    """Return which post an address means, None for an address of anything else.

    A handle does not say whose it is until somebody is asked: the same post has one key by handle and one by DID.
    """
    if address.scheme == "at":
        found = _URI.fullmatch(address.submitted.strip())
    elif (host := address.host.removesuffix(".")) in _APPS or host in _ALIASES:
        found = _APP_PATH.fullmatch(address.target.partition("?")[0])
    elif host == _EMBED:
        found = _EMBED_PATH.fullmatch(address.target.partition("?")[0])
    else:
        return None
    if found is None:
        return None
    actor, rkey = unquote(found[1]).removeprefix("@"), unquote(found[2])
    if _RKEY.fullmatch(rkey) is None or rkey in (".", ".."):
        return None
    if is_did(actor):
        return PostKey(NAME, f"{NAME}:{at_uri(actor, rkey)}", "post", (("did", actor), ("rkey", rkey)))
    handle = actor.lower()
    if not is_handle(handle):
        return None
    return PostKey(NAME, f"{NAME}:{at_uri(handle, rkey)}", "post", (("handle", handle), ("rkey", rkey)))


def is_did(text: str) -> bool:
    """Whether a text is an identifier of one of the two kinds that the AT Protocol allows: did:plc and did:web."""
    return _PLC.fullmatch(text) is not None or (_WEB.fullmatch(text) is not None and is_handle(text[8:]))


def is_plc(did: str) -> bool:
    """Whether the directory knows of this identifier."""
    return did.startswith("did:plc:")


def is_handle(text: str) -> bool:
    """Whether a text can be a handle: a name of a host, in lower case."""
    labels = text.split(".")
    return (
        len(text) <= 253
        and _HANDLE.fullmatch(text) is not None
        and not any(label.startswith("-") or label.endswith("-") for label in labels)
    )


def at_uri(actor: str, rkey: str) -> str:
    """Return the name of a post in the AT Protocol."""
    return f"at://{actor}/{POSTS}/{rkey}"


def parts_of(uri: str) -> tuple[str, str] | None:
    """Return the account and the record key that an at:// name of a post holds, None where it is none."""
    found = _URI.fullmatch(uri)
    return (found[1], found[2]) if found else None


def page_of(uri: str) -> str:
    """Return where the app shows the post with this name; "" where that cannot be told."""
    parts = parts_of(uri)
    return f"https://bsky.app/profile/{quote(parts[0], safe=':.')}/post/{quote(parts[1], safe='~:')}" if parts else ""


def document_url(did: str) -> str:
    """Return where the DID document of an account is."""
    if is_plc(did):
        return f"{DIRECTORY}/{did}"
    return f"https://{did.removeprefix('did:web:')}/.well-known/did.json"


def origin_of(endpoint: str) -> str:
    """Return the server that an address names, with nothing after it; "" where it names none on the web."""
    try:
        address = Address.parse(endpoint)
    except UsageError:
        return ""
    return f"{address.scheme}://{address.netloc}" if address.host else ""


def is_web(url: str) -> bool:
    """Whether a text is an address that can be asked for."""
    return origin_of(url) != ""


def xrpc(server: str, method: str, **parameters: str) -> str:
    """Return the address of a query of the AT Protocol."""
    return f"{server}/xrpc/{method}?{urlencode(parameters, safe=':/')}"
