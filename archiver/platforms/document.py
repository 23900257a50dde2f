"""A post as the JSON that is kept beside its exchanges (docs/spec/post.md), and where each of its values is from."""

import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Final

from archiver.canon import Json, dumps
from archiver.model.platform import About, PostKey, Seen, Standing
from archiver.model.post import Extracted, Found

SCHEMA: Final = "archiver-post/1"

_HUMP = re.compile(r"_([a-z])")


def document(
    key: PostKey, about: About, submitted: str, standing: Standing, extracted: Extracted, seen: Sequence[Seen]
) -> bytes:
    """Return the canonical JSON of a post: a function of its arguments, with the record that each value came from."""
    sources: dict[str, Json] = {}
    record_of = {each.number: each.record for each in seen}

    def rendered(value: object, pointer: str) -> Json:
        if isinstance(value, Found):
            sources[pointer] = {"exchange": value.exchange, "record": record_of.get(value.exchange, ""), "at": value.at}
            found: Json = value.value
            return found
        if is_dataclass(value):
            members: dict[str, Json] = {}
            for each in fields(value):
                member = getattr(value, each.name)
                if member is not None and member != () and member != "":
                    name = _HUMP.sub(lambda match: match[1].upper(), each.name)
                    members[name] = rendered(member, f"{pointer}/{name}")
            return members
        if isinstance(value, tuple):
            return [rendered(item, f"{pointer}/{number}") for number, item in enumerate(value)]
        return value if isinstance(value, str | int) else None

    data: dict[str, Json] = {
        "schema": SCHEMA,
        "platform": key.platform,
        "key": key.id,
        "kind": key.kind,
        "submitted": submitted,
        "adapter": {"name": about.name, "version": about.version},
        "standing": {
            "state": standing.state,
            "rule": standing.rule,
            "exchange": standing.exchange,
            "record": record_of.get(standing.exchange, ""),
        },
        "post": rendered(extracted.post, "/post"),
        "idTime": rendered(extracted.id_time, "/idTime"),
        "missing": rendered(extracted.missing, "/missing"),
        "warnings": list(extracted.warnings),
        "checks": [
            {
                "name": each.name,
                "sound": each.sound,
                "words": each.words,
                "exchange": each.exchange,
                "record": record_of.get(each.exchange, ""),
            }
            for each in extracted.checks
        ],
    }
    return dumps(data | {"sources": sources})
