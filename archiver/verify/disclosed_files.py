"""The files of the seals in a disclosure, where no event says what they must be."""

import hashlib
from collections.abc import Iterator

from archiver.bundle.members import Bundle
from archiver.canon import Json
from archiver.custody.layout import seal_path
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.listed import shown

STATEMENT = "disclosure.json"

_ITSELF = "the seal and what lies beside it do not belong together: something was exchanged"
_CONTRADICTS = frozenset({"missing", "damaged", "large"})  # any other file is there and cannot be read


class DisclosedFiles:
    """Reads them. `dark` are those that are there and cannot be read, which contradicts nothing."""

    def __init__(self, bundle: Bundle) -> None:
        self.dark: set[str] = set()
        self._bundle = bundle

    def chunks(self, path: str, limit: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of a file in order, the first `limit` of them at most. Raises `CaseError`."""
        left = limit
        for piece in self._bundle.chunks(path):
            yield piece if left is None else piece[:left]
            left = None if left is None else left - len(piece)
            if left is not None and left <= 0:
                return

    def facts(self, path: str) -> dict[str, Json] | None:
        """Return what is there as an event would record it, None when it cannot be read."""
        digest, size = hashlib.sha256(), 0
        try:
            for piece in self._bundle.chunks(path):
                digest.update(piece)
                size += len(piece)
        except CaseError as exc:
            self.dark |= set() if exc.kind in _CONTRADICTS else {path}
            return None
        return {"path": path, "size": size, "sha256": digest.hexdigest()}

    def of_seal(self, number: int) -> dict[str, str]:
        """Return what can belong to a seal, by the names that are there, and what each would be."""
        kinds = {".sig": "signature", ".tsq": "request", ".tsr": "response"}
        named = (name for name in self._bundle.members if name.startswith(seal_path(number, "")))
        return {name: kinds[name[-4:]] for name in named if name[-4:] in kinds}

    def unlike(self, path: str, message: str, *also: str) -> Finding:
        """Return that `path` contradicts its seal; or that it, or one of those that it is of, cannot be read."""
        if self.dark.isdisjoint({path, *also}):
            return belongs_elsewhere(path, message)
        message = "it, or what it is of, could not be read"
        meaning = "its content could not be checked; that is neither good nor bad news about it"
        return Finding("seals", Severity.UNCHECKED, shown(path), message, meaning=meaning)

    def unread(self, path: str, exc: CaseError) -> Finding:
        """Return that the text of a seal is not there, or cannot be read."""
        severity = Severity.BROKEN if exc.kind in _CONTRADICTS else Severity.UNCHECKED
        return Finding("seals", severity, shown(path), exc.message, meaning=_ITSELF)


def belongs_elsewhere(path: str, message: str) -> Finding:
    """Return that something about a seal does not fit."""
    return Finding("seals", Severity.BROKEN, shown(path), message, meaning=_ITSELF)
