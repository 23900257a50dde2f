"""How a post stands: by error codes, flags of items, redirect targets, payload codes and elements; never by words.

What the API says of the post comes first, then what a page shows, then what either says of itself
(docs/spec/platforms/vk.md §States).
"""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from archiver.model.platform import PostKey, Seen, Standing, State
from archiver.platforms.places import joined
from archiver.platforms.reading import Doc
from archiver.platforms.statuses import REFUSED, STATES
from archiver.platforms.vk.answers import Answer, first, items
from archiver.platforms.vk.codes import state_of
from archiver.platforms.vk.pages import preview, served_item, shown_post
from archiver.platforms.vk.payloads import served_photo, served_video
from archiver.platforms.vk.people import cards

GEO_BLOCK: Final = "119910902"  # the number with which VK sends those away who may not see a page where they are

_SILENT: Final = "vk.page.no-answer"
_SAID: Final[frozenset[State]] = frozenset({"deleted", "removed_by_platform", "account_gone"})
_ORDER: Final[tuple[State, ...]] = (  # of what several pages say, the most telling first
    "available", "deleted", "account_gone", "private", "geo_blocked", "not_found", "rate_limited", "challenge",
    "login_required", "needs_browser", "unavailable_unknown", "needs_token",
)  # fmt: skip
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PLACES: Final[dict[str, tuple[State, str]]] = {
    "/challenge.html": ("challenge", "vk.redirect.challenge"),
    "/429.html": ("rate_limited", "vk.redirect.429"),
    "/login": ("login_required", "vk.redirect.login"),
    "/login.php": ("login_required", "vk.redirect.login"),
    "/badbrowser.php": ("needs_browser", "vk.redirect.badbrowser"),
}
_LOGIN_HOSTS: Final = frozenset({"login.vk.com", "id.vk.com", "login.vk.ru", "id.vk.ru"})
_CODES: Final[dict[str, tuple[State, str]]] = {
    "2": ("challenge", "vk.payload.code-2"),
    "3": ("login_required", "vk.payload.code-3"),
}
_ELEMENTS: Final[tuple[tuple[str, State, str], ...]] = (
    (".profile_deleted_text", "account_gone", "vk.page.profile-deleted"),
    ("#login_blocked_img", "account_gone", "vk.page.login-blocked"),
    (".profile_closed_wall_dummy", "private", "vk.page.closed-wall"),
    (".message_page_body", "unavailable_unknown", "vk.page.message"),
    (".video_layer_message", "unavailable_unknown", "vk.page.video-message"),
    ("#video_ext_msg", "unavailable_unknown", "vk.page.video-message"),
)


def standing(key: PostKey, answers: tuple[Answer, ...]) -> Standing:
    """Return how the post stands, by the strongest that the answers say."""
    api, page = api_standing(key, answers), page_standing(key, answers)
    if api and (api.state == "available" or api.state in _SAID):
        return api
    if page and page.state == "available":
        return page
    if api and api.state in ("private", "not_found"):
        return api
    if page and page.state in ("account_gone", "private", "geo_blocked", "not_found"):
        return page
    return api or page or Standing("unavailable_unknown", "vk.nothing-asked")


def api_standing(key: PostKey, answers: tuple[Answer, ...]) -> Standing | None:
    """Return what the API says of the post, None where it was not asked for it."""
    roles = ("api.name",) if key.kind == "name" else ROLES.get(key.kind, ())
    answer = first(answers, *roles)
    if answer is None and key.kind == "owner":
        answer = first(answers, "api.name")
    if answer is None:
        return None
    silent = _without_response(answer)
    if silent:
        return silent
    if answer.role == "api.name":
        return _of_name(answer)
    if key.kind == "owner":
        return _of_card(key, answer)
    item = main_item(key, answers)
    if item is None:
        return _of_missing_item(key, answer, answers)
    return _of_item(item, answer)


def page_standing(key: PostKey, answers: tuple[Answer, ...]) -> Standing | None:
    """Return what the pages say of the post, None where none was asked for."""
    found = [each for answer in answers if not answer.of_api for each in (_of_page(key, answer),) if each]
    return min(found, key=lambda each: (each.rule == _SILENT, _ORDER.index(each.state)), default=None)


def main_item(key: PostKey, answers: tuple[Answer, ...]) -> Doc | None:
    """Return the item of the API that is the post, or the comment that the address means."""
    if key.kind not in ("wall", "photo", "video", "topic"):
        return None
    if not key.part("reply"):
        return item_of(key, answers)
    number = int(key.part("reply"))
    among = _numbered(first(answers, "api.post"), number, int(key.part("owner")))
    return _numbered(first(answers, "api.reply"), number, None) if among is None else among


def item_of(key: PostKey, answers: tuple[Answer, ...]) -> Doc | None:
    """Return the item of the API that is the post, also where the address means a comment to it."""
    owner = int(key.part("owner")) if key.kind != "topic" else None
    return _numbered(first(answers, *ROLES.get(key.kind, ())), int(key.part("id")), owner)


def refused(answer: Answer) -> bool:
    """Return whether an answer of the pages asks to be left alone: a login, a test, a limit, a refusal."""
    verdict = _of_place(answer.seen) or _of_payload(answer)
    if verdict and verdict.state in ("challenge", "rate_limited", "login_required", "geo_blocked"):
        return True
    return answer.seen.status in REFUSED


ROLES: Final[dict[str, tuple[str, ...]]] = {
    "wall": ("api.post",),
    "photo": ("api.photo",),
    "video": ("api.video",),
    "topic": ("api.topic",),
    "owner": ("api.group", "api.user"),
}


def _without_response(answer: Answer) -> Standing | None:
    number = answer.seen.number
    if answer.error is not None:
        return Standing(state_of(answer.error), f"vk.api.error-{answer.error}", number)
    if answer.seen.failure:
        return Standing("unavailable_unknown", "vk.api.no-answer", number)
    if answer.response:
        return None
    if answer.seen.status in (401, 403):
        return Standing("needs_token", f"vk.api.status-{answer.seen.status}", number)
    if answer.seen.status == 429:
        return Standing("rate_limited", "vk.api.status-429", number)
    return Standing("unavailable_unknown", "vk.api.unreadable", number)


def _of_name(answer: Answer) -> Standing:
    if answer.response.at("object_id"):
        return Standing("unavailable_unknown", "vk.api.name-only", answer.seen.number)
    return Standing("not_found", "vk.api.name-of-nobody", answer.seen.number)


def _of_card(key: PostKey, answer: Answer) -> Standing:
    wanted = abs(int(key.part("owner")))
    for card in cards(answer):
        number = card.at("id").integer
        if number is not None and number.value == wanted:
            if card.at("deactivated"):
                return Standing("account_gone", "vk.api.card-deactivated", answer.seen.number)
            return Standing("available", "vk.api.card", answer.seen.number)
    return Standing("not_found", "vk.api.no-card", answer.seen.number)


def _of_missing_item(key: PostKey, answer: Answer, answers: tuple[Answer, ...]) -> Standing:
    """Return how a post stands that the API leaves out: the owner's card may say why."""
    single = first(answers, "api.reply")
    if key.part("reply") and single is not None:
        return _without_response(single) or Standing("not_found", "vk.api.no-comment", single.seen.number)
    card = first(answers, "api.group", "api.user")
    if card is not None and key.kind != "owner":
        owner = _of_card(key, card)
        if owner.state == "account_gone":
            return Standing("account_gone", "vk.api.owner-deactivated", owner.exchange)
        if owner.rule == "vk.api.card" and _closed(card):
            return Standing("private", "vk.api.owner-closed", owner.exchange)
    return Standing("not_found", "vk.api.no-item", answer.seen.number)


def _of_item(item: Doc, answer: Answer) -> Standing:
    number = item.exchange
    for flag in ("is_deleted", "deleted"):
        gone = item.at(flag).boolean
        if gone and gone.value:
            return Standing("deleted", f"vk.api.{flag.replace('_', '-')}", number)
    if item.at("donut", "placeholder"):
        return Standing("private", "vk.api.for-subscribers", number)
    restricted = item.at("content_restricted").boolean
    if restricted and restricted.value:
        return Standing("unavailable_unknown", "vk.api.content-restricted", number)
    return Standing("available", "vk.api.item", number)


def _closed(answer: Answer) -> bool:
    """Return whether the owner lets only some see what there is: a closed community, or a profile closed to us."""
    for card in cards(answer):
        closed, access = card.at("is_closed"), card.at("can_access_closed").boolean
        kind = closed.integer
        if kind is not None and kind.value > 0:
            return True
        if closed.boolean and closed.boolean.value and not (access and access.value):
            return True
    return False


def _numbered(answer: Answer | None, number: int, owner: int | None) -> Doc | None:
    for item in items(answer.response) if answer is not None else ():
        told, whose = item.at("id").integer, item.at("owner_id").integer
        if told is not None and told.value == number and (owner is None or (whose and whose.value == owner)):
            return item
    return None


def _of_page(key: PostKey, answer: Answer) -> Standing | None:
    seen = answer.seen
    if seen.failure:
        return Standing("unavailable_unknown", _SILENT, seen.number)
    place = _of_place(seen)
    if place or seen.status in _REDIRECTS:
        return place
    if seen.status in STATES:
        return Standing(STATES[seen.status], f"vk.page.status-{seen.status}", seen.number)
    if not 200 <= seen.status < 300:
        return Standing("unavailable_unknown", f"vk.page.status-{seen.status}", seen.number)
    payload = _of_payload(answer)
    return payload or _of_content(key, answer)


def _of_place(seen: Seen) -> Standing | None:
    """Return what it means to be sent to where an answer sends us, or where it came from."""
    places = [seen.url]
    if seen.status in _REDIRECTS and seen.header("location"):
        places.append(joined(seen.url, seen.header("location")))
    for place in places:
        verdict = _meaning(place)
        if verdict:
            return Standing(*verdict, seen.number)
    return None


def _meaning(place: str) -> tuple[State, str] | None:
    try:
        split = urlsplit(place)
        host, path, query = (split.hostname or "").lower(), split.path, split.query[:8192]
    except ValueError:
        return None
    if host in _LOGIN_HOSTS:
        return "login_required", "vk.redirect.login"
    if path == "/blank.php" and (block := dict(parse_qsl(query)).get("block")):
        if block == GEO_BLOCK:
            return "geo_blocked", "vk.redirect.blank-geo"
        return "unavailable_unknown", "vk.redirect.blank"
    return _PLACES.get(path)


def _of_payload(answer: Answer) -> Standing | None:
    if not answer.doc.at("payload"):
        return None
    for each in answer.doc.at("payload", 1).items[:3]:
        place = each.words
        if place and len(place.value) < 4096 and "<" not in place.value:
            told = place.value.strip('"').replace("\\/", "/")
            verdict = _meaning(joined(answer.seen.url, told)) if told.startswith(("/", "http")) else None
            if verdict:
                return Standing(*verdict, answer.seen.number)
    if answer.code in _CODES:
        return Standing(*_CODES[answer.code], answer.seen.number)
    if answer.code not in ("0", ""):
        return Standing("unavailable_unknown", f"vk.payload.code-{_digits(answer.code)}", answer.seen.number)
    return None


def _of_content(key: PostKey, answer: Answer) -> Standing:
    number = answer.seen.number
    if key.kind == "short":
        return Standing("unavailable_unknown", "vk.short.leads-elsewhere", number)
    item = served_item(answer, key)
    if item is not None:
        told = _of_item(item.item, answer)
        return Standing(told.state, told.rule.replace("vk.api.", "vk.page."), number)
    if shown_post(answer, key) is not None:
        return Standing("available", "vk.page.post", number)
    if answer.role == "web.photo" and served_photo(answer, key) is not None:
        return Standing("available", "vk.payload.photo", number)
    if answer.role == "web.video" and served_video(answer) is not None:
        return Standing("available", "vk.payload.video", number)
    for selector, state, rule in _ELEMENTS:
        if answer.page.first(selector):
            return Standing(state, rule, number)
    if preview(answer, key) is not None:
        if key.kind in ("name", "owner"):
            return Standing("available", "vk.page.card", number)
        return Standing("needs_token", "vk.page.preview-only", number)
    return Standing("needs_token", "vk.page.no-post", number)


def _digits(code: str) -> str:
    return code if code.isascii() and code.isdigit() and len(code) < 5 else "other"
