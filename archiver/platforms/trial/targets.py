"""Whether a target is one that a capture can ask, and may."""

import re
from collections.abc import Iterator
from typing import Final

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import Target

_ROLE = re.compile(r"[a-z0-9.-]{1,200}")
_METHOD = re.compile(r"[A-Z]{1,20}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
_OURS: Final = frozenset({"authorization", "cookie", "host", "content-length", "transfer-encoding"})
_TOKEN = re.compile(rb"(?:^|[?&])access_token=", re.IGNORECASE)


def on_the_web(target: Target) -> Address | None:
    """Return the address that `target` asks, None where it is none on the web."""
    try:
        address = Address.parse(target.url)
    except UsageError:
        return None
    return address if address.scheme in {"http", "https"} else None


def wrong_with(target: Target) -> Iterator[str]:
    """Yield why `target` cannot be asked, or should not be."""
    if not _ROLE.fullmatch(target.role):
        yield f"{target.url}: the role {target.role[:60]!r} is not of a-z, 0-9, dots and dashes"
    address = on_the_web(target)
    if address is None:
        yield f"{target.url[:200]!r} is no address on the web"
    if not _METHOD.fullmatch(target.method):
        yield f"{target.url}: there is no method {target.method[:60]!r}"
    for name, value in target.headers:
        if not _HEADER.fullmatch(name) or not value.isprintable():
            yield f"{target.url}: a header {name[:60]!r}: {value[:60]!r} cannot be sent"
        if name.lower() in _OURS - (set() if target.authorized else {"authorization"}):
            yield f"{target.url}: the header {name} is not for adapters"
    if target.authorized and address is not None and address.scheme != "https":
        yield f"{target.url}: a token would go out in the clear"
    if _TOKEN.search(target.url.encode("utf-8", "replace")) or _TOKEN.search(target.body):
        yield f"{target.url.partition('?')[0]}: a token stands in the address or the body"
