"""What X draws below a text: polls, previews of pages, and the notes that readers add to a post."""

import re
from typing import Final

from archiver.model.post import Choice, Count, Found, Media, Poll, Rendition
from archiver.platforms.files import Files
from archiver.platforms.moments import rfc3339
from archiver.platforms.reading import Doc
from archiver.platforms.x.media import file

MAX_CHOICES: Final = 10  # X allows four

_POLL = re.compile(r"(?:[0-9]{1,20}:)?poll[0-9]choice_[a-z_]{1,20}")
_THUMBS: Final = (
    "thumbnail_image_original", "photo_image_full_size_original", "summary_photo_image_original",
    "player_image_original", "thumbnail_image", "player_image",
)  # fmt: skip


def poll_of(card: Doc) -> Poll | None:
    """Return the poll in a card, None where it is another kind of card. A choice without a number has no votes told."""
    if not _is_poll(card):
        return None
    bound = _bindings(card)
    choices: list[Choice] = []
    for number in range(1, MAX_CHOICES + 1):
        label = _text(bound, f"choice{number}_label")
        votes = _at(bound, f"choice{number}_count", "string_value").integer
        if label is not None:
            choices.append(Choice(label, Count("votes", votes) if votes is not None and votes.value >= 0 else None))
    return Poll(choices=tuple(choices), end_time=rfc3339(_text(bound, "end_datetime_utc"))) if choices else None


def poll_by_api(poll: Doc) -> Poll | None:
    """Return a poll as the API v2 tells it."""
    choices: list[Choice] = []
    for option in poll.at("options").items[:MAX_CHOICES]:
        label, votes = option.at("label").text, option.at("votes").integer
        if label is not None:
            choices.append(Choice(label, Count("votes", votes) if votes is not None and votes.value >= 0 else None))
    return Poll(choices=tuple(choices), end_time=rfc3339(poll.at("end_datetime").words)) if choices else None


def link_of(card: Doc, files: Files | None) -> tuple[Media, ...]:
    """Return the preview of a page, of a player or of whatever else a card shows; none for a poll."""
    name = card.at("name").words
    if name is None or _is_poll(card):
        return ()
    bound = _bindings(card)
    url = _text(bound, "card_url") or card.at("url").words
    pictures = (_at(bound, each, "image_value").at("url").words for each in _THUMBS)
    picture = next((each for each in pictures if each is not None), None)
    renditions: tuple[Rendition, ...] = (file(files, picture, "thumb"),) if picture is not None else ()
    return (
        Media(
            "Link",
            name,
            name=_text(bound, "title"),
            description=_text(bound, "description"),
            url=url,
            renditions=renditions,
        ),
    )


def note_of(tweet: Doc) -> tuple[Media, ...]:
    """Return the note that readers have added to a post: its words, and the address of the note."""
    pivot = tweet.at("birdwatch_pivot")
    number, words = pivot.at("note", "rest_id").id, pivot.at("subtitle", "text").words
    if number is None and words is None:
        return ()
    kind = Found("birdwatch_pivot", pivot.exchange, pivot.pointer)
    return (Media("Link", kind, number, pivot.at("title").words, words, pivot.at("destinationUrl").words),)


def _is_poll(card: Doc) -> bool:
    name = card.at("name").words
    return name is not None and _POLL.fullmatch(name.value[:100]) is not None


def _bindings(card: Doc) -> dict[str, Doc]:
    """Return the values of a card by their names: a list of pairs in GraphQL, an object in the syndication."""
    bound = card.at("binding_values")
    found = {name.value: each.at("value") for each in bound.items if (name := each.at("key").words) is not None}
    return found or dict(bound.members)


def _at(bound: dict[str, Doc], name: str, member: str) -> Doc:
    return bound[name].at(member) if name in bound else Doc(None, 0)


def _text(bound: dict[str, Doc], name: str) -> Found[str] | None:
    return _at(bound, name, "string_value").words
