"""The contract finds what an adapter does wrong: one that keeps every rule, and for each rule one that breaks it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Actor, Check, Content, Extracted, Found, Media, Missing, Moment, Post, Rendition
from archiver.platforms.moments import unix
from archiver.platforms.reading import json_in
from archiver.platforms.trial import RULES, Answer, Example, breaches, contract, damage, play
from archiver.platforms.trial.fitting import misfits

API = "https://board.example/api/7"
PICTURE = "https://board.example/photo.jpg"
NOTICE = Answer.json({"id": 7, "text": "A notice", "picture": PICTURE, "at": 1542873358})
ANSWERS = {
    API: NOTICE,
    f"{API}/answers": Answer.json({"items": [{"text": "I saw him"}, {"text": "So did I"}]}),
    PICTURE: Answer(b"\xff\xd8 a picture", headers=(("Content-Type", "image/jpeg"),)),
}
EXAMPLES = (
    Example(
        "https://board.example/notices/7",
        ANSWERS,
        access=Access(token=True, replies=5, media=True),
        also=("https://board.example/notices/7/",),
    ),
    Example("https://board.example/notices/7", {API: Answer.json({}, 404)}, "not_found"),
    Example("https://board.example/notices/7", {API: Answer.json({}, 500)}, "unavailable_unknown"),
)


ABOUT = About("board", "Board", "1", "notices", "removed notices", "drafts", "the board", ("public_api",))


@dataclass(frozen=True)
class Notices:
    """Keeps every rule. A token shows removed notices; answers and the picture come where they are wanted."""

    about: About = ABOUT

    def match(self, address: Address) -> PostKey | None:
        number = address.target.removeprefix("/notices/").rstrip("/")
        fits = address.host == "board.example" and address.target.startswith("/notices/")
        fits = fits and number.isascii() and number.isdigit() and len(number) < 20
        return PostKey("board", f"board:{int(number)}", "notice", (("id", str(int(number))),)) if fits else None

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        return (Target("notice", f"https://board.example/api/{key.part('id')}", authorized=access.token),)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        if len(seen) != 1 or seen[0].status != 200:
            return ()
        found = []
        if access.replies:
            found.append(Target("answers", f"{seen[0].url}/answers", authorized=access.token))
        if access.media and json_in(seen[0]).at("picture").value == PICTURE:
            found.append(Target("media", PICTURE))
        return tuple(found)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        if seen and seen[0].status == 404:
            return Standing("not_found", "board.api.404", 1)
        if seen and json_in(seen[0]).at("text").text:
            return Standing("available", "board.api.text", 1)
        return Standing("unavailable_unknown", "board.api.none")

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        said = json_in(seen[0]) if seen else None
        if said is None or said.at("text").text is None:
            return Extracted(None)
        url = said.at("picture").words
        kept = next((e.number for e in seen if e.role == "media" and e.status == 200 and e.whole), 0)
        picture = Rendition(url, "original", exchange=kept, why="" if kept else "not wanted") if url else None
        others = [json_in(each).at("items").items for each in seen if each.role == "answers"]
        return Extracted(
            Post(
                "Note",
                id=said.at("id").id,
                published=unix(said.at("at").integer),
                content=Content(said.at("text").text),
                attachment=(Media("Image", renditions=(picture,)),) if picture else (),
                replies=tuple(Post("Note", content=Content(each.at("text").text)) for each in itertools.chain(*others)),
            )
        )


GOOD = Notices()
KEY = GOOD.match(Address.parse(EXAMPLES[0].url))


def but(**changed: Any) -> Notices:
    """An adapter that keeps every rule but for some methods of its own, or members of `about`."""
    methods = {name: method for name, method in changed.items() if callable(method)}
    about = {name: value for name, value in changed.items() if name not in methods}
    kind: type[Notices] = type("Broken", (Notices,), methods)
    return kind(replace(GOOD.about, **about))


def asks(*extra: Target) -> Notices:
    return but(plan=lambda self, key, access: GOOD.plan(key, access) + extra)


def tells(change: Callable[[Post], Post]) -> Notices:
    def extract(self: Notices, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        told = GOOD.extract(key, seen)
        return replace(told, post=change(told.post)) if told.post is not None else told

    return but(extract=extract)


def stands(**changed: Any) -> Notices:
    return but(classify=lambda self, key, seen: replace(GOOD.classify(key, seen), **changed))


def also_tells(**more: Any) -> Notices:
    return but(extract=lambda self, key, seen: replace(GOOD.extract(key, seen), **more))


def raises(*given: object) -> Any:
    raise RuntimeError("as somebody else's adapter may")


def careless(self: Notices, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Asks on after a refusal."""
    return (Target("again", f"{API}/again"),) if len(seen) == 1 else ()


def without_leave(what: str) -> Notices:
    everything = Access(token=True, replies=5, media=True)

    def more(self: Notices, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        wanted = GOOD.more(key, everything, seen)
        return tuple(replace(each, authorized=access.token) for each in wanted if each.role == what)

    return but(more=more)


def led_away(self: Notices, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Sends the token wherever an answer says."""
    url = json_in(seen[0]).at("picture").words if seen and seen[0].status == 200 else None
    fits = url is not None and url.value.startswith("http") and len(seen) == 1 and access.media
    return (Target("media", url.value, authorized=access.token),) if fits and url is not None else ()


def led_nowhere(self: Notices, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Asks for whatever an answer says."""
    url = json_in(seen[0]).at("picture").text if seen and seen[0].status == 200 else None
    return (Target("media", url.value),) if access.media and url is not None and len(seen) == 1 else ()


def forgets(limit: int) -> Any:
    """An extract that raises for a body of more than `limit` bytes, as a parser without bounds does."""

    def extract(self: Notices, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        if any(len(each.body) > limit for each in seen):
            raise RecursionError
        return GOOD.extract(key, seen)

    return extract


class Restless(Notices):
    """Never the same twice."""

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return replace(found, version=f"1.{next(COUNTER)}") if name == "about" else found


def mindful() -> Any:
    """An extract that tells of the answers that it had seen before these, as one with a cache may."""
    last: list[tuple[Seen, ...]] = [(), ()]

    def extract(self: Notices, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        if seen != last[1]:
            last[:] = [last[1], seen]
        return replace(GOOD.extract(key, seen), warnings=(f"{len(last[0])} {last[0][:1]}"[:100],))

    return extract


COUNTER = itertools.count()
FOREIGN = Found("text", 99, "/text")
BROKEN = {
    "name": ("about", but(name="My Board")),
    "empty-sentence": ("about", but(learns=" ")),
    "token-unexplained": ("about", but(token_variable="BOARD", with_token="")),
    "no-terms": ("about", but(terms=())),
    "unknown-term": ("about", but(terms=("all_is_well",))),
    "restless": ("about", Restless()),
    "no-spacing": ("about", but(spacing=0.0)),
    "match-raises": ("match", but(match=lambda self, address: self.key if address.host else raises())),
    "match-knows-none": ("match", but(match=lambda self, address: None)),
    "match-other-platform": ("match", but(match=lambda self, address: PostKey("bored", "board:7", "notice"))),
    "match-bare-id": ("match", but(match=lambda self, address: PostKey("board", "board:", "notice"))),
    "match-no-kind": ("match", but(match=lambda self, address: PostKey("board", "board:7", ""))),
    "match-parts": ("match", but(match=lambda self, address: PostKey("board", "board:7", "n", (("id", 7),)))),
    "match-two-ids": ("match", but(match=lambda self, a: replace(KEY, id=f"board:{a.target}"))),
    "plan-raises-on-strange-keys": (
        "match",
        but(
            match=lambda self, a: PostKey("board", f"board:{a.host}", "n", (("id", a.target[9:]),)),
            plan=lambda self, key, access: (Target("n", f"https://board.example/{int(key.part('id')[:1])}"),),
        ),
    ),
    "plan-nothing": ("asking", but(plan=lambda self, key, access: ())),
    "plan-raises": ("match", but(plan=lambda self, key, access: raises() if access.token else GOOD.plan(key, access))),
    "more-endless": ("asking", but(more=lambda self, key, access, seen: (Target("n", f"{API}/{len(seen)}"),))),
    "more-endless-on-an-echo": (
        "asking",
        but(more=lambda self, key, access, seen: (
            (Target("n", f"{API}?{len(seen)}"),) if seen and seen[-1].body == NOTICE.body and len(seen) != 1 else
            GOOD.more(key, access, seen)
        )),
    ),
    "twice": ("asking", asks(Target("one", f"{API}/x"), Target("two", f"{API}/x"))),
    "role": ("asking", asks(Target("Der Aushang", f"{API}/x"))),
    "not-the-web": ("asking", asks(Target("n", "at://board.example/x"))),
    "not-an-address": ("asking", asks(Target("n", "https://["))),
    "method": ("asking", asks(Target("n", f"{API}/x", "get it"))),
    "header": ("asking", asks(Target("n", f"{API}/x", headers=(("X-Odd", "a\r\nb"),)))),
    "cookie": ("asking", asks(Target("n", f"{API}/x", headers=(("Cookie", "a=b"),)))),
    "token-in-the-clear": (
        "asking",
        but(plan=lambda self, key, a: (Target("n", API.replace("https", "http"), authorized=a.token),)),
    ),
    "token-in-the-address": ("asking", asks(Target("n", f"{API}/x?access_token=t"))),
    "token-in-the-body": ("asking", asks(Target("n", f"{API}/x", "POST", body=b"v=5&access_token=t"))),
    "needs-a-token-and-has-none": (
        "access",
        but(plan=lambda self, key, access: (Target("notice", API, authorized=True),)),
    ),
    "files-unasked": ("access", without_leave("media")),
    "video-unasked": ("access", asks(Target("video", f"{API}/x", video=True))),
    "people-unasked": ("access", without_leave("answers")),
    "stops": ("stops", but(more=careless)),
    "state-unknown": ("standing", stands(state="vanished")),
    "state-other": ("standing", stands(state="private")),
    "state-guessed": ("standing", stands(state="deleted")),
    "rule-bare": ("standing", stands(rule="api.text")),
    "rule-empty": ("standing", stands(rule="board.")),
    "exchange-not-there": ("standing", stands(exchange=9)),
    "classify-raises": ("standing", but(classify=raises)),
    "value-from-nowhere": ("values", tells(lambda post: replace(post, name=FOREIGN))),
    "value-at-no-place": ("values", tells(lambda post: replace(post, name=Found("text", 1, "/txt")))),
    "value-within-no-place": ("values", tells(lambda post: replace(post, name=Found("text", 1, "/txt p[1]")))),
    "value-of-another-type": ("values", tells(lambda post: replace(post, name=Found(7, 1, "/id")))),
    "value-without-place": ("values", tells(lambda post: replace(post, name="plain"))),
    "value-true-for-one": ("values", tells(lambda post: replace(post, id=Found(True, 1, "/id")))),
    "type-unknown": ("values", tells(lambda post: replace(post, type="Tweet"))),
    "list-for-tuple": ("values", tells(lambda post: replace(post, tag=[]))),
    "local-time": (
        "values",
        tells(lambda post: replace(post, updated=Moment("2020-01-01 10:00", "second", "server", post.id))),
    ),
    "actor-for-text": ("values", tells(lambda post: replace(post, attributed_to=Actor("Robot")))),
    "file-of-another-exchange": (
        "values",
        tells(lambda post: replace(post, attachment=(
            Media("Image", renditions=(Rendition(Found(PICTURE, 1, "/picture"), "original", exchange=99),)),
        ))),
    ),
    "file-not-said-to-be-missing": (
        "values",
        tells(lambda post: replace(post, attachment=(
            Media("Image", renditions=(Rendition(Found(PICTURE, 1, "/picture"), "original"),)),
        ))),
    ),
    "missing-from-nowhere": ("values", also_tells(missing=(Missing("a file", "lost", 99),))),
    "check-from-nowhere": ("values", also_tells(checks=(Check("hash", True, "holds", 99),))),
    "extract-raises": ("values", but(extract=raises)),
    "chance": ("pure", but(extract=lambda self, key, seen: replace(
        GOOD.extract(key, seen), warnings=(f"number {next(COUNTER)}",)))),
    "match-by-chance": ("pure", but(match=lambda self, a: (
        replace(key, kind=f"notice-{next(COUNTER)}") if (key := GOOD.match(a)) else None))),
    "memory": ("pure", but(extract=mindful())),
    "no-json": ("document", tells(lambda post: replace(post, name=Found("\ud800", 1, "/text")))),
    "large-answers": ("survives", but(extract=forgets(50_000))),
    "damaged-answers": ("survives", but(extract=lambda self, key, seen: (
        raises() if any(each.status == 451 for each in seen) else GOOD.extract(key, seen)))),
    "token-led-away": ("survives", but(more=led_away)),
    "asks-for-what-is-no-address": ("survives", but(more=led_nowhere)),
}  # fmt: skip


def test_an_adapter_that_keeps_every_rule_has_no_breaches() -> None:
    assert breaches(GOOD, EXAMPLES) == ()
    contract(GOOD, EXAMPLES)


def test_a_place_within_a_text_begins_with_that_of_the_text() -> None:
    within = tells(lambda post: replace(post, name=Found("text", 1, "/text blockquote[1] @cite")))
    assert [each for each in breaches(within, EXAMPLES, rounds=1) if each.rule == "values"] == []


@pytest.mark.parametrize("case", BROKEN)
def test_an_adapter_that_breaks_a_rule_is_found(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(damage, "LARGE", 100_000)
    rule, adapter = BROKEN[case]
    found = breaches(adapter, EXAMPLES, rounds=60)
    assert rule in {each.rule for each in found}, found


def test_every_rule_has_an_adapter_that_breaks_it() -> None:
    assert {rule for rule, _ in BROKEN.values()} == set(RULES)


def test_the_contract_names_every_breach_in_one_go() -> None:
    with pytest.raises(AssertionError, match=r"about: learns says nothing\n(.*\n)*stops: .* asked nevertheless"):
        contract(but(learns="", more=careless), EXAMPLES)


def test_without_examples_nothing_is_tried_and_that_is_said() -> None:
    assert [str(each) for each in breaches(GOOD, ())] == ["match: there are no examples"]


def test_the_same_seed_damages_in_the_same_way() -> None:
    sizes: list[list[int]] = [[], []]
    for noted in sizes:
        adapter = but(extract=lambda self, key, seen, noted=noted: (
            noted.append(sum(len(each.body) for each in seen)) or GOOD.extract(key, seen)))  # fmt: skip
        breaches(adapter, EXAMPLES, seed=7, rounds=20)
    assert sizes[0] == sizes[1]


def test_posts_without_end_within_posts_are_found_and_do_not_end_the_trial() -> None:
    post = Post("Note")
    for _ in range(2000):
        post = Post("Note", origin=(post,))
    assert any("nested too deep" in words for words in misfits(post, Post))
    assert {"values", "document"} <= {each.rule for each in breaches(tells(lambda _: post), EXAMPLES, rounds=1)}


@pytest.mark.parametrize(
    ("play_with", "says"),
    [
        (lambda: play(GOOD, "https://elsewhere.example/", ANSWERS), "does not know https://elsewhere"),
        (lambda: play(BROKEN["needs-a-token-and-has-none"][1], EXAMPLES[0].url, ANSWERS), "and there is none"),
        (lambda: play(GOOD, EXAMPLES[1].url, EXAMPLES[1].answers).post, "there is no post"),
        (lambda: play(stands(state="vanished"), EXAMPLES[0].url, ANSWERS).document, "there is no state 'vanished'"),
    ],
)
def test_what_cannot_be_played_is_said(play_with: Callable[[], object], says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        play_with()
