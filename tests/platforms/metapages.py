"""Pages as Instagram, Threads and Facebook serve them: made up, in the shapes that theirs have."""

import json
from typing import Any

from adapterkit import Answer

TAKEN = 1_772_600_767  # 2026-03-04T05:06:07Z
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def number_at(seconds: float) -> int:
    return (int(seconds * 1000) - 1_314_220_021_721 << 23) + 4_242_424


def code_of(number: int) -> str:
    code = ""
    while number:
        number, digit = divmod(number, 64)
        code = ALPHABET[digit] + code
    return code


PK = number_at(TAKEN - 90)
CODE = code_of(PK)
IG = f"https://www.instagram.com/p/{CODE}/"
IG_OEMBED = "https://graph.facebook.com/v26.0/instagram_oembed"
IG_EMBED = f"{IG}embed/captioned/"
USER = {"pk": "77001", "username": "quay_street", "full_name": "Набережная 9", "is_verified": False}
HERE = "https://scontent.cdninstagram.example"

THREAD = f"https://www.threads.com/@quay_street/post/{CODE}"
THREADS_OEMBED = "https://graph.threads.com/v1.0/oembed"

NUMBER = "100200300400500"
PFBID = "pfbid02AbCdEfGhIjKlMnOpQrStUvWxYz12345"
FB = f"https://www.facebook.com/quaystreet/posts/{NUMBER}"
FB_OEMBED = "https://graph.facebook.com/v26.0/oembed_"
FILES = "https://scontent.fbcdn.example"
PICTURE = Answer(b"\xff\xd8\xff\xe0 picture", headers=(("Content-Type", "image/jpeg"),))
FILM = Answer(b"\0\0\0\x18ftypmp42", headers=(("Content-Type", "video/mp4"),))


def page(*data: object, head: str = "", body: str = "") -> Answer:
    """A page that hands `data` to its scripts, the way it does it."""
    wrapped = [{"require": [["ScheduledServerJS", "handle", None, [{"__bbox": each}]]]} for each in data]
    texts = [json.dumps(each, ensure_ascii=False).replace("<", "\\u003C") for each in wrapped]
    return raw_page(*texts, head=head, body=body)


def raw_page(*texts: str, head: str = "", body: str = "") -> Answer:
    scripts = "".join(f'<script type="application/json" data-sjs>{text}</script>' for text in texts)
    return Answer.html(
        f"<!DOCTYPE html><html><head><title>x</title>{head}</head><body><script>var a = 1;</script>"
        f'<script type="application/json" data-sjs>{{"define":[]}}</script>{scripts}{body}</body></html>'
    )


def og(url: str, **told: str) -> str:
    told = {"url": url, "title": "Quay Street", "description": "They rang at ten to seven.", **told}
    return "".join(f'<meta property="og:{name}" content="{value}">' for name, value in told.items())


def moved(to: str, status: int = 302) -> Answer:
    return Answer(status=status, headers=(("Location", to),))


def picture(name: str, width: int = 1080, height: int = 1350) -> dict[str, Any]:
    return {"url": f"{HERE}/{name}.jpg?stp=a&oe=1", "width": width, "height": height}


def item(**more: Any) -> dict[str, Any]:
    """A post of Instagram with one picture."""
    return {
        "__typename": "XIGPolarisImageMedia", "pk": str(PK), "code": CODE, "media_type": 1, "product_type": "feed",
        "taken_at": TAKEN, "like_count": 5, "comment_count": 2, "user": USER,
        "caption": {"text": "They rang at ten to seven.\nПозвонили в семь."},
        "accessibility_caption": "Photo of a door.",
        "image_versions2": {"candidates": [picture("small", 320, 400), picture("large")]},
    } | more  # fmt: skip


def film(name: str = "film") -> dict[str, Any]:
    return {
        "media_type": 2,
        "video_duration": 12.9,
        "video_versions": [
            {"url": f"{HERE}/{name}.mp4", "width": 720, "height": 1280, "type": 101},
            {"url": f"{HERE}/{name}.mp4", "width": 720, "height": 1280, "type": 102},
            {"url": f"{HERE}/{name}-low.mp4", "width": 360, "height": 640, "type": 103},
        ],
    }


def polaris(media: object, comments: int = 0) -> dict[str, Any]:
    """What a page of Instagram says of its post."""
    edges = [{"node": {"pk": "1", "text": "hi", "user": {"username": "fan"}}}] * comments
    place = {"pk": str(PK), "code": CODE, "if_not_gated_logged_out": media, "comments_connection": {"edges": edges}}
    return {"result": {"data": {"xig_polaris_media": place}}}


def told(media: object = None, comments: int = 0, **more: str) -> Answer:
    return page(polaris(media or item(), comments), **more)


def embed_markup(permalink: str, name: str = "data-instgrm-permalink") -> Answer:
    html = f'<blockquote class="instagram-media" {name}="{permalink}"><a>View</a></blockquote><script async></script>'
    return Answer.json({"version": "1.0", "type": "rich", "provider_name": "Meta", "html": html, "width": 658})


def graph_error(code: int, status: int = 400) -> Answer:
    return Answer.json({"error": {"message": "(#x) no", "type": "OAuthException", "code": code}}, status)


def captioned(link: str = IG) -> Answer:
    return Answer.html(
        f'<html><body><div class="Embed"><a class="EmbeddedMedia" href="{link}?utm_source=ig_embed">'
        f'<img class="EmbeddedMediaImage" src="{HERE}/embed.jpg"></a><span class="UsernameText">quay_street</span>'
        '<div class="Caption"><a class="CaptionUsername">quay_street</a><br><br>They rang.</div></div></body></html>'
    )


def thread_post(number: int = PK, text: str = "They rang at ten to seven.", **more: Any) -> dict[str, Any]:
    """A post of Threads."""
    told = {
        "direct_reply_count": 3, "quote_count": 1, "repost_count": 2, "is_reply": False,
        "text_fragments": {"fragments": [{"fragment_type": "plaintext", "plaintext": text}]},
    }  # fmt: skip
    return {
        "pk": str(number), "id": f"{number}_77001", "code": code_of(number), "taken_at": TAKEN, "like_count": 4,
        "user": USER, "caption": {"text": text}, "media_type": 19, "image_versions2": {"candidates": []},
        "text_post_app_info": told,
    } | more  # fmt: skip


def thread(*lists: list[dict[str, Any]]) -> dict[str, Any]:
    edges = [{"node": {"thread_items": [{"post": each} for each in posts]}} for posts in lists]
    return {"result": {"data": {"data": {"edges": edges}}}}


def photo(number: str = "900100", name: str = "one") -> dict[str, Any]:
    sized = {"uri": f"{FILES}/{name}.jpg?oh=1", "width": 960, "height": 720}
    small = {"uri": f"{FILES}/{name}-s.jpg", "width": 96, "height": 72}
    return {
        "__typename": "Photo", "id": number, "photo_image": sized, "image": small, "accessibility_caption": "A door",
        "url": f"https://www.facebook.com/photo/?fbid={number}",
    }  # fmt: skip


def video(number: str = "900200", **more: Any) -> dict[str, Any]:
    return {
        "__typename": "Video", "id": number, "browser_native_sd_url": f"{FILES}/sd.mp4",
        "browser_native_hd_url": f"{FILES}/hd.mp4", "playable_duration_in_ms": 61_500, "publish_time": TAKEN,
        "preferred_thumbnail": {"image": {"uri": f"{FILES}/still.jpg"}},
        "permalink_url": f"https://www.facebook.com/reel/{number}/",
        "owner": {"__typename": "Page", "id": "555", "name": "Quay Street", "is_verified": True},
        "savable_description": {"text": "The door, from outside"}, "name": "The door",
    } | more  # fmt: skip


ACTOR = {"__typename": "User", "id": "4455", "name": "Анна Л.", "url": "https://www.facebook.com/anna.l"}


def story(number: str | int = NUMBER, *media: dict[str, Any], url: str = "", **more: Any) -> dict[str, Any]:
    """A post of Facebook, in the sections that its pages have."""
    attachments = [{"styles": {"attachment": {"media": each}}} for each in media]
    content = {
        "message": {"text": "They rang at ten to seven."}, "actors": [ACTOR], "attachments": attachments,
        "wwwURL": url or f"https://www.facebook.com/quaystreet/posts/{number}", "attached_story": None,
    } | more  # fmt: skip
    stamp = {"__typename": "CometFeedStoryMinimizedTimestampStrategy", "story": {"creation_time": TAKEN}}
    summary = {
        "reaction_count": {"count": 31}, "share_count": {"count": 4},
        "comment_rendering_instance": {"comments": {"total_count": 7}}, "video_view_count": None,
    }  # fmt: skip
    target = {"comet_ufi_summary_and_actions_renderer": {"feedback": summary}}
    return {
        "__typename": "Story", "id": "UzpfSTE", "post_id": number,
        "comet_sections": {
            "content": {"story": content},
            "context_layout": {"story": {"comet_sections": {"metadata": [stamp]}}},
            "feedback": {"story": {"feedback_context": {"feedback_target_with_context": target}}},
        },
    }  # fmt: skip


def node(value: object) -> dict[str, Any]:
    return {"result": {"data": {"node": value}}}


ERROR = {"rootView": {"resource": {"__dr": "CometErrorRoot.react"}}}
