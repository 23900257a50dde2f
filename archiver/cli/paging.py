"""What people are shown of the needs of a page."""

from typing import Final

from archiver.canon import Json
from archiver.cli.facts import Data, members, objects, text, texts, whole
from archiver.cli.screen import Field, Tone

SHOWN: Final = 20  # entries of a list

WHY: Final[dict[str, str]] = {
    "left-alone": "not asked: its host refused before, or could not be reached",
    "watched": "not asked: opponents of the case may read there who asked (policy.posts.contact allows it)",
    "unsendable": "not asked: no request can be made of it",
    "limits": "not asked: a limit was reached",
    "interrupted": "not asked: the capture was stopped by hand",
    "refused": "not asked: its address is not public",
}
SKIPPED: Final[dict[str, str]] = {
    "scheme": "neither http nor https",
    "address": "no address that can be asked for",
    "media": "sound or video; --media fetches it",
    "lazy": "named only for scripts",
    "type": "of a type that browsers do not load there",
    "refresh": "where the page leads after a while: another page",
    "srcdoc": "the page brings this frame along",
    "frame-depth": "a frame in a frame",
    "import-depth": "too many @import one behind another",
    "import-late": "an @import that browsers ignore",
    "candidates": "more sizes of one image than are taken",
    "limit": "more than are taken of one page",
    "unread": "this was not read to its end: it may need more",
}


def page_fields(page: Json) -> tuple[Field, ...]:
    """Return what people are shown of the account of a page: what is missing, what was left out; nothing for none."""
    if not isinstance(page, dict):
        return ()
    missing = [each for each in objects(page, "needs") if text(each, "why")]
    cut = [each for each in objects(page, "needs") if not text(each, "why") and each.get("whole") is not True]
    skipped = objects(page, "skipped")
    linked = ", ".join(texts(members(page, "rules"), "linked"))
    return (
        *(Field("linked", each) for each in (linked,) if each),
        *listed("missing", [f"{_lacking(each)}: {text(each, 'url')}" for each in missing], Tone.CAUTION),
        *listed("cut", [f"{text(each, 'kind')}: {text(each, 'url')}" for each in cut], Tone.CAUTION),
        *listed("left out", [f"{_reason(each)}: {text(each, 'url')}" for each in skipped], Tone.PLAIN),
        *(Field("left out", f"{more} more, unnamed") for more in (whole(page, "unnamed"),) if more),
    )


def listed(key: str, lines: list[str], tone: Tone) -> tuple[Field, ...]:
    """Return a field for each of the first lines, and one that says how many more there are."""
    more = len(lines) - SHOWN
    rest = (Field(key, f"{more} more (--json names them)", tone),) if more > 0 else ()
    return (*(Field(key, line, tone) for line in lines[:SHOWN]), *rest)


def _lacking(need: Data) -> str:
    why = text(need, "why")
    words = str(whole(need, "status")) if why == "status" else WHY.get(why, why)
    return f"{text(need, 'kind')}, {words}"


def _reason(skipped: Data) -> str:
    reason = text(skipped, "reason")
    return f"{text(skipped, 'kind')}, {SKIPPED.get(reason, reason)}"
