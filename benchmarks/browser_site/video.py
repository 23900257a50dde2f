"""Clips, served whole or in ranges (RFC 9110 §14)."""

import re
from functools import cache
from pathlib import Path

from browser_site.messages import Answer, Asked, cut, head, whole

FILES = Path(__file__).parent / "files"
PADDING = 3_000_000  # bytes between the pictures of the clip and its index: a browser jumps over them
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def clip(asked: Asked) -> Answer:
    """The clip with its index at the end, far from its beginning."""
    return ranged(asked, _padded(), "video/mp4")


def small_clip(asked: Asked) -> Answer:
    return ranged(asked, (FILES / "square.webm").read_bytes(), "video/webm")


def ranged(asked: Asked, body: bytes, media_type: str) -> Answer:
    """Return `body`, or the one range of it that was asked for."""
    fields = ("Accept-Ranges: bytes", 'ETag: "clip-1"')
    found = RANGE.fullmatch(asked.value("Range"))
    if found is None or found.groups() == ("", ""):
        return whole(asked, body, media_type, *fields)
    first, last = found.groups()
    start = int(first) if first else max(0, len(body) - int(last))
    end = min(int(last) if first and last else len(body) - 1, len(body) - 1)
    if start > end:
        return whole(
            asked, b"", media_type, f"Content-Range: bytes */{len(body)}", status="416 Range Not Satisfiable"
        )  # fmt: skip
    part = body[start : end + 1]
    more = (f"Content-Type: {media_type}", *fields, f"Content-Range: bytes {start}-{end}/{len(body)}")
    return Answer((head(asked, "206 Partial Content", *more, f"Content-Length: {len(part)}"), *cut(part, 65_536)))


@cache
def _padded() -> bytes:
    """Return the clip with a box of nothing before its index (ISO 14496-12 §8.1.2); no place in it moves by that."""
    clip = (FILES / "square.mp4").read_bytes()
    index = clip.rindex(b"moov") - 4
    box = (PADDING + 8).to_bytes(4, "big") + b"free" + bytes(PADDING)
    return clip[:index] + box + clip[index:]
