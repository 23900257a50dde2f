"""`archiver platforms check`: does an adapter still understand its platform? Tried on posts that somebody names."""

import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from archiver import canon
from archiver.cli.facts import members, objects, text
from archiver.cli.items import STATES
from archiver.cli.posting import readied
from archiver.cli.screen import Field, Tone
from archiver.cli.tools import Tools
from archiver.errors import ExitCode, UsageError
from archiver.model.address import Address
from archiver.pipeline.attempt import Attempt
from archiver.pipeline.options import CaptureOptions, case_options


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one post: the normalised form, and how many exchanges it took."""

    url: str
    post: dict[str, Any]
    exchanges: int

    @property
    def available(self) -> bool:
        """Whether the platform showed it."""
        return text(members(self.post, "standing"), "state") == "available"

    @property
    def fields(self) -> tuple[str, ...]:
        """The members of the post that the platform told, by name."""
        told = (name.split("/")[2] for name in members(self.post, "sources") if name.startswith("/post/"))
        return tuple(sorted(set(told)))


def check(tools: Tools, urls: list[str], case: str | None) -> ExitCode:
    """Ask for each post as a capture would, say what came of it, and keep nothing.

    `case` is the one whose route and policy count; nothing is written to it. Exit code 6 where one was not shown.
    """
    if not urls:
        raise UsageError(
            "usage", "check: no address was given", "archiver platforms check https://… asks for that post"
        )
    folder = tools.case(case) if case is not None else None
    addresses = [Address.parse(url) for url in urls]
    options = case_options(folder) if folder is not None else CaptureOptions()
    options = readied(tools, folder, ((address, "") for address in addresses), options)
    code, tried = ExitCode.OK, []
    with tools.halt.patiently():
        for address in addresses:
            found = _tried(tools, address, options)
            tried.append(found)
            code = code if found.available else ExitCode.PARTLY_PRESERVED
            if not tools.screen.json:
                tools.screen.fields(_fields(found))
    if tools.screen.json:
        posts = [
            {"url": each.url, "exchanges": each.exchanges, "fields": list(each.fields), "normalised": each.post}
            for each in tried
        ]
        tools.screen.document({"schema": "archiver-platforms-check/1", "posts": posts, "exit_code": int(code)})
    return code


def _tried(tools: Tools, address: Address, options: CaptureOptions) -> Tried:
    with tempfile.TemporaryDirectory(prefix="archiver-") as spool:
        numbers = count()
        paths = (Path(spool) / f"answer-{number}" for number in numbers)
        attempt = Attempt.prepared(address, options, spool=lambda: next(paths), runtime=tools.runtime)
        if attempt.plan is None:
            why = f"address {address.submitted[:200]!r}: no adapter knows it"
            raise UsageError("adapter", why, "archiver platforms lists them")
        tools.screen.say(f"asking {attempt.plan.subject.adapter.about.title} for {address.submitted}")
        hops = attempt.hops(runtime=tools.runtime, stop=tools.halt)
        make = attempt.makes_post(hops)
        data = make(hops.exchanges, ("",) * len(hops.exchanges)) if make is not None else b"{}"
        post = canon.loads(data)
    return Tried(address.submitted, post if isinstance(post, dict) else {}, len(hops.exchanges))


def _fields(tried: Tried) -> tuple[Field, ...]:
    standing = members(tried.post, "standing")
    state = text(standing, "state")
    return (
        Field("address", tried.url),
        Field("post", text(tried.post, "key")),
        Field(
            "state",
            f"{state}: {STATES.get(state, '')} ({text(standing, 'rule')})",
            Tone.GOOD if tried.available else Tone.CAUTION,
        ),
        Field("told", ", ".join(tried.fields) or "nothing"),
        *(
            Field("missing", f"{text(each, 'what')}: {text(each, 'why')}")
            for each in objects(tried.post, "missing")[:20]
        ),
        Field("exchanges", str(tried.exchanges)),
    )
