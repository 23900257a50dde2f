"""The demonstration."""

import re
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from archiver.cli.parse import cases_folder, new_case_path
from archiver.cli.screen import Line, Tone
from archiver.cli.tools import Tools
from archiver.errors import ExitCode

_LOOK = "look at it:  "
_ITEM = re.compile(r"( *[0-9]+  )([a-z]+)( +\S+  )(.*)", re.DOTALL)


def demo(tools: Tools, into: str | None) -> ExitCode:
    """Make the demo case, say each step, and say where to look."""
    from archiver.cli.items import item_document
    from archiver.cli.keeping import make_cases_folder
    from archiver.cli.verdicts import Asked, verdict_document
    from archiver.demo.run import free_folder, run_demo

    screen = tools.screen
    cases = cases_folder(tools.environ)
    folder = new_case_path(into, tools.environ) if into is not None else free_folder(cases)
    if folder.parent == cases:
        make_cases_folder(cases)

    def say(line: str) -> None:
        if screen.json:
            return
        if screen.out.terminal:
            screen.lines((told(line),))
        else:
            screen.out.line(line)

    with tools.halt.patiently():
        result = run_demo(folder, runtime=tools.runtime, say=say, stop=tools.halt)
    code = result.exit_code
    if screen.json:
        ended = {"item.captured", "item.failed", "item.interrupted", "item.imported"}
        screen.document(
            {
                "schema": "archiver-demo/1",
                "folder": str(folder),
                "outside": {name: str(path) for name, path in result.outside.items()},
                "bag": str(result.bag) if result.bag is not None else None,
                "items": [item_document(event, folder) for event in result.events if event.event in ended],
                "verdict": verdict_document(result.verdict, Asked()) | {"report": None, "report_error": None},
                "exit_code": int(code),
            }
        )
        return code
    name = folder.name if folder.parent == cases else f"{folder.parent}/{folder.name}"
    for line in _look(name, result.outside):
        say(line)
    return code


def _look(case: str, outside: Mapping[str, Path]) -> tuple[str, ...]:
    """Return the commands to go on with, in lines that a shell takes; the last verifies with the files of `outside`."""
    from archiver.demo.outside import RECEIPT, ROOTS, SIGNERS

    case = quote(case)
    flags = {RECEIPT: '--expect "$(cat {})"', SIGNERS: "--allowed-signers {}", ROOTS: "--tsa-roots {}"}
    verify = (f"archiver verify {case}", *(f"  {flags[name].format(quote(str(outside[name])))}" for name in outside))
    commands = (f"archiver list {case}", f"archiver show {case} 9", " \\\n".join(verify))
    lines = "\n".join(commands).split("\n")
    return ("", *((_LOOK if number == 0 else " " * len(_LOOK)) + line for number, line in enumerate(lines)))


def told(line: str) -> Line:
    """Return a line of the demo for a terminal: an item has its outcome toned, and what wraps stays in its column."""
    from archiver.cli.items import TONES

    item = _ITEM.fullmatch(line)
    if item is not None and item[2] in TONES:
        head = ((item[1], Tone.PLAIN), (item[2], TONES[item[2]]), (item[3], Tone.PLAIN))
        return Line(((item[4], Tone.PLAIN),), item.end(3), head)
    text = line.lstrip(" ")
    return Line(((text, Tone.PLAIN),), len(line) - len(text))
