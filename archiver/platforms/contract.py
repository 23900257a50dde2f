"""What an adapter is (docs/adapters.md): a module or package for each platform; no network, no clock, no disk."""

from typing import Final, Protocol

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted

MAX_BODY: Final = 16 * 1024**2  # bytes of an entity that an adapter sees
MAX_SEEN: Final = 64 * 1024**2  # bytes of all entities of an item that it sees, in the order of the exchanges
MAX_EXCHANGES: Final = 300  # of one item; where there would be more, its outcome says so (`post-limits`)
NO_TEXT: Final = ("image/", "video/", "audio/", "font/")  # how the types of answers begin whose bodies no adapter sees

TERMS: Final = (
    "public_api", "public_page", "undocumented_endpoint", "anti_automation_terms", "embed_only_terms",
    "approval_required", "account_risk",
)  # fmt: skip
"""What `About.terms` is made of: docs/spec/platforms.md §4."""

NOT_ONE: Final = ".not-one"
"""How the rule of a `Standing` ends that says: the answers are not of this platform, so the address is a page."""


class Adapter(Protocol):
    """Knows one platform. Every method is a function of its arguments, and none raises, whatever was answered."""

    @property
    def about(self) -> About:
        """What it takes, and what it cannot."""
        ...

    def match(self, address: Address) -> PostKey | None:
        """Return which post `address` means, None where it means none here. Looks at the address alone."""
        ...

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return what is asked first, in order. Targets that need a token are left out where there is none."""
        ...

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return what is asked after all that was `seen`, nothing at the end.

        Called again after each round with everything that was seen by then. What was asked once is not asked again.
        """
        ...

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how the post stands: by status, structure and codes, never by words that a page happens to hold."""
        ...

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell of the post. The same exchanges give the same result, years later too."""
        ...
