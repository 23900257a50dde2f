"""What passes between the platform adapters and whoever fetches for them (docs/spec/platforms.md). Values only."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

State = Literal[
    "available",
    "deleted",  # by its author, as the platform says
    "removed_by_platform",
    "account_gone",  # deleted, suspended or blocked as a whole
    "private",  # to be seen by those whom its author chose
    "login_required",
    "geo_blocked",  # withheld where the request came from
    "age_gated",
    "rate_limited",
    "challenge",  # a test for browsers or people in place of the answer
    "not_found",  # never there, or gone: the platform does not tell these apart
    "unavailable_unknown",  # not there, and the answers do not say why
    "needs_token",  # the platform tells its API what it does not tell the public
    "needs_browser",
]
STATES: Final[tuple[State, ...]] = get_args(State)

UNTOLD: Final[frozenset[State]] = frozenset(
    {
        "private", "login_required", "geo_blocked", "age_gated", "rate_limited", "challenge", "unavailable_unknown",
        "needs_token", "needs_browser",
    }
)  # fmt: skip
"""States in which the post may well be there, and was not shown to us: such an item is partial."""


@dataclass(frozen=True, slots=True)
class PostKey:
    """Which post an address means. Two addresses of the same post have the same `id`.

    `platform` is the name of the adapter; `id` begins with it and a colon ("vk:wall-1_2"); `kind` and `parts` are the
    adapter's own: what `plan` has to know.
    """

    platform: str
    id: str
    kind: str
    parts: tuple[tuple[str, str], ...] = ()

    def part(self, name: str) -> str:
        """Return the part called `name`, "" when there is none."""
        return next((value for key, value in self.parts if key == name), "")


@dataclass(frozen=True, slots=True)
class Access:
    """What the operator allows and has. Adapters never see a token.

    `token` says that there is one. `replies` is how many answers of other people may be asked for at most, 0 for none
    (they are people: docs/threat-model.md), `depth` how deep below the post, `media` whether images and files are.
    """

    token: bool = False
    replies: int = 0
    depth: int = 1
    media: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One request that an adapter asks for.

    `role` is the adapter's name for what it hopes to get, [a-z0-9.-]; it is on record with the exchange. With
    `authorized` the operator's token goes along, in a header that no record shows; without one the target is left out.
    Redirects are followed where `redirects` says so; else the redirect itself is the answer. With `video` it is a page
    whose sound and video are wanted: the program for media asks for them (docs/spec/media.md), and each request that it
    makes is an exchange with the role "video".
    """

    role: str
    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    authorized: bool = False
    redirects: bool = True
    video: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A recorded exchange as an adapter sees it: nothing here that is not in the WARC.

    `number` counts the exchanges of the item from 1; `record` is the id of the response record, "" until one is drawn.
    `role` is that of the target that led here, also behind redirects; `url` is what was asked in this exchange. `body`
    is the entity with every coding undone, as far as it came and at most `MAX_BODY`; empty for pictures, sound and
    video, of which `size` and `sha256` (of the entity, as it was coded) are enough. `whole` says that nothing of it is
    missing. `failure` is the kind of failure where no answer came, "" otherwise; `status` is 0 then.
    """

    number: int
    role: str
    url: str
    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    whole: bool = True
    failure: str = ""
    record: str = ""
    size: int = 0
    sha256: str = ""

    def header(self, name: str) -> str:
        """Return the first value of the header `name`, "" when there is none."""
        wanted = name.lower().encode("ascii")
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a post stands, decided by the structure of an answer: `rule` names what decided, `exchange` where it is.

    `rule` is the adapter's name for it ("vk.api.error-15"); `exchange` counts from 1, 0 where no exchange shows it.
    """

    state: State
    rule: str
    exchange: int = 0


@dataclass(frozen=True, slots=True)
class About:
    """What `archiver platforms` says of an adapter, in sentences for people, and how politely it asks.

    `spacing` is how many seconds lie between two of its requests at least. `terms` are names of docs/spec/platforms.md
    §Terms. `watched` says that requests may be seen by opponents of the case, and by whom.
    """

    name: str
    title: str
    version: str
    takes: str
    with_token: str
    cannot: str
    learns: str
    terms: tuple[str, ...]
    token_variable: str = ""
    watched: str = ""
    spacing: float = 1.0
