"""The index of a WACZ: CDXJ lines, sorted by their bytes (WACZ 1.1.1 §5.2.2; docs/spec/exports.md)."""

import json
import re
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from archiver.export.captures import Capture

_WWW = re.compile(r"www\d*\.")
_PORTS = {"http": ":80", "https": ":443"}
_DROPPED = dict.fromkeys(map(ord, "\t\r\n"))
_SAFE = "".join(character for character in map(chr, range(0x21, 0x7F)) if character not in "#%")
_PERCENT, _HEX = ord("%"), frozenset(b"0123456789abcdefABCDEF")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)")


def cdxj_line(capture: Capture, filename: str) -> bytes:
    """Return the line of a record in the file `filename` of archive/, with its LF.

    All values are texts, as programs that read an index have always found them.
    """
    facts = {
        "url": capture.url,
        "mime": capture.mime,
        "status": capture.status,
        "digest": f"sha256:{capture.digest}",
        "length": f"{capture.length}",
        "offset": f"{capture.offset}",
        "filename": filename,
        "recordDigest": f"sha256:{capture.sha256}",
    }
    key = capture.url
    if (asked := capture.asked) is not None:
        key = asked.key(key)
        facts |= {"method": asked.method} | ({"requestBody": asked.body} if asked.body else {})
    return f"{surt(key)} {timestamp(capture.date)} {json.dumps(facts)}\n".encode()


def timestamp(date: str) -> str:
    """Return the time of a record as 14 digits. `date` is a WARC-Date of ours."""
    match = _DATE.match(date)
    return "".join(match.groups()) if match else ""


def surt(url: str) -> str:
    """Return the key under which an address is looked for: host turned round, path and query in one spelling, lower
    case, query sorted.

    As the module `surt` makes it for usual addresses, and pywb and cdxj-indexer with it; programs that replay a WACZ
    whose index is not packed look for the address itself.
    """
    head, _, query = url.translate(_DROPPED).partition("#")[0].partition("?")
    fields = (field.split("=", 1) for field in _spelled(query).split("&"))
    query = "&".join("=".join(field) for field in sorted(fields))
    return f"{_place(head)}{'?' if query else ''}{query}"


def _place(head: str) -> str:
    """Return what stands before the query."""
    try:
        parts = urlsplit(head)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError:
        return _spelled(head)
    if parts.scheme not in _PORTS or not host:
        place = _spelled(head)
        return place.removesuffix("/") if len(place) > 1 else place
    host = _WWW.sub("", host, count=1) if _WWW.match(host) else host
    host = host.removesuffix(_PORTS[parts.scheme]).removesuffix(":")
    name, colon, port = host.rpartition(":")
    host = f"{_turned(name)}:{port}" if colon and port.isdigit() else _turned(host)
    return f"{host}){_path(parts.path)}"


def _path(path: str) -> str:
    """Return a path without dots, double slashes, and a slash at its end."""
    kept: list[str] = []
    for name in _spelled(path).split("/")[1:]:
        if name == ".." and kept:
            kept.pop()
        elif name not in {"", "."}:
            kept.append(name)
    return "/" + "/".join(kept)


def _spelled(text: str) -> str:
    """Return a text in lower case in which what can stand in an address is not escaped, and all else is, once."""
    data = unquote_to_bytes(text)
    if b"%" in data:
        data = _unescaped(data)
    return quote_from_bytes(data, _SAFE).lower()


def _unescaped(data: bytes) -> bytes:
    """Return the bytes without escapes, also those that appear when others are undone; in one pass, however many."""
    kept = bytearray()
    for byte in data:
        kept.append(byte)
        while len(kept) > 2 and kept[-3] == _PERCENT and kept[-2] in _HEX and kept[-1] in _HEX:
            kept[-3:] = [int(kept[-2:], 16)]
    return bytes(kept)


def _turned(host: str) -> str:
    return host if host.startswith("[") else ",".join(reversed(host.split(".")))
