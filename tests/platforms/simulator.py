"""A platform on loopback that answers on the real host names over TLS, and remembers what it was asked.

with Simulator(ca, "api.vk.com", "vk.com") as platform:
    platform.on("api.vk.com/method/wall.getById", Answer.json({...}))
    event = platform.capture(bench, "https://vk.com/wall-1_2", tokens=(("vk", "s3cret"),))
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from adapterkit import Answer
from authority import Authority
from casebench import QUICK, Bench
from server import RawServer, http

from archiver.canon import loads
from archiver.custody.log import Event
from archiver.model.exchange import ConnectTo, Route
from archiver.pipeline.options import PostOptions
from archiver.warc.read import read_block


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    host: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def url(self) -> str:
        return f"https://{self.host}{self.target}"

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


Reply = Answer | bytes | Callable[[Asked], Answer | bytes]
"""An answer, the very bytes of one, or what makes either from the request."""


class Simulator:
    """Answers by the beginning of host and target, the longest that fits; anything else is 404. One port for all."""

    def __init__(self, ca: Authority, *hosts: str) -> None:
        self._ca, self._hosts = ca, hosts
        self._replies: dict[str, Reply] = {}
        self._open = ExitStack()
        self.asked: list[Asked] = []

    def __enter__(self) -> Self:
        context = self._ca.context(*self._hosts)
        self._server = self._open.enter_context(RawServer(default=self._answer, context=context))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def on(self, beginning: str, reply: Reply) -> None:
        self._replies[beginning] = reply

    @property
    def netloc(self) -> str:
        """Where it really is."""
        return self._server.netloc

    @property
    def route(self) -> Route:
        """How the hosts are reached: dialled here, under their own names and a certificate of the test's authority."""
        there = (self._server.host, self._server.port)
        return Route(
            allow=self._server.allow,
            connect_to=tuple(ConnectTo(host, 443, *there) for host in self._hosts),
            ca_pem=self._ca.pem,
        )

    def capture(self, bench: Bench, url: str, **posts: Any) -> Event:
        """Capture `url`; `posts` are members of `PostOptions`."""
        return bench.capture(url, route=self.route, posts=PostOptions(**posts), limits=replace(QUICK, max_time=60.0))

    def _answer(self, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = f"{lines[0]}  ".split(" ", 2)
        headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:]))
        host = next((value for name, value in headers if name.lower() == "host"), "")
        asked = Asked(method, host, target, headers, body)
        self.asked.append(asked)
        fitting = [beginning for beginning in self._replies if f"{host}{target}".startswith(beginning)]
        reply = self._replies[max(fitting, key=len)] if fitting else Answer(status=404)
        given = reply(asked) if callable(reply) else reply
        return given if isinstance(given, bytes) else wire(given)


def wire(answer: Answer) -> bytes:
    """The bytes of an answer."""
    headers = tuple(f"{name}: {value}" for name, value in answer.headers)
    return http(answer.body, *headers, line=f"HTTP/1.1 {answer.status} Said".encode())


def post_of(bench: Bench, outcome: Event) -> dict[str, Any]:
    """The normalised post that lies in the file of an item."""
    resource = next(record for record in outcome.data["records"] if record["type"] == "resource")
    path: Path = bench.path / outcome.data["file"]["path"]
    found = loads(b"".join(read_block(path, resource["offset"], resource["length"])))
    assert isinstance(found, dict), json.dumps(found)
    return found


def recorded_urls(outcome: Event) -> list[str]:
    """What the record says was asked, in order."""
    return [exchange["url"] for exchange in outcome.data["exchanges"]]
