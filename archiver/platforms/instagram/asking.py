"""What is asked of Instagram, and in which order: one page, and only where that tells nothing one or two more."""

from typing import Final

from archiver.model.platform import Access, PostKey, Target
from archiver.platforms.files import Files
from archiver.platforms.instagram.addresses import PLATFORM, SITE
from archiver.platforms.instagram.sight import EMBED, Sight
from archiver.platforms.instagram.standing import PLACES
from archiver.platforms.instagram.telling import extracted_from
from archiver.platforms.meta.answers import GRAPH, OEMBED, embeddable, last, oembed, sent_away
from archiver.platforms.meta.files import RULES
from archiver.platforms.meta.keys import PAGE
from archiver.platforms.statuses import STOPPED

_ENDPOINT: Final = f"{GRAPH}/instagram_oembed"


def first_of(key: PostKey) -> tuple[Target, ...]:
    """Return the page of the post; of a story and a link the page at the address."""
    return (Target(PAGE, f"{SITE}{key.part('page')}" if key.part("page") else _address(key)),)


def next_of(sight: Sight, access: Access) -> tuple[Target, ...]:
    """Return what is asked next; nothing after a refusal, but one question to another host after a login."""
    answer = last(sight.seen, PAGE)
    if sight.key.kind != "post" or answer is None or not answer.status:
        return ()
    if any(each.status in STOPPED for each in sight.seen if each.role in {PAGE, OEMBED, EMBED}):
        return ()
    away = sent_away(PLATFORM, sight.seen, PAGE, PLACES)
    if away is not None and away.state == "challenge":
        return ()
    asked = {each.role for each in sight.seen}
    if not sight.item:
        if OEMBED not in asked:
            return (oembed(_ENDPOINT, _address(sight.key)),)
        told = away is None and answer.status < 500 and embeddable(sight.seen, sight.is_mine) is not None
        if told and EMBED not in asked:
            return (Target(EMBED, f"{_address(sight.key)}embed/captioned/"),)
    post = extracted_from(sight).post
    return Files.of(sight.seen, RULES).targets(post.attachment) if post is not None and access.media else ()


def _address(key: PostKey) -> str:
    return f"{SITE}/p/{key.part('code')}/"
