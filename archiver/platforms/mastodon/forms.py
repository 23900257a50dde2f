"""Addresses of posts on ActivityPub servers: what they mean by their path alone, and which of them may be asked.

read("https://social.example/@anna/109999999999999999")    a `Form`: status, id, user
read("https://social.example/about")                        None
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Literal

from archiver.errors import UsageError
from archiver.model.address import DEFAULT_PORTS, Address

Kind = Literal["status", "object", "note"]

MAX_URL: Final = 2_000  # characters of an address that data names

_USER: Final = r"@(?P<user>[^/@]{1,100})(?:@(?P<remote>[^/@]{1,253}))?"
_NUMBER: Final = r"[0-9]{1,20}"
_ULID: Final = r"[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{26}"
_FLAKE: Final = r"[0-9A-Za-z]{18}"
_ID: Final = rf"(?P<id>{_NUMBER}|{_ULID}|{_FLAKE})"
_END: Final = r"(?:/(?:activity|embed)?)?"
_PATHS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("status", re.compile(rf"/(?:web/|deck/)?{_USER}/(?:(?P<infix>posts|statuses)/)?{_ID}{_END}")),
    ("status", re.compile(rf"/(?P<own>users/(?P<user>[^/@]{{1,100}})/statuses)/{_ID}{_END}")),
    ("status", re.compile(rf"/(?P<own>ap/users/[0-9]{{1,20}}/statuses)/{_ID}{_END}")),
    ("status", re.compile(rf"/(?P<own>notice)/{_ID}{_END}")),
    ("status", re.compile(rf"/(?:web/)?statuses/{_ID}/?")),
    ("object", re.compile(r"/objects/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/?")),
    ("note", re.compile(r"/notes/(?P<id>[0-9a-z]{10}|[0-9a-z]{16}|[0-9a-z]{24}|[0-9A-HJKMNP-TV-Z]{26})/?")),
)


@dataclass(frozen=True, slots=True)
class Form:
    """What an address says: the server, the post on it, and the address that the server's own object would have.

    `base` is scheme and host; `user` and `remote` are what stands between the "@", "" where nothing does. `own` is ""
    where the address does not tell it.
    """

    kind: Kind
    base: str
    netloc: str
    id: str
    user: str = ""
    remote: str = ""
    own: str = ""


def read(address: Address) -> Form | None:
    """Return what `address` means, None where its path is none of a post, or its host is no name of a public server."""
    if address.scheme not in DEFAULT_PORTS or not is_name(address.host):
        return None
    path = address.target.partition("?")[0]
    for kind, pattern in _PATHS:
        match = pattern.fullmatch(path)
        if match is not None:
            found = match.groupdict()
            base, netloc = _server(address)
            user, remote = found.get("user") or "", (found.get("remote") or "").lower()
            form = Form(kind, base, netloc, found["id"], user, remote)
            own = f"/{found['own']}/{form.id}" if found.get("own") else _own(form, found.get("infix") or "")
            return Form(kind, base, netloc, form.id, user, remote, base + own if own else "")
    return None


def read_url(url: str) -> Form | None:
    """Return what an address that data names means; None also for one that must not be asked."""
    if why_not(url):
        return None
    return read(Address.parse(url))


def why_not(url: str) -> str:
    """Return why an address that data names is not asked, "" where it may be: https, and a host with a name."""
    if len(url) > MAX_URL:
        return "its address is too long"
    try:
        address = Address.parse(url)
    except UsageError:
        return "its address is none"
    if address.scheme != "https":
        return "its address does not begin with https"
    if not is_name(address.host):
        return "its address has no name of a public server"
    if address.odd and "address-userinfo-not-sent" in address.odd:
        return "its address holds a name or password"
    return ""


def netloc_of(url: str) -> str:
    """Return host and port of an address, "" where it has none."""
    try:
        return Address.parse(url).netloc
    except UsageError:
        return ""


def is_name(host: str) -> bool:
    """Whether `host` is a name with a dot in it, and no address by number."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".") and ":" not in host
    return False


def _server(address: Address) -> tuple[str, str]:
    # What was pasted with http is asked with https, but for hosts that have no certificates.
    plain = address.scheme == "http" and (address.port != DEFAULT_PORTS["http"] or address.host.endswith(".onion"))
    return f"{'http' if plain else 'https'}://{address.netloc}", address.netloc


def _own(form: Form, infix: str) -> str:
    if form.kind != "status":
        return f"/{form.kind}s/{form.id}"
    if not form.user or form.remote:
        return ""
    if infix == "statuses":
        return f"/users/{form.user}/statuses/{form.id}"
    return f"/@{form.user}/{infix + '/' if infix else ''}{form.id}"
