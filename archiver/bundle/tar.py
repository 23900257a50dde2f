"""A tar as a bundle: plain files and folders alone, every byte explained (POSIX.1-2017 pax, ustar, GNU's long names).

Refused is whatever readers take differently or that reaches beyond the folder: links, devices, sparse files, sizes told
twice, bytes in the padding and behind the end.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from archiver.bundle.members import MAX_MEMBERS, Bundle, Flaw, Member, Weight, sliced, span
from archiver.bundle.names import Names
from archiver.bundle.tar_header import BLOCK, MAX_EXTENDED, BadTar, Header, extended, gnu_name, parse_header
from archiver.errors import CaseError

_FILE, _FOLDER, _PAX, _GLOBAL, _LONG_NAME = b"0", b"5", b"x", b"g", b"L"
_KINDS = {
    b"1": "it is a link to another file",
    b"2": "it is a symbolic link",
    b"K": "it is a link with a long target",
    b"3": "it is a device",
    b"4": "it is a device",
    b"6": "it is a pipe",
    b"S": "it is a file with holes, which readers fill in different ways",
    b"M": "it is the rest of a file in another tar",
}
_TOLD = frozenset({"path", "size"})  # by an extended header, that decide what a reader sees
# What may be told, also for all members at once: a comment, as git writes it, times, owners.
_HARMLESS = frozenset({"comment", "mtime", "atime", "ctime", "uid", "gid", "uname", "gname"})
# What some programs add to a member, and which decides neither its name nor its bytes.
_ADDED = frozenset({"SCHILY.dev", "SCHILY.ino", "SCHILY.nlink", "SCHILY.fflags", "LIBARCHIVE.creationtime"})
_ATTRIBUTES = ("SCHILY.xattr.", "LIBARCHIVE.xattr.", "SCHILY.acl.", "RHT.security.selinux", "MSWINDOWS.rawsd")


class Tar(Bundle):
    """The members of a tar that is open under `descriptor`; it stays the opener's to close."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        reading = _Reading(descriptor)
        try:
            reading.all()
        except BadTar as exc:
            reading.flaws.append(Flaw(Weight.REFUSED, "", str(exc)))
        except (CaseError, OSError) as exc:
            why = exc.message if isinstance(exc, CaseError) else f"it could not be read to its end: {exc.strerror}"
            reading.flaws.append(Flaw(Weight.UNREAD, "", why))
        self._starts = reading.starts
        super().__init__(reading.members, tuple(reading.flaws))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a member."""
        return span(self._descriptor, self._starts.get(name, 0), self.member(name).size, name)

    def open_file(self, path: str) -> BinaryIO:
        """Return a member."""
        return sliced(self._descriptor, self._starts.get(path, 0), self.member(path).size)


class _Reading:
    """One pass over the headers; data are passed by."""

    def __init__(self, descriptor: int) -> None:
        self.members: dict[str, Member] = {}
        self.starts: dict[str, int] = {}
        self.flaws: list[Flaw] = []
        self._descriptor = descriptor
        self._total = os.fstat(descriptor).st_size
        self._names = Names()
        self._at = 0
        self._told: dict[str, str] = {}  # by the extended header before the member
        self._count = 0
        self._beside = False  # whether extended headers hold what no list of files can cover

    def all(self) -> None:
        """Read up to the end of the tar. Raises `BadTar`, `CaseError` and `OSError`."""
        while block := self._block():
            self._count += 1
            if self._count > 2 * MAX_MEMBERS:
                raise BadTar(f"it holds more than {MAX_MEMBERS} files: it was not looked at")
            self._member(parse_header(block, self._at - BLOCK))
        if self._told:
            raise BadTar("its last extended header belongs to no member")
        self._only_zeros(self._at, self._total, "behind its end")
        if self._beside:
            message = "extended headers hold comments or attributes of files, which no list of files covers"
            self.flaws.append(Flaw(Weight.NOTE, "", message))

    def _block(self) -> bytes:
        """Return the next header, b"" at the end mark."""
        data = os.pread(self._descriptor, BLOCK, self._at)
        if len(data) < BLOCK:
            raise BadTar("it ends without the end mark of a tar: it was cut off")
        self._at += BLOCK
        if any(data):
            return data
        second = os.pread(self._descriptor, BLOCK, self._at)
        if len(second) < BLOCK or any(second):
            raise BadTar(
                f"one empty block alone stands at byte {self._at - BLOCK}: some programs end there, others do not"
            )
        return b""

    def _member(self, header: Header) -> None:
        kind = _FILE if header.kind == b"\0" else header.kind
        if kind in {_PAX, _GLOBAL, _LONG_NAME}:
            self._extended(kind, header)
            return
        told, self._told = self._told, {}
        name = told.get("path", header.name).removeprefix("./")
        size = self._size(header, told)
        start, self._at = self._at, self._at + size
        if kind == _FOLDER:
            if size:
                raise BadTar(f"the folder {name!r} has {size} bytes of content")
            if name.rstrip("/") not in {"", "."}:
                self.flaws += self._names.folder(name.removesuffix("/"))
            return
        if kind != _FILE:
            message = _KINDS.get(kind, "it is of a kind that is not read here")
            self.flaws.append(Flaw(Weight.REFUSED, name, message))
        elif header.link:
            self.flaws.append(Flaw(Weight.REFUSED, name, "it is a file, and names the target of a link"))
        else:
            self._file(name, start, size)
        self._pad(name)

    def _file(self, name: str, start: int, size: int) -> None:
        if self._at > self._total:
            raise BadTar(f"it ends within {name!r}: it was cut off, or the size of that file is a lie")
        found = list(self._names.file(name))
        self.flaws += found
        if all(flaw.weight is Weight.NOTE for flaw in found):
            self.members[name] = Member(name, size)
            self.starts[name] = start

    def _size(self, header: Header, told: dict[str, str]) -> int:
        if "size" not in told:
            return header.size
        if not (told["size"].isascii() and told["size"].isdigit() and len(told["size"]) <= 18):
            raise BadTar("an extended header states a size that is no number")
        if header.size not in {0, int(told["size"])}:
            raise BadTar(f"the size of {header.name!r} is told twice, and differently")
        return int(told["size"])

    def _extended(self, kind: bytes, header: Header) -> None:
        if header.size > MAX_EXTENDED or self._at + header.size > self._total:
            raise BadTar("an extended header is longer than any should be, or is cut off")
        data = os.pread(self._descriptor, header.size, self._at)
        self._at += header.size
        self._pad("")
        found = {"path": gnu_name(data)} if kind == _LONG_NAME else extended(data)
        if self._told:
            raise BadTar("a member has several extended headers, which readers take differently")
        if header.name.startswith("/") or ".." in header.name.split("/"):
            raise BadTar(f"an extended header is called {header.name!r}, which older programs would write there")
        if any(key.startswith("GNU.sparse") for key in found):
            raise BadTar("it holds a file with holes, which readers fill in different ways")
        if "linkpath" in found or "hdrcharset" in found:
            raise BadTar("an extended header tells of a link or of names in another alphabet")
        attributes = {key for key in found if key.startswith(_ATTRIBUTES)}
        known = _HARMLESS if kind == _GLOBAL else _TOLD | _HARMLESS | _ADDED | attributes
        if unknown := found.keys() - known:
            raise BadTar(f"an extended header says what it should not: {', '.join(sorted(unknown))[:200]}")
        self._beside = self._beside or bool(attributes) or "comment" in found
        if kind == _GLOBAL:
            return
        self._told = found or {"comment": ""}

    def _pad(self, name: str) -> None:
        """Pass by what fills the last block, which must be empty."""
        end = -(-self._at // BLOCK) * BLOCK
        self._only_zeros(self._at, end, f"behind {name!r}" if name else "behind an extended header")
        self._at = end

    def _only_zeros(self, start: int, end: int, where: str) -> None:
        if end > self._total:
            raise BadTar(f"it ends {where}: it was cut off")
        for piece in span(self._descriptor, start, end - start, where):
            if piece.strip(b"\0"):
                raise BadTar(f"hidden bytes lie {where}, near byte {start}")
