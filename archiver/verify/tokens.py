"""The time stamps over the seals: whether they stand, whose clock they show, and whether they can all be right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from archiver.canon import Json
from archiver.custody.layout import token_path
from archiver.custody.log import Event
from archiver.custody.token import Roots, Token, TokenVerdict, check
from archiver.model.verdict import Finding, Severity
from archiver.verify.beside import Beside
from archiver.verify.claim import listed, members
from archiver.verify.offsets import OffsetCheck
from archiver.verify.report import MAX_QUOTED, quoted
from archiver.verify.sealed import Sealed, Stamp, numbers, over, some

MAX_PENDING = 16  # authorities of one seal that are named; the program asks no more
_NO_CLOCK = datetime.max.replace(tzinfo=UTC)  # in the place of today where the verifier named none
_FORGED = "this time stamp proves nothing about the time of the seal: it is of something else, or not genuine"
_LOG = "the log and the time stamp tell different stories; one of them was changed"
_BACKWARDS = (
    "the seal holds the older stamp, so it was made after it; the clock of an authority does not run backwards: one of "
    "the two stamps is not genuine, or the authority gives wrong times"
)
_DISAGREE = (
    "the seal holds the older stamp, so it was made after it: one of the two authorities had a wrong clock, and "
    "nothing here says which"
)
_WHOSE = (
    "anybody can set up such an authority: whether these clocks can be trusted is said by the roots that you name, "
    "with --tsa-roots system or --tsa-roots FILE"
)
_ONE = "the log gives it several names; its stamps are the word of one clock, and do not confirm each other"
_NOT_YOURS = "the stamp is sound in itself; that the authority can be trusted does not follow from what you named"


@dataclass(slots=True)
class _Authority:
    """The sound stamps of one authority, under the name that the log gives it.

    `past` counts those whose certificates are not valid today, and `today` says so of the first. `unknown` maps the
    reasons why a stamp leads to no root of the verifier to the seals that it is over.
    """

    stamps: int = 0
    past: int = 0
    today: str = ""
    subjects: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    unknown: dict[str, list[Sealed]] = field(default_factory=dict)


class TokenCheck:
    """Give it every event that records tokens, in the order of the log; then ask for the `end`.

    `latest` is the latest sound stamp that any line so far records.
    """

    def __init__(self, beside: Beside, roots: Roots | None, now: datetime | None) -> None:
        self._beside = beside
        self._roots = roots
        self._now = now
        self._authorities: dict[str, _Authority] = {}
        self._offsets = OffsetCheck()
        self._names: dict[bytes, set[str]] = {}  # what the log calls the holder of each key
        self.latest: Stamp | None = None
        self.sound = 0

    def sealed(self, event: Event, sealed: Sealed) -> Iterator[Finding]:
        """Yield what is wrong with the tokens that `seal.completed` records."""
        for token in listed(event.data["tokens"]):
            yield from self.token(event, sealed, members(token))
        for pending in map(members, listed(event.data["pending"])[:MAX_PENDING]):
            sealed.pending[str(pending.get("authority"))] = str(pending.get("reason"))[:MAX_QUOTED]

    def token(self, event: Event, sealed: Sealed, token: Mapping[str, Json]) -> Iterator[Finding]:
        """Yield what is wrong with one token over `sealed` that `event` records."""
        name = str(token["authority"])
        sealed.pending.pop(name, None)
        sealed.times.add(str(token["gen_time"]))
        count = sealed.given[name] = sealed.given.get(name, 0) + 1
        path = token_path(sealed.number, name, count, "tsr")
        request = self._beside.read(token["request"], token_path(sealed.number, name, count, "tsq"), event.seq)
        response = self._beside.read(token["response"], path, event.seq)
        if not response.sha256 or not sealed.sums:
            message = "this time stamp could not be judged: it, or what it is over, could not be read"
            yield Finding("tokens", Severity.UNCHECKED, path, message, meaning="what was found elsewhere says why")
            return
        verdict = check(
            response.data,
            sealed.sums,
            request=request.data if request.sha256 else None,
            roots=self._roots,
            now=self._now or _NO_CLOCK,
        )
        for problem in verdict.problems:
            yield Finding("tokens", Severity.BROKEN, path, problem, meaning=_FORGED)
        if verdict.problems or verdict.token is None or verdict.certificate is None:
            return
        yield from _as_logged(path, event, token, verdict.token)
        self.sound += 1
        self._remember(name, sealed, verdict)
        stamp = Stamp.of(name, verdict.token, verdict.certificate)
        self._names.setdefault(stamp.clock, set()).add(name)
        if verdict.anchored is not False:
            yield from _order(path, sealed, stamp)
            if (offset := token.get("offset_ms")) is not None:  # a disclosure does not hold the line that has it
                yield from self._offsets.token(path, event, sealed, stamp, int(str(offset)))
            sealed.stamps.append(stamp)
            if self.latest is None or stamp.at > self.latest.at:
                self.latest = stamp

    def end(self, seals: list[Sealed]) -> Iterator[Finding]:
        """Yield whose clocks the sound stamps show, and which seals have none."""
        for name, authority in self._authorities.items():
            yield from self._authority(name, authority)
        for names in sorted(sorted(names) for names in self._names.values() if len(names) > 1):
            message = f"{', '.join(names[:MAX_PENDING])} are one authority: the same key signed for each of these names"
            yield Finding("tokens", Severity.NOTE, "", message, meaning=_ONE)
        yield from self._offsets.end()
        yield from _pending(seals)
        last = max((sealed.line for sealed in seals if sealed.given), default=0)
        bare = [sealed for sealed in seals if not sealed.given]
        if covered := [sealed for sealed in bare if sealed.line < last]:
            message = f"{numbers(covered)} without a time stamp, and covered by that of a later seal"
            meaning = "a later seal holds the earlier ones: its time stamp shows a later time for them, and as surely"
            yield Finding("tokens", Severity.NOTE, "", message, meaning=meaning)
        if alone := [sealed for sealed in bare if sealed.line > last]:
            severity = Severity.UNASKED if self._roots is None else Severity.UNCHECKED
            message = f"{numbers(alone)} without a time stamp: the time of sealing rests on the word of the maker alone"
            meaning = "whoever sealed could set the clock at will; archiver renew asks for what is missing"
            yield Finding("tokens", severity, "", message, meaning=meaning)

    def _remember(self, name: str, sealed: Sealed, verdict: TokenVerdict) -> None:
        authority = self._authorities.setdefault(name, _Authority())
        authority.stamps += 1
        authority.subjects.add(verdict.authority)
        if self._now is not None:
            authority.notes |= set(verdict.notes)
        if self._now is not None and not verdict.valid_today:
            authority.past += 1
            authority.today = authority.today or verdict.today
        if verdict.anchored is False:
            authority.unknown.setdefault(verdict.anchor, []).append(sealed)

    def _authority(self, name: str, authority: _Authority) -> Iterator[Finding]:
        subjects = ", ".join(sorted(authority.subjects)[:3])
        if self._roots is None:
            message = (
                f"{some(authority.stamps, 'time stamp')} of {name} ({subjects}), sound by "
                f"{'itself' if authority.stamps == 1 else 'themselves'}, by a clock that you have not said you trust"
            )
            yield Finding("tokens", Severity.UNASKED, "", message, meaning=_WHOSE)
        for reason, seals in authority.unknown.items():
            # Where another stamp over the same seal leads to a root, nothing hangs on this one.
            severity = Severity.NOTE if all(sealed.stamps for sealed in seals) else Severity.UNCHECKED
            message = (
                f"{some(len(seals), 'time stamp')} of {name} ({over(seals)}) cannot be traced to a root that you "
                f"named: {reason}"
            )
            yield Finding("tokens", severity, "", message, meaning=_NOT_YOURS)
        if self._roots is not None and (traced := authority.stamps - sum(map(len, authority.unknown.values()))):
            message = f"{some(traced, 'time stamp')} of {name} ({subjects}), traced to a root that you named"
            yield Finding("tokens", Severity.OK, "", message)
        if authority.past:
            message = f"{name}: {authority.today}, as for {some(authority.past, 'time stamp')} of it in all"
            meaning = "a stamp is judged at the time at which it was made; how it stands today takes nothing from it"
            yield Finding("tokens", Severity.NOTE, "", message, meaning=meaning)
        for note in sorted(authority.notes):
            yield Finding("tokens", Severity.NOTE, "", f"{name}: {note}", meaning="it takes nothing from the stamp")


def _as_logged(path: str, event: Event, recorded: Mapping[str, Json], token: Token) -> Iterator[Finding]:
    for what, name, found in (("time", "gen_time", token.gen_time_text), ("serial number", "serial", token.serial)):
        if recorded[name] != found:
            message = f"it has the {what} {found}, and log line {event.seq} says {quoted(recorded[name])}"
            yield Finding("tokens", Severity.BROKEN, path, message, meaning=_LOG)


def _order(path: str, sealed: Sealed, stamp: Stamp) -> Iterator[Finding]:
    """Yield that a seal is stamped with an earlier time than a stamp that it holds."""
    older = sealed.before
    if older is None or stamp.at + stamp.slack >= older.at - older.slack:
        return
    message = (
        f"it says {stamp.text}, and the seal holds a time stamp of {older.authority} that says {older.text}: "
        "the later one has the earlier time"
    )
    if older.clock == stamp.clock:
        yield Finding("tokens", Severity.BROKEN, path, message, meaning=_BACKWARDS)
    else:
        yield Finding("tokens", Severity.NOTE, path, message, meaning=_DISAGREE)


def _pending(seals: list[Sealed]) -> Iterator[Finding]:
    """Yield who was asked for a time stamp and has given none yet."""
    for sealed in seals:
        if sealed.pending:
            message = (
                f"time pending of {', '.join(sorted(sealed.pending))}: {quoted('; '.join(sealed.pending.values()))}"
            )
            meaning = "the authority gave no stamp when this seal was made; archiver renew asks it again"
            yield Finding("tokens", Severity.NOTE, sealed.path, message, meaning=meaning)
