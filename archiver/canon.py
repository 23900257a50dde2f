"""Canonical JSON (RFC 8785) and the hashes over it.

One profile for every JSON text that evidence rests on: objects, arrays, strings, booleans, null and integers whose
magnitude is below 2^53; no floats, no duplicate keys, no lone surrogates.
"""

import hashlib
import json
from typing import NoReturn, TypeAlias

import rfc8785

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

MAX_DEPTH = 32  # docs/spec/custody-log.md: deeper texts are refused before any parser recurses into them


class NotCanonical(ValueError):
    """The bytes are not canonical JSON of our profile; the message says why."""


def dumps(value: object) -> bytes:
    """Return the RFC 8785 bytes of `value`.

    Raises `ValueError` for anything outside the profile: floats, integers of 2^53 and more, lone surrogates, or
    objects that JSON does not know.
    """
    _refuse_floats(value)
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # the library checks what it is given


def loads(data: bytes) -> Json:
    """Return the value of canonical bytes; `dumps(loads(data)) == data` holds for whatever is returned.

    Raises `NotCanonical` when the bytes are not UTF-8, not JSON, or not the canonical form of their own value.
    """
    _refuse_depth(data)
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
        again = dumps(value)
    except UnicodeDecodeError as exc:
        raise NotCanonical(f"not UTF-8 at byte {exc.start}") from exc
    except json.JSONDecodeError as exc:
        raise NotCanonical(f"not JSON at byte {exc.pos}: {exc.msg}") from exc
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as exc:
        raise NotCanonical(str(exc)) from exc
    if again != data:
        raise NotCanonical("not in canonical form (RFC 8785)")
    return value


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise ValueError("floats are not part of the profile")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)


def _refuse_depth(data: bytes) -> None:
    # Counts brackets inside strings too, which only makes the bound stricter by less than a factor that matters:
    # text with more than MAX_DEPTH unclosed brackets in a row is checked exactly.
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    in_string = escaped = False
    for byte in data:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise NotCanonical(f"nested deeper than {MAX_DEPTH}")
        elif byte in b"]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotCanonical("a key appears twice in one object")
    return result


def _no_float(text: str) -> NoReturn:
    raise NotCanonical(f"number {text[:20]!r} is not an integer")
