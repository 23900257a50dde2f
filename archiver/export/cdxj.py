"""The index of a WACZ: CDXJ lines, sorted by their bytes (WACZ 1.1.1 §5.2.2; docs/spec/exports.md)."""

import json
import re
from urllib.parse import urlsplit

from archiver.export.captures import Capture

_WWW = re.compile(r"www\d*\.")
_PORTS = {"http": ":80", "https": ":443"}
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
    return f"{surt(capture.url)} {timestamp(capture.date)} {json.dumps(facts)}\n".encode()


def timestamp(date: str) -> str:
    """Return the time of a record as 14 digits. `date` is a WARC-Date of ours."""
    match = _DATE.match(date)
    return "".join(match.groups()) if match else ""


def surt(url: str) -> str:
    """Return the key under which an address is looked for: host turned round, lower case, query sorted.

    As `cdxj-indexer` makes it for usual addresses; programs that replay a WACZ whose index is not packed look for the
    address itself.
    """
    lower = url.lower().replace(" ", "%20")
    try:
        parts = urlsplit(lower)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return lower
    if parts.scheme not in _PORTS or not host:
        return lower
    host = _WWW.sub("", host, count=1) if _WWW.match(host) else host
    host = host.removesuffix(_PORTS[parts.scheme]).removesuffix(":")
    name, colon, port = host.rpartition(":")
    host = f"{_turned(name)}:{port}" if colon and port.isdigit() else _turned(host)
    path = parts.path.rstrip("/") or "/"
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{host}){path}{'?' + query if query else ''}"


def _turned(host: str) -> str:
    return host if host.startswith("[") else ",".join(reversed(host.split(".")))
