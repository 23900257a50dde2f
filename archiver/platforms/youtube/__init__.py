"""YouTube: videos, posts of the community tab, and channels (docs/spec/platforms/youtube.md)."""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.youtube import addresses, asking
from archiver.platforms.youtube.about import ABOUT
from archiver.platforms.youtube.answers import read
from archiver.platforms.youtube.extracting import extracted
from archiver.platforms.youtube.standing import standing


@dataclass(frozen=True, slots=True)
class Youtube:
    """The adapter of YouTube."""

    about: About = ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which video, community post or channel `address` means."""
        return addresses.match(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return the request to the Data API, where there is a token, and that for the page."""
        return asking.first_of(key, access)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return what is asked next, one request at a time."""
        return asking.next_of(key, access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how it stands: by codes, elements, redirects and statuses, never by words."""
        return standing(key, read(seen))

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell."""
        return extracted(key, read(seen), seen)


ADAPTER: Final = Youtube()
