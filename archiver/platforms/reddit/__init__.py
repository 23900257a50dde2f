"""Reddit: posts and comments, by its feeds or with a token (docs/spec/platforms/reddit.md)."""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.reddit.addresses import PLATFORM, key_of
from archiver.platforms.reddit.asking import first_of, next_of
from archiver.platforms.reddit.reading import VARIABLE, extracted_from
from archiver.platforms.reddit.standing import standing_of

_ABOUT: Final = About(
    name=PLATFORM,
    title="Reddit",
    version="1",
    takes=(
        "Without a token the feed of a post: title, text, author, times and the picture, no numbers; else title and "
        "author, as Reddit tells them for embedding. Since 2026 it shows visitors little, and often nothing."
    ),
    with_token=(  # noqa: S106
        "The post or comment in full with its score, when it was edited, galleries and polls; who removed what was "
        "removed; with --thread the answers in their order."
    ),
    cannot=(
        "The text of what was deleted or removed, earlier versions of what was edited, closed communities, profiles, "
        "searches, lists; more than 500 answers at once."
    ),
    learns=(
        "Reddit learns the network address of the computer, and which post was asked for; with a token also which "
        "account asks. Reddit wants to approve of every program that uses a token, and forbids to match its users with "
        "people elsewhere."
    ),
    terms=("public_page", "public_api", "embed_only_terms", "anti_automation_terms", "approval_required"),
    token_variable=VARIABLE,
    spacing=10.0,
)


@dataclass(frozen=True, slots=True)
class Reddit:
    """The adapter. It asks Reddit itself, whatever other site an address has."""

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which post, comment or short link `address` means."""
        return key_of(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return what is asked first."""
        return first_of(key, access)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return what is left to ask, and last the files."""
        return next_of(key, access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how it stands."""
        return standing_of(key, seen)

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell."""
        return extracted_from(key, seen)


ADAPTER: Final = Reddit()
