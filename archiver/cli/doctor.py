"""The command that says whether this machine is ready."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from archiver.cli import machine
from archiver.cli.machine import Examined, State
from archiver.cli.parse import CASES_VARIABLE, cases_folder
from archiver.cli.screen import Field, Line, Tone
from archiver.cli.tools import Tools
from archiver.config.name import NAME
from archiver.custody.layout import LOG
from archiver.errors import ExitCode

_TONES: dict[State, Tone] = {
    "ok": Tone.GOOD,
    "warning": Tone.CAUTION,
    "missing": Tone.CAUTION,
    "unknown": Tone.QUIET,
    "failed": Tone.BAD,
}


def doctor(tools: Tools) -> ExitCode:
    """Show what was found; exit code 4 when no case can be written, else 0."""
    screen = tools.screen
    found = tuple(examine(cases_folder(tools.environ), tools.environ))
    code = ExitCode.CASE if any(one.state == "failed" for one in found) else ExitCode.OK
    named = f"${CASES_VARIABLE}" if tools.environ.get(CASES_VARIABLE) else "./cases"
    if screen.json:
        screen.document(document(found, named, code))
    elif screen.out.terminal:
        screen.lines(lines(found, named, code))
    else:
        screen.fields(fields(found, named))
    return code


def examine(cases: Path, environ: Mapping[str, str]) -> Iterable[Examined]:
    """Yield everything that is looked at, in the order in which it matters."""
    yield machine.clock()
    yield machine.writing(cases)
    yield machine.space(cases)
    yield machine.file_system(cases, _text(Path("/proc/self/mountinfo")) or "")
    yield machine.synced(cases)
    yield machine.trust_store()
    yield machine.name_servers(_text(Path("/etc/resolv.conf")))
    yield from machine.programs()
    yield machine.browser(environ)
    yield from machine.software()
    yield from _cases(cases)


def _cases(folder: Path) -> Iterable[Examined]:
    """Yield the cases in `folder` that wait for a seal, or whose newest seal waits for a time stamp."""
    from archiver.cli.sealing import waiting

    try:
        names = sorted(each.name for each in folder.iterdir() if NAME.fullmatch(each.name))
    except OSError:  # whether it can be written is told above
        return
    for name in names:
        if _holds_a_log(folder / name) and (waits := waiting(folder / name, name)).words:
            yield Examined(f"case {name}", "warning", waits.words, waits.command)


def _holds_a_log(folder: Path) -> bool:
    try:
        return (folder / LOG).exists()
    except OSError:  # it is somebody else's
        return False


def document(found: Iterable[Examined], named: str, code: ExitCode) -> dict[str, object]:
    """Return the JSON document (docs/spec/json-output.md)."""
    return {
        "schema": "archiver-doctor/1",
        "cases_folder": named,
        "examined": [{"name": one.name, "state": one.state, "seen": one.seen, "hint": one.hint} for one in found],
        "exit_code": int(code),
    }


def fields(found: Iterable[Examined], named: str) -> tuple[Field, ...]:
    """Return the answer for a pipe: one line for each thing, its hint in the line after."""
    shown = [Field("cases folder", named)]
    for one in found:
        shown.append(Field(one.name, f"{one.state}: {one.seen}"))
        shown += [Field("hint", one.hint)] if one.hint else []
    return tuple(shown)


def lines(found: tuple[Examined, ...], named: str, code: ExitCode) -> tuple[Line, ...]:
    """Return the answer for a terminal: state, name, what was seen, and below it what to do."""
    width = max(len(one.name) for one in found) + 2
    shown = [Line((("cases folder: ", Tone.QUIET), (named, Tone.PLAIN))), Line()]
    for one in found:
        head = ((f"{one.state:<9}", _TONES[one.state]), (f"{one.name:<{width}}", Tone.PLAIN))
        shown.append(Line(((one.seen, Tone.PLAIN),), 9 + width, head))
        shown += [Line(((one.hint, Tone.QUIET),), indent=9 + width)] if one.hint else []
    ready = "cases can be written here" if code is ExitCode.OK else "cases cannot be written here"
    return (*shown, Line(), Line(((ready, Tone.GOOD if code is ExitCode.OK else Tone.BAD),)))


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return None
