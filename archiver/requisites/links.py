"""What an attribute or a `url()` means as an address, as browsers resolve it (WHATWG URL, HTML §2.4)."""

import re
from dataclasses import dataclass, field
from typing import Final

from archiver.http.charsets import bytes_of
from archiver.model.address import DEFAULT_PORTS, MAX_ADDRESS, Address
from archiver.model.redirect import redirect_target
from archiver.requisites.values import Contents, Found, Kind, Reason

MAX_FOUND: Final = 5_000  # addresses of one answer that are looked at
MAX_CHARACTERS: Final = 1 << 20  # of all of them: a long base would make megabytes of every short name

_AROUND: Final = "".join(map(chr, range(0x21)))  # C0 controls and space
_NO_LINES: Final = {ord(character): None for character in "\t\n\r"}
_LONE: Final = re.compile("[\ud800-\udfff]")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HERE: Final = frozenset({"data", "about", "javascript"})  # nothing of these is ever asked of a server


def resolved(base: Address, text: str, charset: str) -> tuple[str, Reason | None] | None:
    """Return the address that `text` means in a document with this base and encoding, and why it cannot be asked for.

    None where nothing would be asked of anybody: an empty value, a place in the document itself, `data:`, `about:` and
    `javascript:`. Query parts are encoded as the document is, which matters on pages in windows-1251.
    """
    text = text.strip(_AROUND)
    scheme = _SCHEME.match(text[:64])
    name = scheme[1].lower() if scheme is not None else ""
    if not text or text.startswith("#") or name in _HERE:
        return None
    text = _LONE.sub("\ufffd", text.translate(_NO_LINES).partition("#")[0])
    if name and name not in DEFAULT_PORTS:
        return text, "scheme"
    if len(text) > MAX_ADDRESS:
        return text, "address"
    path, mark, query = text.partition("?")
    spelled = path.replace("\\", "/") + mark + _in_query(query, charset)
    target = redirect_target(base, spelled.encode())
    if target is None:
        return text, "address"
    return target.url, None if target.host else "scheme"


def base_of(document: Address, text: str, charset: str) -> Address | None:
    """Return the base that `<base href>` declares, None where it cannot be one."""
    found = resolved(document, text, charset)
    return Address.parse(found[0]) if found is not None and found[1] is None else None


def _in_query(query: str, charset: str) -> str:
    if query.isascii():
        return query
    return "".join(each if each.isascii() else _escaped(each, charset) for each in query)


def _escaped(character: str, charset: str) -> str:
    try:
        encoded = bytes_of(character, "utf-8" if charset.startswith("utf-16") else charset)
    except UnicodeEncodeError:
        return f"%26%23{ord(character)}%3B"  # as browsers do: the number of the character, as HTML writes it
    return "".join(f"%{byte:02X}" for byte in encoded)


@dataclass(slots=True)
class Links:
    """Collects what an answer names, within bounds."""

    base: Address
    charset: str
    found: list[Found] = field(default_factory=list)
    whole: bool = True
    _left: int = MAX_CHARACTERS

    def add(self, kind: Kind, text: str, place: str, reason: Reason | None = None, rank: int = 0) -> None:
        """Take what `text` means, unless that is nothing. What cannot be asked for at all is said before `reason`."""
        meant = resolved(self.base, text, self.charset) if self._left > 0 else None
        if meant is not None:
            url, unusable = meant
            self.found.append(Found(kind, url, place, unusable or reason, rank))
            self._left -= len(url) + len(place)
        if self._left <= 0 or len(self.found) >= MAX_FOUND:
            self._left, self.whole = 0, False

    def skip(self, kind: Kind, url: str, place: str, reason: Reason) -> None:
        """Name what is no address, and is left out."""
        self.found.append(Found(kind, url, place, reason))

    def contents(self) -> Contents:
        """Return all that was taken."""
        return Contents(tuple(self.found), self.whole, self.charset)
