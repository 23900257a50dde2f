"""Cookies that a browser has from the start, and those of a profile."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from archiver.browser.cdp import CallFailed, Params
from archiver.browser.process import Browser
from archiver.canon import Json


@dataclass(frozen=True, slots=True)
class BrowserCookie:
    """A cookie that the browser has from the start. `expires` is a POSIX time, None for a session.

    With `host_only` it is sent to `domain` alone, else to what is below it too. `same_site` is "Strict", "Lax", "None",
    or "" where nothing was said.
    """

    name: str
    value: str = field(repr=False)
    domain: str
    path: str = "/"
    secure: bool = False
    host_only: bool = True
    expires: int | None = None
    http_only: bool = False
    same_site: str = ""


def profile_cookies(browser: Browser) -> tuple[BrowserCookie, ...]:
    """Return the cookies of the profile that `browser` was given a copy of: of a profile, they alone count.

    Those that belong to a pair of sites are left out. Raises `Trouble`.
    """
    found = browser.link.call("Storage.getCookies", timeout=30.0).get("cookies")
    return tuple(_read(each) for each in found if not each.get("partitionKey")) if isinstance(found, list) else ()


def given(browser: Browser, context: str, cookies: Iterable[BrowserCookie]) -> int:
    """Give a context these cookies; return how many the browser refused. Raises `Trouble`."""
    refused = 0
    for cookie in cookies:
        try:
            asked = {"cookies": [_told(cookie)], "browserContextId": context}
            browser.link.call("Storage.setCookies", asked)
        except CallFailed:
            refused += 1
    return refused


def _told(cookie: BrowserCookie) -> dict[str, Json]:
    host = cookie.domain.removeprefix(".")
    told: dict[str, Json] = {"name": cookie.name, "value": cookie.value, "path": cookie.path, "secure": cookie.secure}
    told["httpOnly"] = cookie.http_only
    if cookie.expires is not None:
        told["expires"] = cookie.expires
    if cookie.same_site:
        told["sameSite"] = cookie.same_site
    if cookie.host_only:  # a cookie without a domain belongs to the host of its address
        return told | {"url": f"{'https' if cookie.secure else 'http'}://{host}{cookie.path}"}
    return told | {"domain": f".{host}"}


def _read(told: Params) -> BrowserCookie:
    domain = str(told.get("domain", ""))
    return BrowserCookie(
        str(told.get("name", "")),
        str(told.get("value", "")),
        domain.removeprefix("."),
        str(told.get("path", "/")),
        bool(told.get("secure")),
        not domain.startswith("."),
        None if told.get("session") else int(told.get("expires", 0)),
        bool(told.get("httpOnly")),
        str(told.get("sameSite", "")),
    )
