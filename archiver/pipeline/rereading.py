"""What was read from the answers of an item, as it was kept, and as the same answers give it now."""

from pathlib import Path
from typing import Any

from archiver import canon
from archiver.canon import Json
from archiver.custody.log import Event
from archiver.custody.state import OUTCOMES
from archiver.errors import CaseError, UsageError
from archiver.model.address import Address
from archiver.model.item import RecordEntry
from archiver.model.platform import Seen
from archiver.pipeline.options import case_options
from archiver.pipeline.outcome import page_facts, post_facts
from archiver.pipeline.parts import INFO_PART, PAGE_PART, POST_PART, VIDEO_PART, resource_of
from archiver.pipeline.posts import document_of, page_document
from archiver.pipeline.seeing import stored
from archiver.pipeline.view import block_of, evidence_of, item_history, outcome_of, records_of
from archiver.platforms.registry import subject_of
from archiver.requisites.values import ROLE


def reextract(path: Path, item: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the log says was read from the answers (title, language, media type), and what is read from them now.

    Where a normalised post was kept, `post_sha256` is its hash, and the hash of the one that the same exchanges give
    now; `page_sha256` is that of what is said of the needs of a page. Raises as `view.extract` does.
    """
    outcome = outcome_of(path, item)
    if outcome.event == "item.imported" or not records_of(outcome):
        raise UsageError("item", f"item {item}: there is no answer to read again", "archiver show says what happened")
    warc, records, post = evidence_of(path, outcome), records_of(outcome), outcome.data.get("post")
    page = outcome.data.get("page")
    number = page["exchange"] if page is not None else None
    again = page_facts(warc, records, number) if post is None else post_facts(warc, records, post["exchange"])
    then = {name: outcome.data.get(name) for name in again}
    if resource_of(warc, records, POST_PART) is not None:
        kept, made = reextract_post(path, item)
        then, again = then | {"post_sha256": canon.sha256_hex(kept)}, again | {"post_sha256": canon.sha256_hex(made)}
    if (account := resource_of(warc, records, PAGE_PART)) is not None:
        from archiver.pipeline.page import account_again

        told, document = b"".join(block_of(warc, account)), _document(warc, account, item, PAGE_PART)
        made = account_again(document if isinstance(document, dict) else {}, _seen(warc, outcome))
        then = then | {"page_sha256": canon.sha256_hex(told)}
        again = again | {"page_sha256": canon.sha256_hex(made)}
    return then, again


def reextract_post(path: Path, item: int) -> tuple[bytes, bytes]:
    """Return the post that was kept with `item`, and the one that its exchanges give now: the same bytes, as a rule.

    Raises `UsageError` where none was kept or its adapter is not here, otherwise as `view.extract` does.
    """
    outcome = outcome_of(path, item)
    known, warc = outcome.data.get("post"), evidence_of(path, outcome)
    kept = resource_of(warc, records_of(outcome), POST_PART)
    if kept is None:
        raise UsageError("item", f"item {item}: there is no post to read again", "archiver show says what was kept")
    then, seen = b"".join(block_of(warc, kept)), _seen(warc, outcome)
    address = Address.parse(str(outcome.data["url"]))
    if known is None:
        return then, page_document(address, _own(seen))
    subject = subject_of(address, str(known["platform"]), case_options(path).posts.extra)
    if subject is None:
        raise UsageError("item", f"item {item}: its adapter does not know this address any more")
    return then, document_of(subject.adapter, subject.key, address.submitted, seen)


def normalised(path: Path, item: int) -> tuple[Json, bool]:
    """Return the normalised post of `item` (docs/spec/post.md), None for none, and whether it was kept with the item.

    Where a page was captured without one, what it tells of itself is read now. Where the bytes went there is none.
    Raises as `view.item_history`, and `CaseError` for what cannot be read.
    """
    outcome = _readable(path, item)
    if outcome is None:
        return None, False
    warc = evidence_of(path, outcome)
    kept = resource_of(warc, records_of(outcome), POST_PART)
    if kept is not None:
        return _document(warc, kept, item, POST_PART), True
    if "post" in outcome.data:
        return None, False
    data = page_document(Address.parse(str(outcome.data["url"])), _own(_seen(warc, outcome)))
    return (canon.loads(data) if data else None), False


def video_of(path: Path, item: int) -> Json:
    """Return what was put together of the video of `item` (docs/spec/media.md §4), None where nothing was.

    Raises as `normalised`.
    """
    return _kept(path, item, VIDEO_PART)


def page_of(path: Path, item: int) -> Json:
    """Return what is said of the needs of the page that `item` is (docs/spec/page-requisites.md §7), None for none.

    Raises as `normalised`.
    """
    return _kept(path, item, PAGE_PART)


def page_info_of(path: Path, item: int) -> Json:
    """Return what a browser told of the page that `item` is (docs/spec/browser.md §6), None for none.

    Raises as `normalised`.
    """
    return _kept(path, item, INFO_PART)


def _kept(path: Path, item: int, part: str) -> Json:
    outcome = _readable(path, item)
    if outcome is None:
        return None
    warc = evidence_of(path, outcome)
    kept = resource_of(warc, records_of(outcome), part)
    return _document(warc, kept, item, part) if kept is not None else None


def _own(seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """Return what was seen of the page itself."""
    return tuple(each for each in seen if not each.role.startswith(ROLE))


def _readable(path: Path, item: int) -> Event | None:
    """Return the outcome of an item whose answers are here to be read, None for any other."""
    history = item_history(path, item)
    outcome = next((event for event in history if event.event in OUTCOMES), None)
    if outcome is None or outcome.event == "item.imported" or not records_of(outcome):
        return None
    return None if any(event.event == "item.withheld" for event in history) else outcome


def _document(warc: Path, kept: RecordEntry, item: int, part: str) -> Json:
    try:
        return canon.loads(b"".join(block_of(warc, kept)))
    except canon.NotCanonical as exc:
        why = f"item {item}: its {part} cannot be read: {exc}"
        raise CaseError("damaged", why, "archiver verify says more") from exc


def _seen(warc: Path, outcome: Event) -> tuple[Seen, ...]:
    """Return what an adapter sees of the last try of an item."""
    first = sum((outcome.data.get("tries") or [])[:-1]) + 1
    try:
        return tuple(stored(records_of(outcome), lambda record: block_of(warc, record), first))
    except canon.NotCanonical as exc:
        why = f"item {outcome.data['item']}: an exchange cannot be read: {exc}"
        raise CaseError("damaged", why, "archiver verify says more") from exc
