"""What stands on the receipt of a hand-over, and when two names on one are the same."""

import unicodedata
from dataclasses import dataclass

MAX_SHOWN = 200  # characters of a name inside a message; a log by a stranger may hold any number

_UNSEEN = frozenset({"Cc", "Cf"})  # control and format characters


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A case passed from `giver` to `receiver` on log line `line`, at `at`, as it was once that was sealed.

    `items`, `files` and `bytes` are what it holds; `lines` the lines of its log, the last of which has the hash `head`;
    `seal` the newest seal, whose text has the hash `seal_sha256`. `signer` and `fingerprint` are those of the key
    that signed it, "" for nobody. `stamps` are (authority, time) of its time stamps, `receipt` the line to verify
    with, and `spoken` the same in groups that can be read out. Texts may hold any character: the sink escapes them.
    """

    case: str
    title: str
    giver: str
    receiver: str
    reason: str
    at: str
    line: int
    items: int
    files: int
    bytes: int
    lines: int
    head: str
    seal: int
    seal_sha256: str
    signer: str
    fingerprint: str
    stamps: tuple[tuple[str, str], ...]
    receipt: str
    spoken: str
    software: str


def as_read(name: str) -> str:
    """Return what people take for the same name: whatever its capitals, blanks, and unseen or composed characters."""
    kept = (char for char in name.casefold() if char.isspace() or unicodedata.category(char) not in _UNSEEN)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def shortened(name: str) -> str:
    """Return a name that a log tells, cut to what fits into a message."""
    return name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}…"
