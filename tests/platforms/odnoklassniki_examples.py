"""Videos and topics of Odnoklassniki that its adapter is tried with."""

from test_odnoklassniki import (
    ELSEWHERE,
    FILES,
    FILM,
    LOGIN,
    METADATA,
    NUMBER,
    PICTURE,
    PICTURES,
    STUB,
    TOPIC,
    VIDEO,
    movie,
    player,
    shown,
    topic,
)

from archiver.model.platform import Access
from archiver.platforms.trial import Answer, Example

_ALL = Access(media=True)
_SITE = "https://ok.ru/"
_FILES = {FILES: FILM, PICTURES: PICTURE}
_NAMED = player({"flashvars": {"metadataUrl": "https://ok.ru/dk%3Fcmd=x", "location": "a"}, "mvId": NUMBER})
EXAMPLES = (
    Example(
        VIDEO,
        {_SITE: shown(), **_FILES},
        access=_ALL,
        also=(
            f"https://m.ok.ru/live/{NUMBER}",
            f"https://odnoklassniki.ru/videoembed/{NUMBER}?autoplay=1",
            f"https://m.ok.ru/dk?st.cmd=movieLayer&st.mvId={NUMBER}",
        ),
    ),
    Example(
        VIDEO,
        {
            VIDEO: Answer.html("x"),
            "https://ok.ru/videoembed/": _NAMED,
            "https://ok.ru/dk": Answer.json(METADATA),
            **_FILES,
        },
        access=_ALL,
    ),
    Example(VIDEO, {_SITE: shown(videos=[]), **_FILES}, access=_ALL),
    Example(VIDEO, {_SITE: player(ELSEWHERE)}, access=_ALL),
    Example(VIDEO, {_SITE: movie(status="CENSORED")}, "removed_by_platform", _ALL),
    Example(VIDEO, {_SITE: movie(status="LIMITED_ACCESS")}, "private", _ALL),
    Example(VIDEO, {_SITE: movie(status="NOT_FOUND")}, "not_found", _ALL),
    Example(VIDEO, {_SITE: Answer.html(STUB)}, "unavailable_unknown", _ALL),
    Example(VIDEO, {_SITE: Answer.html('<div class="page-not-found">x</div>')}, "not_found"),
    Example(VIDEO, {_SITE: Answer.html("")}, "needs_browser"),
    Example(VIDEO, {_SITE: LOGIN}, "login_required", _ALL),
    Example(VIDEO, {_SITE: Answer(status=404)}, "not_found"),
    Example(
        TOPIC,
        {_SITE: topic("Другое", "Снег во дворе с утра, и никто не знал больше"), **_FILES},
        access=_ALL,
        also=(f"{TOPIC.replace('ok.ru', 'm.ok.ru')}?x=1", "https://ok.ru/lena/statuses/155900000000009"),
    ),
    Example(TOPIC, {_SITE: topic("Другое", "Третье"), **_FILES}, "needs_browser", _ALL),
    Example(TOPIC, {_SITE: topic("x", url="https://ok.ru/group/1/topic/2")}, "unavailable_unknown", _ALL),
)
