"""The second half of docs/cli.md is the help of the commands: `python -m archiver.cli.reference docs/cli.md`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from archiver.cli.app import app

WIDTH = 100


MARK = "<!-- from here on: python -m archiver.cli.reference docs/cli.md -->\n"


def rewritten(page: str) -> str:
    """Return the page with everything behind `MARK` made anew."""
    return page.partition(MARK)[0] + MARK + "\n" + reference()


def reference() -> str:
    """Return the help of archiver and of each command, with those of a group behind it, as Markdown."""
    return "\n\n".join(_sections(get_command(app), "archiver", None)) + "\n"


def _sections(command: Any, name: str, parent: Any) -> Iterator[str]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True, terminal_width=WIDTH)
    yield _section(context.command_path, command.get_help(context))
    if not hasattr(command, "list_commands"):
        return
    for inner in command.list_commands(context):
        yield from _sections(command.get_command(context, inner), inner, context)


def _section(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
    return f"## {title}\n\n```text\n{lines}\n```"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(rewritten(target.read_text("utf-8")), "utf-8")
