"""What is asked: the page, then what it names of itself on its own site, one at a time, then its files."""

from archiver.model.media import ROLE as VIDEO
from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.platforms.page.addresses import host_of
from archiver.platforms.page.answers import PAGE, page_of, shown
from archiver.platforms.page.files import Files
from archiver.platforms.page.reading import read
from archiver.platforms.video import video_target


def first_of(key: PostKey) -> tuple[Target, ...]:
    """Return the page itself."""
    return (Target(PAGE, key.part("url")),)


def next_of(access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return what is asked next; nothing of a host that has refused, and nothing where the page tells nothing."""
    if not shown(page_of(seen)) or any(each.role == VIDEO for each in seen):
        return ()
    found = read(seen)
    if found.post is None or found.page is None:
        return ()
    files = Files.of(seen)
    asked = {each.role for each in seen}
    if host_of(found.page.url) not in files.refused:
        for each in found.companions:
            if not each.why and each.role not in asked:
                return (Target(each.role, each.url.value),)
    if not access.media:
        return ()
    wanted = files.wanted(found.post)
    if wanted:
        return wanted
    unplayed = found.kind == "html" and files.unplayed(found.post) and host_of(found.page.url) not in files.refused
    return video_target(found.page.url, access, seen) if unplayed else ()
