"""Reddit: addresses, what is asked, how a post stands, what is read. Of people who do not exist."""

from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from adapterkit import Answer, Played, play

from archiver.model.address import Address
from archiver.model.platform import Access, Target
from archiver.platforms.reddit import ADAPTER
from archiver.platforms.registry import subject_of

POST = "https://www.reddit.com/r/harbour/comments/1abcd2/snow_in_the_yard/"
COMMENT = f"{POST}kz9xy1/"
FEED = "https://www.reddit.com/comments/1abcd2/"
OEMBED = "https://www.reddit.com/oembed?"
INFO = "https://oauth.reddit.com/api/info"
THREAD = "https://oauth.reddit.com/comments/1abcd2"
TOKEN = Access(token=True)
CREATED = 1_772_600_767
PICTURE = Answer(b"\xff\xd8 a picture", headers=(("Content-Type", "image/jpeg"),))
FILM = Answer(b"\0\0\0\x18ftypmp42 a film", headers=(("Content-Type", "video/mp4"),))
TOLD = {"author_name": "lena_primer", "title": "Snow in the yard", "type": "rich", "provider_name": "reddit"}

ITEM: dict[str, Any] = {
    "id": "1abcd2", "name": "t3_1abcd2", "title": "Snow in the yard", "author": "lena_primer",
    "author_fullname": "t2_6900", "subreddit": "harbour", "subreddit_name_prefixed": "r/harbour",
    "subreddit_id": "t5_77", "created_utc": CREATED + 0.0, "edited": False, "is_self": True, "over_18": False,
    "selftext": "They rang at **ten to seven**.", "selftext_html": "<div class=\"md\"><p>They rang</p></div>",
    "permalink": "/r/harbour/comments/1abcd2/snow_in_the_yard/", "url": POST, "score": 41, "upvote_ratio": 0.9,
    "num_comments": 2, "removed_by_category": None, "domain": "self.harbour",
}  # fmt: skip
REMARK: dict[str, Any] = {
    "id": "kz9xy1", "name": "t1_kz9xy1", "author": "ivan_test", "body": "And then?", "body_html": "<p>And then?</p>",
    "created_utc": CREATED + 60.0, "edited": CREATED + 120.0, "parent_id": "t3_1abcd2", "link_id": "t3_1abcd2",
    "score": -3, "score_hidden": False, "permalink": "/r/harbour/comments/1abcd2/snow_in_the_yard/kz9xy1/",
}  # fmt: skip
ANSWER = REMARK | {"id": "kz9xy2", "name": "t1_kz9xy2", "body": "Nothing.", "parent_id": "t1_kz9xy1", "edited": False}


def thing(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "data": data}


def listing(*things: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": None, "children": list(things)}}


def info(*items: dict[str, Any]) -> Answer:
    return Answer.json(listing(*(thing(each["name"][:2], each) for each in items)))


def thread(item: dict[str, Any], *comments: dict[str, Any]) -> Answer:
    return Answer.json([listing(thing("t3", item)), listing(*comments)])


def below(comment: dict[str, Any], *answers: dict[str, Any]) -> dict[str, Any]:
    return thing("t1", comment | {"replies": listing(*answers) if answers else ""})


MORE = thing("more", {"count": 7, "children": ["a"], "name": "t1_a"})


def entry(
    name: str = "t3_1abcd2",
    author: str = "/u/lena_primer",
    text: str = "<p>They rang at <strong>ten to seven</strong>.</p>",
    link: str = POST,
    outside: str = POST,
    extra: str = "",
    published: str = "2026-03-04T05:06:07+00:00",
    updated: str = "2026-03-04T05:06:07+00:00",
) -> str:
    md = f'<!-- SC_OFF --><div class="md">{text}</div><!-- SC_ON -->' if text else ""
    said = (
        f'{md} submitted by <a href="https://www.reddit.com/user/x"> x </a> <br/> <span><a href="{outside}">[link]</a>'
    )
    said += f'</span> <span><a href="{POST}">[comments]</a></span>'
    who = f"<author><name>{author}</name><uri>https://www.reddit.com/user/lena_primer</uri></author>" if author else ""
    return (
        f'<entry>{who}<category term="harbour" label="r/harbour"/><content type="html">{escape(said)}</content>'
        f'<id>{name}</id>{extra}<link href="{link}"/><updated>{updated}</updated>'
        f"<published>{published}</published><title>Snow in the yard</title></entry>"
    )


def feed(*entries: str) -> Answer:
    text = '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
    text += f'xmlns:media="http://search.yahoo.com/mrss/"><title>x</title>{"".join(entries)}</feed>'
    return Answer(text.encode(), headers=(("Content-Type", "application/atom+xml; charset=UTF-8"),))


SAID = entry("t1_kz9xy1", "/u/ivan_test", "<p>And then?</p>", COMMENT)


def ask(answers: dict[str, Answer], access: Access = Access(), url: str = POST) -> Played:  # noqa: B008
    return play(ADAPTER, url, answers, access)


def by_feed(*entries: str, access: Access = Access(), url: str = POST) -> Played:  # noqa: B008
    files = {"https://i.redd.it/": PICTURE, "https://b.thumbs.example/": PICTURE}
    return ask({FEED: feed(*entries)} | files, access, url)


def by_token(item: dict[str, Any], **access: Any) -> Played:
    files = {"https://i.redd.it/": PICTURE, "https://preview.redd.it/": PICTURE, "https://v.redd.it/": FILM}
    return ask({INFO: info(item)} | files, Access(token=True, **access))


# addresses


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (POST, "t3_1abcd2"),
        ("https://reddit.com/r/harbour/comments/1abcd2", "t3_1abcd2"),
        ("http://old.reddit.com/comments/1ABCD2/", "t3_1abcd2"),
        ("https://np.reddit.com./r/harbour/comments/1abcd2/snow?sort=new", "t3_1abcd2"),
        ("https://www.reddit.com/user/lena_primer/comments/1abcd2/snow/", "t3_1abcd2"),
        ("https://www.reddit.com/u/lena_primer/comments/1abcd2/snow/", "t3_1abcd2"),
        ("https://www.reddit.com/comments/1abcd2/.rss", "t3_1abcd2"),
        ("https://www.reddit.com/r/harbour/comments/1abcd2/snow.json?limit=5", "t3_1abcd2"),
        ("https://www.reddit.com/gallery/1abcd2", "t3_1abcd2"),
        ("https://redd.it/1abcd2", "t3_1abcd2"),
        ("https://www.redd.it/1abcd2/", "t3_1abcd2"),
        ("https://rxddit.com/r/harbour/comments/1abcd2/snow/", "t3_1abcd2"),
        ("https://www.vxreddit.com/r/harbour/comments/1abcd2/snow/", "t3_1abcd2"),
        (COMMENT, "t1_kz9xy1"),
        (f"{COMMENT}?context=3", "t1_kz9xy1"),
        ("https://www.reddit.com/r/harbour/comments/1abcd2/comment/kz9xy1/", "t1_kz9xy1"),
        ("https://www.reddit.com/comments/1abcd2/_/kz9xy1", "t1_kz9xy1"),
        ("https://www.reddit.com/r/harbour/comments/1abcd2//kz9xy1", "t1_kz9xy1"),
        ("https://www.reddit.com/r/harbour/s/AbCd12", "short/AbCd12"),
        ("https://vxreddit.com/r/harbour/s/AbCd12", "short/AbCd12"),
        ("https://www.reddit.com/u/lena_primer/s/AbCd12/", "short/AbCd12"),
    ],
)
def test_addresses_of_the_same_thing_have_the_same_key(url: str, key: str) -> None:
    subject = subject_of(Address.parse(url))
    assert subject is not None
    assert (subject.key.platform, subject.key.id) == ("reddit", f"reddit:{key}")


@pytest.mark.parametrize(
    "url",
    [
        "https://www.reddit.com/",
        "https://www.reddit.com/r/harbour",
        "https://www.reddit.com/r/harbour/new/.rss",
        "https://www.reddit.com/user/lena_primer/",
        "https://www.reddit.com/r/harbour/comments/",
        "https://www.reddit.com/r/harbour/comments/1ab-cd2/",
        "https://www.reddit.com/r/harbour/wiki/x",
        "https://redd.it/",
        "https://redd.it/r/harbour",
        "https://i.redd.it/1abcd2.jpg",
        "https://v.redd.it/1abcd2",
        "https://oauth.reddit.com/comments/1abcd2",
        "https://notreddit.com/comments/1abcd2",
        "mailto:x@reddit.com",
    ],
)
def test_other_addresses_are_none(url: str) -> None:
    assert ADAPTER.match(Address.parse(url)) is None


# what is asked


def urls(played: Played) -> list[str]:
    return [each.url for each in played.targets]


def test_without_a_token_the_feed_is_asked_for_with_as_few_answers_as_can_be() -> None:
    assert urls(by_feed(entry())) == [f"{FEED}.rss?limit=1"]
    assert urls(by_feed(SAID, url=COMMENT)) == [f"{FEED}_/kz9xy1/.rss?limit=1"]
    assert urls(by_feed(entry(), access=Access(replies=20))) == [f"{FEED}.rss?limit=20"]
    assert urls(by_feed(entry(), access=Access(replies=999))) == [f"{FEED}.rss?limit=100"]
    assert urls(by_feed(entry(), access=Access(replies=9, depth=0))) == [f"{FEED}.rss?limit=1"]


def test_where_the_feed_has_no_such_post_what_is_told_for_embedding_is_asked() -> None:
    played = ask({FEED: feed(), OEMBED: Answer.json(TOLD)})
    assert urls(played)[1] == f"{OEMBED}url=https%3A%2F%2Fwww.reddit.com%2Fcomments%2F1abcd2%2F"
    assert not any(each.authorized for each in played.targets)


def test_with_a_token_the_post_alone_is_asked_for() -> None:
    played = by_token(ITEM)
    assert urls(played) == [f"{INFO}?raw_json=1&id=t3_1abcd2"]
    assert [(each.authorized, each.redirects) for each in played.targets] == [(True, False)]
    comment = ask({INFO: info(ITEM, REMARK)}, TOKEN, COMMENT)
    assert urls(comment) == [f"{INFO}?raw_json=1&id=t1_kz9xy1,t3_1abcd2"]


def test_answers_are_asked_for_where_they_are_wanted() -> None:
    played = ask({THREAD: thread(ITEM)}, Access(token=True, replies=20, depth=2))
    told = parse_qs(urlsplit(played.targets[0].url).query)
    assert told == {"raw_json": ["1"], "sort": ["old"], "limit": ["20"], "depth": ["2"]}
    below_one = ask({THREAD: thread(ITEM, below(REMARK))}, Access(token=True, replies=900), COMMENT)
    told = parse_qs(urlsplit(below_one.targets[0].url).query)
    assert (told["limit"], told["comment"], told["context"], told["depth"]) == (["500"], ["kz9xy1"], ["0"], ["2"])


def test_a_post_that_is_left_out_is_asked_for_once_more_for_the_reason() -> None:
    refused = Answer.json({"reason": "private", "message": "Forbidden", "error": 403}, 403)
    played = ask({INFO: info(), THREAD: refused}, TOKEN)
    assert [each.role for each in played.targets] == ["api.info", "api.reason"]
    assert (played.state, played.rule) == ("private", "reddit.api.reason.reason-private")


def test_a_token_that_is_not_accepted_is_none() -> None:
    played = ask({INFO: Answer.json({"message": "Unauthorized"}, 401), FEED: feed(entry())}, TOKEN)
    assert [each.role for each in played.targets] == ["api.info", "feed"]
    assert played.state == "available"


@pytest.mark.parametrize(
    ("feed_said", "state"),
    [(Answer(status=404), "not_found"), (Answer(status=429), "rate_limited"), (Answer(status=401), "login_required")],
)
def test_where_a_token_is_not_accepted_the_feed_decides(feed_said: Answer, state: str) -> None:
    played = ask({INFO: Answer(status=401), FEED: feed_said}, TOKEN)
    assert (played.state, played.rule.rpartition(".")[0]) == (state, "reddit.feed")


@pytest.mark.parametrize("name", ["js_challenge", "solution"])
@pytest.mark.parametrize("status", [200, 403])
def test_a_task_for_scripts_is_a_test_and_ends_the_asking(name: str, status: int) -> None:
    task = Answer.html(f'<form method="GET"><input type="hidden" name="{name}" value="1"></form>', status)
    played = ask({FEED: task, OEMBED: Answer.json(TOLD)})
    assert (played.state, played.rule, len(played.targets)) == ("challenge", "reddit.feed.challenge", 1)
    link = "https://www.reddit.com/r/harbour/s/AbCd12"
    assert ask({link: task}, url=link).rule == "reddit.short.challenge"
    quoted = feed(entry(text="&lt;form>&lt;input name='js_challenge'>"))
    assert ask({FEED: quoted}).state == "available"


@pytest.mark.parametrize("status", [401, 403, 429, 451])
def test_nothing_is_asked_after_a_refusal(status: int) -> None:
    assert len(ask({FEED: Answer(status=status), OEMBED: Answer.json(TOLD)}).targets) == 1
    if status != 401:
        assert len(ask({INFO: Answer(status=status), FEED: feed(entry())}, TOKEN).targets) == 1


def test_a_short_link_leads_to_the_post() -> None:
    link = "https://www.reddit.com/r/harbour/s/AbCd12"
    moved = Answer(status=301, headers=(("Location", f"{COMMENT}?share_id=x"),))
    played = ask({link: moved, FEED: feed(SAID)}, url=link)
    assert [(each.role, each.redirects) for each in played.targets] == [("short", False), ("feed", True)]
    assert (played.key.id, played.state, played.post["id"]) == ("reddit:short/AbCd12", "available", "t1_kz9xy1")


def test_short_links_that_lead_to_each_other_are_followed_three_times() -> None:
    def answers(target: Target) -> Answer:
        return Answer(status=302, headers=(("Location", f"/r/harbour/s/x{len(target.url)}{target.role[-1]}"),))

    played = play(ADAPTER, "https://www.reddit.com/r/harbour/s/AbCd12", answers)
    assert [each.role for each in played.targets] == ["short", "short.2", "short.3"]
    assert played.rule.endswith("leads-elsewhere")


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (Answer(status=403), "unavailable_unknown", "reddit.short.status-403"),
        (Answer(status=404), "not_found", "reddit.short.status-404"),
        (Answer.html('<form><input name="solution">'), "challenge", "reddit.short.challenge"),
        (Answer.html("x"), "unavailable_unknown", "reddit.short.nothing"),
        (Answer(failure="connect"), "unavailable_unknown", "reddit.short.failed"),
        (
            Answer(status=302, headers=(("Location", "https://["),)),
            "unavailable_unknown",
            "reddit.short.leads-elsewhere",
        ),
        (
            Answer(status=302, headers=(("Location", "/r/harbour"),)),
            "unavailable_unknown",
            "reddit.short.leads-elsewhere",
        ),
        (Answer(status=302, headers=(("Location", "/login/?reason=x"),)), "login_required", "reddit.short.login"),
    ],
)
def test_a_short_link_that_leads_to_no_post(answer: Answer, state: str, rule: str) -> None:
    link = "https://www.reddit.com/r/harbour/s/AbCd12"
    played = ask({link: answer}, url=link)
    assert (played.state, played.rule, len(played.targets)) == (state, rule, 1)
    assert played.document["missing"]


def test_the_picture_of_a_feed_is_asked_for() -> None:
    thumb = '<media:thumbnail url="https://b.thumbs.example/1.jpg"/>'
    played = by_feed(entry(outside="https://i.redd.it/abc.jpg", text="", extra=thumb), access=Access(media=True))
    assert urls(played)[1:] == ["https://i.redd.it/abc.jpg", "https://b.thumbs.example/1.jpg"]
    renditions = played.post["attachment"][0]["renditions"]
    assert [(each["role"], each["exchange"]) for each in renditions] == [("original", 2), ("thumb", 3)]


def test_a_video_that_the_feed_only_names_is_asked_for_as_a_stream() -> None:
    def answers(target: Target) -> Answer | None:
        return FILM if target.video else feed(entry(outside="https://v.redd.it/abc"))

    played = play(ADAPTER, POST, answers, Access(media=True))
    assert [(each.url, each.video) for each in played.targets[1:]] == [(FEED, True)]


# states


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (feed(entry()), "available", "reddit.feed.entry"),
        (feed(SAID, entry()), "available", "reddit.feed.entry"),
        (feed(entry(text="[removed]")), "removed_by_platform", "reddit.feed.body-removed"),
        (feed(entry(text="<p>[deleted]</p>", author="/u/[deleted]")), "deleted", "reddit.feed.body-deleted"),
        (feed(entry(text="<p>[deleted]</p>", author="")), "deleted", "reddit.feed.body-deleted"),
        (feed(entry(text="<p>[deleted]</p>")), "available", "reddit.feed.entry"),
        (feed(entry(author="/u/[deleted]")), "available", "reddit.feed.entry"),
        (feed(entry(text="<p>[removed] by me</p>")), "available", "reddit.feed.entry"),
        (Answer(status=401), "login_required", "reddit.feed.status-401"),
        (Answer.html("<p>blocked</p>", 403), "unavailable_unknown", "reddit.feed.status-403"),
        (Answer.html('<form><input name="js_challenge">', 403), "challenge", "reddit.feed.challenge"),
        (Answer.json({"reason": "private"}, 403), "private", "reddit.feed.reason-private"),
        (Answer.json({"reason": "quarantined"}, 403), "login_required", "reddit.feed.reason-quarantined"),
        (Answer.json({"reason": "gated"}, 403), "login_required", "reddit.feed.reason-gated"),
        (Answer.json({"reason": "gold_only"}, 403), "private", "reddit.feed.reason-gold-only"),
        (Answer.json({"reason": "banned"}, 404), "removed_by_platform", "reddit.feed.reason-banned"),
        (Answer.json({"reason": "Because we say so."}, 403), "unavailable_unknown", "reddit.feed.status-403"),
        (Answer(status=429), "rate_limited", "reddit.feed.status-429"),
        (Answer(status=451), "geo_blocked", "reddit.feed.status-451"),
        (Answer(status=302, headers=(("Location", "/login/?reason=lor2"),)), "login_required", "reddit.feed.login"),
        (Answer(status=302, headers=(("Location", "/over18?dest=x"),)), "age_gated", "reddit.feed.over18"),
        (Answer(status=302, headers=(("Location", "/quarantine?dest=x"),)), "login_required", "reddit.feed.quarantine"),
        (Answer(status=404), "not_found", "reddit.feed.status-404"),
        (Answer(status=410), "not_found", "reddit.feed.status-410"),
        (Answer(status=500), "unavailable_unknown", "reddit.feed.status-500"),
        (Answer.html("<p>x</p>"), "unavailable_unknown", "reddit.feed.nothing"),
        (feed(SAID), "unavailable_unknown", "reddit.feed.nothing"),
        (Answer(b"<feed", whole=False), "unavailable_unknown", "reddit.feed.broken-off"),
        (Answer(failure="timeout"), "unavailable_unknown", "reddit.feed.failed"),
    ],
)
def test_state_by_the_feed(answer: Answer, state: str, rule: str) -> None:
    played = ask({FEED: answer})
    assert (played.state, played.rule) == (state, rule)
    assert ADAPTER.classify(played.key, played.seen).exchange == 1


@pytest.mark.parametrize(
    ("changes", "state", "rule"),
    [
        ({}, "available", "reddit.api.item"),
        ({"removed_by_category": "deleted"}, "deleted", "reddit.api.removed-by-deleted"),
        ({"removed_by_category": "author"}, "deleted", "reddit.api.removed-by-author"),
        ({"removed_by_category": "moderator"}, "removed_by_platform", "reddit.api.removed-by-moderator"),
        ({"removed_by_category": "anti_evil_ops"}, "removed_by_platform", "reddit.api.removed-by-anti-evil-ops"),
        ({"removed_by_category": "a\x1b[31m<b>"}, "removed_by_platform", "reddit.api.removed-by-a31mb"),
        ({"selftext": "[removed]"}, "removed_by_platform", "reddit.api.body-removed"),
        ({"selftext": "[deleted]", "author": "[deleted]"}, "deleted", "reddit.api.body-deleted"),
        ({"selftext": "[deleted]"}, "available", "reddit.api.item"),
        ({"author": "[deleted]"}, "available", "reddit.api.item"),
    ],
)
def test_state_by_the_interface(changes: dict[str, Any], state: str, rule: str) -> None:
    played = by_token(ITEM | changes)
    assert (played.state, played.rule) == (state, rule)
    assert (played.post["type"] == "Tombstone") == (state != "available")
    assert "content" in played.post or state != "available"


def test_a_comment_that_was_deleted_keeps_its_place_and_time() -> None:
    gone = REMARK | {"author": "[deleted]", "body": "[deleted]", "edited": False}
    played = ask({INFO: info(ITEM, gone)}, TOKEN, COMMENT)
    assert played.rule == "reddit.api.body-deleted"
    assert (played.post["type"], played.post["inReplyTo"]) == ("Tombstone", "t3_1abcd2")
    assert played.post["published"]["raw"] == CREATED + 60
    assert not {"attributedTo", "content"} & set(played.post)
    assert "the account of the author is gone" in played.document["warnings"][0]


def test_a_comment_that_is_not_told_is_not_the_post_above_it() -> None:
    played = ask({INFO: info(ITEM), THREAD: thread(ITEM)}, TOKEN, COMMENT)
    assert [each.role for each in played.targets] == ["api.info", "api.reason"]
    assert (played.state, played.document["post"]) == ("unavailable_unknown", None)


def test_what_is_told_for_embedding_alone_needs_a_token() -> None:
    played = ask({FEED: feed(), OEMBED: Answer.json(TOLD)})
    assert (played.state, played.rule) == ("needs_token", "reddit.oembed.only")
    assert played.post["name"] == "Snow in the yard"
    assert played.post["attributedTo"] == {"type": "Person", "preferredUsername": "lena_primer"}
    bare = ask({FEED: feed(), OEMBED: Answer.json({"title": "x"})})
    assert bare.post == {"type": "Article", "name": "x"}
    failed = ask({OEMBED: Answer.json(TOLD)})
    assert (failed.state, failed.rule, failed.post["name"]) == (
        "unavailable_unknown",
        "reddit.feed.failed",
        TOLD["title"],
    )
    for strange in (Answer.html("<p>Blocked</p>"), Answer(b"<feed><entry>"), Answer(b"<feed>\xcc</feed>"), Answer(b"")):
        assert ask({FEED: strange, OEMBED: Answer.json(TOLD)}).rule == "reddit.feed.nothing"
    none = ask({FEED: feed(), OEMBED: Answer.json({"error": 404}, 404)})
    assert (none.state, none.rule) == ("unavailable_unknown", "reddit.feed.nothing")


def test_nothing_seen_is_a_state() -> None:
    for url in (POST, COMMENT, "https://www.reddit.com/r/harbour/s/AbCd12"):
        key = ADAPTER.match(Address.parse(url))
        assert key is not None
        assert ADAPTER.classify(key, ()).rule == "reddit.not-asked"
        assert ADAPTER.extract(key, ()).post is None
        assert ADAPTER.more(key, TOKEN, ()) == ()
    played = ask({FEED: feed(), OEMBED: Answer(status=500)})
    assert ADAPTER.classify(played.key, played.seen[1:]).rule == "reddit.oembed.status-500"


# fields


def test_fields_of_an_entry() -> None:
    document = by_feed(entry(updated="2026-03-04T06:00:00+00:00")).document
    post = document["post"]
    assert (post["type"], post["id"], post["url"], post["name"]) == ("Article", "t3_1abcd2", POST, "Snow in the yard")
    assert post["attributedTo"] == {
        "type": "Person", "preferredUsername": "lena_primer", "url": "https://www.reddit.com/user/lena_primer",
    }  # fmt: skip
    assert post["onBehalfOf"] == {"type": "Group", "id": "harbour", "name": "r/harbour"}
    assert post["published"]["value"] == "2026-03-04T05:06:07Z"
    assert post["updated"]["value"] == "2026-03-04T06:00:00Z"
    assert post["content"]["text"] == "They rang at ten to seven."
    assert "<strong>" in post["content"]["html"]
    assert "attachment" not in post
    assert document["idTime"] is None
    sources = document["sources"]
    assert sources["/post/attributedTo/preferredUsername"]["at"] == "entry[1] author[1] name[1]"
    assert sources["/post/content/text"]["at"] == "entry[1] content[1] div.md[1]"
    assert [each["what"] for each in document["missing"]] == [
        "the numbers",
        "the earlier text",
        "answers of other people",
    ]


def test_an_answer_that_came_unasked_is_not_read_out() -> None:
    document = by_feed(entry(), SAID).document
    assert "replies" not in document["post"]
    assert "not read out" in document["missing"][1]["why"]


def test_answers_of_a_feed_are_read_where_they_were_wanted() -> None:
    gone = entry("t1_kz9xy3", "/u/[deleted]", "<p>[deleted]</p>")
    document = by_feed(entry(), SAID, gone, SAID.replace("kz9xy1", "kz9xy4"), access=Access(replies=2)).document
    assert [(each["type"], each["id"]) for each in document["post"]["replies"]] == [
        ("Note", "t1_kz9xy1"),
        ("Tombstone", "t1_kz9xy3"),
    ]
    assert "attributedTo" not in document["post"]["replies"][1]
    assert [each["what"] for each in document["missing"]] == [
        "the numbers",
        "which answer answers what",
        "further answers",
    ]


def test_a_comment_of_a_feed_has_the_post_above_it() -> None:
    document = by_feed(entry(), SAID, url=COMMENT).document
    assert (document["post"]["id"], document["post"]["context"][0]["id"]) == ("t1_kz9xy1", "t3_1abcd2")
    assert not {"name", "onBehalfOf"} & set(document["post"])


def test_what_an_entry_links_to_is_named() -> None:
    for outside, kind, why in (
        ("https://news.example/a", "Link", "links to"),
        ("https://v.redd.it/abc", "Video", "names its page"),
        ("https://www.reddit.com/gallery/1abcd2", "Image", "names its page"),
    ):
        document = by_feed(entry(text="", outside=outside)).document
        media = document["post"]["attachment"][0]
        assert (media["type"], media["url"], why in media["why"]) == (kind, outside, True)
        assert any(each["what"] == "what the post shows or links to" for each in document["missing"])
    alone = by_feed(entry(extra='<media:thumbnail url="https://b.thumbs.example/1.jpg"/>')).post
    assert alone["attachment"][0]["renditions"][0]["role"] == "thumb"


def test_what_an_entry_does_not_tell_is_not_there() -> None:
    bare = by_feed("<entry><id>t3_1abcd2</id></entry>").post
    assert bare == {"type": "Article", "id": "t3_1abcd2"}
    old = by_feed("<entry><id>t3_1abcd2</id><updated>2026-03-04T05:06:07+00:00</updated></entry>").post
    assert old["published"]["value"] == "2026-03-04T05:06:07Z"


def test_a_feed_that_broke_off_says_so() -> None:
    whole = feed(entry())
    cut = Answer(whole.body[:-7], headers=whole.headers, whole=False)
    assert "broke off" in ask({FEED: cut}).document["warnings"][0]


def test_fields_of_a_post() -> None:
    document = by_token(ITEM | {"edited": CREATED + 90.0}).document
    post = document["post"]
    assert (post["type"], post["id"], post["url"], post["name"]) == ("Article", "t3_1abcd2", POST, "Snow in the yard")
    assert post["attributedTo"] == {
        "type": "Person", "id": "t2_6900", "preferredUsername": "lena_primer",
        "url": "https://www.reddit.com/user/lena_primer/",
    }  # fmt: skip
    assert post["onBehalfOf"] == {"type": "Group", "id": "t5_77", "name": "r/harbour"}
    assert post["published"] == {
        "value": "2026-03-04T05:06:07Z", "precision": "second", "source": "server", "raw": CREATED,
    }  # fmt: skip
    assert post["updated"]["value"] == "2026-03-04T05:07:37Z"
    assert post["content"] == {"text": ITEM["selftext"], "html": ITEM["selftext_html"]}
    assert post["sensitive"] is False
    assert [(each["name"], each["value"], each["exact"]) for each in post["counts"]] == [
        ("score", 41, False),
        ("replies", 2, True),
    ]
    assert [each["what"] for each in document["missing"]] == ["the earlier text", "answers of other people"]
    assert document["sources"]["/post/name"]["at"] == "/data/children/0/data/title"


def test_what_a_post_does_not_tell_is_not_there() -> None:
    assert by_token({"name": "t3_1abcd2"}).post == {"type": "Article", "id": "t3_1abcd2"}
    odd = by_token(ITEM | {"edited": True, "created_utc": 1.5, "permalink": "https://x.example/", "score": None}).post
    assert odd["edited"] is True
    assert "published" not in odd
    assert odd["url"] == "https://x.example/"
    hidden = by_token(ITEM | {"hide_score": True, "num_comments": 0}).document
    assert [each["name"] for each in hidden["post"]["counts"]] == ["replies"]
    assert hidden["missing"] == []


def test_marks_of_reddit_are_said() -> None:
    document = by_token(ITEM | {"quarantine": True, "distinguished": "moderator"}).document
    assert [each.rpartition(" ")[2] for each in document["warnings"]] == ["(quarantine)", "(distinguished)"]


def test_a_poll() -> None:
    poll = {
        "options": [{"id": "1", "text": "Yes", "vote_count": 4}, {"text": "No"}, {}], "total_vote_count": 9,
        "voting_end_timestamp": (CREATED + 100) * 1000,
    }  # fmt: skip
    post = by_token(ITEM | {"poll_data": poll}).post
    assert post["type"] == "Question"
    assert post["poll"]["choices"] == [
        {"name": "Yes", "votes": {"name": "votes", "value": 4, "exact": True}},
        {"name": "No"},
    ]
    assert post["poll"]["endTime"]["value"] == "2026-03-04T05:07:47Z"


LINKED = ITEM | {"is_self": False, "selftext": "", "domain": "news.example", "url": "https://news.example/a"}
SOURCE = {"url": "https://preview.redd.it/a.jpg?s=1", "width": 640, "height": 480}


def test_what_a_post_links_to_is_named_and_its_picture_asked_for() -> None:
    played = by_token(LINKED | {"preview": {"images": [{"source": SOURCE}]}}, media=True)
    assert urls(played)[1:] == [SOURCE["url"]]
    media = played.post["attachment"][0]
    assert (media["type"], media["name"], media["url"]) == ("Link", "news.example", "https://news.example/a")
    assert media["renditions"][0]["exchange"] == 2


def test_a_picture_is_asked_for_in_its_own_size() -> None:
    image = LINKED | {"url_overridden_by_dest": "https://i.redd.it/a.jpg", "preview": {"images": [{"source": SOURCE}]}}
    played = by_token(image, media=True)
    assert urls(played)[1:] == ["https://i.redd.it/a.jpg"]
    assert [each["why"] for each in played.post["attachment"][0]["renditions"] if "why" in each] == [
        "another size; not asked for"
    ]
    assert by_token(LINKED | {"url": "https://["}).post["attachment"][0]["type"] == "Link"


def test_a_gallery_is_asked_for_in_its_order() -> None:
    metadata = {
        "b": {"e": "Image", "id": "b", "s": {"u": "https://preview.redd.it/b.jpg", "x": 10, "y": 20}},
        "a": {"e": "AnimatedImage", "id": "a", "s": {"mp4": "https://preview.redd.it/a.mp4"}},
        "c": {"e": "Image", "status": "failed"},
    }
    order = {"items": [{"media_id": "a", "caption": "first"}, {"media_id": "b"}, {"media_id": "c"}]}
    played = by_token(LINKED | {"media_metadata": metadata, "gallery_data": order}, media=True)
    assert urls(played)[1:] == ["https://preview.redd.it/a.mp4", "https://preview.redd.it/b.jpg"]
    first, second, third = played.post["attachment"]
    assert (first["type"], first["description"], second["renditions"][0]["width"]) == ("Video", "first", 10)
    assert third["why"] == "Reddit names no file"
    unordered = by_token(LINKED | {"media_metadata": metadata}).post["attachment"]
    assert [each.get("id") for each in unordered] == ["b", "a", None]


FILM_DATA = {
    "fallback_url": "https://v.redd.it/x/DASH_720.mp4?source=fallback", "hls_url": "https://v.redd.it/x/list.m3u8?a=1",
    "dash_url": "https://v.redd.it/x/list.mpd", "width": 1280, "height": 720, "duration": 31, "has_audio": True,
}  # fmt: skip


def with_film(**changes: Any) -> dict[str, Any]:
    return LINKED | {"url": "https://v.redd.it/x", "secure_media": {"reddit_video": FILM_DATA | changes}}


def test_a_video_with_sound_is_asked_for_as_a_stream() -> None:
    played = by_token(with_film(), media=True)
    assert [(each.url, each.video) for each in played.targets[1:]] == [(FILM_DATA["hls_url"], True)]
    video = played.post["attachment"][0]
    assert (video["type"], video["duration"]) == ("Video", 31)
    assert [(each["role"], each.get("exchange", 0)) for each in video["renditions"]] == [
        ("best", 2),
        ("best", 0),
        ("manifest", 0),
    ]


def test_a_video_whose_stream_does_not_come_is_asked_for_without_sound() -> None:
    def answers(target: Target) -> Answer | None:
        if target.authorized:
            return info(with_film())
        return Answer(status=404) if target.video else FILM

    played = play(ADAPTER, POST, answers, Access(token=True, media=True))
    assert [each.video for each in played.targets] == [False, True, False]
    assert played.post["attachment"][0]["renditions"][0]["exchange"] == 3


@pytest.mark.parametrize("status", [401, 403, 429])
def test_where_the_stream_was_refused_its_host_is_not_asked_for_the_file(status: int) -> None:
    played = play(
        ADAPTER, POST, {INFO: info(with_film()), "https://v.redd.it/": Answer(status=status)}, Access(True, media=True)
    )
    assert [each.video for each in played.targets] == [False, True]
    assert "has refused" in played.post["attachment"][0]["renditions"][0]["why"]


@pytest.mark.parametrize("url", ["http://[", "http://127.0.0.1/x", "https://enemy.example/v.redd.it", "file:///x"])
def test_a_stream_on_a_host_of_others_is_not_asked_for(url: str) -> None:
    assert [each.url for each in by_token(with_film(hls_url=url), media=True).targets if each.video] == [FEED]


def test_a_video_without_sound_is_a_file() -> None:
    played = by_token(with_film(has_audio=False), media=True)
    assert urls(played)[1:] == [FILM_DATA["fallback_url"]]
    media = LINKED | {"media": {"reddit_video": FILM_DATA | {"is_gif": True}}}
    assert urls(by_token(media, media=True))[1:] == [FILM_DATA["fallback_url"]]


def test_a_video_without_a_file_names_its_stream() -> None:
    media = by_token(with_film(fallback_url=None)).post["attachment"][0]
    assert [each["role"] for each in media["renditions"]] == ["manifest", "manifest"]


def test_a_post_that_shares_another_has_it_as_its_origin() -> None:
    other = with_film(has_audio=False) | {"id": "9", "name": "t3_9", "author": "ivan_test", "selftext": "x"}
    played = by_token(LINKED | {"crosspost_parent_list": [other]}, media=True)
    assert urls(played)[1:] == [FILM_DATA["fallback_url"]]
    post = played.post
    assert (post["relation"], post["origin"][0]["id"], "attachment" in post) == ("repost", "t3_9", False)
    assert post["origin"][0]["attachment"][0]["renditions"][0]["exchange"] == 2
    gone = by_token(LINKED | {"crosspost_parent_list": [other | {"removed_by_category": "moderator"}]}).post
    assert gone["origin"][0]["type"] == "Tombstone"
    streamed = by_token(LINKED | {"crosspost_parent_list": [with_film() | {"id": "9"}]}, media=True)
    assert streamed.targets[-1].video


# answers


def test_answers_come_in_their_order_and_say_what_they_answer() -> None:
    answer = thread(ITEM | {"num_comments": 9}, below(REMARK, below(ANSWER), MORE), MORE)
    document = ask({THREAD: answer}, Access(token=True, replies=5, depth=2)).document
    replies = document["post"]["replies"]
    assert [(each["id"], each["inReplyTo"]) for each in replies] == [
        ("t1_kz9xy1", "t3_1abcd2"),
        ("t1_kz9xy2", "t1_kz9xy1"),
    ]
    assert replies[0]["counts"] == [{"name": "score", "value": -3, "exact": False}]
    assert replies[0]["updated"]["raw"] == CREATED + 120
    assert document["missing"][-1]["why"].startswith("14 more are there")


def test_no_more_answers_are_read_than_were_asked_for() -> None:
    many = [below(REMARK | {"name": f"t1_{n}"}) for n in range(20)]
    document = ask({THREAD: thread(ITEM, *many)}, Access(token=True, replies=5)).document
    assert len(document["post"]["replies"]) == 5
    assert document["missing"][-1]["what"] == "further answers"


def test_all_answers_are_there_and_nothing_is_missing() -> None:
    document = ask(
        {THREAD: thread(ITEM, below(REMARK, below(ANSWER)))}, Access(token=True, replies=50, depth=3)
    ).document
    assert document["missing"] == []


def test_a_comment_has_the_answers_below_it_and_the_post_above() -> None:
    answers = {THREAD: thread(ITEM, below(REMARK, below(ANSWER)))}
    document = ask(answers, Access(token=True, replies=5), COMMENT).document
    assert document["post"]["id"] == "t1_kz9xy1"
    assert [each["id"] for each in document["post"]["replies"]] == ["t1_kz9xy2"]
    assert document["post"]["context"][0]["name"] == "Snow in the yard"
