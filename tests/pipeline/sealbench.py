"""A case with a policy of seals, the keys of its collector, and a clock that can be set."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casebench import Bench
from stamping import LocalAuthority

from archiver.config.seals import Seals
from archiver.model.exchange import Route
from archiver.pipeline.cases import add_note, amend_case, init_case, open_case
from archiver.pipeline.dating import UNDATED
from archiver.pipeline.identity import Identity, new_identity
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.seal import Sealed, Sealing, Why
from archiver.runtime import Runtime, SystemClock


@dataclass
class SetClock:
    """The clock of the machine, `ahead` of it."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return SystemClock().monotonic()


@dataclass(frozen=True)
class SealBench(Bench):
    """`authorities` are allowed on the route of every command."""

    keys: Path
    clock: SetClock
    authorities: tuple[LocalAuthority, ...]

    def seal(
        self, why: Why = "asked", *, offline: bool = False, tell: Callable[[str], None] = lambda words: None
    ) -> Sealed:
        return replace(self.sealing(offline), tell=tell).seal(why)

    def before(self, *, offline: bool = False) -> Sealed:
        """What is sealed before items, and what has come of asking for the time when the first outcome is due."""
        sealed, dating = self.sealing(offline).before()
        if dating is not UNDATED:
            with open_case(self.path, self.runtime) as store:
                dating.settle(store)
        return replace(sealed, tokens=dating.tokens, pending=dating.pending)

    def renew(self, *, offline: bool = False) -> Sealed:
        return self.sealing(offline).renew()

    def note(self, text: str = "a note") -> None:
        add_note(self.path, text, None, runtime=self.runtime)

    def amend(self, *changes: str) -> None:
        """Change case.yaml, each text into the one that follows it, and put it on the record."""
        file = self.path / "case.yaml"
        text = file.read_text("utf-8")
        for before, after in zip(changes[::2], changes[1::2], strict=True):
            assert before in text
            text = text.replace(before, after)
        file.write_text(text, "utf-8")
        amend_case(self.path, reason="R", runtime=self.runtime)

    def sealed(self) -> list[int]:
        """The numbers of the seals that the log has."""
        return [event.data["seal"] for event in self.events() if event.event == "seal.completed"]

    def sealing(self, offline: bool = False) -> Sealing:
        route = Route(allow=tuple(pair for authority in self.authorities for pair in authority.allow))
        options = CaptureOptions(route=route, offline=offline)
        return Sealing(self.path, lambda: self.keys, False, options, self.runtime)


def made(
    folder: Path, runtime: Runtime, *authorities: LocalAuthority, signer: bool = True, **changes: object
) -> SealBench:
    """Return a new case in `folder`, signed by jane unless `signer` is False, that asks `authorities`."""
    keys = folder / "identities"
    jane: Identity | None = new_identity(keys, "jane", passphrase=False, tty=False) if signer else None
    whom = tuple((f"tsa-{place}", each.url) for place, each in enumerate(authorities, 1))
    seals = Seals("jane" if jane else "", jane.public.fingerprint if jane else "", whom)
    clock = SetClock()
    bench = SealBench(folder / "case", replace(runtime, clock=clock), keys, clock, authorities)
    init_case(bench.path, title="T", collector="J. Doe", seals=seals, runtime=bench.runtime)
    for key, value in changes.items():
        bench.amend("  seals:\n", f"  seals:\n    {key}: {value}\n")
    return bench
