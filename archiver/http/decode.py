"""A decoded copy of an entity, for looking at: never evidence, always bounded.

The codings of a Content-Encoding are undone in reverse order. As in browsers, a coding that is not known leaves the
entity as it came. Whatever could be decoded before an error is kept. Each layer stops at a limit of output, of ratio
and of streams one after another, so that a bomb costs no more than a page; memory stays at a few times the output limit
plus the windows.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from archiver.http.coders import CODINGS, ERRORS, Coder, Coding

MAX_OUTPUT: Final = 16 * 1024**2

_FREE: Final = 1024**2  # output that no ratio forbids
_MAX_NAMES: Final = 100  # members of a Content-Encoding that are told apart, empty ones included
_MAX_STREAMS: Final = (
    20_000  # one after another in a layer; a flood of empty ones makes no output that could be bounded
)
_INNER_SHARE: Final = 4  # a layer below another one may make this part of the output limit

_FATAL: Final = frozenset({"coding-bounded", "coding-broken", "coding-cut", "coding-too-many", "coding-unknown"})


@dataclass(frozen=True, slots=True)
class Decoded:
    """What came out: `complete` tells whether `data` is the whole entity, every coding undone.

    `anomalies` are names from docs/spec/anomalies.md, `coding-*`, in the order in which they were met.
    """

    data: bytes
    complete: bool
    anomalies: tuple[str, ...]


def decoded(
    pieces: Iterable[bytes],
    codings: bytes | None,
    *,
    max_output: int = MAX_OUTPUT,
    max_ratio: int = 1000,
    max_layers: int = 5,
) -> Decoded:
    """Return the entity in `pieces` with the codings of the Content-Encoding value `codings` undone; never raises.

    At most `max_output` bytes come out; past 1 MiB a layer may not make more than `max_ratio` times what it was given;
    with more than `max_layers` codings, or one that is not known, none is undone.
    """
    found: list[str] = []
    names = [name.strip(b" \t").lower() for name in (codings or b"").split(b",", _MAX_NAMES)]
    names = [name for name in names if name not in (b"", b"identity")]
    if len(names) > max_layers:
        found.append("coding-too-many")
    elif any(name not in CODINGS for name in names):
        found.append("coding-unknown")
    else:
        limit = max_output // _INNER_SHARE
        for place, name in enumerate(reversed(names), 1):
            coded = _Counted(pieces, CODINGS[name].slice)
            plain = _decode(coded, CODINGS[name], found)
            pieces = _bounded(plain, coded, max_output if place == len(names) else limit, max_ratio, found)
    data = bytearray()
    whole = True
    for piece in pieces:
        data += piece[: max_output - len(data) + 1]
        if len(data) > max_output:
            del data[max_output:]
            whole = False
            break
    return Decoded(bytes(data), whole and not _FATAL.intersection(found), tuple(found))


class _Counted:
    """The pieces of a layer's input in slices, with the sum of what was taken."""

    def __init__(self, pieces: Iterable[bytes], size: int) -> None:
        self._pieces = pieces
        self._size = size
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            for start in range(0, len(piece), self._size):
                part = piece[start : start + self._size]
                self.taken += len(part)
                yield part


def _bounded(plain: Iterator[bytes], coded: _Counted, limit: int, ratio: int, found: list[str]) -> Iterator[bytes]:
    made = 0
    for piece in plain:
        room = min(limit, max(_FREE, coded.taken * ratio)) - made
        made += len(piece)
        yield piece[:room]
        if len(piece) > room:
            found.append("coding-bounded")
            return


def _decode(coded: Iterable[bytes], coding: Coding, found: list[str]) -> Iterator[bytes]:
    stream: _Stream | None = None
    streams = 0
    rest = b""
    for part in coded:
        rest += part
        while rest and (stream is not None or len(rest) >= coding.need):
            if stream is None:
                if streams >= _MAX_STREAMS:
                    found.append("coding-bounded")
                    return
                make = _decoder(rest, coding, streams == 0, found)
                if make is None:
                    return
                stream = _Stream(make)
            yield from stream.feed(rest)
            if stream.broken:
                found.append("coding-broken")
                return
            rest = stream.unused
            if stream.finished:
                stream = None
                streams += 1
    if stream is None and rest and streams:
        found.append("coding-trailing")
    elif (stream is not None or rest) and not _FATAL.intersection(found):
        found.append("coding-cut")


def _decoder(begin: bytes, coding: Coding, first: bool, found: list[str]) -> Callable[[], Coder] | None:
    if not first and not (coding.again and coding.begins(begin)):
        found.append("coding-trailing")
        return None
    if coding.begins(begin):
        return coding.decoder
    found.append("coding-broken" if coding.bare is None else "coding-raw-deflate")
    return coding.bare


class _Stream:
    """A stream that gives back all that decodes before an error, which the libraries keep to themselves.

    A second decoder stays one slice behind; when the first one fails, it takes the slice byte by byte.
    """

    def __init__(self, make: Callable[[], Coder]) -> None:
        self._ahead, self._behind = make(), make()
        self.broken = False
        self.finished = False
        self.unused = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        given = 0
        try:
            for piece in self._ahead.feed(data):
                given += len(piece)
                yield piece
        except ERRORS:
            yield from self._byte_by_byte(data, given)
            return
        for _ in self._behind.feed(data):
            pass
        self.finished, self.unused = self._ahead.finished, self._ahead.unused

    def _byte_by_byte(self, data: bytes, given: int) -> Iterator[bytes]:
        with suppress(*ERRORS):
            for place in range(len(data)):
                for piece in self._behind.feed(data[place : place + 1]):
                    yield piece[given:]
                    given -= min(given, len(piece))
                if self._behind.finished:
                    self.finished, self.unused = True, data[place + 1 :]
                    return
        self.broken = True
