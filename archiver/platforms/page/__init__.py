"""Any page of the web: what it tells of itself to programs, in the forms that sites share.

JSON-LD, microdata, OpenGraph, Dublin Core, oEmbed, feeds: docs/spec/platforms/page.md.
"""

from dataclasses import dataclass
from typing import Final

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted
from archiver.platforms.page.addresses import PLATFORM, key_of
from archiver.platforms.page.asking import first_of, next_of
from archiver.platforms.page.extracting import extracted_from
from archiver.platforms.page.standing import standing_of

_ABOUT: Final = About(
    name=PLATFORM,
    title="Any web page (news, petitions, blogs, feeds, PDF)",
    version="1",
    takes=(
        "What a page tells programs of itself (JSON-LD, microdata, OpenGraph, Dublin Core, oEmbed, feeds, WordPress): "
        "author, publisher, times, language, headline, text, keywords, links, counts; with permission its pictures, "
        "and files of sound and video that it names."
    ),
    with_token="Nothing.",  # noqa: S106
    cannot=(
        "What a site shows to subscribers or after scripts have run; comments; whether what a page says of its author "
        "and times is so. Other addresses than that of the page are asked for with --platform page only."
    ),
    learns="The site, as from anybody who reads the page; with permission the hosts of the files that it names.",
    terms=("public_page",),
)


@dataclass(frozen=True, slots=True)
class Page:
    """The adapter. It asks the site of the page alone, and other hosts for files only."""

    about: About = _ABOUT

    def match(self, address: Address) -> PostKey | None:
        """Return the page at `address`, whichever it is."""
        return key_of(address)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        """Return the page itself."""
        return first_of(key)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        """Return what the page names of itself in other forms, then its files."""
        return next_of(access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        """Return how it stands; that it tells nothing of itself makes it a page like any other."""
        return standing_of(key, seen)

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        """Return what it tells, also from the exchanges of the page alone."""
        return extracted_from(key, seen)


ADAPTER: Final = Page()
