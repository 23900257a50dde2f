"""The two directions of an HTTP/2 connection (RFC 9113), cut into its exchanges and spelled as HTTP/1.1.

The frames are those that the browser sent and received, and the header blocks are decoded here (RFC 7541): what the
log itself says of headers has those of one name put together, out of their order. What was a header is spelled as a
line, in its order; a body is the octets of the DATA frames, codings and all. What HTTP/1.1 cannot say is lost: the
frames, priorities, trailers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hpack import Decoder, HPACKError

from archiver.browser.netlog_draft import Draft, Ending, Ledger

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MAX_BLOCK: Final = 4 << 20  # bytes of a header block, and of the list in it
MAX_TABLE: Final = 1 << 20  # bytes of a table of headers; browsers allow 64 KiB
MAX_STREAMS: Final = 4096  # open at once on one connection; browsers open 100 or as many as the server allows

_DATA, _HEADERS, _RST_STREAM, _PUSH_PROMISE, _CONTINUATION = 0x0, 0x1, 0x3, 0x5, 0x9
_END_STREAM, _END_HEADERS, _PADDED, _PRIORITY = 0x1, 0x4, 0x8, 0x20
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_BREAKS = re.compile(rb"[\x00\r\n]")
_STATUS = re.compile(rb"[1-9][0-9][0-9]")
_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_ODD_IN_TARGET = re.compile(rb"[\x00-\x20\x7f]")
_OF_A_CONNECTION = frozenset(  # RFC 9113 §8.2.2: in HTTP/1.1 they would say something about the record itself
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)

Headers = list[tuple[bytes, bytes]]


class Broken(Exception):
    """What follows on this connection cannot be read."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; `payload` is without padding and priority."""

    kind: int
    flags: int
    stream: int
    payload: bytes


class Side:
    """One direction of a connection: octets in, frames and headers out."""

    def __init__(self, preface: bytes = b"") -> None:
        self._preface = preface
        self._buffer = bytearray()
        self._block = bytearray()
        self._first: Frame | None = None
        self._decoder = Decoder(max_header_list_size=MAX_BLOCK)
        self._decoder.max_allowed_table_size = MAX_TABLE

    def frames(self, data: bytes) -> Iterator[tuple[Frame, Headers | None]]:
        """Yield the frames that end in `data`; a header block once, with its last frame's headers.

        Raises `Broken`.
        """
        self._buffer += data
        if self._preface:
            size = min(len(self._buffer), len(self._preface))
            if self._buffer[:size] != self._preface[:size]:
                raise Broken
            del self._buffer[:size]
            self._preface = self._preface[size:]
        while len(self._buffer) >= 9:
            size = int.from_bytes(self._buffer[:3], "big")
            if len(self._buffer) < 9 + size:
                return
            kind, flags = self._buffer[3], self._buffer[4]
            stream = int.from_bytes(self._buffer[5:9], "big") & 0x7FFFFFFF
            frame = Frame(kind, flags, stream, _bare(kind, flags, bytes(self._buffer[9 : 9 + size])))
            del self._buffer[: 9 + size]
            if self._first is None and kind not in {_HEADERS, _CONTINUATION, _PUSH_PROMISE}:
                yield frame, None
            elif (begun := self._collect(frame)) is not None:
                yield begun, self._decode()

    def _collect(self, frame: Frame) -> Frame | None:
        """Add to the header block; return its first frame when it is whole."""
        follows = self._first is not None and self._first.stream == frame.stream and frame.kind == _CONTINUATION
        if frame.kind == _HEADERS and self._first is None:
            self._first = frame
        elif not follows:  # pushes are never allowed by a browser
            raise Broken
        self._block += frame.payload
        if len(self._block) > MAX_BLOCK:
            raise Broken
        if not frame.flags & _END_HEADERS:
            return None
        begun, self._first = self._first, None
        return begun

    def _decode(self) -> Headers:
        block = bytes(self._block)
        self._block.clear()
        try:
            return [(bytes(name), bytes(value)) for name, value in self._decoder.decode(block, raw=True)]
        except (HPACKError, ValueError, IndexError) as exc:
            raise Broken from exc


class Http2:
    """A connection of a browser; give it what went each way."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._out = Side(PREFACE)
        self._back = Side()
        self._open: dict[int, Draft] = {}
        self._answered: set[int] = set()  # whose head has come, interim answers apart
        self._broken = False

    def sent(self, data: bytes, at: int) -> None:
        """The browser sent `data`. Raises `StorageError`."""
        try:
            for frame, headers in self._frames(self._out, data):
                self._sent(frame, headers, at)
        except Broken:
            self._give_up(at)

    def received(self, data: bytes, at: int) -> None:
        """The server sent `data`. Raises `StorageError`."""
        try:
            for frame, headers in self._frames(self._back, data):
                self._received(frame, headers, at)
        except Broken:
            self._give_up(at)

    def ended(self, how: Ending, at: int) -> None:
        """The connection ended. Raises `StorageError`."""
        for number in list(self._open):
            self._close(number, "reset" if how == "closed" else how, at)

    def _frames(self, side: Side, data: bytes) -> Iterator[tuple[Frame, Headers | None]]:
        return iter(()) if self._broken else side.frames(data)

    def _give_up(self, at: int) -> None:
        self._broken = True
        self._ledger.short.add("connection-unreadable")
        self.ended("left", at)

    def _sent(self, frame: Frame, headers: Headers | None, at: int) -> None:
        draft = self._open.get(frame.stream)
        if headers is not None and draft is None:
            if len(self._open) >= MAX_STREAMS:
                raise Broken
            self._begin(frame.stream, headers, at)
        elif frame.kind == _DATA and draft is not None:
            draft.sent(frame.payload)
        elif frame.kind == _RST_STREAM:
            self._close(frame.stream, "left", at)

    def _received(self, frame: Frame, headers: Headers | None, at: int) -> None:
        draft = self._open.get(frame.stream)
        if draft is None:
            return
        if headers is not None and frame.stream not in self._answered:
            self._head(frame.stream, draft, headers, at)
        elif frame.kind == _DATA and frame.payload:
            draft.came(frame.payload, at)
        elif frame.kind == _RST_STREAM:
            self._close(frame.stream, "reset", at)
        if frame.kind in {_DATA, _HEADERS} and frame.flags & _END_STREAM:
            self._close(frame.stream, "whole", at)

    def _begin(self, number: int, headers: Headers, at: int) -> None:
        said = dict(headers)
        method, target, host = (said.get(name, b"") for name in (b":method", b":path", b":authority"))
        if not _METHOD.fullmatch(method) or not host or _ODD_IN_TARGET.search(host + target):
            raise Broken
        url = f"{said.get(b':scheme', b'').decode('latin-1')}://{(host + target).decode('latin-1')}"
        draft = self._ledger.begin(method.decode("ascii"), url, at, "reconstructed")
        if draft is None:
            return
        self._open[number] = draft
        lines = spelled(headers)
        if b":protocol" in said:
            draft.refuse("a WebSocket over HTTP/2 has no form in HTTP/1.1")
        elif lines is None:
            draft.refuse("the request has a header that HTTP/1.1 cannot spell")
        else:
            draft.sent(b"%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (method, target, host, lines))

    def _head(self, number: int, draft: Draft, headers: Headers, at: int) -> None:
        status = dict(headers).get(b":status", b"")
        lines = spelled(headers)
        if not status.startswith(b"1"):
            self._answered.add(number)
        if lines is None or not _STATUS.fullmatch(status):
            draft.refuse("the answer has a header that HTTP/1.1 cannot spell")
        else:
            draft.came(b"HTTP/1.1 %s \r\n%s\r\n" % (status, lines), at)

    def _close(self, number: int, how: Ending, at: int) -> None:
        draft = self._open.pop(number, None)
        self._answered.discard(number)
        if draft is not None:
            draft.over(how, at)


def spelled(headers: Headers) -> bytes | None:
    """Return the lines of HTTP/1.1 for headers of HTTP/2, in their order; None where one of them cannot be a line.

    Left out are the pseudo-headers, and those that speak of a connection, which HTTP/2 forbids.
    """
    lines = []
    for name, value in headers:
        if name.startswith(b":") or name in _OF_A_CONNECTION:
            continue
        if not _NAME.fullmatch(name) or _BREAKS.search(value):
            return None
        lines.append(name + b": " + value + b"\r\n")
    return b"".join(lines)


def _bare(kind: int, flags: int, payload: bytes) -> bytes:
    """Return `payload` without padding and priority (RFC 9113 §6.1, §6.2)."""
    if kind not in {_DATA, _HEADERS}:
        return payload
    end = len(payload)
    at = 0
    if flags & _PADDED:
        end -= payload[0] if payload else 1
        at = 1
    if kind == _HEADERS and flags & _PRIORITY:
        at += 5
    if at > end:
        raise Broken
    return payload[at:end]
