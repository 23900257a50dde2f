"""The demo's export, checked as somebody would who has nothing of ours: by the programs that every Debian has."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver.custody.layout import seal_path
from archiver.custody.log import Event
from archiver.custody.read import Snapshot
from archiver.custody.seal import NAMESPACE
from archiver.demo.outside import ROOTS, SIGNERS
from archiver.export.bag import MANIFEST
from archiver.export.make import make
from archiver.export.plan import planned
from archiver.pipeline.exports import record_export
from archiver.runtime import Runtime

PATIENCE = 60.0  # seconds for one of them


@dataclass(frozen=True, slots=True)
class Step:
    """One command, run in the folder of the export. `shown` says in words what it shows when it finds nothing wrong."""

    command: tuple[str, ...]
    shown: str
    stdin: Path | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What one of the programs said: `line` for people, and whether it found nothing wrong."""

    line: str
    sound: bool


def bag_of(case: Path) -> Path:
    """Return the folder for the export of the case at `case`."""
    return case.parent / f"{case.name}-bag"


def exported(case: Path, bag: Path, runtime: Runtime) -> Event:
    """Export what is sealed of `case` to the new folder `bag`, and return `export.made`.

    Raises `CaseError` where there is something of that name, and `StorageError`.
    """
    with Snapshot.open(case) as snapshot:
        plan = planned(snapshot, "bag", None)
        made = make(plan, bag, "folder", (), runtime.ids.nonce()[:8])
    return record_export(case, "bag", None, made.file, recipients=0, seal=plan.seal, runtime=runtime)


def checked_by_hand(bag: Path, seal: Mapping[str, Any], outside: Mapping[str, Path]) -> Iterator[Checked]:
    """Yield what stock programs find in the bag of a case whose newest seal is `seal`, the data of its event.

    `outside` are the files of a verifier by name. A program that is not installed is passed over, and said to be.
    """
    for step in _steps(bag, seal, {name: path.absolute() for name, path in outside.items()}):
        program = step.name or step.command[0]
        if shutil.which(step.command[0]) is None:
            yield Checked(f"{program}: not installed", True)
            continue
        done = subprocess.run(  # noqa: S603  # fixed programs, arguments as a list, no shell
            step.command,
            cwd=bag,
            input=step.stdin.read_bytes() if step.stdin is not None else b"",
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        yield Checked(
            f"{program}: {step.shown if done.returncode == 0 else 'NOT as it should be'}", not done.returncode
        )


def _steps(bag: Path, seal: Mapping[str, Any], outside: Mapping[str, Path]) -> Iterator[Step]:
    count = len((bag / MANIFEST).read_text("utf-8").splitlines())
    yield Step(("sha256sum", "-c", "--strict", "--quiet", MANIFEST), f"{count} files, as the bag lists them")
    text, sums = (f"data/{seal_path(seal['seal'], suffix)}" for suffix in ("seal", "sums"))
    if SIGNERS in outside and seal["signer"]:
        who = ("-f", str(outside[SIGNERS]), "-I", seal["signer"], "-n", NAMESPACE, "-s", f"{text}.sig")
        yield Step(("ssh-keygen", "-Y", "verify", *who), f"a good signature of {seal['signer']}", bag / text)
    for token in seal["tokens"] if ROOTS in outside else ():
        answer = ("-data", sums, "-in", f"data/{token['response']['path']}", "-CAfile", str(outside[ROOTS]))
        shown = f"a good time stamp of {token['authority']}, {token['gen_time']}"
        yield Step(("openssl", "ts", "-verify", *answer), shown)
    shown = "log, files and seals agree (a verifier in one file, in every export)"
    yield Step((sys.executable, "-I", "-S", "verify.py", "."), shown, name="verify.py")
