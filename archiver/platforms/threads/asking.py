"""What is asked of Threads, and in which order: one page, and one question more where that tells nothing."""

from typing import Final

from archiver.model.platform import Access, PostKey, Target
from archiver.platforms.files import Files
from archiver.platforms.meta.answers import OEMBED, last, oembed, sent_away
from archiver.platforms.meta.files import RULES
from archiver.platforms.meta.keys import PAGE
from archiver.platforms.statuses import STOPPED
from archiver.platforms.threads.addresses import PLATFORM, SITE
from archiver.platforms.threads.sight import Sight
from archiver.platforms.threads.standing import PLACES
from archiver.platforms.threads.telling import extracted_from

_ENDPOINT: Final = "https://graph.threads.com/v1.0/oembed"


def first_of(key: PostKey) -> tuple[Target, ...]:
    """Return the page of the post."""
    return (Target(PAGE, f"{SITE}{key.part('page')}"),)


def next_of(sight: Sight, access: Access) -> tuple[Target, ...]:
    """Return what is asked next; nothing after a refusal, but one question to another host after a login."""
    answer = last(sight.seen, PAGE)
    if answer is None or not answer.status:
        return ()
    if any(each.status in STOPPED for each in sight.seen if each.role in {PAGE, OEMBED}):
        return ()
    away = sent_away(PLATFORM, sight.seen, PAGE, PLACES)
    if away is not None and away.state == "challenge":
        return ()
    if not sight.post and not any(each.role == OEMBED for each in sight.seen):
        return (oembed(_ENDPOINT, f"{SITE}{sight.key.part('page')}"),)
    post = extracted_from(sight).post
    return Files.of(sight.seen, RULES).targets(post.attachment) if post is not None and access.media else ()
