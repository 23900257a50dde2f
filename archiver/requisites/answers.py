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
        seen = self.led(url)
        address = _address(seen.url) if seen is not None else None
        if seen is None or address is None or not seen.status or _redirect(seen) is not None:
            return None
        return seen, address

    def led(self, url: str) -> Seen | None:
        """Return the last exchange on the way from `url`, whatever came of it; None where none was made."""
        passed: set[str] = set()
        seen: Seen | None = None
        while url in self._by_url and url not in passed:
            passed.add(url)
            seen = self._by_url[url]
            target = _redirect(seen)
            if target is None:
                break
            url = target.url
        return seen


def _redirect(seen: Seen) -> Address | None:
    address = _address(seen.url)
    if address is None or seen.status not in _REDIRECTS:
        return None
    return redirect_target(address, seen.header("location").encode("latin-1"))


def _address(url: str) -> Address | None:
    try:
        address = Address.parse(url)
    except UsageError:
        return None
    return address if address.host else None
