"""Streaming decoders behind one small shape: a slice of coded bytes in, bounded pieces of decoded bytes out."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import brotlicffi  # type: ignore[import-untyped]  # has no annotations
import zstandard

STEP: Final = 65_536  # bytes of output asked for at a time
_ZSTD_WINDOW: Final = 8 * 1024**2  # RFC 9659: no more for the content coding
_ZSTD_MAGIC: Final = 0xFD2FB528
_ZSTD_SKIPPABLE: Final = range(0x184D2A50, 0x184D2A60)

ERRORS: Final = (zlib.error, brotlicffi.error, zstandard.ZstdError)


class Coder(Protocol):
    """One coded stream being decoded."""

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its own end mark."""
        ...

    @property
    def unused(self) -> bytes:
        """What was fed past the end mark."""
        ...

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` decodes to, empty pieces included; raises one of `ERRORS` when it does not."""
        ...


class _Zlib:
    def __init__(self, window_bits: int) -> None:
        self._stream = zlib.decompressobj(window_bits)

    @property
    def finished(self) -> bool:
        return self._stream.eof

    @property
    def unused(self) -> bytes:
        return self._stream.unused_data

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._stream.decompress(data, STEP)
            yield piece
            data = self._stream.unconsumed_tail
            if len(piece) < STEP:
                return


class _Brotli:
    unused = b""  # the library refuses bytes past the end instead of handing them back

    def __init__(self) -> None:
        self._stream = brotlicffi.Decompressor()

    @property
    def finished(self) -> bool:
        return bool(self._stream.is_finished())

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._stream.decompress(data, output_buffer_limit=STEP)
        while not self._stream.can_accept_more_data():
            yield self._stream.decompress(b"", output_buffer_limit=STEP)


class _Zstd:
    def __init__(self) -> None:
        self._stream = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()

    @property
    def finished(self) -> bool:
        return self._stream.eof

    @property
    def unused(self) -> bytes:
        return self._stream.unused_data

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._stream.decompress(data)


@dataclass(frozen=True, slots=True)
class Coding:
    """One content coding: how its streams begin (`need` bytes tell), and their decoder.

    `again` tells whether another stream may follow the first; `bare` decodes streams that begin otherwise, if any do;
    `slice` is how many coded bytes may be fed at a time, so that a call that cannot be bounded makes at most 4 MiB.
    """

    begins: Callable[[bytes], bool]
    decoder: Callable[[], Coder]
    need: int
    again: bool = False
    slice: int = 4096
    bare: Callable[[], Coder] | None = None


def _gzip(begin: bytes) -> bool:  # RFC 1952
    return begin.startswith(b"\x1f\x8b")


def _zlib(begin: bytes) -> bool:  # RFC 1950
    return begin[0] & 0x0F == 8 and int.from_bytes(begin[:2], "big") % 31 == 0


def _zstd(begin: bytes) -> bool:  # RFC 8878
    magic = int.from_bytes(begin[:4], "little")
    return magic == _ZSTD_MAGIC or magic in _ZSTD_SKIPPABLE


_GZIP: Final = Coding(_gzip, partial(_Zlib, 31), need=2, again=True)
CODINGS: Final = {
    b"gzip": _GZIP,
    b"x-gzip": _GZIP,
    b"deflate": Coding(_zlib, partial(_Zlib, 15), need=2, bare=partial(_Zlib, -15)),
    b"br": Coding(lambda begin: True, _Brotli, need=1),
    b"zstd": Coding(_zstd, _Zstd, need=4, again=True, slice=128),
}
