"""Which members the data of each event has, and of which type (docs/spec/custody-log.md §5). Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from operator import call

from archiver.canon import Json
from archiver.config.name import AUTHORITY, FINGERPRINT, SIGNER
from archiver.model.platform import STATES

Test = Callable[[Json], bool]

MAX_TEXT = 4096  # characters of a text about keys, seals and tokens that the program itself writes
MAX_PATH = 250  # characters of the path of a file; the longest that a case can have is shorter
MAX_TOKENS = 64  # that one event names, and as many authorities that gave none; the program asks fewer
MAX_PROBLEMS = 8  # of one event that are told
_MAX_NAME = 80  # characters of a member's name that are repeated

_HEX64 = re.compile(r"[0-9a-f]{64}")
_URN = re.compile(r"urn:uuid:[0-9a-f-]{36}")
_KEY = re.compile(r"[a-z0-9][a-z0-9@.-]{0,99} [A-Za-z0-9+/]{1,8192}={0,2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,20})?Z")
_SERIAL = re.compile(r"[0-9a-f]{1,132}")  # as many as `time_stamp` reads


def shape_problems(event: str, data: Mapping[str, Json]) -> tuple[str, ...]:
    """Return what is wrong with the members of `data`; empty for a sound event and for one this version cannot judge.

    At most `MAX_PROBLEMS` are told. Sentences are lower case and name the member; member names come from the log, so
    sinks must escape them.
    """
    shape = SHAPES.get(event)
    if shape is None:
        return ()
    needed, optional = shape
    tests = {**needed, **optional} if optional else needed
    if needed.keys() <= data.keys() <= tests.keys() and _all_hold(tests, data):
        return ()
    problems = [f"{name} is missing" for name in sorted(needed.keys() - data.keys())]
    strange = sorted(data.keys() - needed.keys() - optional.keys())
    problems += [f"{name[:_MAX_NAME]} does not belong there" for name in strange[:MAX_PROBLEMS]]
    problems += [
        f"{name} is not in its form" for name in sorted(data.keys() & tests.keys()) if not tests[name](data[name])
    ]
    return tuple(problems[:MAX_PROBLEMS])


def _all_hold(tests: Mapping[str, Test], data: Mapping[str, Json]) -> bool:
    return all(map(call, map(tests.__getitem__, data), data.values()))


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_words(value: Json) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_boolean(value: Json) -> bool:
    return isinstance(value, bool)


def _is_short(value: Json) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_path(value: Json) -> bool:
    return isinstance(value, str) and len(value) <= MAX_PATH


def _is_object(value: Json) -> bool:
    return isinstance(value, dict)


def _matches(form: re.Pattern[str]) -> Test:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


_is_hex = _matches(_HEX64)
_is_urn = _matches(_URN)


def _is_integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_positive(value: Json) -> bool:
    return _is_count(value) and value != 0


def _one_of(*allowed: str) -> Test:
    return lambda value: isinstance(value, str) and value in allowed


def _or_null(test: Test) -> Test:
    return lambda value: value is None or test(value)


def _list_of(test: Test) -> Test:
    return lambda value: isinstance(value, list) and all(test(item) for item in value)


def _few_of(test: Test) -> Test:
    return lambda value: isinstance(value, list) and len(value) <= MAX_TOKENS and all(test(item) for item in value)


def _record(members: Mapping[str, Test], optional: Mapping[str, Test] | None = None) -> Test:
    tests = {**members, **(optional or {})}

    def test(value: Json) -> bool:
        if not isinstance(value, dict) or not members.keys() <= value.keys() <= tests.keys():
            return False
        return _all_hold(tests, value)

    return test


_FILE = {"path": _is_path, "size": _is_count, "sha256": _is_hex}
_STORED = _record(_FILE)
_CASE_YAML = _record({"text": _is_text, "sha256": _is_hex, "size": _is_count})
_POLICY = _record({"line": _is_positive, "offset": _is_count, "sha256": _is_hex})
_RECORDS = _list_of(
    _record({"id": _is_urn, "type": _is_text, "offset": _is_count, "length": _is_positive, "sha256": _is_hex})
)
_EXCHANGES = _list_of(
    _record(
        {
            "url": _is_text,
            "status": _or_null(_is_count),
            "peer_ip": _or_null(_is_text),
            "end": _or_null(_is_text),
            "truncated": _or_null(_is_text),
            "entity_sha256": _or_null(_is_hex),
            "entity_size": _or_null(_is_count),
            "failure": _or_null(_is_text),
            "anomalies": _list_of(_is_text),
        },
        {"record": _or_null(_is_urn), "fidelity": _one_of("reconstructed", "decoded")},
    )
)
_FAILURE = _record({"kind": _is_text, "detail": _is_text})

_LIST = _record(
    {
        "name": _is_text,
        "format": _is_text,
        "size": _is_count,
        "sha256": _or_null(_is_hex),
        "rows_sha256": _is_hex,
        "rows": _is_count,
        "left_out": _is_count,
    }
)
_COUNTS = _record(
    dict.fromkeys(
        ("complete", "unconfirmed", "partial", "failed", "interrupted", "done_before", "not_begun"), _is_count
    )
)


def _is_time(value: Json) -> bool:
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


_is_signer = _matches(SIGNER)
_is_fingerprint = _matches(FINGERPRINT)
_TOKEN = _record(
    {
        "authority": _matches(AUTHORITY),
        "request": _STORED,
        "response": _STORED,
        "gen_time": _is_time,
        "serial": _matches(_SERIAL),
        "offset_ms": _is_integer,
    }
)

_HELD: dict[str, Test] = {"items": _is_count, "files": _is_count, "bytes": _is_count}

_PICTURE: dict[str, Test] = {"sha256": _is_hex, "width": _is_positive, "height": _is_positive}

_ITEM: dict[str, Test] = {
    "item": _is_positive,
    "requested": _is_positive,
    "url": _is_text,
    "note": _is_text,
    "tags": _list_of(_is_text),
    "oldest_open": _is_count,
}
_KEPT: dict[str, Test] = {"file": _STORED, "records": _RECORDS}
_OUTCOME: dict[str, Test] = {
    **_ITEM,
    **_KEPT,
    "request_url": _is_text,
    "final_url": _or_null(_is_text),
    "reasons": _list_of(_is_text),
    "status": _or_null(_is_count),
    "title": _or_null(_is_text),
    "language": _or_null(_is_text),
    "media_type": _or_null(_is_text),
    "started_at": _is_text,
    "ended_at": _is_text,
    "exchanges": _EXCHANGES,
    "redactions": _is_count,
    "private": _list_of(_is_hex),
    "software": _is_text,
}
_POST = _record(
    {
        "platform": _is_text,
        "key": _is_text,
        "kind": _is_text,
        "state": _one_of(*STATES),
        "rule": _is_text,
        "exchange": _is_count,
        "adapter": _is_text,
        "adapter_sha256": _is_hex,
    }
)
_PAGE = _record({"exchange": _is_count, "wanted": _is_count, "came": _is_count, "skipped": _is_count})
_BROWSER = _record(
    {
        "mode": _one_of("proxy"),
        "version": _is_text,
        "exchange": _is_count,
        "products": _list_of(_is_text),
        "short": _list_of(_is_text),
        "unasked": _is_count,
    }
)
_DIRECT = _record(
    {
        "mode": _one_of("direct"),
        "version": _is_text,
        "exchange": _is_count,
        "products": _list_of(_is_text),
        "short": _list_of(_is_text),
        "unasked": _is_count,
        "fidelity": _record(
            {"wire": _is_count, "reconstructed": _is_count, "decoded": _is_count, "missing": _is_count}
        ),
    }
)


def _is_browser(value: Json) -> bool:
    return _BROWSER(value) or _DIRECT(value)


_MORE: dict[str, Test] = {"tries": _list_of(_is_positive), "post": _POST, "page": _PAGE, "browser": _is_browser}
_CAPTURED: dict[str, Test] = {**_OUTCOME, "outcome": _one_of("complete", "unconfirmed", "partial")}
_FAILED: dict[str, Test] = {**_OUTCOME, "outcome": _one_of("failed"), "failure": _FAILURE}
_IMPORTED: dict[str, Test] = {
    **_ITEM,
    **_KEPT,
    "outcome": _one_of("imported"),
    "private": _list_of(_is_hex),
    "source": _is_text,
    "name": _is_text,
    "media_type": _is_text,
    "size": _is_count,
    "sha256": _is_hex,
    "started_at": _is_text,
    "ended_at": _is_text,
    "software": _is_text,
}
_ACTION = {
    "adopted": _record({"action": _is_text, "item": _is_positive, "path": _is_text}),
    "interrupted": _record({"action": _is_text, "item": _is_positive}),
    "quarantined": _record(
        {"action": _is_text, "path": _is_text, "to": _is_path, "size": _is_count, "sha256": _is_hex}
    ),
    "log_tail": _record(
        {"action": _is_text, "offset": _is_count, "to": _is_path, "size": _is_count, "sha256": _is_hex}
    ),
    "manifest": _record(
        {"action": _is_text, "from_line": _is_positive}, {"to": _is_path, "size": _is_count, "sha256": _is_hex}
    ),
    "removed": _record({"action": _is_text, "path": _is_text}),
}


def _is_action(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    test = _ACTION.get(str(value.get("action")))
    return test is not None and test(value)


Shape = tuple[Mapping[str, Test], Mapping[str, Test]]

# event -> (members that must be there, members that may be there)
SHAPES: dict[str, Shape] = {
    "case.opened": ({"format": _is_text, "software": _is_text, "case_yaml": _CASE_YAML}, {}),
    "case.amended": ({"reason": _is_text, "software": _is_text, "case_yaml": _CASE_YAML}, {}),
    "item.requested": (
        {
            "item": _is_positive,
            "how": _one_of("capture", "import"),
            "url": _is_text,
            "request_url": _or_null(_is_text),
            "note": _is_text,
            "tags": _list_of(_is_text),
            "settings": _is_object,
            "settings_sha256": _is_hex,
            "case_yaml": _POLICY,
            "software": _is_text,
            "oldest_open": _is_count,
        },
        {
            "row": _record(
                {"batch": _is_positive, "number": _is_positive, "digest": _is_hex, "occurrence": _is_positive}
            )
        },
    ),
    "item.captured": (_CAPTURED, _MORE),
    "item.failed": (_FAILED, _MORE),
    "item.interrupted": (
        {**_ITEM, "outcome": _one_of("interrupted"), "reason": _is_text},
        {**_OUTCOME, **_MORE, "failure": _or_null(_FAILURE)},
    ),
    "item.imported": (_IMPORTED, {}),
    "note.added": ({"text": _is_text, "item": _or_null(_is_positive)}, {}),
    "item.withheld": (
        {
            "item": _is_positive,
            "reason": _is_text,
            "authority": _is_text,
            "also": _list_of(_STORED),
        },
        {"file": _STORED},
    ),
    "key.added": (
        {
            "signer": _is_signer,
            "key": _matches(_KEY),
            "fingerprint": _is_fingerprint,
            "file": _STORED,
            "software": _is_short,
        },
        {},
    ),
    "key.revoked": (
        {
            "signer": _is_signer,
            "fingerprint": _is_fingerprint,
            "reason": _is_text,
            "since": _or_null(_is_time),
            "software": _is_short,
        },
        {},
    ),
    "seal.completed": (
        {
            "seal": _is_positive,
            "file": _STORED,
            "sums": _STORED,
            "entries": _STORED,
            "files": _STORED,
            "signature": _or_null(_STORED),
            "signer": _or_null(_is_signer),
            "fingerprint": _or_null(_is_fingerprint),
            "tokens": _few_of(_TOKEN),
            "pending": _few_of(_record({"authority": _matches(AUTHORITY), "reason": _is_short})),
            "receipt": _is_short,
            "software": _is_short,
        },
        {},
    ),
    "token.added": ({"seal": _is_positive, "token": _TOKEN, "software": _is_short}, {}),
    "custody.transferred": (
        {
            "to": _is_words,
            "reason": _is_text,
            "instead_of": _or_null(_is_positive),
            **_HELD,
            "software": _is_text,
        },
        {},
    ),
    "custody.acknowledged": (
        {
            "from": _is_words,
            "to": _is_words,
            "transfer": _is_positive,
            "head": _is_hex,
            "seal": _is_positive,
            "receipt": _is_text,
            "compared": _is_boolean,
            **_HELD,
            "verdict": _one_of("sound"),
            "not_asked": _list_of(_is_text),
            "signer": _is_signer,
            "fingerprint": _is_fingerprint,
            "software": _is_text,
        },
        {},
    ),
    "batch.started": ({"list": _LIST, "options": _is_object, "software": _is_text}, {}),
    "batch.ended": ({"batch": _is_positive, "reason": _one_of("done", "stopped"), "counts": _COUNTS}, {}),
    "export.made": (
        {
            "as": _one_of("bag", "disclosure", "wacz"),
            "items": _or_null(_list_of(_is_positive)),
            "name": _is_text,
            "size": _is_count,
            "sha256": _is_hex,
            "encrypted": _is_boolean,
            "recipients": _is_count,
            "seal": _is_positive,
            "software": _is_text,
        },
        {},
    ),
    "replay.checked": (
        {
            "item": _is_positive,
            "live": _record({"record": _is_urn, **_PICTURE}),
            "replay": _record(_PICTURE),
            "pixels": _is_positive,
            "differing": _is_count,
            "missing": _is_count,
            "browser": _is_short,
            "software": _is_short,
        },
        {},
    ),
    "incident.recovered": ({"actions": _list_of(_is_action), "software": _is_text}, {}),
}
