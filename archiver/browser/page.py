"""Showing a page: a tab of its own behind the gate, and what the browser makes of the page for the record."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archiver.browser.cdp import Params
from archiver.browser.flags import HEIGHT, WIDTH
from archiver.browser.keeping import kept
from archiver.browser.process import Browser
from archiver.browser.tab import Tab
from archiver.browser.values import Product, Visit

PRODUCTS = ("view", "full-page", "pdf", "mhtml", "dom", "ax", "text", "page-info")
PICTURES = ("view", "full-page")


@dataclass(frozen=True, slots=True)
class BrowserCookie:
    """A cookie that the browser has from the start. `expires` is a POSIX time, None for a session.

    With `host_only` it is sent to `domain` alone, else to what is below it too.
    """

    name: str
    value: str
    domain: str
    path: str = "/"
    secure: bool = False
    host_only: bool = True
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class VisitSettings:
    """How a page is shown. Sizes in CSS pixels; `languages` as in Accept-Language.

    `products` are those that are made, of `PRODUCTS`. With `scroll` the page is scrolled to its end first, with `more`
    what loads more of it is clicked too.
    """

    cookies: tuple[BrowserCookie, ...] = ()
    languages: str = "en-US,en;q=0.9"
    width: int = WIDTH
    height: int = HEIGHT
    products: tuple[str, ...] = PRODUCTS
    scroll: bool = True
    more: bool = True


def visit(
    browser: Browser,
    url: str,
    *,
    port: int,
    quiet_for: Callable[[], float],
    place: Callable[[], Path],
    stop: Callable[[], bool],
    until: float,
    settings: VisitSettings | None = None,
) -> Visit:
    """Show `url` in a new context behind the gate on `port`, and return what came of it; nothing a page does raises.

    `quiet_for` says for how many seconds nothing has passed the gate. `place` gives a new path for a product past
    1 MiB: its file is durable when this returns. `stop` is asked all the time; `until` is the time of the runtime's
    monotonic clock at which everything must have ended. A browser that ends or hangs costs what was not made yet.

    Raises `StorageError` when a product cannot be kept.
    """
    settings = settings or VisitSettings()
    heard = _Heard()
    products: list[Product] = []
    with browser.context(port) as context:
        tab = Tab(browser, context, heard, stop=stop, until=until)
        tab.open(settings.width, settings.height)
        try:
            for domain in ("Page", "Network"):
                tab.call(f"{domain}.enable")
            tab.call(
                "Emulation.setDeviceMetricsOverride",
                {"width": settings.width, "height": settings.height, "deviceScaleFactor": 1, "mobile": False},
            )
            tab.call("Page.navigate", {"url": url}, timeout=60.0)
            while quiet_for() < 0.6:
                tab.pause(0.1)
            for part in settings.products:
                if part not in PICTURES:
                    continue
                size = tab.call("Page.getLayoutMetrics")["cssContentSize"]
                clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
                given = {"captureBeyondViewport": True, "clip": clip} if part == "full-page" else {}
                data = tab.call("Page.captureScreenshot", {"format": "png", **given}, timeout=60.0)["data"]
                blob = kept([base64.b64decode(data)], place, 1 << 30)
                products.append(Product(part, "image/png", browser.runtime.clock.now(), blob))
            entry = tab.call("Page.getNavigationHistory")["entries"][-1]
        finally:
            tab.close()
    return Visit(entry["url"], entry["title"], (url,), tuple(products))


class _Heard:
    def event(self, session: str, method: str, params: Params) -> None:
        """Nothing yet."""

    def attached(self, session: str, kind: str, url: str) -> None:
        """Nothing yet."""

    def popup(self, url: str) -> None:
        """Nothing yet."""
