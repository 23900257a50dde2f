"""What a page of Threads shows: the data of the post, with what stands above it in the same thread, or a preview."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.platforms.html import Element, page_in
from archiver.platforms.meta.answers import last
from archiver.platforms.meta.keys import PAGE, naming
from archiver.platforms.meta.scripts import holding, scripts
from archiver.platforms.reading import Doc
from archiver.platforms.threads.addresses import key_of

MAX_ABOVE: Final = 20  # posts of the thread that are taken along, the nearest ones

_ITEMS: Final = "thread_items"


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of the post: `post` is its data, nothing where the page does not tell them.

    `above` stands above it in the same thread; `others` is how many more the page tells.
    """

    key: PostKey
    seen: tuple[Seen, ...]
    post: Doc
    above: tuple[Doc, ...]
    others: int
    page: Element

    @property
    def is_mine(self) -> Callable[[str], bool]:
        """What tells whether an address is that of the post."""
        return naming(key_of, self.key)

    @property
    def is_withheld(self) -> bool:
        """Whether the data say of the post that it is not to be had."""
        flags = (self.post.at(*way, "is_post_unavailable").boolean for way in ((), ("text_post_app_info",)))
        return any(flag is not None and flag.value for flag in flags)


def sight_of(key: PostKey, seen: tuple[Seen, ...]) -> Sight:
    """Return what is seen of the post."""
    answer = last(seen, PAGE)
    if answer is None or answer.status != 200:
        return Sight(key, seen, Doc(None, 0), (), 0, Element(None, 0))
    threads = [[each.at("post") for each in place.items] for place in holding(scripts(answer, _ITEMS), _ITEMS)]
    mine, above = Doc(None, 0), tuple[Doc, ...]()
    codes: set[str] = set()
    for posts in threads:
        for number, post in enumerate(posts):
            code = post.at("code").id
            if code is not None:
                codes.add(code.value)
            if not mine and code is not None and code.value == key.part("code"):
                mine, above = post, tuple(posts[max(0, number - MAX_ABOVE) : number])
    others = len(codes - {key.part("code")} - {code.value for each in above if (code := each.at("code").id)})
    return Sight(key, seen, mine, above, others, page_in(answer))
