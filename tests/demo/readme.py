"""Reading and running the command blocks of README.md and of the pages beside it.

The convention, for whoever writes them:

- a block marked `sh` holds commands; each must succeed;
- a block marked `console` holds `$ command` lines, each with the output it gives (both streams), compared line by line;
  `…` stands for any text within a line, and a line that is only `…` for any number of lines; hashes, identifiers, times
  and sizes differ from run to run, so any value of the same form agrees;
- a block marked `text` is shown, not run;
- the two set-up commands follow a comment `<!-- command 1 -->` or `<!-- command 2 -->`; they need a package index and
  are run by `.ci/run` and by the long tests.

Every block starts in the folder of the clone, with `.venv/bin` on the PATH; `cd` lasts until the block ends.
"""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SETUP = re.compile(r"<!-- command (\d) -->\s*```sh\n(.+?)\n```", re.DOTALL)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
VARYING = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"), "<time>"),
    (re.compile(r"\bSHA256:[A-Za-z0-9+/]{43}"), "SHA256:<key>"),
    (re.compile(r"\b[0-9]+(?= bytes\b)|(?<=bytes: )[0-9]+|(?<=size: )[0-9]+"), "<size>"),
)
MARK = "\x1e"  # separates the outputs of the commands of one block


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a page, and the lines it is said to print; None where the page does not say."""

    text: str
    expected: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command really printed, and its exit code."""

    command: Command
    output: tuple[str, ...]
    code: int


def setup_commands(page: str) -> dict[str, str]:
    """Return the set-up commands of `page` by number."""
    return dict(SETUP.findall(page))


def kinds(page: str) -> list[str]:
    """Return the mark of every block of `page`."""
    return [kind for kind, _ in FENCE.findall(page)]


def blocks(page: str) -> list[list[Command]]:
    """Return the blocks of `page` that can be run, in order, the set-up commands left out."""
    found = []
    for kind, body in FENCE.findall(SETUP.sub("", page)):
        if kind == "sh":
            found.append([Command(text, None) for text in _joined(body.splitlines())])
        elif kind == "console":
            found.append(_session(body))
    return found


def run(block: list[Command], clone: Path, environ: Mapping[str, str]) -> list[Ran]:
    """Run one block in one shell and return what each command printed and returned."""
    script = "".join(f"{command.text}\nprintf '{MARK}%d{MARK}' $?\n" for command in block)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=clone,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    parts = done.stdout.split(MARK)
    assert len(parts) == 2 * len(block) + 1, done.stdout
    return [
        Ran(command, tuple(output.splitlines()), int(code))
        for command, output, code in zip(block, parts[::2], parts[1::2], strict=False)
    ]


def agrees(expected: tuple[str, ...], output: tuple[str, ...]) -> bool:
    """Whether `output` is what the page shows, `…` standing for what differs from run to run."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, _steady(line).split("…"))) + r"\n"
        for line in expected
    )
    return re.fullmatch(pattern, "".join(_steady(line.rstrip()) + "\n" for line in output)) is not None


def _steady(line: str) -> str:
    for form, name in VARYING:
        line = form.sub(name, line)
    return line


def _session(body: str) -> list[Command]:
    commands: list[Command] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            commands.append(Command(line[2:], ()))
        elif line.startswith("> "):
            commands[-1] = Command(f"{commands[-1].text}\n{line[2:]}", ())
        else:
            last = commands[-1]
            commands[-1] = Command(last.text, (*(last.expected or ()), line.rstrip()))
    return commands


def _joined(lines: list[str]) -> list[str]:
    commands: list[str] = []
    for line in lines:
        if commands and (commands[-1].endswith("\\") or line.startswith((" ", "done"))):
            commands[-1] += f"\n{line}"
        elif line and not line.startswith("#"):
            commands.append(line)
    return commands
