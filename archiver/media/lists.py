"""Lists of segments, looked at before they are believed: how many they would make, and whether they name all there is.

A list of a few hundred bytes can stand for billions of segments, which yt-dlp writes out in memory before it asks for
the first one.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final
from xml.etree.ElementTree import Element

MAX_SEGMENTS: Final = 1_000_000  # of one list, in all qualities: a film of three hours has a tenth of that at most

_AD: Final = re.compile(r"(?m)^\s*(#ANVATO-SEGMENT-INFO.*type=ad|#UPLYNK-SEGMENT.*,ad\s*$)")


def segments_in(document: Element, in_seconds: Callable[[str], float | None]) -> float:
    """Return how many segments a DASH or Smooth Streaming list stands for: never too few, and infinity for nonsense.

    `in_seconds` reads a duration as whoever writes them out reads it.
    """
    try:
        repeated = sum(1 + max(0, int(each.get("r") or 0)) for each in _named(document, "S", "c"))
        counted = max(in_seconds(words) or 0 for words in _lengths(document)) / _shortest(document)
    except (ValueError, ZeroDivisionError, OverflowError):
        return float("inf")
    tracks = sum(1 for _ in _named(document, "Representation", "QualityLevel"))
    return (repeated + counted) * max(1, tracks)


def lacks(text: str) -> str:
    """Return what is missing in a list of segments (HLS), "" for nothing: its end, or parts that players leave out."""
    if "#EXT-X-ENDLIST" not in text:
        return "the list of segments has no end"
    return "the list marks segments as advertisements, which are left out" if _AD.search(text) else ""


def _lengths(document: Element) -> Iterator[str]:
    """The durations that are stated, one at least."""
    yield document.get("mediaPresentationDuration") or ""
    yield from (each.get("duration") or "" for each in _named(document, "Period"))


def _shortest(document: Element) -> float:
    """The shortest segment, in seconds, whatever is inherited from where; infinite where none has a length."""
    sources = list(_named(document, "SegmentTemplate", "SegmentList", "SegmentBase"))
    scales = [float(scale) for each in sources if (scale := each.get("timescale"))]
    lengths = [float(length) for each in sources if (length := each.get("duration"))]
    exact = [
        float(each.attrib["duration"]) / float(each.attrib["timescale"])
        for each in sources
        if each.get("duration") and each.get("timescale")
    ]
    if len(exact) == len(lengths) and len(exact) == len(scales):
        return min(exact, default=float("inf"))
    return min(lengths, default=float("inf")) / max(scales, default=1.0)


def _named(document: Element, *names: str) -> Iterator[Element]:
    return (each for each in document.iter() if str(each.tag).rpartition("}")[2] in names)
