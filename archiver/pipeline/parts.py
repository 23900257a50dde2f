"""What lies behind the exchanges of an item, by the last piece of its address, and what is said of its video."""

import re
from pathlib import Path
from typing import Final

from archiver.canon import Json, dumps
from archiver.model.item import RecordEntry
from archiver.model.media import MediaFile, Taken
from archiver.warc.profile import product_of
from archiver.warc.read import head_of

POST_PART: Final = "post"
VIDEO_PART: Final = "video"
PAGE_PART: Final = "requisites"
INFO_PART: Final = "page-info"
VIDEO_SCHEMA: Final = "archiver-video/1"

_PART = re.compile("[a-z][a-z0-9-]{0,39}")


def video_part(file: MediaFile) -> str:
    """Return the part under which a file is kept that was put together."""
    return f"{VIDEO_PART}-{file.name.rpartition('-')[2]}"


def part_of(path: Path, record: RecordEntry) -> str:
    """Return the last piece of the address of a record of ours, "" for one that cannot be such a piece.

    Of what a browser made of a page it is the part that its address stands for (`archiver.warc.profile.PRODUCTS`).
    Raises `CaseError` where the record cannot be read.
    """
    uri = head_of(path, record.offset, record.length).uri
    part = product_of(uri) or uri.rpartition(":")[2]
    return part if _PART.fullmatch(part) else ""


def resource_of(path: Path, records: tuple[RecordEntry, ...], part: str) -> RecordEntry | None:
    """Return the resource with this part in the WARC at `path`, None where there is none. Raises as `part_of`."""
    resources = (record for record in records if record.type == "resource")
    return next((record for record in resources if part_of(path, record) == part), None)


def video_document(media: Taken, records: tuple[str, ...]) -> bytes:
    """Return the JSON that says what the program for media did (docs/spec/media.md §4).

    `records` are the ids of the response records of the item's exchanges, "" for none.
    """

    def record(number: int) -> str:
        return records[number - 1] if 0 < number <= len(records) else ""

    files: list[Json] = [
        {
            "name": file.name,
            "kind": file.kind,
            "media_type": file.media_type,
            "size": file.size,
            "sha256": file.sha256,
            "how": file.how,
            "made_from": [
                {"exchange": piece.exchange, "record": record(piece.exchange), "at": piece.at, "size": piece.size}
                for piece in file.pieces
            ],
            "merged_from": list(file.of),
            "by": file.by,
            "format": file.format,
            "language": file.language,
            "kept": video_part(file) if file.blob is not None else None,
        }
        for file in media.files
    ]
    software = media.software
    return dumps(
        {
            "schema": VIDEO_SCHEMA,
            "url": media.url,
            "program": {"name": software.name, "version": software.version, "sha256": software.sha256},
            "options": media.options,
            "videos": [
                {"id": each.id, "title": each.title, "extractor": each.extractor, "files": list(each.files)}
                for each in media.videos
            ],
            "files": files,
            "short": list(media.short),
            "refused": list(media.refused),
            "told": list(media.told),
        }
    )
