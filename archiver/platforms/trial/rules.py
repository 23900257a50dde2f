"""The contract of adapters (docs/adapters.md) as rules, to be tried with examples of whoever wrote one."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from traceback import extract_tb
from typing import Final

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import UNTOLD, PostKey, Standing
from archiver.model.post import Extracted, Found, Moment, Rendition
from archiver.platforms.contract import TERMS, Adapter
from archiver.platforms.reading import Doc, json_in
from archiver.platforms.trial.asking import asks_well, keeps_to_what_is_allowed, stops
from archiver.platforms.trial.damage import damaged, survives, withstands
from archiver.platforms.trial.fitting import misfits, within
from archiver.platforms.trial.play import Played, play, rendered
from archiver.platforms.trial.scene import Example

Sentences = Iterator[str]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")  # as case.yaml has it
_TIME = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?Z)?")
_HOSTILE_ENDS: Final = (
    "/", "//", "?", "#", "?a=b#c", "%00", "%", "%ff%fe", "%2e%2e%2f", "/../../x", "\u202e", "\u0660", "0" * 400,
    "?" + "a=b&" * 500, ";x", "@", ":", "\\", "'\"<script>",
)  # fmt: skip
_HOSTILE: Final = (
    "http://x", "http://127.0.0.1/", "http://[::1]/", "https://xn--80ak6aa92e.com/", "at://", "at://x/y/z",
    "mailto:a@b", "https://пример.example/@имя/1", "https://example.org/" + "a/" * 1000, "https://example.org/@a/1?b=%80#c",
    "javascript:alert(1)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule (a name in `RULES`) that an adapter does not keep, and a sentence that says where."""

    rule: str
    words: str

    def __str__(self) -> str:
        """The rule and the sentence."""
        return f"{self.rule}: {self.words}"


@dataclass(frozen=True, slots=True)
class Trial:
    """An adapter, and what is tried with it."""

    adapter: Adapter
    examples: Sequence[Example]
    seed: int
    rounds: int

    def played(self) -> Iterator[tuple[Example, Played]]:
        """Yield each example with what comes of it."""
        for example in self.examples:
            yield example, play(self.adapter, example.url, example.answers, example.access)


def contract(adapter: Adapter, examples: Sequence[Example], *, seed: int = 1, rounds: int = 100) -> None:
    """Require that `adapter` keeps every rule. Raises `AssertionError` that names each breach.

    Answers are damaged in `rounds` ways of chance for each example, the same for the same `seed`.
    """
    found = breaches(adapter, examples, seed=seed, rounds=rounds)
    if found:
        raise AssertionError("\n".join(map(str, found)))


def breaches(adapter: Adapter, examples: Sequence[Example], *, seed: int = 1, rounds: int = 100) -> tuple[Breach, ...]:
    """Return where `adapter` does not keep the contract, in the order of `RULES`, nothing where it does.

    One example at least: without any there is nothing to be tried. Nothing that the adapter does raises.
    """
    if not examples:
        return (Breach("match", "there are no examples"),)
    trial = Trial(adapter, examples, seed, rounds)
    found: list[Breach] = []
    for name, rule in RULES.items():
        try:
            found += (Breach(name, words) for words in rule(trial))
        except Exception as exc:  # noqa: BLE001  # what an adapter raises is what is looked for
            found.append(Breach(name, _raised(exc)))
        if name == "match" and any(each.rule == name for each in found):
            return tuple(found)  # what has no key cannot be asked for
    return tuple(dict.fromkeys(found))


def _raised(exc: Exception) -> str:
    """Return what was raised and where, in a sentence; of what is required here the words are enough."""
    if isinstance(exc, AssertionError):
        return str(exc)[:1000]
    at = extract_tb(exc.__traceback__)[-1]
    return f"{type(exc).__name__}: {str(exc)[:500]} ({PurePath(at.filename).name}, line {at.lineno}, in {at.name})"


def _about(trial: Trial) -> Sentences:
    about = trial.adapter.about
    if not _NAME.fullmatch(about.name):
        yield f"name {about.name!r}: lower-case letters, digits and _, a letter first, 31 at most"
    for member in ("title", "version", "takes", "cannot", "learns"):
        if not str(getattr(about, member)).strip():
            yield f"{member} says nothing"
    if about.token_variable and not about.with_token.strip():
        yield "with_token says nothing, and there is a token_variable"
    if not about.terms:
        yield "terms are empty: every adapter touches some (docs/spec/platforms.md §4)"
    yield from (f"there is no term {term!r}" for term in about.terms if term not in TERMS)
    if not (0 < about.spacing < math.inf):
        yield f"spacing is {about.spacing}: some seconds lie between two requests"
    if about != trial.adapter.about:
        yield "about changes"


def _match(trial: Trial) -> Sentences:
    adapter = trial.adapter
    for example in trial.examples:
        key = adapter.match(Address.parse(example.url))
        if key is None:
            yield f"it does not know {example.url}, which an example has"
            continue
        yield from (f"{example.url}: {words}" for words in _key(adapter, key))
        for url in example.also:
            other = adapter.match(Address.parse(url))
            if other is None or other.id != key.id:
                yield f"{url} is said to be {key.id}, and is {other.id if other is not None else 'nothing'} to it"
    for url in _strange_addresses(trial.examples):
        try:
            address = Address.parse(url)
        except UsageError:
            continue
        key = adapter.match(address)
        if key is not None:
            yield from (f"{url[:200]}: {words}" for words in _key(adapter, key))
            adapter.plan(key, trial.examples[0].access)


def _key(adapter: Adapter, key: PostKey) -> Sentences:
    name = adapter.about.name
    if key.platform != name or not key.id.startswith(f"{name}:") or key.id == f"{name}:":
        yield f"the key is {key.platform!r}, {key.id[:100]!r}: the platform is {name!r}, and the id begins with {name}:"
    if not key.kind:
        yield "the key has no kind"
    yield from misfits(key, PostKey, "key")


def _strange_addresses(examples: Sequence[Example]) -> Iterator[str]:
    yield from _HOSTILE
    for example in examples:
        url = example.url
        yield from (url + end for end in _HOSTILE_ENDS)
        yield from (url[:end] for end in range(8, len(url)))
        yield from (url.replace("://", "://user:secret@", 1), url.upper(), re.sub(r"[0-9]+", "9" * 400, url))
        yield from (re.sub(r"[0-9]+", digits, url) for digits in ("-1", "0", "٣", "1e9", "%31"))
        yield from (
            url.replace("https:", "http:", 1),
            url.replace("/", "//"),
            re.sub(r"(?<=\w)/", ":8443/", url, count=1),
        )


def _standing(trial: Trial) -> Sentences:
    for example, played in trial.played():
        standing = trial.adapter.classify(played.key, played.seen)
        yield from (f"{example.url}: {words}" for words in misfits(standing, Standing, "standing"))
        name = f"{trial.adapter.about.name}."
        if not standing.rule.startswith(name) or standing.rule == name:
            yield f"{example.url}: the rule {standing.rule!r} does not begin with {name}"
        if not 0 <= standing.exchange <= len(played.seen):
            yield f"{example.url}: the standing names exchange {standing.exchange}, and there are {len(played.seen)}"
        if standing.state != example.state:
            yield f"{example.url}: the state is {standing.state} ({standing.rule}), and should be {example.state}"
        for what, seen in damaged(played.seen):
            if what in {"nothing seen", "nothing answered"}:
                told = trial.adapter.classify(played.key, seen)
                if told.state not in UNTOLD:
                    yield f"{example.url}: with {what} the state is {told.state}, which nobody said"


def _values(trial: Trial) -> Sentences:
    for example, played in trial.played():
        told = trial.adapter.extract(played.key, played.seen)
        yield from (f"{example.url}: {words}" for words in misfits(told, Extracted, "extracted"))
        numbers = {each.number for each in played.seen}
        answers = {each.number: json_in(each) for each in played.seen}
        for where, found in within(told, Found):
            if found.exchange not in numbers:
                yield f"{example.url}: {where} is from exchange {found.exchange}, and there are {len(numbers)}"
            elif found.at.startswith("/") and answers[found.exchange] and not _found(answers[found.exchange], found.at):
                yield f"{example.url}: {where} is at {found.at} of exchange {found.exchange}, and nothing stands there"
        for where, number in _numbers(told):
            if number and number not in numbers:
                yield f"{example.url}: {where} names exchange {number}, and there are {len(numbers)}"
        for where, moment in within(told, Moment):
            if not _TIME.fullmatch(moment.value):
                yield f"{example.url}: {where} is {moment.value[:60]!r}, not a time in UTC as RFC 3339 has it"
        yield from (f"{example.url}: {words}" for words in _files(told, played))


def _found(doc: Doc, place: str) -> bool:
    """Whether a place begins with a JSON pointer to something: what stands within a text there follows a blank."""
    parts = place.split(" ")
    return any(_stands(doc, " ".join(parts[:end])) for end in range(len(parts), 0, -1))


def _stands(doc: Doc, pointer: str) -> bool:
    """Whether there is anything at a JSON pointer."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        doc = doc.at(int(name)) if isinstance(doc.value, list) and name.isascii() and name.isdigit() else doc.at(name)
    return bool(doc)


def _numbers(told: Extracted) -> Iterator[tuple[str, int]]:
    yield from ((f"missing/{n}", each.exchange) for n, each in enumerate(told.missing))
    yield from ((f"checks/{n}", each.exchange) for n, each in enumerate(told.checks))
    yield from ((where, each.exchange) for where, each in within(told, Rendition))


def _files(told: Extracted, played: Played) -> Sentences:
    """What is there and was not captured is said; what is said to be captured is whole."""
    whole = {each.number for each in played.seen if each.status in {200, 206} and each.whole}
    for where, each in within(told, Rendition):
        if each.exchange and each.exchange not in whole:
            yield f"{where} names exchange {each.exchange} for its bytes, which has not all of them"
        if not each.exchange and not each.why and not told.missing:
            yield f"{where} has no bytes and no `why`, and nothing is `missing`"


def _pure(trial: Trial) -> Sentences:
    """The same answers give the same, in whatever order posts are looked at."""
    first = [(each, played, rendered(trial.adapter, played.key, played.seen)) for each, played in trial.played()]
    for example, played, document in reversed(first):
        told = trial.adapter.extract(played.key, played.seen)
        if told != trial.adapter.extract(played.key, played.seen):
            yield f"{example.url}: extract gave two results for the same answers"
        elif trial.adapter.match(Address.parse(example.url)) != played.key:
            yield f"{example.url}: match gave two keys for the same address"
        elif rendered(trial.adapter, played.key, played.seen) != document:
            yield f"{example.url}: the document is another one after other posts were looked at"


def _document(trial: Trial) -> Sentences:
    for example, played in trial.played():
        try:
            rendered(trial.adapter, played.key, played.seen)
        except Exception as exc:  # noqa: BLE001  # what an adapter raises is what is looked for
            yield f"{example.url}: there is no document: {_raised(exc)}"


def _survives(trial: Trial) -> Sentences:
    for example, played in trial.played():
        for what, seen in damaged(played.seen):
            try:
                withstands(trial.adapter, played, seen)
            except Exception as exc:  # noqa: BLE001  # what an adapter raises is what is looked for
                yield f"{example.url}: with {what}: {_raised(exc)}"
        try:
            survives(trial.adapter, played, rounds=trial.rounds, seed=trial.seed)
        except Exception as exc:  # noqa: BLE001  # what an adapter raises is what is looked for
            yield f"{example.url}: with damaged answers: {_raised(exc)}"


def _asking(trial: Trial) -> Sentences:
    for example in trial.examples:
        yield from (f"{example.url}: {words}" for words in asks_well(trial.adapter, example))


def _access(trial: Trial) -> Sentences:
    for example in trial.examples:
        yield from (f"{example.url}: {words}" for words in keeps_to_what_is_allowed(trial.adapter, example))


def _stops(trial: Trial) -> Sentences:
    for example in trial.examples:
        yield from (f"{example.url}: {words}" for words in stops(trial.adapter, example))


RULES: Final[dict[str, Callable[[Trial], Sentences]]] = {
    "about": _about,
    "match": _match,
    "asking": _asking,
    "access": _access,
    "stops": _stops,
    "standing": _standing,
    "values": _values,
    "pure": _pure,
    "document": _document,
    "survives": _survives,
}
"""In the order in which they are tried. What each means: docs/adapters.md §4."""
