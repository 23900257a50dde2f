"""The files of a post: which of them are asked for, and where their bytes are."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import Seen, Target
from archiver.model.post import Found, Media, Rendition, RenditionRole
from archiver.platforms.meta.answers import STOP

OTHER_SIZE: Final = "not asked for: another size of the same"
MAX_FILES: Final = 45  # of one item: twenty pictures or videos, each of those with a still
NOT_ASKED: Final = f"not asked for: files were not wanted, a server refused before, or there are more than {MAX_FILES}"
OF_ANOTHER: Final = "not asked for: it belongs to another post"
BATCH: Final = 5  # asked for before it is looked at what came

_PREFIX: Final = "media."


@dataclass(frozen=True, slots=True)
class Files:
    """What came of the files that were asked for, by their roles: behind redirects the last answer counts.

    `why` is said of a file that was not.
    """

    last: dict[str, Seen]
    why: str = NOT_ASKED

    @classmethod
    def of(cls, seen: Iterable[Seen]) -> "Files":
        """Return what is seen of files."""
        return cls({each.role: each for each in seen if each.role.startswith(_PREFIX)})

    def rendition(
        self,
        url: Found[str] | None,
        role: RenditionRole,
        width: Found[int] | None = None,
        height: Found[int] | None = None,
        *,
        why: str = "",
    ) -> tuple[Rendition, ...]:
        """Return the file at `url` with the exchange that has it, or why none has; nothing for no address."""
        if url is None:
            return ()
        answer = self.last.get(role_of(url.value))
        if answer is None:
            why = (
                (why or self.why)
                if askable(url.value)
                else "not asked for: it is no address of a named host on the web"
            )
        else:
            why = _failure(answer)
        exchange = answer.number if answer is not None and not why else 0
        return (Rendition(url, role, None, _positive(width), _positive(height), exchange, why),)

    def next(self, media: Iterable[Media]) -> tuple[Target, ...]:
        """Return the next files to ask for: those that are not there for another reason than that nobody asked."""
        if any(each.status in STOP for each in self.last.values()):
            return ()
        urls = [each.url.value for one in media for each in one.renditions if each.why == NOT_ASKED]
        room = max(0, MAX_FILES - len(self.last))
        return tuple(Target(role_of(url), url) for url in list(dict.fromkeys(urls))[: min(BATCH, room)])


def role_of(url: str) -> str:
    """Return the role of the target that asks for a file: the same for the same address."""
    return _PREFIX + hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]


def askable(url: str) -> bool:
    """Return whether `url` can be asked for: a named host on the web."""
    try:
        address = Address.parse(url)
    except UsageError:
        return False
    return address.scheme in {"http", "https"} and "." in address.host and not address.host[-1:].isdigit()


def _failure(answer: Seen) -> str:
    if answer.failure or not answer.status:
        return f"asked for in exchange {answer.number}, and no answer came: {answer.failure or 'failure'}"
    if answer.status not in {200, 206}:
        return f"asked for, and exchange {answer.number} was answered with status {answer.status}"
    if answer.header("content-type").partition(";")[0].strip().lower() in {"text/html", "application/xhtml+xml"}:
        return f"asked for, and exchange {answer.number} brought a page in its place"
    return "" if answer.whole else f"asked for, and the answer broke off in exchange {answer.number}"


def _positive(found: Found[int] | None) -> Found[int] | None:
    return found if found is not None and found.value > 0 else None
