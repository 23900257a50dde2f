"""What the records of one file say about each other: identifiers, concurrent records, revisits."""

import hashlib

from archiver.warc.head import Head, Oddity, shown, unbracketed
from archiver.warc.problems import Problem

MAX_TRACKED = 500_000  # identifiers held to be compared, 16 bytes each; no item of ours comes near


class Links:
    """The identifiers seen so far, and the references that wait for one; at most `limit` of each are held."""

    def __init__(self, limit: int = MAX_TRACKED) -> None:
        self._limit = limit
        self._payloads: dict[bytes, bytes] = {}  # record id -> payload digest, both as short hashes
        self._waiting: dict[bytes, Problem] = {}
        self._full: Problem | None = None

    def oddities(self, head: Head, number: int, offset: int) -> list[Oddity]:
        """Return what is wrong about this record's relation to the earlier ones, and remember it."""
        found: list[Oddity] = []
        if len(self._payloads) >= self._limit:
            self._full = self._full or Problem("ids-many", offset, f"{self._limit} were compared", number)
            return found
        if head.type == "revisit":
            found += self._revisit(head)
        key = _short(head.id)
        if head.id and key in self._payloads:
            found.append(("id-twice", f"an earlier record is called {shown(head.id)} too"))
        elif head.id:
            self._payloads[key] = _short(head.value("WARC-Payload-Digest"))
        self._waiting.pop(key, None)
        for value in head.values("WARC-Concurrent-To"):
            other = _short(unbracketed(value))
            if other not in self._payloads and len(self._waiting) < self._limit:
                detail = f"WARC-Concurrent-To names {shown(value)}"
                self._waiting.setdefault(other, Problem("concurrent-unknown", offset, detail, number))
        return found

    def unresolved(self) -> list[Problem]:
        """Return what no record of the file answered, in the order of the file."""
        found = sorted(self._waiting.values(), key=lambda problem: problem.record)
        return [self._full] if self._full else found

    def _revisit(self, head: Head) -> list[Oddity]:
        earlier = self._payloads.get(_short(unbracketed(head.value("WARC-Refers-To"))))
        if earlier is None:
            return [("revisit-outside", f"it refers to {shown(head.value('WARC-Refers-To'))}")]
        if earlier != _short(head.value("WARC-Payload-Digest")):
            return [("revisit-target", f"it refers to {shown(head.value('WARC-Refers-To'))}")]
        return []


def _short(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
