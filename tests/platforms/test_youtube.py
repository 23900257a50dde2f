"""What the answers of YouTube tell of a video: every value from its place, and what is asked in which order."""

import json

import pytest
from adapterkit import Answer, Answers, Played, play
from youtubeanswers import (
    API,
    API_ITEM,
    CARD,
    CHANNEL,
    ID,
    IMAGES,
    OEMBED,
    OTHER,
    PAGE,
    PLAYER,
    PUBLISHED,
    SHOWN,
    SITE,
    TEXT,
    UPLOADED,
    WATCH,
    around,
    details,
    markup,
    microformat,
    player,
    refused,
    runs,
    script,
    settings,
    track,
    watch,
)

from archiver.model.platform import Access, Target
from archiver.platforms.trial.play import answered
from archiver.platforms.youtube import ADAPTER, client

MEDIA = Access(media=True)
JPEG = Answer(b"\xff\xd8\xff", headers=(("Content-Type", "image/jpeg"),))
VTT = Answer(b"WEBVTT\n\n", headers=(("Content-Type", "text/vtt"),))
MP4 = Answer(b"\0\0", headers=(("Content-Type", "video/mp4"),))
FILES = {f"{IMAGES}/": JPEG, f"{SITE}/api/timedtext": VTT}


def played(answers: Answers | dict[str, Answer], access: Access = Access(), url: str = WATCH) -> Played:  # noqa: B008
    return play(ADAPTER, url, answers, access)


def test_the_page_is_asked_first_then_the_card_then_the_player() -> None:
    found = played(SHOWN)
    page, card, inner = found.targets
    assert (page.role, page.method, page.url) == ("page", "GET", WATCH)
    assert card.url == f"{OEMBED}?format=json&url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{ID}"
    assert (inner.role, inner.method, inner.url) == ("player", "POST", f"{PLAYER}?prettyPrint=false")
    asked = json.loads(inner.body)
    assert (asked["videoId"], asked["contentCheckOk"], "racyCheckOk" in asked) == (ID, True, False)
    assert asked["context"]["client"]["clientVersion"] == client.VERSION
    assert dict(inner.headers) == {
        "Content-Type": "application/json",
        "X-YouTube-Client-Name": client.NUMBER,
        "X-YouTube-Client-Version": client.VERSION,
    }
    names = {name.lower() for target in found.targets for name, _ in target.headers}
    assert not names & {"user-agent", "origin", "cookie", "authorization"}


def test_the_facts_of_a_video_are_those_of_its_player_with_their_places() -> None:
    found = played(SHOWN)
    post, sources = found.post, found.document["sources"]
    assert (post["type"], post["id"], post["url"], post["name"]) == ("Video", ID, WATCH, "Ferry under fire")
    assert post["content"] == {"text": TEXT}
    assert post["published"] == {
        "value": "2026-03-04T13:06:07Z", "precision": "second", "source": "server", "raw": PUBLISHED,
    }  # fmt: skip
    assert (post["received"]["value"], post["received"]["raw"]) == ("2026-03-04T05:00:00Z", UPLOADED)
    assert post["attributedTo"] == {
        "type": "Group", "id": CHANNEL, "preferredUsername": "@harbourwatch", "name": "Harbour Watch",
        "url": "http://www.youtube.com/@harbourwatch", "verified": True,
    }  # fmt: skip
    assert (post["visibility"], post["sensitive"]) == ("public", False)
    assert post["counts"] == [
        {"name": "views", "value": 18561, "exact": True},
        {"name": "likes", "value": 204, "exact": True},
        {"name": "replies", "raw": "1.2K", "exact": False},
    ]
    assert post["location"] == {"name": "Lipova, Harbour"}
    assert sources["/post/name"]["at"] == "ytInitialPlayerResponse /videoDetails/title"
    assert sources["/post/published/raw"]["at"].endswith("/microformat/playerMicroformatRenderer/publishDate")
    assert sources["/post/attributedTo/verified"]["at"].startswith("ytInitialData /contents/")
    assert found.document["warnings"] == []
    assert found.document["idTime"] is None


def test_links_in_the_text_lead_where_they_lead_and_the_words_a_video_is_filed_under_come_after() -> None:
    tags = played(SHOWN).post["tag"]
    assert tags == [
        {"type": "Link", "name": "https://harbour.exam...", "href": "https://harbour.example/report"},
        {"type": "Hashtag", "name": "#harbour", "href": f"{SITE}/hashtag/harbour"},
        {"type": "Mention", "name": "@witness", "href": f"{SITE}/@witness"},
        {"type": "Hashtag", "name": "ferry"},
        {"type": "Hashtag", "name": "harbour"},
    ]


def test_the_video_and_its_captions_are_named_where_files_were_not_wanted() -> None:
    found = played(SHOWN)
    video, english, heard = found.post["attachment"]
    assert (video["type"], video["kind"], video["duration"], video["why"]) == (
        "Video", "News & Politics", 316, "not asked for",
    )  # fmt: skip
    assert [(each["url"].rpartition("/")[2], each["role"], each["why"]) for each in video["renditions"]] == [
        ("maxresdefault.jpg", "preview", "not asked for"),
        ("hqdefault.jpg", "thumb", "not asked for: a smaller size"),
        ("default.jpg", "thumb", "not asked for: a smaller size"),
    ]
    assert (english["kind"], english["id"], english["description"], english["name"]) == (
        "captions", ".en", "en", "English",
    )  # fmt: skip
    assert (heard["kind"], heard["description"]) == ("asr", "uk")
    assert english["renditions"][0]["role"] == "captions"
    assert {each["what"] for each in found.document["missing"]} == {"the video itself", "comments"}


def test_with_media_the_picture_the_video_and_last_the_captions_are_asked_for() -> None:
    found = played(SHOWN | FILES | {WATCH: PAGE}, MEDIA)
    urls = [target.url for target in found.targets[3:]]
    query = f"v={ID}&expire=1&sparams=ip,v,expire&signature=0F.0F"
    assert urls == [
        f"{IMAGES}/maxresdefault.jpg",
        WATCH,
        f"{SITE}/api/timedtext?{query}&lang=en&fmt=vtt",
        f"{SITE}/api/timedtext?{query}&lang=uk&fmt=vtt",
    ]
    assert [target.video for target in found.targets[3:]] == [False, True, False, False]
    video, english, _ = found.post["attachment"]
    assert (video["renditions"][0]["exchange"], "why" in video["renditions"][0]) == (4, False)
    assert english["renditions"][0]["exchange"] == 6


@pytest.mark.parametrize("status", [401, 403, 429])
def test_captions_are_not_asked_for_where_the_video_was_refused(status: int) -> None:
    def answers(target: Target) -> Answer | None:
        return Answer(status=status) if target.video else answered(SHOWN | FILES, target)

    found = played(answers, MEDIA)
    assert found.targets[-1].video
    assert [each["renditions"][0].get("why") for each in found.post["attachment"][1:]] == ["not asked for"] * 2


def test_where_the_largest_picture_is_not_there_the_next_is_asked_for() -> None:
    found = played(SHOWN | FILES | {f"{IMAGES}/maxresdefault.jpg": Answer(status=404)}, MEDIA)
    assert [target.url.rpartition("/")[2] for target in found.targets if IMAGES in target.url] == [
        "maxresdefault.jpg", "hqdefault.jpg",
    ]  # fmt: skip
    best, usual, *_ = found.post["attachment"][0]["renditions"]
    assert best["why"] == "asked for, answered with status 404"
    assert found.seen[usual["exchange"] - 1].url == f"{IMAGES}/hqdefault.jpg"


def test_the_streams_that_the_program_for_media_took_are_files_of_the_video() -> None:
    found = played(SHOWN | FILES, MEDIA)
    stream = MP4.seen(len(found.seen), "video", "https://rr1.googlevideo.example/videoplayback?itag=22")
    seen = (*found.seen[:-1], stream)
    post = ADAPTER.extract(found.key, seen).post
    assert post is not None
    assert (post.attachment[0].renditions[0].exchange, post.attachment[0].why) == (stream.number, "")
    nothing = played(SHOWN | FILES | {WATCH: PAGE}, MEDIA)
    assert nothing.post["attachment"][0]["why"] == "asked for, and no file of it came"


def test_captions_that_only_the_player_gets_are_not_asked_for_and_empty_ones_are_none() -> None:
    tracks = [
        track("en", "English"),
        track("de", "German", baseUrl=f"{SITE}/api/timedtext?v={ID}&exp=xpe&lang=de"),
        track("fr", "French", baseUrl="https://elsewhere.example/timedtext?lang=fr"),
        track("it", "Italian", baseUrl="/api/timedtext?lang=it"),
        track("es", "Spanish", baseUrl="http://[/"),
        track("nl", "Dutch", baseUrl=None),
    ]
    listed = {"playerCaptionsTracklistRenderer": {"captionTracks": tracks}}
    empty = Answer(b"", headers=(("Content-Type", "text/vtt"),))
    page = watch(player(captions=listed), around())
    found = played(SHOWN | FILES | {WATCH: page, f"{SITE}/api/timedtext?lang=it": empty}, MEDIA)
    why = {each["description"]: (*each.get("renditions", ()), {"why": each.get("why")})[0].get("why")
           for each in found.post["attachment"][1:]}  # fmt: skip
    assert why == {
        "en": None,
        "de": "not asked for: YouTube gives it to its own player alone",
        "fr": "not asked for: YouTube gives it to its own player alone",
        "it": "asked for, the answer was empty",
        "es": "its address is none that can be asked for",
        "nl": "no address of it is told",
    }
    assert not any("exp=xpe" in target.url or "elsewhere" in target.url for target in found.targets)


def test_a_day_is_no_time_and_a_time_without_a_zone_neither() -> None:
    for raw, precision in (("2019-03-04", "day"), ("2019-03-04T05:06:07", "second")):
        form = {"playerMicroformatRenderer": microformat(publishDate=raw, uploadDate=raw)}
        post = played({WATCH: watch(player(microformat=form))}).post
        assert post["published"] == {"precision": precision, "source": "server", "raw": raw}
        assert "received" not in post


def test_a_broadcast_has_its_beginning_and_its_end() -> None:
    live = {"isLiveNow": False, "startTimestamp": "2026-03-04T13:00:00+00:00", "endTimestamp": "2026-03-04T14:00:00Z"}
    form = {"playerMicroformatRenderer": microformat(liveBroadcastDetails=live)}
    found = played({WATCH: watch(player(microformat=form))})
    assert found.post["startTime"]["value"] == "2026-03-04T13:00:00Z"
    assert found.post["endTime"]["value"] == "2026-03-04T14:00:00Z"
    assert found.document["warnings"] == []


@pytest.mark.parametrize(
    "told",
    [
        {"videoDetails": details(isLive=True, lengthSeconds="0")},
        {"videoDetails": details(isUpcoming=True)},
        {"microformat": {"playerMicroformatRenderer": microformat(liveBroadcastDetails={"isLiveNow": True})}},
    ],
)
def test_what_is_live_is_not_taken_as_a_video(told: dict[str, object]) -> None:
    streams = {"hlsManifestUrl": "https://manifest.googlevideo.example/a.m3u8"}
    answers = SHOWN | FILES | {WATCH: watch(player(**told, streamingData=streams)), PLAYER: Answer(status=500)}
    found = played(answers, MEDIA)
    assert not any(target.video for target in found.targets)
    video = found.post["attachment"][0]
    assert video["why"] == "it is live: what it will be is not known before it ends"
    assert any(each["role"] == "manifest" for each in video["renditions"])
    assert "yet to begin" in found.document["warnings"][0]


def test_when_a_broadcast_is_to_begin_is_told_before_it_does() -> None:
    slate = {"liveStreamabilityRenderer": {"offlineSlate": {"liveStreamOfflineSlateRenderer": {
        "scheduledStartTime": "1772629200"}}}}  # fmt: skip
    found = played({WATCH: watch(player("LIVE_STREAM_OFFLINE", said={"liveStreamability": slate}))}, MEDIA)
    assert found.post["startTime"]["value"] == "2026-03-04T13:00:00Z"
    assert not any(target.video for target in found.targets)


def test_what_is_withheld_from_the_public_keeps_what_is_told_of_it() -> None:
    gated = player("LOGIN_REQUIRED", said={"desktopLegacyAgeGateReason": 1, "reason": "Sign  in\nplease"})
    form = {"playerMicroformatRenderer": microformat(isFamilySafe=False, isUnlisted=True, availableCountries=["DE"])}
    found = played({WATCH: watch(gated | {"microformat": form})}, MEDIA)
    assert (found.state, found.post["name"]) == ("age_gated", "Ferry under fire")
    assert (found.post["sensitive"], found.post["visibility"]) == (True, "unlisted")
    assert found.post["attachment"][0]["why"] == "YouTube does not play it to this request"
    assert found.document["missing"][0]["why"].endswith("YouTube says: Sign in please")
    assert found.document["warnings"] == [
        "it is shown in 1 countries alone; YouTube takes this request to come from DE"
    ]
    private = played({WATCH: watch(player("LOGIN_REQUIRED", videoDetails=details(isPrivate=True)))})
    assert private.post["visibility"] == "private"


def test_of_a_video_that_is_not_there_nothing_is_made_up() -> None:
    found = played({WATCH: watch(refused("ERROR", "Video unavailable")), OEMBED: Answer(status=404)})
    assert found.document["post"] is None
    assert found.document["missing"] == [{"what": "the video", "why": "YouTube says: Video unavailable", "exchange": 1}]
    assert played({WATCH: watch()}).document["missing"][0]["why"] == "no answer tells of it"


def test_a_player_that_tells_about_another_video_is_named_and_not_read() -> None:
    other = player(videoDetails=details(videoId=OTHER, title="An advertisement"))
    found = played(SHOWN | {PLAYER: Answer.json(other)})
    assert found.post["name"] == "Ferry under fire"
    assert found.document["warnings"] == [f"the player of exchange 3 (player) tells about another video: {OTHER}"]
    alone = played({WATCH: watch(other)})
    assert alone.document["post"] is None


def test_what_is_told_differently_is_named_with_both_exchanges() -> None:
    form = {"playerMicroformatRenderer": microformat(publishDate="2026-03-04T06:06:07-08:00")}
    other = player(videoDetails=details(title="Ferry", shortDescription="x", channelId="UCother"), microformat=form)
    found = played(SHOWN | {PLAYER: Answer.json(other), OEMBED: Answer.json(CARD | {"title": "Old"})})
    assert found.document["warnings"] == [
        "the title differs between exchange 1 and exchange 3",
        "the title differs between exchange 1 and exchange 2",
        "the text differs between exchange 1 and exchange 3",
        "the channel differs between exchange 1 and exchange 3",
        "the times of publication in exchange 1 and exchange 3 lie 3600 s apart",
    ]


def test_a_page_without_data_is_read_by_its_marks_for_search_engines() -> None:
    metas = "".join(
        f'<meta itemprop="{name}" content="{value}">'
        for name, value in (
            ("identifier", ID), ("name", "Ferry"), ("datePublished", PUBLISHED), ("uploadDate", UPLOADED),
        )
    )  # fmt: skip
    post = played({WATCH: Answer.html(markup(metas))}).post
    assert (post["name"], post["published"]["value"]) == ("Ferry", "2026-03-04T13:06:07Z")
    assert post["received"]["raw"] == UPLOADED
    other = played({WATCH: Answer.html(markup(metas.replace(ID, OTHER)))})
    assert other.document["post"] is None


@pytest.mark.parametrize("wrapped", [lambda item: item, lambda item: [item], lambda item: {"@graph": [item]}])
def test_a_page_without_data_is_read_by_its_linked_data(wrapped: object) -> None:
    assert callable(wrapped)
    item = {"@type": "VideoObject", "name": "Ferry", "embedUrl": f"{SITE}/embed/{ID}", "datePublished": PUBLISHED}
    script_ = f'<script type="application/ld+json">{json.dumps(wrapped(item))}</script>'
    post = played({WATCH: Answer.html(markup(script_))}).post
    assert (post["name"], post["published"]["value"]) == ("Ferry", "2026-03-04T13:06:07Z")
    other = script_.replace(ID, OTHER)
    assert played({WATCH: Answer.html(markup(other))}).document["post"] is None


def test_only_the_card_is_a_title_and_a_name() -> None:
    found = played({WATCH: watch(), OEMBED: Answer.json(CARD), PLAYER: Answer(status=500)})
    assert found.post["name"] == "Ferry under fire"
    assert found.post["attributedTo"]["preferredUsername"] == "@harbourwatch"
    assert "id" not in found.post


def test_numbers_on_buttons_are_taken_as_words() -> None:
    title = {"buttonViewModel": {"title": "1,2 Tsd."}}
    model = {"toggleButtonViewModel": {"toggleButtonViewModel": {"defaultButtonViewModel": title}}}
    button = {"segmentedLikeDislikeButtonViewModel": {"likeButtonViewModel": {"likeButtonViewModel": model}}}
    primary = {"videoPrimaryInfoRenderer": {"videoActions": {"menuRenderer": {"topLevelButtons": [button]}}}}
    data = {"contents": {"twoColumnWatchNextResults": {"results": {"results": {"contents": [primary]}}}}}
    form = {"playerMicroformatRenderer": microformat(likeCount=None)}
    post = played({WATCH: watch(player(microformat=form), data)}).post
    assert {"name": "likes", "raw": "1,2 Tsd.", "exact": False} in post["counts"]
    entity = {"likeCountEntity": {"likeCountIfIndifferentNumber": "12"}}
    primary["videoPrimaryInfoRenderer"]["videoActions"]["menuRenderer"]["topLevelButtons"] = [
        {"segmentedLikeDislikeButtonViewModel": entity}
    ]  # type: ignore[list-item]
    post = played({WATCH: watch(player(microformat=form), data)}).post
    assert {"name": "likes", "value": 12, "exact": True} in post["counts"]


def test_what_a_script_quotes_is_not_what_it_begins_with() -> None:
    forged = json.dumps(player(videoDetails=details(title="forged")))
    pages = [
        f"<title>var ytInitialPlayerResponse = {forged};</title>",
        f"<p>var ytInitialPlayerResponse = {forged};</p>",
        f"<script>f('x'); var ytInitialPlayerResponse = {forged};</script>",
        "<script>var ytInitialPlayerResponse = null;</script>",
        '<script>var ytInitialPlayerResponse = {"a": NaN};</script>',
        "<script>var ytInitialPlayerResponse = {broken</script>",
    ]
    for each in pages:
        page = Answer.html(markup(each, script("ytInitialPlayerResponse", player())))
        assert played({WATCH: page}).post["name"] == "Ferry under fire", each[:40]


def test_older_pages_assign_both_values_in_one_script() -> None:
    first, second = json.dumps(around()), json.dumps(player())
    text = f'<script>\n  window["ytInitialData"] = {first};\n  window["ytInitialPlayerResponse"] = {second};</script>'
    post = played({WATCH: Answer.html(markup(settings("DE"), text))}).post
    assert (post["name"], post["location"]["name"]) == ("Ferry under fire", "Lipova, Harbour")


def test_settings_without_a_country_say_none() -> None:
    many = "<script>" + "ytcfg.set({});" * 9 + 'ytcfg.set({"INNERTUBE_CONTEXT_GL": "DE"});</script>'
    form = {"playerMicroformatRenderer": microformat(availableCountries=["FR"])}
    page = markup(many, script("ytInitialPlayerResponse", player("UNPLAYABLE", microformat=form)))
    found = played({WATCH: Answer.html(page)})
    assert (found.state, found.document["warnings"]) == ("unavailable_unknown", ["it is shown in 1 countries alone"])


def test_the_data_api_comes_first_and_its_values_go_before_the_others() -> None:
    answers = SHOWN | {f"{API}/videos": Answer.json({"items": [API_ITEM]})}
    found = played(answers, Access(token=True))
    first = found.targets[0]
    assert (first.role, first.authorized, first.redirects) == ("api.video", True, False)
    assert first.url == (
        f"{API}/videos?part=snippet,status,contentDetails,statistics,liveStreamingDetails,recordingDetails&id={ID}"
    )
    assert [target.role for target in found.targets] == ["api.video", "page", "oembed", "player"]
    post = found.post
    assert post["content"] == {"text": TEXT, "language": "en"}
    assert post["counts"][:2] == [
        {"name": "views", "value": 18600, "exact": True}, {"name": "likes", "value": 208, "exact": True}
    ]  # fmt: skip
    assert post["location"] == {"name": "Lipova", "latitude": "46.5", "longitude": "30.75"}
    assert (post["sensitive"], post["startTime"]["raw"]) == (True, "2026-03-04T13:00:00Z")
    assert found.document["warnings"] == []
    assert found.document["sources"]["/post/published/raw"]["at"] == "/items/0/snippet/publishedAt"


def test_the_post_of_the_data_api_alone_is_whole_enough() -> None:
    answers = {f"{API}/videos": Answer.json({"items": [API_ITEM]}), WATCH: Answer(status=429)}
    found = played(answers, Access(token=True, media=True))
    assert [target.role for target in found.targets] == ["api.video", "page"]
    assert found.post["attributedTo"]["url"] == f"{SITE}/channel/{CHANNEL}"


def test_a_broken_answer_is_named() -> None:
    whole = watch(player(), around())
    cut = Answer(whole.body, 200, whole.headers, whole=False)
    assert played(SHOWN | {WATCH: cut}).document["warnings"] == [
        "the answer in exchange 1 (page) broke off: what is not in it may have been there"
    ]


def test_texts_in_pieces_are_put_together() -> None:
    form = {"playerMicroformatRenderer": microformat(title=runs("Ferry ", "under"))}
    post = played({WATCH: watch(player(videoDetails=None, microformat=form))}).post
    assert (post["name"], post["id"]) == ("Ferry under", ID)


def test_a_page_of_several_megabytes_is_read_to_its_end() -> None:
    metas = f'<meta itemprop="identifier" content="{ID}"><meta itemprop="uploadDate" content="{UPLOADED}">'
    form = {"playerMicroformatRenderer": microformat(uploadDate=None)}
    long = player(microformat=form, padding=[{"a": 'x "y" <b>'}] * 150_000)
    page = markup(
        script("ytInitialData", around(padding=["z"] * 100_000)), script("ytInitialPlayerResponse", long), metas
    )
    post = played({WATCH: Answer.html(page)}).post
    assert (post["name"], post["received"]["raw"]) == ("Ferry under fire", UPLOADED)
    assert post["location"]["name"] == "Lipova, Harbour"


def test_a_badge_of_another_kind_vouches_for_nobody() -> None:
    data = around()
    owner = data["contents"]["twoColumnWatchNextResults"]["results"]["results"]["contents"][1]
    badges = owner["videoSecondaryInfoRenderer"]["owner"]["videoOwnerRenderer"]["badges"]
    badges[0]["metadataBadgeRenderer"]["style"] = "BADGE_STYLE_TYPE_MEMBERS_ONLY"
    assert "verified" not in played({WATCH: watch(player(), data)}).post["attributedTo"]


def test_of_many_values_in_one_script_the_first_few_are_read() -> None:
    text = (
        "<script>" + "var ytInitialData = {};" * 9 + f"var ytInitialPlayerResponse = {json.dumps(player())};</script>"
    )
    assert played({WATCH: Answer.html(markup(text))}).document["post"] is None
