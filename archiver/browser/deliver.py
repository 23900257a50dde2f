"""One answer on its way to the browser, while it is heard whether the browser is still there."""

import select
from collections.abc import Callable

from archiver.browser.asking import Request
from archiver.browser.carry import carry
from archiver.browser.stream import SLICE, Hung, Stream
from archiver.browser.way import Way
from archiver.runtime import Clock

MAX_BEHIND = 1 << 16  # bytes behind a request before its answer is there; whoever sends more is hung up on


def deliver(
    stream: Stream,
    way: Way,
    request: Request,
    *,
    moved: Callable[[], None],
    closing: Callable[[], bool],
    clock: Clock,
) -> None:
    """Return when the answer has been handed over, the browser is gone, or the answer was let go."""
    behind = bytearray(request.early)  # of a WebSocket, its first frames
    rest = memoryview(b"")
    try:
        while not closing():
            state, waiting = way.look()
            if state == "closed":
                return stream.reset()
            if state == "plain":
                return _websocket(stream, way, bytes(behind), moved=moved, closing=closing, clock=clock)
            if state == "over":
                return stream.finish()
            rest = rest or memoryview(waiting)
            if rest and (count := stream.write(rest)):
                moved()
                rest = rest[count:]
                if not rest:
                    way.taken()
                continue
            behind += stream.read(MAX_BEHIND)
            if len(behind) > MAX_BEHIND:
                raise Hung
            _wait(stream, way, write=bool(rest))
        stream.reset()
    except Hung:
        way.hang_up()
    return None


def _wait(stream: Stream, way: Way, *, write: bool) -> None:
    poll = select.poll()
    poll.register(stream, stream.events(read=True, write=write))
    if not write:
        poll.register(way.bell, select.POLLIN)
    poll.poll(SLICE * 1000)
    way.hush()


def _websocket(
    stream: Stream, way: Way, early: bytes, *, moved: Callable[[], None], closing: Callable[[], bool], clock: Clock
) -> None:
    assert way.near is not None  # noqa: S101
    far = Stream(way.near, clock, closing)
    carry(stream, far, closing=lambda: closing() or way.was_let_go, moved=moved, to_far=early, far_decides=True)
    far.close()
    if way.was_let_go:
        stream.reset()
    else:
        stream.finish()
