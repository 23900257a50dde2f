"""A small platform and its adapter, as another package would bring it: a notice board with an interface in JSON."""

import re
from dataclasses import dataclass

from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Actor, Content, Count, Extracted, Media, Missing, Post, Rendition
from archiver.platforms.moments import unix
from archiver.platforms.reading import json_in

_PATH = re.compile(r"/notices/([0-9]+)")


@dataclass(frozen=True, slots=True)
class Board:
    """The adapter of the notice board; `site` is where it is: scheme, host and port."""

    site: str = "http://board.example"

    @property
    def about(self) -> About:
        return About(
            name="board",
            title="Notice board",
            version="1",
            takes="notices",
            with_token="removed notices",
            cannot="drafts",
            learns="the board learns of each request",
            terms=("public_api",),
            token_variable="ARCHIVER_BOARD_TOKEN",
            spacing=0.0,
        )

    def match(self, address: Address) -> PostKey | None:
        found = _PATH.fullmatch(address.target)
        site = f"{address.scheme}://{address.netloc}"
        return PostKey("board", f"board:{found[1]}", "notice", (("id", found[1]), ("site", site))) if found else None

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        api = f"{key.part('site')}/api/{key.part('id')}"
        headers = (("Accept", "application/json"),)
        return (Target("notice", api, "POST", headers, b"fields=all", authorized=access.token),)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        picture = json_in(seen[0]).at("picture").words
        if not access.media or picture is None:
            return ()
        return (Target("media", picture.value),)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        notice = _notice(seen)
        if notice is None:
            return Standing("unavailable_unknown", "board.none")
        if notice.status == 401:
            return Standing("needs_token", "board.api.401", notice.number)
        if notice.status == 429:
            return Standing("rate_limited", "board.api.429", notice.number)
        if json_in(notice).at("slow"):
            return Standing("rate_limited", "board.api.slow", notice.number)
        return Standing("available" if json_in(notice).at("text") else "not_found", "board.api.text", notice.number)

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        notice = _notice(seen)
        if notice is None or json_in(notice).value == "explode":
            raise RuntimeError("as somebody else's adapter may")
        said = json_in(notice)
        url = said.at("picture").words
        kept = next((each.number for each in seen if url is not None and each.url == url.value and each.whole), 0)
        picture = (Media("Image", renditions=(Rendition(url, "original", exchange=kept),)),) if url else ()
        post = Post(
            "Note",
            id=said.at("id").id,
            attributed_to=Actor("Person", name=said.at("author").text),
            published=unix(said.at("at").integer),
            content=Content(said.at("text").text, language=said.at("lang").text),
            counts=(Count("likes", said.at("likes").integer),),
            attachment=picture,
        )
        missing = (Missing("the picture", "not asked for"),) if url and not kept else ()
        return Extracted(post if said.at("text") else None, missing=missing)


def _notice(seen: tuple[Seen, ...]) -> Seen | None:
    return next((each for each in reversed(seen) if each.role == "notice" and each.status), None)


ADAPTER = Board()
