"""What passes between the program for media and whoever asks for it (docs/spec/media.md). Values only."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from archiver.model.exchange import Blob, Exchange

ROLE: Final = "video"
"""The role of every exchange that the program for media makes."""

Kind = Literal["video", "audio", "stream", "captions"]  # a stream is both, or nobody says what
How = Literal["recorded", "assembled", "merged"]
Shortfall = Literal["none", "live", "drm", "geo-blocked", "unrecorded", "failed", "incomplete"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that the program for media makes, as far as it may say how it goes out.

    `cookies` are those that it would send, by name and value. `segment` says that it belongs to a file that is being
    fetched: no pause is due before it. `max_bytes` is how large the answer may be at most, None for the item's limit.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cookies: tuple[tuple[str, str], ...] = ()
    segment: bool = False
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request behind its redirects: the exchange that ended it and its `number`, from 1 in the run.

    `headers` are those of the answer; `set_cookies` the Set-Cookie values of each address on the way.
    """

    number: int
    exchange: Exchange
    headers: tuple[tuple[bytes, bytes], ...] = ()
    set_cookies: tuple[tuple[str, str], ...] = ()


class Unaskable(Exception):
    """A request that cannot be made at all: a scheme that is not recorded, a header that cannot be sent."""


class LeftAlone(Exception):
    """A request to a host that asked for a pause, or sent a test for browsers: nothing more is asked of it."""


class Over(BaseException):
    """Nothing more may be asked: a limit was reached, somebody stopped, or the disk refused.

    No `Exception`, so that no `except Exception` of a program of others swallows it.
    """


Door = Callable[[Asked], Answer]
"""The one way to the network that the program for media has. Raises `Unaskable`, `LeftAlone` and `Over`."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file: its `size` bytes from byte `at` on are the body of the answer of `exchange`.

    That body is as far as it came, every coding undone. Both are None where the file does not hold these bytes.
    """

    exchange: int
    at: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that was put together. `name` is ours; `format` and `language` are the words of whoever offers it.

    With `how` "recorded" its bytes are exactly those of `pieces`, in order; "assembled" is made from these answers by
    more than laying them end to end (decrypting, as a rule); "merged" from the files named in `of`, by `by`. `blob` is
    there where the bytes are kept as well.
    """

    name: str
    kind: Kind
    media_type: str
    size: int
    sha256: str
    how: How
    pieces: tuple[Piece, ...] = ()
    of: tuple[str, ...] = ()
    by: str = ""
    format: str = ""
    language: str = ""
    blob: Blob | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Software:
    """The program for media: name, version, and the SHA-256 over its code as it is installed."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Video:
    """One video that was found at the address, in the words of the program and of the site."""

    id: str
    title: str
    extractor: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run of the program for media came to. `short` says what it could not do, () for everything.

    `url` is what it was given; `refused` names what would have gone round the record, `told` is what it said itself;
    `options` is what it was run with: texts, whole numbers, lists and objects.
    """

    url: str
    software: Software
    options: dict[str, Any]
    videos: tuple[Video, ...] = ()
    files: tuple[MediaFile, ...] = ()
    short: tuple[Shortfall, ...] = ()
    refused: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    def shifted(self, by: int) -> "Taken":
        """Return the same with the number of every exchange greater by `by`."""
        files = tuple(
            replace(file, pieces=tuple(replace(piece, exchange=piece.exchange + by) for piece in file.pieces))
            for file in self.files
        )
        return replace(self, files=files)
