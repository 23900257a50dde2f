"""X, which was Twitter: single posts, as it shows them to pages of others and to visitors without a login.

docs/spec/platforms/x.md
"""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.x.addresses import NAME, match, meant
from archiver.platforms.x.answers import Answers
from archiver.platforms.x.asking import first_targets, next_targets
from archiver.platforms.x.standing import standing_of
from archiver.platforms.x.telling import extracted
from archiver.platforms.x.thread import VARIABLE

_ABOUT: Final = About(
    name=NAME,
    title="X (Twitter)",
    version="1",
    takes=(
        "Single posts, also long and edited ones with their other versions: text, author, time, the hidden time in the "
        "id, what they quote, repost or answer, links with where they lead, polls, notes of readers, numbers; "
        "photos as they were uploaded and videos. Posts that are suspended, protected, withheld or gone are named as "
        "such, as far as X says why."
    ),
    with_token="The post as the API tells it that X documents and sells; answers of others, of seven days.",  # noqa: S106
    cannot=(
        "Profiles, searches, lists of who liked or reposted, answers without a token, what is shown to logged-in "
        "accounts only (adult content, protected accounts), articles, live broadcasts; why a post is gone, where X "
        "says so in prose alone."
    ),
    learns=(
        "X Corp. learns the network address of the computer and each post that is asked for; with a token also the "
        "account that it belongs to. Authors are not told, as far as is known."
    ),
    terms=("public_api", "undocumented_endpoint", "anti_automation_terms", "embed_only_terms"),
    token_variable=VARIABLE,
    spacing=2.0,
)


@dataclass(frozen=True, slots=True)
class X:
    """The adapter of X; every method is a function of its arguments, and none raises."""

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which post an address of X, of a mirror of it, or a short link means."""
        return match(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return the request to the API, where there is a token, and that to the syndication."""
        return first_targets(key, access)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return what is asked next: as a guest, for other versions, oEmbed, answers, files."""
        return next_targets(key, access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how the post stands: by statuses, types and words of closed lists, never by prose."""
        return standing_of(Answers.of(meant(key, seen), seen))

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell of the post."""
        return extracted(key, seen)


ADAPTER: Final = X()
