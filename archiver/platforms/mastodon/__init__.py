"""Mastodon, and other servers that speak ActivityPub, whatever their names (docs/spec/platforms/mastodon.md)."""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.mastodon.answers import Heard
from archiver.platforms.mastodon.asking import first_targets, next_targets
from archiver.platforms.mastodon.forms import read
from archiver.platforms.mastodon.standing import standing_of
from archiver.platforms.mastodon.telling import extracted

_NOTHING_MORE: Final = "Nothing: a token is of one server, and must not reach another."
_ABOUT: Final = About(
    name="mastodon",
    title="Mastodon, Pleroma, Akkoma, Misskey and other ActivityPub servers",
    version="1",
    takes=(
        "Public posts without a login: the page, the post as the server's API and its ActivityPub object tell it, "
        "earlier versions of an edited post, and the same from the server where the post was written; with "
        "--thread what it answers and what answers it; with --media its files, also from their own server."
    ),
    with_token=_NOTHING_MORE,
    cannot=(
        "Posts for followers only, servers that show nothing without a login, more than 40 posts above and 60 "
        "answers below, the lists of people who shared or liked a post, custom emoji as pictures."
    ),
    learns=(
        "The server that was named, the one where the post was written, and up to five hosts where its files are. "
        "Whoever runs them sees the time, the network address and the User-Agent of the case. A server that is "
        "asked for answers may ask others for them."
    ),
    terms=("public_api", "public_page"),
    spacing=1.0,
)
_BELOW: Final = {"status": "", "object": "objects/", "note": "notes/"}


@dataclass(frozen=True, slots=True)
class Mastodon:
    """Posts on servers of any name: an address is taken by its path, and the answers tell whether it is one of these.

    Where they do not, the state is `unavailable_unknown` by the rule `mastodon.not-one`: the page that was submitted
    has been asked for like any other page, and nothing of it is lost.
    """

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return which post `address` means by its path, on a host with any name."""
        form = read(address)
        if form is None:
            return None
        parts = {
            "page": address.url, "base": form.base, "host": form.netloc, "id": form.id, "user": form.user,
            "remote": form.remote, "own": form.own,
        }  # fmt: skip
        return PostKey(
            "mastodon", f"mastodon:{form.netloc}/{_BELOW[form.kind]}{form.id}", form.kind, tuple(parts.items())
        )

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return the submitted page, and what tells whether its server is one of these."""
        return first_targets(key)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return the post at its own server, then its versions, and the answers and files that are wanted."""
        return next_targets(key, access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how the post stands."""
        return standing_of(Heard.of(key, seen))

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what the answers tell of the post."""
        heard = Heard.of(key, seen)
        return extracted(heard, standing_of(heard))


ADAPTER: Final = Mastodon()
