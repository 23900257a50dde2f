"""Bytes both ways between the browser and a socket of ours, until both ends are done."""

import select
from collections.abc import Callable

from archiver.browser.stream import PIECE, SLICE, Hung, Stream

FULL = 1 << 20  # bytes waiting in one direction above which nothing more is read


class _Direction:
    """From one end to the other: what was read and is not yet written."""

    def __init__(self, source: Stream, sink: Stream, waiting: bytes) -> None:
        self._source = source
        self._sink = sink
        self._waiting = bytearray(waiting)
        self._ended = False  # the source
        self.done = False  # nothing comes any more, and all has been handed on

    @property
    def reads(self) -> bool:
        return not self._ended and len(self._waiting) < FULL

    @property
    def writes(self) -> bool:
        return bool(self._waiting)

    def step(self) -> bool:
        """Move what can be moved, and return whether that was anything. Raises `Hung` when the sink takes no more."""
        data = b""
        if self.reads:
            try:
                data = self._source.read(PIECE)
            except Hung:
                self._ended = True
            self._waiting += data
        count = 0
        if self._waiting:
            count = self._sink.write(memoryview(bytes(self._waiting[:PIECE])))
            del self._waiting[:count]
        if self._ended and not self._waiting and not self.done:
            self.done = True
            self._sink.end_writing()
        return bool(data or count)


def carry(
    near: Stream,
    far: Stream,
    *,
    closing: Callable[[], bool],
    moved: Callable[[], None],
    to_near: bytes = b"",
    to_far: bytes = b"",
    far_decides: bool = False,
) -> None:
    """Return when both ends have said all they had to say, one of them hears nothing more, or the gate closes.

    Where the far end decides, its end is the end: what the near one might still say concerns nobody.
    """
    back = _Direction(far, near, to_near)
    forth = _Direction(near, far, to_far)
    try:
        while not (closing() or (back.done and (forth.done or far_decides))):
            if back.step() | forth.step():
                moved()
                continue
            poll = select.poll()
            for stream, reads, writes in ((near, forth.reads, back.writes), (far, back.reads, forth.writes)):
                if events := stream.events(read=reads, write=writes):
                    poll.register(stream, events)
            poll.poll(SLICE * 1000)
    except Hung:
        return
