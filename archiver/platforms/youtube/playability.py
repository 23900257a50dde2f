"""How a video stands by an answer of the player: its status, which is a code, and what stands beside it.

The sentences in it (`reason`, `messages`) are in the language of the request, and decide nothing. Where two cases
differ in their sentences alone, the state is the one that holds for both.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from archiver.model.platform import Standing, State
from archiver.platforms.places import host_of
from archiver.platforms.reading import Doc
from archiver.platforms.youtube.answers import Answers, about, of_youtube
from archiver.platforms.youtube.words import link

_AGE: Final = frozenset({"AGE_CHECK_REQUIRED", "AGE_VERIFICATION_REQUIRED"})
_REFUSED: Final = frozenset({"LOGIN_REQUIRED", "UNPLAYABLE"})
_HELP_FOR_BOTS: Final = "/youtube/answer/3037019"  # what the button "learn more" of the test for bots leads to
_HELP_FOR_AGE: Final = "/youtube/answer/2802167"
_MEMBERS: Final = "sponsors_only_video"
_LINE = re.compile(rb"[A-Za-z .]{1,100}\s?")
_UNKNOWN_CARD: Final = frozenset({400, 404})
_MAX_LINKS: Final = 20


def verdict(video: str, where: str, player: Doc, answers: Answers) -> Standing | None:
    """Return how the video stands by what the player was answered, None where it was answered nothing."""
    status = player.at("playabilityStatus", "status").words
    if status is None:
        return None

    def stands(state: State, what: str) -> Standing:
        return Standing(state, f"youtube.{where}.{what}", player.exchange)

    if about(player) not in ("", video):
        return stands("unavailable_unknown", "other-video")
    said = player.at("playabilityStatus")
    screen = said.at("errorScreen")
    if status.value == "OK":
        return stands("available", "ok") if about(player) else stands("unavailable_unknown", "ok-without-video")
    if screen.at("playerCaptchaViewModel") or screen.at("playerErrorMessageRenderer", "playerCaptchaViewModel"):
        return stands("challenge", "captcha")
    if status.value in _AGE:
        return stands("age_gated", "age-check")
    if status.value in _REFUSED and (said.at("desktopLegacyAgeGateReason") or _leads_to(screen, _HELP_FOR_AGE)):
        return stands("age_gated", "age-gate")
    if status.value == "LIVE_STREAM_OFFLINE":
        shown = player.at("videoDetails", "title").words is not None
        return stands("available" if shown else "unavailable_unknown", "live-stream-offline")
    if status.value == "CONTENT_CHECK_REQUIRED":
        return stands("needs_browser", "content-check")
    if (private := player.at("videoDetails", "isPrivate").boolean) is not None and private.value:
        return stands("private", "is-private")
    if status.value == "LOGIN_REQUIRED":
        if _leads_to(screen, _HELP_FOR_BOTS):
            return stands("challenge", "bot-check")
        closed = _card_forbidden(answers)
        return stands("private", "login-and-oembed-forbidden") if closed else stands("login_required", "login-required")
    if status.value == "UNPLAYABLE":
        return _unplayable(player, screen, answers, where)
    if status.value == "ERROR":
        card = answers.last("oembed")
        gone = card is not None and card.status in _UNKNOWN_CARD
        return stands("not_found", "error-and-oembed-too") if gone else stands("unavailable_unknown", "error")
    return stands("unavailable_unknown", "other-status")


def countries(player: Doc) -> tuple[str, ...]:
    """Return where the video is shown, as far as that is told."""
    told = player.at("microformat", "playerMicroformatRenderer", "availableCountries").items[:400]
    return tuple(found.value for each in told if (found := each.words) is not None)


def reason(player: Doc) -> str:
    """Return YouTube's own sentence for why a video is not played, cut; for people."""
    found = player.at("playabilityStatus", "reason").words
    return " ".join(found.value[:300].split()) if found is not None else ""


def _unplayable(player: Doc, screen: Doc, answers: Answers, where: str) -> Standing:
    number = player.exchange
    offer = screen.at("playerLegacyDesktopYpcOfferRenderer")
    if offer or screen.at("playerLegacyDesktopYpcTrailerRenderer"):
        told = offer.at("offerId").words
        if told is not None and told.value == _MEMBERS:
            return Standing("private", f"youtube.{where}.members-only", number)
        return Standing("login_required", f"youtube.{where}.offer", number)
    shown_in = countries(player)
    if shown_in and answers.country is not None and answers.country.value not in shown_in:
        return Standing("geo_blocked", f"youtube.{where}.available-countries", number)
    return Standing("unavailable_unknown", f"youtube.{where}.unplayable", number)


def _card_forbidden(answers: Answers) -> bool:
    """Return whether oEmbed keeps the card back: a status, or since 2020 also a line of plain text in its place."""
    card = answers.last("oembed")
    if card is None or card.status == 403:
        return card is not None
    return card.status == 200 and card.whole and of_youtube(card.url) and bool(_LINE.fullmatch(card.body))


def _leads_to(screen: Doc, page: str) -> bool:
    return any(
        host_of(url) == "support.google.com" and urlsplit(url).path.rstrip("/") == page for url in _links(screen)
    )


def _links(screen: Doc) -> Iterator[str]:
    """Yield where the links of an error lead."""
    shown = screen.at("playerErrorMessageRenderer")
    described = screen.at("playerInterstitialRenderer", "content", "interstitialViewModel", "description")
    ends = [
        *(each.at("navigationEndpoint") for name in ("reason", "subreason") for each in shown.at(name, "runs").items),
        *(each.at("onTap", "innertubeCommand") for each in described.at("commandRuns").items),
    ]
    for each in ends[:_MAX_LINKS]:
        if (found := link(each)) is not None:
            yield found.value
