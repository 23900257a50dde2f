"""Threads: which post an address means, what is asked, how it stands, and what is read from the answers."""

import pytest
from adapterkit import Answer, Played, play
from metapages import (
    CODE,
    FILM,
    HERE,
    PICTURE,
    PK,
    THREAD,
    THREADS_OEMBED,
    code_of,
    embed_markup,
    film,
    graph_error,
    moved,
    number_at,
    og,
    page,
    picture,
    thread,
    thread_post,
)

from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.platforms.threads import ADAPTER

MEDIA = Access(media=True)
SHELL = page({"result": {}})
OEMBED = embed_markup(THREAD, "data-text-post-permalink")
NO = graph_error(24)


def ask(url: str = THREAD, access: Access = Access(), **answers: Answer) -> Played:  # noqa: B008
    places = {"page": "https://www.threads.com/", "oembed": THREADS_OEMBED, "files": HERE}
    return play(ADAPTER, url, {places[role]: answer for role, answer in answers.items()}, access)


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        (f"https://www.threads.com/@quay_street/post/{CODE}", THREAD),
        (f"https://www.threads.net/@quay_street/post/{CODE}/", THREAD),
        (f"http://threads.net/@quay_street/post/{CODE}?xmt=AQG", THREAD),
        (f"https://www.threads.com/@quay_street/post/{CODE}/embed", THREAD),
        (f"https://www.threads.com/@quay_street/post/{CODE}/media", THREAD),
        (f"https://www.threads.com/%40quay_street/post/{CODE}", THREAD),
        (f"https://threads.net/t/{CODE}", f"https://www.threads.com/t/{CODE}"),
        (f"https://threads.com/t/{CODE}/", f"https://www.threads.com/t/{CODE}"),
        (f"https://www.vxthreads.net/@quay_street/post/{CODE}", THREAD),
    ],
)
def test_what_an_address_means(address: str, asked: str) -> None:
    key = ADAPTER.match(Address.parse(address))
    assert key is not None
    assert key.id == f"threads:{CODE}"
    assert [each.url for each in ADAPTER.plan(key, MEDIA)] == [asked]


@pytest.mark.parametrize(
    "address",
    [
        "https://www.threads.com/",
        "https://www.threads.com/@quay_street",
        "https://www.threads.com/@quay_street/replies",
        "https://www.threads.com/search?q=x",
        f"https://threads.com.example/t/{CODE}",
        f"https://help.threads.com/t/{CODE}",
        f"ftp://threads.com/t/{CODE}",
    ],
)
def test_what_is_no_post_means_nothing(address: str) -> None:
    assert ADAPTER.match(Address.parse(address)) is None


STATES = [
    ({"page": page(thread([thread_post()]))}, "available", "page.post"),
    ({"page": page(thread([thread_post(is_post_unavailable=True)]))}, "unavailable_unknown", "page.post-unavailable"),
    (
        {"page": page(thread([thread_post(text_post_app_info={"is_post_unavailable": True})]))},
        "unavailable_unknown", "page.post-unavailable",
    ),
    ({"page": Answer.html(og(THREAD)), "oembed": NO}, "needs_browser", "page.preview"),
    ({"page": SHELL, "oembed": OEMBED}, "needs_browser", "oembed.embeddable"),
    ({"page": moved("https://www.threads.com/login/?next=x"), "oembed": OEMBED}, "needs_browser", "oembed.embeddable"),
    ({"page": moved("https://www.threads.com/login?next=x"), "oembed": NO}, "login_required", "redirect.login"),
    ({"page": moved("https://www.threads.com/"), "oembed": NO}, "login_required", "redirect.home"),
    (
        {"page": moved("https://www.threads.com/?error=invalid_post"), "oembed": NO},
        "unavailable_unknown", "redirect.invalid-post",
    ),
    ({"page": moved("/?error=invalid_post"), "oembed": OEMBED}, "needs_browser", "oembed.embeddable"),
    ({"page": moved("/challenge/")}, "challenge", "redirect.challenge"),
    ({"page": page(thread([thread_post(PK + 5)])), "oembed": NO}, "unavailable_unknown", "page.other-posts"),
    ({"page": SHELL, "oembed": NO}, "unavailable_unknown", "page.nothing"),
    ({"page": Answer(b"<html>", whole=False), "oembed": NO}, "unavailable_unknown", "page.broken-off"),
    ({"page": SHELL, "oembed": graph_error(613)}, "rate_limited", "oembed.limit"),
    ({"page": Answer(status=404), "oembed": NO}, "not_found", "page.status-404"),
    ({"page": Answer(status=429)}, "rate_limited", "page.status-429"),
    ({"page": Answer(status=401)}, "login_required", "page.status-401"),
    ({"page": Answer(status=403)}, "unavailable_unknown", "page.status-403"),
    ({"page": Answer(status=451)}, "geo_blocked", "page.status-451"),
    ({"page": Answer(status=503), "oembed": NO}, "unavailable_unknown", "page.status-503"),
    ({}, "unavailable_unknown", "page.failed"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "state", "rule"), STATES)
def test_how_a_post_stands(answers: dict[str, Answer], state: str, rule: str) -> None:
    played = ask(**answers)
    assert (played.state, played.rule) == (state, f"threads.{rule}")


def test_nothing_asked_is_said() -> None:
    key = ADAPTER.match(Address.parse(THREAD))
    assert key is not None
    assert ADAPTER.classify(key, ()).rule == "threads.page.not-asked"
    assert ADAPTER.more(key, MEDIA, ()) == ()
    assert ADAPTER.extract(key, ()).post is None


def test_one_question_more_only_where_the_page_tells_nothing() -> None:
    assert [each.role for each in ask(page=page(thread([thread_post()]))).targets] == ["page"]
    played = ask(page=SHELL, oembed=NO)
    assert [each.role for each in played.targets] == ["page", "oembed"]
    assert played.targets[1].url.endswith("?url=https%3A%2F%2Fwww.threads.com%2F%40quay_street%2Fpost%2F" + CODE)


def test_the_members_of_a_post() -> None:
    played = ask(page=page(thread([thread_post()]), head=og(THREAD)))
    post = played.post
    assert (post["id"], post["url"]) == (str(PK), THREAD)
    assert post["content"] == {"text": "They rang at ten to seven."}
    assert post["published"]["value"] == "2026-03-04T05:06:07Z"
    assert post["attributedTo"]["preferredUsername"] == "quay_street"
    assert {each["name"]: each["value"] for each in post["counts"]} == {
        "likes": 4,
        "replies": 3,
        "quotes": 1,
        "shares": 2,
    }
    assert "attachment" not in post
    assert played.document["idTime"]["value"].startswith("2026-03-04T05:04:37")
    assert played.document["warnings"] == []
    assert played.document["missing"] == []


def test_the_text_in_pieces_is_put_together_and_its_links_are_told() -> None:
    pieces = [
        {"plaintext": "See "},
        {"mention_fragment": {"mentioned_user": {"username": "anna"}}},
        {"plaintext": " quay.example", "link_fragment": {"uri": "https://quay.example/9"}},
        {"plaintext": "!", "link_fragment": {}},
        {"link_fragment": {"url": "https://quay.example/10"}},
        {},
    ]
    told = {"text_fragments": {"fragments": pieces}}
    post = ask(page=page(thread([thread_post(caption=None, text_post_app_info=told)]))).post
    assert post["content"]["text"] == "See @anna quay.example!"
    assert post["tag"] == [
        {"type": "Mention", "name": "anna"},
        {"type": "Link", "name": " quay.example", "href": "https://quay.example/9"},
        {"type": "Link", "href": "https://quay.example/10"},
    ]


def test_what_stands_above_is_context_and_the_rest_is_named() -> None:
    above = [thread_post(number_at(1_772_600_000 + n), f"above {n}") for n in range(25)]
    post = thread_post(text_post_app_info={"is_reply": True})
    beside = [[thread_post(PK + 7, "an answer")], [thread_post(PK + 9, "another")]]
    played = ask(page=page(thread([*above, post], *beside)))
    context = played.post["context"]
    assert [each["content"]["text"] for each in context] == [f"above {n}" for n in range(5, 25)]
    assert played.post["inReplyTo"] == above[-1]["code"]
    assert [each["what"] for each in played.document["missing"]] == ["other posts that the page holds: 7"]


def test_what_it_answers_may_be_missing() -> None:
    played = ask(page=page(thread([thread_post(text_post_app_info={"is_reply": True})])))
    assert played.document["missing"][0]["what"] == "the post that it answers"


def test_a_quoted_post_is_the_origin() -> None:
    told = {"share_info": {"quoted_post": thread_post(PK + 3, "Quoted") | {"user": None} | film()}}
    played = ask(THREAD, MEDIA, page=page(thread([thread_post(text_post_app_info=told)])), files=FILM)
    post = played.post
    assert len(played.targets) == 1
    assert post["origin"][0]["attachment"][0]["renditions"][0]["why"] == "not asked for: it belongs to another post"
    assert (post["relation"], post["origin"][0]["content"]["text"]) == ("quote", "Quoted")
    assert "attributedTo" not in post["origin"][0]


def test_pictures_and_videos_are_asked_for() -> None:
    parts = [film(), {"media_type": 1, "image_versions2": {"candidates": [picture("one")]}}]
    played = ask(THREAD, MEDIA, page=page(thread([thread_post(carousel_media=parts)])), files=FILM)
    assert [each.url for each in played.targets[1:]] == [f"{HERE}/film.mp4", f"{HERE}/one.jpg?stp=a&oe=1"]
    assert [each["type"] for each in played.post["attachment"]] == ["Video", "Image"]


def test_hidden_numbers_are_not_told() -> None:
    post = ask(page=page(thread([thread_post(like_and_view_counts_disabled=True)]))).post
    assert "likes" not in [each["name"] for each in post["counts"]]


def test_a_number_that_does_not_fit_its_code_is_said() -> None:
    played = ask(page=page(thread([thread_post(pk=str(PK + 64))])))
    assert "is not that of the number" in played.document["warnings"][0]


def test_a_preview_and_an_address_alone_tell_a_time() -> None:
    card = ask(THREAD, MEDIA, page=Answer.html(og(THREAD, image=f"{HERE}/og.jpg")), oembed=NO, files=PICTURE)
    assert card.post["summary"] == "They rang at ten to seven."
    assert card.post["attachment"][0]["renditions"][0]["exchange"] == 3
    alone = ask(page=SHELL, oembed=OEMBED)
    assert alone.post == {"type": "Note", "url": THREAD}
    for played in (card, alone):
        assert played.document["idTime"]["value"].startswith("2026-03-04T05:04:37")


def test_no_number_no_time() -> None:
    url = f"https://www.threads.com/t/{'_' * 12}"
    played = play(ADAPTER, url, {url: SHELL, THREADS_OEMBED: embed_markup(url, "data-text-post-permalink")})
    assert (played.state, played.document["idTime"]) == ("needs_browser", None)


def test_the_code_spells_the_number() -> None:
    assert code_of(PK) == CODE
