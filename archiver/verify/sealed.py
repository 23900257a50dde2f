"""What is remembered of a seal until the log has been read to its end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archiver.custody.token import Token

SLACK = timedelta(seconds=60)  # beside an authority's own accuracy: stamps have whole seconds, and clocks drift
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)  # so that `slack` can be added
MAX_ACCURACY = 86_400 * 10**6  # microseconds; a token that claims to be worse is taken for one that is a day off


@dataclass(frozen=True, slots=True)
class Stamp:
    """A sound time stamp over a seal: the authority as the log calls it, and when it says that it stamped.

    `accuracy` is how far off that may be, as the token claims; `clock` is the key that signed, and tells clocks apart:
    what the log calls an authority is its own choice, and anybody can put any name into a certificate.
    """

    authority: str
    at: datetime
    text: str
    accuracy: timedelta
    clock: bytes = field(repr=False)

    @property
    def slack(self) -> timedelta:
        """How far another clock may be from this one and still be right."""
        return self.accuracy + SLACK

    @classmethod
    def of(cls, authority: str, token: Token, certificate: x509.Certificate) -> "Stamp":
        """Return the stamp that `token` is, signed with the key of `certificate`."""
        clock = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        accuracy = timedelta(microseconds=min(max(token.accuracy or 0, 0), MAX_ACCURACY))
        return cls(authority, min(max(token.gen_time, EARLIEST), LATEST), token.gen_time_text, accuracy, clock)


@dataclass(slots=True)
class Sealed:
    """A seal that the log records on `line`, under `number`; `sha256` is that of its text, as recorded.

    `sealed_at` is the claimed time of its making, and `earliest` to `latest` those of the lines it covers, `first` to
    `last`. `fingerprint` is that of the key, as recorded. `sums` is the SHA-256 of what was time-stamped, b"" when it
    could not be read. `stamps` are those over it that may be relied upon, as far as the verifier named roots; `times`
    the times of all that the log records, `given` how many each authority gave, `pending` the reasons of those that
    gave none at first. `before` is the latest stamp that a covered line records: the seal was made after that.
    `read` says that its text could be read, `follows` that this is the text that was recorded and what the log yields.
    """

    number: int
    line: int
    sha256: str
    sealed_at: str
    first: int
    last: int
    earliest: str = ""
    latest: str = ""
    fingerprint: str | None = None
    sums: bytes = b""
    stamps: list[Stamp] = field(default_factory=list)
    times: set[str] = field(default_factory=set)
    given: dict[str, int] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    before: Stamp | None = None
    read: bool = True
    follows: bool = True

    @property
    def path(self) -> str:
        """The path of its text, as findings name it."""
        return f"seals/{self.number:06d}.seal"

    @property
    def proved(self) -> Stamp | None:
        """The earliest sound stamp over this very seal."""
        return min(self.stamps, key=lambda stamp: stamp.at, default=None)


def shown(at: datetime) -> str:
    """Return a time as people read it: UTC, whole seconds."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span(length: timedelta) -> str:
    """Return a length of time as people say it, in the largest unit of which it has two."""
    for unit, name in ((timedelta(days=1), "days"), (timedelta(hours=1), "hours"), (timedelta(minutes=1), "minutes")):
        if length >= 2 * unit:
            return f"{round(length / unit)} {name}"
    return f"{round(length.total_seconds())} seconds"


def some(count: int, what: str) -> str:
    """Return a number with its noun."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def over(seals: Sequence[Sealed]) -> str:
    """Return which seals something is over: the numbers of the first few."""
    named = ", ".join(str(sealed.number) for sealed in seals[:8])
    return f"over seal{'' if len(seals) == 1 else 's'} {named}{', …' if len(seals) > 8 else ''}"


def numbers(seals: Sequence[Sealed]) -> str:
    """Return which seals, with the verb that follows: the numbers of the first few."""
    named = ", ".join(str(sealed.number) for sealed in seals[:8])
    if len(seals) == 1:
        return f"seal {named} is"
    return f"{len(seals)} seals ({named}{', …' if len(seals) > 8 else ''}) are"
