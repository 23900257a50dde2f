"""What every adapter is tried with: answers without a network, and answers that somebody tampered with."""

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from archiver.canon import loads
from archiver.model.address import Address
from archiver.model.platform import STATES, Access, PostKey, Seen, Target
from archiver.pipeline.seeing import NO_TEXT
from archiver.platforms.contract import MAX_EXCHANGES, Adapter
from archiver.platforms.document import document


@dataclass(frozen=True)
class Answer:
    """What a platform answers to one target; `failure` is the kind of failure where it does not."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    failure: str = ""
    whole: bool = True

    @classmethod
    def json(cls, value: object, status: int = 200, *headers: tuple[str, str]) -> "Answer":
        body = json.dumps(value, ensure_ascii=False).encode()
        return cls(body, status, (("Content-Type", "application/json; charset=utf-8"), *headers))

    @classmethod
    def html(cls, text: str, status: int = 200, *headers: tuple[str, str]) -> "Answer":
        return cls(text.encode(), status, (("Content-Type", "text/html; charset=utf-8"), *headers))

    def seen(self, number: int, role: str, url: str) -> Seen:
        headers = tuple((name.encode(), value.encode("latin-1")) for name, value in self.headers)
        status = 0 if self.failure else self.status
        whole = hashlib.sha256(self.body).hexdigest()
        record = f"urn:uuid:record-{number}"
        seen = Seen(number, role, url, status, headers, self.body, self.whole, self.failure, record)
        seen = replace(seen, size=len(self.body), sha256=whole) if status else seen
        return replace(seen, body=b"") if seen.header("content-type").lower().startswith(NO_TEXT) else seen


Answers = Callable[[Target], Answer | None]


@dataclass(frozen=True)
class Played:
    """What came of an address: its key, the targets in the order in which they were asked, and what was seen."""

    adapter: Adapter
    key: PostKey
    targets: tuple[Target, ...]
    seen: tuple[Seen, ...]
    answers: tuple[Answer, ...]

    @property
    def state(self) -> str:
        return self.adapter.classify(self.key, self.seen).state

    @property
    def rule(self) -> str:
        return self.adapter.classify(self.key, self.seen).rule

    @property
    def document(self) -> dict[str, Any]:
        return rendered(self.adapter, self.key, self.seen)

    @property
    def post(self) -> dict[str, Any]:
        found = self.document["post"]
        assert isinstance(found, dict), self.document
        return found


def play(adapter: Adapter, url: str, answers: Answers | Mapping[str, Answer], access: Access = Access()) -> Played:  # noqa: B008
    """Ask as the pipeline does, without a network: `answers` by target, or by the beginning of its address.

    What has no answer is a failure of the connection. Each target is asked once.
    """
    key = adapter.match(Address.parse(url))
    assert key is not None, url
    asked: list[Target] = []
    seen: list[Seen] = []
    given: list[Answer] = []
    waiting: Iterable[Target] = adapter.plan(key, access)
    while new := [each for each in waiting if each not in asked][: MAX_EXCHANGES - len(asked)]:
        for target in new:
            Address.parse(target.url)
            assert access.token or not target.authorized, "a target that needs a token, and there is none"
            asked.append(target)
            answer = answers(target) if callable(answers) else _by_address(answers, target.url)
            given.append(answer or Answer(failure="connect"))
            seen.append(given[-1].seen(len(seen) + 1, target.role, target.url))
        waiting = adapter.more(key, access, tuple(seen))
    return Played(adapter, key, tuple(asked), tuple(seen), tuple(given))


def rendered(adapter: Adapter, key: PostKey, seen: tuple[Seen, ...]) -> dict[str, Any]:
    """The document of a post. Every source in it names an exchange and a record that are there."""
    standing = adapter.classify(key, seen)
    assert standing.state in STATES
    assert 0 <= standing.exchange <= len(seen)
    data = document(key, adapter.about, "https://as.submitted.example/", standing, adapter.extract(key, seen), seen)
    found = loads(data)
    assert isinstance(found, dict)
    sources: Any = found["sources"]
    for source in sources.values():
        assert source["record"] == seen[source["exchange"] - 1].record
    return found


def survives(adapter: Adapter, played: Played, *, rounds: int = 200, seed: int = 1) -> None:
    """Require a state and a document, the same one twice, whatever the answers of `played` are turned into."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(rounds):
        seen = tuple(
            replace(each, body=mutated(each.body, chance), status=status_of(each, chance)) for each in played.seen
        )
        kept = tuple(each for each in seen if chance.random() > 0.1)
        renumbered = tuple(replace(each, number=n, record=f"urn:uuid:record-{n}") for n, each in enumerate(kept, 1))
        assert rendered(adapter, played.key, renumbered) == rendered(adapter, played.key, renumbered)
        for target in adapter.more(played.key, Access(token=True, replies=5, media=True), renumbered):
            assert isinstance(target, Target)


def status_of(seen: Seen, chance: random.Random) -> int:
    return chance.choice([seen.status] * 8 + [0, 204, 302, 401, 403, 404, 410, 429, 451, 500, 503])


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
        value = _replaced(value, chance)
    return json.dumps(value).encode()


HOSTILE: tuple[bytes, ...] = (
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
_STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**53, 2**70, 1.5, 1e300, "", "\ud800", "x" * 3000, "\x1b[31m\u202e<b>[red]=1+1\x00",
    "javascript:alert(1)", "http://127.0.0.1/", "http://[",
    [], {}, [[[[]]]], {"a": {"a": {}}}, [None] * 50, "-5", "1" * 400,
)  # fmt: skip


def _replaced(value: Any, chance: random.Random) -> Any:
    if chance.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return chance.choice(_STRANGE)
    if isinstance(value, dict):
        name = chance.choice(list(value))
        if chance.random() < 0.1:
            return {key: item for key, item in value.items() if key != name}
        return value | {name: _replaced(value[name], chance)}
    at = chance.randrange(len(value))
    if chance.random() < 0.1:
        return value * 2
    return [*value[:at], _replaced(value[at], chance), *value[at + 1 :]]


def _by_address(answers: Mapping[str, Answer], url: str) -> Answer | None:
    fitting = [beginning for beginning in answers if url.startswith(beginning)]
    return answers[max(fitting, key=len)] if fitting else None
