"""docs/spec/capture.md says what the code does."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from archiver.capture.dns import NO_ANSWER
from archiver.capture.guard import BLOCKS_V4, BLOCKS_V6, LOCAL_NAMES
from archiver.capture.proxy import PORTS
from archiver.capture.pump import MAX_EXTRA
from archiver.capture.request import OURS, build_request
from archiver.capture.secrets import SHOWN, is_secret_header
from archiver.keep import IN_MEMORY
from archiver.model.address import Address
from archiver.model.exchange import Limits
from archiver.runtime import Runtime

SPEC = (Path(__file__).parents[2] / "docs" / "spec" / "capture.md").read_text("utf-8")


@pytest.mark.parametrize("block", [block for block, _ in (*BLOCKS_V4, *BLOCKS_V6)])
def test_every_block_is_listed(block: str) -> None:
    assert re.search(rf"(?<![0-9a-f:.]){re.escape(block)}(?![0-9])", SPEC)


def test_every_local_name_is_listed() -> None:
    assert all(f"`{name}`" in SPEC for name in LOCAL_NAMES)


def test_every_header_that_is_ours_is_listed() -> None:
    text = SPEC.lower()
    assert all(f"`{name}`" in text for name in OURS)


def test_every_word_that_makes_a_header_secret_is_listed_and_works() -> None:
    section = SPEC[SPEC.index("A header is secret when") : SPEC.index("On the record its value")]
    words = re.findall(r"`([^`]+)`", section)
    assert len(words) == 17
    assert all(is_secret_header(word) for word in words)
    assert SHOWN.decode() in SPEC


def test_the_nonce_of_a_websocket_is_no_secret() -> None:
    assert not is_secret_header("Sec-WebSocket-Key")
    assert "(`Sec-WebSocket-Key` is none" in SPEC


def test_limits_are_those_of_the_table() -> None:
    assert set(asdict(Limits())) - {"max_redirects"} <= set(re.findall(r"\| `([a-z_]+)`", SPEC))
    assert (Limits().max_bytes, Limits().max_time, Limits().idle) == (4 << 30, 900, 60)
    assert (Limits().connect, Limits().linger, MAX_EXTRA, IN_MEMORY) == (20, 0.3, 64 << 10, 1 << 20)


def test_the_request_shown_is_the_request_sent(runtime: Runtime) -> None:
    shown = SPEC[SPEC.index("GET /page?x=1 HTTP/1.1") :].partition("\n```")[0].replace("Cookie: [redacted]\n", "")
    request = build_request(Address.parse("https://site.example/page?x=1"), now=runtime.clock.now())
    assert request.sent().decode() == shown.replace("\n", "\r\n") + "\r\n\r\n"


def test_words_of_the_record_are_in_the_text() -> None:
    assert f"`{NO_ANSWER}`" in SPEC
    assert all(f"`{scheme}://`" in SPEC for scheme in PORTS)
