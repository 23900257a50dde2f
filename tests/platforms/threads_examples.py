"""Posts of Threads that its adapter is tried with."""

from metapages import (
    CODE,
    HERE,
    PICTURE,
    PK,
    THREAD,
    THREADS_OEMBED,
    embed_markup,
    film,
    graph_error,
    item,
    moved,
    og,
    page,
    thread,
    thread_post,
)

from archiver.model.platform import Access
from archiver.platforms.trial import Answer, Example

_ALL = Access(media=True)
_SITE = "https://www.threads.com/"
_NO = graph_error(24)
_PIECES = [
    {"plaintext": "With "},
    {"mention_fragment": {"mentioned_user": {"username": "quay_9"}}},
    {"plaintext": "quay.example", "link_fragment": {"uri": "https://quay.example/9"}},
]
_QUOTING = thread_post(
    caption=None,
    media_type=8,
    carousel_media=[film(), item(pk="2")],
    text_post_app_info={
        "direct_reply_count": 3,
        "is_reply": True,
        "share_info": {"quoted_post": thread_post(PK - 99, "Quoted", **film("other"))},
        "text_fragments": {"fragments": _PIECES},
    },
)
_EMBEDDED = embed_markup(THREAD, "data-text-post-permalink")
EXAMPLES = (
    Example(
        THREAD,
        {_SITE: page(thread([thread_post(PK - 9), _QUOTING], [thread_post(5)]), head=og(THREAD)), HERE: PICTURE},
        access=_ALL,
        also=(f"https://threads.net/t/{CODE}?xmt=x", f"{THREAD}/embed", f"https://www.vxthreads.net/t/{CODE}"),
    ),
    Example(THREAD, {_SITE: page(thread([thread_post()]))}),
    Example(
        THREAD, {_SITE: page(thread([thread_post(is_post_unavailable=True)])), HERE: PICTURE}, "unavailable_unknown"
    ),
    Example(THREAD, {_SITE: Answer.html(og(THREAD, image=f"{HERE}/og.jpg")), THREADS_OEMBED: _NO}, "needs_browser"),
    Example(THREAD, {_SITE: page(), THREADS_OEMBED: _EMBEDDED}, "needs_browser", _ALL),
    Example(THREAD, {_SITE: moved("/login/?next=x"), THREADS_OEMBED: _EMBEDDED}, "needs_browser", _ALL),
    Example(THREAD, {_SITE: moved(f"{_SITE}login/?next=x"), THREADS_OEMBED: _NO}, "login_required"),
    Example(THREAD, {_SITE: moved(f"{_SITE}challenge/?next=x")}, "challenge", _ALL),
    Example(THREAD, {_SITE: page(thread([thread_post(5)])), THREADS_OEMBED: _NO}, "unavailable_unknown"),
    Example(THREAD, {_SITE: page(), THREADS_OEMBED: graph_error(17)}, "rate_limited"),
    Example(THREAD, {_SITE: Answer(status=404), THREADS_OEMBED: _NO}, "not_found"),
)
