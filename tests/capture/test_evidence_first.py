"""Evidence first: an answer is on disk, file and name synced, before a decoder or the search for echoes sees it."""

import gzip
import hashlib
import os
import random
import stat
from pathlib import Path
from typing import Any

import pytest
from capturing import Ask, Spools, whole
from server import RawServer, chunked, html, http

from archiver.capture import masking, wire
from archiver.capture.pump import Pump
from archiver.errors import StorageError
from archiver.http.reader import ResponseReader
from archiver.keep import IN_MEMORY, Keeper
from archiver.model.exchange import Exchange, Route

SECRET = "s3cr3t/tok&en=="
GZIP = http(gzip.compress(b"<title>coded</title>", mtime=0), "Content-Encoding: gzip")
LARGE = http(gzip.compress(random.Random(1).randbytes(2 * IN_MEMORY), mtime=0), "Content-Encoding: gzip")  # noqa: S311
CHUNKED = chunked(gzip.compress(b"x", mtime=0), headers=("Content-Encoding: gzip",))
PLAIN = html("plain")
ECHO = http(f"your token is {SECRET}")
SECRETS = (("X-Token", SECRET),)


class Broken(Exception):
    """What nobody foresaw."""


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch, spools: Spools) -> list[str]:
    """What happened, in order: `file N`, `folder` (synced), `gone N`, `decode`, `search`."""
    happened: list[str] = []
    real_sync, real_unlink = os.fsync, Path.unlink

    def sync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        real_sync(descriptor)
        happened.append("folder" if path == spools.folder else f"file {spools.paths.index(path) + 1}")

    def unlink(path: Path, missing_ok: bool = False) -> None:
        happened.append(f"gone {spools.paths.index(path) + 1}")
        real_unlink(path, missing_ok)

    def tell(word: str, function: Any) -> Any:
        def told(*args: Any, **more: Any) -> Any:
            happened.append(word)
            return function(*args, **more)

        return told

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "unlink", unlink)
    for module in (wire, masking):
        monkeypatch.setattr(module, "decoded", tell("decode", module.decoded))
    monkeypatch.setattr(masking, "_search", tell("search", masking._search))
    return happened


def asked(server: RawServer, ask: Ask, answer: bytes, headers: tuple[tuple[str, str], ...] = ()) -> Exchange:
    server.default = answer
    return ask(server.url(), Route(allow=server.allow), headers=headers)


@pytest.mark.parametrize("answer", [GZIP, LARGE, CHUNKED], ids=["gzip", "large", "chunked"])
def test_a_decoder_sees_only_what_is_durable(
    answer: bytes, raw_server: RawServer, ask: Ask, spools: Spools, order: list[str]
) -> None:
    exchange = asked(raw_server, ask, answer)
    assert order == ["file 1", "folder", "decode"]
    assert exchange.response is not None
    assert (exchange.response.path, exchange.response.data) == (spools.paths[0], b"")
    assert whole(exchange) == answer
    assert exchange.response.sha256 == hashlib.sha256(answer).hexdigest()
    assert stat.S_IMODE(spools.paths[0].stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("answer", "then"), [(PLAIN, ["search"]), (GZIP, ["search", "decode", "decode"])], ids=["plain", "gzip"]
)
def test_the_search_for_echoes_sees_only_what_is_durable(
    answer: bytes, then: list[str], raw_server: RawServer, ask: Ask, order: list[str]
) -> None:
    exchange = asked(raw_server, ask, answer, SECRETS)
    assert order == ["file 1", "folder", *then]
    assert whole(exchange) == answer


def test_both_copies_of_a_masked_answer_are_durable_before_the_original_goes(
    raw_server: RawServer, ask: Ask, spools: Spools, order: list[str]
) -> None:
    exchange = asked(raw_server, ask, ECHO, SECRETS)
    assert order == ["file 1", "folder", "search", "file 2", "folder", "file 3", "folder", "gone 1"]
    (private,) = exchange.private
    assert b"".join(private.blob.chunks()).endswith(ECHO)
    assert sorted(spools.folder.iterdir()) == spools.paths[1:]


@pytest.mark.parametrize(
    "answer",
    [PLAIN, http(b"", "Content-Encoding: gzip"), http(b"x", "Content-Encoding:")],
    ids=["plain", "no-body", "no-name"],
)
def test_an_answer_that_only_our_reader_sees_stays_in_memory(
    answer: bytes, raw_server: RawServer, ask: Ask, spools: Spools, order: list[str]
) -> None:
    exchange = asked(raw_server, ask, answer, (("X-Token", "short"),))
    assert whole(exchange) == answer
    assert (order, spools.paths) == ([], [])


def test_a_disk_that_cannot_sync_the_name_keeps_the_decoder_away(
    raw_server: RawServer, ask: Ask, spools: Spools, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def sync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(wire, "decoded", _breaks(AssertionError()))
    with pytest.raises(StorageError) as caught:
        asked(raw_server, ask, GZIP)
    assert caught.value.kind == "failing"
    assert [path.read_bytes() for path in spools.paths] == [GZIP]


def _breaks(error: BaseException) -> Any:
    def broken(*args: Any, **more: Any) -> Any:
        raise error

    return broken


ERRORS = [Broken(), MemoryError(), KeyboardInterrupt()]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("answer", [PLAIN, GZIP, LARGE], ids=["plain", "gzip", "large"])
@pytest.mark.parametrize("place", ["feed", "close"])
def test_an_error_in_the_reader_leaves_what_had_arrived(
    place: str,
    answer: bytes,
    error: BaseException,
    raw_server: RawServer,
    ask: Ask,
    spools: Spools,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fed = 0
    real = ResponseReader.feed

    def feed(reader: ResponseReader, data: bytes) -> Any:
        nonlocal fed
        fed += len(data)
        if place == "feed" and fed == len(answer):
            raise error
        return real(reader, data)

    monkeypatch.setattr(ResponseReader, "feed", feed)
    if place == "close":
        monkeypatch.setattr(ResponseReader, "close", _breaks(error))
    with pytest.raises(type(error)) as caught:
        asked(raw_server, ask, answer)
    assert caught.value is error
    assert [path.read_bytes() for path in spools.paths] == [answer]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("place", "answer"),
    [("mask", PLAIN), ("mask", GZIP), ("decoded", GZIP), ("decoded", LARGE), ("echoes", PLAIN)],
    ids=["mask-plain", "mask-gzip", "decoded-gzip", "decoded-large", "echoes-plain"],
)
def test_an_error_after_the_reading_leaves_what_had_arrived(
    place: str,
    answer: bytes,
    error: BaseException,
    raw_server: RawServer,
    ask: Ask,
    spools: Spools,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, place, _breaks(error))
    with pytest.raises(type(error)) as caught:
        asked(raw_server, ask, answer, SECRETS if place == "mask" else ())
    assert caught.value is error
    assert [path.read_bytes() for path in spools.paths] == [answer]


def test_what_an_error_leaves_is_synced_with_its_name(
    raw_server: RawServer, ask: Ask, order: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "echoes", _breaks(Broken()))
    with pytest.raises(Broken):
        asked(raw_server, ask, PLAIN)
    assert order == ["file 1", "folder"]


def test_an_error_before_the_first_byte_leaves_no_file(
    raw_server: RawServer, ask: Ask, spools: Spools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pump, "run", _breaks(Broken()))
    with pytest.raises(Broken):
        asked(raw_server, ask, PLAIN)
    assert spools.paths == []


def test_a_disk_that_refuses_what_is_left_does_not_hide_the_cause(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"evidence")
    keeper = Keeper(lambda: tmp_path / "part")
    keeper.write(b"arrived")
    keeper.leave()
    keeper.close()
    assert (tmp_path / "part").read_bytes() == b"evidence"


def test_an_end_while_the_bytes_move_to_disk_leaves_them_in_another_file(
    spools: Spools, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = os.fstatvfs, iter([KeyboardInterrupt()])

    def once(descriptor: int) -> os.statvfs_result:
        for failure in failures:
            raise failure
        return real(descriptor)

    monkeypatch.setattr(os, "fstatvfs", once)
    keeper = Keeper(spools)
    data = os.urandom(IN_MEMORY + 1)
    with pytest.raises(KeyboardInterrupt):
        keeper.write(data)
    keeper.leave()
    assert [path.read_bytes() for path in spools.paths] == [b"", data]


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY, IN_MEMORY + 1])
def test_settled_bytes_are_the_bytes_that_were_kept(size: int, spools: Spools) -> None:
    data = os.urandom(size)
    keeper = Keeper(spools)
    keeper.write(data)
    finished, settled = keeper.finish(), keeper.settle()
    assert b"".join(finished.chunks()) == b"".join(settled.chunks()) == data
    assert (settled.size, settled.sha256) == (finished.size, finished.sha256)
    assert (settled.path is None) == (size == 0)
    assert len(spools.paths) == (1 if size else 0)
    keeper.leave()
    assert keeper.settle() == settled
    assert len(spools.paths) == (1 if size else 0)
