"""Where a redirect leads (RFC 9110 §10.2.2, RFC 3986 §5.2), with the bytes of a hostile `Location` kept apart."""

import re

from archiver.errors import UsageError
from archiver.model.address import DEFAULT_PORTS, MAX_ADDRESS, Address, sendable

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SLASHES = "/\\"
_TWO_SLASHES = re.compile(r"[/\\]{2}")


def redirect_target(base: Address, location: bytes) -> Address | None:
    """Return the address that `location`, as it stood in the answer of `base`, leads to.

    Raw bytes above 0x7F are percent-encoded as they are (as browsers do), never re-encoded. Returns None when the value
    spells no address; an address with another scheme than http and https is returned, for the guard to refuse.
    """
    raw = location.strip(b" \t\r\n")
    if not raw or len(raw) > MAX_ADDRESS:
        return None
    text = raw.decode("utf-8") if _is_utf8_host(raw) else sendable(raw)
    try:
        return Address.parse(_resolve(base, text))
    except UsageError:
        return None


def _is_utf8_host(raw: bytes) -> bool:
    # A non-ASCII host must be read as text to become an ASCII name; elsewhere raw bytes are escaped one by one.
    authority = raw.partition(b"//")[2].partition(b"/")[0]
    if authority.isascii():
        return False
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _resolve(base: Address, text: str) -> str:
    # As browsers read it (WHATWG URL §4.4): a backslash is a slash there, slashes before the host may be too few or too
    # many, and the scheme of the page without two slashes begins a path.
    match = _SCHEME.match(text)
    if match is not None:
        scheme, rest = match[1].lower(), text[match.end() :]
        if scheme not in DEFAULT_PORTS:
            return text
        if scheme != base.scheme or _TWO_SLASHES.match(rest):
            return f"{match[0]}//{rest.lstrip(_SLASHES)}"
        text = rest
    if _TWO_SLASHES.match(text):
        return f"{base.scheme}://{text.lstrip(_SLASHES)}"
    root = f"{base.scheme}://{base.netloc}"
    path, mark, query = base.target.partition("?")
    if text.startswith("/"):
        return root + _without_dots(text)
    if text.startswith("?"):
        return root + path + text
    if not text or text.startswith("#"):
        return root + path + mark + query + text
    return root + _without_dots(path.rpartition("/")[0] + "/" + text)


def _without_dots(reference: str) -> str:
    end = min((i for i in (reference.find(c) for c in "?#") if i >= 0), default=len(reference))
    kept: list[str] = []
    segments = reference[:end].split("/")
    for segment in segments[1:]:
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    slash = "/" if segments[-1] in {".", ".."} and kept else ""
    return "/" + "/".join(kept) + slash + reference[end:]
