"""What passes between those who find what a page needs and those who ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, get_args

Kind = Literal[
    "stylesheet",
    "frame",
    "object",
    "manifest",
    "image",
    "poster",
    "font",
    "script",
    "icon",
    "track",
    "data",  # what a page loads ahead for its scripts
    "linked",
    "media",
    "candidate",  # an image in a size or format for another screen
    "page",  # where a refresh leads: never asked for
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""In the order in which they are asked for: where a limit cuts, what matters most to a reader is there."""

ROLE: Final = "page."
"""How the role of an exchange begins that was made for what a page needs; its kind follows."""

LEADING: Final[frozenset[Kind]] = frozenset({"stylesheet", "frame", "object", "manifest"})
"""What may need more itself. All of it is asked for before anything else, so that the limits see the whole page."""

Reason = Literal[
    "scheme",  # neither http nor https
    "address",  # spells no address that can be asked for
    "media",  # sound and video, not wanted by the rules
    "lazy",  # named only in an attribute for scripts, which no standard knows
    "type",  # declared as something that browsers do not load here
    "refresh",  # the page goes elsewhere after a while: that is another page
    "srcdoc",  # the page brings the frame along, and the address is not loaded
    "frame-depth",
    "import-depth",
    "import-late",  # an @import behind a rule: browsers ignore it
    "candidates",  # one image offered in more sizes than the rules allow
    "limit",  # the number of its kind, or of all, is reached
    "unread",  # this answer was not read to its end: too long, cut, or not readable; it may need more than is known
]


def _most_of_each() -> Mapping[Kind, int]:
    # Large news pages need some 40 stylesheets, 100 scripts and 250 images; twice that is no page any more.
    return MappingProxyType(
        {
            "stylesheet": 80,
            "frame": 20,
            "object": 20,
            "manifest": 2,
            "image": 300,
            "poster": 30,
            "font": 60,
            "script": 150,
            "icon": 20,
            "track": 20,
            "data": 20,
            "linked": 50,
            "media": 20,
            "candidate": 200,
        }
    )


@dataclass(frozen=True, slots=True)
class Rules:
    """What is wanted of a page, and how much of it at most. Bytes and seconds are the business of whoever asks.

    `linked` names what is wanted of what the page links to: endings of file names without the dot ("pdf"), and
    "download" for links that say so themselves. `media` is for sound and video, `lazy` for images and frames that are
    named only in attributes for scripts. `most` is the number of addresses of one page, `of_kind` that of each kind; a
    kind that is not in it has none. `imports` is how many `@import` may follow one another, `frames` how many frames
    lie within one another, `candidates` how many sizes and formats one attribute may offer. Of what is skipped, `named`
    are named.
    """

    linked: frozenset[str] = frozenset()
    media: bool = False
    lazy: bool = False
    most: int = 500  # at a second each, about eight minutes
    of_kind: Mapping[Kind, int] = field(default_factory=_most_of_each)
    imports: int = 5  # real sites have two; a chain without end is an attack
    frames: int = 1  # what lies deeper is mostly advertising
    candidates: int = 8  # usual sets have four to eight
    named: int = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address that the page needs, as `Address.url` spells it: no fragment.

    It stands in the answer of exchange `exchange` at `place`: elements with their number among those of that name from
    1 and the attribute (`img[3] @src`); in CSS line and column and what names it (`12:5 @import`); in JSON a pointer.
    `depth` is how many steps it is from the page: 1 for what the page itself names.
    """

    url: str
    kind: Kind
    exchange: int
    place: str
    depth: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is not asked for, why, and where it stands. `url` is cut to 1,000 characters, and as given if unusable."""

    url: str
    kind: Kind
    reason: Reason
    exchange: int
    place: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What to ask for next, in order; nothing at the end.

    `skipped` is all that is known so far to be left out, complete once there are no more targets; `unnamed` is how
    many more there are than the rules let be named. `known` is all that is known to be wanted, in the order of asking,
    whether it was asked for, is to be, or is beyond a limit.
    """

    targets: tuple[Wanted, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unnamed: int = 0
    known: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """An address in an answer, resolved; with a `reason` it is not to be asked for."""

    kind: Kind
    url: str
    place: str
    reason: Reason | None = None
    rank: int = 0
    """How much less it is wanted than others of its kind."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an answer names, in its order; `whole` where it was read to its end. `charset` is that of its text."""

    found: tuple[Found, ...] = ()
    whole: bool = True
    charset: str = ""
