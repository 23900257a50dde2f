"""Threads: public posts, as far as they are told to readers without a login.

What it does, and how sure each fact is: docs/spec/platforms/threads.md.
"""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.threads.addresses import PLATFORM, key_of
from archiver.platforms.threads.asking import first_of, next_of
from archiver.platforms.threads.sight import sight_of
from archiver.platforms.threads.standing import standing_of
from archiver.platforms.threads.telling import extracted_from

_ABOUT: Final = About(
    name=PLATFORM,
    title="Threads",
    version="1",
    takes=(
        "Best effort: the page of a post, and where it holds the data its text, author, time and numbers, what it "
        "answers and quotes, with permission its pictures and videos; else whether other sites may show it."
    ),
    with_token="Nothing.",  # noqa: S106
    cannot="Profiles, answers to a post, private accounts, what is shown to people with a login only.",
    learns="Meta: the network address of the computer, and each post that is asked for.",
    terms=("public_page", "undocumented_endpoint", "embed_only_terms", "anti_automation_terms", "account_risk"),
    spacing=10.0,
)


@dataclass(frozen=True, slots=True)
class Threads:
    """The adapter. No account and no imitation of a browser."""

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which post `address` means."""
        return key_of(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return the page."""
        return first_of(key)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return the question for other sites where the page does not tell the post, then the files."""
        return next_of(sight_of(key, seen), access)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how it stands: by statuses, redirects and members of the data, never by words."""
        return standing_of(sight_of(key, seen))

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell."""
        return extracted_from(sight_of(key, seen))


ADAPTER: Final = Threads()
