"""The comments below a post: asked for within limits, and read. VK nests them two deep: comments, answers to them."""

from collections.abc import Iterator
from typing import Final

from archiver.model.platform import Access, PostKey, Target
from archiver.model.post import Found, Missing, Post
from archiver.platforms.files import Files
from archiver.platforms.reading import Doc
from archiver.platforms.vk import asks
from archiver.platforms.vk.answers import Answer, items
from archiver.platforms.vk.codes import words_for
from archiver.platforms.vk.people import People
from archiver.platforms.vk.posts import comment

_LEVEL: Final = "api.comments."
_THREAD: Final = "api.thread."
_MOST: Final = 100  # comments in one answer; further ones were not asked for, and are not read
_NESTED: Final = 10  # answers to a comment that come along with it, at most
_AT_ONCE: Final = 10  # threads asked for before it is looked at what came
_NESTING: Final = ("wall", "video")  # kinds whose comments are answered below them


def next_comments(key: PostKey, access: Access, answers: tuple[Answer, ...], known: int | None) -> tuple[Target, ...]:
    """Return the next requests for comments: never for more than `access` allows together with what has come.

    `known` is how many there are, as the post says.
    """
    pages = _pages(answers)
    room = access.replies - sum(_received(each) for each in pages)
    if room <= 0 or access.depth <= 0 or known == 0 or any(not each.response for each in pages):
        return ()
    if key.part("reply"):
        return _thread(key, int(key.part("reply")), 0, known, pages, room) if key.kind == "wall" else ()
    levels = [each for each in pages if each.role.startswith(_LEVEL)]
    first = 1 if key.kind == "topic" else 0  # a topic's first message is the topic
    offset = _offset(levels[-1]) + len(items(levels[-1].response)) if levels else first
    if not levels or (items(levels[-1].response) and _goes_on(levels[-1], offset)):
        count = min(_MOST, room, max(known or _MOST, 1))
        nests = key.kind in _NESTING and access.depth >= 2
        return (asks.comments(key, offset, count, min(_NESTED, room // count - 1) if nests else 0),)
    return _threads(key, levels, pages, room) if access.depth >= 2 and key.kind in _NESTING else ()


def replies(
    answers: tuple[Answer, ...], people: People, files: Files, post_url: str, post: Found[str] | None
) -> tuple[Post, ...]:
    """Return the comments that came, each followed by the answers to it; the same one once."""
    further: dict[str, list[Doc]] = {}
    for each in _pages(answers):
        if each.role.startswith(_THREAD):
            further.setdefault(each.role.split(".")[2], []).extend(items(each.response)[:_MOST])
    found: dict[str, Post] = {}
    for each in _pages(answers):
        for item in items(each.response)[:_MOST] if each.role.startswith(_LEVEL) else ():
            _keep(found, comment(item, people, files, post_url, post))
            number = item.at("id").id
            below = further.pop(number.value, []) if number else []
            for nested in (*item.at("thread", "items").items[:_MOST], *below):
                _keep(found, comment(nested, people, files, post_url, number))
    for number_of, below in further.items():
        for nested in below:
            above = post if post is not None and post.value == number_of else None
            _keep(found, comment(nested, people, files, post_url, above))
    return tuple(found.values())


def left_out(answers: tuple[Answer, ...], known: Found[int] | None, taken: int) -> Iterator[Missing]:
    """Yield what was not taken of the comments, and why. `known` is how many the post says there are."""
    pages = _pages(answers)
    if not pages:
        if known is not None and known.value:
            yield Missing(f"{known.value} comments", "comments are people: not asked for", known.exchange)
        return
    for each in pages:
        if not each.response:
            yield Missing("comments", why_not(each), each.seen.number)
            return
    total = known.value if known else max(_level_count(each) or 0 for each in pages)
    if total > taken:
        why = "more than were asked for, or not told by VK"
        yield Missing(f"{total - taken} of {total} comments", why, pages[-1].seen.number)


def why_not(answer: Answer) -> str:
    """Return why an answer of the API has no content, in words of ours."""
    if answer.error is not None:
        return words_for(answer.error)
    if answer.seen.failure:
        return f"no answer: {answer.seen.failure}"
    return f"the API answered with status {answer.seen.status}, and nothing that can be read"


def _pages(answers: tuple[Answer, ...]) -> list[Answer]:
    return [each for each in answers if each.role.startswith((_LEVEL, _THREAD))]


def _keep(found: dict[str, Post], post: Post) -> None:
    found.setdefault(str(post.id.value) if post.id else f"?{len(found)}", post)


def _received(page: Answer) -> int:
    return sum(1 + len(each.at("thread", "items").items) for each in items(page.response))


def _offset(page: Answer) -> int:
    return int(page.role.rpartition(".")[2])


def _level_count(page: Answer) -> int | None:
    count = page.response.at("current_level_count").integer or page.response.at("count").integer
    return count.value if count else None


def _goes_on(page: Answer, offset: int) -> bool:
    total = _level_count(page)
    return total is None or offset < total


def _threads(key: PostKey, levels: list[Answer], pages: list[Answer], room: int) -> tuple[Target, ...]:
    found: list[Target] = []
    for page in levels:
        for item in items(page.response):
            number, count = item.at("id").integer, item.at("thread", "count").integer
            came = len(item.at("thread", "items").items)
            if number and count and count.value > came and room > 0:
                for target in _thread(key, number.value, came, count.value, pages, room):
                    found.append(target)
                    room -= min(_MOST, count.value - came, room)
            if len(found) >= _AT_ONCE:
                return tuple(found)
    return tuple(found)


def _thread(
    key: PostKey, number: int, came: int, known: int | None, pages: list[Answer], room: int
) -> tuple[Target, ...]:
    """Return the next request for the answers to one comment, of which the first `came` are there."""
    mine = [each for each in pages if each.role.startswith(f"{_THREAD}{number}.")]
    if mine:
        last = mine[-1]
        came = _offset(last) + len(items(last.response))
        if not items(last.response) or not _goes_on(last, came):
            return ()
    count = min(_MOST, room, max((known or _MOST) - came, 1))
    return (asks.thread(key, number, came, count),)
