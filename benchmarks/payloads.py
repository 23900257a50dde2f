"""Whether WARCs hold the payloads that the site sent: read with FastWARC, which neither tool under test uses."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fastwarc.warc import ArchiveIterator, WarcRecordType


@dataclass(frozen=True, slots=True)
class Checked:
    """`right` addresses of which every payload found is the one expected; `wrong` and `missing` are paths."""

    right: int
    wrong: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.wrong and not self.missing

    def __str__(self) -> str:
        text = f"{self.right} of {self.right + len(self.wrong) + len(self.missing)} right"
        for name, paths in (("wrong", self.wrong), ("missing", self.missing)):
            text += f", {len(paths)} {name} (first: {paths[0]})" if paths else ""
        return text


def found(files: Iterable[Path]) -> dict[str, set[str]]:
    """The SHA-256 of every response entity in `files`, by path: chunks undone, content coding as it came."""
    seen: dict[str, set[str]] = defaultdict(set)
    for file in files:
        with file.open("rb") as stream:
            for record in ArchiveIterator(
                stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="transfer"
            ):
                digest = hashlib.sha256()
                while data := record.reader.read(1 << 20):
                    digest.update(data)
                target = record.headers["WARC-Target-URI"].strip("<>")  # wget writes the brackets of the grammar
                seen[urlsplit(target).path].add(digest.hexdigest())
    return seen


def check(files: Iterable[Path], expected: Mapping[str, str]) -> Checked:
    """Compare what `files` hold with the SHA-256 expected at each path. Other paths do not count."""
    seen = found(files)
    missing = tuple(path for path in expected if path not in seen)
    wrong = tuple(path for path, digest in expected.items() if path in seen and seen[path] != {digest})
    return Checked(len(expected) - len(missing) - len(wrong), wrong, missing)
