"""Web addresses: kept exactly as submitted, beside what is asked of the server.

`Address.parse` changes as little as HTTP/1.1 allows: the host goes to its ASCII form (UTS 46, IDNA 2008), and in the
request target only bytes that cannot stand there are percent-encoded. Escapes such as `%zz`, dot segments, empty
parameters and tracking parameters are sent as they were given.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import idna

from archiver.errors import UsageError

MAX_ADDRESS = 65_536  # characters, escaped ones counted as sent; longer ones are refused by most servers
DEFAULT_PORTS = {"http": 80, "https": 443}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_SENDABLE = frozenset(range(0x21, 0x7F)) - frozenset(b'"<>')  # all browsers escape these three, in path and query
_DNS_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")


@dataclass(frozen=True, slots=True)
class Address:
    """One absolute web address.

    `submitted` is the text as it was given, `host` the lower-case ASCII host (an IPv6 literal without brackets),
    `target` the path and query as sent in the request line. A fragment and user information stay in `submitted` and
    are never sent. `odd` names what was odd about the text (docs/spec/anomalies.md, `address-*`).
    """

    submitted: str
    scheme: str
    host: str
    port: int
    target: str
    odd: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Return the address that `text` spells.

        Raises `UsageError` when it is too long, or has no scheme, no host, or one or a port that no server can have.
        Schemes other than http and https are returned as they are, without host or target: the guard refuses and
        records them.
        """
        if len(text) > MAX_ADDRESS:
            raise _unusable(text, f"longer than {MAX_ADDRESS} characters")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as exc:
            raise _unusable(text, "not valid Unicode text") from exc
        match = _SCHEME.match(text)
        if match is None:
            raise _unusable(text, "it does not begin with http:// or https://")
        scheme = match[1].lower()
        rest = text[match.end() :]
        if scheme not in DEFAULT_PORTS:
            return cls(text, scheme, "", 0, "", ())
        if not rest.startswith("//"):
            raise _unusable(text, f"two slashes are missing after {scheme}:")
        return cls._parse_web(text, scheme, rest[2:])

    @classmethod
    def _parse_web(cls, text: str, scheme: str, rest: str) -> "Address":
        odd: list[str] = []
        end = min((i for i in (rest.find(c) for c in "/\\?#") if i >= 0), default=len(rest))
        authority, tail = rest[:end], rest[end:]
        if "@" in authority:
            odd.append("address-userinfo-not-sent")
            authority = authority.rpartition("@")[2]
        host_text, port = _split_port(text, authority, DEFAULT_PORTS[scheme])
        host = ascii_host(host_text)
        if host is None:
            raise _unusable(text, "the host name is not one that can exist")
        if "#" in tail:
            odd.append("address-fragment-not-sent")
            tail = tail.partition("#")[0]
        target = sendable(tail.encode("utf-8"))
        if len(target) > MAX_ADDRESS:
            raise _unusable(text, f"longer than {MAX_ADDRESS} characters once it is escaped")
        if target != tail:
            odd.append("address-escaped")
        if not target.startswith(("/", "\\")):
            target = "/" + target
        return cls(text, scheme, host, port, target, tuple(odd))

    @property
    def netloc(self) -> str:
        """The host, with the port where it is not the scheme's own, as in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS.get(self.scheme) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address that is requested: printable ASCII without spaces; `submitted`, escaped, for other schemes."""
        if self.scheme not in DEFAULT_PORTS:
            return sendable(self.submitted.encode("utf-8"))
        return f"{self.scheme}://{self.netloc}{self.target}"


@lru_cache(maxsize=256)  # the same few names come up in every step of every item
def ascii_host(text: str) -> str | None:
    """Return the lower-case ASCII form of a host as browsers read it, or None when it cannot be one.

    Full-width digits, ideographic dots and percent-escapes are mapped (UTS 46); every numeric spelling of an IPv4
    address (`0x7f.1`, `2130706433`) comes back in dotted form, so that nothing downstream sees a disguise. An IPv6
    address with a zone (`fe80::1%eth0`) is none that an address on the web can have (WHATWG URL §3.5).
    """
    if text.startswith("[") and text.endswith("]"):
        try:
            address = ipaddress.IPv6Address(text[1:-1])
        except ValueError:
            return None
        return None if address.scope_id else str(address)  # Python takes any bytes for a zone, line breaks too
    try:
        name = unquote_to_bytes(text).decode("utf-8").strip("\u00ad")
        name = idna.uts46_remap(name, std3_rules=False, transitional=False)
    except (UnicodeDecodeError, idna.IDNAError):
        return None
    dotted = dotted_ipv4(name)
    if dotted is not None or _ends_in_number(name):
        return dotted
    labels = [_ascii_label(label) for label in name.removesuffix(".").split(".")]
    if any(label is None for label in labels):
        return None
    host = ".".join(label for label in labels if label is not None) + ("." if name.endswith(".") else "")
    return host if len(host) <= 253 and _DNS_NAME.fullmatch(host) else None


def dotted_ipv4(name: str) -> str | None:
    """Return the dotted form of a numeric IPv4 spelling (WHATWG URL §3.5: decimal, octal, hexadecimal, 1–4 parts)."""
    parts = name.removesuffix(".").split(".")
    if not 1 <= len(parts) <= 4:
        return None
    numbers = [_ipv4_number(part) for part in parts]
    if any(number is None for number in numbers):
        return None
    *head, last = [number for number in numbers if number is not None]
    if any(number > 255 for number in head) or last >= 256 ** (5 - len(numbers)):
        return None
    value = last + sum(number << (8 * (3 - i)) for i, number in enumerate(head))
    return str(ipaddress.IPv4Address(value))


def sendable(raw: bytes) -> str:
    """Return `raw` with every byte percent-encoded that cannot stand in a request line; nothing else changes."""
    return "".join(chr(byte) if byte in _SENDABLE else f"%{byte:02X}" for byte in raw)


def _ascii_label(label: str) -> str | None:
    if label.isascii():
        return label
    try:
        return idna.encode(label, uts46=True, std3_rules=False).decode("ascii")
    except idna.IDNAError:
        try:  # names that IDNA 2008 refuses (emoji, some scripts) exist and answer
            return "xn--" + label.encode("punycode").decode("ascii")
        except UnicodeError:
            return None


def _ipv4_number(part: str) -> int | None:
    if not part.isascii() or not part:
        return None
    try:
        if part.lower().startswith("0x"):
            return int(part[2:], 16) if part[2:].isalnum() else (0 if len(part) == 2 else None)
        if len(part) > 1 and part.startswith("0"):
            return int(part, 8) if part.isdigit() else None
        return int(part) if part.isdigit() and len(part) <= 10 else None
    except ValueError:
        return None


def _ends_in_number(name: str) -> bool:
    last = name.removesuffix(".").rpartition(".")[2]
    return last.isascii() and (last.isdigit() or _ipv4_number(last) is not None)


def _split_port(text: str, authority: str, default: int) -> tuple[str, int]:
    host, colon, digits = authority.rpartition(":")
    if not colon or "]" in digits:
        return authority, default
    if digits == "":
        return host, default
    significant = digits.lstrip("0") or "0"
    if not (digits.isascii() and digits.isdigit() and len(significant) <= 5 and int(significant) <= 65_535):
        raise _unusable(text, "the port is not a number up to 65535")
    return host, int(significant)


def _unusable(text: str, why: str) -> UsageError:
    shown = text if len(text) <= 200 else text[:200] + "…"
    return UsageError("address", f"address {shown!r} cannot be used: {why}", "give the whole address, as https://…")
