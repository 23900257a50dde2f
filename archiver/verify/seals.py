"""The seals against the log, in the one pass over it: what each covers, what lies beside it, and what comes after.

Signatures, time stamps and claimed times are judged by `signatures`, `tokens` and `clock`; this module tells them of
every seal in its turn (docs/spec/seal.md).
"""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import BinaryIO

from archiver.canon import Json, sha256_hex
from archiver.custody.layout import LOG, MANIFEST, seal_path
from archiver.custody.log import GENESIS, Event, Malformed
from archiver.custody.manifest import HEAD_SIZE, block_head
from archiver.custody.read import RawLine, Snapshot
from archiver.custody.receipt import Receipt
from archiver.custody.seal import Seal
from archiver.custody.sealstate import EVENTS
from archiver.custody.shapes import shape_problems
from archiver.custody.state import CaseState
from archiver.errors import CaseError, UsageError
from archiver.model.verdict import Finding, Severity
from archiver.verify.beside import MAX_KEPT, Beside, Found
from archiver.verify.claim import listed, members
from archiver.verify.clock import ClockCheck, provable
from archiver.verify.covered import Covered, plain
from archiver.verify.layout import Listing, next_seal
from archiver.verify.manifest import MEANING
from archiver.verify.outside import Outside
from archiver.verify.receipt import check_receipt, no_receipt
from archiver.verify.report import quoted
from archiver.verify.sealed import Sealed, some
from archiver.verify.signatures import SignatureCheck
from archiver.verify.tokens import TokenCheck

_LINE = 65  # bytes of a line in a list of entries
_CHUNK = 1 << 20
_CHANGED = (
    "a line was changed, put in, moved or taken out after this seal was made: do not rely on what these lines say"
)
_ITSELF = "the seal does not follow from the log: it was made for other lines, or made up"
_CUT = "lines were cut off the end of the log after this seal was made, or the seal belongs to another log"


class SealCheck:
    """Give it every line of the log in order, after the log's own check took it; then ask for the `end`.

    `state` is what the log adds up to. Memory grows by about a kilobyte for each seal, and by the names of the evidence
    files since the last one.
    """

    def __init__(self, case: Snapshot, state: CaseState, outside: Outside) -> None:
        self.seals: list[Sealed] = []
        self._case = case
        self._state = state
        self._receipt = outside.receipt
        self._beside = Beside(case)
        self._signatures = SignatureCheck(self._beside, state.sealed.keys, outside, state.custody)
        self._tokens = TokenCheck(self._beside, outside.roots, outside.now)
        self._clock = ClockCheck(outside.now)
        self._covered = Covered()
        self._manifest_end = 0  # up to where seals were compared with it: no byte of it is read for two of them
        self._manifest_known = True  # whether the seal before could be relied upon
        self._by_number: dict[int, Sealed] = {}

    def line(self, raw: RawLine, event: Event | None) -> Iterator[Finding]:
        """Yield what is wrong with seals, keys and tokens of which the line tells; `event` is None when unreadable."""
        if event is not None:
            if event.event in EVENTS and not shape_problems(event.event, event.data):
                yield from self._told(raw, event)
                yield from self._beside.taken()
            yield from self._clock.line(raw, event.at, self._tokens.latest)
        self._covered.add(raw, event)

    def end(self, listing: Listing, *, writing: bool, complete: bool) -> Iterator[Finding]:
        """Yield what the end shows, and what the verifier's own knowledge says of it all.

        `listing` is what lies in the folder; `writing` says that somebody is writing into the case, `complete` that the
        log was read to its end.
        """
        number = next_seal(self._state)
        if complete and not writing and any(path == seal_path(number, "seal") for path, _ in listing.others):
            yield from self._unrecorded(number)
        if self.seals and (loose := self._covered.loose):
            message = f"{some(loose, 'line')} since the last seal {'is' if loose == 1 else 'are'} covered by no seal"
            meaning = "for these lines there is the log's own chain alone, until archiver seal makes the next seal"
            yield Finding("seals", Severity.NOTE, LOG, message, f"from line {self._covered.at_line} on", meaning)
        yield from self._signatures.end(provable(self.seals))
        yield from self._tokens.end(self.seals)
        yield from self._clock.end(self.seals)
        if self._receipt is None:
            yield no_receipt(self.seals)
        else:
            yield from check_receipt(self._receipt, self._state.case, self.seals, self._state.seq, complete=complete)

    def sound(self, check: str) -> str:
        """Return what a sound `check` of the four says, or "" where there is nothing to say."""
        if check == "seals" and self.seals:
            lines = f"lines 1 to {self.seals[-1].last} of the log are as they were sealed"
            return f"{some(len(self.seals), 'seal')}, each over what came since the one before: {lines}"
        if check == "signatures" and self._signatures.sound:
            return f"{some(self._signatures.sound, 'signature')}, each by the key that the log names"
        if check == "tokens" and self._tokens.sound:
            return f"{some(self._tokens.sound, 'time stamp')}, each over its seal and its signature"
        return ""

    @property
    def stamps(self) -> int:
        """How many time stamps are sound."""
        return self._tokens.sound

    def _told(self, raw: RawLine, event: Event) -> Iterator[Finding]:
        if event.event == "key.added":
            self._signatures.added(event)
        elif event.event == "key.revoked":
            yield from self._signatures.revoked(event)
        elif event.event == "seal.completed":
            yield from self._seal(raw, event)
        else:
            sealed = self._by_number.get(event.data["seal"])
            if sealed is not None:
                yield from self._tokens.token(event, sealed, event.data["token"])

    def _seal(self, raw: RawLine, event: Event) -> Iterator[Finding]:
        data, number = event.data, event.data["seal"]
        text = self._beside.read(data["file"], seal_path(number, "seal"), event.seq)
        sums = self._beside.read(data["sums"], seal_path(number, "sums"), event.seq)
        entries = self._beside.read(data["entries"], seal_path(number, "entries.sha256"), event.seq, keep=False)
        self._beside.read(data["files"], seal_path(number, "files.sha256"), event.seq, keep=False)
        try:
            seal = Seal.parse(text.data) if text.sha256 else None
        except Malformed as exc:
            yield _broken(number, f"it is not the text of a seal: {exc}", _ITSELF)
            seal = None
        covered = self._covered
        sealed = Sealed(
            number,
            event.seq,
            str(members(data["file"]).get("sha256")),
            seal.sealed_at if seal is not None else event.at,
            covered.first,
            seal.last_line if seal is not None else covered.last,
            covered.earliest,
            covered.latest,
            data["fingerprint"],
            bytes.fromhex(sums.sha256),
            before=self._tokens.latest,
            read=bool(text.sha256),
            follows=seal is not None and text.intact,
        )
        for finding in self._against_log(seal, event, entries, text) if seal is not None else ():
            sealed.follows &= finding.subject != sealed.path
            yield finding
        yield from _summed(number, data)
        yield from self._signatures.seal(event, sealed, text, seal)
        yield from self._tokens.sealed(event, sealed)
        yield from _attested(event)
        self.seals.append(sealed)
        self._by_number.setdefault(number, sealed)
        trusted = seal if text.intact else None
        self._manifest_known = trusted is not None
        self._covered = covered.after(trusted, raw)

    def _against_log(self, seal: Seal, event: Event, entries: Found, text: Found) -> Iterator[Finding]:
        """Yield how what the seal says differs from the lines before the one that records it."""
        number = event.data["seal"]
        previous = self.seals[-1].sha256 if self.seals else GENESIS
        for name, stated, expected in (
            ("case", seal.case, event.case),
            ("seal", str(seal.number), str(number)),
            ("previous-seal-sha256", seal.previous_sha256, previous),
        ):
            if stated != expected:
                yield _broken(number, f"its line '{name}' says {stated}, and {expected} belongs there", _ITSELF)
        if not self._covered.same_lines(seal):
            place = self._first_difference(seal, entries)
            message = (
                f"log lines {seal.first_line} to {seal.last_line} are not those that were sealed on {seal.sealed_at}"
            )
            yield _broken(number, message + place, _CHANGED)
        else:
            for name, said, found in self._covered.differences(seal):
                message = f"its line '{name}' says {quoted(said)}, and the log yields {quoted(found)}"
                yield _broken(number, message, _ITSELF)
        if (seal.entries_sha256, seal.files_sha256) != (
            members(event.data["entries"]).get("sha256"),
            members(event.data["files"]).get("sha256"),
        ):
            yield _broken(number, f"it names other lists of entries or files than log line {event.seq}", _ITSELF)
        if text.intact:
            yield from self._manifest(seal)

    def _first_difference(self, seal: Seal, entries: Found) -> str:
        """Return where the lines leave the list that was sealed, as far as that list can be relied upon."""
        if entries.sha256 != seal.entries_sha256:
            return ""
        lines = self._case.lines(self._covered.at_offset, self._covered.at_line)
        try:
            with self._case.open_file(seal_path(seal.number, "entries.sha256")) as file:
                for raw in islice(lines, self._covered.count):
                    listed = file.readline(_LINE + 1).rstrip(b"\r\n")  # line ends may have been changed
                    if not listed:
                        return "; there are more of them now"
                    if listed != plain(raw)[1].encode("ascii"):
                        return f"; the first that differs is line {raw.number}"
        except (CaseError, OSError):
            return ""
        return "; the last of them are gone"

    def _manifest(self, seal: Seal) -> Iterator[Finding]:
        start, end, before = seal.manifest_offset, seal.manifest_end, self._manifest_end
        self._manifest_end = max(before, end)
        if start < before or (start > before and self._manifest_known):
            message = f"it seals manifest.yaml from byte {start} on, and the seal before ended at byte {before}"
            yield _broken(seal.number, message, _ITSELF)
            return
        try:
            with self._case.open_file(MANIFEST) as file:
                found = _hash_of(file, start, seal.manifest_length)
                file.seek(end)
                behind = block_head(file.read(HEAD_SIZE))
        except (CaseError, OSError) as exc:
            why = exc.message if isinstance(exc, CaseError) else "it could not be read to its end"
            yield Finding("seals", Severity.UNCHECKED, MANIFEST, why, meaning=MEANING)
            return
        if found != seal.manifest_sha256:
            message = f"what seal {seal.number} covers of it is not what was sealed on {seal.sealed_at}"
            yield Finding("seals", Severity.BROKEN, MANIFEST, message, f"bytes {start} to {end - 1}", MEANING)
        elif behind is not None and behind[0] != seal.last_line + 1:
            message = (
                f"it seals manifest.yaml up to the entry of line {behind[0] - 1}, and the log to line {seal.last_line}"
            )
            yield _broken(seal.number, message, _ITSELF)

    def _unrecorded(self, number: int) -> Iterator[Finding]:
        """Yield why the seal of that number, which no line records, cannot be what an interrupted write left."""
        path = seal_path(number, "seal")
        try:
            seal = Seal.parse(b"".join(self._case.chunks(path, MAX_KEPT)))
        except CaseError as exc:
            yield Finding("seals", Severity.UNCHECKED, path, exc.message, meaning="what it says could not be looked at")
            return
        except Malformed as exc:
            yield _broken(number, f"no line of the log records it, and it is not the text of a seal: {exc}", _ITSELF)
            return
        if (seal.case, seal.number, seal.first_line) != (self._state.case, number, self._covered.first):
            yield _broken(number, "no line of the log records it, and it is not the next seal of this log", _ITSELF)
        elif seal.last_line > self._covered.last:
            message = (
                f"no line of the log records it; it covers the log up to line {seal.last_line}, and the log ends with "
                f"line {self._covered.last}"
            )
            yield _broken(number, message, _CUT)
        elif not self._covered.same_lines(seal):
            message = (
                f"no line of the log records it, and lines {seal.first_line} to {seal.last_line} are not what it sealed"
            )
            yield _broken(number, message, _CHANGED)


def _summed(number: int, data: Mapping[str, Json]) -> Iterator[Finding]:
    """Yield that the file of sums, which is what was time-stamped, lists anything but the seal and its signature."""
    files = (("file", "seal"), ("signature", "seal.sig"))
    lines = (f"{members(data[name]).get('sha256')}  {number:06d}.{suffix}\n" for name, suffix in files if data[name])
    if members(data["sums"]).get("sha256") != sha256_hex("".join(lines).encode("ascii")):
        path = seal_path(number, "sums")
        message = "it does not list the seal and its signature, and nothing else, as the log records them"
        meaning = "what was time-stamped is not this seal"
        yield Finding("seals", Severity.BROKEN, path, message, meaning=meaning)


def _attested(event: Event) -> Iterator[Finding]:
    """Yield that the receipt on the record states a time which is that of none of the time stamps made then."""
    try:
        stated = Receipt.parse(event.data["receipt"]).gen_time
    except UsageError:
        return  # the log's own check says that it is none
    times = [members(token).get("gen_time") for token in listed(event.data["tokens"])]
    if stated not in (times or [None]):
        message = f"the receipt on the record states the time {quoted(stated)}, and the time stamps {quoted(times)}"
        yield Finding("seals", Severity.BROKEN, LOG, message, f"line {event.seq}", _ITSELF)


def _hash_of(file: BinaryIO, start: int, length: int) -> str:
    digest = hashlib.sha256()
    file.seek(start)
    while length > 0 and (chunk := file.read(min(_CHUNK, length))):
        digest.update(chunk)
        length -= len(chunk)
    return digest.hexdigest()


def _broken(number: int, message: str, meaning: str) -> Finding:
    return Finding("seals", Severity.BROKEN, seal_path(number, "seal"), message, meaning=meaning)
