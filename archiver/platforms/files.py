"""Files that a post names and that can be asked for by their addresses: which are, and what came of each."""

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import Seen, Target
from archiver.model.post import Found, Media, Rendition, RenditionRole

FILE: Final = "file."  # the roles of files begin with it
MAX_FILES: Final = 100  # of one item
NOT_ASKED: Final = "not asked for"
NO_ADDRESS: Final = "its address is none that can be asked for"

_REFUSED: Final = frozenset({401, 403, 429})
_GOT: Final = frozenset({200, 206})


@dataclass(frozen=True, slots=True)
class Files:
    """What came of the files that were asked for: of each the last exchange, behind all redirects."""

    last: dict[str, Seen]

    @classmethod
    def of(cls, seen: Iterable[Seen]) -> "Files":
        """Return what is seen of files."""
        return cls({each.role: each for each in seen if each.role.startswith(FILE)})

    @property
    def refused(self) -> bool:
        """Whether a server refused a file, so that no more are asked for."""
        return any(each.status in _REFUSED for each in self.last.values())

    def rendition(
        self,
        url: Found[str],
        role: RenditionRole,
        *,
        media_type: Found[str] | None = None,
        width: Found[int] | None = None,
        height: Found[int] | None = None,
        otherwise: str = NOT_ASKED,
    ) -> Rendition:
        """Return the file at `url` with what came of it; `otherwise` says why it was not asked for."""
        why = self._why(url.value, otherwise)
        exchange = 0 if why else self.last[role_of(url.value)].number
        return Rendition(url, role, media_type, _positive(width), _positive(height), exchange, why)

    def targets(self, media: Iterable[Media], headers: tuple[tuple[str, str], ...] = ()) -> tuple[Target, ...]:
        """Return what is asked for the files of `media` that were not asked for yet, none after a refusal.

        Those with a reason of their own not to be asked for are left alone.
        """
        if self.refused:
            return ()
        found: dict[str, Target] = {}
        for rendition in (each for one in media for each in one.renditions):
            if rendition.why == NOT_ASKED and len(self.last) + len(found) < MAX_FILES:
                role = role_of(rendition.url.value)
                found.setdefault(role, Target(role, rendition.url.value, headers=headers))
        return tuple(found.values())

    def _why(self, url: str, otherwise: str) -> str:
        seen = self.last.get(role_of(url))
        if seen is None:
            return otherwise if askable(url) else NO_ADDRESS
        if seen.failure or not seen.status:
            return f"asked for, no answer: {seen.failure or 'failure'}"
        if seen.status not in _GOT:
            return f"asked for, answered with status {seen.status}"
        if seen.header("content-type").lower().startswith("text/html"):
            return "asked for, a page came in its place"
        return "" if seen.whole else "asked for, cut short"


def role_of(url: str) -> str:
    """Return the role of the file at `url`: the same one each time, and another one for each file."""
    return FILE + hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]


def askable(url: str) -> bool:
    """Return whether `url` is an address of a host with a name on the web."""
    try:
        address = Address.parse(url)
    except UsageError:
        return False
    if address.scheme not in {"http", "https"} or "." not in address.host.strip("."):
        return False
    try:
        ipaddress.ip_address(address.host)
    except ValueError:
        return True
    return False


def _positive(found: Found[int] | None) -> Found[int] | None:
    return found if found is not None and found.value > 0 else None
