"""The post that the answers make, with what was asked for beside the page."""

from dataclasses import replace

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Extracted, Found
from archiver.platforms.page.files import Files
from archiver.platforms.page.reading import read


def extracted_from(key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
    """Return what the answers tell; no post where the page tells nothing of itself, or was not shown."""
    found = read(seen)
    post = found.post
    if post is None or found.page is None:
        return Extracted(None)
    if post.url is None:
        post = replace(post, url=Found(found.page.url, found.page.number, ""))
    return Extracted(Files.of(seen).placed(post), missing=found.missing, warnings=found.warnings)
