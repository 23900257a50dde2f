"""X, YouTube, Reddit and anybody's pages, on good days and bad ones, for all and for those with a token."""

import html
import json
from collections.abc import Mapping
from dataclasses import replace

import test_reddit as reddit
import webpages as web
import x_examples as x
import youtubeanswers as youtube
from adapterkit import Answer
from sites import Site
from test_youtube_states import CAPTCHA
from xanswers import ID, POST, answer, api_answer, embedded, of_api, problem, shown, tweet

from archiver.model.platform import Access

_NOT_FOUND = Answer(b"Not Found", 404)
_TASK = Answer.html('<form method="GET"><input type="hidden" name="js_challenge" value="1"></form>')


def _markup(words: str) -> str:
    """`words` as markup of Latin letters and character references."""
    return html.escape(words).replace("\x1b", "&#27;").encode("ascii", "xmlcharrefreplace").decode()


def _x(words: str) -> Mapping[str, Answer]:
    return x.by_guest(answer(tweet({"full_text": words})), Answer.json(shown(text=words)), embedded())


def _x_with_token(words: str) -> Mapping[str, Answer]:
    return {**_x(words), x.API: api_answer(of_api(text=words)), x.SEARCH: Answer.json({"meta": {"result_count": 0}})}


_X_GONE = x.by_guest(answer({}))


def _in_scripts(page: Answer) -> Answer:
    """A page whose scripts hold JSON as YouTube writes it there: without a sign that could end them."""
    parts = page.body.split(b"<script>alert(1)</script>")
    return replace(page, body=b"\\u003cscript>alert(1)\\u003c/script>".join(parts))


def _youtube(words: str) -> Mapping[str, Answer]:
    told = youtube.player(videoDetails=youtube.details(shortDescription=words))
    return youtube.SHOWN | {
        youtube.WATCH: _in_scripts(youtube.watch(told, youtube.around())),
        youtube.PLAYER: Answer.json(told),
    }


def _youtube_with_token(words: str) -> Mapping[str, Answer]:
    item = youtube.API_ITEM | {"snippet": youtube.API_ITEM["snippet"] | {"description": words}}
    return {
        **_youtube(words),
        f"{youtube.API}/videos": Answer.json({"items": [item]}),
        f"{youtube.API}/commentThreads": Answer.json({"items": [youtube.api_thread("t1", "First")]}),
    }


def _channel(words: str) -> Mapping[str, Answer]:
    card = youtube.CARD_OF_CHANNEL["metadata"]["channelMetadataRenderer"] | {"description": words}
    told = {"metadata": {"channelMetadataRenderer": card}}
    return {_CHANNEL: _in_scripts(youtube.watch(None, told)), youtube.FEED: youtube.FEED_ANSWER}


_CHANNEL = f"{youtube.SITE}/@harbourwatch"
_GONE = {
    youtube.WATCH: youtube.watch(youtube.refused("ERROR", "This video has been removed by the uploader")),
    youtube.PLAYER: Answer.json(youtube.refused("ERROR")),
    youtube.OEMBED: _NOT_FOUND,
}
_ALERT = youtube.watch(None, {"alerts": [{"alertRenderer": {"type": "ERROR"}}]})
_LOGIN_OF_GOOGLE = "https://accounts.google.com/ServiceLogin?service=youtube"
_TEST_OF_GOOGLE = {youtube.SITE: Answer.html(youtube.markup(CAPTCHA), 429), youtube.API: Answer(status=429)}


def _reddit(words: str) -> Mapping[str, Answer]:
    written = html.escape(words).replace("\x1b", "&#27;").replace("\r", "&#13;")
    said = reddit.feed(reddit.entry(text=f"<p>{written}</p>"), reddit.SAID)
    return {reddit.FEED: said, reddit.OEMBED: Answer.json(reddit.TOLD)}


def _reddit_with_token(words: str) -> Mapping[str, Answer]:
    item = reddit.ITEM | {"selftext": words}
    return {reddit.THREAD: reddit.thread(item, reddit.below(reddit.REMARK)), **_reddit(words)}


_LOGIN_OF_REDDIT = "https://www.reddit.com/login/?reason=lor2"
_DELETED_ITEM = reddit.ITEM | {"removed_by_category": "deleted", "author": "[deleted]", "selftext": "[deleted]"}
_DELETED_ENTRY = reddit.entry(text="<p>[deleted]</p>", author="/u/[deleted]")


def _page(words: str) -> Mapping[str, Answer]:
    said = _markup(words)
    return web.BLOG_ANSWERS | {
        web.BLOG: Answer.html(web.BLOG_PAGE.replace("They poured the concrete at night.", said)),
        "https://harbour.example/wp-json/wp/v2/posts/71": Answer.json(
            web.WP_POST | {"content": {"rendered": f"<p>{said}</p>"}}
        ),
    }


def _petition(words: str) -> Mapping[str, Answer]:
    said = {"@type": "Article", "headline": "Río Seco", "articleBody": words}
    told = json.dumps(said, ensure_ascii=False).replace("<", "\\u003c")
    return {web.PETITION: web.page(web.script(told), "<main>x</main>")}


SITES: dict[str, Site] = {
    "x": Site(
        POST,
        _x,
        "https://x.com/i/flow/login",
        _X_GONE,
        stands={"deleted": "not_found", "charset": "available"},
    ),
    "x with a token": Site(
        POST,
        _x_with_token,
        "https://x.com/i/flow/login",
        {**_X_GONE, x.API: problem("resource-not-found", ID)},
        Access(token=True, replies=20),
        stands={"deleted": "not_found", "charset": "available", "403": "needs_token"},
        token="ARCHIVER_X_TOKEN",
    ),
    "youtube": Site(
        f"https://youtu.be/{youtube.ID}",
        _youtube,
        _LOGIN_OF_GOOGLE,
        _GONE,
        own={"challenge": _TEST_OF_GOOGLE},
        stands={"deleted": "not_found", "charset": "available"},
    ),
    "youtube with a token": Site(
        youtube.WATCH,
        _youtube_with_token,
        _LOGIN_OF_GOOGLE,
        _GONE | {f"{youtube.API}/videos": Answer.json({"items": []})},
        Access(token=True, replies=5),
        own={"challenge": _TEST_OF_GOOGLE},
        stands={"deleted": "not_found", "charset": "available"},
        token="ARCHIVER_YOUTUBE_TOKEN",
    ),
    "youtube channel": Site(
        _CHANNEL,
        _channel,
        _LOGIN_OF_GOOGLE,
        {_CHANNEL: _ALERT},
        own={"challenge": _TEST_OF_GOOGLE},
        stands={"deleted": "unavailable_unknown", "charset": "available"},
    ),
    "reddit": Site(
        reddit.POST,
        _reddit,
        _LOGIN_OF_REDDIT,
        {reddit.FEED: reddit.feed(_DELETED_ENTRY)},
        own={"challenge": {"": _TASK}},
        stands={"charset": "available"},
    ),
    "reddit with a token": Site(
        reddit.POST,
        _reddit_with_token,
        _LOGIN_OF_REDDIT,
        {reddit.THREAD: reddit.thread(_DELETED_ITEM)},
        Access(token=True, replies=5),
        token="ARCHIVER_REDDIT_TOKEN",
    ),
    "page": Site(
        web.BLOG,
        _page,
        "https://harbour.example/login?next=/2026/05/the-quay",
        {web.BLOG: web.page("<title>Not found</title>", "<p>Nothing here any more.</p>")},
        stands={
            "login": "unavailable_unknown",
            "deleted": "unavailable_unknown",
            "truncated": "available",
            "charset": "available",
        },
        platform="page",
    ),
    "page by its linked data": Site(
        web.PETITION,
        _petition,
        f"https://login.example/?continue={web.PETITION}",
        {web.PETITION: Answer(status=410)},
        stands={"login": "unavailable_unknown", "deleted": "not_found", "charset": "available"},
        platform="page",
    ),
}
