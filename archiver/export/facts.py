"""What VERIFY.txt is filled in with: the facts of one export, from its seals and its log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from archiver.custody.log import Event
from archiver.custody.seal import Seal

Kind = Literal["bag", "disclosure", "wacz"]
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Token:
    """A time stamp over a seal. `response` is the base name of the answer (`000007.digicert.tsr`).

    `gen_time` is its time as the log has it: RFC 3339, UTC with `Z`, fractions as they are.
    """

    authority: str
    gen_time: str
    response: str

    @property
    def epoch(self) -> int:
        """The whole second of `gen_time`, counted from 1970 (for `openssl ts -verify -attime`)."""
        return int(self._second.timestamp())

    @property
    def printed(self) -> str:
        """The time as `openssl ts -reply -text` prints it: `Nov 22 06:56:03.125 2026 GMT`."""
        at = self._second
        fraction = self.gen_time[19:-1].rstrip("0").rstrip(".")
        return f"{_MONTHS[at.month - 1]} {at.day:2d} {at:%H:%M:%S}{fraction} {at.year:04d} GMT"

    @property
    def _second(self) -> datetime:
        return datetime.strptime(self.gen_time[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SealFacts:
    """One seal: what its text says, the SHA-256 of that text, the fingerprint of its key (None: nobody signed).

    `tokens` are those whose answers are in the export, in the order of the log.
    """

    seal: Seal
    sha256: str
    fingerprint: str | None
    tokens: tuple[Token, ...] = ()

    @classmethod
    def of(cls, seal: Seal, completed: Event, added: Iterable[Event] = ()) -> "SealFacts":
        """Return the facts from the text, its `seal.completed`, and the events `added` that give it a token."""
        mine = (event for event in added if event.event == "token.added" and event.data["seal"] == seal.number)
        later = (event.data["token"] for event in mine)
        tokens = tuple(_token(token) for token in (*completed.data["tokens"], *later))
        return cls(seal, completed.data["file"]["sha256"], completed.data["fingerprint"], tokens)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """The WARC of an item: `path` inside the export, `line` the log line of the outcome that names its `sha256`."""

    item: int
    path: str
    sha256: str
    line: int


@dataclass(frozen=True, slots=True)
class Line:
    """A log line that a disclosure shows in `lines/`: its number, its SHA-256 with the LF, the seal that covers it, and
    what kind of event it tells of."""

    number: int
    sha256: str
    seal: int
    event: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that one VERIFY.txt needs.

    `seals` are those that are judged, by number: of a bag or a WACZ the newest alone, of a disclosure all that are in
    it; empty for a WACZ that holds none. `prefix` is the folder of the export in which `custody.jsonl` and `seals/` lie
    ("data/" in a bag, "" in a disclosure), `seals_in` that of the seals where it is not `seals/` below it. `withheld`
    are the paths, relative to the case, of evidence that seals list and that was removed lawfully. `names` are those of
    all files of a disclosure.
    """

    kind: Kind
    seals: tuple[SealFacts, ...]
    prefix: str = ""
    exhibits: tuple[Exhibit, ...] = ()
    lines: tuple[Line, ...] = ()
    withheld: tuple[str, ...] = ()
    seals_in: str = ""
    names: tuple[str, ...] = ()

    @property
    def seal_folder(self) -> str:
        """The folder of the seals inside the export, with a slash at its end."""
        return self.seals_in or f"{self.prefix}seals/"


def _token(token: dict[str, Any]) -> Token:
    name = token["response"]["path"].rpartition("/")[2]
    return Token(token["authority"], token["gen_time"], name)
