"""Which request headers are secret, how they are shown, and what of them must not come back in an answer."""

import base64
import binascii
import html
import json
import re
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote

SHOWN = b"[redacted]"
MIN_ECHO = 6  # bytes; shorter values would mask half a page

_NONCE = "sec-websocket-key"  # drawn anew for each connection, and repeated in its answer (RFC 6455 §4.1)
_EXACT = frozenset({"cookie", "authorization", "proxy-authorization"})
_PARTS = re.compile(r"auth|token|key|secret|cookie|passw|passphrase|credential|session|signature|jwt|bearer|csrf|xsrf")
_PERCENT = re.compile(r"%[0-9A-F]{2}")


@dataclass(frozen=True, slots=True)
class Secret:
    """A value of the user's that the record must not show, and the header it travels in."""

    header: str
    value: bytes

    def __repr__(self) -> str:
        return f"Secret(header={self.header!r}, value=<{len(self.value)} bytes>)"


def is_secret_header(name: str) -> bool:
    """Return whether the value of request header `name` is kept out of the record."""
    lower = name.lower()
    return lower != _NONCE and (lower in _EXACT or _PARTS.search(lower) is not None)


def without_userinfo(url: str) -> str:
    """Return `url` without user name and password."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url.rpartition("@")[2]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return scheme + mark + authority.rpartition("@")[2] + rest[len(authority) :]


def echoes(secrets: tuple[Secret, ...]) -> tuple[bytes, ...]:
    """Return every spelling of the secrets that is looked for in an answer, longest first.

    Beside the value itself: the token behind an authentication scheme and what a Basic token holds (RFC 7617), each
    also percent-encoded, HTML-escaped and JSON-escaped. Values shorter than 6 bytes are not looked for.
    """
    found: set[bytes] = set()
    for secret in secrets:
        for value in _parts(secret):
            found.update(_spellings(value))
    return tuple(sorted((each for each in found if len(each) >= MIN_ECHO), key=lambda each: (-len(each), each)))


def _parts(secret: Secret) -> list[bytes]:
    parts = [secret.value]
    if secret.header.lower() == "cookie":
        parts += [pair.partition(b"=")[2].strip() for pair in secret.value.split(b";")]
    scheme, _, token = secret.value.partition(b" ")
    if token and scheme.isalpha():
        parts.append(token.strip())
        if scheme.lower() == b"basic":
            try:
                login = base64.b64decode(token, validate=True)
            except binascii.Error:
                return parts
            parts += [login, login.partition(b":")[2]]
    return [part for part in parts if len(part) >= MIN_ECHO]


def _spellings(value: bytes) -> set[bytes]:
    text = value.decode("latin-1")
    encoded = {quote(value, safe=""), quote(value), quote_plus(value)}
    escaped = html.escape(text)
    spelt = encoded | {_PERCENT.sub(lambda found: found[0].lower(), each) for each in encoded}
    spelt |= {escaped, escaped.replace("&quot;", "&#34;").replace("&#x27;", "&#39;"), *_json_spellings(value)}
    return {value, *(each.encode("latin-1") for each in spelt), unquote(text, "latin-1").encode("latin-1")}


def _json_spellings(value: bytes) -> set[str]:
    """Return how JSON writers put it in a string: the least escaped form, and those that escape slashes or HTML."""
    text = value.decode("latin-1")
    least = text.replace("\\", "\\\\").replace('"', '\\"')
    found = {least, text.replace("/", "\\/"), least.replace("/", "\\/")}
    found |= {json.dumps(value.decode("utf-8", "replace"))[1:-1]}
    for digits in ("04x", "04X"):
        table = {ord(char): f"\\u{ord(char):{digits}}" for char in "<>&'"}
        found |= {each.translate(table) for each in (least, least.replace("/", "\\/"))}
    return found
