"""The post as all answers together tell it: the API before data in pages, that before markup, that before previews."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Extracted, Found, Missing, Post
from archiver.platforms.files import Files
from archiver.platforms.reading import Doc
from archiver.platforms.vk import pages, payloads
from archiver.platforms.vk.about import VARIABLE
from archiver.platforms.vk.answers import Answer, first
from archiver.platforms.vk.files import RULES
from archiver.platforms.vk.people import People, cards
from archiver.platforms.vk.posts import card_post, comment, photo_post, topic_post, video_post, wall_post
from archiver.platforms.vk.replies import left_out, replies, why_not
from archiver.platforms.vk.standing import api_standing, item_of, main_item, page_standing

APART: Final = 60.0  # seconds between the times that API and page tell of a post, above which it is said

_ONLY_API: Final = f"VK tells it only to its API: a token is needed ({VARIABLE})"
_SIDE_ROLES: Final = {
    "api.opening": "the first message of the topic",
    "api.reply": "the comment",
    "api.group": "what the community tells of itself",
    "api.user": "what the person tells of themselves",
}
_MAIN_ROLES: Final = ("api.post", "api.photo", "api.video", "api.topic", "api.name")


def extracted(key: PostKey, answers: tuple[Answer, ...], seen: tuple[Seen, ...]) -> Extracted:
    """Return what the answers tell of the post, what they do not, and where they contradict each other."""
    files, people = Files.of(seen, RULES), People.in_answers(answers)
    missing: list[Missing] = []
    post = _from_api(key, answers, people, files)
    if post is None:
        post, missing = _from_pages(key, answers, files)
    if post is None:
        missing += _why_nothing(key, answers)
    else:
        number = post.id if isinstance(post.id, Found) and isinstance(post.id.value, str) else None
        below = replies(answers, people, files, _page_of(key), number)
        counted = next((each.value for each in post.counts if each.name == "replies"), None)
        missing += left_out(answers, counted, len(below) + (1 if first(answers, "api.opening") else 0))
        post = replace(post, replies=below)
    return Extracted(
        post,
        missing=(*missing, *_unanswered(answers), *_files_left(files)),
        warnings=tuple(_warnings(key, answers, people)),
    )


def _from_api(key: PostKey, answers: tuple[Answer, ...], people: People, files: Files) -> Post | None:
    if key.kind == "owner":
        return _card(key, answers, files)
    if key.kind == "topic":
        return _topic(key, answers, people, files)
    item = main_item(key, answers)
    if item is None:
        return None
    if key.kind == "photo":
        return photo_post(item, people, files)
    if key.kind == "video":
        return video_post(item, people, files)
    return _comment(key, item, answers, people, files) if key.part("reply") else wall_post(item, people, files)


def _comment(key: PostKey, item: Doc, answers: tuple[Answer, ...], people: People, files: Files) -> Post:
    """Return the comment that the address means, with the post that it is under beside it."""
    above = item_of(key, answers)
    number = (item.at("post_id") if above is None else above.at("id")).id
    context = () if above is None else (wall_post(above, people, files),)
    return replace(comment(item, people, files, _page_of(key), number), context=context)


def _topic(key: PostKey, answers: tuple[Answer, ...], people: People, files: Files) -> Post | None:
    item, opening = item_of(key, answers), first(answers, "api.opening")
    if item is None:
        return None
    said = opening.response.at("items", 0) if opening else Doc(None, item.exchange)
    owner = Found(int(key.part("owner")), item.exchange, item.pointer)
    topic = topic_post(item, said, people, files, owner, _page_of(key))
    if not key.part("reply"):
        return topic
    meant = main_item(key, answers)
    if meant is None:
        return None
    return replace(comment(meant, people, files, _page_of(key), item.at("id").id), context=(topic,))


def _card(key: PostKey, answers: tuple[Answer, ...], files: Files) -> Post | None:
    owner = int(key.part("owner"))
    answer = first(answers, "api.group", "api.user")
    for card in cards(answer) if answer else ():
        number = card.at("id").integer
        if number is not None and number.value == abs(owner):
            return card_post(card, owner, files)
    return None


def _from_pages(key: PostKey, answers: tuple[Answer, ...], files: Files) -> tuple[Post | None, list[Missing]]:
    shown = [each for each in answers if not each.of_api]
    for answer in shown:
        served = pages.served_item(answer, key)
        if served is not None:
            return wall_post(served.item, People.of(served.told), files), _without_api(answers, answer)
    photos = tuple(each for each in shown if each.role == "web.photos")
    for answer in shown:
        element = pages.shown_post(answer, key)
        if element is not None:
            title = answer.page.first("title").text
            return pages.post_from_markup(element, key, title, photos, files), _without_api(answers, answer)
        post = _from_payload(key, answer, files)
        if post is not None:
            return post, _without_api(answers, answer)
    for answer in shown:
        page = pages.preview(answer, key)
        if page is not None:
            post, missing = pages.post_from_preview(page, key, files)
            return post, [*missing, *_without_api(answers, answer)]
    return None, []


def _from_payload(key: PostKey, answer: Answer, files: Files) -> Post | None:
    photo = payloads.served_photo(answer, key) if answer.role == "web.photo" else None
    if photo is not None:
        return payloads.photo_post_from_payload(photo, key, files)
    video = payloads.served_video(answer) if answer.role == "web.video" else None
    return payloads.video_post_from_payload(video, key, files) if video is not None else None


def _without_api(answers: tuple[Answer, ...], answer: Answer) -> list[Missing]:
    if any(each.of_api for each in answers):
        return []
    return [Missing("comments, and what else the page does not show", _ONLY_API, answer.seen.number)]


def _why_nothing(key: PostKey, answers: tuple[Answer, ...]) -> Iterator[Missing]:
    page = page_standing(key, answers)
    if page is not None:
        why = _ONLY_API if page.state == "needs_token" else f"the page does not show it ({page.rule})"
        yield Missing("the post", why, page.exchange)
    api = api_standing(key, answers)
    if api is not None and not api.rule.startswith(("vk.api.error-", "vk.api.status-", "vk.api.no-answer")):
        yield Missing("the post", f"the API does not tell it ({api.rule})", api.exchange)


def _unanswered(answers: tuple[Answer, ...]) -> Iterator[Missing]:
    for answer in answers:
        if not answer.of_api or answer.response:
            continue
        if answer.role in _SIDE_ROLES or answer.role in _MAIN_ROLES:
            yield Missing(_SIDE_ROLES.get(answer.role, "what the API tells"), why_not(answer), answer.seen.number)


def _files_left(files: Files) -> Iterator[Missing]:
    if files.refused:
        yield Missing("further files", "a server refused one, so no more were asked for")
    elif len(files.last) >= RULES.most:
        yield Missing("further files", f"no more than {RULES.most} are asked for")


def _warnings(key: PostKey, answers: tuple[Answer, ...], people: People) -> Iterator[str]:
    api, page = api_standing(key, answers), page_standing(key, answers)
    if api and page:
        there, gone = ("available",), ("not_found", "deleted", "account_gone", "removed_by_platform")
        if (api.state in there and page.state in gone) or (page.state in there and api.state in gone):
            yield f"the API says {api.state} ({api.rule}), the page says {page.state} ({page.rule})"
    item = main_item(key, answers) if key.kind != "owner" else None
    if item is None:
        return
    word = people.gone(item.at("from_id"))
    if word:
        yield "the account of the author is no more; VK's word for it is in the answer of the API (deactivated)"
    if item.at("created_by").integer and key.kind == "wall":
        yield f"the API names account {item.at('created_by').value} as the one who wrote it (created_by)"
    if item.at("marked_as_ads").integer and item.at("marked_as_ads").value:
        yield "VK marks the post as advertising (marked_as_ads)"
    for answer in answers:
        served = pages.served_item(answer, key) if not answer.of_api else None
        if served is not None:
            yield from _differences(item, served.item)


def _differences(api: Doc, page: Doc) -> Iterator[str]:
    for name, what in (("from_id", "author"), ("date", "time"), ("edited", "time of the last change")):
        one, other = api.at(name).integer, page.at(name).integer
        if one is None or other is None:
            continue
        distance = abs(one.value - other.value)
        if distance > (APART if name != "from_id" else 0):
            yield (
                f"the {what} differs: {one.value} at {one.at} in exchange {one.exchange} (API), "
                f"{other.value} in exchange {other.exchange} (page)"
            )
    one_text, other_text = api.at("text").text, page.at("text").text
    if one_text and other_text and one_text.value != other_text.value:
        yield f"the text in exchange {one_text.exchange} (API) is not that in exchange {other_text.exchange} (page)"


def _page_of(key: PostKey) -> str:
    return f"https://vk.com/{key.kind}{key.part('owner')}_{key.part('id')}"
