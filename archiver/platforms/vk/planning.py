"""What is asked after what was seen: the API as long as it answers, then what the pages load, then files."""

from typing import Final

from archiver.model.platform import Access, PostKey, Seen, State, Target
from archiver.platforms.files import Files
from archiver.platforms.places import led_to
from archiver.platforms.reading import Doc, json_in
from archiver.platforms.statuses import REFUSED
from archiver.platforms.vk import asks
from archiver.platforms.vk.addresses import match, owner_key
from archiver.platforms.vk.answers import Answer, first, read
from archiver.platforms.vk.codes import stops
from archiver.platforms.vk.extracting import extracted
from archiver.platforms.vk.files import RULES, wanted
from archiver.platforms.vk.replies import next_comments
from archiver.platforms.vk.standing import ROLES, api_standing, item_of, main_item, page_standing, refused

_OWNERS: Final = {"user": 1, "group": -1, "page": -1, "event": -1}
_PAGES_MAY_SAY: Final[frozenset[State]] = frozenset({"needs_token", "unavailable_unknown"})


def meant(key: PostKey, seen: tuple[Seen, ...]) -> PostKey:
    """Return the post that a short link or the name of an owner turned out to mean; `key` itself where it is plain."""
    if key.kind == "short":
        key = _behind(key, seen)
    if key.kind == "name":
        for each in seen:
            if each.role == "api.name":
                told = json_in(each).at("response")
                number, kind = told.at("object_id").integer, told.at("type").words
                if number and kind and number.value > 0 and kind.value in _OWNERS:
                    return owner_key(key, number.value * _OWNERS[kind.value])
    return key


def more(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return what is asked next, nothing at the end. The API and the pages are each left alone once they refuse."""
    answers = read(seen)
    asked = {each.role for each in answers}
    new: tuple[Target, ...] = ()
    if access.token and not _api_refused(answers):
        new = _unasked(_of_api(key, access, answers), asked)
    if not new and not any(refused(each) for each in answers if not each.of_api):
        new = _unasked(_of_pages(key, access, answers), asked)
    if new or not access.media:
        return new
    post = extracted(key, answers, seen).post
    return wanted(post, Files.of(seen, RULES)) if post is not None else ()


def _behind(key: PostKey, seen: tuple[Seen, ...]) -> PostKey:
    """Return what the first address of VK behind a short link means."""
    for each in seen:
        if each.role != "page":
            continue
        for place in (each.url, each.header("location")):
            found = led_to(match, each.url, place)
            if found is not None and found.kind != "short":
                return PostKey(key.platform, key.id, found.kind, found.parts)
    return key


def _api_refused(answers: tuple[Answer, ...]) -> bool:
    return any(
        (each.error is not None and stops(each.error)) or each.seen.status in REFUSED for each in answers if each.of_api
    )


def _unasked(targets: tuple[Target, ...], asked: set[str]) -> tuple[Target, ...]:
    return tuple(each for each in targets if each.role not in asked)


def _of_api(key: PostKey, access: Access, answers: tuple[Answer, ...]) -> tuple[Target, ...]:
    main = _unasked(asks.main(key), {each.role for each in answers})
    if main or key.kind in ("name", "owner", "short"):
        return main
    answer, single = first(answers, *ROLES[key.kind]), first(answers, "api.reply")
    if answer is None or not answer.response:
        return ()
    item = main_item(key, answers)
    found: list[Target] = []
    if key.kind == "topic" and item_of(key, answers) is not None:
        found.append(asks.opening(key))
    if key.part("reply") and item is None and single is None:
        found.append(asks.single_comment(key))
    elif key.kind in ("photo", "topic") or item is None:
        found.append(asks.card(key.part("owner")))
    new = _unasked(tuple(found), {each.role for each in answers})
    if new or item is None:
        return new
    return next_comments(key, access, answers, _known_comments(key, item))


def _known_comments(key: PostKey, item: Doc) -> int | None:
    at = item.at("thread", "count") if key.part("reply") else item.at("comments")
    count = at.at("count").integer or at.integer
    return count.value if count else None


def _of_pages(key: PostKey, access: Access, answers: tuple[Answer, ...]) -> tuple[Target, ...]:
    api, page = api_standing(key, answers), page_standing(key, answers)
    if page is None or (api is not None and api.state not in _PAGES_MAY_SAY):
        return ()
    if page.state == "needs_token":
        return asks.widget(key)
    by_markup = page.rule == "vk.page.post" and key.kind == "wall" and not key.part("reply")
    return (asks.photos_of_post(key),) if by_markup and access.media else ()
