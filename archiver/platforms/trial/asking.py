"""How an adapter asks: each thing once, on the web, within what is allowed, and nothing more after a refusal."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import Access, Target
from archiver.platforms.contract import MAX_EXCHANGES, NO_TEXT, Adapter
from archiver.platforms.trial.play import Answer, Played, answered, play
from archiver.platforms.trial.scene import Example
from archiver.platforms.trial.targets import wrong_with

EVERYTHING: Final = Access(token=True, replies=5, depth=2, media=True)
REFUSALS: Final = {
    "401 wherever it is asked": Answer(status=401),  # of one interface it may mean that this one wants a signature
    "403": Answer(status=403),
    "429": Answer(status=429, headers=(("Retry-After", "60"),)),
    "a challenge": Answer(
        b"<title>One moment</title>", 403, (("Content-Type", "text/html"), ("cf-mitigated", "challenge"))
    ),
}


def asks_well(adapter: Adapter, example: Example) -> Iterator[str]:
    """Yield what is wrong with the targets of `example`, whatever is allowed and whatever is answered."""
    for access in dict.fromkeys((example.access, Access(), Access(token=True), EVERYTHING)):
        played = play(adapter, example.url, example.answers, access)
        yield from _wrong(played, access)
    for same in play(adapter, example.url, example.answers, EVERYTHING).answers[:5]:
        if len(play(adapter, example.url, {"": same}, EVERYTHING).targets) >= MAX_EXCHANGES:
            yield f"it never has enough, where {same.body[:40]!r} comes to everything"


def _wrong(played: Played, access: Access) -> Iterator[str]:
    if len(played.targets) >= MAX_EXCHANGES:
        yield f"it never has enough: {MAX_EXCHANGES} exchanges with {access}"
    once: set[tuple[object, ...]] = set()
    for target in played.targets:
        yield from wrong_with(target)
        asked = (target.method, target.url, target.headers, target.body, target.authorized, target.video)
        if asked in once:
            yield f"{target.url} is asked twice"
        once.add(asked)
    if not played.targets:
        yield f"nothing is asked with {access}"


def keeps_to_what_is_allowed(adapter: Adapter, example: Example) -> Iterator[str]:
    """Yield what is asked for without leave: with no token, no wish for files, none for answers of other people."""
    for access in (Access(), Access(replies=5, depth=2), Access(token=True)):
        key = adapter.match(Address.parse(example.url))
        if key is not None and not access.token and any(each.authorized for each in adapter.plan(key, access)):
            yield "plan has a target that needs a token, and there is none"
            continue
        played = play(adapter, example.url, example.answers, access)
        for target, answer in zip(played.targets, played.answers, strict=True):
            kind = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
            if target.video or kind.lower().startswith(NO_TEXT):
                yield f"{target.url}: a file, and files were not asked for"
    of_others = _of_others(play(adapter, example.url, example.answers, EVERYTHING))
    for access in (replace(example.access, replies=0), replace(EVERYTHING, replies=0)):
        for target in play(adapter, example.url, example.answers, access).targets:
            if target in of_others:
                yield f"{target.url}: answers of other people, and they were not asked for"


def _of_others(played: Played) -> frozenset[Target]:
    """Return the targets whose answers tell of nothing but replies."""
    of_others: set[int] = set()
    else_where: set[int] = set()
    for pointer, source in played.document["sources"].items():
        (of_others if pointer.startswith("/post/replies/") else else_where).add(source["exchange"])
    return frozenset(played.targets[number - 1] for number in of_others - else_where)


def stops(adapter: Adapter, example: Example) -> Iterator[str]:
    """Yield each target that is asked of a host in a later round than the one in which it had refused."""
    usual = play(adapter, example.url, example.answers, EVERYTHING)
    for name, refusal in REFUSALS.items():
        for refused in usual.targets[:20]:
            played = play(adapter, example.url, _refusing(example, refused, refusal), EVERYTHING)
            yield from (
                f"{refused.url}: {name} is answered, and {target.url} asked nevertheless"
                for target in _asked_after(played, refused)
            )


def _refusing(example: Example, refused: Target, refusal: Answer) -> Callable[[Target], Answer | None]:
    host = Address.parse(refused.url).host if refusal.status == 401 else ""

    def answer(target: Target) -> Answer | None:
        refuses = target == refused or Address.parse(target.url).host == host
        return refusal if refuses else answered(example.answers, target)

    return answer


def _asked_after(played: Played, refused: Target) -> Iterator[Target]:
    if refused in played.targets:
        at = played.targets.index(refused)
        over = next(end for end in played.rounds if end > at)
        host = Address.parse(refused.url).host
        yield from (each for each in played.targets[over:] if Address.parse(each.url).host == host)
