"""Two people with a key each: one who has a case, and one who is to have it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from casebench import Bench
from sealbench import made
from stamping import LocalAuthority

from archiver.model.exchange import Route
from archiver.pipeline.handover import Checked, Offer, Passed, Taken, acknowledge, offered, transfer
from archiver.pipeline.identity import Identity, new_identity
from archiver.pipeline.imports import import_file
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.seal import Sealing
from archiver.runtime import Runtime

OFFICE = "Legal Aid Office"


@dataclass(frozen=True)
class Desk:
    """Somebody's copy of the case at `path`, with the keys of theirs."""

    path: Path
    keys: Path
    runtime: Runtime
    authorities: tuple[LocalAuthority, ...] = ()

    @property
    def sealing(self) -> Sealing:
        route = Route(allow=tuple(pair for authority in self.authorities for pair in authority.allow))
        return Sealing(self.path, lambda: self.keys, False, CaptureOptions(route=route), self.runtime)

    @property
    def case(self) -> Bench:
        """The case, to look at."""
        return Bench(self.path, self.runtime)

    def transfer(self, to: str = OFFICE, *, instead: bool = False, unsigned: bool = False, reason: str = "") -> Passed:
        return transfer(self.sealing, to, reason=reason, instead=instead, unsigned=unsigned)

    def offered(self, collector: str = OFFICE) -> Offer:
        return offered(self.path, collector)

    def acknowledge(self, collector: str = OFFICE, signer: str = "office") -> Taken:
        return acknowledge(self.sealing, self.offered(collector), signer, Checked(True, ("tokens",)))

    def keep(self, text: str = "They rang at ten to seven.\n") -> None:
        file = self.path.parent / "statement.txt"
        file.write_text(text, "utf-8")
        import_file(self.path, file, source="the family", runtime=self.runtime)

    def identity(self, name: str) -> Identity:
        return new_identity(self.keys, name, passphrase=False, tty=False)

    def given_to(self, other: "Desk") -> "Desk":
        """Copy the case to the other's desk, as on a stick: without what is private, and without the lock."""
        shutil.copytree(self.path, other.path, ignore=shutil.ignore_patterns("private", ".lock"))
        return other


def giver(folder: Path, runtime: Runtime, *authorities: LocalAuthority, signer: bool = True) -> Desk:
    """Return the desk of J. Doe, with a case that holds a statement."""
    folder.mkdir()
    bench = made(folder, runtime, *authorities, signer=signer)
    desk = Desk(bench.path, bench.keys, bench.runtime, authorities)
    desk.keep()
    return desk


def receiver(folder: Path, runtime: Runtime, *authorities: LocalAuthority) -> Desk:
    """Return the desk of the office, with a key and without a case."""
    folder.mkdir()
    desk = Desk(folder / "case", folder / "identities", runtime, authorities)
    desk.identity("office")
    return desk
