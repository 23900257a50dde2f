"""What a text points at: mentions, links, hashtags. Their places are counted in bytes of UTF-8, not in characters."""

from collections.abc import Iterator
from typing import Final

from archiver.model.post import Found, Tag
from archiver.platforms.reading import Doc

_MAX_TAGS: Final = 500  # of one post; a text has 3,000 bytes


def tags_of(record: Doc, warnings: list[str]) -> tuple[Tag, ...]:
    """Return what the text of a record points at, in order; what points beside the text is named in `warnings`.

    The name of a tag is the text as it is shown, which may say something else than where it leads.
    """
    text = record.at("text").text
    data = text.value.encode("utf-8") if text else b""
    found: list[Tag] = []
    for facet in record.at("facets").items[:_MAX_TAGS]:
        if len(found) >= _MAX_TAGS:
            break
        shown = _slice(facet.at("index"), data)
        features = tuple(_tags(facet, shown))
        if features and shown is None:
            warnings.append(f"a mention, link or hashtag points beside the text ({facet.pointer})")
        found += features
    for tag in record.at("tags").items[:_MAX_TAGS]:
        if (name := tag.words) is not None:
            found.append(Tag("Hashtag", name))
    return tuple(found[:_MAX_TAGS])


def _tags(facet: Doc, shown: Found[str] | None) -> Iterator[Tag]:
    for feature in facet.at("features").items[:_MAX_TAGS]:
        if (did := feature.at("did").words) is not None:
            yield Tag("Mention", shown, did)
        elif (uri := feature.at("uri").words) is not None:
            yield Tag("Link", shown, uri)
        elif (tag := feature.at("tag").words) is not None:
            yield Tag("Hashtag", tag)


def _slice(index: Doc, data: bytes) -> Found[str] | None:
    start, end = index.at("byteStart").integer, index.at("byteEnd").integer
    if start is None or end is None or not 0 <= start.value < end.value <= len(data):
        return None
    try:
        return Found(data[start.value : end.value].decode("utf-8"), index.exchange, index.pointer)
    except UnicodeDecodeError:
        return None
