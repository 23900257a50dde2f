"""The names that writer and reader of `archiver-warc/1` share (docs/spec/warc-profile.md).

Nothing here reads or writes a file, and nothing here needs a WARC library.
"""

import re
from datetime import UTC, datetime
from typing import Final

from archiver import __version__

PROFILE = "archiver-warc/1"
EXCHANGE_SCHEMA = "archiver-exchange/1"
SUMMARY_SCHEMA = "archiver-item/1"

VERSION = "WARC/1.1"
FORMAT = "WARC File Format 1.1"
CONFORMS_TO = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
SOFTWARE = f"archiver/{__version__}"

WARC_FIELDS = "application/warc-fields"
HTTP_REQUEST = "application/http; msgtype=request"
HTTP_RESPONSE = "application/http; msgtype=response"
JSON = "application/json"

SUMMARY = "summary"

FIELD_ORDER = (
    "WARC-Type",
    "WARC-Record-ID",
    "WARC-Date",
    "WARC-Target-URI",
    "WARC-Warcinfo-ID",
    "WARC-Concurrent-To",
    "WARC-IP-Address",
    "WARC-Protocol",
    "WARC-Cipher-Suite",
    "WARC-Truncated",
    "Archiver-Fidelity",
    "WARC-Payload-Digest",
    "WARC-Block-Digest",
    "Content-Type",
    "Content-Length",
)
REPEATABLE = frozenset({"WARC-Concurrent-To", "WARC-Protocol"})

FIDELITIES: Final = ("reconstructed", "decoded")  # values of Archiver-Fidelity; no field where it is "wire"

PRODUCTS: Final = {  # what a browser made of a page: part of the item -> name in its address
    "view": "view",
    "full-page": "fullPage",
    "pdf": "pdf",
    "mhtml": "mhtml",
    "dom": "dom",
    "ax": "ax",
    "text": "text",
    "page-info": "pageinfo",
}
_PART_OF_NAME: Final = {name: part for part, name in PRODUCTS.items()}
_PRODUCT: Final = re.compile(r"urn:([A-Za-z]+):https?://[!-;=?-~]+")


def warcinfo_fields(case: str, item: int, more: tuple[tuple[str, str], ...] = ()) -> tuple[tuple[str, str], ...]:
    """Return the lines of a warcinfo record: those that every one has, then `more` (settings digest, log head …)."""
    return (
        ("software", SOFTWARE),
        ("format", FORMAT),
        ("conformsTo", CONFORMS_TO),
        ("profile", PROFILE),
        ("isPartOf", case),
        ("item", str(item)),
        *more,
    )


def item_uri(case: str, item: int, part: str) -> str:
    """Return the address of what has no web address: `urn:archiver:<case uuid>:<item, 6 digits>:<part>`.

    `case` is the case's UUID, with or without `urn:uuid:`.
    """
    return f"urn:archiver:{case.removeprefix('urn:uuid:')}:{item:06d}:{part}"


def product_uri(part: str, url: str) -> str:
    """Return the address of what a browser made of the page at `url`: `urn:view:https://…`. `part` is of `PRODUCTS`."""
    return f"urn:{PRODUCTS[part]}:{url}"


def product_of(uri: str) -> str:
    """Return the part of the product that has the address `uri`, "" where that is no such address."""
    match = _PRODUCT.fullmatch(uri)
    return _PART_OF_NAME.get(match[1], "") if match else ""


def exchange_part(number: int) -> str:
    """Return the last piece of the address of an exchange's metadata record; `number` counts from 1."""
    return f"exchange-{number:06d}"


def digest_label(sha256: str) -> str:
    """Return a digest field's value for a SHA-256 given as 64 lower-case hexadecimal digits."""
    return f"sha256:{sha256}"


def warc_date(at: datetime) -> str:
    """Return `at` as `2026-11-22T06:55:58.854810Z`: UTC, six decimals always. Raises `ValueError` without a zone."""
    if at.tzinfo is None:
        raise ValueError("a WARC date needs a time with a zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
