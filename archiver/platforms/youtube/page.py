"""What stands around a video on its page: numbers, links, the place, the badge; and its marks for other sites."""

from archiver.model.post import Count, Found, Place, Tag
from archiver.platforms.html import Element
from archiver.platforms.reading import Doc
from archiver.platforms.scripts import linked_data
from archiver.platforms.youtube.values import linked, verified
from archiver.platforms.youtube.words import count, words

_CONTENTS = ("contents", "twoColumnWatchNextResults", "results", "results", "contents")


def likes(data: Doc) -> tuple[Count, ...]:
    """Return how many like a video: the number for a button that was not pressed, else the words on it."""
    buttons = [
        each.at("segmentedLikeDislikeButtonViewModel")
        for each in _part(data, "videoPrimaryInfoRenderer")
        .at("videoActions", "menuRenderer", "topLevelButtons")
        .items[:20]
    ]
    updates = data.at("frameworkUpdates", "entityBatchUpdate", "mutations").items
    entities = [each.at("payload", "likeCountEntity") for each in updates]
    entities += [each.at("likeCountEntity") for each in buttons]
    told = [each.at("likeCountIfIndifferentNumber") for each in entities]
    path = ("toggleButtonViewModel", "toggleButtonViewModel", "defaultButtonViewModel", "buttonViewModel", "title")
    told += [each.at("likeButtonViewModel", "likeButtonViewModel", *path) for each in buttons]
    return count("likes", *(each for each in told if each))


def comments(data: Doc) -> tuple[Count, ...]:
    """Return how many comments there are, as the head of their list says."""
    for each in data.at("engagementPanels").items[:100]:
        panel = each.at("engagementPanelSectionListRenderer")
        name = panel.at("panelIdentifier").words
        if name is not None and name.value == "engagement-panel-comments-section":
            return count("replies", panel.at("header", "engagementPanelTitleHeaderRenderer", "contextualInfo"))
    return ()


def links(data: Doc) -> tuple[Tag, ...]:
    """Return the links in the text below a video."""
    return linked(_part(data, "videoSecondaryInfoRenderer").at("attributedDescription"))


def badge(data: Doc) -> Found[bool] | None:
    """Return that YouTube vouches for the channel."""
    return verified(_part(data, "videoSecondaryInfoRenderer").at("owner", "videoOwnerRenderer", "badges"))


def place(data: Doc) -> Place | None:
    """Return where the uploader says that a video was made."""
    primary = _part(data, "videoPrimaryInfoRenderer")
    sign = primary.at("superTitleIcon", "iconType").words
    name = words(primary.at("superTitleLink"))
    return Place(name=name) if name is not None and sign is not None and sign.value == "LOCATION_PIN" else None


def mark(page: Element, video: str, name: str) -> Found[str] | None:
    """Return what a page tells search engines of the video in a property of schema.org, None where it is another's."""
    element = page.first(f'meta[itemprop="{name}"]').attribute("content")
    known = (page.first(f'meta[itemprop="{each}"]').attribute("content") for each in ("identifier", "videoId"))
    if element is not None and any(each is not None and each.value == video for each in known):
        return element
    for whole in linked_data(page):
        for each in (whole, *whole.items[:10], *whole.at("@graph").items[:20]):
            kind, where = each.at("@type").words, each.at("embedUrl").words or each.at("url").words
            if kind is not None and kind.value == "VideoObject" and where is not None and video in where.value:
                return each.at(name).words
    return None


def _part(data: Doc, name: str) -> Doc:
    found = (each.at(name) for each in data.at(*_CONTENTS).items[:50])
    return next((each for each in found if each), Doc(None, data.exchange))
