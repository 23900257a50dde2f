"""One side of a WebSocket as frames: whatever the octets are, they all come out again, and what is odd is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.http import websocket
from archiver.http.websocket import FrameReader, Part

KEY = b"\x37\xfa\x21\x3d"


def read(data: bytes, *, browser: bool = False, step: int = 1 << 16) -> tuple[list[Part], bool]:
    reader = FrameReader(browser=browser)
    found = [part for at in range(0, len(data), step) for part in reader.feed(data[at : at + step])]
    return found + reader.close(), reader.torn


def test_the_examples_of_the_standard_are_read() -> None:
    """RFC 6455 §5.7."""
    (hello,), _ = read(bytes.fromhex("810548656c6c6f"))
    assert (hello.opcode, hello.fin, hello.size, hello.text, hello.odd) == (1, True, 5, "Hello", ())
    (masked,), _ = read(bytes.fromhex("818537fa213d7f9f4d5158"), browser=True)
    assert (masked.text, masked.key, masked.head, masked.odd) == ("Hello", KEY, 6, ())
    (first, last), torn = read(bytes.fromhex("010348656c80026c6f"))
    assert [(part.fin, part.text, part.payload()) for part in (first, last)] == [
        (False, None, b"Hel"),
        (True, None, b"lo"),
    ]
    assert not torn
    (long,), _ = read(b"\x82\x7e\x01\x00" + bytes(256))
    assert (long.size, long.head, long.odd, long.text) == (256, 4, (), None)
    (longer,), _ = read(b"\x82\x7f" + (65536).to_bytes(8) + bytes(65536))
    assert (longer.size, longer.odd) == (65536, ())


@pytest.mark.parametrize(
    ("wire", "browser", "odd"),
    [
        (b"\xc1\x00", False, ("reserved-bits",)),
        (b"\x83\x00", False, ("opcode-reserved",)),
        (b"\x8b\x00", False, ("opcode-reserved",)),
        (b"\x81\x00", True, ("unmasked",)),
        (b"\x81\x80" + KEY, False, ("masked",)),
        (b"\x89\x7e\x00\x7e" + bytes(126), False, ("control-long",)),
        (b"\x09\x00", False, ("control-fragmented",)),
        (b"\x82\x7e\x00\x01x", False, ("length-not-shortest",)),
        (b"\x82\x7f" + (1).to_bytes(8) + b"x", False, ("length-not-shortest",)),
        (b"\x82\x7f" + b"\xff" * 8 + b"x", False, ("length-too-large", "torn")),
        (b"\x81\x05abc", False, ("torn",)),
        (b"\x81", False, ("torn",)),
        (b"\x81\x7e\x00", False, ("torn",)),
        (b"\x81\x80\x01\x02", True, ("torn",)),
    ],
)
def test_what_is_odd_is_named(wire: bytes, browser: bool, odd: tuple[str, ...]) -> None:
    for step in (1, 1 << 16):
        (part,), torn = read(wire, browser=browser, step=step)
        assert (part.wire, part.odd, torn) == (wire, odd, "torn" in odd)
        assert part.text == ("" if odd in {("unmasked",), ("masked",)} else None)


def test_a_length_that_no_number_of_ours_holds_is_not_told() -> None:
    (part,), _ = read(b"\x82\x7f" + (1 << 60).to_bytes(8) + b"x")
    assert (part.size, part.odd) == (None, ("torn",))


def test_text_that_is_not_utf_8_is_no_text() -> None:
    (part,), _ = read(b"\x81\x01\xff")
    assert part.text is None


def test_a_long_frame_is_handed_out_in_parts_and_unmasked_across_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "MAX_PART", 11)
    text = b"a frame that is longer than what is handed out at once"
    masked = bytes(byte ^ KEY[at % 4] for at, byte in enumerate(text))
    wire = bytes((0x81, 0x80 | len(text))) + KEY + masked
    parts, torn = read(wire + b"\x88\x80" + KEY, browser=True, step=3)
    assert b"".join(part.payload() for part in parts) == text
    assert [part.start for part in parts[:-1]] == [*range(0, len(wire), 11)]
    assert {part.size for part in parts[:-1]} == {len(text)}
    assert (parts[-1].opcode, parts[-1].start, parts[-1].whole, torn) == (8, 0, True, False)
    assert not any(part.whole or part.text for part in parts[:-1])
    cut, torn = read(wire[:22], browser=True)
    assert (len(cut), torn) == (2, True)


@given(st.lists(st.binary(max_size=200), max_size=10), st.booleans(), st.integers(1, 40))
def test_all_octets_come_out_again_however_they_come_in(pieces: list[bytes], browser: bool, step: int) -> None:
    data = b"".join(pieces)
    found, _ = read(data, browser=browser, step=step)
    assert b"".join(part.wire for part in found) == data
    assert found == read(data, browser=browser)[0]
    assert all(part.flipped(part.plain()) == part.wire for part in found)


def test_a_length_past_all_bounds_holds_no_more_memory_than_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "MAX_PART", 1000)
    reader = FrameReader(browser=False)
    reader.feed(b"\x82\x7f" + b"\x7f" + b"\xff" * 7)
    for _ in range(100):
        reader.feed(bytes(999))
        assert len(reader._buffer) < 1000


@given(st.lists(st.binary(max_size=30), max_size=10), st.integers(1, 9))
def test_past_the_most_frames_octets_are_handed_out_as_they_come(payloads: list[bytes], most: int) -> None:
    data = b"".join(b"\x82" + bytes([len(each)]) + each for each in payloads) + b"\x82\x05cut"
    reader = FrameReader(browser=False, most=most)
    found = [part for at in range(0, len(data), 7) for part in reader.feed(data[at : at + 7])] + reader.close()
    assert b"".join(part.wire for part in found) == data
    unread = [part for part in found if part.odd == ("unread",)]
    assert found[len(found) - len(unread) :] == unread
    assert len(found) - len(unread) <= most
    assert bool(unread) == (len(payloads) >= most)
    assert reader.torn == (not unread)
    assert all(part.payload() == b"" and part.text is None for part in unread)
