"""Facebook: public posts, photos and videos, as far as they are told to readers without a login.

What it does, and how sure each fact is: docs/spec/platforms/facebook.md.
"""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.facebook.addresses import PLATFORM, key_of
from archiver.platforms.facebook.asking import first_of, next_of
from archiver.platforms.facebook.sight import sight_of
from archiver.platforms.facebook.standing import standing_of
from archiver.platforms.facebook.telling import extracted_from

_ABOUT: Final = About(
    name=PLATFORM,
    title="Facebook (posts, photos, videos)",
    version="1",
    takes=(
        "Best effort: the page of a post, photo or video, and where it holds the data its text, author, time and "
        "numbers, what it shares, with permission its pictures and videos; else whether other sites may show it."
    ),
    with_token="Nothing.",  # noqa: S106
    cannot=(
        "Profiles, pages and groups as such, stories, events, comments, what is shown to people with a login only: "
        "most of Facebook, which is better kept with a browser; whether what is not there was deleted, hidden or "
        "never there."
    ),
    learns="Meta: the network address of the computer, and each post that is asked for.",
    terms=("public_page", "undocumented_endpoint", "embed_only_terms", "anti_automation_terms", "account_risk"),
    spacing=10.0,
)


@dataclass(frozen=True, slots=True)
class Facebook:
    """The adapter. No account and no imitation of a browser."""

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which post, photo, video, story or link to one `address` means."""
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


ADAPTER: Final = Facebook()
