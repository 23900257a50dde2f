"""Asks an adapter for its targets as a capture does, and answers them without a network."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from archiver.canon import loads
from archiver.model.address import Address
from archiver.model.platform import STATES, Access, PostKey, Seen, Target
from archiver.platforms.contract import MAX_EXCHANGES, NO_TEXT, Adapter
from archiver.platforms.document import document

SUBMITTED = "https://as.submitted.example/"  # whatever was typed: a document depends on it in one member only


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
        """Return an answer in JSON, UTF-8."""
        body = json.dumps(value, ensure_ascii=False).encode()
        return cls(body, status, (("Content-Type", "application/json; charset=utf-8"), *headers))

    @classmethod
    def html(cls, text: str, status: int = 200, *headers: tuple[str, str]) -> "Answer":
        """Return a page, UTF-8."""
        return cls(text.encode(), status, (("Content-Type", "text/html; charset=utf-8"), *headers))

    def seen(self, number: int, role: str, url: str) -> Seen:
        """Return what an adapter sees of it as exchange `number`."""
        headers = tuple((name.encode(), value.encode("latin-1")) for name, value in self.headers)
        status = 0 if self.failure else self.status
        whole = hashlib.sha256(self.body).hexdigest()
        seen = Seen(number, role, url, status, headers, self.body, self.whole, self.failure, record_of(number))
        seen = replace(seen, size=len(self.body), sha256=whole) if status else seen
        return replace(seen, body=b"") if seen.header("content-type").lower().startswith(NO_TEXT) else seen


Answers = Callable[[Target], Answer | None]
"""What is answered to a target, None for nothing. The same target gets the same answer."""


@dataclass(frozen=True)
class Played:
    """What came of an address: its key, the targets in the order in which they were asked, and what was seen.

    `rounds` has how many had been asked when each round was over.
    """

    adapter: Adapter
    key: PostKey
    targets: tuple[Target, ...]
    seen: tuple[Seen, ...]
    answers: tuple[Answer, ...]
    rounds: tuple[int, ...] = ()

    @property
    def state(self) -> str:
        """How the post stands."""
        return self.adapter.classify(self.key, self.seen).state

    @property
    def rule(self) -> str:
        """The rule that decided it."""
        return self.adapter.classify(self.key, self.seen).rule

    @property
    def document(self) -> dict[str, Any]:
        """The normalised form, as docs/spec/post.md has it."""
        return rendered(self.adapter, self.key, self.seen)

    @property
    def post(self) -> dict[str, Any]:
        """The post in it. Raises `AssertionError` where there is none."""
        found = self.document["post"]
        if not isinstance(found, dict):
            raise AssertionError(f"there is no post: {self.document}")
        return found


def play(adapter: Adapter, url: str, answers: Answers | Mapping[str, Answer], access: Access = Access()) -> Played:  # noqa: B008
    """Ask as a capture does, without a network: `answers` by target, or by the beginning of its address.

    What has no answer is a failure of the connection. Each target is asked once, `MAX_EXCHANGES` at most. Raises
    `AssertionError` where the adapter does not know the address, or asks for what a capture would leave out.
    """
    key = adapter.match(Address.parse(url))
    if key is None:
        raise AssertionError(f"the adapter does not know {url}")
    asked: list[Target] = []
    seen: list[Seen] = []
    given: list[Answer] = []
    rounds: list[int] = []
    waiting: Iterable[Target] = adapter.plan(key, access)
    while new := [each for each in waiting if each not in asked][: MAX_EXCHANGES - len(asked)]:
        for target in new:
            Address.parse(target.url)
            if target.authorized and not access.token:
                raise AssertionError(f"{target.url}: a target that needs a token, and there is none")
            asked.append(target)
            given.append(answered(answers, target) or Answer(failure="connect"))
            seen.append(given[-1].seen(len(seen) + 1, target.role, target.url))
        rounds.append(len(asked))
        waiting = adapter.more(key, access, tuple(seen))
    return Played(adapter, key, tuple(asked), tuple(seen), tuple(given), tuple(rounds))


def answered(answers: Answers | Mapping[str, Answer], target: Target) -> Answer | None:
    """Return what is answered to `target`: of beginnings that fit its address the longest counts."""
    if callable(answers):
        return answers(target)
    fitting = [beginning for beginning in answers if target.url.startswith(beginning)]
    return answers[max(fitting, key=len)] if fitting else None


def rendered(adapter: Adapter, key: PostKey, seen: tuple[Seen, ...]) -> dict[str, Any]:
    """Return the document of a post. Raises `AssertionError` unless it is canonical JSON, with a known state, and each
    source in it names an exchange and a record that are there."""
    standing = adapter.classify(key, seen)
    if standing.state not in STATES:
        raise AssertionError(f"there is no state {standing.state!r}")
    if not 0 <= standing.exchange <= len(seen):
        raise AssertionError(f"the standing names exchange {standing.exchange} of {len(seen)}")
    data = document(key, adapter.about, SUBMITTED, standing, adapter.extract(key, seen), seen)
    found: Any = loads(data)
    for pointer, source in found["sources"].items():
        if not 1 <= source["exchange"] <= len(seen) or source["record"] != seen[source["exchange"] - 1].record:
            raise AssertionError(f"{pointer} is from exchange {source['exchange']}, and there are {len(seen)}")
    members: dict[str, Any] = found
    return members


def record_of(number: int) -> str:
    """Return the id of the record that the answer of exchange `number` has here."""
    return f"urn:uuid:record-{number}"


def renumbered(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """Return what is left of some exchanges as an item that has no others."""
    return tuple(replace(each, number=n, record=record_of(n)) for n, each in enumerate(seen, 1))
