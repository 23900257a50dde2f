"""What VK is asked: few things, the most telling first (docs/spec/platforms/vk.md §What is asked).

The API is asked by POST. The token goes along in a header that no record shows, never in the address or the body.
"""

from typing import Final
from urllib.parse import urlencode, urlsplit

from archiver.model.platform import PostKey, Target

VERSION: Final = "5.199"

_API: Final = "https://api.vk.com/method/"
_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
_NAMES: Final = "screen_name,verified"
_COMMUNITY: Final = f"{_NAMES},description,status,members_count,site,photo_200,photo_max_orig"
_PERSON: Final = f"{_NAMES},about,status,followers_count,site,photo_200,photo_max_orig"
_COMMENTS: Final = {
    "wall": ("wall.getComments", "owner_id", "post_id"),
    "photo": ("photos.getComments", "owner_id", "photo_id"),
    "video": ("video.getComments", "owner_id", "video_id"),
    "topic": ("board.getComments", "group_id", "topic_id"),
}


def page(key: PostKey) -> Target:
    """Ask for the page, at the address as it was submitted."""
    return Target("page", key.part("page"))


def main(key: PostKey) -> tuple[Target, ...]:
    """Ask the API for the post itself."""
    owner, number = key.part("owner"), key.part("id")
    if key.kind == "wall":
        posts = [
            f"{owner}_{each}" for each in (number, key.part("reply")) if each
        ]  # comments are numbered with the posts
        told = {"posts": ",".join(posts), "extended": "1", "copy_history_depth": "2", "fields": _NAMES}
        return (api("api.post", "wall.getById", told),)
    if key.kind == "photo":
        name = "_".join(each for each in (owner, number, key.part("key")) if each)
        return (api("api.photo", "photos.getById", {"photos": name, "extended": "1", "photo_sizes": "1"}),)
    if key.kind == "video":
        hexadecimal = "" if key.part("list").startswith("ln-") else key.part("list")
        name = "_".join(each for each in (owner, number, hexadecimal) if each)
        return (api("api.video", "video.get", {"videos": name, "extended": "1", "fields": _NAMES}),)
    if key.kind == "topic":
        topic = {"group_id": owner.removeprefix("-"), "topic_ids": number, "extended": "1", "preview": "1"}
        return (api("api.topic", "board.getTopics", topic | {"preview_length": "0"}),)
    if key.kind == "name":
        return (api("api.name", "utils.resolveScreenName", {"screen_name": key.part("name")}),)
    return (card(owner),) if key.kind == "owner" else ()


def card(owner: str) -> Target:
    """Ask for what a person or community tells of itself."""
    if owner.startswith("-"):
        return api("api.group", "groups.getById", {"group_id": owner.removeprefix("-"), "fields": _COMMUNITY})
    return api("api.user", "users.get", {"user_ids": owner, "fields": _PERSON})


def opening(key: PostKey) -> Target:
    """Ask for the first message of a topic, which is the post; its answers are not."""
    return api("api.opening", "board.getComments", _of(key) | {"count": "1", "offset": "0"})


def single_comment(key: PostKey) -> Target:
    """Ask for the one comment that the address means."""
    told = _of(key) | {"start_comment_id": key.part("reply"), "count": "1"}
    thread = {"comment_id": key.part("thread")} if key.part("thread") else {}
    return api("api.reply", _COMMENTS[key.kind][0], told | thread)


def comments(key: PostKey, offset: int, count: int, nested: int) -> Target:
    """Ask for `count` comments after the first `offset`, each with at most `nested` of the answers to it."""
    told = _of(key) | {"offset": str(offset), "count": str(count), "sort": "asc"}
    if key.kind in ("wall", "video"):
        told |= {"thread_items_count": str(nested)}
    return api(f"api.comments.{offset}", _COMMENTS[key.kind][0], told)


def thread(key: PostKey, comment: int, offset: int, count: int) -> Target:
    """Ask for `count` answers to one comment, after the first `offset`."""
    told = _of(key) | {"comment_id": str(comment), "offset": str(offset), "count": str(count), "sort": "asc"}
    return api(f"api.thread.{comment}.{offset}", _COMMENTS[key.kind][0], told)


def widget(key: PostKey) -> tuple[Target, ...]:
    """Ask for what VK's own pages load of a post, without a token."""
    post = f"{key.part('owner')}_{key.part('id')}"
    base = "https://vk.ru" if (urlsplit(key.part("page")).hostname or "").endswith("vk.ru") else "https://vk.com"
    if key.kind == "wall":
        opened = f"wall{post}_r{key.part('reply')}" if key.part("reply") else f"wall{post}"
        return (_web("web.post", f"{base}/wkview.php", {"act": "show", "al": "1", "w": opened}),)
    if key.kind == "photo":
        told = {"act": "show", "al": "1", "photo": post, "list": f"photos{key.part('owner')}"}
        return (_web("web.photo", f"{base}/al_photos.php", told),)
    if key.kind == "video":
        listed = {"list": key.part("list")} if key.part("list") else {}
        return (_web("web.video", f"{base}/al_video.php", {"act": "show", "al": "1", "video": post} | listed),)
    return ()


def photos_of_post(key: PostKey) -> Target:
    """Ask for the photos of a post that the pages showed as markup alone."""
    base = widget(key)[0].url.removesuffix("/wkview.php")
    told = {"act": "show", "al": "1", "direction": "1", "list": f"wall{key.part('owner')}_{key.part('id')}"}
    return _web("web.photos", f"{base}/al_photos.php", told)


def api(role: str, method: str, told: dict[str, str]) -> Target:
    """Ask the API. Names come in Russian, as people here write them themselves."""
    body = urlencode(told | {"lang": "ru", "v": VERSION}).encode("ascii")
    return Target(role, f"{_API}{method}", "POST", (_FORM,), body, authorized=True, redirects=False)


def _of(key: PostKey) -> dict[str, str]:
    _, owner, number = _COMMENTS[key.kind]
    value = key.part("owner").removeprefix("-") if key.kind == "topic" else key.part("owner")
    told = {owner: value, number: key.part("id"), "need_likes": "1", "extended": "1"}
    return told if key.kind == "topic" else told | {"fields": _NAMES}


def _web(role: str, url: str, told: dict[str, str]) -> Target:
    headers = (_FORM, ("X-Requested-With", "XMLHttpRequest"), ("Referer", url))
    return Target(role, url, "POST", headers, urlencode(told).encode("ascii"), redirects=False)
