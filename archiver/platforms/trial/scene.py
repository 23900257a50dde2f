"""A post that the author of an adapter knows: its address, what is answered, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from archiver.model.platform import Access, State
from archiver.platforms.trial.play import Answer, Answers


@dataclass(frozen=True, slots=True)
class Example:
    """A post that the author of an adapter knows.

    `answers` is by target, or by the beginning of its address; what has none is a failure of the connection. `state` is
    how the post then stands, asked with `access`. `also` are other addresses of the same post.
    """

    url: str
    answers: Answers | Mapping[str, Answer]
    state: State = "available"
    access: Access = field(default_factory=Access)
    also: tuple[str, ...] = ()
