"""What the fields of one WARC record must look like (WARC 1.0 and 1.1, §5 and §6). Pure."""

import re
from collections import Counter
from datetime import datetime

from archiver.warc.head import Head, Oddity, shown

TYPES = frozenset({"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"})
MANDATORY = ("WARC-Record-ID", "Content-Length", "WARC-Date", "WARC-Type")
REPEATABLE = frozenset({"warc-concurrent-to", "warc-protocol"})
KNOWN = frozenset(
    name.lower()
    for name in (
        *MANDATORY,
        "Content-Type",
        "WARC-Concurrent-To",
        "WARC-Block-Digest",
        "WARC-Payload-Digest",
        "WARC-IP-Address",
        "WARC-Refers-To",
        "WARC-Refers-To-Target-URI",
        "WARC-Refers-To-Date",
        "WARC-Target-URI",
        "WARC-Truncated",
        "WARC-Warcinfo-ID",
        "WARC-Filename",
        "WARC-Profile",
        "WARC-Identified-Payload-Type",
        "WARC-Segment-Number",
        "WARC-Segment-Origin-ID",
        "WARC-Segment-Total-Length",
        "WARC-Protocol",
        "WARC-Cipher-Suite",
        "Archiver-Fidelity",
    )
)
TRUNCATED = frozenset({"length", "time", "disconnect", "unspecified"})

_WITH_URI = frozenset({"response", "resource", "request", "revisit", "conversion", "continuation"})
_CONCURRENT = frozenset({"request", "response", "resource", "metadata", "revisit"})
_FIT = {  # field: the types that may have it (WARC 1.1 §5)
    "WARC-Concurrent-To": _CONCURRENT,
    "WARC-IP-Address": _CONCURRENT,
    "WARC-Refers-To": frozenset({"metadata", "revisit", "conversion"}),
    "WARC-Target-URI": TYPES - {"warcinfo"},
    "WARC-Warcinfo-ID": TYPES - {"warcinfo"},
    "WARC-Filename": frozenset({"warcinfo"}),
    "WARC-Profile": frozenset({"revisit"}),
    "WARC-Segment-Origin-ID": frozenset({"continuation"}),
}
_URI = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^<>\s]+>")
_TARGET = re.compile(r"<?[A-Za-z][A-Za-z0-9+.-]*:[^<>\s]*>?")
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?Z)?)?)?"
)
_DATE_1_0 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def oddities(head: Head) -> tuple[Oddity, ...]:
    """Return what is wrong with the fields of `head`, as (name of the problem, detail), in a fixed order."""
    return () if head.regular else (*_counts(head), *_values(head), *_fit(head))


def date_parses(value: str, version: str) -> bool:
    """Return whether `value` is a date as WARC 1.0 (whole seconds) or 1.1 (any precision to 9 digits) writes it."""
    match = _DATE.fullmatch(value)
    if match is None or (version == "WARC/1.0" and not _DATE_1_0.fullmatch(value)):
        return False
    year, month, day, hour, minute, second = (int(part) if part else None for part in match.groups())
    try:
        datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, min(second or 0, 59))  # noqa: DTZ001  # only its range is looked at
    except ValueError:
        return False
    return (second or 0) <= 60  # a leap second exists


def _counts(head: Head) -> list[Oddity]:
    counts = Counter(name.lower() for name, _ in head.fields)
    found = [("field-missing", f"no {name}") for name in MANDATORY if not counts[name.lower()]]
    found += [
        ("field-twice", f"{name} stands {count} times")
        for name, count in counts.items()
        if count > 1 and name in KNOWN - REPEATABLE
    ]
    if head.type in _WITH_URI and not counts["warc-target-uri"]:
        found.append(("field-missing", f"no WARC-Target-URI in a {head.type} record"))
    if head.type == "revisit" and not (counts["warc-profile"] and head.value("WARC-Profile")):
        found.append(("revisit-profile", "no WARC-Profile"))
    return found


def _values(head: Head) -> list[Oddity]:
    found: list[Oddity] = []
    for name in ("WARC-Record-ID", "WARC-Concurrent-To", "WARC-Refers-To", "WARC-Warcinfo-ID"):
        found += [_bad(name, value) for value in head.values(name) if not _URI.fullmatch(value)]
    found += [_bad("WARC-Target-URI", uri) for uri in head.values("WARC-Target-URI") if not _target_fits(head, uri)]
    for name in ("WARC-Date", "WARC-Refers-To-Date"):
        found += [_bad(name, value) for value in head.values(name) if not date_parses(value, head.version)]
    if head.values("Content-Length") and head.content_length is None:
        found.append(_bad("Content-Length", ", ".join(head.values("Content-Length"))))
    found += [_bad("WARC-Truncated", value) for value in head.values("WARC-Truncated") if value not in TRUNCATED]
    if head.type and head.type not in TYPES:
        found.append(("type-unknown", f"the type is {shown(head.type)}"))
    if head.values("WARC-Segment-Number") or head.type == "continuation":
        found.append(("segment", f"segment {shown(head.value('WARC-Segment-Number'))}"))
    return found


def _target_fits(head: Head, uri: str) -> bool:
    bracketed = uri.startswith("<") or uri.endswith(">")
    return _TARGET.fullmatch(uri) is not None and not (bracketed and head.version == "WARC/1.1")


def _fit(head: Head) -> list[Oddity]:
    return [
        ("field-unfit", f"{name} in a {head.type} record")
        for name, types in _FIT.items()
        if head.type in TYPES - types and head.values(name)
    ]


def _bad(name: str, value: str) -> Oddity:
    return ("field-value", f"{name}: {shown(value)}")
