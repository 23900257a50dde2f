import gzip
import random
import resource
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import brotlicffi
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.http.decode import Decoded, decoded

TEXT = "Свидетельство, дата и место. ".encode() * 40
GZIP = gzip.compress(TEXT, mtime=0)
ZLIB = zlib.compress(TEXT)
CODED = {
    b"gzip": GZIP,
    b"X-GZip": GZIP,
    b"deflate": ZLIB,
    b"br": brotlicffi.compress(TEXT),
    b"zstd": zstandard.compress(TEXT),
}
CODINGS = pytest.mark.parametrize("coding", CODED, ids=lambda coding: coding.decode())


def test_an_entity_without_coding_is_its_own_copy() -> None:
    for codings in (None, b"", b"identity", b" , identity"):
        assert decoded([b"a", b"", b"b"], codings) == Decoded(b"ab", True, ())


@CODINGS
def test_a_coded_entity_is_decoded_whatever_its_pieces(coding: bytes) -> None:
    data = CODED[coding]
    whole = Decoded(TEXT, True, ())
    assert decoded([data], coding) == whole
    assert decoded([data[i : i + 1] for i in range(len(data))], coding) == whole


@CODINGS
def test_an_entity_of_many_steps_is_decoded(coding: bytes) -> None:
    long = random.Random(3).randbytes(150_000) + bytes(400_000)  # noqa: S311  # noise, not a secret
    coders = {b"br": brotlicffi.compress, b"zstd": zstandard.compress, b"deflate": zlib.compress}
    assert decoded([coders.get(coding, gzip.compress)(long)], coding) == Decoded(long, True, ())


@CODINGS
def test_a_cut_entity_is_named(coding: bytes) -> None:
    copy = decoded([CODED[coding][:-5]], coding)
    assert (copy.complete, copy.anomalies) == (False, ("coding-cut",))
    assert TEXT.startswith(copy.data)


def test_what_came_before_the_cut_is_kept() -> None:
    assert len(decoded([ZLIB[: len(ZLIB) // 2]], b"deflate").data) > 0


@CODINGS
def test_an_entity_cut_in_its_first_byte_is_named(coding: bytes) -> None:
    assert decoded([CODED[coding][:1]], coding) == Decoded(b"", False, ("coding-cut",))


@CODINGS
def test_an_empty_entity_has_nothing_to_decode(coding: bytes) -> None:
    assert decoded([], coding) == Decoded(b"", True, ())


@CODINGS
def test_bytes_after_the_end_are_named_and_left_out(coding: bytes) -> None:
    data = CODED[coding] + b"garbage"
    for pieces in ([data], [data[i : i + 1] for i in range(len(data))]):
        assert decoded(pieces, coding) == Decoded(TEXT, True, ("coding-trailing",))


def test_a_single_byte_after_the_end_is_named() -> None:
    assert decoded([GZIP + b"\x1f"], b"gzip") == Decoded(TEXT, True, ("coding-trailing",))


@pytest.mark.parametrize("coding", [b"gzip", b"zstd"], ids=lambda coding: coding.decode())
def test_several_members_are_one_entity(coding: bytes) -> None:
    assert decoded([CODED[coding] * 3], coding) == Decoded(TEXT * 3, True, ())


def test_a_skippable_frame_is_skipped() -> None:
    skipped = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"hello"
    assert decoded([skipped + CODED[b"zstd"]], b"zstd") == Decoded(TEXT, True, ())


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd"], ids=lambda coding: coding.decode())
def test_a_plain_text_that_claims_a_coding_is_broken(coding: bytes) -> None:
    assert decoded([b"<html>not coded at all</html>"], coding) == Decoded(b"", False, ("coding-broken",))


def test_deflate_without_its_wrapper_is_read_and_named() -> None:
    assert decoded([ZLIB[2:-4]], b"deflate") == Decoded(TEXT, True, ("coding-raw-deflate",))
    assert decoded([b"<html>"], b"deflate").anomalies == ("coding-raw-deflate", "coding-broken")


def test_a_wrong_checksum_leaves_the_text_readable() -> None:
    data = GZIP[:-8] + bytes(8)
    for pieces in ([data], [data[i : i + 1] for i in range(len(data))]):
        assert decoded(pieces, b"gzip") == Decoded(TEXT, False, ("coding-broken",))


def test_a_break_in_the_middle_keeps_what_came_before_it() -> None:
    noise = b"".join(bytes([i * 7 % 256, i * i % 251]) for i in range(60_000))
    data = bytearray(zlib.compress(noise, 1))
    data[len(data) // 2 :] = b"\xff" * (len(data) // 2)
    copy = decoded([bytes(data)], b"deflate")
    assert copy.anomalies == ("coding-broken",)
    assert len(copy.data) > 10_000
    assert noise[:10_000] == copy.data[:10_000]


def test_codings_are_undone_last_first() -> None:
    assert decoded([brotlicffi.compress(GZIP)], b"gzip, br") == Decoded(TEXT, True, ())
    assert decoded([brotlicffi.compress(GZIP)], b"br, gzip").anomalies == ("coding-broken",)


def test_a_break_in_an_outer_layer_is_named_once() -> None:
    assert decoded([brotlicffi.compress(GZIP)[:-5]], b"gzip, br").anomalies == ("coding-cut",)


def test_an_unknown_coding_leaves_the_entity_as_it_came() -> None:
    assert decoded([GZIP], b"gzip, exi") == Decoded(GZIP, False, ("coding-unknown",))


def test_too_many_layers_are_left_alone() -> None:
    data = TEXT
    for _ in range(6):
        data = gzip.compress(data)
    assert decoded([data], b",".join([b"gzip"] * 6)) == Decoded(data, False, ("coding-too-many",))
    assert decoded([data], b",".join([b"gzip"] * 6), max_layers=6).data == TEXT


def test_the_output_ends_exactly_at_its_limit() -> None:
    assert decoded([TEXT], None, max_output=100) == Decoded(TEXT[:100], False, ())
    assert decoded([GZIP], b"gzip", max_output=100) == Decoded(TEXT[:100], False, ("coding-bounded",))
    assert decoded([GZIP], b"gzip", max_output=len(TEXT)) == Decoded(TEXT, True, ())


def test_the_ratio_is_bounded_past_a_megabyte() -> None:
    data = gzip.compress(bytes(3_000_000))
    assert decoded([data], b"gzip", max_ratio=2000).complete
    copy = decoded([data], b"gzip", max_ratio=10)
    assert (len(copy.data), copy.anomalies) == (1024**2, ("coding-bounded",))


def test_a_zstd_window_past_the_standard_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    assert decoded([stream.compress(TEXT) + stream.flush()], b"zstd").anomalies == ("coding-broken",)


@given(st.binary(max_size=300), st.lists(st.sampled_from([*CODED, b"identity", b"foo"]), max_size=3))
@settings(max_examples=200, deadline=None)
def test_any_bytes_under_any_codings_decode_to_something(data: bytes, codings: list[bytes]) -> None:
    copy = decoded([data], b",".join(codings))
    assert copy == decoded([data[i : i + 1] for i in range(len(data))], b",".join(codings))


@given(st.sampled_from([*CODED]), st.integers(0, 10_000), st.integers(1, 255))
@settings(max_examples=200, deadline=None)
def test_a_changed_byte_never_raises(coding: bytes, place: int, change: int) -> None:
    data = bytearray(CODED[coding])
    data[place % len(data)] ^= change
    decoded([bytes(data)], coding)


BOMBS = """
import gzip, sys
import brotlicffi, zstandard
from archiver.http.decode import decoded
import resource

def brotli(size):
    coder = brotlicffi.Compressor()
    for _ in range(size >> 20):
        yield coder.process(bytes(1 << 20))
    yield coder.finish()

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

zstd = zstandard.ZstdCompressor().compressobj()
bombs = [
    (b"br", b"".join(brotli(256 << 20))),
    (b"zstd", b"".join([*(zstd.compress(bytes(1 << 20)) for _ in range(256)), zstd.flush()])),
]
import io
inner = io.BytesIO()
with gzip.GzipFile(fileobj=inner, mode="wb") as file:
    for _ in range(512):
        file.write(bytes(1 << 20))
bombs.append((b"gzip, gzip", gzip.compress(inner.getvalue())))
before = peak()
for codings, bomb in bombs:
    copy = decoded([bomb], codings, max_ratio=10**9)
    assert len(bomb) < 20_000, len(bomb)
    assert len(copy.data) == 16 << 20, len(copy.data)
    assert copy.anomalies == ("coding-bounded",)
    del copy
print(peak() - before)
"""


def test_bombs_are_stopped_in_bounded_memory() -> None:
    done = subprocess.run([sys.executable, "-c", BOMBS], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert int(done.stdout) < 100_000  # KiB, over what it took to make the bombs


@pytest.mark.parametrize(
    ("codings", "stream"),
    [
        (b"gzip", gzip.compress(b"", mtime=0)),
        (b"zstd", b"\x50\x2a\x4d\x18" + bytes(4)),
        (b"zstd", zstandard.compress(b"")),
    ],
    ids=["gzip", "skippable", "zstd"],
)
def test_a_flood_of_empty_streams_is_given_up(codings: bytes, stream: bytes) -> None:
    copy = decoded([stream * 30_000], codings)
    assert (copy.data, copy.complete, copy.anomalies) == (b"", False, ("coding-bounded",))


def test_codings_without_end_are_not_taken_apart() -> None:
    codings = b"aa," * 1_000_000
    tracemalloc.start()
    copy = decoded([b"x"], codings)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (copy.data, copy.complete) == (b"x", False)
    assert peak < 3 * len(codings)


def test_five_layers_of_brotli_stay_in_bounded_memory() -> None:
    data = random.Random(7).randbytes(3 << 20)  # noqa: S311  # noise, not a secret
    for _ in range(5):
        data = brotlicffi.compress(data, quality=0, lgwin=24)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert decoded([data], b"br, br, br, br, br").complete
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000
