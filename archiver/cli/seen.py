"""What people are shown of what a browser told of a page."""

from typing import Final

from archiver.canon import Json
from archiver.cli.facts import Data, objects, text, whole
from archiver.cli.paging import listed
from archiver.cli.screen import Field, Tone

WHY: Final[dict[str, str]] = {
    "watched": "opponents of the case may read there who asked (policy.posts.contact allows it)",
    "unsendable": "no request can be made of it",
    "limits": "a limit was reached",
}
_WELL: Final = frozenset({"loaded", "redirected"})
_FIRST_ERROR: Final = 400


def told_fields(told: Json) -> tuple[Field, ...]:
    """Return what people are shown of a page-info: what did not load, what was not asked, that scripts complained."""
    if not isinstance(told, dict):
        return ()
    failed = [each for each in objects(told, "requests") if _fails(each)]
    unasked = [
        f"{WHY.get(text(each, 'why'), text(each, 'why'))}: {text(each, 'url')}" for each in objects(told, "unasked")
    ]
    errors = sum(text(each, "level") in {"error", "exception"} for each in objects(told, "console"))
    return (
        *listed("not loaded", [_lacking(each) for each in failed], Tone.CAUTION),
        *listed("not asked", unasked, Tone.CAUTION),
        *(Field("console", f"errors: {errors} (--json names them)", Tone.PLAIN) for _ in (1,) if errors),
    )


def _fails(request: Data) -> bool:
    return text(request, "outcome") not in _WELL or (whole(request, "status") or 0) >= _FIRST_ERROR


def _lacking(request: Data) -> str:
    status = whole(request, "status")
    how = text(request, "why") or text(request, "outcome")
    why = str(status) if status is not None and status >= _FIRST_ERROR else how
    return f"{text(request, 'type').lower()}, {why}: {text(request, 'address')}"
