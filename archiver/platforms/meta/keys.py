"""Which post is meant, where addresses lead to other addresses."""

from collections.abc import Callable

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import PostKey, Seen
from archiver.platforms.meta.answers import way

PAGE = "page"
"""The role of what is asked first: the page of the post."""

KeyOf = Callable[[Address], PostKey | None]


def naming(key_of: KeyOf, key: PostKey) -> Callable[[str], bool]:
    """Return what tells whether an address means the post that `key` does."""

    def is_mine(url: str) -> bool:
        found = _key(key_of, url)
        return found is not None and found.id == key.id

    return is_mine


def behind(key_of: KeyOf, key: PostKey, seen: tuple[Seen, ...], *doors: str) -> PostKey:
    """Return the post to which a link led, where `key` is of one of the kinds `doors`; else `key` itself."""
    if key.kind not in doors:
        return key
    found = (_key(key_of, url) for url, _ in way(seen, PAGE))
    return next((each for each in found if each is not None and each.kind not in doors), key)


def _key(key_of: KeyOf, url: str) -> PostKey | None:
    try:
        return key_of(Address.parse(url))
    except UsageError:
        return None
