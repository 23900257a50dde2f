"""The answers of TikTok: the data that its page carries, and what it tells other sites for embedding (oEmbed)."""

from dataclasses import dataclass
from typing import Final

from archiver.model.media import ROLE
from archiver.model.platform import PostKey, Seen
from archiver.platforms.files import FILE
from archiver.platforms.html import page_in
from archiver.platforms.places import path_of
from archiver.platforms.reading import Doc, json_in
from archiver.platforms.scripts import json_scripts, scripts_of, text_of

PAGE: Final = "page"
OEMBED: Final = "oembed"

_NAME: Final = "__UNIVERSAL_DATA_FOR_REHYDRATION__"
_MARK: Final = f'id="{_NAME}"'
_DETAILS: Final = ("webapp.video-detail", "webapp.reflow.video.detail")  # of the page for desks, and of that for hands


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered, of each role the last exchange: `detail` is what the page says of the post, `item` the post.

    Where the page has none, or that of another post, they hold nothing; so does `oembed`.
    """

    page: Seen | None
    embed: Seen | None
    data: Doc
    detail: Doc
    item: Doc
    oembed: Doc

    @property
    def other(self) -> bool:
        """Whether the page has a post, and another one than was asked for."""
        return not self.item and bool(self.detail.at("itemInfo", "itemStruct", "id").id)


def read(key: PostKey, seen: tuple[Seen, ...]) -> Answers:
    """Return the answers that are there."""
    last = {each.role: each for each in seen}
    page, embed = last.get(PAGE), last.get(OEMBED)
    data = _data(page)
    detail = next((found for name in _DETAILS if (found := data.at("__DEFAULT_SCOPE__", name))), Doc(None, 0))
    item = detail.at("itemInfo", "itemStruct")
    number = key.part("id")
    told = json_in(embed) if embed is not None and embed.status == 200 else Doc(None, 0)
    about = told.at("embed_product_id").id
    fits = bool(told.at("author_name").words) and (about is None or about.value == number)
    shown = item.at("id").id
    return Answers(
        page,
        embed,
        data,
        detail,
        item if shown is not None and shown.value == number else Doc(None, item.exchange),
        told if fits else Doc(None, 0),
    )


def is_challenge(seen: Seen) -> bool:
    """Whether an answer is the test for browsers: its task and the name of its cookie stand in their own elements."""
    other = seen.role.startswith(FILE) or seen.role == ROLE
    if other or not seen.body or any(each.marked(_MARK) for each in scripts_of(text_of(seen))):
        return False
    page = page_in(seen)
    return bool(page.first("#cs[class]")) and bool(page.first("#wci[class]"))


def is_login(seen: Seen) -> bool:
    """Whether an answer is the page to log in, or leads there."""
    return any(path_of(place).rstrip("/") == "/login" for place in (seen.url, seen.header("location")))


def _data(page: Seen | None) -> Doc:
    """Return the JSON in the page's script."""
    if page is None or page.status != 200:
        return Doc(None, 0)
    return next(json_scripts(page, _MARK, f"script#{_NAME}"), Doc(None, page.number))
