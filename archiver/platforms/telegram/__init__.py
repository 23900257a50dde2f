"""Telegram: public messages, their albums and comments, channels, as t.me shows them to everybody.

What it does, and where each fact is from: docs/spec/platforms/telegram.md.
"""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.telegram.addresses import PLATFORM, key_of
from archiver.platforms.telegram.asking import first_of, next_of
from archiver.platforms.telegram.reading import extracted_from
from archiver.platforms.telegram.standing import standing_of

_ABOUT: Final = About(
    name=PLATFORM,
    title="Telegram (public channels and groups)",
    version="1",
    takes=(
        "A message of a public channel or group as t.me shows it: text, time, author and signature, where it was "
        "forwarded from, what it answers, albums, polls, views, reactions; messages around it, the card of the "
        "channel; with permission the comments, and pictures, videos and voices as made for the web."
    ),
    with_token="Nothing: Telegram's own protocol, which has the originals, is not spoken.",  # noqa: S106
    cannot=(
        "Originals of pictures, documents and large videos, closed chats, stories, channels that Telegram withholds "
        "from the web; the time of an edit and earlier versions; whether a message that is not there ever was."
    ),
    learns="Telegram, and whoever delivers its files; owners of channels are not told who looked, as far as is known.",
    terms=("public_page",),
    spacing=2.0,
)


@dataclass(frozen=True, slots=True)
class Telegram:
    """The adapter. It asks t.me alone, whatever host an address has: the others lead there."""

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which message, comment, channel or closed door `address` means."""
        return key_of(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return the one page that tells most."""
        return first_of(key)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return the next page, and last the files."""
        return next_of(key, access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how it stands: by elements and statuses, never by words."""
        return standing_of(key, seen)

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell."""
        return extracted_from(key, seen)


ADAPTER: Final = Telegram()
