"""Odnoklassniki: videos, and topics as far as visitors are shown them (docs/spec/platforms/odnoklassniki.md)."""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.odnoklassniki.addresses import PLATFORM, key_of
from archiver.platforms.odnoklassniki.asking import first_of, next_of
from archiver.platforms.odnoklassniki.posts import extracted_from
from archiver.platforms.odnoklassniki.standing import standing_of

_ABOUT: Final = About(
    name=PLATFORM,
    title="Odnoklassniki (ok.ru)",
    version="1",
    takes=(
        "A video with title, author, length, day and numbers, as its player is told of it, with --media the video "
        "itself. A topic or a note where its page shows it without a login: the text, else the card for previews."
    ),
    with_token="Nothing: its interface for programs wants a key of an application and an account that is logged in.",  # noqa: S106
    cannot=(
        "Comments, profiles, photos by themselves, what only friends or members see, live broadcasts while they run; "
        "the author and the time of a topic; whether a video that is not there was deleted, and by whom."
    ),
    learns="Odnoklassniki learns the network address of the computer, and each video or topic that is asked for.",
    terms=("public_page", "undocumented_endpoint"),
    watched=(
        "Odnoklassniki belongs to VK, a Russian company that has to give its records to Russian authorities on demand. "
        "Parties to the case may be able to read there who asked for which post, when, and from where."
    ),
    spacing=2.0,
)


@dataclass(frozen=True, slots=True)
class Odnoklassniki:
    """The adapter. No account is used."""

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which video or topic `address` means."""
        return key_of(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return the page."""
        return first_of(key)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return what the player would ask, and last the files."""
        return next_of(key, access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how it stands."""
        return standing_of(key, seen)

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell."""
        return extracted_from(key, seen)


ADAPTER: Final = Odnoklassniki()
