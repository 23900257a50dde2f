"""The two directions of an HTTP/1.1 connection, cut into its exchanges: the very bytes, in order."""

from typing import Final

from archiver.browser.netlog_draft import Draft, Ending, Ledger

MAX_HEAD: Final = 8 << 20  # bytes of a request head, or of an answer to a request for another protocol


class Http1:
    """A connection to `origin` (`https://host:port`, without the port where it is the scheme's own).

    A request ends where its Content-Length says so, and the next one begins there; browsers send nothing before the
    answer has ended. After an answer 101 the connection is no HTTP any more: the head is kept, and `switched` is True.
    """

    def __init__(self, ledger: Ledger, origin: str) -> None:
        self.switched = False
        self._ledger = ledger
        self._origin = origin
        self._head = bytearray()
        self._began = 0
        self._current: Draft | None = None
        self._owed = 0  # bytes of the request's body that were not sent yet
        self._offers = False  # another protocol
        self._answer = bytearray()  # its head, where another protocol may follow

    def sent(self, data: bytes, at: int) -> None:
        """The browser sent `data`. Raises `StorageError`."""
        while data and not self.switched:
            if not self._owed:
                data = self._begin(data, at)
            body, data = data[: self._owed], data[self._owed :]
            self._owed -= len(body)
            if self._current is not None:
                self._current.sent(body)

    def received(self, data: bytes, at: int) -> None:
        """The server sent `data`. Raises `StorageError`."""
        if self._current is None or self.switched:
            return
        if not self._offers:
            self._current.came(data, at)
            return
        self._answer += data
        end = self._answer.find(b"\r\n\r\n")
        if end < 0 and len(self._answer) < MAX_HEAD:
            return
        self._offers = False
        if self._answer[:12].startswith(b"HTTP/1.") and self._answer[8:12] == b" 101":
            self.switched = True
            self._current.came(bytes(self._answer[: end + 4]), at)
            self._current.over("whole", at)
        else:
            self._current.came(bytes(self._answer), at)
        self._answer.clear()

    def ended(self, how: Ending, at: int) -> None:
        """The connection ended. Raises `StorageError`."""
        if self._current is not None:
            self._current.came(bytes(self._answer), at)
            self._current.over(how, at)
            self._current = None

    def _begin(self, data: bytes, at: int) -> bytes:
        """Take the head of the next request from `data`, and return what follows it."""
        self._began = self._began if self._head else at
        self._head += data
        end = self._head.find(b"\r\n\r\n", max(0, len(self._head) - len(data) - 3))
        if end < 0:
            if len(self._head) > MAX_HEAD:
                self._head.clear()
            return b""
        head, rest = bytes(self._head[: end + 4]), bytes(self._head[end + 4 :])
        self._head.clear()
        if self._current is not None:
            self._current.over("left", at)
        line, _, lines = head.partition(b"\r\n")
        method, _, target = line.decode("latin-1").rpartition(" ")[0].partition(" ")
        fields = [(name.strip().lower(), value.strip()) for name, _, value in _pairs(lines)]
        self._owed = next((_size(value) for name, value in fields if name == b"content-length"), 0)
        self._offers = any(name == b"upgrade" for name, _ in fields)
        self._current = self._ledger.begin(method, self._origin + target, self._began, "wire")
        if self._current is not None:
            self._current.sent(head)
        return rest


def _pairs(lines: bytes) -> list[tuple[bytes, bytes, bytes]]:
    return [line.partition(b":") for line in lines.split(b"\r\n")]


def _size(value: bytes) -> int:
    return int(value) if value.isdigit() and len(value) < 16 else 0
