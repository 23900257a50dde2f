"""Speaking with the browser: the DevTools protocol over two pipes, JSON messages with a NUL after each.

https://chromedevtools.github.io/devtools-protocol/ says what there is to say. Everything that comes back is hostile:
a message is bounded, and one that is no JSON object counts for nothing.
"""

import contextlib
import json
import os
import queue
import re
import threading
from collections.abc import Callable
from typing import Any, Final

MAX_MESSAGE: Final = 192 * 1024**2  # bytes; a longer one is not kept, and the call it answers has failed
MAX_WAITING: Final = 10_000  # messages not yet taken by the browser: one that takes none is as good as gone

Params = dict[str, Any]
Event = Callable[[str, str, Params], None]
"""Hears of an event: session, method, parameters. It is called on the thread that reads: it may `post`, never wait."""

_NUMBER = re.compile(rb'^\{"id":([0-9]{1,15}),')


class Trouble(Exception):
    """Base of what can go wrong with the browser."""


class BrowserGone(Trouble):
    """The browser has ended, or hears nothing any more."""


class CallFailed(Trouble):
    """The browser answered that it cannot do this; the message is its own, hostile text."""


class TookTooLong(Trouble):
    """No answer within the limit."""


class Reply:
    """The answer to one call, when it comes."""

    def __init__(self) -> None:
        self._come = threading.Event()
        self._message: Params | None = None

    def give(self, message: Params | None) -> None:
        """Put the answer here; None means that none will come."""
        self._message = message
        self._come.set()

    def within(self, seconds: float) -> bool:
        """Wait at most so long; say whether the answer is here."""
        return self._come.wait(seconds)

    def result(self) -> Params:
        """Return what was answered, after `within` said that it is here. Raises `BrowserGone` and `CallFailed`."""
        message = self._message
        if message is None:
            raise BrowserGone("the browser has ended")
        if "error" in message:
            error = message["error"]
            text = error.get("message") if isinstance(error, dict) else None
            raise CallFailed(str(text)[:300])
        result = message.get("result")
        return result if isinstance(result, dict) else {}


class Link:
    """One conversation. `reading` and `writing` are descriptors that belong to it from now on.

    Two threads of its own read and write, so that neither side ever waits for the other. Any thread may call.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._lock = threading.Lock()
        self._number = 0
        self._waiting: dict[int, Reply] = {}
        self._listeners: tuple[Event, ...] = ()
        self._outgoing: queue.Queue[bytes | None] = queue.Queue(MAX_WAITING)
        self._gone = threading.Event()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._read, self._write)]
        for thread in self._threads:
            thread.start()

    @property
    def gone(self) -> bool:
        """Whether the browser has ended, or hears nothing any more."""
        return self._gone.is_set()

    def ask(self, method: str, params: Params | None = None, session: str = "") -> Reply:
        """Send one call and return where its answer will be."""
        reply = Reply()
        with self._lock:
            self._number += 1
            number = self._number
            if self.gone:
                reply.give(None)
                return reply
            self._waiting[number] = reply
        self._send(number, method, params, session)
        return reply

    def call(self, method: str, params: Params | None = None, session: str = "", timeout: float = 10.0) -> Params:
        """Return what the browser answers within `timeout` seconds.

        Raises `BrowserGone`, `CallFailed`, or `TookTooLong`.
        """
        reply = self.ask(method, params, session)
        if not reply.within(timeout):
            raise TookTooLong(method)
        return reply.result()

    def post(self, method: str, params: Params | None = None, session: str = "") -> None:
        """Send one call whose answer nobody needs."""
        with self._lock:
            self._number += 1
            number = self._number
        self._send(number, method, params, session)

    def listen(self, listener: Event) -> Callable[[], None]:
        """Have `listener` hear every event from now on; call what is returned to end that."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

        return end

    def close(self) -> None:
        """Hang up. The browser must have ended, or its end of the pipes must be closed, for the threads to end."""
        self._lost()
        for thread in self._threads:
            thread.join(5.0)

    def _send(self, number: int, method: str, params: Params | None, session: str) -> None:
        message: Params = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        try:
            self._outgoing.put_nowait(json.dumps(message).encode("ascii") + b"\0")
        except queue.Full:
            self._lost()

    def _write(self) -> None:
        try:
            while not self.gone and (message := self._outgoing.get()) is not None:
                rest = memoryview(message)
                while rest:
                    rest = rest[os.write(self._writing, rest) :]
        except OSError:
            self._lost()
        finally:
            os.close(self._writing)

    def _read(self) -> None:
        pieces = Pieces()
        try:
            while data := os.read(self._reading, 1 << 20):
                for message in pieces.of(data):
                    self._take(message)
        except OSError:
            pass  # the same as an end
        finally:
            self._lost()
            os.close(self._reading)

    def _take(self, message: Params) -> None:
        number = message.get("id")
        if isinstance(number, int):
            with self._lock:
                reply = self._waiting.pop(number, None)
            if reply is not None:
                reply.give(message)
            return
        method, params, session = message.get("method"), message.get("params"), message.get("sessionId", "")
        if isinstance(method, str) and isinstance(params, dict) and isinstance(session, str):
            for listener in self._listeners:
                listener(session, method, params)

    def _lost(self) -> None:
        with self._lock:
            self._gone.set()
            waiting, self._waiting = self._waiting, {}
        for reply in waiting.values():
            reply.give(None)
        with contextlib.suppress(queue.Full):  # then the writer is at work, and sees that it is over
            self._outgoing.put_nowait(None)


class Pieces:
    """Cuts what comes into messages. One that is longer than `most` becomes an error under its own number."""

    def __init__(self, most: int = MAX_MESSAGE) -> None:
        self._most = most
        self._parts: list[bytes] = []
        self._size = 0

    def of(self, data: bytes) -> list[Params]:
        """Return the messages that are complete with `data`."""
        *ends, rest = data.split(b"\0")
        messages = []
        for end in ends:
            self._add(end)
            if (message := self._whole()) is not None:
                messages.append(message)
            self._parts, self._size = [], 0
        self._add(rest)
        return messages

    def _add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= self._most:
            self._parts.append(part)
        else:
            self._parts = [b"".join(self._parts)[:64] or part[:64]]

    def _whole(self) -> Params | None:
        data = b"".join(self._parts)
        if self._size > self._most:
            number = _NUMBER.match(data)
            return {"id": int(number[1]), "error": {"message": "the answer is too long"}} if number else None
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return message if isinstance(message, dict) else None
