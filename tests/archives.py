"""Zips and tars put together byte by byte, so that each byte of them can lie."""

import stat
import struct
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class ZipMember:
    """One member; what is None is as it should be. `gap` are bytes before its local header."""

    name: bytes
    data: bytes = b""
    deflate: bool = False
    local_name: bytes | None = None
    local_size: int | None = None
    local_method: int | None = None
    local_crc: int | None = None
    stated_size: int | None = None
    stated_crc: int | None = None
    stored: bytes | None = None
    mode: int = stat.S_IFREG | 0o644
    flags: int = 0
    method: int | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    gap: bytes = b""
    at: int | None = None


@dataclass(frozen=True)
class ZipFile:
    """A zip; `behind` follows it, `before_directory` and `behind_directory` lie around its directory."""

    members: tuple[ZipMember, ...]
    before: bytes = b""
    before_directory: bytes = b""
    behind_directory: bytes = b""
    comment: bytes = b""
    behind: bytes = b""
    count: int | None = None
    end64: bytes = b""

    def data(self) -> bytes:
        body, directory = bytearray(self.before), bytearray()
        for member in self.members:
            body += member.gap
            at = len(body)
            local, central = _headers(member, at)
            body += local
            directory += central
        body += self.before_directory
        start = len(body)
        count = len(self.members) if self.count is None else self.count
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), start, len(self.comment))
        return bytes(body + directory + self.behind_directory + self.end64 + end + self.comment + self.behind)

    def but(self, **changes: Any) -> "ZipFile":
        return replace(self, **changes)


def _headers(member: ZipMember, at: int) -> tuple[bytes, bytes]:
    crc, size = zlib.crc32(member.data), len(member.data)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    stored = packer.compress(member.data) + packer.flush() if member.deflate else member.data
    stored = stored if member.stored is None else member.stored
    method = member.method if member.method is not None else 8 * member.deflate
    flags = member.flags | (0 if member.name.isascii() else 1 << 11)
    local_name = member.name if member.local_name is None else member.local_name
    size = size if member.stated_size is None else member.stated_size
    crc = crc if member.stated_crc is None else member.stated_crc
    local = struct.pack(
        "<4s5H3L2H",
        b"PK\3\4",
        20,
        flags,
        method if member.local_method is None else member.local_method,
        0,
        33,
        crc if member.local_crc is None else member.local_crc,
        len(stored),
        size if member.local_size is None else member.local_size,
        len(local_name),
        len(member.local_extra),
    )
    central = struct.pack(
        "<4s4B4H3L5H2L",
        b"PK\1\2",
        20,
        3,
        20,
        0,
        flags,
        method,
        0,
        33,
        crc,
        len(stored),
        size,
        len(member.name),
        len(member.extra),
        len(member.comment),
        0,
        0,
        member.mode << 16,
        at if member.at is None else member.at,
    )
    return local + local_name + member.local_extra + stored, central + member.name + member.extra + member.comment


def plain_zip(files: Mapping[str, bytes], **changes: Any) -> ZipFile:
    return ZipFile(tuple(ZipMember(name.encode(), data) for name, data in files.items()), **changes)


def tar_member(name: str, data: bytes = b"", **changes: Any) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in changes.items():
        setattr(info, key, value)
    return info.tobuf(tarfile.PAX_FORMAT) + data + bytes(-len(data) % 512)


def plain_tar(files: Mapping[str, bytes], extra: bytes = b"", end: bytes = bytes(1024)) -> bytes:
    return b"".join(tar_member(name, data) for name, data in files.items()) + extra + end
