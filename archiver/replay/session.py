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
from archiver.browser.find import Program
from archiver.browser.gate import Gate
from archiver.browser.page import PICTURES, VisitSettings, visit
from archiver.browser.process import Browser
from archiver.browser.values import Answerer, Asked, Line, Visit
from archiver.browser.window import Window, opened
from archiver.errors import CaseError, UsageError
from archiver.replay.pages import START, stay, unknown
from archiver.replay.pictures import MAX_BYTES, Png, picture
from archiver.replay.player import Player
from archiver.runtime import Runtime

FULL_PAGE: Final = "full-page"
MAX_TIME: Final = 600.0  # seconds for one visit
MAX_LANGUAGES: Final = 20
MAX_WINDOWS: Final = 40  # items that are open at a time, each with a gate of its own

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_LOOK: Final = 0.1  # seconds between two looks at whether all is closed


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
        self._open: list[tuple[Window, ExitStack]] = []

    def __enter__(self) -> Self:
        self._browser.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:
            stack.push(self._browser)
            for _, its in self._open:
                stack.push(its)

    def show(self, url: str, answerer: Answerer) -> None:
        """Open a window at `url`, for which `answerer` answers. Raises `UsageError` where none opens."""
        if len(self._open) >= MAX_WINDOWS:
            raise UsageError("windows", f"{MAX_WINDOWS} items are open", "close some of them")
        with ExitStack() as stack:
            gate = stack.enter_context(Gate(answerer, self._authority, self._runtime))
            window = stack.enter_context(opened(self._browser, url, port=gate.port))
            self._open.append((window, stack.pop_all()))

    def wait(self, stop: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until everything is closed, or `stop` says so; `meanwhile` is called again and again."""
        while self._open and not stop():
            meanwhile()
            for each in [each for each in self._open if each[0].closed]:
                self._open.remove(each)
                each[1].close()
            self._runtime.sleep(_LOOK)


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
            line.send(stay())
        else:
            line.send(unknown())
