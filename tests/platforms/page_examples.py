"""Pages that the adapter of any page is tried with."""

from adapterkit import Answer
from webpages import (
    ATOM,
    BLOG,
    BLOG_ANSWERS,
    BLOG_PAGE,
    JSON_FEED,
    MEDIA,
    OEMBED,
    PAPER,
    PAPER_ASKED,
    PDF,
    PETITION,
    PETITION_PAGE,
    PICTURE,
    RDF,
    RSS,
    news,
    page,
)

from archiver.platforms.trial import Example

_FILES = {
    "https://files.example/quay.mp4": Answer(b"m", headers=(("Content-Type", "video/mp4"),)),
    "https://files.example/talk.mp3": Answer(b"s", headers=(("Content-Type", "audio/mpeg"),)),
}
_SITE = "https://site.example/a/b"
_STREAM = Answer(b"#EXTM3U", headers=(("Content-Type", "application/x-mpegURL"),))
_PLAYED = page(
    '<meta property="og:title" content="x">',
    '<article><video><source src="/list.m3u8"></video><audio src="/a.mp3"></audio></article>',
)


def _typed(body: bytes, media_type: str) -> dict[str, Answer]:
    return {_SITE: Answer(body, headers=(("Content-Type", media_type),))}


EXAMPLES = (
    Example(BLOG, BLOG_ANSWERS | _FILES, access=MEDIA, also=(f"{BLOG}#top",)),
    Example(
        PAPER,
        {PAPER_ASKED: news(), f"https://{PAPER_ASKED.split('/')[2]}/img/": PICTURE},
        access=MEDIA,
        also=(PAPER_ASKED,),
    ),
    Example(PETITION, {PETITION: Answer.html(PETITION_PAGE)}),
    Example(_SITE, {_SITE: _PLAYED, "https://site.example/": _STREAM}, access=MEDIA),
    Example(_SITE, _typed(RSS.encode(), "application/rss+xml"), access=MEDIA),
    Example(_SITE, _typed(ATOM.encode(), "application/atom+xml")),
    Example(_SITE, _typed(RDF.encode(), "application/rdf+xml")),
    Example(_SITE, {_SITE: Answer.json(JSON_FEED)}),
    Example(_SITE, {_SITE: Answer.json(OEMBED)}),
    Example(_SITE, _typed(PDF, "application/pdf")),
    Example(_SITE, {_SITE: page("<title>x</title>")}, "unavailable_unknown"),
    Example(_SITE, {_SITE: Answer.html(BLOG_PAGE, 404)}, "not_found"),
    Example(_SITE, {_SITE: Answer(status=401)}, "login_required"),
    Example(_SITE, {_SITE: Answer(b"", 202, (("x-amzn-waf-action", "challenge"),))}, "challenge"),
)
