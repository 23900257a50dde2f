"""What the answers of Instagram show, each read once: the data of the post, the page for other sites, the preview."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.platforms.html import Element, page_in
from archiver.platforms.instagram.addresses import key_of
from archiver.platforms.meta.answers import last
from archiver.platforms.meta.codes import number_of, number_told, plain
from archiver.platforms.meta.keys import PAGE, behind, naming
from archiver.platforms.meta.scripts import holding, scripts
from archiver.platforms.reading import Doc

EMBED: Final = "embed"  # role

_MEDIA: Final = "xig_polaris_media"
_SHOWN: Final = "if_not_gated_logged_out"
_ITEMS: Final = "xdt_api__v1__media__shortcode__web_info"  # how pages told it before 2026, and some still do


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of the post that `key` means, behind links that lead to it.

    `item` is its data, nothing where no page tells them, `comments` those beside it. `places` are where a page would
    tell a post: null, gated, or another one. `page` and `embed` are pages without elements where none came.
    """

    key: PostKey
    seen: tuple[Seen, ...]
    item: Doc
    comments: tuple[Doc, ...]
    places: tuple[Doc, ...]
    page: Element
    embed: Element

    @property
    def is_mine(self) -> Callable[[str], bool]:
        """What tells whether an address is that of the post."""
        return naming(key_of, self.key)


def sight_of(key: PostKey, seen: tuple[Seen, ...]) -> Sight:
    """Return what is seen of the post."""
    key = behind(key_of, key, seen, "share")
    nothing = Doc(None, 0)
    answer = _shown(seen, PAGE) if key.kind == "post" else None
    if answer is None:
        return Sight(key, seen, nothing, (), (), Element(None, 0), Element(None, 0))
    data = scripts(answer, _MEDIA, _ITEMS)
    places = tuple(holding(data, _MEDIA))
    items = [(place.at(_SHOWN), place.at("comments_connection", "edges").items) for place in places]
    items += [(each, ()) for place in holding(data, _ITEMS) for each in place.at("items").items]
    mine = partial(_is, key.part("code"))
    item, comments = next((each for each in items if mine(each[0])), (nothing, ()))
    other = _shown(seen, EMBED)
    return Sight(
        key, seen, item, comments, places, page_in(answer), page_in(other) if other is not None else Element(None, 0)
    )


def _shown(seen: tuple[Seen, ...], role: str) -> Seen | None:
    answer = last(seen, role)
    return answer if answer is not None and answer.status == 200 else None


def _is(code: str, item: Doc) -> bool:
    told, number = item.at("code").id or item.at("shortcode").id, number_told(item.at("pk").id)
    if told is not None:
        return plain(told.value) == plain(code)
    return number is not None and number.value == number_of(code)
