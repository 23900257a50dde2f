"""What is gathered beside a post while it is read: what is missing, and what does not fit together."""

from dataclasses import dataclass, field

from archiver.model.post import Found, Missing, Post


@dataclass(slots=True)
class Notes:
    """Missing things and warnings, each once, in the order in which they were found."""

    missing: dict[Missing, None] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)

    def lacks(self, what: str, why: str, exchange: int = 0) -> None:
        """Take note of what the post has and the item has not."""
        self.missing[Missing(what, why, exchange)] = None

    def warns(self, words: str) -> None:
        """Take note of what does not fit together."""
        self.warnings[words] = None


@dataclass(frozen=True, slots=True)
class Told:
    """A post as one answer tells it. `where` names the answer, in words; `cut` says that its text goes on elsewhere.

    `versions` are the numbers of all versions of the post, the first one first, as far as this answer tells them.
    """

    post: Post
    where: str
    exchange: int
    cut: bool = False
    versions: tuple[Found[str], ...] = ()
