"""Showing a page: a tab of its own behind the gate, and what the browser makes of the page for the record."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from archiver.browser.cdp import BrowserGone, CallFailed, TookTooLong, Trouble
from archiver.browser.cookies import BrowserCookie, given
from archiver.browser.flags import HEIGHT, WIDTH
from archiver.browser.journal import MAX_ADDRESS, MAX_TEXT, Journal, clean
from archiver.browser.keeping import TooLarge, kept
from archiver.browser.process import Browser
from archiver.browser.products import Products
from archiver.browser.scroll import Scroll
from archiver.browser.settle import ANSWER, LOAD, Pulse, loaded, quiet
from archiver.browser.tab import Crashed, OutOfTime, Stopped, Tab
from archiver.browser.values import Product, Visit
from archiver.canon import Json

PRODUCTS: Final = ("view", "full-page", "pdf", "mhtml", "dom", "ax", "text", "page-info")
PICTURES: Final = ("view", "full-page")
WORDS: Final = ("mhtml", "dom", "ax", "text")
MAX_PRODUCT: Final = 1 << 30  # bytes
MOMENT: Final = 0.3  # seconds by which a crash, or a download, may be told later than the failure it causes

_MADE: Final = (
    "full-page",
    "mhtml",
    "dom",
    "ax",
    "text",
    "pdf",
)  # in this order: for the PDF the page is laid out anew
_TITLE: Final = "Object.getOwnPropertyDescriptor(Document.prototype, 'title').get.call(document)"
_WORDS: Final[dict[type[Trouble], str]] = {
    Crashed: "crashed",
    BrowserGone: "browser-gone",
    Stopped: "stopped",
    OutOfTime: "out-of-time",
    TookTooLong: "hung",
    CallFailed: "failed",
}


@dataclass(frozen=True, slots=True)
class VisitSettings:
    """How a page is shown. Sizes in CSS pixels.

    `products` are those that are made, of `PRODUCTS`. With `scroll` the page is scrolled to its end first, with `more`
    what loads more of it is clicked too. `veil` is given each piece of a product in words (`WORDS`) with its name, and
    returns what is kept of it.
    """

    cookies: tuple[BrowserCookie, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    products: tuple[str, ...] = PRODUCTS
    scroll: bool = True
    more: bool = True
    veil: Callable[[str, bytes], bytes] = lambda _part, data: data


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
    return _Showing(browser, url, port, quiet_for, place, stop, until, settings or VisitSettings()).run()


class _Showing:
    """One visit as it goes on."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        port: int,
        quiet_for: Callable[[], float],
        place: Callable[[], Path],
        stop: Callable[[], bool],
        until: float,
        settings: VisitSettings,
    ) -> None:
        self._browser = browser
        self._url = url
        self._port = port
        self._quiet_for = quiet_for
        self._place = place
        self._stop = stop
        self._until = until
        self._settings = settings
        self._clock = browser.runtime.clock
        self._began = self._clock.monotonic()
        self._journal = Journal(browser.link.post, self._clock.monotonic)
        self._products: dict[str, Product] = {}
        self._short: list[str] = []
        self._timings: dict[str, Json] = {}
        self._scrolled: Json = None
        self._why: dict[str, Json] = {}
        self._title = ""

    def run(self) -> Visit:
        try:
            with self._browser.context(self._port) as context:
                tab = Tab(self._browser, context, self._journal, stop=self._stop, until=self._until)
                try:
                    self._in(tab, context)
                finally:
                    tab.close()
        except Trouble as trouble:
            self._say(_word(trouble))
        wanted = [part for part in PRODUCTS if part in self._settings.products]
        self._short += [f"no-{part}" for part in wanted if part not in self._products and part != "page-info"]
        info = self._info()
        if "page-info" in wanted:
            data = json.dumps(info, ensure_ascii=False, indent=1).encode("utf-8")
            self._keep("page-info", "application/json", [data])
        products = tuple(self._products[part] for part in wanted if part in self._products)
        documents = tuple(self._journal.documents)
        return Visit(self._journal.final_url, self._title, documents, products, tuple(self._short), info)

    def _in(self, tab: Tab, context: str) -> None:
        tab.open(self._settings.width, self._settings.height)
        self._prepare(tab, context)
        self._lap("opened")
        self._journal.begin(tab.main)
        if not self._arrived(tab):
            self._say("download" if self._journal.told()["downloads"] else "not-shown")
            return
        products = Products(tab, self._settings.width, self._settings.height)
        try:
            self._watch(tab, products)
        except TookTooLong:
            self._revive(tab)
        finally:
            self._lap("watched")
        if self._journal.failed:  # it went on to an address that has nothing to show: that page would be the browser's
            self._say("not-shown")
            return
        self._title = _title_of(tab)
        try:
            for part in ("view", *_MADE):
                if part not in self._products:
                    self._make(tab, products, part)
        finally:
            self._short += list(dict.fromkeys(products.short))
            self._lap("made")

    def _prepare(self, tab: Tab, context: str) -> None:
        settings = self._settings
        size: dict[str, Json] = {"width": settings.width, "height": settings.height}
        tab.call("Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": 1, "mobile": False})
        tab.call("Emulation.setFocusEmulationEnabled", {"enabled": True})
        tab.call("Page.setInterceptFileChooserDialog", {"enabled": True})
        refused = {"behavior": "deny", "browserContextId": context, "eventsEnabled": True}
        tab.call("Browser.setDownloadBehavior", refused, session="")
        if given(self._browser, context, settings.cookies):
            self._say("cookie-refused")

    def _arrived(self, tab: Tab) -> bool:
        """Go to the address; return whether there is something to look at."""
        asked = tab.ask("Page.navigate", {"url": self._url})
        end = tab.now() + min(LOAD, tab.left() * 0.4)
        while not asked.within(0.05):
            tab.check()
            if tab.now() > end:
                self._say("load-cut")
                return False
        try:
            text = clean(asked.result().get("errorText"), MAX_TEXT)
        except CallFailed as exc:
            text = clean(str(exc), MAX_TEXT)
        if text:
            self._why["page"] = text
            tab.pause(MOMENT)
        return not text and not self._journal.failed

    def _watch(self, tab: Tab, products: Products) -> None:
        """Let the page do what it does, and look at it as it is first, and to its end."""
        pulse = Pulse(tab)
        if not loaded(tab, self._journal, pulse, min(LOAD, tab.left() * 0.3)):
            self._say("load-cut")
            tab.call("Page.stopLoading")
            self._journal.stopped()
        self._lap("loaded")
        if not quiet(tab, self._journal, pulse, self._quiet_for):
            self._say("not-quiet")
        self._lap("quiet")
        if self._journal.failed:
            return
        self._make(tab, products, "view")
        if not self._settings.scroll:
            return
        scroll = Scroll(tab, self._journal, pulse, self._quiet_for)
        try:
            scroll.through(self._settings.more)
        except CallFailed:
            self._say("not-scrolled")
        finally:
            self._scrolled = scroll.done.told()
            if scroll.done.limit:
                self._say("scroll-cut")
            if scroll.done.left:
                self._say("left-page")
        self._lap("scrolled")
        if not quiet(tab, self._journal, pulse, self._quiet_for):
            self._say("not-quiet")

    def _make(self, tab: Tab, products: Products, part: str) -> None:
        if part not in self._settings.products:
            return
        media_type, maker = products.makers[part]
        try:
            try:
                self._keep(part, media_type, self._veiled(part, maker()))
            except TookTooLong:
                self._revive(tab)
                self._keep(part, media_type, self._veiled(part, maker()))
        except TooLarge:
            self._why[part] = "larger than 1 GiB"
        except CallFailed as exc:
            self._why[part] = clean(str(exc), MAX_TEXT)
            tab.pause(MOMENT)

    def _veiled(self, part: str, pieces: Iterable[bytes]) -> Iterable[bytes]:
        if part not in WORDS:
            return pieces
        return (self._settings.veil(part, piece) for piece in pieces)

    def _keep(self, part: str, media_type: str, pieces: Iterable[bytes]) -> None:
        blob = kept(pieces, self._place, MAX_PRODUCT)
        self._products[part] = Product(part, media_type, self._browser.runtime.clock.now(), blob)

    def _revive(self, tab: Tab) -> None:
        """Stop the scripts of a page that does not answer, once; raises `TookTooLong` where that does not help."""
        if "script-stopped" in self._short:
            raise TookTooLong("the page hangs")
        tab.ask("Emulation.setScriptExecutionDisabled", {"value": True})
        alive, late = tab.ask("Page.getLayoutMetrics"), tab.now() + ANSWER
        while not alive.within(0.3):  # whatever the answer is
            tab.check()
            if tab.now() > late:
                raise TookTooLong("the page hangs")
            tab.ask("Runtime.terminateExecution")  # again and again: one that comes between two alerts is lost
        self._say("script-stopped")

    def _say(self, word: str) -> None:
        if word not in self._short:
            self._short.append(word)

    def _lap(self, name: str) -> None:
        self._timings[name] = round((self._clock.monotonic() - self._began) * 1000)

    def _info(self) -> dict[str, Json]:
        program, settings = self._browser.program, self._settings
        return {
            "schema": "archiver-pageinfo/1",
            "address": clean(self._url, MAX_ADDRESS),
            "final_address": self._journal.final_url,
            "title": self._title,
            "documents": list(self._journal.documents),
            "browser": {
                "name": program.name,
                "version": program.version,
                "agent": self._browser.agent,
                "flags": list(self._browser.flags),
                "headless": self._browser.headless,
                "sandboxed": self._browser.sandboxed,
            },
            "viewport": {"width": settings.width, "height": settings.height, "scale": 1},
            "cookies": len(settings.cookies),
            "scroll": self._scrolled,
            "short": list(self._short),
            "why": self._why,
            "milliseconds": self._timings,
            **self._journal.told(),
        }


def _word(trouble: Trouble) -> str:
    return _WORDS.get(type(trouble), "failed")


def _title_of(tab: Tab) -> str:
    try:
        made = tab.call("Page.createIsolatedWorld", {"frameId": tab.main, "worldName": "archiver"})
        asked = {"expression": _TITLE, "contextId": made.get("executionContextId"), "returnByValue": True}
        result = tab.call("Runtime.evaluate", asked).get("result")
    except CallFailed:
        return ""
    return clean(result.get("value") if isinstance(result, dict) else None, MAX_TEXT)
