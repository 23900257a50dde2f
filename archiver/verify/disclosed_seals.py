"""The seals in a disclosure: their texts, lists of entries, signatures and time stamps, without the log around them."""

import hashlib
from collections.abc import Iterator

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
from archiver.verify.listed import shown
from archiver.verify.outside import Outside
from archiver.verify.report import quoted
from archiver.verify.sealed import Sealed, numbers
from archiver.verify.signatures import SignatureCheck
from archiver.verify.tokens import TokenCheck

_ENTRY = 65  # bytes of a line in a list of entries
_ITSELF = "the seal and what lies beside it do not belong together: something was exchanged"


class DisclosedSeals:
    """Give it what the statement says of each seal, in order; then ask `covers` of lines, and for the `end`.

    `expected` are the files that belong to the seals taken so far.
    """

    def __init__(self, bundle: Bundle, case: str, outside: Outside) -> None:
        self.seals: list[Sealed] = []
        self.expected: set[str] = set()
        self._bundle = bundle
        self._case = case
        self._outside = outside
        self._texts: dict[int, Seal] = {}
        self._entries: dict[int, bool] = {}
        self._keys: dict[str, KeyState] = {}
        self._beside = Beside(_Limited(bundle))
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
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10**12 or number in self._texts:
            yield _broken("", f"the disclosure names a seal without a number of its own: {quoted(number)}")
            return
        path = seal_path(number, "seal")
        self.expected |= {path, seal_path(number, "sums"), seal_path(number, "entries.sha256")}
        try:
            data = self._bundle.read(path, MAX_SEAL)
            seal = Seal.parse(data)
        except CaseError as exc:
            yield _unread(path, exc)
            return
        except Malformed as exc:
            yield _broken(path, f"it is not the text of a seal: {exc}")
            return
        if (seal.case, seal.number) != (self._case, number):
            yield _broken(
                path, f"it is seal {seal.number} of {seal.case}, and seal {number} of {self._case} belongs there"
            )
            return
        before = self._texts.get(number - 1)
        if before is not None and seal.previous_sha256 != sha256_hex(before.text()):
            yield _broken(path, f"it does not go on where seal {before.number} of this disclosure ends")
        self._texts[number] = seal
        yield from self._judged(seal, data, stated)
        yield from self._beside.taken()

    def _judged(self, seal: Seal, data: bytes, stated: dict[str, Json]) -> Iterator[Finding]:
        number, line = seal.number, seal.last_line + 1
        signature = self._file(seal_path(number, "seal.sig"))
        sums = self._file(seal_path(number, "sums"))
        expected = f"{sha256_hex(data)}  {number:06d}.seal\n"
        if signature is not None:
            self.expected.add(seal_path(number, "seal.sig"))
            expected += f"{signature['sha256']}  {number:06d}.seal.sig\n"
        if sums is None or sums["sha256"] != sha256_hex(expected.encode("ascii")):
            message = "it does not list the seal and its signature, and nothing else; or it is missing"
            yield _broken(seal_path(number, "sums"), message)
        self._entries[number] = self._same_entries(seal)
        if not self._entries[number]:
            message = "it is not the list of entries that the seal names; or it is missing"
            yield _broken(seal_path(number, "entries.sha256"), message)
        fingerprint = self._fingerprint(seal, data)
        sealed = Sealed(number, line, sha256_hex(data), seal.sealed_at, seal.first_line, seal.last_line)
        sealed.fingerprint = fingerprint
        sealed.sums = bytes.fromhex(str(sums["sha256"])) if sums is not None else b""
        self.seals.append(sealed)
        if (signature is None) != (seal.signer is None):
            yield _broken(seal_path(number, "seal.sig"), "the seal names a signer and has no signature, or the reverse")
        told = {"signer": seal.signer, "signature": signature, "fingerprint": fingerprint}
        event = Event(seal.case, line, GENESIS, seal.sealed_at, "-", "seal.completed", told, "")
        text = self._beside.read(self._file(seal_path(number, "seal")), seal_path(number, "seal"), line)
        yield from self._signatures.seal(event, sealed, text, seal)
        for token in map(members, listed(stated.get("tokens"))):
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
            yield _broken(
                sealed.path, f"a time stamp is said to be of {quoted(name)}, which is no name of an authority"
            )
            return
        k = sealed.given.get(name, 0) + 1
        request, response = (token_path(sealed.number, name, k, suffix) for suffix in ("tsq", "tsr"))
        self.expected |= {request, response}
        if (stated.get("request"), stated.get("response")) != (request, response):
            yield _broken(response, "the disclosure names other files for this time stamp")
            return
        try:
            token = Token.parse(self._bundle.read(response, MAX_ANSWER))
            gen_time, serial = token.gen_time_text, token.serial
        except (CaseError, BadDer):
            gen_time = serial = ""  # which is said when the token is judged
        facts: dict[str, Json] = {"authority": name, "gen_time": gen_time, "serial": serial}
        facts |= {"request": self._file(request), "response": self._file(response)}
        yield from self._tokens.token(event, sealed, facts)

    def covers(self, seal: Seal, line: int, raw: bytes) -> str:
        """Return why a line is not in the list of entries of a seal, "" when it is."""
        if not self._entries.get(seal.number):
            return f"the list of entries of seal {seal.number}, under which it is said to be, cannot be relied upon"
        if not seal.first_line <= line <= seal.last_line:
            return f"seal {seal.number} covers lines {seal.first_line} to {seal.last_line}, and not this one"
        try:
            with self._bundle.open_file(seal_path(seal.number, "entries.sha256")) as file:
                file.seek((line - seal.first_line) * _ENTRY)
                found = file.read(_ENTRY)
        except (CaseError, OSError):
            found = b""
        same = found == f"{sha256_hex(raw)}\n".encode("ascii")
        return "" if same else f"the list of entries of seal {seal.number} has another hash in its place"

    def _same_entries(self, seal: Seal) -> bool:
        file = self._file(seal_path(seal.number, "entries.sha256"))
        size = _ENTRY * (seal.last_line - seal.first_line + 1)
        return file is not None and (file["sha256"], file["size"]) == (seal.entries_sha256, size)

    def end(self) -> Iterator[Finding]:
        """Yield who signed and whose clocks the stamps show, as far as the verifier named anybody."""
        yield from self._signatures.end({})
        yield from self._tokens.end([])
        for run in self._runs():
            yield from TokenCheck(self._beside, self._outside.roots, self._outside.now).end(run)
            yield from ClockCheck(self._outside.now).end(run)
        if sound := [sealed for sealed in self.seals if sealed.fingerprint]:
            yield Finding("signatures", Severity.OK, "", f"{numbers(sound)} soundly signed")
        receipt = self._outside.receipt
        if receipt is None:
            message = "no receipt was given, so nobody can know from this whether the seals are those of the case"
            meaning = "whoever holds the key could have sealed another log; the receipt that was given out shows that"
            yield Finding("receipt", Severity.UNASKED, "", message, meaning=meaning)
            return
        sealed = next((sealed for sealed in self.seals if sealed.number == receipt.seal), None)
        if receipt.case != self._case:
            message = f"the receipt is of another case: of {receipt.case}, and this one is {quoted(self._case)}"
            yield Finding("receipt", Severity.BROKEN, "", message, meaning="find out which was mixed up")
        elif sealed is None:
            message = f"the receipt is of seal {receipt.seal}, and this disclosure holds others"
            meaning = "only the case itself shows whether both belong to one log"
            yield Finding("receipt", Severity.UNCHECKED, "", message, meaning=meaning)
        elif (receipt.sha256, receipt.entries, receipt.fingerprint) != (sealed.sha256, sealed.last, sealed.fingerprint):
            message = f"seal {receipt.seal} is not the one of the receipt: that has the SHA-256 {receipt.sha256}"
            meaning = "what was sealed then was exchanged for something else, or the receipt was copied wrongly"
            yield Finding("receipt", Severity.BROKEN, sealed.path, message, meaning=meaning)
        else:
            yield Finding("receipt", Severity.OK, "", f"seal {receipt.seal} is the one that the receipt was given for")

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

    def _file(self, path: str) -> dict[str, Json] | None:
        """Return what is there as an event would record it, None when it cannot be read."""
        digest, size = hashlib.sha256(), 0
        try:
            for piece in self._bundle.chunks(path):
                digest.update(piece)
                size += len(piece)
        except CaseError:
            return None
        return {"path": path, "size": size, "sha256": digest.hexdigest()}


class _Limited:
    """A bundle for those who say how much of a file they want."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def chunks(self, path: str, limit: int | None = None) -> Iterator[bytes]:
        left = limit
        for piece in self._bundle.chunks(path):
            yield piece if left is None else piece[:left]
            left = None if left is None else left - len(piece)
            if left is not None and left <= 0:
                return


def _unread(path: str, exc: CaseError) -> Finding:
    severity = Severity.BROKEN if exc.kind in {"missing", "damaged", "large"} else Severity.UNCHECKED
    return Finding("seals", severity, shown(path), exc.message, meaning=_ITSELF)


def _broken(path: str, message: str) -> Finding:
    return Finding("seals", Severity.BROKEN, shown(path), message, meaning=_ITSELF)
