"""The files of a post: which of them are asked for, and where their bytes are."""

import hashlib
from dataclasses import dataclass
from typing import Final

from archiver.model.platform import Seen
from archiver.model.post import Found, MediaType, Rendition, RenditionRole
from archiver.platforms.mastodon.answers import is_challenge, last
from archiver.platforms.mastodon.forms import netloc_of, why_not

MAX_FILES: Final = 20  # of one post
MAX_HOSTS: Final = 5  # besides the server that was named: its origin, and where the files are

SMALLER: Final = "not asked for: a smaller copy of the file"
OF_ANOTHER: Final = "not asked for: it belongs to another post"
OF_A_LINK: Final = "not asked for: it belongs to the page that the post links to"

_PREFIX: Final = "media."


def role_of(url: str) -> str:
    """Return the role of the target that asks for a file: the same for the same address."""
    return _PREFIX + hashlib.sha256(url.encode()).hexdigest()[:16]


def hosts_of(named: str, seen: tuple[Seen, ...], urls: tuple[str, ...]) -> frozenset[str]:
    """Return the hosts that may be asked: those that were, and of those in `urls` the first few."""
    asked = (netloc_of(each.url) for each in seen)
    wanted = (netloc_of(url) for url in urls if not why_not(url))
    others = dict.fromkeys(host for host in (*asked, *wanted) if host and host != named)
    return frozenset({named, *list(others)[:MAX_HOSTS]})


@dataclass(frozen=True, slots=True)
class Files:
    """Says of each file where it was captured, or why it was not."""

    seen: tuple[Seen, ...]
    hosts: frozenset[str] = frozenset()

    def rendition(
        self,
        url: Found[str],
        role: RenditionRole,
        *,
        media_type: Found[str] | None = None,
        width: Found[int] | None = None,
        height: Found[int] | None = None,
        why: str = "",
    ) -> Rendition:
        """Return the file at `url`; `why` is said where nobody asked for it."""
        answer = last(self.seen, role_of(url.value))
        if answer is None:
            return Rendition(url, role, media_type, width, height, why=why or self._why(url.value))
        failed = failure_of(answer)
        return Rendition(url, role, media_type, width, height, exchange=0 if failed else answer.number, why=failed)

    def _why(self, url: str) -> str:
        if reason := why_not(url):
            return f"not asked for: {reason}"
        if not any(each.role.startswith(_PREFIX) for each in self.seen):
            return "not asked for: files were not wanted, or the server refused before"
        if netloc_of(url) not in self.hosts:
            return f"not asked for: the post names files on more than {MAX_HOSTS} other hosts"
        return f"not asked for: the server refused before, or the post has more than {MAX_FILES} files"


def failure_of(answer: Seen) -> str:
    """Return why an answer is not the whole file that was asked for, "" where it is."""
    if answer.failure:
        return f"asked for in exchange {answer.number}, and no answer came: {answer.failure}"
    if is_challenge(answer):
        return f"exchange {answer.number} brought a test for browsers in place of the file"
    if answer.status not in (200, 206):
        return f"exchange {answer.number} was answered with {answer.status}"
    if not answer.whole:
        return f"cut off in exchange {answer.number}"
    if answer.header("content-type").partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        return f"exchange {answer.number} brought a page in place of the file"
    return ""


def type_of(word: str) -> MediaType:
    """Return the kind of file that a word of Mastodon, an ActivityStreams type or a media type means."""
    kind = word.partition("/")[0].lower()
    names: dict[str, MediaType] = {"image": "Image", "gifv": "Video", "video": "Video", "audio": "Audio"}
    return names.get(kind, "Document")
