"""One item on its way to the record: what goes into its WARC, and what came out of writing it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archiver.model.exchange import Blob, Exchange

RecordType = Literal["warcinfo", "response", "request", "metadata", "resource"]


@dataclass(frozen=True, slots=True)
class Resource:
    """Bytes of our making or keeping, for a `resource` record under a `urn:` address of the item.

    `part` is the last piece of that address ("import", "post"); `media_type` goes into Content-Type. What a browser
    made of a page has an address of its own, `uri` (docs/spec/browser.md). `of` is the number of the exchange, counted
    from 1, whose answer it belongs to; 0 for none.
    """

    part: str
    media_type: str
    created_at: datetime
    blob: Blob
    uri: str = ""
    of: int = 0


@dataclass(frozen=True, slots=True)
class ItemWarc:
    """Everything that one WARC holds, in order (docs/spec/warc-profile.md).

    `case` is the case's urn:uuid, `info` the lines of the warcinfo record, `summary` the canonical JSON of the last
    record. Record ids and dates come from here too, so that the file is a function of this value and of `ids`.
    """

    case: str
    item: int
    created_at: datetime
    info: tuple[tuple[str, str], ...]
    exchanges: tuple[Exchange, ...]
    resources: tuple[Resource, ...]
    summary: bytes


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """Where one record stands in its file: `offset` and `length` of the stored (compressed) span, and its SHA-256."""

    id: str  # urn:uuid:… without the angle brackets
    type: RecordType
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page: the SHA-256 of its file, its width and height in pixels; `record` is the one it is kept in.

    `record` is "" where it is not kept.
    """

    sha256: str
    width: int
    height: int
    record: str = ""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the case: path relative to the case folder, size in bytes, SHA-256."""

    path: str
    size: int
    sha256: str
