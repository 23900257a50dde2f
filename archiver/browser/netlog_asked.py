"""What the browser's own account of its requests says: which of them went out, and which could not, and why.

The bytes of a connection say what was recorded; this says what should have been.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from archiver.browser.netlog_file import BEGIN, END, Event
from archiver.model.exchange import FailureKind

MAX_OPEN: Final = 100_000
REQUEST_EVENTS: Final = frozenset(
    {
        "URL_REQUEST_START_JOB",
        "REQUEST_ALIVE",
        "HTTP_STREAM_REQUEST",
        "HTTP_STREAM_JOB_CONTROLLER_BOUND",
        "HTTP_STREAM_JOB_CONTROLLER_PROXY_SERVER_RESOLVED",
        "HTTP_TRANSACTION_SEND_REQUEST",
    }
)
_KINDS: Final[tuple[tuple[str, FailureKind], ...]] = (  # the first that fits
    ("ERR_CERT_", "tls_verify"),
    ("ERR_SSL_PINNED", "tls_verify"),
    ("ERR_SSL_", "tls"),
    ("ERR_BAD_SSL", "tls"),
    ("ERR_TUNNEL_", "proxy"),
    ("ERR_PROXY_", "proxy"),
    ("ERR_NAME_", "dns"),
    ("ERR_TIMED_OUT", "timeout"),
    ("ERR_CONNECTION_TIMED_OUT", "timeout"),
    ("ERR_CONNECTION_", "connect"),
    ("ERR_ADDRESS_", "connect"),
)


@dataclass(frozen=True, slots=True)
class Unsent:
    """A request that had to go out and could not: `error` is the browser's name for why."""

    method: str
    url: str
    began: int
    ended: int
    error: str

    @property
    def kind(self) -> FailureKind:
        """Return what kind of failure that is."""
        return next((kind for start, kind in _KINDS if self.error.startswith(start)), "unrecorded")


@dataclass(slots=True)
class _Job:
    method: str
    url: str
    began: int
    through: bool = False  # the gate
    wanted: bool = False  # something of the network
    sent: int = 0


class Requests:
    """All requests over TLS through the gate; give it their events.

    `sent` counts (method, address without fragment) of those that went out, `first` says when the first of each began.
    `unsent` are those that never did.
    """

    def __init__(self, gate: int) -> None:
        self.sent: Counter[tuple[str, str]] = Counter()
        self.first: dict[tuple[str, str], int] = {}
        self.unsent: list[Unsent] = []
        self._gate = f"[127.0.0.1:{gate}]"
        self._jobs: dict[int, _Job] = {}
        self._of: dict[int, int] = {}  # the controller of a job -> its request

    def take(self, event: Event, error: str) -> None:
        """Read one event; `error` names the net error in it, "" for none."""
        if event.name == "URL_REQUEST_START_JOB" and event.phase == BEGIN:
            self._over(event.source, event.time, "")
            if len(self._jobs) < MAX_OPEN and event.text("url").startswith("https:"):
                self._jobs[event.source] = _Job(event.text("method"), event.text("url").partition("#")[0], event.time)
        elif event.name == "HTTP_STREAM_JOB_CONTROLLER_BOUND":
            if event.source in self._jobs and len(self._of) < MAX_OPEN:
                self._of[event.other] = event.source
        elif event.name == "HTTP_STREAM_JOB_CONTROLLER_PROXY_SERVER_RESOLVED":
            self._resolved(event)
        elif (job := self._jobs.get(event.source)) is not None:
            self._goes_on(job, event, error)

    def finish(self, at: int) -> None:
        """The log is over."""
        for source in list(self._jobs):
            self._over(source, at, "")

    def missing(self, found: Counter[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield what went out and is not in `found`, as often as it is missing."""
        yield from (self.sent - found).elements()

    def _resolved(self, event: Event) -> None:
        job = self._jobs.get(self._of.pop(event.source, -1))
        if job is not None:
            job.through = event.text("proxy_chain") == self._gate

    def _goes_on(self, job: _Job, event: Event, error: str) -> None:
        if event.name == "HTTP_STREAM_REQUEST" and event.phase == BEGIN:
            job.wanted = True
        elif event.name == "HTTP_TRANSACTION_SEND_REQUEST" and event.phase == BEGIN:
            job.sent += 1
        elif event.phase == END and (event.name == "REQUEST_ALIVE" or error):
            self._over(event.source, event.time, error)

    def _over(self, source: int, at: int, error: str) -> None:
        job = self._jobs.pop(source, None)
        if job is None or not job.through:
            return
        if job.sent:
            key = (job.method, job.url)
            self.sent[key] += job.sent
            self.first.setdefault(key, job.began)
        elif job.wanted and error and error != "ERR_ABORTED":
            self.unsent.append(Unsent(job.method, job.url, job.began, at, error))
