"""The last steps of every item: WARC on disk, then the event, then the word that it is done."""

import platform
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from archiver import canon
from archiver.custody.events import Body
from archiver.custody.log import Event
from archiver.custody.shelf import Shelf
from archiver.model.exchange import Blob, Exchange
from archiver.model.item import ItemWarc, Resource
from archiver.model.media import Taken
from archiver.pipeline.outcome import outcome_event
from archiver.pipeline.parts import PAGE_PART, POST_PART, VIDEO_PART, video_document, video_part
from archiver.runtime import Runtime
from archiver.warc.profile import JSON
from archiver.warc.records import draw_ids
from archiver.warc.write import write_records

MakesPost = Callable[[tuple[Exchange, ...], tuple[str, ...]], bytes]
"""Given the exchanges of an item and the ids of their response records, "" for none; b"" where there is nothing."""


def stored(
    shelf: Shelf,
    requested: Event,
    summary: Mapping[str, Any],
    *,
    exchanges: tuple[Exchange, ...],
    runtime: Runtime,
    resources: tuple[Resource, ...] = (),
    post: MakesPost | None = None,
    page: MakesPost | None = None,
    media: Taken | None = None,
) -> Body:
    """Write the WARC of the item, durably, and return the outcome that is to be appended. Any thread may call this.

    What is private in the exchanges has to be kept already. Title and language are read from the finished file, never
    before it is durable. `post` makes what is kept beside the exchanges of a post, of their answers that are durable;
    `page` what is said of the needs of a page; `media` is what the program for media put together of them.
    """
    created_at = runtime.clock.now()
    made: dict[str, Callable[[tuple[str, ...]], bytes]] = {}  # by part: of the ids of the response records
    if post is not None:
        made[POST_PART] = partial(post, exchanges)
    if page is not None:
        made[PAGE_PART] = partial(page, exchanges)
    if media is not None:
        made[VIDEO_PART] = partial(video_document, media)
        resources += tuple(
            Resource(video_part(file), file.media_type, created_at, file.blob)
            for file in media.files
            if file.blob is not None
        )
    resources += tuple(Resource(part, JSON, created_at, Blob(0, "")) for part in made)
    ids = draw_ids(exchanges, resources, runtime.ids)
    answers = tuple(each.response or "" for each in ids.exchanges)
    blobs = {part: _blob(make(answers)) for part, make in made.items()}
    kept = [
        (replace(each, blob=blobs.get(each.part, each.blob)), record)
        for each, record in zip(resources, ids.resources, strict=True)
        if each.part not in made or blobs[each.part].size
    ]
    resources, ids = tuple(each for each, _ in kept), replace(ids, resources=tuple(record for _, record in kept))
    warc = ItemWarc(
        case=requested.case,
        item=requested.data["item"],
        created_at=created_at,
        info=_info(requested, summary["requested_sha256"]),
        exchanges=exchanges,
        resources=resources,
        summary=canon.dumps(dict(summary)),
    )
    file, records = shelf.put_warc(warc.item, lambda out: write_records(out, warc, ids))
    return outcome_event(summary, shelf.path / file.path, file, records)


def _blob(data: bytes) -> Blob:
    return Blob(len(data), canon.sha256_hex(data), data)


def _info(requested: Event, log_head: str) -> tuple[tuple[str, str], ...]:
    return (
        ("operator", _printable(requested.actor)),
        ("python", platform.python_version()),
        ("openssl", ssl.OPENSSL_VERSION),
        ("log-line", str(requested.seq)),
        ("log-head", log_head),
        ("settings-sha256", requested.data["settings_sha256"]),
    )


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
