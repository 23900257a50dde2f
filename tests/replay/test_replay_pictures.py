"""Two pictures laid over each other; hostile and huge ones are refused before they are unpacked."""

import io
import struct
import zlib

import pytest
from PIL import Image
from replaybench import png

from archiver.errors import CaseError
from archiver.replay import pictures
from archiver.replay.pictures import Difference, Png, compared, picture


def both(one: bytes, other: bytes) -> Difference:
    return compared(picture(one, "one"), picture(other, "other"))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def made(width: int, height: int, *chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def test_the_same_bytes_are_the_same_picture() -> None:
    assert both(png(), png()) == Difference(12, 0, None)


def test_other_bytes_of_the_same_pixels_do_not_differ() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 3), "white").save(out, "PNG", compress_level=0)
    assert both(png(), out.getvalue()) == Difference(12, 0, None)


def test_pixels_that_differ_are_counted_and_boxed() -> None:
    assert both(png(), png(dots=((1, 1), (3, 2)))) == Difference(12, 2, (1, 1, 4, 3))


def test_a_difference_of_one_in_one_colour_counts() -> None:
    assert both(png(colour="#000000"), png(colour="#000001")) == Difference(12, 12, (0, 0, 4, 3))
    out = io.BytesIO()
    Image.new("RGBA", (4, 3), (255, 255, 255, 254)).save(out, "PNG")
    assert both(png(), out.getvalue()).differing == 12


def test_differences_in_several_bands_add_up() -> None:
    tall = 3 * pictures.BAND + 7
    dots = ((0, 0), (2, pictures.BAND), (3, tall - 1))
    assert both(png(4, tall), png(4, tall, dots=dots)) == Difference(4 * tall, 3, (0, 0, 4, tall))


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ((4, 3), (4, 5), Difference(20, 8, (0, 3, 4, 5))),
        ((4, 5), (4, 3), Difference(20, 8, (0, 3, 4, 5))),
        ((4, 3), (6, 3), Difference(18, 6, (4, 0, 6, 3))),
        ((4, 5), (6, 3), Difference(30, 18, (0, 0, 6, 5))),
    ],
)
def test_what_only_one_has_differs(one: tuple[int, int], other: tuple[int, int], differs: Difference) -> None:
    assert both(png(*one), png(*other)) == differs


def test_a_dot_and_another_height_are_boxed_together() -> None:
    assert both(png(4, 3, dots=((1, 0),)), png(4, 4)) == Difference(16, 5, (0, 0, 4, 4))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(100),
        png()[:20],
        b"\x89PNG\r\n\x1a\n" + bytes(30),
        made(100_000, 100_000),
        made(2**31 - 1, 2**31 - 1),
        made(0, 5),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused_unopened(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "open", None)
    with pytest.raises(CaseError, match="no picture that can be compared"):
        picture(data, "the picture")


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_BYTES", 50)
    with pytest.raises(CaseError):
        picture(png(), "it")


@pytest.mark.parametrize(
    "data",
    [
        made(4, 3),
        made(4, 3, chunk(b"IDAT", b"not deflated")),
        png()[:-30],
        made(4, 3, chunk(b"IHDR", struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0))),
        made(4, 3, chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(200_000_000)))),
        made(4, 3, chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(200_000_000)))),
    ],
)
def test_a_picture_that_cannot_be_unpacked_is_named(data: bytes) -> None:
    with pytest.raises(CaseError, match="cannot be read"):
        both(data, png(4, 3, "red"))


def kind(depth: int, colours: int, interlaced: int = 0) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 3, depth, colours, 0, 0, interlaced))


@pytest.mark.parametrize(("depth", "colours", "interlaced"), [(16, 2, 0), (16, 0, 0), (8, 3, 0), (1, 0, 0), (8, 2, 1)])
def test_a_kind_that_no_browser_writes_is_refused(depth: int, colours: int, interlaced: int) -> None:
    """Of 16 bits the lower eight would be forgotten, and what differs in them would not count."""
    with pytest.raises(CaseError, match="of a kind that no browser writes"):
        picture(kind(depth, colours, interlaced), "it")


def rows(count: int, shade: bytes = b"\0") -> bytes:
    return zlib.compress((b"\0" + 12 * shade) * count)


SEVERAL = chunk(b"acTL", struct.pack(">II", 2, 0))
NEXT = chunk(b"fdAT", struct.pack(">I", 1) + rows(3, b"\xff"))


@pytest.mark.parametrize(
    "data",
    [
        made(4, 3, chunk(b"IDAT", rows(2))),
        made(4, 3, chunk(b"IDAT", rows(4))),
        made(4, 3, chunk(b"IDAT", rows(1)), chunk(b"IDAT", rows(2))),
        made(4, 3, SEVERAL, chunk(b"IDAT", rows(3))),
        made(4, 3, chunk(b"IDAT", rows(3)), NEXT),
        made(4, 3, chunk(b"IDAT", zlib.compress(bytes(50_000_000)))),
    ],
)
def test_rows_that_are_not_there_and_pictures_behind_the_first_are_never_the_same(data: bytes) -> None:
    black = made(4, 3, chunk(b"IDAT", rows(3)))
    assert both(black, png(colour="black")).differing == 0
    with pytest.raises(CaseError, match="damaged, or no single picture"):
        both(data, black)


def test_a_large_picture_is_looked_at_within_its_own_size() -> None:
    """Twice 1280 x 20,000 pixels, most of it white."""
    difference = both(png(1280, 20_000), png(1280, 20_000, dots=((640, 19_999),)))
    assert difference == Difference(25_600_000, 1, (640, 19_999, 641, 20_000))


def test_facts_of_a_picture_are_those_of_its_file() -> None:
    one = picture(png(7, 9), "it")
    assert isinstance(one, Png)
    assert (one.width, one.height, len(one.sha256)) == (7, 9, 64)
