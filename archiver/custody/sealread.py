"""How far a case is sealed and with which keys, read as cheaply as can be. Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from archiver.canon import sha256_hex
from archiver.custody import layout
from archiver.custody.disk import Disk
from archiver.custody.ends import damaged, lines_forwards, parsed
from archiver.custody.layout import LOG, TRUST, Kind, seal_path
from archiver.custody.log import Event, Malformed, parse_line
from archiver.custody.seal import MAX_SEAL, Seal
from archiver.custody.sealstate import BY_ITSELF, EVENTS, KeyState, SealState
from archiver.custody.shapes import shape_problems

_MARKS = tuple(f'"event":"{name}"'.encode("ascii") for name in sorted(EVENTS))
_QUIET = tuple(f'"event":"{name}"'.encode("ascii") for name in sorted(BY_ITSELF))


class Readable(Protocol):
    """The files of a case, as `Disk` and `Snapshot` read them."""

    def size(self, name: str) -> int | None:
        """Return the size of a file in bytes, None when there is none."""
        ...

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only at the end of the file."""
        ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """The last seal of a case, the hash of its text, and the event that completed it."""

    seal: Seal
    sha256: str
    event: Event


def last_sealed(disk: Readable, log_size: int) -> Sealed | None:
    """Return the last seal of the case, None when there is none.

    A few names are tried (the logarithm of their number) and two short pieces read, however large the case. Raises
    `CaseError` ("damaged") when its text is none, or the line after those that it covers does not complete it.
    """
    number = _highest(disk)
    return sealed(disk, log_size, number) if number else None


def sealed(disk: Readable, log_size: int, number: int) -> Sealed:
    """Return the seal `number`, whose text is in the case. Raises as `last_sealed`."""
    path = seal_path(number, "seal")
    data = disk.read(path, 0, MAX_SEAL + 1)
    try:
        seal = Seal.parse(data)
    except Malformed as exc:
        raise damaged(f"{path} is not a seal: {exc}") from exc
    line = seal.last_line + 1
    event = parsed(next(lines_forwards(partial(disk.read, LOG), seal.log_end, log_size), b""), line)
    sha256 = sha256_hex(data)
    stated = (event.event, event.case, event.seq, event.prev)
    sound = stated == ("seal.completed", seal.case, line, seal.log_head) and not shape_problems(event.event, event.data)
    if not sound or (event.data["seal"], event.data["file"]["sha256"]) != (number, sha256):
        raise damaged(f"line {line} of {LOG} does not say that {path} was completed there")
    return Sealed(seal, sha256, event)


def unsealed(disk: Readable, log_size: int) -> int:
    """Return how many lines wait for a seal: those that no seal covers, but for the events of `BY_ITSELF`.

    Reads the log since the last seal, the whole of it where there is none. Raises as `last_sealed`.
    """
    last = last_sealed(disk, log_size)
    start = last.seal.log_end if last is not None else 0
    return sum(not _by_itself(raw) for raw in lines_forwards(partial(disk.read, LOG), start, log_size))


def tokens_over(disk: Readable, log_size: int, seal: Seal) -> list[dict[str, Any]]:
    """Return the time stamps over a seal that the log tells of, as it has them; reads the log from that seal on."""
    found: list[dict[str, Any]] = []
    for event in seal_events(disk, seal.log_end, log_size):
        if event.event in {"seal.completed", "token.added"} and event.data["seal"] == seal.number:
            found += event.data["tokens"] if event.event == "seal.completed" else [event.data["token"]]
    return found


def key_of(disk: Disk, log_size: int, signer: str) -> str | None:
    """Return the fingerprint of the key that `signer` signs with now, None for none.

    Where `signer` signed the last seal and no event about keys came since, only the lines after that seal are read,
    however many keys there were; otherwise as `known_keys`. Raises as `last_sealed`.
    """
    last = last_sealed(disk, log_size)
    if last is not None and last.seal.signer == signer and not _keys_changed(disk, last, log_size):
        return str(last.event.data["fingerprint"])
    return known_keys(disk, log_size).get(signer)


def known_keys(disk: Disk, log_size: int) -> dict[str, str]:
    """Return the fingerprint of the key that each signer signs with now: the last one added that is not revoked.

    With at most one key in `trust/`, a last seal that is signed, and no event about keys since, only the lines after
    that seal are read; otherwise the log is searched from its beginning. Raises as `last_sealed`.
    """
    trusted = [name for name in disk.names(TRUST) if layout.classify(f"{TRUST}/{name}").kind is Kind.TRUST]
    last = last_sealed(disk, log_size)
    if not trusted and (last is None or last.seal.signer is None):
        return {}
    signer = last.seal.signer if last is not None and len(trusted) < 2 else None
    if last is not None and signer is not None and not _keys_changed(disk, last, log_size):
        return {signer: last.event.data["fingerprint"]}
    return {key.signer: key.fingerprint for key in all_keys(disk, log_size).values() if not key.revoked}


def _keys_changed(disk: Disk, last: Sealed, log_size: int) -> bool:
    since = seal_events(disk, last.seal.log_end, log_size)
    return any(event.event in {"key.added", "key.revoked"} for event in since)


def all_keys(disk: Disk, log_size: int) -> dict[str, KeyState]:
    """Return every key that was ever added, by fingerprint, in that order; the whole log is searched."""
    state = SealState()
    for event in seal_events(disk, 0, log_size):
        state.apply(event)
    return state.keys


def seal_events(disk: Readable, start: int, end: int) -> Iterator[Event]:
    """Yield the events about keys, seals and tokens between two bytes of the log; hardly any other line is parsed.

    Raises `CaseError` ("damaged") for a line that should be one and is not in its form.
    """
    for raw in filter(may_be_about_seals, lines_forwards(partial(disk.read, LOG), start, end)):
        event = _event(raw)
        if event.event not in EVENTS:
            continue  # the same words, in the settings of an item
        if problems := shape_problems(event.event, event.data):
            raise damaged(f"line {event.seq} of {LOG} is not in its form: {'; '.join(problems)}")
        yield event


def may_be_about_seals(raw: bytes) -> bool:
    """Return whether a raw line may hold an event about keys, seals or tokens; False is certain."""
    return any(mark in raw for mark in _MARKS)


def _by_itself(raw: bytes) -> bool:
    return any(mark in raw for mark in _QUIET) and _event(raw).event in BY_ITSELF


def _event(raw: bytes) -> Event:
    try:
        return parse_line(raw)
    except ValueError as exc:
        raise damaged(f"a line of {LOG} about a key, a seal or an export is not an event: {exc}") from exc


def _highest(disk: Readable) -> int:
    """Return up to which number there are seals, found by trying few of them; 0 when there is none."""
    beyond = 1
    while disk.size(seal_path(beyond, "seal")) is not None:
        beyond *= 2
    found = beyond // 2
    while beyond - found > 1:
        middle = (found + beyond) // 2
        if disk.size(seal_path(middle, "seal")) is not None:
            found = middle
        else:
            beyond = middle
    return found
