"""Between the requests and answers of yt-dlp and ours: headers, bodies, cookies."""

import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any, Final

_NOT_ITS_OWN: Final = frozenset(
    {
        "host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect", "trailer", "keep-alive",
        "user-agent", "accept-encoding", "cookie", "x-forwarded-for",
    }
)  # fmt: skip


def scheme_of(url: str) -> str:
    """Return the scheme of an address, as it stands there."""
    return url.partition(":")[0].lower()[:20]


def sendable(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the headers that are its own to set: not those of the connection, nor who asks, nor what is undone."""
    for name, value in headers.items():
        lower = name.lower()
        if lower == "accept-encoding" and value.strip().lower() == "identity":
            yield name, "identity"
        elif lower not in _NOT_ITS_OWN and not lower.startswith("proxy-"):
            yield name, value


def body_of(data: Any) -> bytes:
    """Return what it sends along, which may be bytes, pieces of them, or something to read."""
    if data is None:
        return b""
    if isinstance(data, bytes):
        return data
    return bytes(data.read()) if hasattr(data, "read") else b"".join(data)


def cookies_of(jar: Any, url: str, headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield name and value of the cookies that it would send to `url`: of its jar, and of a header."""
    for cookie in jar.get_cookies_for_url(url):
        yield str(cookie.name), str(cookie.value or "")
    given = next((value for name, value in headers.items() if name.lower() == "cookie"), "")
    for pair in filter(None, given.split(";")):
        name, _, value = pair.strip().partition("=")
        yield name, value


class _Headers:
    """An answer as `http.cookiejar` reads it."""

    def __init__(self, value: str) -> None:
        self._message = Message()
        self._message["Set-Cookie"] = value

    def info(self) -> Message:
        return self._message


def remember(jar: CookieJar, set_cookies: Iterable[tuple[str, str]]) -> None:
    """Let its jar know which cookies were set, by address and value."""
    for url, value in set_cookies:
        jar.extract_cookies(_Headers(value), urllib.request.Request(url))  # type: ignore[arg-type]  # noqa: S310


def message_of(headers: Iterable[tuple[bytes, bytes]]) -> Message:
    """Return the headers of an answer as it reads them."""
    message = Message()
    for name, value in headers:
        message.add_header(name.decode("latin-1"), value.decode("latin-1"))
    return message
