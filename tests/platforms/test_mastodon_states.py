"""How posts on ActivityPub servers stand, by what their servers answer, and what is then still asked of them."""

from dataclasses import replace
from typing import Any

import pytest
from adapterkit import Answer, Played, play
from fediverse import (
    APP,
    AWAY,
    AWAY_NUMBER,
    HERE,
    NEWS,
    NUMBER,
    ORIGIN,
    PAGE,
    STREAMS,
    UUID,
    as_object,
    challenge,
    error,
    note,
    origin_status,
    picture,
    remote_status,
    status,
)

from archiver.model.platform import Access, Target
from archiver.platforms.mastodon import ADAPTER

OBJECT = f"{HERE}/users/anna/statuses/{NUMBER}"
TOMBSTONE = {"@context": STREAMS, "id": OBJECT, "type": "Tombstone", "deleted": "2024-01-02T03:04:05Z"}
NO_ANSWER = Answer(failure="connect")
NOT_HERE = Answer.html("<html><h1>404</h1></html>", 404)
ACTOR = Answer.json({"type": "Person", "id": f"{HERE}/users/anna", "inbox": f"{HERE}/users/anna/inbox"})
SIGN_IN = Answer(status=302, headers=(("Location", f"{HERE}/auth/sign_in"),))
NO_SUCH_NOTE = Answer.json({"error": {"message": "No such note.", "code": "NO_SUCH_NOTE", "id": "24fcbfc6"}}, 400)
LOGIN = error("This API requires an authenticated user", 401)


def roles(given: dict[str, Answer], url: str = f"{HERE}/@anna/{NUMBER}", access: Access = Access()) -> Played:  # noqa: B008
    return play(
        ADAPTER,
        url,
        lambda target: given.get(target.role.partition(".")[0] if "media" in target.role else target.role),
        access,
    )


def asked(played: Played) -> list[str]:
    return [each.role for each in played.targets]


@pytest.mark.parametrize(
    ("page", "api", "found", "state", "rule", "exchange"),
    [
        (APP, Answer.json(status()), Answer.json(as_object()), "available", "mastodon.api.status", 2),
        (APP, LOGIN, Answer.json(as_object()), "available", "mastodon.object.post", 3),
        (APP, Answer.json({"id": NUMBER}), Answer.json(as_object()), "available", "mastodon.object.post", 3),
        (PAGE, LOGIN, error("signature", 401), "available", "mastodon.page.article", 1),
        (NOT_HERE, error(), Answer.json(TOMBSTONE, 410), "deleted", "mastodon.object.tombstone", 3),
        (NOT_HERE, error(), Answer.json(TOMBSTONE, 404), "deleted", "mastodon.object.tombstone", 3),
        (NOT_HERE, error(), Answer.json(TOMBSTONE), "deleted", "mastodon.object.tombstone", 3),
        (NOT_HERE, error(), NOT_HERE, "not_found", "mastodon.api.404", 2),
        (APP, error(), NOT_HERE, "not_found", "mastodon.api.404", 2),
        (APP, error(), Answer.json(as_object(), 404), "not_found", "mastodon.api.404", 2),
        (APP, LOGIN, error("", 401), "login_required", "mastodon.api.401", 2),
        (SIGN_IN, LOGIN, NO_ANSWER, "login_required", "mastodon.api.401", 2),
        (Answer(status=302, headers=(("Location", "https://[/auth/sign_in"),)), error("x", 422), NO_ANSWER,
         "unavailable_unknown", "mastodon.api.422", 2),
        (SIGN_IN, error("x", 422), NO_ANSWER, "login_required", "mastodon.page.sign-in", 1),
        (Answer.html(APP, 401), error("x", 422), NO_ANSWER, "login_required", "mastodon.page.401", 1),
        (challenge(), challenge(), challenge(), "challenge", "mastodon.api.challenge", 2),
        (APP, Answer(status=429), NO_ANSWER, "rate_limited", "mastodon.api.429", 2),
        (APP, error("forbidden", 403), NOT_HERE, "unavailable_unknown", "mastodon.api.403", 2),
        (APP, error("x", 500), NO_ANSWER, "unavailable_unknown", "mastodon.api.500", 2),
        (APP, NO_ANSWER, NO_ANSWER, "unavailable_unknown", "mastodon.api.no-answer", 2),
        (APP, Answer.json([]), Answer.json([]), "unavailable_unknown", "mastodon.unreadable", 2),
        (NO_ANSWER, NO_ANSWER, NO_ANSWER, "unavailable_unknown", "mastodon.no-answer", 2),
        (NEWS, NOT_HERE, Answer.html(NEWS), "unavailable_unknown", "mastodon.not-one", 1),
        (NEWS, error("Not Found"), Answer.html(NEWS), "unavailable_unknown", "mastodon.not-one", 1),
        (NEWS, Answer.html(NEWS), Answer.html(NEWS), "unavailable_unknown", "mastodon.not-one", 1),
        (NEWS, error("login", 401), Answer.html(NEWS), "unavailable_unknown", "mastodon.not-one", 1),
        (NOT_HERE, NOT_HERE, NOT_HERE, "unavailable_unknown", "mastodon.not-one", 1),
        (Answer.html(NEWS, 410), Answer(status=410), Answer(status=410), "unavailable_unknown", "mastodon.not-one", 1),
        (NEWS, Answer.json({"id": NUMBER, "title": "Мост"}), NOT_HERE, "unavailable_unknown", "mastodon.not-one", 1),
    ],
)  # fmt: skip
def test_states(page: str | Answer, api: Answer, found: Answer, state: str, rule: str, exchange: int) -> None:
    page = Answer.html(page) if isinstance(page, str) else page
    played = roles({"page": page, "status": api, "object": found})
    standing = ADAPTER.classify(played.key, played.seen)
    assert (standing.state, standing.rule, standing.exchange) == (state, rule, exchange)
    assert (ADAPTER.extract(played.key, played.seen).post is not None) == (state in ("available", "deleted"))


@pytest.mark.parametrize(
    ("actor", "state", "rule"),
    [
        (Answer(status=410), "account_gone", "mastodon.actor.410"),
        (ACTOR, "deleted", "mastodon.object.410"),
        (error("signature", 401), "unavailable_unknown", "mastodon.object.410"),
    ],
)
def test_gone_without_a_tombstone_depends_on_the_account(actor: Answer, state: str, rule: str) -> None:
    gone = {"page": Answer(status=410), "status": error(), "object": Answer(status=410), "actor": actor}
    played = roles(gone)
    assert played.targets[-1].url == f"{HERE}/users/anna"
    assert (played.state, played.rule) == (state, rule)


def test_tombstone_tells_when_the_post_was_removed() -> None:
    post = roles({"status": error(), "object": Answer.json(TOMBSTONE, 410)}).post
    assert (post["type"], post["id"], post["updated"]["value"]) == ("Tombstone", OBJECT, "2024-01-02T03:04:05Z")


def test_not_found_says_what_it_may_mean() -> None:
    (missing,) = roles({"page": NOT_HERE, "status": error(), "object": NOT_HERE}).document["missing"]
    assert "only to people whom its author chose" in missing["why"]


@pytest.mark.parametrize("code", [200, 404])
def test_note_that_misskey_does_not_have(code: int) -> None:
    shell = Answer.html('<script type="application/json" id="misskey_meta">{}</script>', code)
    played = roles({"page": shell, "note": NO_SUCH_NOTE, "object": NOT_HERE}, f"{HERE}/notes/9yzabc1234")
    assert (played.state, played.rule) == ("not_found", "mastodon.misskey.no-such-note")


def test_nothing_is_sent_to_a_site_that_shows_no_sign_of_misskey() -> None:
    played = roles({"page": Answer.html(NEWS), "object": Answer.html(NEWS)}, f"{HERE}/notes/9yzabc1234")
    assert [each.method for each in played.targets] == ["GET", "GET"]
    assert played.rule == "mastodon.not-one"


def test_object_that_a_server_with_an_app_does_not_have() -> None:
    played = roles({"page": Answer.html("<div id=soapbox>"), "object": NOT_HERE}, f"{HERE}/objects/{UUID}")
    assert (played.state, played.rule) == ("not_found", "mastodon.object.404")


def test_nothing_seen_is_no_state_but_the_unknown_one() -> None:
    played = roles({})
    assert ADAPTER.classify(played.key, ()).rule == "mastodon.not-one"
    assert ADAPTER.extract(played.key, ()).post is None


@pytest.mark.parametrize(
    "refusal",
    [challenge(), Answer(status=403), Answer(status=429), Answer(status=503, headers=(("Retry-After", "60"),))],
)
def test_server_that_refuses_is_not_asked_further(refusal: Answer) -> None:
    edited = status(edited_at="2023-03-10T18:00:00Z", media_attachments=[picture(url=f"{HERE}/a.png")])
    played = roles(
        {"page": Answer.html(APP), "status": Answer.json(edited), "object": refusal},
        access=Access(replies=9, media=True),
    )
    assert asked(played) == ["page", "status", "object"]
    assert "the server refused before" in str(played.document["missing"])


def test_object_that_wants_a_signature_leaves_api_and_files_to_be_asked_for() -> None:
    told = status(media_attachments=[picture(url=f"{HERE}/a.png")])
    png = Answer(b"\x89PNG")
    played = roles(
        {"status": Answer.json(told), "object": error("", 401), "media": png}, access=Access(replies=9, media=True)
    )
    assert [each.partition(".")[0] for each in asked(played)] == ["page", "status", "object", "context", "media"]


def test_api_that_wants_a_login_is_not_asked_again_and_files_are() -> None:
    found = as_object(attachment=[{"type": "Image", "url": f"{HERE}/a.png"}])
    given = {"page": Answer.html(APP), "status": LOGIN, "object": Answer.json(found), "media": Answer(b"\x89PNG")}
    played = roles(given, access=Access(replies=9, media=True))
    assert [each.partition(".")[0] for each in asked(played)] == ["page", "status", "object", "media"]


def test_versions_and_answers_come_from_an_own_server_that_wants_signatures_for_objects() -> None:
    told = origin_status(edited_at="2023-03-10T18:00:00Z")
    given = {"origin.status": Answer.json(told), "origin.object": error("signature", 401)}
    around = [
        each.url for each in remote(given, Access(replies=5)).targets if each.role.startswith(("history", "context"))
    ]
    assert around == [f"{AWAY}/api/v1/statuses/{AWAY_NUMBER}/history", f"{AWAY}/api/v1/statuses/{AWAY_NUMBER}/context"]


def remote(given: dict[str, Answer], access: Access = Access()) -> Played:  # noqa: B008
    mine = {"page": Answer.html(APP), "status": Answer.json(remote_status(**more_files()))}
    return roles(mine | given, f"{HERE}/@boris@fluss.example/{NUMBER}", access)


def more_files() -> dict[str, Any]:
    return {"media_attachments": [picture(url=f"{HERE}/media_proxy/31", remote_url=f"{AWAY}/a.png")]}


def test_own_server_that_wants_a_signature_is_named_as_missing() -> None:
    played = remote(
        {"origin.object": error("signature", 401), "origin.status": Answer.json(origin_status(replies_count=0))}
    )
    (missing,) = played.document["missing"]
    assert missing["what"] == "the object at its own server"
    assert "wants a signature or a login" in missing["why"]
    assert played.state == "available"


@pytest.mark.parametrize("code", [404, 410])
def test_post_that_its_own_server_does_not_show_any_more_is_flagged(code: int) -> None:
    played = remote({"origin.object": Answer(status=code), "origin.status": error()})
    assert played.state == "available"
    warnings = "\n".join(played.document["warnings"])
    assert f"fluss.example answered {code} to origin.object" in warnings
    assert "fluss.example answered 404 to origin.status" in warnings


def test_tombstone_at_its_own_server_leaves_the_copy_and_a_warning() -> None:
    gone = Answer.json({"@context": STREAMS, "id": ORIGIN, "type": "Tombstone"}, 410)
    played = remote({"origin.object": gone, "origin.status": error()})
    assert (played.state, played.post["type"]) == ("available", "Note")
    assert "answered a tombstone" in "\n".join(played.document["warnings"])


def test_own_server_that_refuses_is_left_alone_and_the_named_one_is_asked_for_its_copy() -> None:
    played = remote({"origin.object": Answer(status=403)}, Access(media=True))
    urls = [each.url for each in played.targets if each.role.startswith("media")]
    assert urls == [f"{HERE}/media_proxy/31"]


def test_versions_and_answers_come_from_the_named_server_where_the_own_one_shows_none() -> None:
    told = remote_status(edited_at="2023-03-10T18:00:00Z")
    played = remote({"status": Answer.json(told), "origin.status": LOGIN}, Access(replies=5))
    around = [each.url for each in played.targets if each.role.startswith(("history", "context"))]
    assert around == [f"{HERE}/api/v1/statuses/{NUMBER}/history", f"{HERE}/api/v1/statuses/{NUMBER}/context"]


def test_page_that_leads_to_the_own_server_is_followed_where_the_api_tells_nothing() -> None:
    played = roles({"page": Answer.html(PAGE), "status": LOGIN}, f"{HERE}/@boris@fluss.example/{NUMBER}")
    page, api = played.seen
    led = (replace(page, url=f"{AWAY}/@boris/{AWAY_NUMBER}"), api)
    assert [each.url for each in ADAPTER.more(played.key, Access(), led)] == [
        f"{AWAY}/api/v1/statuses/{AWAY_NUMBER}",
        f"{AWAY}/@boris/{AWAY_NUMBER}",
    ]


def test_origin_that_nobody_told_is_missing() -> None:
    played = roles({"page": Answer.html(PAGE), "status": LOGIN}, f"{HERE}/@boris@fluss.example/{NUMBER}")
    assert asked(played) == ["page", "status"]
    status_missing, origin = played.document["missing"]
    assert status_missing["why"] == "exchange 2 was answered with 401: it wants a signature or a login"
    assert origin["why"] == "the server that was named did not tell where the post is from"


@pytest.mark.parametrize(
    "uri",
    [
        "http://fluss.example/users/boris/statuses/1",
        "https://127.0.0.1/users/boris/statuses/1",
        "https://[::1]/users/boris/statuses/1",
        "https://2130706433/users/boris/statuses/1",
        "https://intranet/users/boris/statuses/1",
        "https://anna:secret@fluss.example/users/boris/statuses/1",
        "https://fluss.example/users/boris/statuses/" + "1" * 3000,
        "tag:fluss.example,2016:1",
        "javascript:alert(1)",
        "https://",
    ],
)
def test_addresses_from_data_are_asked_only_with_https_on_hosts_with_names(uri: str) -> None:
    told = remote_status(media_attachments=[picture(url=uri, remote_url=uri)]) | {"uri": uri, "url": uri}
    played = roles({"page": Answer.html(APP), "status": Answer.json(told)}, access=Access(media=True))
    assert all(each.url.startswith(f"{HERE}/") for each in played.targets)
    (media,) = played.post["attachment"]
    assert media["renditions"][0]["why"].removeprefix("not asked for: ").startswith("its address")


def test_only_a_few_hosts_that_data_names_are_asked() -> None:
    files = [picture(url=f"https://files{n}.example/a.png") for n in range(9)]
    told = Answer.json(status(media_attachments=files))
    played = roles({"page": Answer.html(APP), "status": told}, access=Access(media=True))
    assert len({each.url.split("/")[2] for each in played.targets}) == 1 + 5
    assert "more than 5 other hosts" in played.post["attachment"][5]["renditions"][0]["why"]


def test_only_so_many_files_are_asked_for() -> None:
    files = [picture(url=f"{HERE}/{n}.png") for n in range(60)]
    told = Answer.json(status(media_attachments=files))
    played = roles({"page": Answer.html(APP), "status": told}, access=Access(media=True))
    assert sum(each.role.startswith("media.") for each in played.targets) == 20
    assert "60 are named, and 20 at most are asked for" in [each["why"] for each in played.document["missing"]]
    assert "more than 20 files" in played.post["attachment"][40]["renditions"][0]["why"]


def test_object_with_an_id_on_another_server_is_not_believed() -> None:
    played = roles({"page": Answer.html(APP), "status": LOGIN, "object": Answer.json(as_object(ORIGIN))})
    assert played.state == "login_required"
    assert "an id on another server than it came from" in played.document["warnings"][0]


def test_status_of_the_own_server_that_is_of_another_post_is_not_believed() -> None:
    played = remote({"origin.status": Answer.json(origin_status(uri=f"{AWAY}/users/boris/statuses/1"))})
    assert played.document["sources"]["/post/id"]["exchange"] == 2


def thread(answer: Answer, access: Access, **more: Any) -> Played:
    def by_role(target: Target) -> Answer | None:
        if target.role.startswith("context"):
            return answer
        return {"page": Answer.html(APP), "status": Answer.json(status(**more)), "object": Answer.json(as_object())}[
            target.role
        ]

    return play(ADAPTER, f"{HERE}/@anna/{NUMBER}", by_role, access)


def reply(number: int, to: str, **more: Any) -> dict[str, Any]:
    return status(str(number), in_reply_to_id=to, **more)


def test_answers_are_asked_for_only_where_they_are_wanted() -> None:
    context = Answer.json({"ancestors": [], "descendants": [reply(1, NUMBER)]})
    assert not any("context" in each for each in asked(thread(context, Access())))
    played = thread(context, Access(replies=20, depth=2))
    assert asked(played)[-1] == "context.20.2"
    assert played.post["replies"][0]["inReplyTo"] == OBJECT


def test_posts_above_are_the_context() -> None:
    above = status("109999999999990000", content="<p>Wie hoch?</p>")
    context = Answer.json({"ancestors": [above], "descendants": []})
    post = thread(context, Access(replies=20), in_reply_to_id="109999999999990000").post
    assert post["context"][0]["content"]["text"] == "Wie hoch?"
    assert "replies" not in post


def test_answers_beyond_the_limits_stay_in_the_answer_and_are_named_as_left_out() -> None:
    below = [reply(1, NUMBER), reply(2, "1"), reply(3, "2"), reply(4, NUMBER), reply(5, NUMBER)]
    played = thread(Answer.json({"ancestors": [], "descendants": below}), Access(replies=2, depth=2), replies_count=3)
    assert [each["url"].rpartition("/")[2] for each in played.post["replies"]] == ["1", "2"]
    assert "5 came with exchange 4, 2 are within the limits (2 in all, 2 deep)" in str(played.document["missing"])
    played = thread(Answer.json({"ancestors": [], "descendants": below}), Access(replies=9, depth=1), replies_count=3)
    assert [each["url"].rpartition("/")[2] for each in played.post["replies"]] == ["1", "4", "5"]


def test_caps_of_the_server_are_said() -> None:
    below = [reply(n, NUMBER) for n in range(1, 61)]
    above = [status(str(n)) for n in range(100, 140)]
    context = Answer.json(
        {"ancestors": above, "descendants": below}, 200, ("Mastodon-Async-Refresh", 'id="x", retry=5')
    )
    played = thread(context, Access(replies=100), replies_count=75)
    told = {f"{each['what']}: {each['why']}" for each in played.document["missing"]}
    assert any("further answers: without a login a server shows 60 at most" in each for each in told)
    assert any("further posts above: without a login a server shows 40 at most" in each for each in told)
    assert any("direct answers: 75 are told of, 60 are shown" in each for each in told)
    assert any("Mastodon-Async-Refresh" in each for each in told)
    assert len(played.post["replies"]) == 60


@pytest.mark.parametrize("answer", [error(), NO_ANSWER, Answer.json({"ancestors": None})])
def test_answers_that_did_not_come_are_missing(answer: Answer) -> None:
    played = thread(answer, Access(replies=20))
    (missing,) = played.document["missing"]
    assert (missing["what"], missing["exchange"]) == ("answers", 4)


def test_files_of_answers_are_not_asked_for() -> None:
    context = Answer.json({"ancestors": [], "descendants": [reply(1, NUMBER, media_attachments=[picture()])]})
    played = thread(context, Access(replies=20, media=True))
    assert not any("media" in each for each in asked(played))
    (answer,) = played.post["replies"]
    assert answer["attachment"][0]["renditions"][0]["why"] == "not asked for: it belongs to another post"


def test_nothing_is_asked_twice() -> None:
    told = status(edited_at="2023-03-10T18:00:00Z", media_attachments=[picture(), picture()])
    given = {"page": Answer.html(APP), "status": Answer.json(told), "object": Answer.json(as_object())}
    played = roles(given, access=Access(replies=9, media=True))
    assert len(set(asked(played))) == len(asked(played)) == 6


def test_no_target_carries_a_token() -> None:
    played = roles({"status": LOGIN, "note": Answer.json(note())}, access=Access(token=True))
    assert not any(each.authorized for each in played.targets)


def test_post_of_a_server_of_another_kind_is_asked_for_as_object_and_page() -> None:
    uri = "https://video.example/videos/watch/1"
    told = Answer.json(status(uri=uri, url=uri))
    played = roles(
        {"page": Answer.html(APP), "status": told, "origin.object": Answer.json(as_object(uri, type="Video"))}
    )
    assert asked(played) == ["page", "status", "object", "origin.object", "origin.page"]
    assert played.document["missing"] == []
    assert played.post["type"] == "Video"


def test_page_that_leads_to_a_note_at_its_own_server() -> None:
    played = roles({"page": Answer.html(APP), "note": NO_ANSWER, "object": NO_ANSWER}, f"{HERE}/notes/9yzabc1234")
    page, *others = played.seen
    led = (replace(page, url=f"{AWAY}/notes/9yzaaa0000"), *others)
    asked_there = ADAPTER.more(played.key, Access(), led)
    assert [each.role for each in asked_there] == ["origin.note", "origin.object"]
    answer = Answer.json(note()).seen(4, "origin.note", asked_there[0].url)
    assert ADAPTER.classify(played.key, (*led, answer)).rule == "mastodon.origin.misskey.note"


def test_words_that_only_the_object_has_are_taken_from_it() -> None:
    told = status(content="", language=None)
    played = roles({"page": Answer.html(APP), "status": Answer.json(told), "object": Answer.json(as_object())})
    assert played.document["sources"]["/post/content/html"]["exchange"] == 3


def test_page_in_the_spelling_of_gotosocial() -> None:
    named = {"type": "article", "description": "Der Fluss steigt.", "profile:username": "anna"}
    named |= {"article:published_time": "2023-03-10T16:46:36Z"}
    metas = "".join(f'<meta property="og:{name}" content="{value}">' for name, value in named.items())
    page = f'<link rel="alternate" type="application/activity+json" href="/users/anna/statuses/1">{metas}'
    post = roles({"page": Answer.html(page), "status": LOGIN, "object": LOGIN}).post
    assert post["content"]["text"] == "Der Fluss steigt."
    assert post["published"]["value"] == "2023-03-10T16:46:36Z"
    assert post["attributedTo"]["preferredUsername"] == "anna"
    assert "id" not in post


def test_answers_that_misskey_tells_of_are_missing() -> None:
    own = f"{HERE}/notes/9yzabc1234"
    played = roles({"note": Answer.json(note()), "object": Answer.json(as_object(own))}, own, Access(replies=5))
    assert "2 are told of; not asked for: a server of this kind" in str(played.document["missing"])


def test_boost_on_one_server_whose_object_is_already_that_of_the_other_post() -> None:
    inner = status("109999999999990000")
    boost = status(uri=f"{HERE}/users/anna/statuses/{NUMBER}/activity", reblog=inner)
    found = Answer.json(as_object(inner["uri"]))
    given = {"page": Answer.html(APP), "status": Answer.json(boost), "object": found}
    played = roles(given | {"origin.status": Answer.json(inner)})
    assert asked(played) == ["page", "status", "object", "origin.status", "origin.page"]
    assert played.post["origin"][0]["id"] == inner["uri"]


def test_account_of_another_name_than_the_address_says_is_flagged() -> None:
    given = {"page": Answer.html(APP), "status": Answer.json(status()), "object": Answer.json(as_object())}
    assert roles(given).document["warnings"] == []
    assert roles(given, f"{HERE}/@ANNA/{NUMBER}").document["warnings"] == []
    assert "has another name than the address says" in roles(given, f"{HERE}/@boris/{NUMBER}").document["warnings"][0]


def test_object_of_another_post_than_the_status_is_left_out() -> None:
    other = Answer.json(as_object(f"{HERE}/users/anna/statuses/1", content="<p>Anderes</p>"))
    played = roles({"page": Answer.html(APP), "status": Answer.json(status()), "object": other})
    assert "left out" in played.document["warnings"][0]
    assert "Anderes" not in str(played.document)


def test_object_that_did_not_come_beside_the_status_is_missing() -> None:
    played = roles({"page": Answer.html(APP), "status": Answer.json(status()), "object": error("signature", 401)})
    assert asked(played) == ["page", "status", "object"]
    (missing,) = played.document["missing"]
    assert (missing["what"], missing["exchange"]) == ("the object", 3)


def test_name_of_the_author_is_told_by_the_status_where_only_the_object_is_from_the_own_server() -> None:
    older = remote_status()
    del older["account"]["uri"]
    played = roles(
        {"page": Answer.html(APP), "status": Answer.json(older), "origin.object": Answer.json(as_object(ORIGIN))},
        f"{HERE}/@boris@fluss.example/{NUMBER}",
    )
    author = played.post["attributedTo"]
    assert (author["id"], author["preferredUsername"]) == (f"{AWAY}/users/boris", "boris")


@pytest.mark.parametrize("page", [Answer.html(NEWS), Answer.html(NEWS, 410), NOT_HERE])
def test_site_of_another_kind_gets_three_requests_that_change_nothing(page: Answer) -> None:
    gone = Answer(status=410)
    played = roles({"page": page, "status": gone, "object": gone}, access=Access(replies=9, media=True))
    assert [(each.role, each.method) for each in played.targets] == [
        ("page", "GET"),
        ("status", "GET"),
        ("object", "GET"),
    ]
    assert played.rule == "mastodon.not-one"


def test_page_that_leads_elsewhere_without_a_sign_of_such_a_server_is_not_followed() -> None:
    played = roles({"page": Answer.html(NEWS)})
    page, *others = played.seen
    led = (replace(page, url=f"{AWAY}/@boris/{AWAY_NUMBER}"), *others)
    assert ADAPTER.more(played.key, Access(), led) == ()
