"""Answers of a hostile server, through the real wire, into real files, judged by the tools of others."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from hostile_answers import CASES, PLAIN_CASES
from server import HostileCase, RawServer
from warc_items import CountingIds, item
from warc_tools import (
    CDXJ_INDEXER,
    FASTWARC,
    WARCIO,
    fast_verdict,
    gzip_complaints,
    replay,
    response_blocks,
    run_tool,
    warcio_passes,
)

from archiver.capture.request import build_request
from archiver.capture.wire import Wire
from archiver.http.parse import entity_pieces
from archiver.model.address import Address
from archiver.model.exchange import Exchange, Limits, Route
from archiver.runtime import system_runtime
from archiver.warc.write import write_item

LIMITS = Limits(connect=10.0, idle=10.0, linger=0.1)


@dataclass(frozen=True)
class Caught:
    """What was sent, what came of it, and the file it was written to."""

    case: HostileCase
    sent: bytes
    exchange: Exchange
    path: Path


@pytest.fixture(scope="module")
def caught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Caught, ...]]:
    folder = tmp_path_factory.mktemp("caught")
    with RawServer() as server, ThreadPoolExecutor(8) as pool:
        server.add(CASES)
        yield tuple(pool.map(lambda case: _catch(case, server, folder), PLAIN_CASES))


def _catch(case: HostileCase, server: RawServer, folder: Path) -> Caught:
    runtime = system_runtime()
    wire = Wire(runtime, Route(allow=server.allow), LIMITS, spool=lambda: folder / f"{case.name}.part")
    request = build_request(Address.parse(server.url(case.target)), now=runtime.clock.now())
    deadline = runtime.clock.monotonic() + (0.4 if case.endless else 30)
    exchange = wire.exchange(request, deadline=deadline, stop=lambda: False)
    path = folder / f"{case.name}.warc.gz"
    with path.open("wb") as file:
        write_item(file, item(exchange, number=PLAIN_CASES.index(case) + 1), CountingIds())
    with contextlib.suppress(FileNotFoundError):
        (folder / f"{case.name}.part").unlink()
    return Caught(case, server.sent[case.target], exchange, path)


def test_the_response_records_hold_what_the_server_sent(caught: tuple[Caught, ...]) -> None:
    for one in caught:
        blocks = response_blocks(one.path)
        if one.case.endless:
            assert len(blocks) == 1, one.case.name
            assert one.sent.startswith(blocks[0]), one.case.name
        else:
            assert blocks == ([one.sent] if one.sent else []), one.case.name


def test_no_checker_finds_anything_wrong(caught: tuple[Caught, ...], tmp_path: Path) -> None:
    paths = [str(one.path) for one in caught]
    assert gzip_complaints(paths) == ""
    for one in caught:
        assert warcio_passes(one.path.read_bytes()), one.case.name
        assert all(fast_verdict(one.path.read_bytes())), one.case.name
    together = tmp_path / "all.warc.gz"
    together.write_bytes(b"".join(one.path.read_bytes() for one in caught))
    assert run_tool(*WARCIO, "check", str(together)).returncode == 0
    assert run_tool(*FASTWARC, "check", "-p", "-q", str(together)).returncode == 0
    assert run_tool(*CDXJ_INDEXER, *paths).returncode == 0


def test_pywb_replays_the_well_formed_ones(caught: tuple[Caught, ...]) -> None:
    control = [one for one in caught if one.case.group == "control"]
    asked = [
        [one.exchange.started_at.strftime("%Y%m%d%H%M%S"), one.exchange.address.url, "gzip, deflate, br"]
        for one in control
    ]
    for one, (status, _, body) in zip(control, replay(control[0].path.parent, asked), strict=True):
        message = one.exchange.message
        assert message is not None
        assert status.split()[0] == str(message.status), one.case.name
        assert body == b"".join(entity_pieces([one.sent])), one.case.name
