"""What the browser makes of a page for the record: pictures, PDF, MHTML, DOM, what assistive programs are told."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from archiver.browser.cdp import CallFailed, Params
from archiver.browser.journal import MAX_ADDRESS, clean
from archiver.browser.reading import text_of
from archiver.browser.tab import Tab
from archiver.canon import Json

MAX_WIDTH, MAX_HEIGHT = 2_560, 32_000  # CSS pixels: the picture of a larger page is cut, which is said
MAX_FRAMES: Final = 100  # whose DOM and accessibility trees are kept
WORK: Final = 30.0  # seconds for one product, or one frame of it
DRAW: Final = 0.5  # seconds for frames to be drawn that come into view
PIECE: Final = 1 << 20  # bytes of a stream at a time

_PDF: Final = {
    "printBackground": True,
    "generateTaggedPDF": True,
    "generateDocumentOutline": True,
    "transferMode": "ReturnAsStream",
}


class Products:
    """Makes one after another of the page in `tab`. Every method raises `Trouble`.

    `short` says what was cut, in fixed words.
    """

    def __init__(self, tab: Tab, width: int, height: int) -> None:
        self._tab = tab
        self._width, self._height = width, height
        self._trees: list[Params] | CallFailed | None = None
        self.short: list[str] = []
        self.makers: dict[str, tuple[str, Callable[[], Iterable[bytes]]]] = {
            "view": ("image/png", self._view),
            "full-page": ("image/png", self._full_page),
            "pdf": ("application/pdf", self._pdf),
            "mhtml": ("multipart/related", self._mhtml),
            "dom": ("application/json", self._dom),
            "ax": ("application/json", self._ax),
            "text": ("text/plain; charset=utf-8", self._text),
        }

    def _view(self) -> Iterable[bytes]:
        return self._picture({})

    def _full_page(self) -> Iterable[bytes]:
        width, height = self._extent()
        if width > MAX_WIDTH or height > MAX_HEIGHT:
            self.short.append("picture-cut")
        width, height = max(self._width, min(width, MAX_WIDTH)), min(height, MAX_HEIGHT)
        clip: dict[str, Json] = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        if len(self._tab.frames) < 2 or height <= self._height:
            return self._picture({"captureBeyondViewport": True, "clip": clip})
        # A frame with a process of its own is drawn only where the window shows it, so the window is made to show all:
        # unless the page takes its measures from the window, and would look like no page that anybody saw.
        try:
            self._window(height)
            self._tab.pause(DRAW)
            if self._extent() == (width, height):
                return self._picture({"captureBeyondViewport": True, "clip": clip})
        finally:
            self._window(self._height)
        self._tab.pause(DRAW)
        return self._picture({"captureBeyondViewport": True, "clip": clip})

    def _extent(self) -> tuple[int, int]:
        """Return width and height of the page in CSS pixels."""
        size = self._tab.call("Page.getLayoutMetrics", timeout=WORK).get("cssContentSize")
        told = size if isinstance(size, dict) else {}
        return _pixels(told.get("width")), _pixels(told.get("height"))

    def _window(self, height: int) -> None:
        size: dict[str, Json] = {"width": self._width, "height": height}
        self._tab.call("Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": 1, "mobile": False})

    def _picture(self, given: Params) -> Iterable[bytes]:
        made = self._tab.call("Page.captureScreenshot", {"format": "png", **given}, timeout=WORK)
        return [_decoded(made.get("data"))]

    def _pdf(self) -> Iterator[bytes]:
        stream = self._tab.call("Page.printToPDF", _PDF, timeout=WORK).get("stream")
        try:
            while True:
                piece = self._tab.call("IO.read", {"handle": stream, "size": PIECE})
                data = piece.get("data")
                yield _decoded(data) if piece.get("base64Encoded") else str(data).encode("utf-8", "replace")
                if piece.get("eof"):
                    return
        finally:
            self._tab.ask("IO.close", {"handle": stream})

    def _mhtml(self) -> Iterable[bytes]:
        data = self._tab.call("Page.captureSnapshot", {"format": "mhtml"}, timeout=WORK).get("data")
        return [str(data).encode("utf-8", "replace")]

    def _dom(self) -> Iterable[bytes]:
        yield from _listed("archiver-dom/1", self._documents())

    def _ax(self) -> Iterable[bytes]:
        yield from _listed("archiver-ax/1", iter(self._accessible()))

    def _text(self) -> Iterable[bytes]:
        yield "\n\n".join(filter(None, (text_of(each.get("nodes")) for each in self._accessible()))).encode(
            "utf-8", "replace"
        )

    def _documents(self) -> Iterator[Params]:
        for session, frame, top in self._frames():
            try:
                if top:
                    root = self._tab.call("DOM.getDocument", {"depth": 0}, session=session, timeout=WORK)["root"]
                else:
                    owner = self._tab.call("DOM.getFrameOwner", {"frameId": frame["id"]}, session=session)
                    node = self._tab.call(
                        "DOM.describeNode",
                        {"backendNodeId": owner["backendNodeId"], "pierce": True},
                        session=session,
                        timeout=WORK,
                    )
                    root = node["node"]["contentDocument"]
                html = self._tab.call(
                    "DOM.getOuterHTML",
                    {"backendNodeId": root["backendNodeId"], "includeShadowDOM": True},
                    session=session,
                    timeout=WORK,
                ).get("outerHTML")
            except (CallFailed, KeyError, TypeError):
                if frame.get("id") == self._tab.main:
                    raise CallFailed("the page has no document") from None
                html = None  # a frame that went away meanwhile
            yield {"frame": frame.get("id"), "address": clean(frame.get("url"), MAX_ADDRESS), "html": html}

    def _accessible(self) -> list[Params]:
        """Return the accessibility tree of each frame; the second time what was found, or failed, the first."""
        if self._trees is None:
            try:
                self._trees = list(self._asked())
            except CallFailed as exc:
                self._trees = exc
        if isinstance(self._trees, CallFailed):
            raise self._trees
        return self._trees

    def _asked(self) -> Iterator[Params]:
        for session, frame, top in self._frames():
            given = {} if top else {"frameId": frame["id"]}
            try:
                nodes = self._tab.call("Accessibility.getFullAXTree", given, session=session, timeout=WORK).get("nodes")
            except CallFailed:
                if frame["id"] == self._tab.main:
                    raise
                nodes = None  # a frame that went away meanwhile
            yield {"frame": frame["id"], "address": clean(frame.get("url"), MAX_ADDRESS), "nodes": nodes}

    def _frames(self) -> list[tuple[str, Params, bool]]:
        """Return session, frame, and whether it is the top of its session, for every frame, the main one first."""
        found: list[tuple[str, Params, bool]] = []
        for session in list(self._tab.frames):
            try:
                tree = self._tab.call("Page.getFrameTree", session=session).get("frameTree")
            except CallFailed:
                continue
            waiting = [(tree, True)]
            while waiting and len(found) < MAX_FRAMES:
                part, top = waiting.pop(0)
                if not isinstance(part, dict) or not isinstance(part.get("frame"), dict):
                    continue
                found.append((session, {"id": str(part["frame"].get("id")), "url": part["frame"].get("url")}, top))
                below = part.get("childFrames")
                waiting += [(each, False) for each in below] if isinstance(below, list) else []
            if len(found) >= MAX_FRAMES:
                self.short.append("frames-cut")
                break
        return found


def _pixels(value: object) -> int:
    if not isinstance(value, int | float) or not 1 <= value < 1e9:
        raise CallFailed("the page has no size")
    return int(value)


def _decoded(data: object) -> bytes:
    try:
        return base64.b64decode(str(data), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise CallFailed("what the browser made is not readable") from exc


def _listed(schema: str, frames: Iterator[Params]) -> Iterator[bytes]:
    yield b'{"schema":"%s","frames":[' % schema.encode("ascii")
    for number, frame in enumerate(frames):
        yield b",\n" * bool(number) + json.dumps(frame, ensure_ascii=False).encode("utf-8", "replace")
    yield b"]}\n"
