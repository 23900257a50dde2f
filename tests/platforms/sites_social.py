"""Instagram, Threads, Facebook, TikTok and Odnoklassniki on good days and bad ones: all without a token."""

import html
import json
from collections.abc import Mapping

import metapages as meta
import test_odnoklassniki as ok
import test_tiktok as tiktok
from adapterkit import Answer
from sites import Site

from archiver.model.platform import Access

_MEDIA = Access(media=True)
_NO = meta.graph_error(24)
_PICTURE = {meta.HERE: meta.PICTURE, meta.FILES: meta.PICTURE}


def _instagram(words: str) -> Mapping[str, Answer]:
    return {"https://www.instagram.com/": meta.told(meta.item(caption={"text": words})), **_PICTURE}


def _instagram_elsewhere(words: str) -> Mapping[str, Answer]:
    shown = meta.captioned().body.decode().replace("They rang.", html.escape(words))
    return {
        "https://www.instagram.com/": meta.page(),
        meta.IG_OEMBED: meta.embed_markup(meta.IG),
        meta.IG_EMBED: Answer.html(shown),
        **_PICTURE,
    }


def _threads(words: str) -> Mapping[str, Answer]:
    return {"https://www.threads.com/": meta.page(meta.thread([meta.thread_post(text=words)]))}


def _facebook(words: str) -> Mapping[str, Answer]:
    told = meta.story(meta.NUMBER, meta.photo(), message={"text": words})
    return {"https://www.facebook.com/": meta.page(meta.node(told)), **_PICTURE}


def _of_meta(page: str, oembed: str, to: str) -> Mapping[str, Answer]:
    """Sent away from the page, and other sites may not show it."""
    return {page: meta.moved(to), oembed: _NO}


def _tiktok(words: str) -> Mapping[str, Answer]:
    page = tiktok.shown(desc=words).body.decode()
    data = json.dumps(words, ensure_ascii=False)
    return {
        tiktok.OEMBED_URL: Answer.json(tiktok.TOLD | {"title": words}),
        "https://www.tiktok.com/@": Answer.html(page.replace(data, data.replace("/", "\\u002F"))),
        tiktok.CDN: tiktok.VIDEO_FILE,
        f"{tiktok.CDN}ru.vtt": tiktok.CAPTIONS,
        tiktok.PICTURES: tiktok.PICTURE,
    }


def _tiktok_behind_a_link(words: str) -> Mapping[str, Answer]:
    return {**_tiktok(words), _SHORT: meta.moved(f"{tiktok.POST}?_t=8", 301)}


def _video(words: str) -> Mapping[str, Answer]:
    shown = ok.shown(movie=ok.METADATA["movie"] | {"title": words}, head="")
    return {"https://ok.ru/": shown, ok.FILES: ok.FILM, ok.PICTURES: ok.PICTURE}


def _topic(words: str) -> Mapping[str, Answer]:
    return {"https://ok.ru/": ok.topic(html.escape(words))}


_SHORT = "https://vm.tiktok.com/ZMabc123/"
_LOGIN_IG = "https://www.instagram.com/accounts/login/?next=x"
_LOGIN_THREADS = "https://www.threads.com/login/?next=x"
_LOGIN_FB = "https://www.facebook.com/login/?next=x"
_LOGIN_OK = "https://ok.ru/dk?st.cmd=anonymMain&st.redirect=x"
_CODED = {"https://www.tiktok.com/": Answer.json({"code": 400, "message": "Something went wrong"}, 400)}
_DELETED = {**_CODED, "https://www.tiktok.com/@": tiktok.detail(statusCode=10204, statusMsg="status_deleted")}
_UNTOLD = "unavailable_unknown"
_INSTAGRAM = Site(
    meta.IG,
    _instagram,
    _LOGIN_IG,
    {"https://www.instagram.com/": meta.page({"data": {"xig_polaris_media": None}}), meta.IG_OEMBED: _NO},
    _MEDIA,
    own={
        "login": _of_meta("https://www.instagram.com/", meta.IG_OEMBED, _LOGIN_IG),
        "challenge": _of_meta(
            "https://www.instagram.com/", meta.IG_OEMBED, "https://www.instagram.com/challenge/?next=x"
        ),
    },
    stands={"deleted": _UNTOLD, "charset": "available"},
)
_OK = {"challenge": _UNTOLD, "deleted": _UNTOLD, "empty": "needs_browser"}  # no test for browsers of its own is known
SITES: dict[str, Site] = {
    "instagram": _INSTAGRAM,
    "instagram for other sites": Site(
        meta.IG,
        _instagram_elsewhere,
        _LOGIN_IG,
        _INSTAGRAM.deleted,
        _MEDIA,
        _INSTAGRAM.own,
        stands={"deleted": _UNTOLD, "charset": "available"},
    ),
    "threads": Site(
        meta.THREAD,
        _threads,
        _LOGIN_THREADS,
        {"https://www.threads.com/": meta.page(), meta.THREADS_OEMBED: _NO},
        _MEDIA,
        own={
            "login": _of_meta("https://www.threads.com/", meta.THREADS_OEMBED, _LOGIN_THREADS),
            "challenge": _of_meta(
                "https://www.threads.com/", meta.THREADS_OEMBED, "https://www.threads.com/challenge/?next=x"
            ),
        },
        stands={"deleted": _UNTOLD, "charset": "available"},
    ),
    "facebook": Site(
        meta.FB,
        _facebook,
        _LOGIN_FB,
        {"https://www.facebook.com/": meta.page(meta.ERROR), meta.FB_OEMBED: _NO},
        _MEDIA,
        own={
            "login": _of_meta("https://www.facebook.com/", meta.FB_OEMBED, _LOGIN_FB),
            "challenge": _of_meta(
                "https://www.facebook.com/", meta.FB_OEMBED, "https://www.facebook.com/checkpoint/?next=x"
            ),
        },
        stands={"deleted": _UNTOLD, "charset": "available"},
    ),
    "tiktok": Site(
        tiktok.POST,
        _tiktok,
        "https://www.tiktok.com/login?redirect_url=x",
        _DELETED,
        _MEDIA,
        own={"challenge": {"https://www.tiktok.com/": tiktok.CHALLENGE}},
        stands={"charset": "available"},
    ),
    "tiktok behind a short link": Site(
        _SHORT,
        _tiktok_behind_a_link,
        "https://www.tiktok.com/login?redirect_url=x",
        {**_DELETED, _SHORT: meta.moved(f"{tiktok.POST}?_t=8", 301)},
        own={"challenge": {"https://vm.tiktok.com/": tiktok.CHALLENGE}},
        stands={"charset": "available"},
    ),
    "odnoklassniki": Site(
        ok.VIDEO,
        _video,
        _LOGIN_OK,
        {"https://ok.ru/": Answer.html(ok.STUB)},
        _MEDIA,
        stands=_OK | {"charset": "available"},
    ),
    "odnoklassniki, a topic": Site(
        ok.TOPIC,
        _topic,
        _LOGIN_OK,
        {"https://ok.ru/": Answer.html('<div class="page-not-found">x</div>')},
        stands=_OK | {"deleted": "not_found", "charset": "available"},
    ),
}
