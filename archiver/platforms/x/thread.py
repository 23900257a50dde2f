"""Answers of others to a post: told by the API v2 alone, for a week, and a conversation as a whole."""

from collections.abc import Iterator
from dataclasses import replace

from archiver.model.platform import Access, Target
from archiver.model.post import Post
from archiver.platforms.reading import Doc
from archiver.platforms.x import asks
from archiver.platforms.x.answers import Answers, is_low, refused
from archiver.platforms.x.api import Includes, answered, post_by_api
from archiver.platforms.x.notes import Notes

VARIABLE = "ARCHIVER_X_TOKEN"  # of the environment: where the operator keeps the token

_ONLY_API = f"not asked for: X tells them to its API alone, with a token ({VARIABLE})"


def next_replies(answers: Answers, access: Access) -> tuple[Target, ...]:
    """Return the next page of answers, never with more of them than are wanted; none for a post that is one itself.

    The API gives no fewer than ten at once, so fewer are not asked for.
    """
    if access.replies < asks.FEWEST or access.depth < 1 or not _begins(answers):
        return ()
    came, number, after = 0, 0, ""
    for seen in answers.by(asks.REPLIES):
        doc = answers.doc(seen.role)
        mark = doc.at("meta", "next_token").words
        if seen.status != 200 or refused(seen, doc) or is_low(seen) or mark is None:
            return ()
        came, number, after = came + max(len(doc.at("data").items), 1), number + 1, mark.value[:500]
    size = page_size(access.replies - came)
    return (asks.replies(answers.key, access.replies, access.depth, number, size, after),) if size else ()


def page_size(left: int) -> int:
    """Return how many answers are asked for where `left` are wanted: as many as can be, without a rest below ten."""
    if left < asks.FEWEST:
        return 0
    if left <= asks.MOST:
        return left
    return asks.MOST if left - asks.MOST >= asks.FEWEST else left - asks.FEWEST


def replies_in(answers: Answers, post: Post, notes: Notes) -> tuple[Post, ...]:
    """Return the answers that came, as deep and as many as were wanted; what is there and is not here is noted."""
    pages = answers.by(asks.REPLIES)
    told = next((each.value for each in post.counts if each.name == "replies"), None)
    if not pages:
        if told is not None and told.value > 0:
            notes.lacks(f"{told.value} answers", _why_none(answers), told.exchange)
        return ()
    wanted, depth = _wanted(pages[0].role)
    found = list(_below(answers, depth))
    for seen in pages:
        if seen.status != 200 or refused(seen, answers.doc(seen.role)):
            notes.lacks(
                "further answers", f"X did not tell them ({seen.failure or f'status {seen.status}'})", seen.number
            )
    kept = found[:wanted]
    if len(found) > len(kept):
        notes.lacks("further answers", f"at most {wanted} were wanted", pages[-1].number)
    if told is not None and told.value > len(kept):
        why = "X tells those of the last seven days, and all others below them: not more were wanted or told"
        notes.lacks(f"{told.value - len(kept)} of {told.value} answers", why, pages[-1].number)
    return tuple(kept)


def _below(answers: Answers, depth: int) -> Iterator[Post]:
    """Yield the answers that lead to the post in at most `depth` steps, in the order in which they came."""
    told: dict[str, tuple[Doc, Includes]] = {}
    for seen in answers.by(asks.REPLIES):
        doc = answers.doc(seen.role)
        beside = Includes.of(doc)
        for each in doc.at("data").items:
            number = each.at("id").id
            if number is not None:
                told.setdefault(number.value, (each, beside))
    reached = {answers.key.part("id")}
    for _ in range(min(depth, len(told))):
        reached |= {
            name for name, (each, _) in told.items() if (up := answered(each)) is not None and up.value in reached
        }
    for name, (each, beside) in told.items():
        if name in reached and name != answers.key.part("id"):
            yield replace(post_by_api(each, beside, None), context=())


def _begins(answers: Answers) -> bool:
    """Return whether the post begins its conversation: the API can be asked for whole conversations only."""
    told = answers.told.at("conversation_id").id
    return told is not None and told.value == answers.key.part("id")


def _why_none(answers: Answers) -> str:
    if "api" not in answers.seen:
        return _ONLY_API
    if not answers.told:
        return "not asked for: the API has not told the post"
    if not _begins(answers):
        return "not asked for: X tells whole conversations only, and this post is in the middle of one"
    return f"not asked for: at least {asks.FEWEST} have to be wanted, for X gives no fewer at once"


def _wanted(role: str) -> tuple[int, int]:
    """Return how many answers and how deep a role says were wanted."""
    numbers = [int(each) if each.isdigit() and len(each) < 9 else 0 for each in role.split(".")[1:3]]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)
