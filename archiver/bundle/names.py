"""Names of files that somebody else chose: which may be used at all, and which mean the same file elsewhere. Pure."""

import re
import unicodedata
from collections.abc import Iterator

from archiver.bundle.members import Flaw, Weight

MAX_NAME = 1024  # characters; systems take 4,096 bytes for a whole path
MAX_PART = 255  # bytes between two slashes
MAX_DEPTH = 64  # folders within folders

_DRIVE = re.compile(r"[A-Za-z]:")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format (bidirectional, zero width), surrogates
_JOINERS = frozenset("\u200c\u200d")  # Persian and Indic words are written with them


def bad_name(name: str) -> str:
    """Return why a file of this name cannot be taken into a folder, "" when it can."""
    parts = name.split("/")
    if not name:
        return "it has no name"
    if len(name) > MAX_NAME or len(parts) > MAX_DEPTH:
        return "its name is too long"
    if name.startswith("/") or _DRIVE.match(name):
        return "its name begins at the root of a disk"
    if "\\" in name:
        return "its name holds a backslash, which is a folder on some systems"
    if {"", ".", ".."} & set(parts):
        return "its name leads out of the folder, or is not in its one spelling"
    if any(unicodedata.category(char) in _UNSEEN and char not in _JOINERS for char in name):
        return "its name holds characters that cannot be seen"
    if any(len(part.encode("utf-8")) > MAX_PART for part in parts):
        return "its name is too long"
    return ""


def same_elsewhere(name: str) -> str:
    """Return what is equal for all names that some system takes for one: by case, Unicode form, dots at the end."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
    return "/".join(part.rstrip(" .") for part in folded.split("/"))


class Names:
    """The names of one bundle as they come; `exact` says that two spellings are two files here, as in a folder."""

    def __init__(self, *, exact: bool = False) -> None:
        self._exact = exact
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def file(self, name: str) -> Iterator[Flaw]:
        """Yield what is wrong with a file of this name; without a REFUSED one it may be used."""
        if why := bad_name(name):
            yield Flaw(Weight.REFUSED, name, why)
            return
        key = same_elsewhere(name)
        if key in self._files:
            yield self._twice(name, self._files[key])
        self._files.setdefault(key, name)
        if key in self._folders:
            yield Flaw(Weight.REFUSED, name, f"it is a file, and a folder is called {self._folders[key]!r}")
        yield from self._above(name, key)

    def folder(self, name: str) -> Iterator[Flaw]:
        """Yield what is wrong with a folder of this name, given without a slash at its end."""
        if why := bad_name(name):
            yield Flaw(Weight.REFUSED, name, why)
            return
        key = same_elsewhere(name)
        if key in self._files:
            yield Flaw(Weight.REFUSED, name, f"it is a folder, and a file is called {self._files[key]!r}")
        self._folders.setdefault(key, name)
        yield from self._above(name, key)

    def _twice(self, name: str, other: str) -> Flaw:
        if name == other:
            return Flaw(Weight.REFUSED, name, "it is there twice: one program shows the first, another the last")
        weight = Weight.NOTE if self._exact else Weight.REFUSED
        return Flaw(weight, name, f"where case or form of letters does not count it is the same name as {other!r}")

    def _above(self, name: str, key: str) -> Iterator[Flaw]:
        while "/" in key:
            name, key = name.rpartition("/")[0], key.rpartition("/")[0]
            if key in self._files:
                yield Flaw(Weight.REFUSED, name, f"it is a folder, and a file is called {self._files[key]!r}")
            if key in self._folders:
                if self._folders[key] != name and not self._exact:
                    yield Flaw(Weight.REFUSED, name, f"the same folder is also written {self._folders[key]!r}")
                return
            self._folders[key] = name
