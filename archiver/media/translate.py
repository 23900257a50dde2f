"""Between the requests and answers of yt-dlp and ours: headers, bodies, cookies."""

import re
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


def another_part(
    asked: Mapping[str, str], status: int, headers: Iterable[tuple[bytes, bytes]], *, segment: bool
) -> str:
    """Return why an answer is not the part of a file that was asked for, "" where it is one or claims to be none.

    The whole file instead of a part is as good, but for a `segment` of many in one file.
    yt-dlp takes a part that is too short, or another one, for all there is; and an answer that there is no more for a
    sign that it has everything.
    """
    wanted = next((value for name, value in asked.items() if name.lower() == "range"), "bytes=0-")
    span = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted.strip())
    if status == 416:
        return "there is no such part of the file"
    if status != 206:
        whole = segment and status == 200 and span is not None and span[2] != ""
        return "the whole file came for a part of it" if whole else ""
    stated = next((value.decode("latin-1") for name, value in headers if name.lower() == b"content-range"), "")
    came = re.fullmatch(r"bytes +(\d+)-(\d+)/(\d+|\*)", stated.strip(), re.IGNORECASE)
    if span is None or came is None or int(came[1]) != int(span[1]):
        return "another part of the file came than was asked for"
    ends = {int(span[2])} if span[2] else set()
    ends |= {int(came[3]) - 1} if came[3] != "*" else set()
    return "" if int(came[2]) in ends or not ends else "a shorter part of the file came than was asked for"


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
