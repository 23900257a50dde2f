"""The posts around a post: what it answers, and what answers it, within the limits that the operator set.

https://docs.joinmastodon.org/methods/statuses/#context
"""

from typing import Final

from archiver.model.platform import Seen
from archiver.model.post import Missing, Post
from archiver.platforms.files import OF_ANOTHER
from archiver.platforms.mastodon.answers import answered, is_status
from archiver.platforms.mastodon.files import Files
from archiver.platforms.mastodon.status import Parents, post_of_status
from archiver.platforms.reading import Doc, json_in

MAX_ABOVE: Final = 40  # what Mastodon shows at most without a login
MAX_BELOW: Final = 60

_LOOKED_AT: Final = 1_000  # of each list; a server that shows more is none of these
_PREFIX: Final = "context."
_ANSWERS: Final = "answers"


def context_in(seen: tuple[Seen, ...]) -> Seen | None:
    """Return the answer that tells what is around the post."""
    return next((each for each in reversed(seen) if each.role.startswith(_PREFIX)), None)


def around(status: Doc, seen: tuple[Seen, ...]) -> tuple[tuple[Post, ...], tuple[Post, ...], tuple[Missing, ...]]:
    """Return the posts above, the answers, and what of both is not here. `status` is the post on the asked server."""
    answer = context_in(seen)
    if answer is None:
        return (), (), _not_asked(status)
    doc = json_in(answer)
    if answer.status != 200 or not (doc.at("ancestors").items or isinstance(doc.at("descendants").value, list)):
        return (), (), (Missing(_ANSWERS, answered(answer), answer.number),)
    above = tuple(each for each in doc.at("ancestors").items[:_LOOKED_AT] if is_status(each))
    below = tuple(each for each in doc.at("descendants").items[:_LOOKED_AT] if is_status(each))
    parents = Parents.among((status, *above, *below))
    files = Files.of(seen)
    wanted = _within(status, below, answer.role)
    missing = _missing(answer, status, above, below, len(wanted))
    return (
        tuple(post_of_status(each, files, parents, why=OF_ANOTHER) for each in above[-MAX_ABOVE:]),
        tuple(post_of_status(each, files, parents, why=OF_ANOTHER) for each in wanted),
        missing,
    )


def _not_asked(status: Doc) -> tuple[Missing, ...]:
    for name, why in (
        ("replies_count", "not asked for: they were not wanted, or the server refused before"),
        ("repliesCount", "not asked for: a server of this kind tells them in another way, which is not followed"),
    ):
        told = status.at(name).integer
        if told is not None and told.value > 0:
            return (Missing(_ANSWERS, f"{told.value} are told of; {why}", told.exchange),)
    return ()


def _limits(role: str) -> tuple[int, int]:
    numbers = [int(each) for each in role.removeprefix(_PREFIX).split(".") if each.isascii() and each.isdigit()]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def _within(status: Doc, below: tuple[Doc, ...], role: str) -> list[Doc]:
    most, deepest = _limits(role)
    number = status.at("id").id
    depth = {number.value if number is not None else "": 0}
    found = []
    for each in below:  # a server lists what is answered before its answers
        own, parent = each.at("id").id, each.at("in_reply_to_id").id
        level = depth.get(parent.value if parent is not None else "", deepest) + 1
        depth.setdefault(own.value if own is not None else "", level)
        if level <= deepest:
            found.append(each)
    return found[: min(most, MAX_BELOW)]


def _missing(
    answer: Seen, status: Doc, above: tuple[Doc, ...], below: tuple[Doc, ...], kept: int
) -> tuple[Missing, ...]:
    found, number = [], answer.number
    if kept < len(below):
        most, deepest = _limits(answer.role)
        why = f"{len(below)} came with exchange {number}, {kept} are within the limits ({most} in all, {deepest} deep)"
        found.append(Missing(_ANSWERS, why, number))
    if len(below) >= MAX_BELOW:
        why = f"without a login a server shows {MAX_BELOW} at most, and came to that number"
        found.append(Missing("further answers", why, number))
    if len(above) >= MAX_ABOVE:
        why = f"without a login a server shows {MAX_ABOVE} at most, and came to that number"
        found.append(Missing("further posts above", why, number))
    told, own = status.at("replies_count").integer, status.at("id").id
    answered = [parent.value for each in below if (parent := each.at("in_reply_to_id").id) is not None]
    direct = answered.count(own.value) if own is not None else 0
    if told is not None and told.value > direct:
        why = f"{told.value} are told of, {direct} are shown: the others are not public, hidden, or not known there"
        found.append(Missing("direct answers", why, number))
    if answer.header("mastodon-async-refresh"):
        why = "the server was still fetching some (Mastodon-Async-Refresh): a later capture may hold more"
        found.append(Missing("further answers", why, number))
    return tuple(found)
