"""A window for a person to look at: what happens in it is nobody's business, and nothing is kept."""

import contextlib
import threading
from collections.abc import Iterator

from archiver.browser.cdp import Link, Params, Trouble
from archiver.browser.process import Browser
from archiver.errors import UsageError


class Window:
    """An open window, and those that its page opened."""

    def __init__(self, link: Link, context: str) -> None:
        self._link = link
        self._context = context
        self._lock = threading.Lock()
        self._pages: dict[str, str] = {}  # session -> target
        self._opened = False

    @property
    def closed(self) -> bool:
        """Whether the person has closed it, and all that came of it, or the browser."""
        with self._lock:
            return self._link.gone or (self._opened and not self._pages)

    def event(self, session: str, method: str, params: Params) -> None:
        """Let everything in the context run; count its windows."""
        if session:
            return
        info = params.get("targetInfo")
        name = str(params.get("sessionId", ""))
        if (
            method == "Target.attachedToTarget"
            and isinstance(info, dict)
            and info.get("browserContextId") == self._context
        ):
            if info.get("type") == "page":
                with self._lock:
                    self._pages[name] = str(info.get("targetId", ""))
                    self._opened = True
            self._link.post("Runtime.runIfWaitingForDebugger", session=name)
        elif method == "Target.detachedFromTarget":
            with self._lock:
                self._pages.pop(name, None)


@contextlib.contextmanager
def opened(browser: Browser, url: str, *, port: int) -> Iterator[Window]:
    """Give a window that shows `url` in a context of its own behind the gate on `port`; it closes at the end.

    Raises `UsageError` ("browser") when the browser opens none.
    """
    try:
        with browser.context(port) as context:
            window = Window(browser.link, context)
            end = browser.link.listen(window.event)
            try:
                made = {"url": url, "browserContextId": context, "newWindow": True}
                browser.link.call("Target.createTarget", made, timeout=30.0)
                yield window
            finally:
                end()
    except Trouble as exc:
        raise UsageError("browser", "the browser opens no window", browser.last_words()) from exc
