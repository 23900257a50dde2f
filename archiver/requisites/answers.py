"""Which recorded answer an address led to, behind its redirects."""

from collections.abc import Iterable
from typing import Final

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import Seen
from archiver.model.redirect import redirect_target

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Answers:
    """The exchanges of an item by the address that was asked."""

    def __init__(self, seen: Iterable[Seen]) -> None:
        self._by_url: dict[str, Seen] = {}
        for each in seen:
            known = self._by_url.get(each.url)
            # A page may redirect to itself until it has set its cookie: what it shows then is the answer.
            if known is None or known.status in _REDIRECTS or not known.status:
                self._by_url[each.url] = each

    def __contains__(self, url: str) -> bool:
        """Whether `url` was asked for, whatever came."""
        return url in self._by_url

    def behind(self, url: str) -> tuple[Seen, Address] | None:
        """Return the answer that `url` led to and the address that gave it, None where there is none."""
        passed: set[str] = set()
        while url in self._by_url and url not in passed:
            passed.add(url)
            seen = self._by_url[url]
            address = _address(url)
            if address is None or not seen.status:
                return None
            target = redirect_target(address, seen.header("location").encode("latin-1"))
            if seen.status not in _REDIRECTS or target is None:
                return seen, address
            url = target.url
        return None


def _address(url: str) -> Address | None:
    try:
        address = Address.parse(url)
    except UsageError:
        return None
    return address if address.host else None
