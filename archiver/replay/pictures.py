"""Two pictures of a page laid over each other: how many pixels differ, and where. Memory is bounded."""

import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops

from archiver.errors import CaseError

MAX_BYTES: Final = 256 * 1024**2  # of a PNG file
MAX_PIXELS: Final = 80_000_000  # of one picture: 1280 wide, 62,500 high; 4 bytes each while it is looked at
BAND: Final = 256  # rows that are compared at a time

_BEGIN = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"  # PNG (third edition) §5.2, §11.2.1
_CHANNELS: Final = {2: 3, 6: 4}  # by the colour type: red, green, blue, with opacity or without; what browsers write
_MOVES: Final = frozenset({b"acTL", b"fcTL", b"fdAT"})  # of a picture that moves (§11.3.6), which has several
_PIECE: Final = 1 << 20  # bytes that are unpacked at a time


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG file: the SHA-256 of its bytes, width and height in pixels."""

    data: bytes
    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What came of it: of `pixels` that either picture has, so many differ; `box` holds them (left, top, right, bottom;
    the last two lie outside), None where none does. What only one of them has, differs.
    """

    pixels: int
    differing: int
    box: tuple[int, int, int, int] | None


def picture(data: bytes, what: str) -> Png:
    """Return the PNG file `data`, `what` for messages. Raises `CaseError` for anything else, and for one too large.

    Also for one of a kind that no browser writes: of other than 8 bits for each colour, with a palette, interlaced.
    """
    if len(data) > MAX_BYTES or not data.startswith(_BEGIN) or len(data) < len(_BEGIN) + 13:
        raise CaseError("picture", f"{what} is no picture that can be compared: not a PNG, or larger than 256 MiB")
    at = len(_BEGIN)
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (at, at + 4))
    if not 0 < width * height <= MAX_PIXELS:
        raise CaseError("picture", f"{what} is no picture that can be compared: it has {width} x {height} pixels")
    depth, colours, *others = data[at + 8 : at + 13]
    if depth != 8 or colours not in _CHANNELS or any(others):
        raise CaseError("picture", f"{what} is no picture that can be compared: it is of a kind that no browser writes")
    return Png(data, hashlib.sha256(data).hexdigest(), width, height)


def compared(one: Png, other: Png) -> Difference:
    """Return how the two differ. Raises `CaseError` where one cannot be read to its end."""
    if one.sha256 == other.sha256:
        return Difference(one.width * one.height, 0, None)
    width, height = max(one.width, other.width), max(one.height, other.height)
    common = min(one.width, other.width), min(one.height, other.height)
    differing = width * height - common[0] * common[1]
    box: tuple[int, int, int, int] | None = None
    if differing:
        box = (
            common[0] if one.height == other.height else 0,
            common[1] if one.width == other.width else 0,
            width,
            height,
        )
    first, second = _opened(one), _opened(other)
    for top in range(0, common[1], BAND):
        place = (0, top, common[0], min(top + BAND, common[1]))
        red, green, blue, alpha = ImageChops.difference(_band(first, place), _band(second, place)).split()
        most = ImageChops.lighter(ImageChops.lighter(red, green), ImageChops.lighter(blue, alpha))
        here = most.getbbox()
        if here is not None:
            differing += common[0] * (place[3] - top) - most.histogram()[0]
            box = _around(box, (here[0], here[1] + top, here[2], here[3] + top))
    return Difference(width * height, differing, box)


def _band(image: Image.Image, place: tuple[int, int, int, int]) -> Image.Image:
    return image.crop(place).convert("RGBA")


def _opened(picture: Png) -> Image.Image:
    try:
        _require_all(picture)
        image = Image.open(io.BytesIO(picture.data), formats=("PNG",))
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError, zlib.error, Image.DecompressionBombError) as exc:
        raise CaseError("picture", "a picture cannot be read: it is damaged, or no single picture") from exc
    return image


def _require_all(picture: Png) -> None:
    """Raise `ValueError` or `zlib.error` unless it is one picture with all its rows: Pillow makes up what is not there,
    and looks at the first of several.
    """
    unpacking, size = zlib.decompressobj(), 0
    for kind, data in _chunks(picture.data):
        if kind in _MOVES or kind == b"IHDR":
            raise ValueError("several pictures")
        if kind == b"IDAT":
            size += len(unpacking.decompress(data, _PIECE))
            while unpacking.unconsumed_tail:
                size += len(unpacking.decompress(unpacking.unconsumed_tail, _PIECE))
    size += len(unpacking.flush())
    if size != picture.height * (1 + picture.width * _CHANNELS[picture.data[len(_BEGIN) + 9]]):
        raise ValueError("other rows than it says")


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield kind and data of each chunk behind the first (PNG §5.3)."""
    view, at = memoryview(data), len(_BEGIN) + 17
    while at + 8 <= len(data):
        size = int.from_bytes(view[at : at + 4], "big")
        yield bytes(view[at + 4 : at + 8]), view[at + 8 : at + 8 + size]
        at += 12 + size


def _around(one: tuple[int, int, int, int] | None, other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if one is None:
        return other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
