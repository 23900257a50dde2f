"""What the demo seals with: a key and two authorities that live as long as the walk does, and nothing of the user's."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from archiver.config.seals import Seals
from archiver.custody.signers import allowed_signers_line
from archiver.demo.authority import PROGRAM, answers, authorities
from archiver.demo.outside import RECEIPT, ROOTS, SIGNERS
from archiver.demo.server import DemoServer
from archiver.errors import ConfigError, StorageError
from archiver.model.exchange import Route
from archiver.pipeline.identity import Identity, new_identity
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.seal import Sealed, Sealing
from archiver.runtime import Runtime

SIGNER: Final = "demo-collector"

_KEY = f"made a key that signs as {SIGNER}; it is deleted when the demo ends"
_CLOCKS = "two time-stamp authorities answer on loopback: each signs what time it is"
_NO_CLOCKS = f"{PROGRAM} is not installed, so the seals carry no time stamps; on Debian: apt install {PROGRAM}"
_NO_KEYGEN = "ssh-keygen is not installed, so nobody signs the seals; on Debian: apt install openssh-client"


@dataclass(frozen=True, slots=True)
class Means:
    """What there is to seal with: `policy` is for case.yaml, `told` says in sentences what is there and what is not.

    `allowed_signers` and `roots_pem` are what a verifier must be told of key and authorities, empty without them.
    """

    policy: Seals
    identities: Path
    route: Route
    allowed_signers: bytes
    roots_pem: bytes
    told: tuple[str, ...]

    def outside(self, seal: Sealed) -> dict[str, bytes]:
        """Return what a verifier must have from elsewhere once `seal` was made: the files by name, none that is empty.

        Signers only where it was signed, and roots only where it was stamped: else there is nothing to judge by them.
        """
        if seal.event is None:
            return {}
        files = {RECEIPT: f"{seal.receipt}\n".encode("ascii")}
        if seal.event.data["signer"]:
            files[SIGNERS] = self.allowed_signers
        if seal.event.data["tokens"]:
            files[ROOTS] = self.roots_pem
        return files

    def sealing(self, case: Path, runtime: Runtime) -> Sealing:
        """Return what seals the case as every command does, with this key and along this route."""
        options = CaptureOptions(route=self.route)
        return Sealing(case, lambda: self.identities, tty=False, options=options, runtime=runtime)


@contextmanager
def means(runtime: Runtime) -> Iterator[Means]:
    """Yield a new key, and authorities that answer; both are gone afterwards.

    Where a program for them is missing it goes without. Raises `CaseError` when loopback cannot be listened on, and
    `StorageError` when there is no place for temporary files.
    """
    now = runtime.clock.now()
    with ExitStack() as stack:
        try:
            work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="archiver-demo-")))
            clocks = authorities(work, now) if shutil.which(PROGRAM) else ()
        except OSError as exc:
            message = f"the demo's own key and clocks have no place: {exc.strerror or exc}"
            hint = "make room for temporary files, or name a place for them in TMPDIR"
            raise StorageError("storage", message, hint) from exc
        identities = work / "identities"
        signer, about_key = _signer(identities)
        server = stack.enter_context(DemoServer(answers(clocks), now))
        yield Means(
            policy=Seals(
                signer=signer.name if signer else "",
                key=signer.public.fingerprint if signer else "",
                authorities=tuple((each.operator.name, each.operator.url) for each in clocks),
            ),
            identities=identities,
            route=server.route(),
            allowed_signers=f"{allowed_signers_line(signer.name, signer.public)}\n".encode() if signer else b"",
            roots_pem=b"".join(each.root.pem for each in clocks),
            told=(about_key, _CLOCKS if clocks else _NO_CLOCKS),
        )


def _signer(folder: Path) -> tuple[Identity | None, str]:
    """Return a new key in `folder`, None where none can be made, and what is said about it."""
    if shutil.which("ssh-keygen") is None:
        return None, _NO_KEYGEN
    try:
        return new_identity(folder, SIGNER, passphrase=False, tty=False), _KEY
    except ConfigError as exc:
        return None, f"no key could be made, so nobody signs the seals: {exc.message}"
