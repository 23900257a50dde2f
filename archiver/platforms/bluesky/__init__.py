"""Posts on Bluesky, and on other apps over the AT Protocol: with the signed proof that they are in their repository.

docs/spec/platforms/bluesky.md
"""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.bluesky.asking import first_targets, next_targets
from archiver.platforms.bluesky.names import NAME, post_key
from archiver.platforms.bluesky.standing import standing_of
from archiver.platforms.bluesky.telling import told

_ABOUT: Final = About(
    name=NAME,
    title="Bluesky (AT Protocol)",
    version="1",
    takes=(
        "Posts with author, text, times, links, quotes, counts, labels, what they answer; the record from the "
        "account's own server with the signed proof that it is there, or that none is, checked against its key; "
        "images and videos as they were uploaded, each checked against the hash in the record."
    ),
    with_token="Nothing: what its servers tell of public posts, they tell without one.",  # noqa: S106
    cannot=(
        "Who liked, shared or quoted a post; direct messages; earlier versions of a post that was changed; the pieces "
        "of a video as the app plays it (the file that was uploaded is taken instead)."
    ),
    learns=(
        "The public servers of Bluesky and of the directory of accounts; the server that has the account's repository, "
        "which may be the author's own; for handles or identifiers on a domain of the author's, that domain's server."
    ),
    terms=("public_api",),
    spacing=0.3,
)


@dataclass(frozen=True, slots=True)
class Bluesky:
    """The adapter for Bluesky; every method is a function of its arguments, and none raises."""

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which post an address of the app, an embed or an at:// name means."""
        return post_key(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return the first questions: whose the handle is, or the post and the account's document."""
        return first_targets(key, access)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return the next questions: the account's server, the proof, the files."""
        return next_targets(key, access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how the post stands."""
        return standing_of(key, seen)

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return the post, and the result of every check."""
        return told(key, seen)


ADAPTER: Final = Bluesky()
