"""VK: posts, comments, photos, videos, topics, people and communities (docs/spec/platforms/vk.md)."""

from dataclasses import dataclass

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.vk import addresses, asks, planning
from archiver.platforms.vk.about import ABOUT
from archiver.platforms.vk.answers import read
from archiver.platforms.vk.extracting import extracted
from archiver.platforms.vk.standing import standing


@dataclass(frozen=True, slots=True)
class Vk:
    """The adapter of VK."""

    about: About = ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which post `address` means, None where it means none of VK."""
        return addresses.match(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return the request to the API, where there is a token, and that for the page."""
        return (*(asks.main(key) if access.token else ()), asks.page(key))

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return what is asked next: of the API, else of what the pages load, else files."""
        return planning.more(planning.meant(key, seen), access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how the post stands."""
        return standing(planning.meant(key, seen), read(seen))

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell of the post."""
        return extracted(planning.meant(key, seen), read(seen), seen)


ADAPTER = Vk()
