"""verify --report: the verdict as a page to print."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.tools import Tools
from archiver.errors import ArchiverError, StorageError, UsageError

if TYPE_CHECKING:
    from archiver.cli.looking import Given
    from archiver.cli.outside import Known
    from archiver.cli.verdicts import Asked
    from archiver.model.verdict import Verdict


def new_file(text: str, flag: str, *endings: str) -> Path:
    """Return the file that `flag` names, which is to be made, with one of these endings.

    It is asked for before the work begins, which may take hours. Raises `UsageError`.
    """
    from archiver.report.file import require_free

    path = Path(text)
    if "\0" in text or path.suffix.lower() not in endings:
        raise UsageError("flag", f"{flag} '{text}': its name must end in {' or '.join(endings)}")
    require_free(path)
    return path


def require_outside(file: Path, folder: Path) -> None:
    """Raise `UsageError` where a new `file` would lie in `folder`, which it would be no part of."""
    if file.parent.resolve().is_relative_to(folder.resolve()):
        raise UsageError("inside", f"{file}: it is inside what is checked, and no part of it", "name another place")


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict with what was typed for it: `path` is what was verified, `given` what was brought along, and `known`
    what that came to."""

    path: str
    verdict: "Verdict"
    asked: "Asked"
    given: "Given"
    known: "Known"


def refused(tools: Tools, file: Path, told: Told) -> ArchiverError | None:
    """Write the report on a verdict into the new `file`; return what kept it from being written, None for nothing.

    The verdict may have taken hours, and stands without its report.
    """
    from archiver.cli.verdicts import result_word, sentence
    from archiver.custody.events import SOFTWARE
    from archiver.report.file import write_new
    from archiver.report.verdict import Reported, verification_report

    reported = Reported(
        verdict=told.verdict,
        result=result_word(told.verdict, told.asked),
        sentence=sentence(told.verdict, told.asked),
        at=tools.runtime.clock.now(),
        software=SOFTWARE,
        known=_known(told),
        command=_command(told.path, told.asked, told.given),
    )
    try:
        write_new(file, verification_report(reported))
    except (StorageError, UsageError) as exc:
        return exc
    tools.screen.say(f"report: {file}")
    return None


def _known(told: Told) -> tuple[tuple[str, str], ...]:
    asked, given, known = told.asked, told.given, told.known
    checks = asked.only.replace(",", ", ") if asked.only is not None else "all that apply"
    strict = [("counted as unchecked", "also what was not asked (--strict)")] if asked.strict else []
    if asked.bare:
        return (("checks", checks), *strict)
    return (
        ("checks", checks),
        *strict,
        ("receipt from elsewhere", given.expect if given.expect is not None else "none was given"),
        ("signers from elsewhere", _file(given.allowed_signers, known.signers_sha256)),
        ("authorities for the time", _file(given.tsa_roots, known.roots_sha256)),
    )


def _file(text: str | None, sha256: str) -> str:
    if text is None:
        return "none were named"
    return f"{text}, with the SHA-256 {sha256}" if sha256 else "those that the system trusts on which it was checked"


def _command(typed: str, asked: "Asked", given: "Given") -> str:
    words = ["archiver", "verify", typed]
    for flag, value in (
        ("--only", asked.only),
        ("--expect", given.expect),
        ("--allowed-signers", given.allowed_signers),
        ("--tsa-roots", given.tsa_roots),
    ):
        words += [flag, value] if value is not None else []
    return shlex.join([*words, *(["--strict"] if asked.strict else [])])
