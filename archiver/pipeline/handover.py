"""A case passes from one collector to another: the giver seals it, the receiver counter-signs (docs/hand-over.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archiver.config.case_file import MAX_COLLECTOR, CaseFile
from archiver.config.new_hands import in_new_hands
from archiver.config.values import bounded
from archiver.custody import events
from archiver.custody.handover import Held
from archiver.custody.log import Event, parse_line
from archiver.custody.openings import ON_RECORD
from archiver.custody.read import Snapshot
from archiver.custody.receipt import Receipt
from archiver.custody.sealread import tokens_over
from archiver.custody.sealstate import KeyState
from archiver.custody.state import CaseState
from archiver.custody.store import CaseStore
from archiver.errors import CaseError, UsageError
from archiver.model.handover import HandedOver, as_read, shortened
from archiver.pipeline.cases import open_case
from archiver.pipeline.identity import Identity, identity
from archiver.pipeline.seal import Sealed, Sealing
from archiver.pipeline.seals import seals_now


@dataclass(frozen=True, slots=True)
class Passed:
    """A case passed on: `custody.transferred`, what became of the seal, and what stands on the receipt.

    `receipt` is None where no seal covers the transfer, so that it must not be handed over yet. `again` says that
    the transfer was on record before, and nothing but what it lacked was added.
    """

    event: Event
    sealed: Sealed
    receipt: HandedOver | None
    again: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What a receiver finds: `transfer` is the `custody.transferred` for them, `head` the hash of the last log line.

    `receipt` is the one of the newest seal, `held` what the case holds, `keys` its keys by fingerprint. `taken` is the
    acknowledgement of an earlier attempt that was stopped behind it; None when there is none.
    """

    transfer: Event
    head: str
    receipt: Receipt
    held: Held
    keys: Mapping[str, KeyState]
    taken: Event | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the receiver's own reading of everything came to: nothing contradicts, and nothing is unchecked.

    `compared` says that the giver's receipt was at hand and fits; `not_asked` names the checks that left something
    open because the receiver did not know more.
    """

    compared: bool
    not_asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A case taken over: `custody.acknowledged`, and what became of the receiver's own seal."""

    event: Event
    sealed: Sealed


def transfer(sealing: Sealing, to: str, *, reason: str, instead: bool, unsigned: bool) -> Passed:
    """Record that the case passes to `to`, and seal it with the key of the one who has it.

    Asked for a second time, it adds only what is missing. `instead` takes back a transfer that nobody acknowledged,
    `unsigned` accepts a case whose seals nobody signs. Raises `UsageError` ("same-hands", "no-signer", "pending",
    "no-key"), and as `CaseStore.open` and `CaseStore.append` do.
    """
    if len(to) > MAX_COLLECTOR:
        raise UsageError("text", f"--to: longer than {MAX_COLLECTOR} characters", "a name; the reason says more")
    if not as_read(to):
        raise UsageError(
            "text", "--to: nothing of it can be seen", "the name by which the receiver takes the case over"
        )
    with open_case(sealing.path, sealing.runtime) as store:
        giver, policy = store.case_file.collector, store.case_file.policy.seals
        if as_read(to) == as_read(giver):
            raise UsageError("same-hands", f"{giver} has this case already", "--to names the one who receives it")
        if not policy.signer and not unsigned:
            raise UsageError(
                "no-signer",
                "case.yaml names nobody who signs, so nobody could tell who handed the case over",
                "archiver identity new NAME, then signer and key in case.yaml (policy.seals) and archiver amend; "
                "or --unsigned, knowingly",
            )
        state = _read(sealing.path)[0]
        pending = state.custody.pending
        same = pending is not None and as_read(pending.data["to"]) == as_read(to)
        again = pending if not state.custody.lapsed and same else None
        if pending is not None and again is None and not instead:
            raise _not_yet_taken(pending, state.custody.lapsed)
        sealing.require_key(store)
        body = events.transferred(
            to, state.held(), reason=bounded(reason, "reason"), instead_of=pending.seq if pending is not None else None
        )
        event = again or store.append(*body)
        last = store.last_seal()
        covered = last is not None and last.last_line >= event.seq
        sealed = Sealed() if covered else sealing.seal_open(store)
        receipt = _handed_over(store, event) if covered or sealed.event is not None else None
    return Passed(event, sealed, receipt, again is not None)


def offered(path: Path, collector: str) -> Offer:
    """Return what the case at `path` offers to `collector`, who wants to take it over. Only reads.

    Raises `UsageError` where there is nothing to acknowledge for them ("no-transfer", "same-hands", "other-receiver",
    "lapsed", "not-sealed", "acknowledged"), and `CaseError` when the log cannot be read.
    """
    state, policy = _read(path)
    custody = state.custody
    transferred, taken = custody.pending, None
    if transferred is None:
        taken = _unfinished(state, policy, collector)
        transferred = _event_on(path, taken.data["transfer"])
    elif as_read(collector) == as_read(transferred.actor):
        hint = "the one who receives the case acknowledges it, with a key of their own"
        raise UsageError("same-hands", f"{collector} passed this case on, and cannot acknowledge it", hint)
    elif as_read(collector) != as_read(transferred.data["to"]):
        to = shortened(transferred.data["to"])
        raise UsageError(
            "other-receiver",
            f"the case was passed to {to} (line {transferred.seq} of the log), not to {collector}",
            "--collector takes the name that is there; for another one the giver runs archiver transfer --instead",
        )
    elif custody.lapsed:
        raise UsageError(
            "lapsed",
            f"line {custody.lapsed} of the log was added after the transfer on line {transferred.seq}: "
            "what was handed over is not what is here",
            "the giver runs archiver transfer --instead once more",
        )
    seal = max(state.sealed.completed, default=0)
    if not seal or state.sealed.completed[seal].last + 1 < transferred.seq:
        hint = "the giver runs archiver transfer again, which seals it"
        raise UsageError("not-sealed", f"the transfer on line {transferred.seq} is covered by no seal", hint)
    receipt = Receipt.parse(state.sealed.completed[seal].receipt)
    return Offer(transferred, state.head, receipt, state.held(), state.sealed.keys, taken)


def acknowledge(sealing: Sealing, offer: Offer, signer: str, checked: Checked) -> Taken:
    """Take the case over: record it, change collector and signer in case.yaml, and seal with the receiver's key.

    Where an earlier attempt was stopped, only what it lacked is added. Raises `UsageError` and `ConfigError` for a key
    that cannot counter-sign, `CaseError` ("changed") where the case is not the one that was offered any more, and as
    `CaseStore.open` and `CaseStore.rewrite` do.
    """
    key = identity(sealing.identities(), signer)
    fingerprint = key.public.fingerprint
    _require_own(key, offer)
    collector = str(offer.transfer.data["to"])
    with open_case(sealing.path, sealing.runtime) as store:
        if offer.taken is None and store.head != offer.head:
            raise CaseError("changed", "the case was changed while it was being checked", "run the command again")
        event = offer.taken
        if event is None or _collector_and_key(store.case_file) != (collector, signer, fingerprint):
            bodies = [_acknowledged(offer, key, checked)] if event is None else []
            change = partial(in_new_hands, collector=collector, signer=signer, key=fingerprint)
            written = store.rewrite(change, f"custody passed from {offer.transfer.actor} to {collector}", bodies)
            event = event or written[0]
        return Taken(event, sealing.seal_open(store))


def _acknowledged(offer: Offer, key: Identity, checked: Checked) -> events.Body:
    return events.acknowledged(
        offer.transfer,
        offer.head,
        offer.receipt,
        offer.held,
        compared=checked.compared,
        not_asked=checked.not_asked,
        signer=key.name,
        fingerprint=key.public.fingerprint,
    )


def _handed_over(store: CaseStore, event: Event) -> HandedOver:
    now = seals_now(store.path)
    if now.last is None:
        raise ValueError("a case is handed over under a seal")
    receipt = Receipt.parse(now.receipt)
    with Snapshot.open(store.path) as case:
        stamps = tuple(
            (token["authority"], token["gen_time"]) for token in tokens_over(case, case.log_size, now.last.seal)
        )
    return HandedOver(
        case=event.case,
        title=store.case_file.title,
        giver=event.actor,
        receiver=event.data["to"],
        reason=event.data["reason"],
        at=event.at,
        line=event.seq,
        items=event.data["items"],
        files=event.data["files"],
        bytes=event.data["bytes"],
        lines=store.seq,
        head=store.head,
        seal=receipt.seal,
        seal_sha256=receipt.sha256,
        signer=now.last.seal.signer or "",
        fingerprint=receipt.fingerprint or "",
        stamps=stamps,
        receipt=now.receipt,
        spoken=receipt.spoken(),
        software=events.SOFTWARE,
    )


def _unfinished(state: CaseState, policy: CaseFile, collector: str) -> Event:
    """Return the acknowledgement by `collector` of which something is still missing. Raises `UsageError`."""
    taken = state.custody.taken
    if taken is None:
        hint = "the one who has it runs archiver transfer CASE --to WHO first"
        raise UsageError("no-transfer", "nobody passed this case on, so there is nothing to acknowledge", hint)
    if as_read(taken.data["to"]) != as_read(collector):
        to = shortened(taken.data["to"])
        who = f"{to} has this case since line {taken.seq} of the log, and passed it to nobody"
        raise UsageError("no-transfer", who, f"{to} runs archiver transfer CASE --to WHO first")
    sealed = any(seal.last + 1 > taken.seq for seal in state.sealed.completed.values())
    wanted = (taken.data["to"], taken.data["signer"], taken.data["fingerprint"])
    if sealed or (_collector_and_key(policy) != wanted and policy.collector == taken.data["to"]):
        raise UsageError(
            "acknowledged",
            f"{shortened(taken.data['to'])} acknowledged this case on line {taken.seq} of the log already",
            "archiver receipt CASE shows the line for the one who handed it over",
        )
    return taken


def _not_yet_taken(pending: Event, lapsed: int) -> UsageError:
    since = f"; line {lapsed} was added since, so nobody can acknowledge it any more" if lapsed else ""
    return UsageError(
        "pending",
        f"the case was passed to {shortened(pending.data['to'])} on line {pending.seq} of the log, and nobody "
        f"acknowledged that{since}",
        "--instead records that this transfer takes its place",
    )


def _require_own(key: Identity, offer: Offer) -> None:
    """Raise `UsageError` unless the receiver can counter-sign the case with `key`."""
    fingerprint, known = key.public.fingerprint, offer.keys.get(key.public.fingerprint)
    if offer.taken is not None and (key.name, fingerprint) != (
        offer.taken.data["signer"],
        offer.taken.data["fingerprint"],
    ):
        said = f"line {offer.taken.seq} of the log says that {offer.taken.data['signer']} counter-signs"
        raise UsageError("other-key", f"{said}, with {offer.taken.data['fingerprint']}", "--signer takes that one")
    if fingerprint == offer.receipt.fingerprint and offer.taken is None:
        hint = "a hand-over has two sides: counter-sign with a key of your own (archiver identity new NAME)"
        raise UsageError("same-hands", f"{fingerprint} is the key that the giver sealed the case with", hint)
    if known is not None and (known.revoked or known.signer != key.name):
        why = f"was revoked on line {known.revoked}" if known.revoked else f"signs for {known.signer}"
        hint = "counter-sign with another key: archiver identity new NAME"
        raise UsageError("other-key", f"in this case the key {fingerprint} {why}", hint)
    named = [each for each in offer.keys.values() if each.signer == key.name and not each.revoked]
    if known is None and named:
        hint = "make an identity with another name: one name has one key in a case"
        raise UsageError("other-key", f"in this case {key.name} is the name of {named[0].fingerprint}", hint)


def _collector_and_key(file: CaseFile) -> tuple[str, str, str]:
    return file.collector, file.policy.seals.signer, file.policy.seals.key


def _read(path: Path) -> tuple[CaseState, CaseFile]:
    """Return what the log adds up to, and the case.yaml in force. Raises `CaseError` ("damaged")."""
    state, text = CaseState(), ""
    with Snapshot.open(path) as case:
        for raw in case.lines():
            try:
                event = parse_line(raw.raw)
            except ValueError as exc:
                raise _damaged(raw.number) from exc
            if state.apply(event, raw.sha256):
                raise _damaged(raw.number)
            if event.event in {"case.opened", "case.amended"}:
                text = str(event.data["case_yaml"]["text"])
    return state, CaseFile.parse(text, ON_RECORD)


def _event_on(path: Path, line: int) -> Event:
    with Snapshot.open(path) as case:
        return next(parse_line(raw.raw) for raw in case.lines() if raw.number == line)


def _damaged(line: int) -> CaseError:
    return CaseError("damaged", f"line {line} of the log is not as it must be", "archiver verify says more")
