"""When a case is sealed, with whose key and by whose clock (docs/spec/seal.md)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

from archiver import canon
from archiver.config.case_file import CaseFile
from archiver.config.seals import Seals
from archiver.config.yaml import text_of
from archiver.custody.layout import CASE_YAML, seal_path
from archiver.custody.log import Event
from archiver.custody.read import Snapshot
from archiver.custody.seal import NAMESPACE, Seal
from archiver.custody.sealing import Draft
from archiver.custody.sealread import tokens_over
from archiver.custody.sign import SigningError
from archiver.custody.stamp import SECONDS, Authority, Stamps, stamps
from archiver.custody.store import CaseStore
from archiver.custody.token import MAX_ANSWER, check
from archiver.errors import CaseError, ConfigError, UsageError
from archiver.pipeline.authorities import asking
from archiver.pipeline.cases import open_case
from archiver.pipeline.dating import UNDATED, Dating
from archiver.pipeline.identity import Identity, identity
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.seals import last_stamped
from archiver.runtime import Runtime

Why = Literal["asked", "after"]

NOTHING_KEPT = canon.sha256_hex(b"")  # the files-sha256 of a seal under which there is no evidence
MAX_SUMS = 1024  # bytes; two lines
RENEW_BEFORE = timedelta(days=90)  # the end of the certificates behind a token
MEANWHILE = "asked when the seal stood, so that nobody waits; a line token.added has what came of it"
OFFLINE = "not asked, because nobody but the targets is contacted; archiver renew asks later"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What became of a seal. `event` is `seal.completed`, None when none was made; `tokens` are `token.added` events.

    `due` says why there is no seal although lines wait for one, `pending` which time stamps are missing and why.
    `lacking` says that the policy demands more than there is: exit code 7.
    """

    event: Event | None = None
    tokens: tuple[Event, ...] = ()
    due: str = ""
    pending: tuple[str, ...] = ()
    lacking: bool = False

    @property
    def receipt(self) -> str:
        """The line to keep elsewhere; empty when no seal was made."""
        return str(self.event.data["receipt"]) if self.event is not None else ""


@dataclass(frozen=True, slots=True)
class Sealing:
    """How the case at `path` is sealed: where the user's keys are, whether they may ask for a passphrase on the
    terminal, and the options of the command, whose route and wish to stay offline count. `tell` is told in words what
    is being waited for, and by whom; no authority is waited for any longer once `stop` says yes."""

    path: Path
    identities: Callable[[], Path]
    tty: bool
    options: CaptureOptions
    runtime: Runtime
    tell: Callable[[str], None] = lambda words: None
    stop: Callable[[], bool] = lambda: False

    def seal(self, why: Why) -> Sealed:
        """Seal what no seal covers yet, as the policy of the case says.

        `asked`: in any case, also where nothing was added. `after` items were added: unless the last such seal is
        younger than the policy's interval.

        A key that cannot be used, an authority that does not answer, and after items whatever of the case stands in
        the way, are told in what is returned: no item may be lost over its seal. Raises as `CaseStore.open` and
        `CaseStore.append` do.
        """
        try:
            with open_case(self.path, self.runtime) as store:
                policy, last = store.case_file.policy.seals, store.last_seal()
                if why == "after" and not store.unsealed():
                    return Sealed()
                if why == "after" and last is not None and (wait := self._too_soon(policy, last)):
                    return Sealed(due=f"by the next command in {wait:.0f} seconds or more, or by archiver seal")
                if self.options.offline or not policy.authorities:
                    return self._sealed(store, policy)
                draft = self._drafted(store, policy)
            return draft if isinstance(draft, Sealed) else self._completed(draft, policy)
        except CaseError as exc:
            if why == "asked":
                raise
            if exc.kind == "locked":
                return Sealed(due=f"{exc.message}; made by the next command, or by archiver seal")
            return _in_the_way(exc)

    def before(self) -> tuple[Sealed, Dating]:
        """Seal what there is before items are added, and begin to ask for the time, which nothing is held up by.

        Only where authorities are to be asked and the last token is older than the policy allows: so each item has a
        time before which its outcome cannot have been written. Not again within the policy's interval. What stands in
        the way is told as by `seal`; raises "locked" as `CaseStore.open` does, because adding items would wait as long.
        """
        if self.options.offline or not _policy(self.path).authorities:
            return Sealed(), UNDATED  # without waiting for whoever writes to the case
        try:
            with open_case(self.path, self.runtime) as store:
                policy, last = store.case_file.policy.seals, store.last_seal()
                if not self._time_is_old(policy, last):
                    return Sealed(), UNDATED
                return self._dated(store, policy)
        except CaseError as exc:
            if exc.kind == "locked":
                raise
            return _in_the_way(exc), UNDATED

    def _dated(self, store: CaseStore, policy: Seals) -> tuple[Sealed, Dating]:
        sealed, sums = self._sealed_now(store, policy)
        if sealed.event is None:
            return sealed, UNDATED
        self.tell(f"asking for the time meanwhile: {', '.join(name for name, _ in policy.authorities)}")
        return sealed, Dating(sealed.event.data["seal"], partial(self._stamps, sums, policy.authorities))

    def renew(self) -> Sealed:
        """Ask for the time stamps that the newest seal lacks; make a new seal where the proof of time would run out.

        Raises `UsageError` when there is no seal yet, or nobody is to be asked, and as `seal`.
        """
        with open_case(self.path, self.runtime) as store:
            policy, last = store.case_file.policy.seals, store.last_seal()
            if last is None:
                raise UsageError("no-seal", "this case has no seal yet", "archiver seal makes one")
            if not policy.authorities:
                hint = "name one in case.yaml under policy.seals.authorities, then archiver amend"
                raise UsageError("no-authority", "case.yaml names no time-stamp authority", hint)
            if self.options.offline:
                hint = "set policy.offline to false in case.yaml, then archiver amend"
                raise UsageError("offline", "case.yaml says that nobody but the targets is contacted", hint)
            sums = _read(self.path, seal_path(last.number, "sums"), MAX_SUMS)
            with Snapshot.open(self.path) as case:
                tokens = tokens_over(case, case.log_size, last)
            draft = self._drafted(store, policy) if any(self._runs_out(token, sums) for token in tokens) else None
        if isinstance(draft, Sealed):
            return draft
        if draft is not None:
            return self._completed(draft, policy)
        there = {token["authority"] for token in tokens}
        whom = tuple(each for each in policy.authorities if each[0] not in there)
        events, got = self._stamped(last.number, sums, whom)
        return Sealed(None, events, "", _reasons(got), self._lacks(policy, got))

    def seal_open(self, store: CaseStore) -> Sealed:
        """Seal the case that is open as `store`, as `seal` does when it is asked."""
        return self._sealed(store, store.case_file.policy.seals)

    def require_key(self, store: CaseStore) -> None:
        """Have the key that signs the case open as `store` at hand and on record, if case.yaml names one.

        Raises `UsageError` ("no-key") saying what is missing, and as `CaseStore.append`.
        """
        policy = store.case_file.policy.seals
        try:
            if policy.signer:
                self._key(store, policy)
        except _NoSignature as exc:
            raise UsageError("no-key", str(exc), "archiver identity list") from exc

    def _completed(self, draft: Draft, policy: Seals) -> Sealed:
        """Have `draft` stamped while others write to the case, and make the seal.

        Where the log went on meanwhile, one is made that covers that too, and is stamped afterwards: so nobody who
        writes waits for an authority.
        """
        got = self._waited_for(draft.sums, policy.authorities)
        with open_case(self.path, self.runtime) as store:
            event = store.complete_seal(draft, got)
            if event is not None:
                return Sealed(event, (), "", _reasons(got), self._lacks(policy, got))
            policy = store.case_file.policy.seals
            sealed, sums = self._sealed_now(store, policy)
        if sealed.event is None:
            return sealed
        events, got = self._stamped(sealed.event.data["seal"], sums, policy.authorities)
        return Sealed(sealed.event, events, "", _reasons(got), self._lacks(policy, got))

    def _stamped(self, seal: int, sums: bytes, whom: tuple[tuple[str, str], ...]) -> tuple[tuple[Event, ...], Stamps]:
        """Ask for time stamps over a seal that stands, while others write to the case, and put them on record."""
        got = self._waited_for(sums, whom)
        with open_case(self.path, self.runtime) as store:
            return tuple(store.add_token(seal, stamp) for stamp in got.tokens), got

    def _sealed_now(self, store: CaseStore, policy: Seals) -> tuple[Sealed, bytes]:
        """Make a seal whose authorities are still to be asked, and return it with what they stamp."""
        draft = self._drafted(store, policy)
        if isinstance(draft, Sealed):
            return draft, b""
        later = Stamps((), tuple((name, f"{name}: {MEANWHILE}") for name, _ in policy.authorities))
        return Sealed(store.complete_seal(draft, later)), draft.sums

    def _sealed(self, store: CaseStore, policy: Seals) -> Sealed:
        draft = self._drafted(store, policy)
        if isinstance(draft, Sealed):
            return draft
        got = self._waited_for(draft.sums, policy.authorities)
        event = store.complete_seal(draft, got)
        return Sealed(event, (), "", _reasons(got), self._lacks(policy, got))

    def _drafted(self, store: CaseStore, policy: Seals) -> Draft | Sealed:
        """Return a signed seal, or why there can be none: what was captured is preserved, a later command seals it."""
        try:
            return self._draft(store, policy)
        except _NoSignature as exc:
            return Sealed(due=str(exc), lacking=True)

    def _draft(self, store: CaseStore, policy: Seals) -> Draft:
        key = self._key(store, policy) if policy.signer else None
        with _signing():
            if key is None:
                return store.draft_seal(None, None, None)
            self._tell_of(key)
            sign = partial(key.sign, namespace=NAMESPACE, tty=self.tty)
            return store.draft_seal(sign, policy.signer, policy.key)

    def _key(self, store: CaseStore, policy: Seals) -> Identity:
        with _signing():
            key = identity(self.identities(), policy.signer)
        if key.public.fingerprint != policy.key:
            raise _NoSignature(
                f"on this machine {policy.signer} has the key {key.public.fingerprint}; case.yaml names {policy.key}"
            )
        if store.key_of(policy.signer) != policy.key:
            known, last = store.known_keys(), store.last_seal()
            with _signing():  # refused for one that was revoked
                store.add_key(policy.signer, key.public.line, policy.key)
            if last is not None and last.signer in known and last.signer != policy.signer:
                self._vouch(store, last.signer, known[last.signer])
        return key

    def _vouch(self, store: CaseStore, signer: str, fingerprint: str) -> None:
        """Let the key that signed so far seal that there is a new one, where it is still at hand (seal.md §7)."""
        with suppress(_NoSignature), _signing():
            old = identity(self.identities(), signer)
            self._tell_of(old)
            sign = partial(old.sign, namespace=NAMESPACE, tty=self.tty)
            if old.public.fingerprint == fingerprint:
                store.seal(sign, signer, fingerprint, lambda sums: Stamps())

    def _tell_of(self, key: Identity) -> None:
        """Say what is about to be asked of somebody at the terminal; ssh-keygen's own prompt does not say whose key."""
        if key.public.hardware:
            self.tell(f"the seal is signed by {key.name}: touch the security key when it blinks")
        elif key.passphrase:
            self.tell(f"the seal is signed by {key.name}, whose key is locked by a passphrase")

    def _waited_for(self, sums: bytes, whom: tuple[tuple[str, str], ...]) -> Stamps:
        if self.options.offline:
            return Stamps((), tuple((name, f"{name}: {OFFLINE}") for name, _ in whom))
        if whom:
            self.tell(f"asking for the time, {SECONDS:g} seconds at most: {', '.join(name for name, _ in whom)}")
        return self._stamps(sums, whom)

    def _stamps(self, sums: bytes, whom: tuple[tuple[str, str], ...]) -> Stamps:
        ask = asking(self.options.route, self.runtime)
        authorities = tuple(Authority(name, url) for name, url in whom)
        return stamps(sums, authorities, ask=ask, clock=self.runtime.clock, ids=self.runtime.ids, stop=self.stop)

    def _lacks(self, policy: Seals, got: Stamps) -> bool:
        return bool(got.pending) and not (policy.defer or self.options.offline)

    def _too_soon(self, policy: Seals, last: Seal) -> float:
        """Return in how many seconds commands may seal again by themselves, 0 for now."""
        if last.files_sha256 == NOTHING_KEPT:  # it came before the items, and must not keep theirs away
            return 0
        age = self._age(datetime.fromisoformat(last.sealed_at), policy.interval)
        return policy.interval - age if age is not None else 0

    def _time_is_old(self, policy: Seals, last: Seal | None) -> bool:
        if last is None:
            return True
        with Snapshot.open(self.path) as case:
            stamped = last_stamped(case, last)
        fresh = stamped is not None and self._age(stamped, policy.token_age) is not None
        tried = self._age(datetime.fromisoformat(last.sealed_at), min(policy.interval, policy.token_age)) is not None
        return not fresh and not tried

    def _age(self, moment: datetime, highest: float) -> float | None:
        """Return how many seconds ago it was, None for more than `highest` and for what the clock says is to come."""
        age = (self.runtime.clock.now() - moment).total_seconds()
        return age if 0 <= age < highest else None

    def _runs_out(self, token: dict[str, Any], sums: bytes) -> bool:
        now = self.runtime.clock.now()
        answer = _read(self.path, token["response"]["path"], MAX_ANSWER + 1)
        soon = check(answer, bytes.fromhex(canon.sha256_hex(sums)), request=None, roots=None, now=now + RENEW_BEFORE)
        return soon.valid_today is False


def _in_the_way(error: CaseError) -> Sealed:
    return Sealed(due=f"{error.message}; archiver verify says what it means", lacking=True)


def _policy(path: Path) -> Seals:
    with Snapshot.open(path) as case:
        return CaseFile.parse(text_of(case.case_yaml(), CASE_YAML)).policy.seals


class _NoSignature(Exception):
    """The seal cannot be signed as the policy demands; the message says why, and what to do."""


@contextmanager
def _signing() -> Iterator[None]:
    try:
        yield
    except (SigningError, ConfigError, UsageError) as exc:
        raise _NoSignature(f"{exc.message} ({exc.hint})" if exc.hint else exc.message) from exc


def _reasons(got: Stamps) -> tuple[str, ...]:
    return tuple(reason for _, reason in got.pending)


def _read(path: Path, name: str, most: int) -> bytes:
    with Snapshot.open(path) as case:
        return case.read(name, 0, most)
