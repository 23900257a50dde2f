"""How a video, a community post and a channel of YouTube stand, and by which rule; and where asking ends."""

from collections.abc import Mapping
from typing import Any

import pytest
from adapterkit import Answer, Played, play
from youtubeanswers import (
    API,
    API_ITEM,
    CARD,
    CARD_OF_CHANNEL,
    CHANNEL,
    FEED,
    FEED_ANSWER,
    HELP,
    ID,
    OEMBED,
    OTHER,
    PAGE,
    PLAYER,
    POST_ID,
    SHOWN,
    SITE,
    WATCH,
    around,
    community,
    details,
    error_screen,
    help_link,
    markup,
    microformat,
    player,
    refused,
    script,
    watch,
)

from archiver.model.platform import Access, PostKey, Seen
from archiver.platforms.youtube import ADAPTER

POST, HANDLE = f"{SITE}/post/{POST_ID}", f"{SITE}/@harbourwatch"
FORBIDDEN = Answer(b"Forbidden", 200, (("Content-Type", "text/html"),))
CAPTCHA = '<form action="/das_captcha?fw=1" method="POST"><div class="g-recaptcha" data-sitekey="6Lx"></div></form>'
CONSENT_FORM = '<form action="https://consent.youtube.com/save" method="POST"><input name="set_eom"></form>'
BOT = error_screen(subreason=help_link(f"{HELP}/3037019#zippy=%2Ccheck-that-youre-signed-into-youtube"))
AGE = error_screen(reason=help_link(f"{HELP}/2802167"))
OFFER = "playerLegacyDesktopYpcOfferRenderer"
FEW = {"playerMicroformatRenderer": microformat(availableCountries=["AD", "FR"])}
INTERSTITIAL = {"errorScreen": {"playerInterstitialRenderer": {"content": {"interstitialViewModel": {"description": {
    "commandRuns": [{"onTap": {"innertubeCommand": {"urlEndpoint": {"url": f"{HELP}/3037019"}}}}]}}}}}}  # fmt: skip


def moved(url: str, status: int = 302) -> Answer:
    return Answer(b"", status, (("Location", url),))


def played(answers: Mapping[str, Answer], url: str = WATCH, access: Access = Access()) -> Played:  # noqa: B008
    return play(ADAPTER, url, answers, access)


def stands(answers: Mapping[str, Answer], url: str = WATCH, access: Access = Access()) -> tuple[str, str]:  # noqa: B008
    found = played(answers, url, access)
    return found.state, found.rule


@pytest.mark.parametrize(
    ("answer", "oembed", "state", "rule"),
    [
        (player(), 200, "available", "ok"),
        (refused("ERROR"), 404, "not_found", "error-and-oembed-too"),
        (refused("ERROR"), 400, "not_found", "error-and-oembed-too"),
        (refused("ERROR"), 200, "unavailable_unknown", "error"),
        (refused("ERROR"), 401, "unavailable_unknown", "error"),
        (refused("ERROR"), 0, "unavailable_unknown", "error"),
        (refused("LOGIN_REQUIRED"), 200, "login_required", "login-required"),
        (refused("LOGIN_REQUIRED"), 401, "login_required", "login-required"),
        (refused("LOGIN_REQUIRED"), 403, "private", "login-and-oembed-forbidden"),
        (refused("LOGIN_REQUIRED", **BOT), 200, "challenge", "bot-check"),
        (refused("LOGIN_REQUIRED", **BOT), 403, "challenge", "bot-check"),
        (refused("LOGIN_REQUIRED", **INTERSTITIAL), 200, "challenge", "bot-check"),
        (refused("LOGIN_REQUIRED", **AGE), 200, "age_gated", "age-gate"),
        (player("LOGIN_REQUIRED", said={"desktopLegacyAgeGateReason": 1}), 200, "age_gated", "age-gate"),
        (player("UNPLAYABLE", said={"desktopLegacyAgeGateReason": 1}), 200, "age_gated", "age-gate"),
        (player("AGE_CHECK_REQUIRED"), 200, "age_gated", "age-check"),
        (player("AGE_VERIFICATION_REQUIRED"), 200, "age_gated", "age-check"),
        (player("CONTENT_CHECK_REQUIRED"), 200, "needs_browser", "content-check"),
        (player("LOGIN_REQUIRED", videoDetails=details(isPrivate=True)), 200, "private", "is-private"),
        (refused("LOGIN_REQUIRED", **error_screen(reason=help_link("http://[/"))), 200, "login_required",
         "login-required"),
        (refused("UNPLAYABLE"), 200, "unavailable_unknown", "unplayable"),
        (refused("UNPLAYABLE", **BOT), 200, "unavailable_unknown", "unplayable"),
        (refused("UNPLAYABLE", errorScreen={"playerCaptchaViewModel": {"a": 1}}), 200, "challenge", "captcha"),
        (refused("UNPLAYABLE", **error_screen(playerCaptchaViewModel={})), 200, "challenge", "captcha"),
        (player("UNPLAYABLE", said={"errorScreen": {OFFER: {"offerId": "sponsors_only_video"}}}), 200, "private",
         "members-only"),
        (player("UNPLAYABLE", said={"errorScreen": {OFFER: {"itemTitle": "Rent"}}}), 200, "login_required", "offer"),
        (player("UNPLAYABLE", said={"errorScreen": {"playerLegacyDesktopYpcTrailerRenderer": {"trailerVideoId": "x"}}}),
         200, "login_required", "offer"),
        (player("UNPLAYABLE", microformat=FEW), 200, "geo_blocked", "available-countries"),
        (player("LIVE_STREAM_OFFLINE"), 200, "available", "live-stream-offline"),
        (refused("LIVE_STREAM_OFFLINE"), 200, "unavailable_unknown", "live-stream-offline"),
        (player("SOMETHING_NEW"), 200, "unavailable_unknown", "other-status"),
        (player(videoDetails=details(videoId=OTHER)), 200, "unavailable_unknown", "other-video"),
    ],
)  # fmt: skip
def test_the_code_of_the_player_and_what_stands_beside_it_decide(
    answer: dict[str, Any], oembed: int, state: str, rule: str
) -> None:
    card = Answer.json(CARD) if oembed == 200 else Answer(b"x", oembed, failure="" if oembed else "connect")
    there = {WATCH: watch(answer, None), OEMBED: card, PLAYER: Answer(status=500)}
    assert stands(there) == (state, f"youtube.page.{rule}")
    besides = {WATCH: watch(), OEMBED: card, PLAYER: Answer.json(answer)}
    assert stands(besides) == (state, f"youtube.player.{rule}")


def test_the_words_of_a_reason_decide_nothing() -> None:
    for words in ("This is a private video", "Sign in to confirm your age", "Sign in to confirm you’re not a bot"):
        assert stands({WATCH: watch(refused("LOGIN_REQUIRED", words))})[0] == "login_required"
    for words in ("This video has been removed by the uploader", "not available in your country"):
        assert stands({WATCH: watch(refused("UNPLAYABLE", words))})[0] == "unavailable_unknown"


def test_a_body_that_is_no_card_is_a_card_kept_back() -> None:
    answers = {WATCH: watch(refused("LOGIN_REQUIRED")), OEMBED: FORBIDDEN}
    assert stands(answers) == ("private", "youtube.page.login-and-oembed-forbidden")


@pytest.mark.parametrize(
    "card",
    [
        Answer(b"", 200),
        Answer.html("<h1>Before you continue</h1>"),
        Answer.html(markup(CAPTCHA)),
        Answer(b"Forb", whole=False),
        Answer.json([]),
    ],
)
def test_what_comes_in_place_of_a_card_does_not_make_a_video_private(card: Answer) -> None:
    assert stands({WATCH: watch(refused("LOGIN_REQUIRED")), OEMBED: card})[0] == "login_required"


@pytest.mark.parametrize("number", [OTHER, None, 7])
def test_what_the_data_api_tells_of_another_video_decides_nothing(number: object) -> None:
    item = API_ITEM | {"id": number, "status": {"uploadStatus": "deleted"}}
    answers = SHOWN | {f"{API}/videos": Answer.json({"items": [item]})}
    assert stands(answers, access=Access(token=True)) == ("available", "youtube.page.ok")


def test_a_player_that_plays_nothing_in_particular_shows_no_video() -> None:
    bare = {"playabilityStatus": {"status": "OK"}}
    assert stands({WATCH: watch(bare)}) == ("unavailable_unknown", "youtube.page.ok-without-video")


def test_countries_decide_only_where_youtube_says_which_one_it_takes_us_to_be_in() -> None:
    blocked = player("UNPLAYABLE", microformat=FEW)
    assert stands({WATCH: watch(blocked, None, "FR")})[0] == "unavailable_unknown"
    assert stands({WATCH: watch(blocked, None, "de")})[0] == "unavailable_unknown"
    elsewhere = Answer.html(markup(script("ytInitialPlayerResponse", blocked)))
    assert stands({WATCH: elsewhere})[0] == "unavailable_unknown"


def test_a_player_that_plays_goes_before_one_that_does_not() -> None:
    answers = {WATCH: watch(refused("UNPLAYABLE")), PLAYER: Answer.json(player())}
    assert stands(answers) == ("available", "youtube.player.ok")
    answers = {WATCH: watch(refused("UNPLAYABLE")), PLAYER: Answer.json(player("AGE_CHECK_REQUIRED"))}
    assert stands(answers) == ("age_gated", "youtube.player.age-check")


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (moved("https://consent.youtube.com/m?continue=x"), "needs_browser", "page.consent"),
        (moved("https://consent.google.com/ml?continue=x"), "needs_browser", "page.consent"),
        (Answer.html(markup(CONSENT_FORM)), "needs_browser", "page.consent"),
        (moved("https://www.google.com/sorry/index?continue=x"), "challenge", "page.sorry"),
        (moved("https://www.google.co.uk/sorry/index"), "challenge", "page.sorry"),
        (moved("https://accounts.google.com/ServiceLogin?x"), "login_required", "page.login"),
        (Answer.html(markup(CAPTCHA), 429), "challenge", "page.captcha"),
        (Answer.html(markup(CAPTCHA)), "challenge", "page.captcha"),
        (Answer.html("slow down", 429), "rate_limited", "page.status-429"),
        (Answer(status=401), "login_required", "page.status-401"),
        (Answer(status=403), "unavailable_unknown", "page.status-403"),
        (Answer(status=451), "geo_blocked", "page.status-451"),
        (Answer(status=404), "not_found", "page.status-404"),
        (Answer(status=500), "unavailable_unknown", "page.status-500"),
        (moved("https://www.google.com/search?q=sorry"), "unavailable_unknown", "page.status-302"),
        (moved("http://[/sorry"), "unavailable_unknown", "page.status-302"),
        (Answer(failure="connect"), "unavailable_unknown", "page.failed"),
        (Answer.html(markup("nothing")), "unavailable_unknown", "page.no-data"),
        (Answer(b"<html>", whole=False), "unavailable_unknown", "page.broken-off"),
    ],
)
def test_what_stands_in_place_of_a_page_is_told_by_its_status_its_redirect_and_its_elements(
    answer: Answer, state: str, rule: str
) -> None:
    for url in (WATCH, POST, HANDLE):
        assert stands({url: answer, OEMBED: Answer(status=500), PLAYER: Answer(b"{}")}, url) == (
            state, f"youtube.{rule}"
        )  # fmt: skip


def test_consent_does_not_keep_the_player_and_the_card_from_answering() -> None:
    consent = {WATCH: moved("https://consent.youtube.com/m?continue=x")}
    assert stands(consent | {PLAYER: Answer.json(player())}) == ("available", "youtube.player.ok")
    found = played(consent | {OEMBED: Answer.json(CARD), PLAYER: Answer(status=500)})
    assert (found.state, found.rule) == ("available", "youtube.oembed.card")
    assert found.document["missing"][0]["what"] == "the video with its text, time and numbers"


def test_a_consent_page_that_was_redirected_to_holds_no_data_of_a_video() -> None:
    key = PostKey("youtube", f"youtube:{ID}", "video", (("id", ID),))
    page = watch(player()).seen(2, "page", "https://consent.youtube.com/m?continue=x")
    seen = (moved("https://consent.youtube.com/m").seen(1, "page", WATCH), page)
    assert ADAPTER.classify(key, seen).rule == "youtube.page.consent"


@pytest.mark.parametrize(
    ("answers", "roles"),
    [
        ({WATCH: Answer(status=429)}, ["page"]),
        ({WATCH: Answer(status=403)}, ["page"]),
        ({WATCH: Answer(failure="timeout")}, ["page"]),
        ({WATCH: moved("https://www.google.com/sorry/")}, ["page"]),
        ({WATCH: moved("https://accounts.google.com/x")}, ["page"]),
        ({WATCH: Answer.html(markup(CAPTCHA))}, ["page"]),
        ({WATCH: watch(refused("LOGIN_REQUIRED", **BOT))}, ["page"]),
        ({WATCH: moved("https://consent.youtube.com/m"), PLAYER: Answer(status=403)}, ["page", "player"]),
        ({WATCH: moved("https://consent.youtube.com/m"), PLAYER: Answer.json({}), OEMBED: Answer(status=403)},
         ["page", "player", "oembed"]),
        ({WATCH: PAGE, OEMBED: Answer(status=429)}, ["page", "oembed"]),
        ({WATCH: PAGE, OEMBED: Answer(status=401), PLAYER: Answer(status=429)}, ["page", "oembed", "player"]),
        ({WATCH: PAGE, OEMBED: Answer(status=403)}, ["page", "oembed"]),
        ({WATCH: watch(refused("ERROR")), OEMBED: Answer(status=404), PLAYER: Answer.json(refused("ERROR"))},
         ["page", "oembed", "player"]),
        ({POST: Answer(status=404)}, ["page"]),
        ({HANDLE: Answer(status=404)}, ["page"]),
    ],
)  # fmt: skip
def test_nothing_is_asked_after_a_test_a_login_or_a_refusal(answers: dict[str, Answer], roles: list[str]) -> None:
    url = next(iter(answers))
    found = played(answers, url, Access(replies=50, depth=2, media=True))
    assert [target.role for target in found.targets] == roles


@pytest.mark.parametrize(
    ("status", "state", "rule"),
    [
        ({"uploadStatus": "processed"}, "available", "item"),
        ({"uploadStatus": "deleted"}, "deleted", "upload-deleted"),
        ({"uploadStatus": "rejected", "rejectionReason": "claim"}, "removed_by_platform", "upload-rejected"),
        ({"uploadStatus": "rejected"}, "removed_by_platform", "upload-rejected"),
        ({"uploadStatus": "rejected", "rejectionReason": "uploaderAccountSuspended"}, "account_gone",
         "account-rejected"),
        ({"uploadStatus": "rejected", "rejectionReason": "uploaderAccountClosed"}, "account_gone", "account-rejected"),
    ],
)  # fmt: skip
def test_the_data_api_goes_before_the_page(status: dict[str, str], state: str, rule: str) -> None:
    answers = {f"{API}/videos": Answer.json({"items": [API_ITEM | {"status": status}]}), WATCH: Answer(status=429)}
    assert stands(answers, access=Access(token=True)) == (state, f"youtube.api.{rule}")


@pytest.mark.parametrize(
    "answer", [Answer.json({"items": []}), Answer.json({"error": {"code": 403}}, 403), Answer(status=401)]
)
def test_where_the_data_api_does_not_tell_the_page_does(answer: Answer) -> None:
    assert stands(SHOWN | {f"{API}/videos": answer}, access=Access(token=True)) == ("available", "youtube.page.ok")


def test_a_community_post_and_a_channel_stand_by_the_data_of_their_pages() -> None:
    assert stands({POST: watch(None, community())}, POST) == ("available", "youtube.page.post")
    assert stands({POST: watch(None, community("sharedPostRenderer"))}, POST) == ("available", "youtube.page.post")
    other = watch(None, community(post={"postId": "UgkxAnotherPost_0123456789"}))
    assert stands({POST: other}, POST) == ("unavailable_unknown", "youtube.page.no-data")
    assert stands({HANDLE: watch(None, CARD_OF_CHANNEL)}, HANDLE) == ("available", "youtube.page.channel")


def test_an_alert_says_that_something_is_not_there_and_not_why() -> None:
    alert = watch(None, {"alerts": [{"alertRenderer": {"type": "ERROR", "text": {"simpleText": "Terminated."}}}]})
    for url in (POST, HANDLE):
        found = played({url: alert}, url)
        assert (found.state, found.rule) == ("unavailable_unknown", "youtube.page.alert")
        assert found.document["missing"][0]["why"] == "YouTube says: Terminated."


def test_a_channel_of_which_the_page_does_not_come_is_read_from_its_feed() -> None:
    url = f"{SITE}/channel/{CHANNEL}"
    found = played({url: moved("https://consent.youtube.com/m"), FEED: FEED_ANSWER}, url)
    assert (found.state, found.rule) == ("available", "youtube.feed.channel")
    assert found.post["name"] == "Harbour Watch"


def test_what_was_never_asked_is_unknown() -> None:
    key = PostKey("youtube", f"youtube:{ID}", "video", (("id", ID),))
    assert ADAPTER.classify(key, ()).rule == "youtube.page.not-asked"
    media = Seen(1, "video", "https://rr1.googlevideo.example/x", 403)
    assert ADAPTER.classify(key, (media,)).rule == "youtube.page.not-asked"
    assert ADAPTER.more(key, Access(), ())[0].role == "player"


def test_the_program_for_media_decides_nothing() -> None:
    key = PostKey("youtube", f"youtube:{ID}", "video", (("id", ID),))
    page = watch(player(), around()).seen(1, "page", WATCH)
    asked = Answer(status=429).seen(2, "video", WATCH)
    assert ADAPTER.classify(key, (page, asked)).state == "available"
