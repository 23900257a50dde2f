"""Posts of TikTok that its adapter is tried with."""

from test_tiktok import (
    CDN,
    CHALLENGE,
    NUMBER,
    OEMBED_URL,
    PHOTOS,
    PICTURE,
    PICTURES,
    POST,
    TOLD,
    VIDEO_FILE,
    detail,
    shown,
)

from archiver.model.platform import Access
from archiver.platforms.trial import Answer, Example

_ALL = Access(media=True)
_PAGE = "https://www.tiktok.com/@"
_EMBEDDED = {OEMBED_URL: Answer.json(TOLD)}
_NOT_EMBEDDED = {OEMBED_URL: Answer.json({"code": 400}, 400)}
_FILES = {CDN: VIDEO_FILE, PICTURES: PICTURE}
_LINK = "https://vm.tiktok.com/ZMabc123/"


def _link(to: str) -> dict[str, Answer]:
    return {_LINK: Answer(status=301, headers=(("Location", to),))}


EXAMPLES = (
    Example(
        POST,
        {_PAGE: shown(poi={"name": "Сквер"}, IsAigc=True), **_EMBEDDED, **_FILES},
        access=_ALL,
        also=(
            f"https://www.tiktok.com/@/photo/{NUMBER}?lang=en",
            f"https://m.tiktok.com/v/{NUMBER}.html",
            f"https://www.tiktok.com/embed/v2/{NUMBER}",
            f"https://www.vxtiktok.com/@lena.primer/video/{NUMBER}",
        ),
    ),
    Example(POST, {_PAGE: shown(imagePost=PHOTOS), **_NOT_EMBEDDED, **_FILES}, access=_ALL),
    Example(POST, {_PAGE: shown(video={"id": NUMBER}), **_EMBEDDED}, access=_ALL),
    Example(POST, {_PAGE: shown(isContentClassified=True), **_EMBEDDED}, "age_gated", _ALL),
    Example(POST, {_PAGE: detail(statusCode=10204, statusMsg="status_deleted&x"), **_NOT_EMBEDDED}, "deleted", _ALL),
    Example(
        POST, {_PAGE: detail(statusCode=10204, statusMsg="status_audit_not_pass"), **_EMBEDDED}, "removed_by_platform"
    ),
    Example(POST, {_PAGE: detail(statusCode=10222), **_EMBEDDED}, "private"),
    Example(POST, {_PAGE: detail(statusCode=10204, statusMsg="copyright_geo_filter"), **_EMBEDDED}, "geo_blocked"),
    Example(POST, {_PAGE: shown(id="7000000000000000001"), **_NOT_EMBEDDED}, "unavailable_unknown"),
    Example(POST, {_PAGE: CHALLENGE, **_EMBEDDED}, "challenge", _ALL),
    Example(POST, {_PAGE: Answer.html("<p>x</p>"), **_EMBEDDED}, "needs_browser", _ALL),
    Example(POST, {_PAGE: Answer(status=404), **_NOT_EMBEDDED}, "not_found"),
    Example(_LINK, {**_link(f"{POST}?_t=8"), _PAGE: shown(), **_EMBEDDED, **_FILES}, access=_ALL),
    Example(_LINK, _link("https://www.tiktok.com/login?redirect_url=x"), "login_required"),
    Example(_LINK, _link("https://www.tiktok.com/"), "unavailable_unknown"),
    Example(_LINK, {_LINK: Answer(status=404)}, "not_found"),
)
