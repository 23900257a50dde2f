"""A list of addresses to capture, as values (docs/spec/address-list.md)."""

from dataclasses import dataclass, field
from typing import Literal

from archiver.model.address import Address
from archiver.model.exchange import ConnectTo

ListFormat = Literal["text", "csv", "jsonl", "yaml"]


@dataclass(frozen=True, slots=True)
class RowOptions:
    """What a row, or the list for all its rows, says over the case's policy; None and () leave it as it is.

    The members mean what the options of `archiver capture` of the same name mean. `ca_file` and `cookies` are paths as
    written; `max_time` is in seconds.
    """

    allow_host: tuple[tuple[str, int], ...] = ()
    connect_to: tuple[ConnectTo, ...] = ()
    ca_file: str | None = None
    insecure: bool | None = None
    proxy: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cookies: str | None = None
    max_bytes: int | None = None
    max_time: float | None = None
    max_redirects: int | None = None
    platform: str | None = None
    thread: int | None = None
    depth: int | None = None
    media: bool | None = None
    page: bool | None = None
    linked: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One address of a list and what is to be known of it.

    `number` counts the rows from 1, `line` the lines of the file. `digest` is the SHA-256 (hex) of the row's canonical
    content: equal rows have equal digests wherever they stand; `occurrence` counts equal rows from 1.
    """

    number: int
    line: int
    address: Address
    note: str = ""
    tags: tuple[str, ...] = ()
    options: RowOptions = field(default_factory=RowOptions)
    digest: str = ""
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class ListProblem:
    """A row that cannot be used: where (line and column from 1; column 0 when the whole row is meant), what, and what
    would be right."""

    line: int
    column: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class AddressList:
    """A list as read. `repeated` maps the number of a row whose address stood in an earlier row to that row's number.

    `sha256` is of the bytes of the file, `size` their count. `left_out` counts the rows that cannot be used; each
    has one problem at least.
    """

    name: str
    format: ListFormat
    size: int
    sha256: str
    rows: tuple[Row, ...]
    problems: tuple[ListProblem, ...] = ()
    left_out: int = 0
    repeated: tuple[tuple[int, int], ...] = ()
