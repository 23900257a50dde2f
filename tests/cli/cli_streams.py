"""Standard streams for tests: a pipe and a terminal, each of a known encoding and width."""

import io
import re
from collections.abc import Mapping

from archiver.cli.screen import Screen, Sink

SGR = re.compile(r"\x1b\[[0-9;]*m")


class Stream(io.TextIOWrapper):
    """A text stream in memory that may say that it is a terminal."""

    def __init__(self, *, terminal: bool = False, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        self.terminal = terminal
        super().__init__(self.bytes, encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        return self.terminal

    @property
    def text(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)

    @property
    def plain(self) -> str:
        """What a person sees: colours taken away."""
        return SGR.sub("", self.text)


def screen(
    *, terminal: bool = False, width: int = 80, encoding: str = "utf-8", environ: Mapping[str, str] | None = None
) -> tuple[Screen, Stream, Stream]:
    """Return a screen and its two streams."""
    out, err = Stream(terminal=terminal, encoding=encoding), Stream(terminal=terminal, encoding=encoding)
    around = {"TERM": "xterm-256color", "COLUMNS": str(width), **(environ or {})}
    return Screen(Sink(out, around), Sink(err, around)), out, err
