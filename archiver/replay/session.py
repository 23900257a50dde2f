"""A browser that is shown an item: once, for a picture, or in windows for somebody to look at."""

import queue
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from archiver.browser.authority import Authority
from archiver.browser.cdp import Params, Trouble
from archiver.browser.find import Program
from archiver.browser.gate import Gate
from archiver.browser.page import PICTURES, VisitSettings, visit
from archiver.browser.process import Browser
from archiver.browser.values import Answerer, Asked, Line, Visit
from archiver.errors import CaseError, UsageError
from archiver.replay.pages import START, opened, unknown
from archiver.replay.pictures import MAX_BYTES, Png, picture
from archiver.replay.player import Player
from archiver.runtime import Runtime

FULL_PAGE: Final = "full-page"
MAX_TIME: Final = 600.0  # seconds for one visit
MAX_LANGUAGES: Final = 20
MAX_WINDOWS: Final = 40  # items that are open at a time, each with a gate of its own

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_LOOK: Final = 0.1  # seconds between two looks at whether all is closed
_OPENS: Final = 30.0  # seconds for a window to open


@dataclass(frozen=True, slots=True)
class Looks:
    """How a page is shown, as it was at the capture: User-Agent ("" for the browser's own), and languages.

    These are those of Accept-Language, without weights.
    """

    agent: str = ""
    languages: str = "en-US,en"

    @classmethod
    def of(cls, agent: str, accept_language: str) -> "Looks":
        """Return how a page was shown by these two headers."""
        names = (each.partition(";")[0].strip() for each in accept_language.split(",")[:MAX_LANGUAGES])
        return cls(agent, ",".join(each for each in names if _LANGUAGE.fullmatch(each)) or cls().languages)


@dataclass(frozen=True, slots=True)
class Opening:
    """An item that can be opened: what answers for it, the address that it begins at, and how it is shown."""

    url: str
    player: Player
    looks: Looks = Looks()


def photographed(
    program: Program, opening: Opening, runtime: Runtime, *, stop: Callable[[], bool]
) -> tuple[Png, tuple[str, ...]]:
    """Show the item as a capture does, without a window; return a picture of the whole page, and what fell short.

    The steps are those of the capture: the same size of window, scrolled to the end, what loads more clicked. Raises
    `CaseError` where no picture was made or it is too large, `UsageError` where the browser does not start.
    """
    looks = opening.looks
    settings = VisitSettings(products=PICTURES)
    authority = Authority.fresh(runtime)
    with (
        tempfile.TemporaryDirectory(prefix="archiver-replay-") as folder,
        Gate(opening.player, authority, runtime) as gate,
        Browser(
            program, runtime, trusted=authority.spki_sha256, agent=looks.agent, languages=looks.languages
        ) as browser,
    ):
        seen = visit(
            browser,
            opening.url,
            port=gate.port,
            quiet_for=opening.player.quiet_for,
            place=lambda: Path(folder) / runtime.ids.nonce(),
            stop=stop,
            until=runtime.clock.monotonic() + MAX_TIME,
            settings=settings,
        )
        return picture(_whole_page(seen), "the picture of the replay"), seen.short


def _whole_page(seen: Visit) -> bytes:
    blob = next((product.blob for product in seen.products if product.part == FULL_PAGE), None)
    if blob is None:
        why = ", ".join(seen.short) or "the browser made none"
        raise CaseError("picture", f"no picture of the replay: {why}", "try again; archiver verify checks the item")
    if blob.size > MAX_BYTES:
        raise CaseError("picture", "the picture of the replay is larger than 256 MiB")
    return b"".join(blob.chunks())


class Windows:
    """A browser with windows, a context manager: each item in a context of its own, behind a gate of its own.

    Nothing of what is opened reaches the network, or another item. Entering raises as `Browser`.
    """

    def __init__(
        self, program: Program, runtime: Runtime, environ: Mapping[str, str], *, looks: Looks, headless: bool = False
    ) -> None:
        self._runtime = runtime
        self._authority = Authority.fresh(runtime)
        self._browser = Browser(
            program,
            runtime,
            headless=headless,
            trusted=self._authority.spki_sha256,
            agent=looks.agent,
            languages=looks.languages,
            environ=environ,
        )
        self._stack = ExitStack()
        self._pages: dict[str, str] = {}
        self._seen = 0
        self._items = 0

    def __enter__(self) -> Self:
        self._stack.enter_context(self._browser)
        self._stack.callback(self._browser.link.listen(self._event))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def open(self) -> int:
        """How many windows and tabs are open."""
        return 0 if self._browser.link.gone else len(self._pages)

    def show(self, url: str, answerer: Answerer) -> None:
        """Open a window at `url`, for which `answerer` answers. Raises `UsageError` where none opens."""
        if self._items >= MAX_WINDOWS:
            raise UsageError("windows", f"{MAX_WINDOWS} items are open", "close the browser, and begin again")
        self._items += 1
        before = self._seen
        try:
            gate = self._stack.enter_context(Gate(answerer, self._authority, self._runtime))
            context = self._stack.enter_context(self._browser.context(gate.port))
            where = {"url": url, "browserContextId": context, "newWindow": True}
            self._browser.link.call("Target.createTarget", where, timeout=_OPENS)
        except Trouble as exc:
            raise UsageError("browser", "no window opens", self._browser.last_words()) from exc
        late = self._runtime.clock.monotonic() + _OPENS
        while self._seen == before and self._runtime.clock.monotonic() < late:
            self._runtime.sleep(_LOOK)

    def wait(self, stop: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until everything is closed, or `stop` says so; `meanwhile` is called again and again."""
        while self.open and not stop():
            meanwhile()
            self._runtime.sleep(_LOOK)

    def _event(self, session: str, method: str, params: Params) -> None:
        if session:
            return
        name, info = str(params.get("sessionId")), params.get("targetInfo")
        if method == "Target.attachedToTarget" and isinstance(info, dict):
            if info.get("type") == "page":
                self._pages[name] = str(info.get("targetId"))
                self._seen += 1
            self._browser.link.post("Runtime.runIfWaitingForDebugger", session=name)
        elif method == "Target.detachedFromTarget":
            self._pages.pop(name, None)


class Lobby:
    """Answers the window with the list of the items: `page` is the answer, `wanted` gets the items clicked on."""

    def __init__(self, page: bytes) -> None:
        self._page = page
        self.wanted: queue.Queue[int] = queue.Queue()

    def __call__(self, asked: Asked, line: Line) -> None:
        """Answer one request."""
        item = asked.url.removeprefix(START)
        if asked.url == START:
            line.send(self._page)
        elif asked.url.startswith(START) and item.isascii() and item.isdigit() and len(item) <= 15:
            self.wanted.put(int(item))
            line.send(opened())
        else:
            line.send(unknown())
