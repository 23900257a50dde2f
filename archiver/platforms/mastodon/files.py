"""The files of a post: which of them are asked for, and where their bytes are."""

from dataclasses import dataclass
from typing import Final

from archiver.model.platform import Seen
from archiver.model.post import Found, MediaType, Rendition, RenditionRole
from archiver.platforms import files
from archiver.platforms.files import MEDIA, Rules
from archiver.platforms.mastodon.forms import netloc_of, why_not

RULES: Final = Rules(MEDIA, most=20)
MAX_HOSTS: Final = 5  # besides the server that was named: its origin, and where the files are

SMALLER: Final = "not asked for: a smaller copy of the file"
OF_A_LINK: Final = "not asked for: it belongs to the page that the post links to"


def hosts_of(named: str, seen: tuple[Seen, ...], urls: tuple[str, ...]) -> frozenset[str]:
    """Return the hosts that may be asked: those that were, and of those in `urls` the first few."""
    asked = (netloc_of(each.url) for each in seen)
    wanted = (netloc_of(url) for url in urls if not why_not(url))
    others = dict.fromkeys(host for host in (*asked, *wanted) if host and host != named)
    return frozenset({named, *list(others)[:MAX_HOSTS]})


@dataclass(frozen=True, slots=True)
class Files:
    """Says of each file where it was captured, or why it was not."""

    named: files.Files
    hosts: frozenset[str]

    @classmethod
    def of(cls, seen: tuple[Seen, ...], hosts: frozenset[str] = frozenset()) -> "Files":
        """Return what is seen of files, where those on `hosts` may be asked for."""
        return cls(files.Files.of(seen, RULES), hosts)

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
        why = why or self._why(url.value)
        return self.named.rendition(url, role, width, height, media_type=media_type, otherwise=why)

    def _why(self, url: str) -> str:
        if reason := why_not(url):
            return f"not asked for: {reason}"
        if not self.named.last:
            return "not asked for: files were not wanted, or the server refused before"
        if netloc_of(url) not in self.hosts:
            return f"not asked for: the post names files on more than {MAX_HOSTS} other hosts"
        return f"not asked for: the server refused before, or the post has more than {RULES.most} files"


def type_of(word: str) -> MediaType:
    """Return the kind of file that a word of Mastodon, an ActivityStreams type or a media type means."""
    kind = word.partition("/")[0].lower()
    names: dict[str, MediaType] = {"image": "Image", "gifv": "Video", "video": "Video", "audio": "Audio"}
    return names.get(kind, "Document")
