"""One tab in a context of its own, and all that belongs to it: frames, workers, service workers, popups."""

import threading
from collections.abc import Callable
from typing import Final, Protocol

from archiver.browser.cdp import BrowserGone, Params, Reply, TookTooLong, Trouble
from archiver.browser.process import Browser

MAX_SESSIONS: Final = 500  # frames and workers that are listened to
LOOK: Final = 0.1  # seconds between two looks at whether to stop
REPLY: Final = 15.0  # seconds for an answer that needs no work

_ATTACHED: Final = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}


class Crashed(Trouble):
    """The process that shows the page has ended."""


class Stopped(Trouble):
    """Whoever asked for the visit wants it to end."""


class OutOfTime(Trouble):
    """The visit has taken as long as it may."""


class Hears(Protocol):
    """Whoever is told what happens in a tab, on the thread that reads: it may `post`, never wait."""

    def event(self, session: str, method: str, params: Params) -> None:
        """Hear of an event of the page, a frame or a worker."""
        ...

    def attached(self, session: str, kind: str, url: str) -> None:
        """Hear of a new frame or worker, before it runs."""
        ...

    def popup(self, url: str) -> None:
        """Hear of a window that the page wanted, and did not get."""
        ...


class Tab:
    """A tab in the context `context`. What happens in it is told to `hears`.

    Its methods raise `Trouble`: `Stopped` when `stop` says so, `OutOfTime` after the monotonic time `until`, `Crashed`,
    `BrowserGone`, `TookTooLong`, `CallFailed`.
    """

    def __init__(self, browser: Browser, context: str, hears: Hears, *, stop: Callable[[], bool], until: float) -> None:
        self._link = browser.link
        self._clock = browser.runtime.clock
        self._sleep = browser.runtime.sleep
        self._context = context
        self._hears = hears
        self._stop = stop
        self._until = until
        self._there = threading.Event()
        self._crashed = threading.Event()
        self._targets: dict[str, str] = {}  # session -> id of its target
        self.frames: dict[str, str] = {}  # session -> kind, of the page and of frames that have a process of their own
        self.session = ""  # that of the page
        self.main = ""  # the id of its main frame, which is that of its target

    def open(self, width: int, height: int) -> None:
        """Open the tab, empty; `close` must follow."""
        self._end = self._link.listen(self._event)
        size = {"width": width, "height": height}
        self.call(
            "Target.createTarget",
            {"url": "about:blank", "browserContextId": self._context, "newWindow": True, **size},
            session="",
            timeout=REPLY * 2,
        )
        late = self.now() + REPLY
        while not self._there.wait(LOOK):
            self.check()
            if self.now() > late:
                raise TookTooLong("Target.attachedToTarget")

    def close(self) -> None:
        """Hear nothing any more; the tab ends with its context."""
        self._end()

    def now(self) -> float:
        """Return the monotonic time."""
        return self._clock.monotonic()

    def left(self) -> float:
        """Return how many seconds there are still, at least 0."""
        return max(0.0, self._until - self.now())

    def check(self) -> None:
        """Raise when there is nothing more to wait for."""
        if self._stop():
            raise Stopped
        if self._link.gone:
            raise BrowserGone("the browser has ended")
        if self._crashed.is_set():
            raise Crashed
        if self.now() > self._until:
            raise OutOfTime

    def pause(self, seconds: float) -> None:
        """Wait, and look now and then whether to stop."""
        end = self.now() + seconds
        self.check()
        while (rest := end - self.now()) > 0:
            self._sleep(min(rest, LOOK))
            self.check()

    def call(
        self, method: str, params: Params | None = None, *, session: str | None = None, timeout: float = REPLY
    ) -> Params:
        """Return what the page, or another session, answers."""
        self.check()
        reply = self._link.ask(method, params, self.session if session is None else session)
        late = self.now() + timeout
        while not reply.within(LOOK):
            self.check()
            if self.now() > late:
                raise TookTooLong(method)
        return reply.result()

    def ask(self, method: str, params: Params | None = None) -> Reply:
        """Ask the page, and return where the answer will be."""
        return self._link.ask(method, params, self.session)

    def _event(self, session: str, method: str, params: Params) -> None:
        if method == "Target.attachedToTarget":
            self._attached(session, params)
        elif method == "Target.detachedFromTarget":
            gone = str(params.get("sessionId", ""))
            self._targets.pop(gone, None)
            self.frames.pop(gone, None)
        elif session and session in self._targets:
            if method == "Inspector.targetCrashed" and session == self.session:
                self._crashed.set()
            self._hears.event(session, method, params)

    def _attached(self, parent: str, params: Params) -> None:
        info = params.get("targetInfo")
        session = params.get("sessionId")
        if not isinstance(info, dict) or not isinstance(session, str):
            return
        if parent not in self._targets and (parent or info.get("browserContextId") != self._context):
            return  # not ours
        kind, target, url = (str(info.get(name, "")) for name in ("type", "targetId", "url"))
        if kind == "page" and self.session:
            self._hears.popup(url)
            self._link.post("Target.closeTarget", {"targetId": target})
            return
        if target in self._targets.values() or len(self._targets) >= MAX_SESSIONS:
            self._link.post("Runtime.runIfWaitingForDebugger", session=session)
            self._link.post("Target.detachFromTarget", {"sessionId": session}, session=parent)
            return
        self._targets[session] = target
        if kind in {"page", "iframe"}:
            self.frames[session] = kind
        if kind == "page":
            self.session, self.main = session, target
        self._hears.attached(session, kind, url)
        self._link.post("Target.setAutoAttach", _ATTACHED, session)
        self._link.post("Runtime.runIfWaitingForDebugger", session=session)
        if kind == "page":
            self._there.set()
