"""What a WARC kept, beside what the server has in its log; and two pictures, pixel by pixel.

WARCs are read with FastWARC, which the project itself does not use.
"""

import base64
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from browser_site.messages import NUMBER, Logged
from fastwarc.warc import ArchiveIterator, WarcRecordType
from PIL import Image, ImageChops

# "exact": every octet. "cut": a beginning of what was sent, and the record says that it is cut. "other": anything else.
Verdict = Literal["exact", "cut", "other", "missing"]

SHOWN = b"[redacted]"  # what stands in a request for a value that the record does not show
_NUMBER = re.compile(rb"\r?\n" + NUMBER.encode() + rb": (\d+)\r?\n")


@dataclass(frozen=True, slots=True)
class Kept:
    """One response record with its request: blocks, address, and what the record says of itself.

    `socket` are the octets of the frames of a WebSocket, those of the browser and those of the server.
    """

    url: str
    response: bytes
    request: bytes = b""
    truncated: str = ""
    fidelity: str = "wire"
    socket: tuple[bytes, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """One exchange of the log and what became of it. `request` is whether its request was kept, but for redactions.

    `frames` is whether the octets of a WebSocket were kept on both sides; None where there were none.
    """

    logged: Logged
    kept: Kept | None
    verdict: Verdict
    request: bool
    frames: bool | None = None

    def __str__(self) -> str:
        says = "" if self.kept is None else f", {len(self.kept.response)} kept {self.kept.truncated}"
        wrong = "" if self.request else ", another request"
        frames = ", other frames" if self.frames is False else ""
        return (
            f"{self.verdict}: {self.logged.method} {self.logged.url} ({len(self.logged.response)} octets sent"
            f"{says}{wrong}{frames})"
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """All exchanges of a log, and `unheard`: records of answers that the server never gave."""

    pairs: tuple[Pair, ...]
    unheard: tuple[Kept, ...] = ()

    def count(self, verdict: Verdict) -> int:
        return sum(1 for pair in self.pairs if pair.verdict == verdict)

    @property
    def requests(self) -> int:
        """How many requests were kept as they were sent."""
        return sum(1 for pair in self.pairs if pair.request)

    @property
    def sockets(self) -> tuple[int, int]:
        """How many WebSockets had all their frames kept, of how many."""
        told = [pair.frames for pair in self.pairs if pair.frames is not None]
        return sum(told), len(told)

    @property
    def wrong_for_good(self) -> list[str]:
        """What must not be: `wrong` without what was cut, because that is on the record."""
        return [text for text in self.wrong if not text.startswith("cut: ")]

    @property
    def wrong(self) -> list[str]:
        """What is not as the log has it, for people."""
        bad = [str(p) for p in self.pairs if p.verdict != "exact" or not p.request or p.frames is False]
        return bad + [f"unheard: {kept.url}" for kept in self.unheard]


def kept_in(warc: Path) -> tuple[Kept, ...]:
    """Return every response of the file, in order, each with its request and the frames of its WebSocket."""
    answers: list[tuple[str, set[str], Kept]] = []
    requests: list[tuple[str, set[str], bytes]] = []
    sockets: dict[str, tuple[bytes, bytes]] = {}
    for kind, fields, block in records(warc):
        name, uri = fields["warc-record-id"][0], fields.get("warc-target-uri", [""])[0]
        beside = set(fields.get("warc-concurrent-to", ()))
        if kind == WarcRecordType.response:
            cut, fidelity = fields.get("warc-truncated", [""])[0], fields.get("archiver-fidelity", ["wire"])[0]
            answers.append((name, beside, Kept(uri, block, truncated=cut, fidelity=fidelity)))
        elif kind == WarcRecordType.request:
            requests.append((name, beside, block))
        elif kind == WarcRecordType.resource and ":websocket-" in uri:
            sockets |= dict.fromkeys(beside, _sides(block))
    by_answer = {other: block for _, beside, block in requests for other in beside}
    by_request = {name: block for name, _, block in requests}
    return tuple(
        replace(
            answer, socket=sockets.get(name),
            request=by_answer.get(name) or next((by_request[other] for other in beside if other in by_request), b""),
        )
        for name, beside, answer in answers
    )  # fmt: skip


def picture_in(warc: Path, urn: str) -> bytes | None:
    """Return the first picture of that kind ("view", "fullPage") in the file."""
    return next(
        (block for kind, fields, block in records(warc)
         if kind == WarcRecordType.resource and fields["warc-target-uri"][0].startswith(f"urn:{urn}:")),
        None,
    )  # fmt: skip


def records(warc: Path) -> Iterator[tuple[WarcRecordType, dict[str, list[str]], bytes]]:
    """Yield type, fields by their names in lower case, and block of every record."""
    with warc.open("rb") as stream:
        for record in ArchiveIterator(stream, parse_http=False):
            fields: dict[str, list[str]] = {}
            for name, value in record.headers.astuples():
                fields.setdefault(name.lower(), []).append(value.strip())
            yield record.record_type, fields, record.reader.read()


def compare(log: Sequence[Logged], kept: Iterable[Kept]) -> Compared:
    """Pair the exchanges of `log` with what was `kept`, by the number that stands in each answer."""
    by_number: dict[int, Kept] = {}
    unheard: list[Kept] = []
    known = {logged.number for logged in log}
    for record in kept:
        found = _NUMBER.search(record.response)
        number = int(found[1]) if found else 0
        if number in known and number not in by_number:
            by_number[number] = record
        else:
            unheard.append(record)
    return Compared(tuple(_pair(logged, by_number.get(logged.number)) for logged in log), tuple(unheard))


def same_request(sent: bytes, kept: bytes) -> bool:
    """Return whether `kept` is what was sent, but for values of fields that it says it does not show."""
    if sent == kept:
        return True
    lines, shown = sent.split(b"\r\n"), kept.split(b"\r\n")
    return len(lines) == len(shown) and all(
        line == other or (other.endswith(SHOWN) and line.startswith(other[: -len(SHOWN)]))
        for line, other in zip(lines, shown, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """How two pictures differ: `differing` of `pixels`, within `box` (left, top, right, bottom; None for nowhere)."""

    live: tuple[int, int]
    replay: tuple[int, int]
    pixels: int
    differing: int
    box: tuple[int, int, int, int] | None


def difference(live: bytes, replay: bytes) -> Difference:
    """Compare two PNGs. What only one of them has differs."""
    first, second = (Image.open(io.BytesIO(data)).convert("RGB") for data in (live, replay))
    size = max(first.width, second.width), max(first.height, second.height)
    common = (0, 0, min(first.width, second.width), min(first.height, second.height))
    apart = most_apart(first.crop(common), second.crop(common))
    differing = sum(apart.histogram()[1:]) + size[0] * size[1] - common[2] * common[3]
    return Difference(first.size, second.size, size[0] * size[1], differing, apart.getbbox())


def most_apart(first: Image.Image, second: Image.Image) -> Image.Image:
    """Return for each pixel how far the two RGB pictures, equal in size, are apart in the colour that differs most."""
    red, green, blue = ImageChops.difference(first, second).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _pair(logged: Logged, kept: Kept | None) -> Pair:
    frames = logged.response.startswith(b"HTTP/1.1 101 ")
    if kept is None:
        return Pair(logged, None, "missing", False, False if frames else None)
    verdict: Verdict = "other"
    if kept.response == logged.response:
        verdict = "exact"
    elif kept.truncated and logged.response.startswith(kept.response):
        verdict = "cut"
    request = same_request(logged.request, kept.request)
    return Pair(logged, kept, verdict, request, kept.socket == (logged.heard, logged.said) if frames else None)


def _sides(document: bytes) -> tuple[bytes, bytes]:
    """Return the octets of both sides that a record of frames holds: those of the browser, those of the server."""
    sides = {"browser": b"", "server": b""}
    for line in document.splitlines():
        told = json.loads(line)
        if "wire" in told:
            sides[told["by"]] += base64.b64decode(told["wire"])
    return sides["browser"], sides["server"]
