"""verify --report: the verdict as a page to print."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.parse import flag_file
from archiver.cli.tools import Tools
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.cli.looking import Given
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


def write_report(tools: Tools, file: Path, typed: str, verdict: "Verdict", asked: "Asked", given: "Given") -> None:
    """Write the report on `verdict` into the new `file`; `typed` is the path that was verified, as it was typed.

    Raises as `report.file.write_new`.
    """
    from archiver.cli.verdicts import result_word, sentence
    from archiver.custody.events import SOFTWARE
    from archiver.report.file import write_new
    from archiver.report.verdict import Reported, verification_report

    reported = Reported(
        verdict=verdict,
        result=result_word(verdict, asked),
        sentence=sentence(verdict, asked),
        at=tools.runtime.clock.now(),
        software=SOFTWARE,
        known=_known(asked, given),
        command=_command(typed, asked, given),
    )
    write_new(file, verification_report(reported))
    tools.screen.say(f"report: {file}")


def _known(asked: "Asked", given: "Given") -> tuple[tuple[str, str], ...]:
    checks = asked.only.replace(",", ", ") if asked.only is not None else "all that apply"
    strict = [("counted as unchecked", "also what was not asked (--strict)")] if asked.strict else []
    if asked.bare:
        return (("checks", checks), *strict)
    return (
        ("checks", checks),
        *strict,
        ("receipt from elsewhere", given.expect if given.expect is not None else "none was given"),
        ("signers from elsewhere", _file(given.allowed_signers, "--allowed-signers")),
        ("authorities for the time", _file(given.tsa_roots, "--tsa-roots")),
    )


def _file(text: str | None, flag: str) -> str:
    from archiver.canon import sha256_hex
    from archiver.cli.outside import SYSTEM

    if text is None:
        return "none were named"
    if text == SYSTEM and flag == "--tsa-roots":
        return "those that the system trusts on which it was checked"
    return f"{text}, with the SHA-256 {sha256_hex(flag_file(text, flag).encode('utf-8'))}"


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
