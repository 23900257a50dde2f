"""From a path to a bundle, by what lies there: a folder, a zip or a tar."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from archiver.bundle.folder import Folder
from archiver.bundle.members import Bundle, open_plain, unreadable
from archiver.bundle.tar import Tar
from archiver.bundle.zip import Zip

_TAR_MAGIC = slice(257, 262)
_AGE = (b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----")
_GZIP = b"\x1f\x8b"
_PACKED = (
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
)  # bzip2, xz, zstd, 7z, rar
_HEAD = 4096  # bytes of a file that are looked at


class Form(Enum):
    """What a file is by its first bytes, and where they decide nothing by its name."""

    ZIP = "zip"
    TAR = "tar"
    ENCRYPTED = "encrypted"
    PACKED = "packed"  # as a whole, so that nothing in it can be read but from its beginning
    OTHER = "other"


def form_of(path: Path) -> Form:
    """Return what the plain file at `path` is. Raises `CaseError` when it cannot be read."""
    descriptor = open_plain(path)
    try:
        head = os.pread(descriptor, _HEAD, 0)
    except OSError as exc:
        raise unreadable(str(path), exc) from exc
    finally:
        os.close(descriptor)
    suffix = path.suffix.lower()
    if head.startswith(_AGE):
        return Form.ENCRYPTED
    if head.startswith(_PACKED) or (head.startswith(_GZIP) and _packs_tar(head, path.name.lower())):
        return Form.PACKED
    if head.startswith((b"PK\3\4", b"PK\5\6")) or suffix in {".zip", ".wacz"}:
        return Form.ZIP
    return Form.TAR if head[_TAR_MAGIC] == b"ustar" or suffix == ".tar" else Form.OTHER


def _packs_tar(head: bytes, name: str) -> bool:
    """Return whether gzip beginning with `head` packs a tar, by its first bytes, or by its name unless it is a WARC."""
    try:
        first = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _TAR_MAGIC.stop)
    except zlib.error:
        first = b""
    return first[_TAR_MAGIC] == b"ustar" or (name.endswith((".tgz", ".tar.gz")) and not first.startswith(b"WARC/"))


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open the folder, zip or tar at `path` for reading. Raises `CaseError` when the system refuses.

    What is wrong with it as a container is in its `flaws`; nothing that it holds makes this raise.
    """
    folder = path.is_dir()
    descriptor = Folder.open_root(path) if folder else open_plain(path)
    try:
        yield Folder(descriptor) if folder else (Zip if form_of(path) is Form.ZIP else Tar)(descriptor)
    finally:
        os.close(descriptor)
