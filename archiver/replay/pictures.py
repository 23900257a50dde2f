"""Two pictures of a page laid over each other: how many pixels differ, and where. Memory is bounded."""

import hashlib
import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops

from archiver.errors import CaseError

MAX_BYTES: Final = 256 * 1024**2  # of a PNG file
MAX_PIXELS: Final = 80_000_000  # of one picture: 1280 wide, 62,500 high; 4 bytes each while it is looked at
BAND: Final = 256  # rows that are compared at a time

_BEGIN = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"  # PNG (third edition) §5.2, §11.2.1


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
    """Return the PNG file `data`, `what` for messages. Raises `CaseError` for anything else, and for one too large."""
    if len(data) > MAX_BYTES or not data.startswith(_BEGIN) or len(data) < len(_BEGIN) + 8:
        raise CaseError("picture", f"{what} is no picture that can be compared: not a PNG, or larger than 256 MiB")
    at = len(_BEGIN)
    width, height = (int.from_bytes(data[start : start + 4], "big") for start in (at, at + 4))
    if not 0 < width * height <= MAX_PIXELS:
        raise CaseError("picture", f"{what} is no picture that can be compared: it has {width} x {height} pixels")
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
        image = Image.open(io.BytesIO(picture.data), formats=("PNG",))
        if image.size != (picture.width, picture.height):
            raise CaseError("picture", "a picture cannot be read: it names two sizes")
        image.load()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as exc:
        raise CaseError("picture", f"a picture cannot be read: {exc}") from exc
    return image


def _around(one: tuple[int, int, int, int] | None, other: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if one is None:
        return other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
