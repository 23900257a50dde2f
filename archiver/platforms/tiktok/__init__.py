"""TikTok: videos and pictures as its page shows them to everybody (docs/spec/platforms/tiktok.md)."""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.tiktok.addresses import PLATFORM, key_of
from archiver.platforms.tiktok.asking import first_of, next_of
from archiver.platforms.tiktok.reading import extracted_from
from archiver.platforms.tiktok.standing import standing_of

_ABOUT: Final = About(
    name=PLATFORM,
    title="TikTok",
    version="1",
    takes=(
        "A video or pictures with text, author, time, numbers and captions, where the page shows them to a visitor "
        "without a login; else words, author and a still picture, as TikTok tells them for embedding. With --media the "
        "pictures and the video. Often the page is a test for browsers instead: that is kept and said."
    ),
    with_token="Nothing: TikTok's interfaces for programs tell of one's own account, or of adverts.",  # noqa: S106
    cannot=(
        "Comments, stories, live broadcasts, profiles, what only friends or followers see, what TikTok shows to "
        "grown-ups or in other countries only; earlier versions of an edited text. Tests for browsers are not solved."
    ),
    learns=(
        "TikTok, and the companies that deliver its files, learn the network address of the computer and which post "
        "was asked for. TikTok gives a cookie, which is sent back while one post is asked for, and then forgotten."
    ),
    terms=("public_page", "embed_only_terms", "anti_automation_terms"),
    spacing=10.0,
)


@dataclass(frozen=True, slots=True)
class TikTok:
    """The adapter. It asks TikTok itself, whatever other site an address has."""

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which post or short link `address` means."""
        return key_of(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return what is asked first."""
        return first_of(key)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return the page, and last the files."""
        return next_of(key, access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how it stands: by statuses and names of reasons, never by words."""
        return standing_of(key, seen)

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell."""
        return extracted_from(key, seen)


ADAPTER: Final = TikTok()
