"""In whose hands a case is, as the log tells it: passed on, taken over, or still on the way. Pure.

docs/spec/custody-log.md §4 has the rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from archiver.custody.log import Event

EVENTS = frozenset({"custody.transferred", "custody.acknowledged"})
QUIET = frozenset({"seal.completed", "token.added", "key.added", "export.made", "incident.recovered"})
"""What may come between a transfer and its acknowledgement: it tells of the case as it is, and adds nothing to it."""

MAX_NAME = 500  # characters of a name that are remembered; case.yaml allows no more

Found = tuple[Literal["order", "data"], str]
"""What is wrong with an event, as the two members of a `state.Problem`."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a case holds: items, the evidence files that were not withheld, and the bytes of these."""

    items: int = 0
    files: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Passing:
    """A hand-over that was acknowledged: `giver` passed the case to `receiver` on line `passed`, taken over on `taken`.

    `fingerprint` is that of the key with which the receiver says to counter-sign, `before` that of the seal received,
    None for nobody's. `sealed` is the line of the first later seal by that key and `others` the number of later seals
    by others, each until the next hand-over. Names are cut to `MAX_NAME` characters.
    """

    giver: str
    receiver: str
    passed: int
    taken: int
    at: str
    compared: bool
    fingerprint: str
    before: str | None
    sealed: int = 0
    others: int = 0


@dataclass(slots=True)
class HandOver:
    """Hand-overs after the events applied so far; changed by `apply` and `other` only.

    `pending` is the `custody.transferred` that nobody has acknowledged; `lapsed` the first line after it that adds to
    the case, 0 for none: then it can be acknowledged no more. `taken` is the last `custody.acknowledged`, `passings`
    are all of them in their order.
    """

    pending: Event | None = None
    lapsed: int = 0
    taken: Event | None = None
    passings: list[Passing] = field(default_factory=list)
    _sealed_by: str | None = None

    def other(self, event: Event) -> None:
        """Take in an event that is not one of `EVENTS`."""
        if self.pending is not None and not self.lapsed and event.event not in QUIET:
            self.lapsed = event.seq
        if event.event == "seal.completed":
            self._sealed_by = event.data["fingerprint"]
            if self.passings:
                self._counter_sign(self.passings[-1], event)

    def apply(self, event: Event, held: Held, receipt: str) -> list[Found]:
        """Take in an event of `EVENTS` whose data has the right shape, and return what is wrong with it.

        `held` is what the case holds before this line, `receipt` that of the newest seal, "" for none.
        """
        transferred = event.event == "custody.transferred"
        found = list(self._transferred(event) if transferred else self._acknowledged(event, receipt))
        if held != Held(event.data["items"], event.data["files"], event.data["bytes"]):
            what = "it tells of other items, files or bytes than the case had by the lines before"
            found.append(("data", f"{what}: {_told(held)}"))
        if not transferred and self.pending is not None:
            self.passings.append(self._passing(self.pending, event))
        self.pending, self.lapsed = (event if transferred else None), 0
        self.taken = self.taken if transferred else event
        return found

    def _passing(self, passed: Event, taken: Event) -> Passing:
        return Passing(
            passed.actor[:MAX_NAME],
            taken.data["to"][:MAX_NAME],
            passed.seq,
            taken.seq,
            taken.at,
            taken.data["compared"],
            taken.data["fingerprint"],
            self._sealed_by,
        )

    def _counter_sign(self, passing: Passing, seal: Event) -> None:
        if seal.data["fingerprint"] != passing.fingerprint:
            passing.others += 1
        elif not passing.sealed:
            passing.sealed = seal.seq

    def _transferred(self, event: Event) -> Iterator[Found]:
        before, instead = self.pending.seq if self.pending is not None else None, event.data["instead_of"]
        if instead != before:
            said = f"it takes the place of the transfer on line {instead}" if instead else "it takes no other's place"
            waiting = f"the one on line {before} was" if before else "there was none that was"
            yield "order", f"{said} (instead_of is {instead or 'null'}), and {waiting} not acknowledged"
        if event.data["to"] == event.actor:
            yield "data", "the case is passed on to the one who has it"

    def _acknowledged(self, event: Event, receipt: str) -> Iterator[Found]:
        data, pending = event.data, self.pending
        if pending is None:
            yield "order", "custody is acknowledged, and nobody had passed it on"
            return
        if self.lapsed:
            yield "order", f"the transfer on line {pending.seq} lapsed with line {self.lapsed}, which adds to the case"
        if (data["transfer"], data["from"], data["to"]) != (pending.seq, pending.actor, pending.data["to"]):
            yield "data", f"it does not answer the transfer on line {pending.seq}: line, giver or receiver differ"
        if data["to"] != event.actor:
            yield "data", "it is acknowledged in another name than the receiver's"
        if data["head"] != event.prev:
            yield "data", "head is not the hash of the line before, so the receiver had another log than this one"
        if data["receipt"] != receipt or [str(data["seal"])] != receipt.split(" ")[1:2]:
            yield "data", "seal and receipt are not those of the newest seal that was received"


def _told(held: Held) -> str:
    counted = ((held.items, "item"), (held.files, "file"), (held.bytes, "byte"))
    return ", ".join(f"{count} {what}" if count == 1 else f"{count} {what}s" for count, what in counted)
