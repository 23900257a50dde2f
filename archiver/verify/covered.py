"""The lines since a seal, added up as the next seal must tell them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from archiver.canon import sha256_hex
from archiver.custody.log import Event
from archiver.custody.merkle import Frontier, leaf_hash
from archiver.custody.read import RawLine
from archiver.custody.seal import Seal
from archiver.custody.sealstate import BY_ITSELF
from archiver.custody.shapes import MAX_PATH
from archiver.custody.state import OUTCOMES
from archiver.verify.claim import members


@dataclass(slots=True)
class Covered:
    """Give it every line that the next seal covers. `first`, `offset` and `frontier` are where the seal before ended.

    `at_line` and `at_offset` say where these lines lie in the log as it is now, which is elsewhere when lines before
    were put in or taken out. `earliest` and `latest` are the times that the lines claim, "" before any does. `loose`
    counts the lines that do not merely tell of seals. Memory grows with the evidence files named, not with the lines.
    """

    first: int = 1
    offset: int = 0
    frontier: Frontier = field(default_factory=Frontier)
    at_line: int = 1
    at_offset: int = 0
    count: int = 0
    length: int = 0
    head: str = ""
    earliest: str = ""
    latest: str = ""
    loose: int = 0
    _log: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _entries: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _files: dict[str, str] = field(default_factory=dict)

    def add(self, raw: RawLine, event: Event | None) -> None:
        """Take in a line; `event` is what it says, None when that cannot be read."""
        line, self.head = plain(raw)
        self._log.update(line)
        self._entries.update(self.head.encode("ascii") + b"\n")
        self.frontier = self.frontier.added(leaf_hash(line))
        self.count += 1
        self.length += len(line) if line else raw.size
        self.loose += event is None or event.event not in BY_ITSELF
        if event is not None:
            self.earliest = min(self.earliest or event.at, event.at)
            self.latest = max(self.latest, event.at)
            if event.event in OUTCOMES and "file" in event.data:
                file = members(event.data["file"])
                path = str(file.get("path"))
                if len(path) <= MAX_PATH:  # a longer one is no path, which is told of the line
                    self._files[path] = str(file.get("sha256"))[:MAX_PATH]

    @property
    def last(self) -> int:
        """The number of the last line covered."""
        return self.first + self.count - 1

    def same_lines(self, seal: Seal) -> bool:
        """Return whether these are, byte for byte, the lines that `seal` was made over."""
        return (seal.log_sha256, seal.log_length) == (self._log.hexdigest(), self.length)

    def differences(self, seal: Seal) -> Iterator[tuple[str, object, object]]:
        """Yield (name, what the seal says, what the log yields) for what does not agree."""
        listed = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(self._files.items()))
        facts = (
            ("log-entries", f"{seal.first_line}-{seal.last_line}", f"{self.first}-{self.last}"),
            ("log-offset", seal.log_offset, self.offset),
            ("log-head", seal.log_head, self.head),
            ("tree-root", seal.tree_root, self.frontier.root().hex()),
            ("tree-frontier", seal.tree_frontier, tuple(root.hex() for root in self.frontier.roots)),
            ("entries-sha256", seal.entries_sha256, self._entries.hexdigest()),
            ("files-sha256", seal.files_sha256, sha256_hex(listed.encode("utf-8"))),
        )
        return (fact for fact in facts if fact[1] != fact[2])

    def after(self, seal: Seal | None, raw: RawLine) -> "Covered":
        """Return the beginning of what comes after, whose first line is `raw`.

        `seal`, when its text is as it was made, says where these lines ended: so damage shows once, at the seal that
        covers it, and not again at every later one.
        """
        if seal is None:
            first, offset, frontier = self.last + 1, self.offset + self.length, self.frontier
        else:
            first, offset, frontier = seal.last_line + 1, seal.log_end, seal.frontier
        return Covered(first, offset, frontier, raw.number, raw.offset)


def plain(raw: RawLine) -> tuple[bytes, str]:
    """Return a line and its SHA-256 without the CR that a conversion of line endings put before the LF."""
    if not raw.raw.endswith(b"\r\n"):
        return raw.raw, raw.sha256
    line = raw.raw[:-2] + b"\n"
    return line, sha256_hex(line)
