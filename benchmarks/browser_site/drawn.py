"""Pictures of the site, drawn: PNG without a library, the same octets every time."""

import struct
import zlib
from functools import cache

PAPER, INK, SKY, ROOF, TREE = (242, 236, 222), (43, 52, 64), (168, 196, 214), (178, 92, 68), (92, 128, 84)


@cache
def picture(width: int, height: int, kind: int) -> bytes:
    """Return a PNG of `width` by `height`: a street with houses and trees, another one for each `kind`."""
    rows = bytearray()
    ground = height * 3 // 4
    for y in range(height):
        rows.append(0)  # no filter
        for x in range(0, width, 2):
            rows += bytes(_colour(x, y, width, height, ground, kind)) * min(2, width - x)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(rows), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, data) for name, data in parts)


def _colour(x: int, y: int, width: int, height: int, ground: int, kind: int) -> tuple[int, int, int]:
    if y >= ground:
        shade = (y - ground) * 60 // max(1, height - ground)
        return PAPER[0] - shade, PAPER[1] - shade, PAPER[2] - shade
    broad = max(8, width // (4 + kind % 5))
    house, inside = divmod(x + kind * 37, broad)
    top = ground - height * (3 + (house * 7 + kind * 3) % 5) // 12
    if house % 3 == 2:  # a tree
        middle, reach = broad // 2, broad // 3
        if (inside - middle) ** 2 + (y - top) ** 2 < reach * reach:
            return TREE
        return INK if abs(inside - middle) < broad // 16 + 1 and y > top else _sky(y, ground)
    if y < top or inside < broad // 12:
        return _sky(y, ground)
    if y < top + height // 20:
        return ROOF
    lit = (inside * 5 // broad) % 2 and ((y - top) * 9 // height) % 2
    return PAPER if lit else (INK[0] + 18 * (house % 4), INK[1] + 14 * (house % 4), INK[2] + 10 * (house % 4))


def _sky(y: int, ground: int) -> tuple[int, int, int]:
    lighter = y * 50 // max(1, ground)
    return SKY[0] + lighter, SKY[1] + lighter // 2, SKY[2] + lighter // 3


def _part(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
