"""What the site is asked, what it answers, and what it keeps of both."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

NUMBER = "X-Exchange"  # a field of every answer: which exchange of the log it is


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `number` is its place in the log, `target` as in the request line, `query` without its mark."""

    number: int
    scheme: str
    host: str
    method: str
    target: str
    fields: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def value(self, name: str) -> str:
        """Return the value of the first field of this name, "" for none."""
        return next((value for key, value in self.fields if key.lower() == name.lower()), "")


class Talk(Protocol):
    """A connection after its answer was 101."""

    def send(self, data: bytes) -> None: ...

    def receive(self, size: int) -> bytes:
        """Return exactly `size` bytes; raises ConnectionError at the end of the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """The octets of an answer, in the pieces in which they are sent, and what becomes of the connection.

    `then`: it is kept open for the next request, closed, or left open in silence until the client leaves.
    """

    pieces: tuple[bytes, ...]
    then: Literal["keep", "close", "stay"] = "keep"
    talk: Callable[[Talk], None] | None = None


Handler = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Logged:
    """One exchange as the server has it: every octet that came, and every octet that the system took to send.

    `whole` is whether all that was meant as the answer was sent. `heard` and `said` are what passed after a 101.
    """

    number: int
    connection: int
    method: str
    url: str
    request: bytes
    response: bytes
    whole: bool
    heard: bytes = b""
    said: bytes = b""


def head(asked: Asked, status: str, *fields: str, version: str = "HTTP/1.1") -> bytes:
    """Return the head of an answer. `fields` may hold latin-1."""
    lines = (f"{version} {status}", "Server: lana", f"{NUMBER}: {asked.number}", *fields, "", "")
    return "\r\n".join(lines).encode("latin-1")


def whole(asked: Asked, body: bytes, media_type: str, *fields: str, status: str = "200 OK") -> Answer:
    """Return the answer with `body` and its length; to HEAD its head alone."""
    first = head(asked, status, f"Content-Type: {media_type}", *fields, f"Content-Length: {len(body)}")
    return Answer((first,) if asked.method == "HEAD" else (first + body,))


def chunked(asked: Asked, pieces: tuple[bytes, ...], media_type: str, *fields: str, trailers: bytes = b"") -> Answer:
    """Return the answer with a chunk for each of `pieces`, sent one by one (RFC 9112 §7.1); to HEAD its head alone."""
    first = head(asked, "200 OK", f"Content-Type: {media_type}", *fields, "Transfer-Encoding: chunked")
    if asked.method == "HEAD":
        return Answer((first,))
    return Answer((first, *(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces), b"0\r\n" + trailers + b"\r\n"))


def moved(asked: Asked, status: str, location: str, *fields: str) -> Answer:
    """Return a redirect without a body."""
    return Answer((head(asked, status, f"Location: {location}", *fields, "Content-Length: 0"),))


def cut(body: bytes, size: int) -> tuple[bytes, ...]:
    """Return `body` in pieces of `size` bytes."""
    return tuple(body[start : start + size] for start in range(0, len(body), size))
