"""Posts of Instagram that its adapter is tried with."""

from metapages import (
    CODE,
    HERE,
    IG,
    IG_EMBED,
    IG_OEMBED,
    PICTURE,
    captioned,
    embed_markup,
    film,
    graph_error,
    item,
    moved,
    og,
    page,
    polaris,
    told,
)

from archiver.model.platform import Access
from archiver.platforms.trial import Answer, Example

_ALL = Access(media=True)
_SITE = "https://www.instagram.com/"
_NO = graph_error(24)
_SHELL = page({"result": {"data": {"viewer": None}}})
_LINK = f"{_SITE}share/p/BAbCd12/"
_SERIES = item(
    media_type=8,
    carousel_media=[film(), item(pk="2"), {"pk": "3"}],
    location={"name": "Quay 9", "lat": 38.2, "lng": -121.1},
    caption_is_edited=True,
    video_dash_manifest="<MPD/>",
)
EXAMPLES = (
    Example(
        IG,
        {_SITE: told(_SERIES, 3, head=og(IG)), HERE: PICTURE},
        access=_ALL,
        also=(
            f"https://instagr.am/p/{CODE}?igsh=x",
            f"https://www.ddinstagram.com/reel/{CODE}/",
            f"{_SITE}quay_street/p/{CODE}/",
        ),
    ),
    Example(IG, {_SITE: told(item(like_and_view_counts_disabled=True, **film())), HERE: PICTURE}, access=_ALL),
    Example(IG, {_SITE: _SHELL, IG_OEMBED: embed_markup(IG), IG_EMBED: captioned(), HERE: PICTURE}, "available", _ALL),
    Example(IG, {_SITE: Answer.html(og(IG, image=f"{HERE}/og.jpg")), IG_OEMBED: _NO, HERE: PICTURE}, "needs_browser"),
    Example(IG, {_SITE: moved(f"{_SITE}accounts/login/?next=x"), IG_OEMBED: embed_markup(IG)}, "needs_browser", _ALL),
    Example(IG, {_SITE: moved(f"{_SITE}accounts/login/?next=x"), IG_OEMBED: _NO}, "login_required"),
    Example(IG, {_SITE: moved(f"{_SITE}challenge/?next=x")}, "challenge", _ALL),
    Example(IG, {_SITE: page(polaris(None)), IG_OEMBED: _NO}, "login_required"),
    Example(IG, {_SITE: page({"data": {"xig_polaris_media": None}}), IG_OEMBED: _NO}, "unavailable_unknown"),
    Example(IG, {_SITE: _SHELL, IG_OEMBED: graph_error(4)}, "rate_limited"),
    Example(IG, {_SITE: Answer(status=404), IG_OEMBED: _NO}, "not_found"),
    Example(
        _LINK,
        {_LINK: moved(f"{IG}?igsh=x", 301), IG_OEMBED: embed_markup(IG)},
        "needs_browser",
        _ALL,
        (f"{_SITE}share/BAbCd12",),
    ),
    Example(f"{_SITE}stories/quay_street/3561/", {_SITE: _SHELL}, "login_required", _ALL),
)
