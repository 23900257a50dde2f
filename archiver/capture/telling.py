"""Secrets of the user's in what a page asks for: a script that may read a cookie may put it into an address, or a body.

What was asked goes out as the browser asked it. The record shows it with each byte of the secret as `*`, and says so.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from archiver.canon import Json
from archiver.capture.secrets import Secret, echoes
from archiver.model.address import Address
from archiver.model.exchange import Exchange, Redaction

SOFT: Final = b"=\r\n"  # a line end that is none
MAX_PLACES: Final = 100  # in one request that are declared one by one
MIN_TOLD: Final = 12  # bytes; shorter values are words that addresses hold anyway


@dataclass(frozen=True, slots=True)
class Hiding:
    """Hides spellings of secrets. `home` is the address that the user gave: it is theirs, and shown as it is."""

    needles: tuple[bytes, ...]
    home: str

    @classmethod
    def of(cls, secrets: tuple[Secret, ...], home: Address) -> "Hiding":
        """Return what hides `secrets`, each spelling of at least `MIN_TOLD` bytes."""
        return cls(tuple(each for each in echoes(secrets) if len(each) >= MIN_TOLD), home.url)

    def text(self, text: str) -> str:
        """Return `text` without them."""
        if not self.needles or text.partition("#")[0] == self.home:
            return text
        raw = text.encode("utf-8", "surrogatepass")
        shown, _ = self._starred(raw)
        return text if shown == raw else shown.decode("utf-8", "replace")

    def words(self, part: str, data: bytes) -> bytes:
        """Return a piece of what a browser made of a page without them; an `mhtml` is quoted-printable (RFC 2045)."""
        data = self._starred(data)[0]
        if part != "mhtml":
            return data
        plain = data.replace(SOFT, b"")
        for needle in self.needles:
            quoted = needle.replace(b"=", b"=3D")
            if quoted in plain:
                signs = re.findall(rb"=[0-9A-F]{2}|.", quoted, re.DOTALL)
                data = re.sub(b"(?:=\\r\\n)?".join(map(re.escape, signs)), b"*" * len(needle), data)
        return data

    def told(self, told: Json) -> Json:
        """Return `told` without them, in every text that is in it."""
        if isinstance(told, str):
            return self.text(told)
        if isinstance(told, list):
            return [self.told(each) for each in told]
        return {name: self.told(each) for name, each in told.items()} if isinstance(told, dict) else told

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return `exchange` without them in its address and its request; where they stood is declared."""
        address, request = exchange.address, exchange.request
        begin = request.find(b"\r\n") if address.url == self.home else 0
        shown, spans = self._starred(request[max(0, begin) :])
        if address.url != self.home:
            address = replace(address, target=self.text(address.target), submitted=self.text(address.submitted))
        if not spans and address == exchange.address:
            return exchange
        places = tuple(Redaction(f"request byte {begin + start}", end - start) for start, end in spans)
        return replace(
            exchange, address=address, request=request[:begin] + shown, redactions=exchange.redactions + places
        )

    def _starred(self, data: bytes) -> tuple[bytes, list[tuple[int, int]]]:
        spans: list[tuple[int, int]] = []
        for needle in self.needles:  # the longest first: what is hidden already is found no more
            while (at := data.find(needle)) >= 0 and len(spans) < MAX_PLACES:
                spans.append((at, at + len(needle)))
                data = data[:at] + b"*" * len(needle) + data[at + len(needle) :]
            data = data.replace(needle, b"*" * len(needle))
        return data, sorted(spans)
