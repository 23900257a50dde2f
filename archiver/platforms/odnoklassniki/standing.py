"""How a video or topic stands: by statuses, redirects, elements and codes; never by words.

See docs/spec/platforms/odnoklassniki.md §States.
"""

from typing import Final

from archiver.model.platform import PostKey, Seen, Standing, State
from archiver.platforms.html import Element
from archiver.platforms.odnoklassniki.answers import METADATA, PAGES, Answers, is_front, is_login, read
from archiver.platforms.statuses import STATES, STOPPED

_MOVIE: Final[dict[str, State]] = {
    "BLOCKED": "removed_by_platform", "CENSORED": "removed_by_platform",
    "COPYRIGHTS_RESTRICTED": "removed_by_platform", "LIMITED_ACCESS": "private", "UNAVAILABLE": "unavailable_unknown",
    "NOT_FOUND": "not_found", "ERROR": "unavailable_unknown",
}  # fmt: skip
_TEXT: Final = ".media-text_cnt_tx"
_BEGINNING: Final = 30  # characters that a text and the card for previews have in common


def standing_of(key: PostKey, seen: tuple[Seen, ...]) -> Standing:
    """Return how the video or topic that `key` means stands."""
    answers = read(key, seen)
    found = _of_video(answers) if key.kind == "video" else _of_topic(key, answers)
    if found is not None:
        return found
    asked = [answers.last[role] for role in (METADATA, *PAGES) if role in answers.last]
    for each in asked:
        if is_refusal(each):
            return _refused(each)
    stub = answers.first(".vp_video_stub_txt")
    if stub:
        return Standing("unavailable_unknown", f"odnoklassniki.{_role(answers, stub)}.stub", stub.exchange)
    absent = answers.first(".page-not-found")
    if absent:
        return Standing("not_found", f"odnoklassniki.{_role(answers, absent)}.not-found", absent.exchange)
    return _of_status(asked)


def is_refusal(seen: Seen) -> bool:
    """Whether an answer says to stop: too much was asked, or a login stands before the page."""
    return seen.status in STOPPED or is_login(seen)


def is_page_of(key: PostKey, answers: Answers) -> bool:
    """Return whether a page names the address of the topic as its own."""
    named = (
        answers.meta("og:url").attribute("content"),
        answers.first('link[rel="canonical"]').attribute("href"),
    )
    ends = (f"/topic/{key.part('id')}", f"/statuses/{key.part('id')}")
    return any(each is not None and each.value.partition("?")[0].rstrip("/").endswith(ends) for each in named)


def text_of_topic(key: PostKey, answers: Answers) -> Element:
    """Return the element with the text of the topic: the only one, or that which begins as the card for previews does.

    Other topics stand on the same page: of one that broke off nobody knows which is the only one.
    """
    page = answers.page.get("page")
    texts = page.css(_TEXT) if page is not None and is_page_of(key, answers) else ()
    if len(texts) == 1 and answers.whole:
        return texts[0]
    card = answers.meta("og:description").attribute("content")
    beginning = _plain(card.value.rstrip(".…"))[:_BEGINNING] if card else ""
    fitting = (
        each for each in texts if beginning and (words := each.text) and _plain(words.value).startswith(beginning)
    )
    return next(fitting, Element(None, 0, _TEXT))


def _plain(text: str) -> str:
    return "".join(text[:1000].split())


def _of_video(answers: Answers) -> Standing | None:
    if answers.options.at("isExternalPlayer").value is True and answers.options.at("url").words:
        return Standing("available", "odnoklassniki.player.elsewhere", answers.options.exchange)
    if not answers.movie:
        return None
    status = answers.movie.at("status").value
    state: State = "available"
    what = "video"
    if isinstance(status, str) and status in _MOVIE:
        state, what = _MOVIE[status], f"status-{status.lower().replace('_', '-')}"
    elif status not in (None, "OK") and not any(each.at("url").words for each in answers.metadata.at("videos").items):
        state, what = "unavailable_unknown", "status-unknown"
    return Standing(state, f"odnoklassniki.player.{what}", answers.movie.exchange)


def _of_topic(key: PostKey, answers: Answers) -> Standing | None:
    text = text_of_topic(key, answers)
    if text:
        return Standing("available", "odnoklassniki.page.text", text.exchange)
    title = answers.meta("og:title")
    if title and answers.whole and is_page_of(key, answers):
        return Standing("needs_browser", "odnoklassniki.page.preview-only", title.exchange)
    return None


def _refused(seen: Seen) -> Standing:
    if is_login(seen):
        return Standing("login_required", f"odnoklassniki.{seen.role}.login", seen.number)
    return Standing(
        STATES.get(seen.status, "unavailable_unknown"), f"odnoklassniki.{seen.role}.status-{seen.status}", seen.number
    )


def _of_status(asked: list[Seen]) -> Standing:
    """Return what the status of the first answer says, where none has anything to say."""
    if not asked:
        return Standing("unavailable_unknown", "odnoklassniki.not-asked")
    pages = [each for each in asked if each.role in PAGES]
    seen = (pages or asked)[0]
    name = f"odnoklassniki.{seen.role}"
    if seen.failure or not seen.status:
        return Standing("unavailable_unknown", f"{name}.failed", seen.number)
    if seen.status in {404, 410}:
        return Standing("not_found", f"{name}.status-{seen.status}", seen.number)
    if seen.status != 200:
        return Standing("unavailable_unknown", f"{name}.status-{seen.status}", seen.number)
    if not seen.whole:
        return Standing("unavailable_unknown", f"{name}.broken-off", seen.number)
    if not seen.body:
        return Standing("needs_browser", f"{name}.empty", seen.number)
    return Standing("unavailable_unknown", f"{name}.{'front-page' if is_front(seen) else 'nothing'}", seen.number)


def _role(answers: Answers, element: Element) -> str:
    return next((role for role in PAGES if role in answers.last and answers.last[role].number == element.exchange), "")
