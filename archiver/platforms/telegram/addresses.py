"""Which message, channel or closed door an address of Telegram means (docs/spec/platforms/telegram.md §Addresses).

Kinds: `post` and `comment` (a public message, a comment below one), `channel` (a public name without a message),
`members` (/c/, only for members), `invite` (a door into a closed chat) and `story` (shown in the app only).
"""

import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from archiver.model.address import Address
from archiver.model.platform import PostKey

PLATFORM: Final = "telegram"
HOSTS: Final = frozenset({"t.me", "telegram.me", "telegram.dog"})

_NAME: Final = "[A-Za-z][A-Za-z0-9_]{3,31}"
_NUMBER: Final = "[0-9]{1,15}"
_POST = re.compile(rf"/({_NAME})/(?:({_NUMBER})/)?({_NUMBER})/?")
_STORY = re.compile(rf"/({_NAME})/s/({_NUMBER})/?")
_CHANNEL = re.compile(rf"/({_NAME})/?")
_MEMBERS = re.compile(rf"/c/({_NUMBER})/(?:({_NUMBER})/)?({_NUMBER})/?")
_INVITE = re.compile(r"/(?:\+|joinchat/)([A-Za-z0-9_-]{6,64})/?")
_PHONE = re.compile(r"[0-9]*")
_OWN_NAME = re.compile(rf"({_NAME})\.t\.me")
_TAKEN: Final = frozenset(
    {
        "addemoji", "addlist", "addstickers", "addstyle", "addtheme", "auction", "boost", "call", "confirmphone",
        "contact", "giftcode", "invoice", "joinchat", "login", "proxy", "setlanguage", "share",
        "socks",
    }
)  # fmt: skip
"""First parts of a path that are functions of the site, never names."""


def key_of(address: Address) -> PostKey | None:
    """Return what `address` means, None where it is none of Telegram's, or no message, name or door."""
    path = _path(address)
    if path is None:
        return None
    if match := _MEMBERS.fullmatch(path):
        return _key("members", f"c/{_plain(match[1])}/{_plain(match[3])}", page=path)
    if (match := _INVITE.fullmatch(path)) and not _PHONE.fullmatch(match[1]):
        return _key("invite", f"+{match[1]}", page=path)
    if match := _STORY.fullmatch(path):
        where = f"{match[1].lower()}/s/{_plain(match[2])}"
        return None if _taken(match[1]) else _key("story", where, page=path)
    shown = path.removeprefix("/s") if path.startswith("/s/") else path
    if (match := _POST.fullmatch(shown)) and not _taken(match[1]):
        return _post(match[1], match[2] or "", match[3], _comment(address))
    if (match := _CHANNEL.fullmatch(shown)) and not _taken(match[1]):
        return _key("channel", match[1].lower(), name=match[1])
    return None


def _path(address: Address) -> str | None:
    """Return the path, percent-escapes undone; for {name}.t.me with the name before it. None on other hosts."""
    if address.scheme not in {"http", "https"}:
        return None
    host = address.host.removesuffix(".").removeprefix("www.")
    path = unquote(address.target.partition("?")[0])
    if host in HOSTS:
        return path
    own = _OWN_NAME.fullmatch(host)
    return f"/{own[1]}{path}" if own else None


def _post(name: str, thread: str, number: str, comment: str) -> PostKey:
    parts = {"name": name, "number": _plain(number), "thread": _plain(thread) if thread else ""}
    where = f"{name.lower()}/{_plain(number)}"
    if comment:
        return _key("comment", f"{where}?comment={comment}", **parts, comment=comment)
    return _key("post", where, **parts)


def _comment(address: Address) -> str:
    for name, value in parse_qsl(address.target.partition("?")[2])[:100]:
        if name == "comment" and re.fullmatch(_NUMBER, value):
            return _plain(value)
    return ""


def _plain(number: str) -> str:
    return str(int(number))


def _taken(name: str) -> bool:
    return name.lower() in _TAKEN


def _key(kind: str, where: str, **parts: str) -> PostKey:
    return PostKey(
        PLATFORM, f"{PLATFORM}:{where}", kind, tuple((name, value) for name, value in parts.items() if value)
    )
