"""A cinema on loopback and its adapter, which asks for the video of any address of the site; what came is told."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from casebench import QUICK, Bench
from server import RawServer, http

from archiver.canon import loads
from archiver.custody.log import Event
from archiver.model.address import Address
from archiver.model.platform import About, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Content, Extracted, Found, Media, Post
from archiver.pipeline.options import PostOptions
from archiver.pipeline.parts import resource_of
from archiver.pipeline.view import records_of
from archiver.platforms.video import video_renditions, video_target
from archiver.warc.read import read_block

POSTS = PostOptions(extra=("cinema",), media=True)
PATIENT = replace(QUICK, max_time=60.0)
WAITING = "/film?"


@dataclass(frozen=True, slots=True)
class Cinema:
    """`/film?ADDRESS` is a film whose video is at ADDRESS, of this site where it begins with a slash."""

    @property
    def about(self) -> About:
        return About(
            name="cinema",
            title="Cinema",
            version="1",
            takes="films",
            with_token="nothing more",
            cannot="trailers",
            learns="the cinema learns of each request",
            terms=("public_page",),
            spacing=0.0,
        )

    def match(self, address: Address) -> PostKey | None:
        if not address.target.startswith(WAITING):
            return None
        site, wanted = f"{address.scheme}://{address.netloc}", address.target.removeprefix(WAITING)
        parts = (("site", site), ("video", site + wanted if wanted.startswith("/") else wanted))
        return PostKey("cinema", f"cinema:{wanted}", "film", parts)

    def plan(self, key: PostKey, access: Access) -> tuple[Target, ...]:
        return (Target("film", key.part("site") + "/about"),)

    def more(self, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        return video_target(key.part("video"), access, seen)

    def classify(self, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
        return Standing("available", "cinema.film", 1)

    def extract(self, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
        assert not any(each.body for each in seen if each.role == "video")
        film = Media("Video", renditions=video_renditions(seen))
        return Extracted(Post("Video", content=Content(Found("A film", 1, "")), attachment=(film,)))


ADAPTER = Cinema()


def film(bench: Bench, server: RawServer, wanted: str, *others: RawServer, **changes: Any) -> Event:
    """Capture the film whose video is at `wanted`."""
    server.routes.setdefault("/about", http(b"a film", "Content-Type: text/plain"))
    given: dict[str, Any] = {"posts": POSTS, "limits": PATIENT} | changes
    return bench.capture(server.url(WAITING + wanted), server, *others, **given)


def told(bench: Bench, outcome: Event, part: str = "video") -> Any:
    """What is said of the video of an item."""
    return loads(kept(bench, outcome, part))


def kept(bench: Bench, outcome: Event, part: str) -> bytes:
    """The bytes that are kept under a part of an item."""
    path: Path = bench.path / outcome.data["file"]["path"]
    record = resource_of(path, records_of(outcome), part)
    assert record is not None, json.dumps(outcome.data, ensure_ascii=False)[:3000]
    return b"".join(read_block(path, record.offset, record.length))


def recorded(outcome: Event) -> list[str]:
    """What the record says was asked, in order."""
    return [exchange["url"] for exchange in outcome.data["exchanges"]]


def same_as_seen(outcome: Event, *servers: RawServer) -> bool:
    """Whether what the servers saw is what the record says, each request as often."""
    seen = Counter(
        server.url(request.split(b" ", 2)[1].decode("latin-1")) for server in servers for request in server.requests
    )
    return seen == Counter(recorded(outcome))
