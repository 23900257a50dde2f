"""A zip as a bundle: every byte of the file is explained, or the zip is refused (APPNOTE 6.3.10).

Two programs that read one zip can see two different sets of files: in what lies before, between and behind the members,
in headers that differ from the directory, in names that come twice. So the directory and every local header are read,
and must tell one story without a gap. Nothing is unpacked but in pieces that are counted.
"""

import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, cast

from archiver.bundle.members import CHUNK, Bundle, Flaw, Member, Weight, damaged, sliced, span
from archiver.bundle.names import Names
from archiver.bundle.room import check_room, no_room
from archiver.bundle.zip_directory import DEFLATED, STORED, BadZip, Entry, directory
from archiver.bundle.zip_local import data_starts

MAX_RATIO = 200  # bytes unpacked for each one stored: text gives 5 to 20, nothing but padding more than 200
SMALL = 1 << 20  # bytes of a member that may be more than that: a file of zeros is no bomb yet


class Zip(Bundle):
    """The members of a zip that is open under `descriptor`; it stays the opener's to close."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._entries: dict[str, Entry] = {}
        self._starts: dict[str, int] = {}
        flaws: list[Flaw] = []
        try:
            entries, stop, found = directory(descriptor)
            flaws += [*found, *self._take(entries, os.fstat(descriptor).st_size)]
            self._starts, found = data_starts(descriptor, entries, stop)
            flaws += found
        except BadZip as exc:
            flaws.append(Flaw(Weight.REFUSED, "", str(exc)))
        except OSError as exc:
            flaws.append(Flaw(Weight.UNREAD, "", f"it could not be read to its end: {exc.strerror}"))
        if any(flaw.weight is Weight.REFUSED for flaw in flaws) or not self._starts:
            self._entries.clear()  # a zip that can be read in several ways is read in none
        members = {name: Member(name, e.size, e.method == STORED) for name, e in self._entries.items()}
        super().__init__(members, tuple(flaws))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a member, unpacked, and compare size and checksum at the end."""
        self.member(name)
        entry = self._entries[name]
        stored = span(self._descriptor, self._starts[name], entry.packed, name)
        crc = size = 0
        for piece in stored if entry.method == STORED else _inflated(stored, entry):
            size += len(piece)
            if size > entry.size:
                raise damaged(name, f"it unpacks to more than the {entry.size} bytes that the directory states")
            crc = zlib.crc32(piece, crc)
            yield piece
        if size != entry.size:
            raise damaged(name, f"{size} bytes are there, and the directory states {entry.size}")
        if crc != entry.crc:
            raise damaged(name, f"its checksum is {crc:08x}, and the directory states {entry.crc:08x}")

    def open_file(self, path: str) -> BinaryIO:
        """Return a member; a packed one is unpacked into a file without a name, which is gone when it is closed."""
        self.member(path)
        entry = self._entries[path]
        if entry.method == STORED:
            return sliced(self._descriptor, self._starts[path], entry.size)
        check_room(entry.size)
        try:
            file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  # whoever asked for it closes it
            try:
                file.writelines(self.chunks(path))
                file.seek(0)
            except BaseException:
                with suppress(OSError):
                    file.close()
                raise
        except OSError as exc:
            raise no_room(path, exc) from exc
        return file

    def _take(self, entries: list[Entry], total: int) -> Iterator[Flaw]:
        names = Names()
        left = MAX_RATIO * total + SMALL
        for entry in entries:
            if entry.folder:
                yield from names.folder(entry.name.removesuffix("/"))
                continue
            found = [*names.file(entry.name), *_unread(entry)]
            left -= entry.size
            if left < 0:
                message = f"with it the zip would unpack to over {MAX_RATIO} times its size"
                found.append(Flaw(Weight.UNREAD, entry.name, message))
            yield from found
            if all(flaw.weight is Weight.NOTE for flaw in found):
                self._entries[entry.name] = entry


def _unread(entry: Entry) -> Iterator[Flaw]:
    if entry.encrypted:
        yield Flaw(Weight.UNREAD, entry.name, "it is encrypted, so nothing can be said about it")
    elif entry.method not in {STORED, DEFLATED}:
        yield Flaw(Weight.UNREAD, entry.name, f"it is packed in a way that is not read here (method {entry.method})")
    elif entry.method == STORED and entry.size != entry.packed:
        message = f"it is not packed, and its size is stated as {entry.size} and as {entry.packed} bytes"
        yield Flaw(Weight.REFUSED, entry.name, message)
    elif entry.size > SMALL and entry.size > MAX_RATIO * entry.packed:
        message = f"{entry.packed} bytes would unpack to {entry.size}: it was not unpacked"
        yield Flaw(Weight.UNREAD, entry.name, message)


def _inflated(stored: Iterator[bytes], entry: Entry) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in stored:
            if inflater.eof:
                raise damaged(entry.name, "bytes follow the end of its packed data")
            data = piece
            while data:
                if unpacked := inflater.decompress(data, CHUNK):
                    yield unpacked
                data = inflater.unconsumed_tail
        while not inflater.eof and (unpacked := inflater.decompress(inflater.unconsumed_tail, CHUNK)):
            yield unpacked
    except zlib.error as exc:
        raise damaged(entry.name, "its packed data cannot be unpacked") from exc
    if inflater.unused_data:
        raise damaged(entry.name, "bytes follow the end of its packed data")
    if not inflater.eof:
        raise damaged(entry.name, "its packed data do not end")
