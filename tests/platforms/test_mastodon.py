"""Posts on ActivityPub servers: which addresses are taken, what is asked, and what is told of them."""

from typing import Any

import pytest
from adapterkit import Answer, Played, play
from fediverse import (
    APP,
    AWAY,
    AWAY_NUMBER,
    HERE,
    ID_TIME,
    NUMBER,
    ORIGIN,
    PAGE,
    STREAMS,
    UUID,
    account,
    as_object,
    error,
    note,
    origin_status,
    picture,
    remote_status,
    status,
)

from archiver.model.address import Address
from archiver.model.platform import Access, Target
from archiver.platforms.contract import Adapter
from archiver.platforms.mastodon import ADAPTER

THREAD = Access(replies=20, depth=2)
FILES = Access(media=True)
API, AWAY_API = f"{HERE}/api/v1/statuses/{NUMBER}", f"{AWAY}/api/v1/statuses/{AWAY_NUMBER}"
OBJECT = f"{HERE}/users/anna/statuses/{NUMBER}"
ULID = "01HXYZ0123456789ABCDEFGHJK"
FLAKE = "AbCdEfGhIjKlMnOpQr"


def here(**more: Any) -> dict[str, Answer]:
    """A server that shows a post of its own."""
    return {
        f"{HERE}/@anna/{NUMBER}": Answer.html(APP),
        OBJECT: Answer.json(as_object()),
        API: Answer.json(status(**more)),
    }


def away(mine: dict[str, Any] | None = None, theirs: dict[str, Any] | None = None) -> dict[str, Answer]:
    """A server that shows a post of another one, and that other one."""
    return {
        f"{HERE}/@boris@fluss.example/{NUMBER}": Answer.html(APP),
        API: Answer.json(remote_status(**(mine or {}))),
        ORIGIN: Answer.json(as_object(ORIGIN)),
        f"{AWAY}/@boris/{AWAY_NUMBER}": Answer.html(PAGE),
        AWAY_API: Answer.json(origin_status(**(theirs or {}))),
    }


def local(answers: dict[str, Answer], access: Access = Access()) -> Played:  # noqa: B008
    def by_role(
        target: Target,
    ) -> Answer | None:  # a page and its object have one address, told apart by what is accepted
        url = OBJECT if target.role == "object" else target.url
        return next((answers[each] for each in sorted(answers, reverse=True) if url.startswith(each)), None)

    return play(ADAPTER, f"{HERE}/@anna/{NUMBER}", by_role, access)


def remote(answers: dict[str, Answer], access: Access = Access()) -> Played:  # noqa: B008
    return play(ADAPTER, f"{HERE}/@boris@fluss.example/{NUMBER}", answers, access)


def asked(played: Played) -> list[str]:
    return [
        f"{each.role.partition('.')[0] if 'media' in each.role else each.role} {each.url}" for each in played.targets
    ]


@pytest.mark.parametrize(
    ("path", "key", "kind", "own"),
    [
        (f"/@anna/{NUMBER}", NUMBER, "status", f"/@anna/{NUMBER}"),
        (f"/@anna/{NUMBER}/", NUMBER, "status", f"/@anna/{NUMBER}"),
        (f"/@anna/{NUMBER}/embed", NUMBER, "status", f"/@anna/{NUMBER}"),
        (f"/@anna/{NUMBER}?lang=de#x", NUMBER, "status", f"/@anna/{NUMBER}"),
        (f"/@boris@fluss.example/{NUMBER}", NUMBER, "status", ""),
        (f"/users/anna/statuses/{NUMBER}", NUMBER, "status", f"/users/anna/statuses/{NUMBER}"),
        (f"/users/anna/statuses/{NUMBER}/activity", NUMBER, "status", f"/users/anna/statuses/{NUMBER}"),
        (f"/ap/users/115/statuses/{NUMBER}", NUMBER, "status", f"/ap/users/115/statuses/{NUMBER}"),
        (f"/web/@anna/{NUMBER}", NUMBER, "status", f"/@anna/{NUMBER}"),
        (f"/web/@boris@fluss.example/{NUMBER}", NUMBER, "status", ""),
        (f"/web/statuses/{NUMBER}", NUMBER, "status", ""),
        (f"/statuses/{NUMBER}", NUMBER, "status", ""),
        (f"/deck/@anna/{NUMBER}", NUMBER, "status", f"/@anna/{NUMBER}"),
        (f"/@anna/posts/{NUMBER}", NUMBER, "status", f"/@anna/posts/{NUMBER}"),
        (f"/@anna/posts/{FLAKE}", FLAKE, "status", f"/@anna/posts/{FLAKE}"),
        (f"/@anna/statuses/{ULID}", ULID, "status", f"/users/anna/statuses/{ULID}"),
        (f"/notice/{FLAKE}", FLAKE, "status", f"/notice/{FLAKE}"),
        ("/notice/4711", "4711", "status", "/notice/4711"),
        (f"/objects/{UUID}", f"objects/{UUID}", "object", f"/objects/{UUID}"),
        ("/notes/9yzabc1234", "notes/9yzabc1234", "note", "/notes/9yzabc1234"),
        ("/notes/9yzabc1234567890", "notes/9yzabc1234567890", "note", "/notes/9yzabc1234567890"),
        (f"/notes/{ULID}", f"notes/{ULID}", "note", f"/notes/{ULID}"),
    ],
)
def test_addresses_are_taken_by_their_path_on_any_host(path: str, key: str, kind: str, own: str) -> None:
    found = ADAPTER.match(Address.parse(f"https://irgend.ein.example{path}"))
    assert found is not None
    assert (found.platform, found.id, found.kind) == ("mastodon", f"mastodon:irgend.ein.example/{key}", kind)
    assert found.part("own") == (f"https://irgend.ein.example{own}" if own else "")


@pytest.mark.parametrize(
    "url",
    [
        "https://berg.example/",
        "https://berg.example/@anna",
        "https://berg.example/@anna/tagged/1",
        "https://berg.example/@anna/der-fluss-steigt-1234",
        "https://berg.example/@anna/123456789012345678901",
        "https://berg.example/@anna/video/7123456789012345678",
        "https://berg.example/users/anna/statuses/",
        "https://berg.example/notes/2023",
        "https://berg.example/objects/1",
        "https://berg.example/news/109999999999999999",
        "https://127.0.0.1/@anna/109999999999999999",
        "https://[::1]/@anna/109999999999999999",
        "https://0x7f.1/@anna/109999999999999999",
        "https://localhost/@anna/109999999999999999",
        "ftp://berg.example/@anna/109999999999999999",
    ],
)
def test_other_addresses_are_left_to_others(url: str) -> None:
    assert ADAPTER.match(Address.parse(url)) is None


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://berg.example/@anna/1", "https://berg.example"),
        ("https://berg.example:8443/@anna/1", "https://berg.example:8443"),
        ("http://berg.example:8080/@anna/1", "http://berg.example:8080"),
        ("http://abcdefgh.onion/@anna/1", "http://abcdefgh.onion"),
        ("https://BÜCHER.example/@anna/1", "https://xn--bcher-kva.example"),
    ],
)
def test_api_is_asked_for_with_https_but_where_no_certificate_can_be(url: str, base: str) -> None:
    key = ADAPTER.match(Address.parse(url))
    assert key is not None
    page, api, own = ADAPTER.plan(key, Access())
    assert page.url == Address.parse(url).url
    assert (api.url, own.url) == (f"{base}/api/v1/statuses/1", f"{base}/@anna/1")


def test_it_is_an_adapter_that_says_what_it_does() -> None:
    adapter: Adapter = ADAPTER
    assert adapter.about.name == "mastodon"
    assert all((adapter.about.takes, adapter.about.cannot, adapter.about.learns))
    assert adapter.about.token_variable == ""


def test_post_of_the_named_server_is_asked_for_in_three_requests() -> None:
    played = local(here())
    assert asked(played) == [f"page {HERE}/@anna/{NUMBER}", f"status {API}", f"object {HERE}/@anna/{NUMBER}"]
    assert [each.method for each in played.targets] == ["GET"] * 3
    assert "activity+json" in played.targets[2].headers[0][1]
    assert not any(each.authorized for each in played.targets)


def test_object_is_asked_for_under_its_id_where_the_address_does_not_tell_it() -> None:
    played = play(ADAPTER, f"{HERE}/web/statuses/{NUMBER}", here())
    assert asked(played)[1:] == [f"status {API}", f"object.id {OBJECT}"]
    assert played.document["missing"] == []


def test_object_is_asked_for_under_its_id_where_the_address_brought_none() -> None:
    played = play(ADAPTER, f"{HERE}/@anna/{NUMBER}", here())
    assert asked(played)[2:] == [f"object {HERE}/@anna/{NUMBER}", f"object.id {OBJECT}"]
    assert played.document["missing"] == []


def test_fields_of_a_status() -> None:
    post = local(
        here(in_reply_to_id="109999999999999990", spoiler_text="Hochwasser", sensitive=True, quotes_count=1)
    ).post
    assert post["type"] == "Note"
    assert post["id"] == f"{HERE}/users/anna/statuses/{NUMBER}"
    assert post["url"] == f"{HERE}/@anna/{NUMBER}"
    assert post["published"] == {
        "value": ID_TIME.replace("874", "874000"),
        "precision": "second",
        "source": "server",
        "raw": ID_TIME,
    }
    assert post["content"]["text"] == "Der Fluss steigt.\nSiehe :welle:\n\nМост закрыт & gesperrt"
    assert post["content"]["html"] == status()["content"]
    assert post["content"]["language"] == "de"
    assert (post["summary"], post["sensitive"]) == ("Hochwasser", True)
    assert (post["visibility"], post["generator"]) == ("public", "Boot")
    assert post["inReplyTo"] == "109999999999999990"
    assert post["attributedTo"]["id"] == f"{HERE}/users/anna"
    assert post["attributedTo"]["preferredUsername"] == "anna"
    assert post["attributedTo"]["name"] == "Anna :berg:"
    assert post["attributedTo"]["published"]["precision"] == "day"
    told = {each["name"]: each["value"] for each in post["counts"]}
    assert told == {"replies": 0, "shares": 5, "likes": 12, "quotes": 1}


def test_every_value_names_the_answer_it_is_from() -> None:
    sources = local(here()).document["sources"]
    assert sources["/post/content/html"] == {"exchange": 2, "record": "urn:uuid:record-2", "at": "/content"}
    assert sources["/post/published/raw"]["at"] == "/created_at"


@pytest.mark.parametrize(
    ("more", "kind"), [({}, "Person"), ({"bot": True}, "Service"), ({"bot": True, "group": True}, "Group")]
)
def test_kind_of_the_account(more: dict[str, Any], kind: str) -> None:
    assert local(here(account=account(**more))).post["attributedTo"]["type"] == kind


def test_mentions_tags_and_card() -> None:
    played = local(
        here(
            mentions=[{"id": "8", "username": "boris", "url": f"{AWAY}/@boris", "acct": "boris@fluss.example"}],
            tags=[{"name": "fluss", "url": f"{HERE}/tags/fluss"}],
            card={"url": "https://zeitung.example/a", "title": "Pegel", "description": "Höchststand", "type": "link",
                  "image": "https://files.berg.example/cards/a.png"},
        ),
        FILES,
    )  # fmt: skip
    assert played.post["tag"] == [
        {"type": "Mention", "name": "boris@fluss.example", "href": f"{AWAY}/@boris"},
        {"type": "Hashtag", "name": "fluss", "href": f"{HERE}/tags/fluss"},
    ]
    (card,) = played.post["attachment"]
    assert (card["type"], card["name"], card["url"]) == ("Link", "Pegel", "https://zeitung.example/a")
    assert "the page that the post links to" in card["renditions"][0]["why"]
    assert not any("media" in each.role for each in played.targets)


def test_poll() -> None:
    poll = {"id": "1", "expires_at": "2023-03-11T00:00:00.000Z", "votes_count": 9,
            "options": [{"title": "Ja", "votes_count": 9}, {"title": "Nein", "votes_count": None}, {}]}  # fmt: skip
    post = local(here(poll=poll)).post
    assert post["type"] == "Question"
    assert [(each["name"], each.get("votes", {}).get("value")) for each in post["poll"]["choices"]] == [
        ("Ja", 9),
        ("Nein", None),
    ]
    assert post["poll"]["total"]["value"] == 9
    assert post["poll"]["endTime"]["value"] == "2023-03-11T00:00:00Z"


def test_reactions_of_pleroma_are_counted() -> None:
    post = local(here(pleroma={"emoji_reactions": [{"name": "🌊", "count": 2}, {"count": 1}]})).post
    assert {"name": "🌊", "value": 2, "exact": True} in post["counts"]


def test_earlier_versions_are_asked_for_where_the_post_was_edited() -> None:
    versions = [
        {"content": "<p>Der Fluss fällt.</p>", "created_at": ID_TIME},
        {"content": "<p>Der Fluss steigt.</p>", "created_at": "2023-03-10T18:00:00.000Z"},
        {"created_at": "2023-03-10T19:00:00.000Z"},
    ]
    played = local(here(edited_at="2023-03-10T18:00:00.000Z") | {f"{API}/history": Answer.json(versions)})
    assert asked(played)[-1] == f"history {API}/history"
    assert [each["content"]["text"] for each in played.post["history"]] == ["Der Fluss fällt.", "Der Fluss steigt."]
    assert played.post["updated"]["value"] == "2023-03-10T18:00:00Z"
    assert any("only one tells of an edit" in each for each in played.document["warnings"])


@pytest.mark.parametrize(
    ("answer", "why"),
    [(error(), "404"), (Answer.json([]), "nothing that can be read"), (None, "no answer came: connect")],
)
def test_versions_that_are_not_shown_are_said_to_be_missing(answer: Answer | None, why: str) -> None:
    answers = here(edited_at="2023-03-10T18:00:00.000Z") | {f"{API}/history": answer or Answer(failure="connect")}
    (missing,) = local(answers).document["missing"]
    assert missing["what"] == "earlier versions"
    assert why in missing["why"]


def test_post_of_another_server_is_archived_at_both() -> None:
    played = remote(away())
    assert asked(played) == [
        f"page {HERE}/@boris@fluss.example/{NUMBER}",
        f"status {API}",
        f"origin.status {AWAY_API}",
        f"origin.object {ORIGIN}",
        f"origin.page {AWAY}/@boris/{AWAY_NUMBER}",
    ]
    assert (played.state, played.rule) == ("available", "mastodon.api.status")
    assert played.document["sources"]["/post/content/html"]["exchange"] == 3  # its own server counts
    assert played.post["attributedTo"]["preferredUsername"] == "boris"
    assert played.document["missing"] == [
        {
            "what": "answers",
            "why": "4 are told of; not asked for: they were not wanted, or the server refused before",
            "exchange": 3,
        }
    ]
    assert played.document["warnings"] == []


def test_time_in_the_id_is_that_of_the_server_that_made_the_id() -> None:
    played = remote(away())
    assert played.document["idTime"]["value"] == "2023-03-10T16:46:36.873000Z"
    assert played.document["sources"]["/idTime/raw"]["at"] == "/uri"
    assert played.document["idTime"]["raw"] == AWAY_NUMBER


@pytest.mark.parametrize(
    "uri",
    [
        f"{HERE}/objects/{UUID}", f"{HERE}/users/anna/statuses/4711", f"{HERE}/users/anna/statuses/{ULID}",
        f"{HERE}/notes/9yzabc1234", "tag:berg.example,2016:1",
    ],
)  # fmt: skip
def test_other_ids_tell_no_time(uri: str) -> None:
    assert local(here(uri=uri)).document["idTime"] is None


def test_time_in_the_id_that_is_far_from_the_stated_one_is_flagged() -> None:
    played = local(here(created_at="2023-03-10T16:48:36.874Z") | {OBJECT: error()})
    assert any(
        "the id was made at 2023-03-10T16:46:36.874000Z, 120 seconds" in each for each in played.document["warnings"]
    )


def test_what_two_answers_tell_in_two_ways_is_flagged_with_both() -> None:
    changed = as_object(
        published="2023-03-10T16:50:00Z",
        updated="2023-03-10T17:00:00Z",
        content="<p>Der Fluss fällt.</p>",
        summary="Anderes",
        sensitive=True,
        attributedTo=f"{HERE}/users/nicht-anna",
    )
    answers = here(spoiler_text="Eines", edited_at="2023-03-10T17:30:00.000Z")
    answers[OBJECT] = Answer.json(changed)
    warnings = "\n".join(local(answers).document["warnings"])
    for words in (
        "the times of publication differ, 2023-03-10T16:46:36.874000Z and 2023-03-10T16:50:00Z, between the status",
        "the times of edit differ",
        "the texts differ between the status (exchange 2) and the object (exchange 3)",
        "the warnings before the text differ",
        "what is said to be sensitive differs",
        "the ids of the author differ",
    ):
        assert words in warnings


def test_boost_is_the_post_that_it_shares_with_the_booster_around_it() -> None:
    inner = remote_status() | {"id": "109999999999999000"}
    boost = status(uri=f"{HERE}/users/anna/statuses/{NUMBER}/activity", reblog=inner, content=inner["content"])
    played = local(away() | here() | {API: Answer.json(boost)})
    assert f"origin.status {AWAY_API}" in asked(played)
    post = played.post
    assert (post["relation"], post["attributedTo"]["preferredUsername"]) == ("repost", "anna")
    assert "content" not in post
    (origin,) = post["origin"]
    assert origin["id"] == ORIGIN
    assert origin["content"]["text"].startswith("Der Fluss")
    assert played.document["idTime"]["raw"] == NUMBER


def test_versions_of_what_was_boosted_stay_with_it() -> None:
    edited = {"edited_at": "2023-03-10T18:00:00.000Z"}
    boost = status(uri=f"{HERE}/users/anna/statuses/{NUMBER}/activity", reblog=remote_status(**edited))
    history = {f"{AWAY_API}/history": Answer.json([{"content": "<p>Früher</p>", "created_at": ID_TIME}])}
    post = local(away(theirs=edited) | here() | history | {API: Answer.json(boost)}).post
    assert post["origin"][0]["history"][0]["content"]["text"] == "Früher"
    assert "history" not in post


@pytest.mark.parametrize("state", ["pending", "rejected", "revoked", "deleted", "unauthorized"])
def test_quotes_that_are_not_shown_say_why(state: str) -> None:
    played = local(here(quote={"state": state, "quoted_status": None}))
    assert played.post["relation"] == "quote"
    (missing,) = played.document["missing"]
    assert missing == {
        "what": "the quoted post",
        "why": f"the server does not show it: the quote is '{state}'",
        "exchange": 2,
    }


def test_unknown_words_of_servers_do_not_get_into_sentences() -> None:
    (missing,) = local(here(quote={"state": "\x1b[31mrot"})).document["missing"]
    assert missing["why"].endswith("'unknown'")


@pytest.mark.parametrize(
    "more",
    [
        {"quote": {"state": "accepted", "quoted_status": remote_status()}},
        {"quote": remote_status()},
        {"pleroma": {"quote": remote_status()}},
    ],
)
def test_quoted_posts_are_the_origin(more: dict[str, Any]) -> None:
    post = local(here(**more)).post
    assert (post["relation"], post["origin"][0]["id"]) == ("quote", ORIGIN)
    assert post["origin"][0]["content"]["text"].startswith("Der Fluss")


def test_quoted_posts_that_are_only_named_are_named() -> None:
    post = local(here(quote={"state": "accepted", "quoted_status_id": "12"})).post
    assert post["origin"] == [{"type": "Note", "id": "12"}]


def test_what_a_quoted_post_quotes_is_only_named() -> None:
    inner = remote_status(quote={"state": "accepted", "quoted_status": status("109999999999990000")})
    post = local(here(quote={"state": "accepted", "quoted_status": inner})).post
    assert "content" not in post["origin"][0]["origin"][0]


def test_object_alone_tells_the_post() -> None:
    answers = here() | {API: error("This API requires an authenticated user", 401)}
    answers[OBJECT] = Answer.json(
        as_object(
            type="Question",
            updated="2023-03-10T17:00:00Z",
            inReplyTo=ORIGIN,
            to=[],
            cc=f"{STREAMS}#Public",
            endTime="2023-03-11T00:00:00Z",
            oneOf=[{"type": "Note", "name": "Ja", "replies": {"totalItems": 4}}, {"name": "Nein"}, {}],
            tag=[
                {"type": "Mention", "href": f"{AWAY}/users/boris", "name": "@boris@fluss.example"},
                {"type": "Hashtag", "href": f"{HERE}/tags/fluss", "name": "#fluss"},
                {"type": "Emoji", "name": ":welle:"},
            ],
            attachment=[
                {"type": "Document", "mediaType": "image/png", "url": "https://files.berg.example/original/a.png",
                 "name": "Wasser", "width": 640, "height": 480},
                {"type": "Link", "href": "https://zeitung.example/a"},
            ],
            quoteUrl=f"{AWAY}/notes/9yzabc1234",
        )
    )  # fmt: skip
    played = local(answers)
    assert (played.state, played.rule) == ("available", "mastodon.object.post")
    post = played.post
    assert (post["type"], post["visibility"], post["inReplyTo"]) == ("Question", "unlisted", ORIGIN)
    assert post["content"]["language"] == "de"
    assert [each["name"] for each in post["tag"]] == ["@boris@fluss.example", "#fluss"]
    assert [each["name"] for each in post["poll"]["choices"]] == ["Ja", "Nein"]
    assert post["poll"]["choices"][0]["votes"]["value"] == 4
    assert post["attachment"][0]["renditions"][0]["mediaType"] == "image/png"
    assert post["attachment"][1]["url"] == "https://zeitung.example/a"
    assert (post["relation"], post["origin"][0]["id"]) == ("quote", f"{AWAY}/notes/9yzabc1234")
    assert played.document["idTime"]["raw"] == NUMBER


def test_create_around_an_object_is_looked_into() -> None:
    create = {"@context": STREAMS, "type": "Create", "id": "x", "object": as_object()}
    answers = here() | {API: error(), OBJECT: Answer.json(create)}
    played = local(answers)
    assert played.rule == "mastodon.object.post"
    assert played.document["sources"]["/post/id"]["at"] == "/object/id"


def test_object_in_other_spellings() -> None:
    told = as_object(
        attributedTo=[{"type": "Person", "id": f"{HERE}/users/anna"}],
        url=[{"type": "Link", "mediaType": "video/mp4", "href": f"{HERE}/v.mp4"},
             {"type": "Link", "mediaType": "text/html", "href": f"{HERE}/v/1"}],
        content=None,
        contentMap={"de": "<p>Nur hier</p>"},
        tag={"type": "Hashtag", "name": "#eins"},
        attachment={"type": "Video", "url": [{"href": "https://files.berg.example/v.mp4"}]},
        to="as:Public",
    )  # fmt: skip
    post = local(here() | {API: error(), OBJECT: Answer.json(told)}).post
    assert post["attributedTo"]["id"] == f"{HERE}/users/anna"
    assert (post["url"], post["content"]["text"], post["visibility"]) == (f"{HERE}/v/1", "Nur hier", "public")
    assert post["tag"] == [{"type": "Hashtag", "name": "#eins"}]
    assert post["attachment"][0]["renditions"][0]["url"] == "https://files.berg.example/v.mp4"


def test_page_alone_tells_what_it_can() -> None:
    answers = here() | {OBJECT: error("", 401), f"{HERE}/@anna/{NUMBER}": Answer.html(PAGE)}
    answers[API] = error("This API requires an authenticated user", 401)
    played = local(answers)
    assert (played.state, played.rule) == ("available", "mastodon.page.article")
    post = played.post
    assert post["content"]["text"] == "Der Fluss steigt."
    assert post["id"] == f"{HERE}/users/anna/statuses/{NUMBER}"
    assert (post["attributedTo"]["preferredUsername"], post["published"]["source"]) == ("anna@berg.example", "page")
    assert played.document["idTime"]["value"] == "2023-03-10T16:46:36.874000Z"


def misskey(told: dict[str, Any]) -> dict[str, Answer]:
    shell = Answer.html('<script type="application/json" id="misskey_meta">{}</script>')
    return {f"{HERE}/notes/9yzabc1234": shell, f"{HERE}/api/notes/show": Answer.json(told)}


def test_note_of_misskey_with_object_and_page() -> None:
    own = f"{HERE}/notes/9yzabc1234"
    found = as_object(own, published="2024-02-03T04:05:06.789Z", content="<p>Der Fluss steigt. Hilfe</p>")

    def answers(target: Any) -> Answer | None:
        return {"page": Answer.html("<div id=misskey_app>"), "object": Answer.json(found), "note": Answer.json(note())}[
            target.role
        ]

    played = play(ADAPTER, own, answers)
    assert asked(played) == [f"page {own}", f"object {own}", f"note {HERE}/api/notes/show"]
    assert (played.targets[2].method, played.targets[2].body) == ("POST", b'{"noteId": "9yzabc1234"}')
    assert played.rule == "mastodon.misskey.note"
    assert played.post["id"] == own
    assert played.post["content"]["text"] == "Der Fluss steigt. Hilfe"
    assert played.post["visibility"] == "public"


def test_fields_of_a_note_of_misskey() -> None:
    told = note(
        cw="Hochwasser",
        poll={"choices": [{"text": "Ja", "votes": 3}, {}], "expiresAt": "2024-02-04T00:00:00.000Z"},
        files=[{"id": "f1", "type": "image/webp", "name": "a.webp", "url": "https://files.berg.example/a.webp",
                "thumbnailUrl": "https://files.berg.example/t.webp", "comment": "Wasser",
                "properties": {"width": 8, "height": 6}},
               {"id": "f2", "type": "audio/mpeg"}],
        renote=note(id="9yzabc9999", uri=ORIGIN),
        replyId="9yz0000000",
    )  # fmt: skip
    post = play(ADAPTER, f"{HERE}/notes/9yzabc1234", misskey(told)).post
    assert (post["type"], post["summary"], post["inReplyTo"]) == ("Question", "Hochwasser", "9yz0000000")
    assert post["content"]["text"] == "Der Fluss steigt. $[tada Hilfe]"
    assert {each["name"]: each["value"] for each in post["counts"]} == {
        "replies": 2,
        "shares": 1,
        "👍": 3,
        ":welle@.:": 1,
    }
    assert (post["relation"], post["origin"][0]["id"]) == ("quote", ORIGIN)
    assert [each["type"] for each in post["attachment"]] == ["Image", "Audio"]
    assert [each["role"] for each in post["attachment"][0]["renditions"]] == ["original", "thumb"]
    assert post["attachment"][1]["why"] == "the server names no file"
    assert post["tag"] == [{"type": "Hashtag", "name": "fluss"}]


def test_renote_of_misskey_is_the_note_that_it_shares() -> None:
    told = note(text=None, renote=note(id="9yzabc9999", uri=ORIGIN))
    played = play(ADAPTER, f"{HERE}/notes/9yzabc1234", misskey(told) | away())
    assert f"origin.object {ORIGIN}" in asked(played)
    assert (played.post["relation"], played.post["origin"][0]["id"]) == ("repost", ORIGIN)


def test_note_of_another_server_is_asked_for_at_its_own() -> None:
    own = f"{AWAY}/notes/9yzaaa0000"
    answers = misskey(note(uri=own, url=own)) | {
        f"{AWAY}/api/notes/show": Answer.json(note()),
        own: Answer.json(as_object(own)),
    }
    played = play(ADAPTER, f"{HERE}/notes/9yzabc1234", answers)
    assert asked(played)[3:] == [f"origin.note {AWAY}/api/notes/show", f"origin.object {own}", f"origin.page {own}"]
    assert played.post["id"] == own


def test_object_of_pleroma_leads_to_its_status() -> None:
    def answers(target: Any) -> Answer | None:
        return (
            Answer.json(as_object(f"{HERE}/objects/{UUID}"))
            if target.role == "object"
            else Answer.html("<div id=soapbox>")
        )

    played = play(ADAPTER, f"{HERE}/objects/{UUID}", answers)
    assert asked(played) == [f"page {HERE}/objects/{UUID}", f"object {HERE}/objects/{UUID}"]
    moved = tuple(
        each if each.role != "page" else type(each)(1, "page", f"{HERE}/notice/{FLAKE}", 200, each.headers, each.body)
        for each in played.seen
    )
    (target,) = ADAPTER.more(played.key, Access(), moved)
    assert target.url == f"{HERE}/api/v1/statuses/{FLAKE}"


def test_status_under_another_id_than_asked_for_is_not_taken() -> None:
    assert local(here() | {API: Answer.json(status("109999999999999000"))}).rule == "mastodon.object.post"


def test_pictures_of_the_named_server() -> None:
    answers = here(media_attachments=[picture()]) | {
        "https://files.berg.example/original/a.png": Answer(b"\x89PNG", headers=(("Content-Type", "image/png"),))
    }
    played = local(answers, FILES)
    assert asked(played)[3:] == ["media https://files.berg.example/original/a.png"]
    (media,) = played.post["attachment"]
    assert (media["type"], media["kind"], media["description"]) == ("Image", "image", "Wasser bis zur dritten Stufe")
    original, preview = media["renditions"]
    assert (original["role"], original["exchange"], original["width"], original["height"]) == ("original", 4, 640, 480)
    assert (preview["role"], preview["exchange"], preview["why"]) == (
        "preview",
        0,
        "not asked for: a smaller copy of the file",
    )


def test_files_come_from_their_own_server_and_from_the_named_one() -> None:
    far = "https://fluss.example/system/original/a.png"
    shown = picture(url=f"{HERE}/media_proxy/31/original", remote_url=far, preview_url=f"{HERE}/media_proxy/31/small")
    png = Answer(b"\x89PNG", headers=(("Content-Type", "image/png"),))
    answers = away({"media_attachments": [shown]}, {"media_attachments": [picture(url=far)]})
    answers[ORIGIN] = Answer.json(
        as_object(ORIGIN, attachment=[{"type": "Document", "mediaType": "image/png", "url": far}])
    )
    played = remote(answers | {far: png, f"{HERE}/media_proxy/31/original": png}, FILES)
    assert asked(played)[5:] == [f"media {far}", f"media {HERE}/media_proxy/31/original"]
    (media,) = played.post["attachment"]
    told = [(each["role"], each["url"], each["exchange"]) for each in media["renditions"]]
    assert told[0] == ("original", far, 6)
    assert ("best", f"{HERE}/media_proxy/31/original", 7) in told
    assert media["renditions"][0]["mediaType"] == "image/png"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(failure="timeout"), "no answer: timeout"),
        (Answer(status=404), "answered with status 404"),
        (Answer(b"\x89P", whole=False), "cut short"),
        (Answer.html("<html>Bitte warten"), "a page came in its place"),
        (Answer(status=200, headers=(("CF-Mitigated", "challenge"),)), "a test for browsers"),
    ],
)
def test_files_that_did_not_come_say_why(answer: Answer, why: str) -> None:
    played = local(here(media_attachments=[picture()]) | {"https://files.berg.example/": answer}, FILES)
    original = played.post["attachment"][0]["renditions"][0]
    assert original["exchange"] == 0
    assert why in original["why"]


def test_files_that_nobody_wanted_are_not_asked_for() -> None:
    played = local(here(media_attachments=[picture()]))
    assert len(played.targets) == 3
    assert "not wanted" in played.post["attachment"][0]["renditions"][0]["why"]


@pytest.mark.parametrize(
    ("kind", "meta", "expected"),
    [
        ("video", {"original": {"duration": 88.654}}, ("Video", 88)),
        ("gifv", {"duration": 3}, ("Video", 3)),
        ("audio", {"original": {"duration": 1e300}}, ("Audio", None)),
        ("unknown", None, ("Document", None)),
    ],
)
def test_kinds_of_files(kind: str, meta: Any, expected: tuple[str, int | None]) -> None:
    (media,) = local(here(media_attachments=[picture(type=kind, meta=meta)])).post["attachment"]
    assert (media["type"], media.get("duration")) == expected


def test_file_that_the_server_does_not_name_is_said_to_be_there() -> None:
    (media,) = local(here(media_attachments=[{"id": "1", "type": "unknown"}])).post["attachment"]
    assert media["why"].startswith("the server names no file")
