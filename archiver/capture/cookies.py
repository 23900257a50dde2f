"""Cookies of one item: from a Netscape cookie file, kept up to date by the answers of that item, never shared."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from archiver.capture.secrets import Secret
from archiver.errors import ConfigError
from archiver.model.address import Address, ascii_host

_HTTP_ONLY = "#HttpOnly_"  # before the domain, as curl and browsers write it
MAX_COOKIES = 300
MAX_COOKIE = 4096  # bytes of name and value, as RFC 6265 §6.1 asks of browsers
MAX_ATTRIBUTE = 1024  # bytes; browsers ignore an attribute that is longer

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE_TOKEN = re.compile(r"[^\t\x20-\x2f;-@\[-`{-~]+")
_DATE_PARTS = {  # in the order in which each token is tried
    "time": re.compile(r"[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?![0-9])"),
    "day": re.compile(r"[0-9]{1,2}(?![0-9])"),
    "month": re.compile("|".join(_MONTHS), re.IGNORECASE),
    "year": re.compile(r"[0-9]{2,4}(?![0-9])"),
}
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_UNSENDABLE = re.compile(rb"[\x00-\x1f\x7f;]")


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie. `expires` is a POSIX time, None for a session. With `http_only` no script of a page may read it."""

    domain: str
    host_only: bool
    path: str
    secure: bool
    expires: int | None
    name: bytes
    value: bytes
    http_only: bool = False

    def __repr__(self) -> str:
        return f"Cookie({self.domain!r}, {self.path!r}, {self.name!r}, <{len(self.value)} bytes>)"

    def fits(self, address: Address, now: datetime) -> bool:
        """Return whether the cookie is sent to `address` (RFC 6265 §5.4)."""
        host = address.host.removesuffix(".")
        if host != self.domain and (self.host_only or not _within(host, self.domain)):
            return False
        if self.secure and address.scheme != "https":
            return False
        return _path_fits(_path(address), self.path) and (self.expires is None or self.expires > now.timestamp())


@dataclass(frozen=True, slots=True)
class CookieJar:
    """The cookies of one item; grows by being replaced.

    `secrets` are the values that came from the user: whatever the server sets in their place, they must not come back
    in a record.
    """

    cookies: tuple[Cookie, ...] = ()
    secrets: tuple[Secret, ...] = ()

    def header(self, address: Address, now: datetime) -> bytes:
        """Return the value of the Cookie header for `address`, longest path first; empty when no cookie fits."""
        fitting = sorted((c for c in self.cookies if c.fits(address, now)), key=lambda c: -len(c.path))
        return b"; ".join(c.name + b"=" + c.value if c.name else c.value for c in fitting)

    def updated(self, address: Address, set_cookies: tuple[bytes, ...], now: datetime) -> "CookieJar":
        """Return the jar after an answer of `address` that carried these Set-Cookie values (RFC 6265 §5.3).

        Values that no browser takes (control bytes, another site's domain, too long) change nothing.
        """
        kept = {_key(cookie): cookie for cookie in self.cookies}
        for raw in set_cookies:
            cookie = _set_cookie(raw, address, now)
            if cookie is None:
                continue
            if cookie.expires is not None and cookie.expires <= now.timestamp():
                kept.pop(_key(cookie), None)
            elif len(kept) < MAX_COOKIES or _key(cookie) in kept:
                kept[_key(cookie)] = cookie
        return CookieJar(tuple(kept.values()), self.secrets)


def load_cookies(text: str, name: str = "cookies") -> CookieJar:
    """Return the jar that a Netscape cookie file holds: seven fields with tabs between, one cookie a line.

    Raises `ConfigError` that names file and line, and never repeats a value.
    """
    found: list[Cookie] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = line.removesuffix("\r")
        http_only = line.startswith(_HTTP_ONLY)
        line = line.removeprefix(_HTTP_ONLY)
        if line.strip() and not line.startswith("#"):
            found.append(replace(_line(line, f"{name}:{number}"), http_only=http_only))
    return CookieJar(tuple(found), tuple(Secret("Cookie", cookie.value) for cookie in found))


def _line(line: str, where: str) -> Cookie:
    fields = line.split("\t")
    if len(fields) == 6:
        fields.append("")  # an empty value at the end of the line may have lost its tab
    if len(fields) != 7:
        raise _refused(where, f"{len(fields)} fields instead of 7")
    domain, subdomains, path, secure, expires, key, value = fields
    host = ascii_host(domain.removeprefix("."))
    if not host:
        raise _refused(where, "the domain cannot be one")
    if {subdomains.upper(), secure.upper()} - {"TRUE", "FALSE"}:
        raise _refused(where, "fields 2 and 4 must be TRUE or FALSE")
    if not path.startswith("/"):
        raise _refused(where, "the path does not begin with a slash")
    if not re.fullmatch(r"-?[0-9]{1,15}", expires):
        raise _refused(where, "the expiry is not a number of seconds")
    try:
        pair = key.encode("utf-8"), value.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise _refused(where, "name or value is not valid Unicode text") from exc
    if _UNSENDABLE.search(pair[0] + pair[1]) or (not key and not value):
        raise _refused(where, "name or value holds what no cookie can")
    until = int(expires) or None
    return Cookie(host.removesuffix("."), subdomains.upper() == "FALSE", path, secure.upper() == "TRUE", until,
                  *pair)  # fmt: skip


def _set_cookie(raw: bytes, address: Address, now: datetime) -> Cookie | None:
    first, *rest = raw.split(b";")
    name, mark, value = first.partition(b"=")
    if not mark:
        name, value = b"", first
    name, value = name.strip(), value.strip()
    if _CONTROL.search(raw) or len(name) + len(value) > MAX_COOKIE or not (name or value):
        return None
    attributes = {}
    for part in rest:
        if len(part) > MAX_ATTRIBUTE:
            continue
        key, _, text = part.partition(b"=")
        attributes[key.strip().lower()] = text.strip().decode("latin-1")
    host = address.host.removesuffix(".")
    domain = attributes.get(b"domain", "").lower().removeprefix(".")
    if domain and domain != host and ("." not in domain or not _within(host, domain)):
        return None
    path = attributes.get(b"path", "")
    if not path.startswith("/"):
        path = _path(address).rpartition("/")[0] or "/"
    expires = _expires(attributes, now)
    bare, secure = b"httponly" in attributes, b"secure" in attributes
    return Cookie(domain or host, not domain, path, secure, expires, name, value, http_only=bare)


def _expires(attributes: dict[bytes, str], now: datetime) -> int | None:
    age = attributes.get(b"max-age", "")
    if re.fullmatch(r"-?[0-9]{1,18}", age):
        return int(now.timestamp()) + int(age) if int(age) > 0 else 0
    return _date(attributes.get(b"expires", ""))


def _date(text: str) -> int | None:
    """Return the POSIX time of a cookie date (RFC 6265 §5.1.1), None when it is none."""
    found: dict[str, str] = {}
    for token in _DATE_TOKEN.findall(text):
        for part, pattern in _DATE_PARTS.items():
            match = pattern.match(token)
            if match is not None and part not in found:
                found[part] = match[0].lower()
                break
    if len(found) < len(_DATE_PARTS):
        return None
    year, month, day = int(found["year"]), _MONTHS.index(found["month"]) + 1, int(found["day"])
    year += 0 if year >= 100 else 1900 if year >= 70 else 2000
    hour, minute, second = map(int, found["time"].split(":"))
    try:
        return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _within(host: str, domain: str) -> bool:
    return host.endswith("." + domain) and not host.replace(".", "").isdigit() and ":" not in host


def _path(address: Address) -> str:
    return re.split(r"[?#]", address.target, maxsplit=1)[0].replace("\\", "/")


def _path_fits(path: str, wanted: str) -> bool:
    return path == wanted or (path.startswith(wanted) and (wanted.endswith("/") or path[len(wanted)] == "/"))


def _key(cookie: Cookie) -> tuple[str, bool, str, bytes]:
    return cookie.domain, cookie.host_only, cookie.path, cookie.name


def _refused(where: str, why: str) -> ConfigError:
    return ConfigError("cookies", f"{where}: cookie line refused: {why}", "export the file in Netscape format")
