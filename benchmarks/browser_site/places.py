"""The places of the site: its hosts, the pages that are measured, and who answers for each address.

A file of `files/` answers at every host for its own name; what a place answers by itself stands in `ROUTES`.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from browser_site import frames, odd, spoken, video
from browser_site.drawn import picture
from browser_site.messages import Answer, Asked, Handler, moved, whole

POST, MESSENGER, JOURNAL = "southern-post.example", "vestnik-yuga.example", "diario-del-sur.example"
COMMUNITY, MONITOR, CLIPS = "dvor-i-ploshchad.example", "lana-monitor.example", "video-lana.example"
WIDGETS, INTERFACE, LIVE = "widgets-lana.example", "api.lana-monitor.example", "live.southern-post.example"
NEWS_SHOWN = "новости-юга.example"
NEWS = NEWS_SHOWN.encode("idna").decode("ascii")
PICTURES = "картинки.новости-юга.example".encode("idna").decode("ascii")
HOSTS = (POST, MESSENGER, JOURNAL, COMMUNITY, MONITOR, CLIPS, WIDGETS, INTERFACE, LIVE, NEWS, PICTURES)

LETTER = "/письма/соседи"
FILES = Path(__file__).parent / "files"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
    ".webm": "video/webm",
    ".m3u8": "application/vnd.apple.mpegurl",
}
PICTURE = re.compile(r"/pictures/(\d{1,4})x(\d{1,4})-(\d{1,2})\.png")
STRICT = (
    "Content-Security-Policy: default-src 'none'; script-src 'nonce-verano'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; report-uri /csp/informe"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is measured. On a `moving` one something is in motion, so that two pictures of it differ."""

    name: str
    url: str
    about: str
    moving: bool = False


PAGES = (
    Page("article", f"https://{MESSENGER}/article.html", "lazy images, srcset, a counter of others, a cookie"),
    Page("feed", f"https://{COMMUNITY}/feed.html", "24 entries by scrolling, each batch a POST of JSON"),
    Page("more", f"https://{COMMUNITY}/more.html", "a button that asks for more by POST of a form"),
    Page("json", f"https://{MONITOR}/json.html", "fetch and XMLHttpRequest: GET, POST, PUT, multipart, preflight"),
    Page("worker", f"https://{POST}/worker.html", "a service worker that answers from its store and by itself"),
    Page("frames", f"https://{POST}/frames.html", "cross-site, nested, sandboxed, srcdoc, written and lazy frames"),
    Page("shadow", f"https://{JOURNAL}/shadow.html", "open, closed and declared shadow trees"),
    Page("csp", f"https://{JOURNAL}/csp.html", "a strict content security policy, and what it refuses"),
    Page("video", f"https://{CLIPS}/video.html", "mp4 with its index at the end, webm: ranges and a seek"),
    Page("playing", f"https://{CLIPS}/playing.html", "a video that plays by itself, for ever", moving=True),
    Page("hls", f"https://{CLIPS}/hls.html", "playlists and segments, put together by a script"),
    Page("download", f"https://{MONITOR}/download.html", "two downloads that begin by themselves"),
    Page("live", f"https://{POST}/live.html", "WebSocket, server-sent events, workers, beacon, keepalive"),
    Page("standing", f"https://{POST}/standing.html", "an event stream that never ends"),
    Page("windows-1251", f"https://{MESSENGER}/old/", "windows-1251: page, query, forms"),
    Page("idn", f"https://{NEWS_SHOWN}{LETTER}", "a Cyrillic host, path and picture host"),
    Page("redirects", f"http://{POST}/s/4711", "301, 302, 307, 308 over schemes and hosts, and of a picture"),
    Page("odd", f"http://{MONITOR}/odd.html", "odd HTTP in the clear"),
    Page("odd-tls", f"https://{MONITOR}/odd.html", "odd HTTP over TLS"),
)


def answer_to(asked: Asked) -> Answer:
    """Return the answer of the site; what is not there is a 404."""
    handler = ROUTES.get((asked.host, asked.path)) or ROUTES.get(("", asked.path))
    if handler is not None:
        return handler(asked)
    if found := PICTURE.fullmatch(asked.path):
        width, height, kind = map(int, found.groups())
        return whole(asked, picture(width, height, kind), "image/png", "Cache-Control: max-age=3600")
    if asked.path in _files():
        return _file(asked)
    return whole(asked, b"not found\n", "text/plain", status="404 Not Found")


@cache
def _files() -> dict[str, Path]:
    return {f"/{path.relative_to(FILES)}": path for path in FILES.rglob("*") if path.suffix in TYPES}


def _file(asked: Asked) -> Answer:
    path = _files()[asked.path]
    fields = {"/article.html": ("Set-Cookie: reader=7f3a9c21; Path=/; Secure",), "/csp.html": (STRICT,)}
    return whole(asked, path.read_bytes(), TYPES[path.suffix], *fields.get(asked.path, ()))


def _drawn(width: int, height: int, kind: int) -> Handler:
    return lambda asked: whole(asked, picture(width, height, kind), "image/png")


def _go(status: str, location: str, *fields: str) -> Handler:
    return lambda asked: moved(asked, status, location, *fields)


def _letter(asked: Asked) -> Answer:
    body = (FILES / "idn.html").read_bytes()
    return whole(asked, body, "text/html; charset=utf-8")


def _at(handler: Handler, *paths: str) -> dict[tuple[str, str], Handler]:
    return {("", path): handler for path in paths}


LETTER_SENT = "/%D0%BF%D0%B8%D1%81%D1%8C%D0%BC%D0%B0/%D1%81%D0%BE%D1%81%D0%B5%D0%B4%D0%B8"
SQUARE_SENT = "/%D0%BF%D0%BB%D0%BE%D1%89%D0%B0%D0%B4%D1%8C.png"
assert unquote(LETTER_SENT) == LETTER  # noqa: S101 - one address in two spellings

ROUTES: dict[tuple[str, str], Handler] = {
    **_at(_drawn(32, 32, 3), "/favicon.ico"),
    **_at(spoken.entries, "/wall/more"),
    **_at(spoken.comments, "/comments/more"),
    **_at(spoken.said_back, "/api/said", "/api/put"),
    **_at(spoken.across, "/v1/count"),
    **_at(spoken.nothing, "/live/seen", "/live/kept", "/csp/informe", "/counted"),
    **_at(spoken.events, "/live/events"),
    **_at(spoken.standing, "/live/standing"),
    **_at(spoken.old_page, "/old/"),
    **_at(spoken.old_result, "/old/search"),
    **_at(spoken.download, "/reports/2026-11.zip", "/reports/list.csv"),
    **_at(video.clip, "/clips/square.mp4"),
    **_at(video.small_clip, "/clips/square.webm"),
    **{("", f"/odd/{name}"): handler for name, handler in odd.ODD.items()},
    (LIVE, "/ws"): frames.opened,
    (NEWS, LETTER_SENT): _letter,
    (PICTURES, SQUARE_SENT): _drawn(640, 300, 4),
    ("", "/s/4711"): spoken.short_link,
    (POST, "/n/1"): _go("307 Temporary Redirect", f"https://{JOURNAL}/n/2"),
    (JOURNAL, "/n/2"): _go("308 Permanent Redirect", "/redirected.html"),
    (JOURNAL, "/p/1"): _go("302 Found", f"http://{WIDGETS}/p/2"),
    (WIDGETS, "/p/2"): _go("301 Moved Permanently", f"https://{WIDGETS}/pictures/480x200-6.png"),
}
