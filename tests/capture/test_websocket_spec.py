"""docs/spec/websocket.md says what the code does."""

import re
import typing
from datetime import UTC, datetime
from pathlib import Path

from archiver.canon import sha256_hex
from archiver.capture.talk import MAX_FRAMES, SCHEMA, talk_document, talk_part
from archiver.capture.tunnel import MAX_PIECES, TOGETHER
from archiver.http import websocket
from archiver.http.websocket import MAX_PART
from archiver.model.exchange import Blob
from archiver.model.websocket import Piece, Talk, TalkEnd

SPEC = (Path(__file__).parents[2] / "docs" / "spec" / "websocket.md").read_text("utf-8")


def _blob(data: bytes) -> Blob:
    return Blob(len(data), sha256_hex(data), data)


def test_the_document_shown_is_the_document_made() -> None:
    """The frames are those of RFC 6455 §5.7."""
    asked, told = bytes.fromhex("818537fa213d7f9f4d5158"), bytes.fromhex("810548656c6c6f")
    talk = Talk(
        _blob(asked),
        _blob(told),
        (
            Piece("browser", len(asked), datetime(2026, 11, 22, 6, 56, 0, 120441, tzinfo=UTC)),
            Piece("server", len(told), datetime(2026, 11, 22, 6, 56, 0, 151020, tzinfo=UTC)),
        ),
        "browser",
        datetime(2026, 11, 22, 6, 56, 1, 310, tzinfo=UTC),
    )
    shown = SPEC[SPEC.index("```json\n") + 8 :].partition("```")[0]
    assert b"".join(talk_document(talk)).decode() == shown


def test_every_name_is_listed() -> None:
    ends = typing.get_args(TalkEnd)
    odd = re.findall(r"`([a-z0-9-]+)`", (websocket.__doc__ or "").partition("lists them:")[2])
    assert len(odd) == 10
    assert all(re.search(rf"^\| `{name}` \|", SPEC, re.MULTILINE) for name in (*ends, *odd))
    assert f"`{SCHEMA}`" in SPEC
    assert f"`…:{talk_part(2)}`" in SPEC


def test_limits_are_those_of_the_text() -> None:
    assert (MAX_PART, MAX_PIECES, TOGETHER.total_seconds()) == (1 << 20, 100_000, 0.01)
    assert f"{MAX_PIECES:,} times" in SPEC
    assert f"{MAX_FRAMES:,} lines" in SPEC
    assert "1 MiB" in SPEC
    assert "10 ms" in SPEC
