"""Canonical JSON (RFC 8785) and the hashes over it.

One profile for every JSON text that evidence rests on: objects, arrays, strings, booleans, null and integers whose
magnitude is below 2^53; no floats, no duplicate keys, no lone surrogates.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from types import NoneType
from typing import NoReturn, TypeAlias

import rfc8785

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

MAX_DEPTH = 32  # docs/spec/custody-log.md: deeper values are refused on the way in and on the way out
_TEXTS = frozenset({str})
_LEAVES = frozenset({str, int, bool, NoneType})
_BEYOND = re.compile("[\ud800-\U0010ffff]")
_LONG_NUMBER = re.compile(r"[:,\[-][0-9]{16}")  # as a value in an array or object; a text may look like it


class NotCanonical(ValueError):
    """The bytes are not canonical JSON of our profile; the message says why."""


def dumps(value: object) -> bytes:
    """Return the RFC 8785 bytes of `value`.

    Raises `ValueError` for anything outside the profile: floats, integers of 2^53 and more, lone surrogates, deeper
    than `MAX_DEPTH`, or objects that JSON does not know.
    """
    if _is_plain(value) and (data := _plainly(value)) is not None:
        return data
    _refuse_floats_and_depth(value, 0)
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # the library checks what it is given


def loads(data: bytes) -> Json:
    """Return the value of canonical bytes; `dumps(loads(data)) == data` holds for whatever is returned.

    Raises `NotCanonical` when the bytes are not UTF-8, not JSON, or not the canonical form of their own value.
    """
    try:
        text = data.decode("utf-8")
        value: Json = _DECODE(text)
        # No value is deeper than it has brackets, and nothing but the depth can be wrong with one that was read.
        shallow = data.count(b"[") + data.count(b"{") <= MAX_DEPTH
        if (shallow and _plainly(value) == data) or dumps(value) == data:
            return value
        json.loads(text, object_pairs_hook=_unique)
    except UnicodeDecodeError as exc:
        raise NotCanonical(f"not UTF-8 at byte {exc.start}") from exc
    except json.JSONDecodeError as exc:
        raise NotCanonical(f"not JSON at byte {exc.pos}: {exc.msg}") from exc
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as exc:
        raise NotCanonical(str(exc)) from exc
    raise NotCanonical("not in canonical form (RFC 8785)")


def _plainly(value: object) -> bytes | None:
    """Return the canonical bytes of a value that `_is_plain`; None means undecided.

    The standard library sorts and escapes as RFC 8785 does wherever no character lies above U+D7FF, and is many times
    faster; numbers that might exceed 2^53, and any that stands alone, are left to the slow way.
    """
    text = _ENCODE(value)
    if text[0] not in "[{" or _LONG_NUMBER.search(text) or (not text.isascii() and _BEYOND.search(text)):
        return None
    return text.encode("utf-8")


def _is_plain(value: object, depth: int = 0) -> bool:
    """Return whether `value` is made of nothing but JSON's own types, and no deeper than `MAX_DEPTH`."""
    inner: Iterable[object]
    if type(value) is dict:
        if not _TEXTS.issuperset(map(type, value)):
            return False
        inner = value.values()
    elif type(value) is list:
        inner = value
    else:
        return type(value) in _LEAVES
    if depth == MAX_DEPTH:
        return False
    for item in inner:  # noqa: SIM110  # a third faster than all()
        if type(item) not in _LEAVES and not _is_plain(item, depth + 1):
            return False
    return True


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _refuse_floats_and_depth(value: object, depth: int) -> None:
    if isinstance(value, float):
        raise ValueError("floats are not part of the profile")
    if isinstance(value, dict | list | tuple):
        if depth == MAX_DEPTH:
            raise ValueError(f"nested deeper than {MAX_DEPTH}")
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_floats_and_depth(item, depth + 1)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotCanonical("a key appears twice in one object")
    return result


def _no_float(text: str) -> NoReturn:
    raise NotCanonical(f"number {text[:20]!r} is not an integer")


_ENCODE = json.JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")).encode
_DECODE = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float).decode
