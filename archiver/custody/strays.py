"""Finished files that no line of the log accounts for: an attempt that was stopped left them behind. Reads only."""

import re
from functools import partial

from archiver.custody.disk import Disk
from archiver.custody.ends import lines_forwards
from archiver.custody.layout import LOG, PRIVATE, SEALS, TRUST, Kind, classify
from archiver.custody.sealread import may_be_about_seals

_HEX64 = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_NAMED = re.compile(rb'"path":"((?:seals|trust)/[A-Za-z0-9._-]+)"')
_KINDS = {Kind.PRIVATE, Kind.SEAL, Kind.TRUST, Kind.SEALING}


def strays(disk: Disk, log_end: int) -> tuple[str, ...]:
    """Return the files in `private/` that no line up to byte `log_end` commits to, and those in `seals/` and `trust/`
    that none names, with parts of these; the whole log is read when there is any file in these folders.
    """
    paths = [f"{folder}/{name}" for folder in (PRIVATE, SEALS, TRUST) for name in disk.names(folder)]
    found = {_key(path): path for path in paths if classify(path).kind in _KINDS}
    lines = lines_forwards(partial(disk.read, LOG), 0, log_end) if found else ()
    for raw in lines:
        named: list[bytes] = []
        if b'"private":["' in raw or b"commit:sha256:" in raw:
            named += _HEX64.findall(raw)  # a name that stands there for something else is left to verify
        if may_be_about_seals(raw):
            named += _NAMED.findall(raw)
        for name in named:
            found.pop(name.decode("ascii"), None)
    return tuple(found.values())


def private_name(path: str) -> str:
    """Return the hash that a file in `private/` is named by; of another path something that is no hash."""
    return path.removeprefix(f"{PRIVATE}/").partition(".")[0]


def _key(path: str) -> str:
    return private_name(path) if classify(path).kind is Kind.PRIVATE else path
