"""What a command is handed: where to answer, clock and chance, whether to stop, and the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from archiver.cli.parse import case_path
from archiver.cli.screen import Screen
from archiver.cli.signals import Halt
from archiver.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Tools:
    """Built once in `main`; `stdin` is where a question is answered, None when there is nobody."""

    screen: Screen
    runtime: Runtime
    halt: Halt
    environ: Mapping[str, str]
    stdin: TextIO | None

    def case(self, text: str) -> Path:
        """Return the folder of the case that the command line names. Raises `UsageError`."""
        return case_path(text, self.environ)

    def warn_of_root(self) -> None:
        """Say that a browser has no sandbox where we are root; programs find it in page-info, and in `doctor`."""
        if os.geteuid() == 0 and not self.screen.json:
            self.screen.warn(
                "running as root: Chromium has no sandbox then, and a page that breaks out of it has all rights on "
                "this machine; run this as another user"
            )

    def confirmed(self, *question: str, prompt: str = "Type yes to go on: ") -> bool | None:
        """Ask on the terminal, a line for each part of the question, and return whether the answer was yes.

        `prompt` is where the answer is typed. None when there is no terminal to ask on.
        """
        if self.stdin is None or not self.stdin.isatty() or not self.screen.err.terminal:
            return None
        for line in question:
            self.screen.err.line(line)
        self.screen.err.put(prompt)
        return self.stdin.readline().strip().lower() == "yes"
