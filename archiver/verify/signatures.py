"""Who signed the seals: whether a signature is sound, and whether the key is one that the verifier named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from archiver.custody.handover import HandOver
from archiver.custody.layout import LOG, trust_path
from archiver.custody.log import Event, parse_timestamp
from archiver.custody.seal import NAMESPACE, Seal
from archiver.custody.sealstate import KeyState, blob_hash
from archiver.custody.signers import Accepted, AllowedSigners, Refused
from archiver.custody.sshsig import BadSignature, PublicKey, Signature, verify
from archiver.model.verdict import Finding, Severity
from archiver.verify.beside import Beside, Found
from archiver.verify.hands import hands
from archiver.verify.outside import Outside
from archiver.verify.report import quoted
from archiver.verify.sealed import Sealed, Stamp, numbers, shown, some

_FORGED = "this seal was not signed by whom it names, or it was changed after it was signed: it proves nothing"
_LOG = "the log says which keys sign for this case, and this does not follow from it: it must be explained"
_STOLEN = "somebody else may have had the key by then: who made this seal cannot be told from its signature"
_COVERED = "; a later seal, by a key that was not revoked, covers what it covers"
_NOT_COVERED = "; no later seal by another key covers it yet: archiver seal with a new key does that"
_CHANGED = (
    "whoever held the old key did not seal that there is a new one: ask whether it was lost, and compare the new one "
    "with what the signer says by another way"
)
_UNNAMED = (
    "whose key that is cannot be known from this folder: get its fingerprint from the signer by another way, "
    "write the key into a file and name that with --allowed-signers"
)


@dataclass(slots=True)
class _Signed:
    """What one key signed soundly: the seals, and for whom each names as its signer."""

    key: PublicKey
    seals: list[tuple[Sealed, str]] = field(default_factory=list)


class SignatureCheck:
    """Give it the events about keys and every seal, in the order of the log; then ask for the `end`.

    `keys` are those that the log has added so far, as `SealState` keeps them, and `custody` its hand-overs, where the
    whole log is at hand.
    """

    def __init__(
        self, beside: Beside, keys: Mapping[str, KeyState], outside: Outside, custody: HandOver | None = None
    ) -> None:
        self._beside = beside
        self._keys = keys
        self._custody = custody or HandOver()
        self._signers = outside.signers
        self._now = outside.now
        self._roots = outside.roots is not None  # else anybody could have made the stamps, a thief of the key as well
        self._vouched = 0  # the last line under a seal by a key of the log
        self._signed: dict[str, _Signed] = {}
        self._unsigned: list[Sealed] = []
        self.sound = 0

    def added(self, event: Event) -> None:
        """Read the copy in trust/ of the key that `key.added` tells of. It identifies nobody."""
        sha256 = blob_hash(event.data["key"])
        if sha256 is not None:
            self._beside.read(event.data["file"], trust_path(sha256), event.seq)

    def revoked(self, event: Event) -> Iterator[Finding]:
        """Yield what `key.revoked` says."""
        data = event.data
        message = (
            f"the key {data['fingerprint']} of {quoted(data['signer'])} was revoked {_since(data['since'])}: "
            f"{quoted(data['reason'])}"
        )
        meaning = "what it signed says nothing about who did it"
        if data["since"] is not None:
            meaning = "what it provably signed before that stands; what it signed later says nothing about who did it"
        yield Finding("signatures", Severity.NOTE, LOG, message, f"line {event.seq}", meaning)

    def seal(self, event: Event, sealed: Sealed, text: Found, seal: Seal | None) -> Iterator[Finding]:
        """Yield what is wrong with the signature of the seal that `event` records.

        `text` is what lies in the place of its text, and `seal` what that says, None when it cannot be read.
        """
        data = event.data
        if seal is not None and seal.signer != data["signer"]:
            message = f"it names the signer {quoted(seal.signer)}, and log line {event.seq} {quoted(data['signer'])}"
            yield _broken(sealed, message, _LOG)
        if data["signature"] is None:
            self._unsigned.append(sealed)
            return
        path = f"{sealed.path}.sig"
        armoured = self._beside.read(data["signature"], path, event.seq)
        if not armoured.sha256 or not text.sha256:
            message = "it could not be judged: the seal or its signature could not be read"
            yield Finding("signatures", Severity.UNCHECKED, path, message, meaning="what was found elsewhere says why")
            return
        try:
            key = verify(Signature.parse(armoured.data), text.data, NAMESPACE)
        except BadSignature as exc:
            yield _broken(sealed, f"its signature is not sound: {exc}", _FORGED)
            return
        self.sound += 1
        yield from self._by(key, data["signer"], data["fingerprint"], sealed)

    def _by(self, key: PublicKey, signer: str, fingerprint: str, sealed: Sealed) -> Iterator[Finding]:
        if key.fingerprint != fingerprint:
            message = (
                f"it is signed with the key {key.fingerprint}, and log line {sealed.line} says {quoted(fingerprint)}"
            )
            yield _broken(sealed, message, _FORGED)
            return
        known = self._keys.get(fingerprint)
        if known is None or known.signer != signer:
            message = (
                f"it is signed for {quoted(signer)} with the key {fingerprint}, which the log never added for them"
            )
            yield _broken(sealed, message, _LOG)
        elif known.revoked:
            message = f"it is signed with the key {fingerprint} after log line {known.revoked} had revoked that key"
            yield _broken(sealed, message, _LOG)
        else:
            new = self._signed and fingerprint not in self._signed and known.added > self._vouched
            if new and not self._handed_to(fingerprint):
                message = (
                    f"from here on {quoted(signer)} signs with {fingerprint}, and no seal by an earlier key covers that"
                )
                yield Finding("signatures", Severity.NOTE, sealed.path, message, f"log line {known.added}", _CHANGED)
            self._vouched = sealed.last
        self._signed.setdefault(fingerprint, _Signed(key)).seals.append((sealed, signer))

    def end(self, until: Mapping[int, datetime]) -> Iterator[Finding]:
        """Yield who signed, as far as the verifier named anybody.

        `until` says for the log line of a seal before when that seal existed, as its stamps prove. Without roots they
        prove that to nobody.
        """
        until = until if self._roots else {}
        vouched = self._vouched_for()
        for fingerprint, signed in self._signed.items():
            known = self._keys.get(fingerprint)
            if known is not None and known.revoked:
                yield from self._revoked_since(known, signed, until, vouched)
            if self._signers is None:
                yield _unnamed(signed)
            else:
                yield from self._who(signed, self._signers, until)
        missing = Severity.UNASKED if self._signers is None else Severity.UNCHECKED
        if self._unsigned:
            message = f"{numbers(self._unsigned)} not signed: nobody vouches by name"
            meaning = "hashes and time stamps are judged all the same; they do not say who made the seal"
            yield Finding("signatures", missing, "", message, meaning=meaning)
        yield from hands(self._custody, missing)

    def _vouched_for(self) -> int:
        """Return the line of the newest seal by a key that was not revoked, 0 for none."""
        good = (signed for name, signed in self._signed.items() if (key := self._keys.get(name)) and not key.revoked)
        return max((sealed.line for signed in good for sealed, _ in signed.seals), default=0)

    def _revoked_since(
        self, known: KeyState, signed: _Signed, until: Mapping[int, datetime], vouched: int
    ) -> Iterator[Finding]:
        since = datetime.fromisoformat(known.since) if known.since is not None else None
        for sealed, _ in signed.seals:
            provable = until.get(sealed.line)
            if sealed.line > known.revoked or (since is not None and provable is not None and provable < since):
                continue
            covered = sealed.line < vouched
            message = (
                f"its key was revoked {_since(known.since)} (log line {known.revoked}), and {self._proof(provable)}"
            )
            meaning = f"{_STOLEN}{_COVERED if covered else _NOT_COVERED}"
            if self._roots or not covered:
                yield Finding("signatures", Severity.UNCHECKED, sealed.path, message, meaning=meaning)
            else:
                yield Finding("signatures", Severity.UNASKED, "", f"{sealed.path}: {message}", meaning=meaning)

    def _proof(self, provable: datetime | None) -> str:
        if not self._roots:
            return "you named no authorities whose time stamps could show that it is older"
        shows = f"that it existed before {shown(provable)}" if provable is not None else "nothing about its time"
        return f"time stamps by authorities that you named show {shows}"

    def _handed_to(self, fingerprint: str) -> bool:
        """Return whether the last one who took the case over did so with this key: then it is to be new."""
        passings = self._custody.passings
        return bool(passings) and passings[-1].fingerprint == fingerprint

    def _who(self, signed: _Signed, signers: AllowedSigners, until: Mapping[int, datetime]) -> Iterator[Finding]:
        accepted: dict[tuple[str, ...], int] = {}
        for sealed, signer in signed.seals:
            proved = sealed.proved if self._roots else None
            at, how = _time_of(sealed, proved)
            answer = signers.judge(signer, signed.key, NAMESPACE, at)
            latest = until.get(sealed.line, self._now)
            if isinstance(answer, Accepted) and proved is None and latest is not None:
                later = signers.judge(signer, signed.key, NAMESPACE, latest)
                if isinstance(later, Refused):
                    yield _only_claimed(sealed, signer, at, latest, later.reason)
                    continue
            if isinstance(answer, Accepted):
                what = (signer, how, *answer.notes)
                accepted[what] = accepted.get(what, 0) + 1
                continue
            message = f"{quoted(signer)} is said to have signed it at {shown(at)} ({how}) with {signed.key.fingerprint}"
            if answer.named:
                meaning = "by what you know of the signers, this person did not sign it, or was not entitled to then"
                yield _broken(sealed, f"{message}; your file of signers does not allow that: {answer.reason}", meaning)
            else:
                meaning = "the signature is sound; whether this person may sign for the case is for you to find out"
                message = f"{message}; your file of signers does not tell: {answer.reason}"
                yield Finding("signatures", Severity.UNCHECKED, sealed.path, message, meaning=meaning)
        for (signer, how, *notes), count in accepted.items():
            message = (
                f"{some(count, 'seal')} signed by {quoted(signer)} with {signed.key.fingerprint}, as your file of "
                f"signers allows ({how})"
            )
            severity = Severity.NOTE if notes else Severity.OK
            yield Finding("signatures", severity, "", message, meaning="; ".join(notes))


def _only_claimed(sealed: Sealed, signer: str, claimed: datetime, latest: datetime, reason: str) -> Finding:
    message = (
        f"your file of signers allows {quoted(signer)} to have signed it at {shown(claimed)}, the time that it claims, "
        f"and not at {shown(latest)}, and no time stamp by an authority that you named shows that it is older than "
        f"that: {reason}"
    )
    meaning = (
        "whoever has the key can write an earlier time into a seal, and set up an authority: this one may have been "
        "made too late; with --tsa-roots you say whose stamps count"
    )
    return Finding("signatures", Severity.UNCHECKED, sealed.path, message, meaning=meaning)


def _unnamed(signed: _Signed) -> Finding:
    names = ", ".join(sorted({quoted(signer) for _, signer in signed.seals}))
    message = (
        f"{some(len(signed.seals), 'signature')}, sound, by a key that you have not named: "
        f"{signed.key.fingerprint} (the case calls its holder {names})"
    )
    return Finding("signatures", Severity.UNASKED, "", message, meaning=_UNNAMED)


def _time_of(sealed: Sealed, proved: Stamp | None) -> tuple[datetime, str]:
    """Return the time at which a signature is judged, and in words what that time is."""
    if proved is not None:
        return proved.at, "the time of its time stamp"
    how = "the time that the seal claims, as no time stamp by an authority that you named shows it"
    return parse_timestamp(sealed.sealed_at), how


def _since(since: str | None) -> str:
    return "from the beginning" if since is None else f"since {since}"


def _broken(sealed: Sealed, message: str, meaning: str) -> Finding:
    return Finding("signatures", Severity.BROKEN, sealed.path, message, meaning=meaning)
