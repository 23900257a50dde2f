"""What is asked of Facebook, and in which order: one page, and one question more where that tells nothing."""

from typing import Final

from archiver.model.platform import Access, PostKey, Target
from archiver.platforms.facebook.addresses import PLATFORM
from archiver.platforms.facebook.files import lacks_file
from archiver.platforms.facebook.sight import Sight
from archiver.platforms.facebook.standing import PLACES
from archiver.platforms.facebook.telling import extracted_from
from archiver.platforms.files import Files
from archiver.platforms.meta.answers import GRAPH, OEMBED, last, oembed, sent_away
from archiver.platforms.meta.files import RULES
from archiver.platforms.meta.keys import PAGE
from archiver.platforms.statuses import STOPPED
from archiver.platforms.video import video_target

_ENDPOINTS: Final = {"post": "oembed_post", "photo": "oembed_post", "video": "oembed_video"}


def first_of(key: PostKey) -> tuple[Target, ...]:
    """Return the page."""
    return (Target(PAGE, key.part("page")),)


def next_of(sight: Sight, access: Access) -> tuple[Target, ...]:
    """Return what is asked next; nothing after a refusal, but one question to another host after a login."""
    answer = last(sight.seen, PAGE)
    endpoint = _ENDPOINTS.get(sight.key.kind)
    if endpoint is None or answer is None or not answer.status:
        return ()
    if any(each.status in STOPPED for each in sight.seen if each.role in {PAGE, OEMBED}):
        return ()
    away = sent_away(PLATFORM, sight.seen, PAGE, PLACES)
    if away is not None and away.state == "challenge":
        return ()
    if not sight.told and not any(each.role == OEMBED for each in sight.seen):
        return (oembed(f"{GRAPH}/{endpoint}", sight.key.part("page")),)
    post = extracted_from(sight).post
    if post is None or not access.media:
        return ()
    media = (*post.attachment, *(each for origin in post.origin for each in origin.attachment))
    files = Files.of(sight.seen, RULES).targets(media)
    return files or (video_target(sight.key.part("page"), access, sight.seen) if lacks_file(media) else ())
