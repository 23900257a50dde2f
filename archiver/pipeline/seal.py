"""When a case is sealed, with whose key and by whose clock (docs/spec/seal.md §6)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from archiver import canon
from archiver.canon import Json
from archiver.config.seals import Seals
from archiver.custody.layout import seal_path
from archiver.custody.log import Event, parse_line
from archiver.custody.read import Snapshot
from archiver.custody.seal import NAMESPACE, Seal
from archiver.custody.sign import sign_with
from archiver.custody.stamp import Authority, Stamps, stamps
from archiver.custody.store import CaseStore
from archiver.custody.token import Token
from archiver.errors import ArchiverError, UsageError
from archiver.pipeline.authorities import asking
from archiver.pipeline.cases import open_case
from archiver.pipeline.identity import identity
from archiver.pipeline.options import CaptureOptions
from archiver.runtime import Runtime

Why = Literal["asked", "before", "after"]

NOTHING_KEPT = canon.sha256_hex(b"")  # files-sha256 of a seal that covers no evidence
SECONDS = 10.0  # that an authority has to answer
RENEW_BEFORE = timedelta(days=90)  # the end of the certificate behind a token
OFFLINE = "offline: nobody but the targets is asked; archiver renew asks later"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What became of a seal. `event` is `seal.completed`, None when none was made; `tokens` came since.

    `due` says why no seal was made although lines wait for one, `pending` whose time stamp is missing, each with the
    reason. `lacking` says that the policy demands more than there is: exit code 7.
    """

    event: Event | None = None
    tokens: tuple[Event, ...] = ()
    due: str = ""
    pending: tuple[tuple[str, str], ...] = ()
    lacking: bool = False

    @property
    def receipt(self) -> str:
        """The line to keep elsewhere; empty when no seal was made."""
        return str(self.event.data["receipt"]) if self.event is not None else ""


@dataclass(frozen=True, slots=True)
class Sealing:
    """How seals are made: `identities` is the folder of keys, `options` the route and the wish to stay offline."""

    identities: Path
    options: CaptureOptions
    runtime: Runtime

    def seal(self, path: Path, why: Why) -> Sealed:
        """Seal what no seal of the case at `path` covers yet, as its policy says.

        `asked`: in any case, also where nothing was added. `before` items are added: only when authorities are to be
        asked and the last token is older than the policy's age, so that what follows has a time before which it cannot
        have been. `after` items were added: unless the last such seal is younger than the policy's interval.

        A key that cannot be used, and an authority that does not answer, are told in what is returned. Raises as
        `CaseStore.open` and `CaseStore.append`.
        """
        with open_case(path, self.runtime) as store:
            policy, last = store.case_file.policy.seals, store.last_seal()
            if why == "before" and not (policy.authorities and self._token_is_old(path, policy, last)):
                return Sealed()
            if why == "after" and not store.unsealed():
                return Sealed()
            if why == "after" and last is not None and (wait := self._too_soon(policy, last)):
                return Sealed(due=f"the last seal is less than {policy.interval:.0f} seconds old, wait {wait:.0f}")
            return self._sealed(store, policy)

    def renew(self, path: Path) -> Sealed:
        """Ask for the time stamps that the newest seal lacks; make a new seal where the proof of time would run out.

        Raises `UsageError` when there is no seal yet, or nobody is to be asked, and as `seal`.
        """
        with open_case(path, self.runtime) as store:
            policy, last = store.case_file.policy.seals, store.last_seal()
            if last is None:
                raise UsageError("no-seal", "this case has no seal yet", "archiver seal makes one")
            if not policy.authorities:
                hint = "name them in case.yaml, policy.seals.authorities, and archiver amend"
                raise UsageError("no-authority", "case.yaml names no time-stamp authority", hint)
            found = _tokens(path, last)
            if any(self._runs_out(path, token) for token in found):
                return self._sealed(store, policy)
            missing = tuple(each for each in policy.authorities if each[0] not in {str(t["authority"]) for t in found})
            with Snapshot.open(path) as case:
                sums = b"".join(case.chunks(seal_path(last.number, "sums")))
            got = self._stamps(policy, sums, missing)
            events = tuple(store.add_token(last.number, stamp) for stamp in got.tokens)
            return Sealed(None, events, "", got.pending, self._lacks(policy, got))

    def _sealed(self, store: CaseStore, policy: Seals) -> Sealed:
        got = Stamps()

        def stamp(sums: bytes) -> Stamps:
            nonlocal got
            got = self._stamps(policy, sums, policy.authorities)
            return got

        try:
            if not policy.signer:
                event = store.seal(None, None, None, stamp)
            else:
                key = identity(self.identities, policy.signer)
                if key.public.fingerprint != policy.key:
                    raise UsageError(
                        "other-key",
                        f"the key of {policy.signer} on this machine is {key.public.fingerprint}, "
                        f"and case.yaml names {policy.key}",
                        "archiver amend records another key",
                    )
                if store.known_keys().get(policy.signer) != policy.key:
                    store.add_key(policy.signer, key.public.line, policy.key)
                sign = partial(sign_with, key.key_file, namespace=NAMESPACE)
                event = store.seal(sign, policy.signer, policy.key, stamp)
        except UsageError as exc:  # the key: what was captured is preserved all the same, and is to be sealed later
            hint = f"; {exc.hint}" if exc.hint else ""
            return Sealed(due=f"it could not be signed: {exc.message}{hint}", lacking=True)
        return Sealed(event, (), "", got.pending, self._lacks(policy, got))

    def _stamps(self, policy: Seals, sums: bytes, whom: Iterable[tuple[str, str]]) -> Stamps:
        authorities = tuple(Authority(name, url) for name, url in whom)
        if self.options.offline:
            return Stamps((), tuple((each.name, OFFLINE) for each in authorities))
        limits = replace(self.options.limits, max_time=SECONDS)
        ask = asking(self.options.route, self.runtime, limits)
        return stamps(sums, authorities, ask, self.runtime, SECONDS)

    def _lacks(self, policy: Seals, got: Stamps) -> bool:
        return bool(got.pending) and not (policy.defer or self.options.offline)

    def _too_soon(self, policy: Seals, last: Seal) -> float:
        """Return how many seconds are left until commands may seal again by themselves."""
        if last.files_sha256 == NOTHING_KEPT:  # one that came before the items, or was asked for
            return 0
        age = (self.runtime.clock.now() - datetime.fromisoformat(last.sealed_at)).total_seconds()
        return policy.interval - age if 0 <= age < policy.interval else 0

    def _token_is_old(self, path: Path, policy: Seals, last: Seal | None) -> bool:
        times = [datetime.fromisoformat(str(token["gen_time"])) for token in _tokens(path, last)] if last else []
        if not times:
            return True
        return (self.runtime.clock.now() - max(times)).total_seconds() > policy.token_age

    def _runs_out(self, path: Path, token: dict[str, Json]) -> bool:
        response = token["response"]
        name = str(response["path"]) if isinstance(response, dict) else ""
        with Snapshot.open(path) as case:
            parsed = Token.parse(b"".join(case.chunks(name)))
        return parsed.signer_not_after - self.runtime.clock.now() < RENEW_BEFORE


def seal_due(path: Path) -> int:
    """Return how many lines of the log of the case at `path` no seal covers, apart from those about seals themselves.

    Reads the end of the case only. Raises `CaseError`.
    """
    raise NotImplementedError


def _tokens(path: Path, last: Seal) -> list[dict[str, Json]]:
    """Return the tokens of the newest seal, as the log has them."""
    found: list[dict[str, Json]] = []
    with Snapshot.open(path) as case:
        for raw in case.lines(last.log_offset + last.log_length, last.last_line + 1):
            event = parse_line(raw.raw)
            if event.event == "seal.completed":
                found += [token for token in _list(event.data["tokens"]) if isinstance(token, dict)]
            elif event.event == "token.added" and isinstance(token := event.data["token"], dict):
                found.append(token)
    return found


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


__all__ = ["Sealed", "Sealing", "Why", "seal_due"]
_ = ArchiverError
