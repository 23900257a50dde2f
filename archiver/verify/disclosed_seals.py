"""The seals in a disclosure: their texts, lists of entries, signatures and time stamps, without the log around them."""

from collections.abc import Generator, Iterator

from archiver.bundle.members import Bundle
from archiver.canon import Json, sha256_hex
from archiver.config.name import AUTHORITY
from archiver.custody.layout import seal_path, token_path
from archiver.custody.log import GENESIS, Event, Malformed
from archiver.custody.seal import MAX_SEAL, NAMESPACE, Seal
from archiver.custody.sealstate import KeyState
from archiver.custody.sshsig import BadSignature, Signature, verify
from archiver.custody.time_stamp import MAX_ANSWER, Token
from archiver.custody.token import BadDer
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.beside import MAX_KEPT, Beside
from archiver.verify.claim import listed, members
from archiver.verify.clock import ClockCheck
from archiver.verify.disclosed_files import DisclosedFiles, belongs_elsewhere
from archiver.verify.disclosed_receipt import check_disclosed_receipt
from archiver.verify.outside import Outside
from archiver.verify.report import quoted
from archiver.verify.sealed import Sealed, numbers
from archiver.verify.signatures import SignatureCheck
from archiver.verify.tokens import TokenCheck

_ENTRY = 65  # bytes of a line in a list of entries


class DisclosedSeals:
    """Give it what the statement says of each seal, in order; then ask `covers` of lines, and for the `end`.

    `expected` are the files that belong to the seals taken so far, and what each is; `stated` is what the statement
    has to say of them. `unread` says that there is one whose text could not be read.
    """

    def __init__(self, bundle: Bundle, case: str, outside: Outside) -> None:
        self.seals: list[Sealed] = []
        self.expected: dict[str, str] = {}
        self.stated: dict[int, dict[str, Json]] = {}
        self.unread = False
        self._bundle = bundle
        self._case = case
        self._outside = outside
        self._texts: dict[int, Seal] = {}
        self._lists: dict[int, Severity] = {}
        self._files = DisclosedFiles(bundle)
        self._keys: dict[str, KeyState] = {}
        self._beside = Beside(self._files)
        self._signatures = SignatureCheck(self._beside, self._keys, outside)
        self._tokens = TokenCheck(self._beside, outside.roots, outside.now)

    @property
    def stamps(self) -> int:
        """How many time stamps are sound."""
        return self._tokens.sound

    def text(self, number: Json) -> Seal | None:
        """Return what a seal says, None for one that is not there."""
        return self._texts.get(number) if isinstance(number, int) else None

    def take(self, stated: dict[str, Json]) -> Iterator[Finding]:
        """Yield what is wrong with a seal, given what the statement says of it."""
        number = stated.get("seal")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10**12 or number in self.stated:
            yield belongs_elsewhere("", f"the disclosure names a seal without a number of its own: {quoted(number)}")
            return
        path, tokens = seal_path(number, "seal"), listed(stated.get("tokens"))
        self.stated[number] = {"seal": number, "tokens": tokens}
        self.expected |= {path: "seal", seal_path(number, "sums"): "sums"}
        self.expected |= {seal_path(number, "entries.sha256"): "entries"}
        try:
            data = self._bundle.read(path, MAX_SEAL)
            seal = Seal.parse(data)
        except CaseError as exc:
            found = self._files.unread(path, exc)
            if found.severity is Severity.UNCHECKED:  # so what belongs to it is not known
                self.unread = True
                self.expected |= self._files.of_seal(number)
            yield found
            return
        except Malformed as exc:
            yield belongs_elsewhere(path, f"it is not the text of a seal: {exc}")
            return
        if (seal.case, seal.number) != (self._case, number):
            yield belongs_elsewhere(
                path, f"it is seal {seal.number} of {seal.case}, and seal {number} of {self._case} belongs there"
            )
            return
        yield from self._in_order(seal)
        self._texts[number] = seal
        yield from self._judged(seal, data, tokens)
        yield from self._beside.taken()

    def _in_order(self, seal: Seal) -> Iterator[Finding]:
        """Yield where a seal does not go on behind the one taken before it."""
        before = next(reversed(self._texts.values()), None)
        if before is None:
            return
        next_one = seal.number == before.number + 1
        ends = (before.last_line + 1, before.log_end, before.manifest_end)
        begins = (seal.first_line, seal.log_offset, seal.manifest_offset)
        linked = seal.previous_sha256 == sha256_hex(before.text()) and begins == ends
        apart = seal.number > before.number and all(one > other for one, other in zip(begins, ends, strict=True))
        if not (linked if next_one else apart):
            path = seal_path(seal.number, "seal")
            yield belongs_elsewhere(path, f"it does not go on where seal {before.number} of this disclosure ends")

    def _judged(self, seal: Seal, data: bytes, tokens: list[Json]) -> Iterator[Finding]:
        number, line = seal.number, seal.last_line + 1
        signed, summed = seal_path(number, "seal.sig"), seal_path(number, "sums")
        signature, sums = self._files.facts(signed), self._files.facts(summed)
        expected = f"{sha256_hex(data)}  {number:06d}.seal\n"
        if signature is not None or signed in self._files.dark:
            self.expected[signed] = "signature"
        if signature is not None:
            expected += f"{signature['sha256']}  {number:06d}.seal.sig\n"
        if sums is None or sums["sha256"] != sha256_hex(expected.encode("ascii")):
            message = "it does not list the seal and its signature, and nothing else; or it is missing"
            yield self._files.unlike(summed, message, signed)
        self._lists[number] = yield from self._entries(seal)
        fingerprint = self._fingerprint(seal, data)
        sealed = Sealed(number, line, sha256_hex(data), seal.sealed_at, seal.first_line, seal.last_line)
        sealed.fingerprint = fingerprint
        sealed.sums = bytes.fromhex(str(sums["sha256"])) if sums is not None else b""
        self.seals.append(sealed)
        if (signature is None) != (seal.signer is None):
            yield self._files.unlike(signed, "the seal names a signer and has no signature, or the reverse")
        told = {"signer": seal.signer, "signature": signature, "fingerprint": fingerprint}
        event = Event(seal.case, line, GENESIS, seal.sealed_at, "-", "seal.completed", told, "")
        text = self._beside.read(self._files.facts(seal_path(number, "seal")), seal_path(number, "seal"), line)
        yield from self._signatures.seal(event, sealed, text, seal)
        for token in map(members, tokens):
            yield from self._token(event, sealed, token)

    def _fingerprint(self, seal: Seal, data: bytes) -> str | None:
        """Return that of the key that signed, which is then taken for one that the log had added."""
        try:
            armoured = self._bundle.read(seal_path(seal.number, "seal.sig"), MAX_KEPT)
            key = verify(Signature.parse(armoured), data, NAMESPACE)
        except (CaseError, BadSignature):
            return None
        self._keys[key.fingerprint] = KeyState(seal.signer or "", key.fingerprint, key.line, 1)
        return key.fingerprint

    def _token(self, event: Event, sealed: Sealed, stated: dict[str, Json]) -> Iterator[Finding]:
        name = stated.get("authority")
        if not isinstance(name, str) or AUTHORITY.fullmatch(name) is None:
            yield belongs_elsewhere(
                sealed.path, f"a time stamp is said to be of {quoted(name)}, which is no name of an authority"
            )
            return
        k = sealed.given.get(name, 0) + 1
        request, response = (token_path(sealed.number, name, k, suffix) for suffix in ("tsq", "tsr"))
        self.expected |= {request: "request", response: "response"}
        if stated != {"authority": name, "request": request, "response": response}:
            yield belongs_elsewhere(
                response, "the disclosure names other files for this time stamp, or says more of it"
            )
            return
        try:
            token = Token.parse(self._bundle.read(response, MAX_ANSWER))
            gen_time, serial = token.gen_time_text, token.serial
        except (CaseError, BadDer):
            gen_time = serial = ""  # which is said when the token is judged
        facts: dict[str, Json] = {"authority": name, "gen_time": gen_time, "serial": serial}
        facts |= {"request": self._files.facts(request), "response": self._files.facts(response)}
        for member, path in (("request", request), ("response", response)):
            if facts[member] is None:
                sealed.given[name] = k
                yield self._files.unlike(path, "it is named by the disclosure, and not there")
                return
        yield from self._tokens.token(event, sealed, facts)

    def uncovered(self, seal: Seal, line: int, raw: bytes, prev: str | None) -> tuple[Severity, str] | None:
        """Return why a line is not in the list of entries of a seal, behind the line that `prev` names; or None.

        `prev` is None for a line that cannot be read.
        """
        path = seal_path(seal.number, "entries.sha256")
        if (severity := self._lists[seal.number]) is not Severity.OK:
            message = f"the list of entries of seal {seal.number}, under which it is said to be, cannot be relied upon"
            return severity, message
        if not seal.first_line <= line <= seal.last_line:
            covers = f"seal {seal.number} covers lines {seal.first_line} to {seal.last_line}, and not this one"
            return Severity.BROKEN, covers
        place = (line - seal.first_line) * _ENTRY
        try:
            with self._bundle.open_file(path) as file:
                file.seek(max(place - _ENTRY, 0))
                before, found = file.read(_ENTRY) if place else b"", file.read(_ENTRY)
        except (CaseError, OSError):
            return Severity.UNCHECKED, f"the list of entries of seal {seal.number} could not be read again"
        if found != f"{sha256_hex(raw)}\n".encode("ascii"):
            return Severity.BROKEN, f"the list of entries of seal {seal.number} has another hash in its place"
        known = before[:-1].decode("ascii", "replace") if place else self._head_before(seal)
        if prev is not None and known not in {"", prev}:
            return Severity.BROKEN, f"it names {prev} as the hash of the line before it, and that line has {known}"
        return None

    def _head_before(self, seal: Seal) -> str:
        """Return the hash of the last line before those that a seal covers, "" where that is not known."""
        before = self._texts.get(seal.number - 1)
        return GENESIS if seal.number == 1 else before.log_head if before is not None else ""

    def _entries(self, seal: Seal) -> Generator[Finding, None, Severity]:
        """Yield what is wrong with the list of entries; return how far it can be relied upon."""
        path = seal_path(seal.number, "entries.sha256")
        file = self._files.facts(path)
        size = _ENTRY * (seal.last_line - seal.first_line + 1)
        if file is not None and (file["sha256"], file["size"]) == (seal.entries_sha256, size):
            return Severity.OK
        found = self._files.unlike(path, "it is not the list of entries that the seal names; or it is missing")
        yield found
        return found.severity

    def end(self) -> Iterator[Finding]:
        """Yield who signed and whose clocks the stamps show, as far as the verifier named anybody."""
        yield from self._signatures.end({})
        yield from self._tokens.end([])
        for run in self._runs():
            yield from TokenCheck(self._beside, self._outside.roots, self._outside.now).end(run)
            yield from ClockCheck(self._outside.now).end(run)
        if sound := [sealed for sealed in self.seals if sealed.fingerprint]:
            yield Finding("signatures", Severity.OK, "", f"{numbers(sound)} soundly signed")
        yield from check_disclosed_receipt(self._outside.receipt, self._case, self.seals)

    def _runs(self) -> list[list[Sealed]]:
        """Return the seals in runs without a gap: a time stamp over one tells of those before it in its run."""
        runs: list[list[Sealed]] = []
        for sealed in self.seals:
            text = self._texts[sealed.number]
            if runs and text.previous_sha256 == runs[-1][-1].sha256:
                runs[-1].append(sealed)
            else:
                runs.append([sealed])
        return runs
