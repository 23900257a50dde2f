"""What may become of an answer: cut, doubled, of other types, in another charset, enormous, or written by an enemy."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from archiver.model.platform import Access, Seen
from archiver.platforms.contract import Adapter
from archiver.platforms.trial.play import Played, record_of, rendered, renumbered
from archiver.platforms.trial.targets import on_the_web, wrong_with

HOSTILE: Final[tuple[bytes, ...]] = (
    b"",
    b"\xef\xbb\xbf{}",
    b"null",
    b"[]",
    b'"\\ud800"',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"<div>" * 5_000,
    "<script>alert(1)</script>\x1b[31m\u202e[bold]\x00=cmd|' /C calc'!A0".encode(),
    b"9" * 5_000,
    b"1e999",
    "Дело".encode("windows-1251"),
    b"\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00",
)
STATUSES: Final = (0, 204, 302, 401, 403, 404, 410, 429, 451, 500, 503)
LARGE: Final = 10 * 1024**2  # bytes

_STRANGE: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 2**53, 2**70, 1.5, 1e300, "", "\ud800", "x" * 3000, "\x1b[31m\u202e<b>[red]=1+1\x00",
    "javascript:alert(1)", "http://127.0.0.1/", "http://[",
    [], {}, [[[[]]]], {"a": {"a": {}}}, [None] * 50, "-5", "1" * 400,
)  # fmt: skip
_URL = re.compile(rb"https?:(?:\\?/){2}[^\"'\\s<>()]*")
_ELSEWHERE: Final = (
    b"https://enemy.example/x",
    b"http://127.0.0.1/",
    b"http://[",
    b"javascript:alert(1)",
    b"file:///x",
)
_EVERYTHING: Final = Access(token=True, replies=5, depth=2, media=True)


def survives(adapter: Adapter, played: Played, *, rounds: int = 200, seed: int = 1) -> None:
    """Require a state and a document, the same one twice, whatever the answers of `played` are turned into.

    The same `seed` turns them into the same. Raises `AssertionError`, and whatever the adapter does.
    """
    chance = random.Random(seed)  # noqa: S311  # chance that can be had again, and keeps no secret
    for _ in range(rounds):
        changed = (
            replace(each, body=mutated(each.body, chance), status=status_of(each, chance)) for each in played.seen
        )
        withstands(adapter, played, renumbered(each for each in changed if chance.random() > 0.1))


def withstands(adapter: Adapter, played: Played, seen: tuple[Seen, ...]) -> None:
    """Require a state, the same document twice, and targets that can be asked, with `seen` in place of the answers.

    A token goes nowhere but where it went with the true answers. Raises as `survives`.
    """
    if rendered(adapter, played.key, seen) != rendered(adapter, played.key, seen):
        raise AssertionError("the same answers gave two documents")
    first = adapter.plan(played.key, _EVERYTHING)
    trusted = {on_the_web(each) for each in (*played.targets, *first) if each.authorized}
    hosts = {each.host for each in trusted if each is not None}
    for end in sorted({0, *played.rounds, len(seen)}):
        for target in adapter.more(played.key, _EVERYTHING, seen[:end]):
            for words in wrong_with(target):
                raise AssertionError(f"an answer made it ask wrongly: {words}")
            address = on_the_web(target)
            if target.authorized and (address is None or address.host not in hosts):
                raise AssertionError(f"an answer made it send the token to {target.url[:200]}")


def damaged(seen: tuple[Seen, ...]) -> Iterator[tuple[str, tuple[Seen, ...]]]:
    """Yield in turn what may become of the answers as a whole, each with its name."""
    yield "nothing seen", ()
    yield "nothing answered", tuple(_silent(each) for each in seen)
    for status in STATUSES[1:]:
        yield f"status {status}", tuple(replace(each, status=status) for each in seen)
    for body in HOSTILE:
        yield f"{body[:20]!r} for an answer", tuple(replace(each, body=body) for each in seen)
    for url in _ELSEWHERE:
        yield f"{url!r} for each address", tuple(replace(each, body=_URL.sub(url, each.body)) for each in seen)
    yield "a mark of byte order", tuple(replace(each, body=b"\xef\xbb\xbf" + each.body) for each in seen)
    yield "broken off", tuple(replace(each, body=each.body[: len(each.body) // 2], whole=False) for each in seen)
    for charset in ("windows-1251", "utf-16"):
        yield f"in {charset}", tuple(replace(each, body=_recoded(each.body, charset)) for each in seen)
    yield "10 MB more", tuple(replace(each, body=each.body + b" " * LARGE) for each in seen[:2])
    for piece, end in ((b"0,", b"0]"), (b"<p>a", b"")):
        large = (b"[" if end else b"") + piece * (LARGE // len(piece)) + end
        yield f"10 MB of {piece!r}", tuple(replace(each, body=large) for each in seen[:1])
    for number in range(1, min(len(seen), 10)):
        yield f"exchange {number} left out", renumbered(each for each in seen if each.number != number)


def _silent(seen: Seen) -> Seen:
    return Seen(seen.number, seen.role, seen.url, 0, failure="connect", record=record_of(seen.number))


def _recoded(body: bytes, charset: str) -> bytes:
    return body.decode("utf-8", "replace").encode(charset, "replace")


def status_of(seen: Seen, chance: random.Random) -> int:
    """Return the status of an answer, or another one."""
    return chance.choice([seen.status] * 8 + list(STATUSES))


def mutated(body: bytes, chance: random.Random) -> bytes:
    """Something like `body`: values of other types, cut, doubled, deeply nested, hostile text, flipped bytes."""
    how = chance.randrange(8)
    if how == 0:
        return body
    if how == 1:
        return body[: chance.randrange(len(body) + 1)]
    if how == 2:
        data = bytearray(body)
        for _ in range(min(len(data), 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        return bytes(data)
    if how == 3:
        return chance.choice(HOSTILE)
    try:
        value = json.loads(body.decode("utf-8-sig"))
    except ValueError:
        at = chance.randrange(len(body) + 1)
        return body[:at] + chance.choice(HOSTILE) + body[at:]
    for _ in range(chance.randrange(1, 6)):
        value = replaced(value, chance)
    return json.dumps(value).encode()


def replaced(value: Any, chance: random.Random) -> Any:
    if chance.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return chance.choice(_STRANGE)
    if isinstance(value, dict):
        name = chance.choice(list(value))
        if chance.random() < 0.1:
            return {key: item for key, item in value.items() if key != name}
        return value | {name: replaced(value[name], chance)}
    at = chance.randrange(len(value))
    if chance.random() < 0.1:
        return value * 2
    return [*value[:at], replaced(value[at], chance), *value[at + 1 :]]
