"""A batch for a test: lists of addresses, hosts by name on one raw server, and a watch that remembers."""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from casebench import QUICK, Bench
from server import RawServer, html

from archiver.custody.layout import item_path
from archiver.custody.log import Event
from archiver.custody.state import OUTCOMES
from archiver.model.address import Address
from archiver.model.batch import AddressList, ListProblem, Row
from archiver.model.exchange import ConnectTo, Route
from archiver.pipeline.batch import BatchOptions, BatchResult, Stop, run_batch
from archiver.pipeline.dating import UNDATED, Dating
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.polite import Manners, News
from archiver.pipeline.watch import Earlier, Standing
from archiver.runtime import Runtime
from archiver.warc.read import read_block

PATIENT = replace(QUICK, idle=20.0)  # on a busy machine, silence is no refusal: after five a host is paused
Going = Callable[[], Stop]
either_way = pytest.mark.parametrize("batches", [0, 2], indirect=True, ids=["threads", "helpers"])
"""For what is promised whoever does the work: this process, or helpers of it."""


def address_list(urls: Iterable[str], problems: int = 0) -> AddressList:
    """The list that holds these addresses, one a line, and so many lines that cannot be used."""
    data = "".join(f"{url}\n" for url in urls).encode()
    seen: Counter[str] = Counter()
    rows = []
    for number, url in enumerate(data.decode().splitlines(), 1):
        seen[url] += 1
        digest = hashlib.sha256(url.encode()).hexdigest()
        rows.append(Row(number, number, Address.parse(url), digest=digest, occurrence=seen[url]))
    wrong = tuple(ListProblem(len(rows) + 1 + each, 1, "no address") for each in range(problems))
    sha256 = hashlib.sha256(data).hexdigest()
    return AddressList("list.txt", "text", len(data), sha256, tuple(rows), wrong, left_out=problems)


@dataclass
class Told:
    """Remembers what a batch told, in order; `on_finished` and `on_tick` are called with it."""

    on_finished: Callable[[Row, Event], object] = lambda row, event: None
    on_tick: Callable[[], object] = lambda: None
    todo: int = -1
    before: dict[int, Earlier] = field(default_factory=dict)
    finished_rows: list[int] = field(default_factory=list)
    tries: dict[int, int] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    retries: list[tuple[int, int, str, float]] = field(default_factory=list)
    heard: list[News] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    threads: set[threading.Thread] = field(default_factory=set)

    def began(self, todo: int, done_before: dict[int, Earlier]) -> None:
        self.todo, self.before = todo, done_before
        self.threads.add(threading.current_thread())

    def retrying(self, row: Row, number_of_try: int, reason: str, seconds: float) -> None:
        self.retries.append((row.number, number_of_try, reason, seconds))
        self.threads.add(threading.current_thread())

    def news(self, news: News) -> None:
        self.heard.append(news)
        self.threads.add(threading.current_thread())

    def finished(self, row: Row, event: Event, tries: int) -> None:
        self.finished_rows.append(row.number)
        self.tries[row.number] = tries
        self.events[row.number] = event
        self.threads.add(threading.current_thread())
        self.on_finished(row, event)

    def tick(self, standing: Standing) -> None:
        self.standings.append(standing)
        self.threads.add(threading.current_thread())
        self.on_tick()


@dataclass(frozen=True)
class BatchBench(Bench):
    """A case, a server that stands for every host `h<n>.example`, and the means to run a batch."""

    server: RawServer
    processes: int | None = None

    def url(self, host: int, target: str = "/") -> str:
        return f"http://h{host}.example{target}"

    def batch(
        self,
        urls: Iterable[str],
        *,
        watch: Told | None = None,
        stop: Going = lambda: Stop.NO,
        problems: int = 0,
        runtime: Runtime | None = None,
        dating: Dating = UNDATED,
        **changes: Any,
    ) -> BatchResult:
        """Run a batch; `changes` are of its options, of its manners, or else of the options of every capture."""
        listed = address_list(urls, problems)
        hosts = sorted({row.address.host for row in listed.rows if row.address.host.endswith(".example")})
        route = Route(
            connect_to=tuple(ConnectTo(host, 80, self.server.host, self.server.port) for host in hosts),
            allow=self.server.allow,
        )
        manners = {"spacing": 0.0, "per_host": 2, "tries": 3}
        manners |= {name: changes.pop(name) for name in manners.keys() & changes.keys()}
        batch = {name: changes.pop(name) for name in {"concurrency", "again", "redo", "processes"} & changes.keys()}
        batch.setdefault("processes", self.processes)
        options = replace(CaptureOptions(route=route, limits=PATIENT), **changes)
        return run_batch(
            self.path,
            listed,
            BatchOptions(manners=Manners(**manners), **batch),  # type: ignore[arg-type]
            lambda row: options,
            runtime=runtime or replace(self.runtime, chance=lambda: 0.0),
            stop=stop,
            watch=watch or Told(),
            dating=dating,
        )

    def requests(self) -> list[Event]:
        return [event for event in self.events() if event.event == "item.requested"]

    def outcomes(self) -> list[Event]:
        return [event for event in self.events() if event.event in OUTCOMES]

    def rows_done(self) -> Counter[tuple[str, int]]:
        """How many items of each row have an outcome that is not `interrupted`."""
        asked = {event.data["item"]: event.data["row"] for event in self.requests()}
        done = (asked[event.data["item"]] for event in self.outcomes() if event.data["outcome"] != "interrupted")
        return Counter((row["digest"], row["occurrence"]) for row in done)

    def answers(self, event: Event) -> list[bytes]:
        """The stored answers of an item, in order."""
        warc: Path = self.path / item_path(event.data["item"])
        records = (record for record in event.data["records"] if record["type"] == "response")
        return [b"".join(read_block(warc, record["offset"], record["length"])) for record in records]


def titled(request: bytes) -> bytes:
    """Answer with a page whose title names host and target."""
    return html(name_of(request))


def name_of(request: bytes) -> str:
    """Host and target of a request, "" for one that was cut off."""
    lines = request.split(b"\r\n")
    host = next((line[6:] for line in lines if line.lower().startswith(b"host: ")), b"")
    return f"{host.decode()}{lines[0].split(b' ')[1].decode()}" if host else ""
