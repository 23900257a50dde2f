"""The second half of docs/cli.md is the help of the commands: `python -m archiver.cli.reference docs/cli.md`."""

import sys
from pathlib import Path

from typer.main import get_command

from archiver.cli.app import app

WIDTH = 100


MARK = "<!-- from here on: python -m archiver.cli.reference docs/cli.md -->\n"


def rewritten(page: str) -> str:
    """Return the page with everything behind `MARK` made anew."""
    return page.partition(MARK)[0] + MARK + "\n" + reference()


def reference() -> str:
    """Return the help of archiver and of each command, as Markdown."""
    group = get_command(app)
    context = group.make_context("archiver", [], resilient_parsing=True, terminal_width=WIDTH)
    parts = [_section("archiver", group.get_help(context))]
    for name in group.list_commands(context):  # type: ignore[attr-defined]  # a group, as the app has commands
        command = group.get_command(context, name)  # type: ignore[attr-defined]  # as above
        inner = command.make_context(name, [], parent=context, resilient_parsing=True, terminal_width=WIDTH)
        parts.append(_section(f"archiver {name}", command.get_help(inner)))
    return "\n\n".join(parts) + "\n"


def _section(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
    return f"## {title}\n\n```text\n{lines}\n```"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(rewritten(target.read_text("utf-8")), "utf-8")
