"""What is asked of TikTok, and in which order: one thing at a time, none after a refusal."""

from typing import Final
from urllib.parse import quote

from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.platforms.files import Files
from archiver.platforms.tiktok.addresses import SHORT, meant, page_of
from archiver.platforms.tiktok.answers import OEMBED, PAGE, read
from archiver.platforms.tiktok.posts import post_of
from archiver.platforms.tiktok.standing import is_refusal, standing_of
from archiver.platforms.video import video_target

MAX_LINKS: Final = 3  # short links that lead to each other
REFERER: Final = ("Referer", "https://www.tiktok.com/")  # without it the servers of videos refuse


def first_of(key: PostKey) -> tuple[Target, ...]:
    """Return what is asked first: where a short link leads, or what TikTok tells for embedding.

    That comes before the page, though it tells less: the page may be a test for browsers, and ends the asking then.
    """
    return (_short(key, 1),) if key.kind == SHORT else (_oembed(key),)


def next_of(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return what is asked next: the post behind a short link, its page, its files, and last its video as a stream."""
    if not seen or any(is_refusal(each) for each in seen if each.role in {PAGE, OEMBED} or each.role.startswith(SHORT)):
        return ()
    key = meant(key, seen)
    asked = {each.role for each in seen}
    if key.kind == SHORT:
        links = sum(1 for role in asked if role.startswith(SHORT))
        fresh = all(each.url != key.part("page") for each in seen)
        return (_short(key, links + 1),) if links < MAX_LINKS and fresh else ()
    for target in (_oembed(key), Target(PAGE, page_of(key))):
        if target.role not in asked:
            return (target,)
    return _files(key, access, seen)


def _files(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    if not access.media or standing_of(key, seen).state != "available":
        return ()
    files = Files.of(seen)
    media = post_of(read(key, seen), files, seen).attachment
    wanted = files.targets(media, (REFERER,))
    if wanted:
        return wanted
    lacking = any(
        each.type == "Video" and not any(one.role == "best" and one.exchange for one in each.renditions)
        for each in media
    )
    return video_target(page_of(key), access, seen) if lacking else ()


def _short(key: PostKey, number: int) -> Target:
    return Target(SHORT if number == 1 else f"{SHORT}.{number}", key.part("page"), redirects=False)


def _oembed(key: PostKey) -> Target:
    return Target(OEMBED, f"https://www.tiktok.com/oembed?url={quote(page_of(key), safe='')}")
