"""Files that a post names by their addresses: which of them are asked for, and what came of each.

files = Files.of(seen, Rules(most=20, batch=5))
Media("Image", renditions=files.renditions(found, "best"))     with the exchange that has it, or with why there is none
files.targets(post.attachment)                                 what is asked for next
"""

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import Seen, Target
from archiver.model.post import Found, Media, Rendition, RenditionRole
from archiver.platforms.statuses import GOT, REFUSED, is_challenge

FILE: Final = "file."  # the roles of files begin with it
MEDIA: Final = "media."  # or with this
MAX_FILES: Final = 100  # of one item
NOT_ASKED: Final = "not asked for"
NO_ADDRESS: Final = "its address is none that can be asked for"
OTHER_SIZE: Final = "another size; not asked for"
OF_ANOTHER: Final = "not asked for: it belongs to another post"

_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class Rules:
    """How an adapter asks for files: `most` of one item, `batch` of them before it is looked at what came.

    `start` is what their roles begin with. After a status of `refusals` none are asked for. `otherwise` is said of a
    file that nobody asked for.
    """

    start: str = FILE
    most: int = MAX_FILES
    batch: int = MAX_FILES
    refusals: frozenset[int] = REFUSED
    otherwise: str = NOT_ASKED


@dataclass(frozen=True, slots=True)
class Files:
    """What came of the files that were asked for: of each the last exchange, behind all redirects."""

    last: dict[str, Seen]
    rules: Rules = Rules()

    @classmethod
    def of(cls, seen: Iterable[Seen], rules: Rules = Rules()) -> "Files":
        """Return what is seen of files."""
        return cls({each.role: each for each in seen if each.role.startswith(rules.start)}, rules)

    @property
    def refused(self) -> bool:
        """Whether a server refused a file, so that no more are asked for."""
        return any(each.status in self.rules.refusals for each in self.last.values())

    def answer(self, url: str) -> Seen | None:
        """Return what was answered to the file at `url`, None where it was not asked for."""
        return self.last.get(role_of(url, self.rules.start))

    def rendition(
        self,
        url: Found[str],
        role: RenditionRole,
        width: Found[int] | None = None,
        height: Found[int] | None = None,
        *,
        media_type: Found[str] | None = None,
        otherwise: str = "",
    ) -> Rendition:
        """Return the file at `url` with what came of it; `otherwise` says why it was not asked for."""
        answer = self.answer(url.value)
        if answer is None:
            exchange, why = 0, (otherwise or self.rules.otherwise) if askable(url.value) else NO_ADDRESS
        else:
            why = failure_of(answer)
            exchange = 0 if why else answer.number
        return Rendition(url, role, media_type, _positive(width), _positive(height), exchange, why)

    def renditions(
        self,
        url: Found[str] | None,
        role: RenditionRole,
        width: Found[int] | None = None,
        height: Found[int] | None = None,
        *,
        otherwise: str = "",
    ) -> tuple[Rendition, ...]:
        """Return the file at `url` as `rendition` does, nothing where no address is told."""
        return (self.rendition(url, role, width, height, otherwise=otherwise),) if url is not None else ()

    def targets(self, media: Iterable[Media], headers: tuple[tuple[str, str], ...] = ()) -> tuple[Target, ...]:
        """Return what is asked for the files of `media` that were not asked for yet.

        Those with a reason of their own not to be asked for are left alone.
        """
        renditions = (each for one in media for each in one.renditions)
        return self.asking((each.url.value for each in renditions if each.why == self.rules.otherwise), headers)

    def asking(self, urls: Iterable[str], headers: tuple[tuple[str, str], ...] = ()) -> tuple[Target, ...]:
        """Return what asks for the first of `urls` that were not asked for yet, each once, none after a refusal."""
        room = 0 if self.refused else min(self.rules.batch, self.rules.most - len(self.last))
        found: dict[str, Target] = {}
        for url in urls:
            if len(found) >= room:
                break
            role = role_of(url, self.rules.start)
            if role not in self.last:
                found.setdefault(role, Target(role, url, headers=headers))
        return tuple(found.values())


def failure_of(answer: Seen) -> str:
    """Return why an answer is not the whole file that was asked for, "" where it is."""
    if answer.failure or not answer.status:
        return f"asked for, no answer: {answer.failure or 'failure'}"
    if answer.status not in GOT:
        return f"asked for, answered with status {answer.status}"
    if is_challenge(answer):
        return "asked for, a test for browsers came in its place"
    if answer.header("content-type").partition(";")[0].strip().lower() in _PAGES:
        return "asked for, a page came in its place"
    return "" if answer.whole else "asked for, cut short"


def role_of(url: str, start: str = FILE) -> str:
    """Return the role of the file at `url`: the same one each time, and another one for each file."""
    return start + hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]


def askable(url: str) -> str:
    """Return `url` as it is asked for, "" where it is no address of a host with a name on the web."""
    try:
        address = Address.parse(url)
    except UsageError:
        return ""
    if address.scheme not in {"http", "https"} or "." not in address.host.strip("."):
        return ""
    try:
        ipaddress.ip_address(address.host)
    except ValueError:
        return address.url
    return ""


def _positive(found: Found[int] | None) -> Found[int] | None:
    return found if found is not None and found.value > 0 else None
