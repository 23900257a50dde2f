"""The section policy.posts of case.yaml (docs/spec/case-yaml.md §4): which platforms are asked, and for how much."""

import re
from dataclasses import dataclass
from typing import Final

from archiver.config.section import Section
from archiver.config.yaml import Node, refusal, shown

MAX_REPLIES: Final = 10_000
MAX_DEPTH: Final = 20
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")

_KEYS = ("use", "contact", "adapters", "replies", "depth", "media", "pages")


@dataclass(frozen=True, slots=True)
class Posts:
    """How posts are asked for. `use` is "auto" or "none": then every address is a page.

    `contact` names the platforms that may be asked although opponents of the case may see it; `adapters` those of other
    packages that may run. Of the answers of other people at most `replies` are asked for, `depth` deep at most.
    With `pages`, what a page tells of itself is kept beside it in the form of a post; None: of a page that was captured
    by itself, not of those in a batch.
    """

    use: str = "auto"
    contact: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()
    replies: int = 0
    depth: int = 1
    media: bool = False
    pages: bool | None = None


def parse(node: Node | None, name: str) -> Posts:
    """Return what `node` says, the defaults for None. Raises `ConfigError` with line and column."""
    section = Section(node, "posts", _KEYS, name)
    use = section.text("use", "auto")
    if use not in {"auto", "none"}:
        raise section.bad("use", "use is auto or none")
    usual = Posts()
    return Posts(
        use=use,
        contact=_names(section, "contact", name),
        adapters=_names(section, "adapters", name),
        replies=section.whole("replies", usual.replies, 0, MAX_REPLIES),
        depth=section.whole("depth", usual.depth, 1, MAX_DEPTH),
        media=section.truth("media"),
        pages=section.truth("pages") if "pages" in section.members else None,
    )


def _names(section: Section, key: str, name: str) -> tuple[str, ...]:
    items = section.texts(key)
    for item in items:
        if NAME.fullmatch(item.text) is None:
            raise refusal(
                name, item.line, item.column, f"{shown(item.text)} is not the name of a platform", "for example vk"
            )
    return tuple(item.text for item in items)
