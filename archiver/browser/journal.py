"""What a page did while it was shown: its requests, what it said, what it wanted and did not get.

Everything in it is hostile and bounded, in number and in length; what was left out is counted.
"""

import threading
from collections.abc import Callable
from typing import Any, Final, Protocol

from archiver.browser.cdp import Params
from archiver.canon import Json

MAX_REQUESTS: Final = 10_000
MAX_SAID: Final = 500  # messages of the console and exceptions
MAX_NOTES: Final = 100  # of each other kind
MAX_ADDRESS: Final = 4096  # characters
MAX_TEXT: Final = 1000  # characters

_CUT: Final = frozenset({"net::ERR_CONTENT_LENGTH_MISMATCH", "net::ERR_INCOMPLETE_CHUNKED_ENCODING"})
_LASTING: Final = frozenset({"EventSource", "WebSocket", "Media", "Ping", "Prefetch", "Preflight"})
_NETWORK: Final = {"maxTotalBufferSize": 1 << 20, "maxResourceBufferSize": 1 << 16, "maxPostDataSize": 0}


class Posts(Protocol):
    """How a call without an answer is made."""

    def __call__(self, method: str, params: Params | None = None, session: str = "") -> None: ...


class Journal:
    """Hears what happens in a tab. `documents` are the addresses that the main frame asked for.

    `loading` says whether the main frame is not there yet, `since` when that changed last, by `monotonic`. `downloads`
    are addresses that led to a file. `failed` is why the main frame has nothing to show, "" while it has.
    """

    def __init__(self, post: Posts, monotonic: Callable[[], float]) -> None:
        self._post = post
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str], dict[str, Json]] = {}
        self._requests: list[dict[str, Json]] = []
        self._said: list[Json] = []
        self._notes: dict[str, list[Json]] = {
            "dialogs": [],
            "popups": [],
            "downloads": [],
            "workers": [],
            "crashed": [],
        }
        self._left_out: dict[str, int] = {}
        self._given_up: list[tuple[str, str]] = []
        self._page = ""
        self._main = ""
        self.documents: list[str] = []
        self.final_url = ""
        self.failed = ""
        self.loading = False
        self.since = monotonic()
        self._hearers: dict[str, Callable[[str, Params], None]] = {
            "Network.requestWillBeSent": self._asked,
            "Network.requestServedFromCache": self._from_cache,
            "Network.responseReceived": self._answered,
            "Network.loadingFinished": self._loaded,
            "Network.loadingFailed": self._not_loaded,
            "Network.webSocketCreated": self._socket,
            "Network.webSocketHandshakeResponseReceived": self._answered,
            "Network.webSocketFrameError": self._socket_failed,
            "Network.webSocketClosed": self._loaded,
            "Runtime.consoleAPICalled": self._console,
            "Runtime.exceptionThrown": self._exception,
            "Log.entryAdded": self._entry,
            "Page.javascriptDialogOpening": self._dialog,
            "Page.downloadWillBegin": self._download,
            "Page.frameNavigated": self._navigated,
            "Page.navigatedWithinDocument": self._moved,
            "Page.frameStartedNavigating": self._started,
            "Page.loadEventFired": self._done,
            "Inspector.targetCrashed": self._crashed,
        }

    def attached(self, session: str, kind: str, url: str) -> None:
        """Listen to a new frame or worker."""
        domains = ["Network", "Runtime", "Log"]
        if kind in {"page", "iframe"}:
            domains.append("Page")
        else:
            self._note("workers", {"kind": clean(kind, 30), "address": clean(url, MAX_ADDRESS)})
        if kind == "page":
            self._page = session
        for domain in domains:
            self._post(f"{domain}.enable", _NETWORK if domain == "Network" else None, session)

    def popup(self, url: str) -> None:
        """Note a window that was not opened."""
        self._note("popups", clean(url, MAX_ADDRESS))

    def event(self, session: str, method: str, params: Params) -> None:
        """Note what matters of an event."""
        hearer = self._hearers.get(method)
        if hearer is not None:
            with self._lock:
                hearer(session, params)

    def begin(self, main: str) -> None:
        """From now on the frame `main` is loading."""
        with self._lock:
            self._main = main
            self.loading = True
            self.since = self._monotonic()

    def stopped(self) -> None:
        """Nothing more is loaded."""
        with self._lock:
            self.loading = False
            self.since = self._monotonic()

    def waiting(self) -> int:
        """Return how many requests have no end yet, but for those that are made to have none."""
        with self._lock:
            return sum(1 for each in self._open.values() if each["type"] not in _LASTING)

    def told(self) -> dict[str, Json]:
        """Return what was noted, as it goes into page-info."""
        with self._lock:
            return {
                "requests": [dict(each) for each in self._requests],
                "console": list(self._said),
                **{name: list(notes) for name, notes in self._notes.items()},
                "left_out": dict(self._left_out),
            }

    def _asked(self, session: str, params: Params) -> None:
        key, request = self._key(session, params), _part(params, "request")
        url = clean(request.get("url"), MAX_ADDRESS)
        if url.startswith("data:"):
            return
        main = session == self._page and params.get("frameId") == self._main and params.get("type") == "Document"
        if (before := self._open.pop(key, None)) is not None:
            answer = _part(params, "redirectResponse")
            before["status"] = whole(answer.get("status"))
            before["outcome"] = "redirected"
        if main:
            self._given_up = list(self._open)  # what the page before was waiting for
            if len(self.documents) >= MAX_NOTES:  # where it ends is what counts
                self.documents.pop()
                self._leave_out("documents")
            self.documents.append(url)
        self._add(
            session,
            key,
            {
                "address": url,
                "method": clean(request.get("method"), 30),
                "type": clean(params.get("type"), 30),
                "frame": clean(params.get("documentURL"), MAX_ADDRESS),
            },
        )

    def _add(self, session: str, key: tuple[str, str], request: dict[str, Json]) -> None:
        if len(self._requests) >= MAX_REQUESTS:
            self._leave_out("requests")
            self._post("Network.disable", None, session)
            return
        entry = request | {"status": None, "from": "network", "outcome": "pending"}
        self._requests.append(entry)
        self._open[key] = entry

    def _from_cache(self, session: str, params: Params) -> None:
        if (entry := self._open.get(self._key(session, params))) is not None:
            entry["from"] = "cache"

    def _answered(self, session: str, params: Params) -> None:
        entry, answer = self._open.get(self._key(session, params)), _part(params, "response")
        if entry is None:
            return
        entry["status"] = whole(answer.get("status"))
        if answer.get("fromServiceWorker"):
            entry["from"] = "service worker"
        elif answer.get("fromDiskCache") or answer.get("fromPrefetchCache"):
            entry["from"] = "cache"

    def _loaded(self, session: str, params: Params) -> None:
        if (entry := self._open.pop(self._key(session, params), None)) is not None and entry["outcome"] == "pending":
            entry["outcome"] = "loaded"

    def _not_loaded(self, session: str, params: Params) -> None:
        entry = self._open.pop(self._key(session, params), None)
        if entry is None:
            return
        text = clean(params.get("errorText"), MAX_TEXT)
        if blocked := params.get("blockedReason"):
            entry["outcome"], text = "blocked", clean(blocked, 60)
        elif wrong := _part(params, "corsErrorStatus").get("corsError"):
            entry["outcome"], text = "blocked", f"cors: {clean(wrong, 60)}"
        elif text in _CUT:
            entry["outcome"] = "cut"
        else:
            entry["outcome"] = "cancelled" if params.get("canceled") else "failed"
        entry["why"] = text

    def _socket(self, session: str, params: Params) -> None:
        url = clean(params.get("url"), MAX_ADDRESS)
        self._add(
            session, self._key(session, params), {"address": url, "method": "GET", "type": "WebSocket", "frame": ""}
        )

    def _socket_failed(self, session: str, params: Params) -> None:
        if (entry := self._open.get(self._key(session, params))) is not None:
            entry["outcome"], entry["why"] = "failed", clean(params.get("errorMessage"), MAX_TEXT)

    def _console(self, session: str, params: Params) -> None:
        given = params.get("args")
        words = [_shown(each) for each in given[:20]] if isinstance(given, list) else []
        self._say(session, clean(params.get("type"), 30), " ".join(words), "")

    def _exception(self, session: str, params: Params) -> None:
        told = _part(params, "exceptionDetails")
        thrown = _part(told, "exception").get("description") or told.get("text")
        self._say(session, "exception", clean(thrown, MAX_TEXT), clean(told.get("url"), MAX_ADDRESS))

    def _entry(self, session: str, params: Params) -> None:
        entry = _part(params, "entry")
        self._say(
            session, clean(entry.get("level"), 30), clean(entry.get("text"), MAX_TEXT), clean(entry.get("url"), 500)
        )

    def _say(self, session: str, level: str, text: str, where: str) -> None:
        if len(self._said) < MAX_SAID:
            self._said.append({"level": level, "text": text[:MAX_TEXT], "address": where})
            return
        if not self._left_out.get("console"):
            for domain in ("Runtime", "Log"):  # whoever says so much is listened to no more
                self._post(f"{domain}.disable", None, session)
        self._leave_out("console")

    def _dialog(self, session: str, params: Params) -> None:
        kind = clean(params.get("type"), 30)
        self._noted("dialogs", {"kind": kind, "text": clean(params.get("message"), MAX_TEXT)})
        self._post("Page.handleJavaScriptDialog", {"accept": kind == "beforeunload"}, session)

    def _download(self, session: str, params: Params) -> None:
        self._noted("downloads", clean(params.get("url"), MAX_ADDRESS))

    def _navigated(self, session: str, params: Params) -> None:
        frame = _part(params, "frame")
        if session != self._page or frame.get("parentId"):
            return
        if frame.get("unreachableUrl"):
            self.failed = self.failed or "error"
            self.final_url = ""
            return
        for key in self._given_up:
            self._open.pop(key, None)
        url = clean(frame.get("url"), MAX_ADDRESS)
        if url != "about:blank":
            self.failed = ""
            self.final_url = url + clean(frame.get("urlFragment"), MAX_ADDRESS)

    def _moved(self, session: str, params: Params) -> None:
        if session == self._page and params.get("frameId") == self._main and self.final_url:
            self.final_url = clean(params.get("url"), MAX_ADDRESS)

    def _started(self, session: str, params: Params) -> None:
        same = str(params.get("navigationType", "")).startswith("same")
        if session == self._page and params.get("frameId") == self._main and not same:
            self.loading = True
            self.since = self._monotonic()

    def _done(self, session: str, params: Params) -> None:
        if session == self._page:
            self.loading = False
            self.since = self._monotonic()

    def _crashed(self, session: str, params: Params) -> None:
        self._noted("crashed", "page" if session == self._page else "frame or worker")

    def _note(self, name: str, what: Json) -> None:
        with self._lock:
            self._noted(name, what)

    def _noted(self, name: str, what: Json) -> None:
        if len(self._notes[name]) < MAX_NOTES:
            self._notes[name].append(what)
        else:
            self._leave_out(name)

    def _key(self, session: str, params: Params) -> tuple[str, str]:
        """Return under what a request is known: a frame's own is told by its parent, and its end by itself."""
        name = str(params.get("requestId", ""))
        return ("", name) if ("", name) in self._open or params.get("type") == "Document" else (session, name)

    def _leave_out(self, name: str) -> None:
        self._left_out[name] = self._left_out.get(name, 0) + 1


def clean(value: object, most: int) -> str:
    """Return `value`, where it is text, with at most `most` characters and no half of one."""
    return value[:most].encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """Return `value` where it is a number that a status can be."""
    return int(value) if isinstance(value, int | float) and 0 <= value < 1000 else None


def _key(session: str, params: Params) -> tuple[str, str]:
    return session, str(params.get("requestId", ""))


def _part(params: Params, name: str) -> Params:
    part = params.get(name)
    return part if isinstance(part, dict) else {}


def _shown(argument: Any) -> str:
    if not isinstance(argument, dict):
        return ""
    value = argument.get("value")
    if isinstance(value, bool | int | float):
        return str(value)[:60]
    return clean(value, MAX_TEXT) or clean(argument.get("description"), MAX_TEXT)
