"""Addresses of posts on Bluesky, what is asked for them, and what the answers tell."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from adapterkit import Answer, Played, play, survives
from blueskykit import (
    ACCOUNT,
    BLOB,
    DID,
    FIRST,
    HANDLE,
    LOG,
    OTHER,
    PHOTO,
    POSTS,
    RKEY,
    ROTATION,
    SERVER,
    URI,
    Repository,
    World,
    author,
    car,
    document,
    error,
    log_of,
    operation,
    others,
    record,
    signed_operation,
    threaded,
    view,
)

from archiver.model.address import Address
from archiver.model.platform import Access, PostKey, Target
from archiver.platforms.bluesky import ADAPTER
from archiver.platforms.bluesky.cbor import encoded
from archiver.platforms.bluesky.cid import RAW, Cid

PAGE = f"https://bsky.app/profile/{HANDLE}/post/{RKEY}"
BY_DID = f"at://{DID}/{POSTS}/{RKEY}"
ELSE = "did:plc:" + "c" * 24
HEARD = f"at://{ELSE}/{POSTS}/3lkbqz4xxxx2a"


def shown(world: World | None = None, url: str = BY_DID, **access: Any) -> Played:
    return play(ADAPTER, url, world or World(), Access(**access))


def checks(played: Played) -> dict[str, bool | None]:
    return {each["name"]: each["sound"] for each in played.document["checks"]}


def words(played: Played, name: str) -> str:
    return str(next(each["words"] for each in played.document["checks"] if each["name"] == name))


# --- addresses


@pytest.mark.parametrize(
    "url",
    [
        PAGE,
        f"{PAGE}/",
        f"{PAGE}?ref_src=embed",
        f"{PAGE}#reply",
        f"{PAGE}/quotes",
        f"{PAGE}/liked-by",
        f"{PAGE}/reposted-by",
        PAGE.replace("bsky.app", "main.bsky.dev"),
        PAGE.replace("bsky.app", "www.bsky.app"),
        PAGE.replace("https", "http"),
        PAGE.replace("bsky.app", "fxbsky.app"),
        PAGE.replace("bsky.app", "vxbsky.app"),
        PAGE.replace("bsky.app", "bskyx.app"),
        PAGE.replace("bsky.app", "deer.social"),
        PAGE.replace("mira", "Mira"),
        PAGE.replace("mira", "@mira"),
        PAGE.replace("mira", "%40mira"),
        PAGE.replace("mira", "%6Dira"),
        f"at://{HANDLE}/{POSTS}/{RKEY}",
        f"AT://{HANDLE}/{POSTS}/{RKEY}",
        f"https://embed.bsky.app/embed/{HANDLE}/{POSTS}/{RKEY}",
        PAGE.replace("bsky.app", "bsky.app."),
    ],
)
def test_addresses_of_a_post_by_handle_have_one_key(url: str) -> None:
    expected = PostKey("bluesky", f"bluesky:at://{HANDLE}/{POSTS}/{RKEY}", "post", (("handle", HANDLE), ("rkey", RKEY)))
    assert ADAPTER.match(Address.parse(url)) == expected


@pytest.mark.parametrize(
    "url",
    [
        BY_DID,
        PAGE.replace(HANDLE, DID),
        PAGE.replace(HANDLE, DID.replace(":", "%3A")),
        f"https://embed.bsky.app/embed/{DID}/{POSTS}/{RKEY}?id=1&ref_url=x",
    ],
)
def test_addresses_of_a_post_by_identifier_have_one_key(url: str) -> None:
    expected = PostKey("bluesky", f"bluesky:{BY_DID}", "post", (("did", DID), ("rkey", RKEY)))
    assert ADAPTER.match(Address.parse(url)) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://bsky.app/",
        f"https://bsky.app/profile/{HANDLE}",
        PAGE.replace("bsky.app", "example.org"),
        f"{PAGE}/more",
        f"https://bsky.app/profile/{HANDLE}/feed/{RKEY}",
        f"https://bsky.app/profile/{HANDLE}/post/",
        PAGE.replace(RKEY, ".."),
        PAGE.replace(RKEY, "a%2Fb"),
        PAGE.replace(RKEY, "%20"),
        PAGE.replace(HANDLE, "nodots"),
        PAGE.replace(HANDLE, "-a.example"),
        PAGE.replace(HANDLE, "a-.example"),
        PAGE.replace(HANDLE, "127.0.0.1"),
        PAGE.replace(HANDLE, "a" * 300 + ".example"),
        PAGE.replace(HANDLE, "did:plc:short"),
        PAGE.replace(HANDLE, "did:key:zQ3sh"),
        PAGE.replace(HANDLE, "did:web:localhost"),
        PAGE.replace(HANDLE, "did:web:127.0.0.1"),
        PAGE.replace(HANDLE, "did:web:a.example%3A8080"),
        PAGE.replace(HANDLE, "did:web:a.example:path"),
        f"at://{HANDLE}/app.bsky.feed.like/{RKEY}",
        f"at://{HANDLE}",
        f"ftp://bsky.app/profile/{HANDLE}/post/{RKEY}",
        f"at://{HANDLE}/{POSTS}/{RKEY}?x",
        "https://embed.bsky.app/embed/x",
    ],
)
def test_addresses_of_anything_else_have_none(url: str) -> None:
    assert ADAPTER.match(Address.parse(url)) is None


# --- what is asked


def asked(played: Played) -> list[tuple[str, str]]:
    return [(target.role, unquote(target.url)) for target in played.targets]


THREAD = "https://public.api.bsky.app/xrpc/app.bsky.feed.getPostThread"
WHERE = f"collection={POSTS}&rkey={RKEY}"
RECORD = ("record", f"{SERVER}/xrpc/com.atproto.repo.getRecord?repo={DID}&{WHERE}")
PROOF = ("proof", f"{SERVER}/xrpc/com.atproto.sync.getRecord?did={DID}&{WHERE}")
DOCUMENTS = [("did", f"https://plc.directory/{DID}"), ("did-log", f"https://plc.directory/{DID}/log/audit")]


def test_post_by_handle_is_asked_for_in_order() -> None:
    assert asked(shown(url=PAGE)) == [
        ("handle", f"https://public.api.bsky.app/xrpc/com.atproto.identity.resolveHandle?handle={HANDLE}"),
        ("thread", f"{THREAD}?uri={URI}&depth=0&parentHeight=1"),
        *DOCUMENTS,
        RECORD,
        PROOF,
    ]


def test_post_by_identifier_needs_no_question_about_the_handle() -> None:
    assert asked(shown()) == [("thread", f"{THREAD}?uri={URI}&depth=0&parentHeight=1"), *DOCUMENTS, RECORD, PROOF]


def test_handle_that_the_platform_does_not_know_is_asked_for_at_its_own_host() -> None:
    told = Answer(f"{DID}\n".encode())
    played = shown(World(changed={"handle": error("InvalidRequest"), "handle-host": told}), PAGE)
    assert asked(played)[1] == ("handle-host", f"https://{HANDLE}/.well-known/atproto-did")
    assert played.state == "available"
    assert words(played, "handle").startswith(f"the host {HANDLE} says")
    for body in (b"did:key:z", b"<html>", b"", b"did:plc:" + b"a" * 24 + b"x" * 5000, b"\xff"):
        nothing = shown(World(changed={"handle": error("InvalidRequest"), "handle-host": Answer(body)}), PAGE)
        assert [role for role, _ in asked(nothing)] == ["handle", "handle-host"]
        assert (nothing.state, nothing.rule) == ("not_found", "bluesky.handle.unknown")
        assert nothing.document["missing"][0]["what"] == "the account"


def test_identifier_on_a_domain_is_asked_for_there_and_has_no_log() -> None:
    did = "did:web:mira.example"
    repository = Repository({f"{POSTS}/{RKEY}": record()}, did=did)
    uri = f"at://{did}/{POSTS}/{RKEY}"
    world = World(
        changed={
            "did": Answer.json(document(did)),
            "thread": Answer.json({"thread": threaded(view(record(), uri))}),
            "record": Answer.json({"uri": uri, "cid": repository.cid(), "value": record()}),
            "proof": Answer(repository.archive()),
        }
    )
    played = shown(world, uri)
    assert ("did", "https://mira.example/.well-known/did.json") in asked(played)
    assert "did-log" not in [role for role, _ in asked(played)]
    assert checks(played)["identifier"] is None
    assert checks(played)["record"] is True


def test_answers_of_others_are_asked_for_only_when_they_are_wanted() -> None:
    played = shown(replies=50, depth=3)
    assert asked(played)[0] == ("thread.replies-50", f"{THREAD}?uri={URI}&depth=3&parentHeight=80")
    assert asked(shown(replies=10**6, depth=99))[0][0] == "thread.replies-1000"
    assert "depth=20" in asked(shown(replies=10**6, depth=99))[0][1]


def test_files_are_asked_for_only_when_they_are_wanted() -> None:
    world = World(record(embed={"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": BLOB}] * 2}))
    assert len(shown(world).targets) == 5
    played = shown(world, media=True)
    cid = BLOB["ref"]["$link"]
    assert asked(played)[5:] == [(f"blob.{cid}", f"{SERVER}/xrpc/com.atproto.sync.getBlob?did={DID}&cid={cid}")]


def test_account_without_a_server_is_asked_for_no_record() -> None:
    played = shown(World(changed={"did": Answer.json(document() | {"service": []})}), media=True)
    assert [role for role, _ in asked(played)] == ["thread", "did", "did-log"]
    assert checks(played)["record"] is None
    assert checks(played)["identifier"] is False


@pytest.mark.parametrize("status", [401, 403, 429])
@pytest.mark.parametrize("role", ["handle", "thread", "did", "record"])
def test_nothing_more_is_asked_after_a_refusal(role: str, status: int) -> None:
    world = World(record(embed={"images": [{"image": BLOB}]}), changed={role: error("No", status)})
    played = shown(world, PAGE, media=True)
    rounds = {"handle": 1, "thread": 4, "did": 4, "record": 6}
    assert len(played.targets) == rounds[role]


def test_nothing_more_is_asked_after_a_test_for_browsers() -> None:
    page = Answer.html("<title>…</title>", 503, ("cf-mitigated", "challenge"))
    played = shown(World(changed={"thread": page}))
    assert (len(played.targets), played.state) == (3, "challenge")


# --- what is told


def test_post_is_told_with_its_author_its_words_its_times_and_its_counts() -> None:
    played = shown(World(record("The harbour at dawn, 7 o'clock", langs=["en", "de"])), PAGE)
    post = played.post
    assert post["type"] == "Note"
    assert post["id"] == URI
    assert post["url"] == f"https://bsky.app/profile/{DID}/post/{RKEY}"
    assert post["attributedTo"] == {
        "type": "Person",
        "id": DID,
        "preferredUsername": HANDLE,
        "name": "Mira",
        "published": {
            "value": "2024-01-02T03:04:05Z",
            "precision": "second",
            "source": "server",
            "raw": "2024-01-02T03:04:05.000Z",
        },
    }
    assert post["content"] == {"text": "The harbour at dawn, 7 o'clock", "language": "en, de"}
    assert (post["published"]["value"], post["published"]["source"]) == ("2025-03-14T09:26:53.589000Z", "client")
    assert (post["received"]["value"], post["received"]["source"]) == ("2025-03-14T09:26:54.100000Z", "server")
    assert [(count["name"], count["value"]) for count in post["counts"]] == [
        ("likes", 4), ("shares", 2), ("replies", 0), ("quotes", 1),
    ]  # fmt: skip
    assert played.document["idTime"]["source"] == "id"
    sources = played.document["sources"]
    assert sources["/post/content/text"]["at"] == "/value/text"
    assert sources["/post/content/text"]["exchange"] == 5
    assert sources["/post/attributedTo/id"]["at"] == "/thread/post/author/did"
    assert (played.state, played.rule) == ("available", "bluesky.app.shown")


def test_every_check_of_a_whole_capture_is_sound_and_says_what_it_held_against_what() -> None:
    played = shown(World(record(embed={"images": [{"image": BLOB, "alt": "x"}]})), PAGE, media=True)
    names = (
        "handle", "identifier", "archive", "signature", "record", "record-from-server", "record-from-app", "file"
    )  # fmt: skip
    assert checks(played) == dict.fromkeys(names, True)
    for each in played.document["checks"]:
        assert each["record"] == played.seen[each["exchange"] - 1].record
    assert ACCOUNT.multikey in words(played, "signature")
    assert f"{POSTS}/{RKEY}" in words(played, "record")
    assert played.document["warnings"] == []


def test_links_mentions_and_hashtags_are_cut_out_of_the_text_by_bytes() -> None:
    text = "📷 @noor on the harbour #порт"
    data = text.encode()

    def index(part: str) -> dict[str, int]:
        start = data.index(part.encode())
        return {"byteStart": start, "byteEnd": start + len(part.encode())}

    facets: list[Any] = [
        {"index": index("@noor"), "features": [{"did": ELSE}]},
        {"index": index("harbour"), "features": [{"uri": "https://harbour.example/"}]},
        {"index": index("#порт"), "features": [{"tag": "порт"}, {"$type": "unknown"}]},
        {"index": {"byteStart": 1, "byteEnd": 3}, "features": [{"uri": "https://cut.example/"}]},
        {"index": {"byteStart": 5, "byteEnd": 900}, "features": [{"uri": "https://beyond.example/"}]},
        {"index": {"byteStart": 5}, "features": [{"uri": "https://open.example/"}]},
        {"index": {"byteStart": 5, "byteEnd": 5}, "features": []},
    ]
    played = shown(World(record(text, facets=facets, tags=["dawn", ""])))
    assert played.post["tag"] == [
        {"type": "Mention", "name": "@noor", "href": ELSE},
        {"type": "Link", "name": "harbour", "href": "https://harbour.example/"},
        {"type": "Hashtag", "name": "порт"},
        {"type": "Link", "href": "https://cut.example/"},
        {"type": "Link", "href": "https://beyond.example/"},
        {"type": "Link", "href": "https://open.example/"},
        {"type": "Hashtag", "name": "dawn"},
    ]
    assert len([each for each in played.document["warnings"] if "points beside the text" in each]) == 3


def test_more_tags_than_a_text_can_have_are_cut() -> None:
    facet = {"index": {"byteStart": 0, "byteEnd": 3}, "features": [{"tag": "x"}] * 400}
    assert len(shown(World(record(facets=[facet] * 9))).post["tag"]) == 500


def test_times_that_do_not_fit_are_told() -> None:
    early = shown(World(record() | {"createdAt": "2019-01-01T00:00:00Z"})).document["warnings"]
    assert len(early) == 2
    assert "either can be chosen" in early[0]
    assert "dated back" in early[1]
    late = shown(World(record() | {"createdAt": "2031-01-01T00:00:00Z"})).document["warnings"]
    assert "after 2025-03-14" in late[1]
    assert shown(World(record() | {"createdAt": "yesterday"})).document["warnings"] == []
    unseen = shown(World(shown={"indexedAt": None}))
    assert "received" not in unseen.post


def test_key_that_holds_no_time_gives_none() -> None:
    uri = f"at://{DID}/{POSTS}/first-post"
    world = World(changed={"thread": Answer.json({"thread": threaded(view(record(), uri))})})
    assert shown(world, uri).document["idTime"] is None


# --- attachments

CDN = f"https://cdn.bsky.app/img/feed_fullsize/plain/{DID}/{BLOB['ref']['$link']}@jpeg"
IMAGES = {"$type": "app.bsky.embed.images", "images": [{"alt": "boats", "image": BLOB}]}
IMAGES_SHOWN = {"embed": {"images": [{"fullsize": CDN, "thumb": CDN.replace("full", "thumb"), "alt": "boats"}]}}


def test_image_is_taken_as_it_was_uploaded_and_held_against_its_hash() -> None:
    played = shown(World(record(embed=IMAGES), IMAGES_SHOWN), media=True)
    (media,) = played.post["attachment"]
    assert (media["type"], media["kind"], media["description"]) == ("Image", "app.bsky.embed.images", "boats")
    original, best, thumb = media["renditions"]
    assert (original["role"], original["mediaType"]) == ("original", "image/png")
    assert played.seen[original["exchange"] - 1].body == PHOTO
    assert (best["role"], best["exchange"], best["why"]) == (
        "best",
        0,
        "not asked for: the file as it was uploaded was",
    )
    assert (thumb["role"], thumb["why"]) == ("thumb", "not asked for")


def test_image_that_its_server_has_not_got_is_taken_as_the_app_shows_it() -> None:
    world = World(record(embed=IMAGES), IMAGES_SHOWN, changed={"blob": error("BlobNotFound"), "shown": Answer(b"jpeg")})
    played = shown(world, media=True)
    original, best, _ = played.post["attachment"][0]["renditions"]
    assert (original["exchange"], original["why"]) == (0, "the server answered 400")
    assert played.seen[best["exchange"] - 1].body == b"jpeg"
    assert checks(played)["file"] is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(failure="connect"), "no answer came: connect"),
        (Answer(PHOTO[:5], whole=False), "it did not come whole"),
    ],
)
def test_file_that_did_not_come_is_said_not_to_be_there(answer: Answer, why: str) -> None:
    played = shown(World(record(embed=IMAGES), changed={"blob": answer}), media=True)
    assert played.post["attachment"][0]["renditions"][0]["why"] == why
    assert checks(played)["file"] is None


def test_file_with_other_bytes_than_the_record_names_is_contradicted() -> None:
    played = shown(World(record(embed=IMAGES), changed={"blob": Answer(PHOTO + b"!")}), media=True)
    assert checks(played)["file"] is False
    assert any(warning.startswith("file: ") for warning in played.document["warnings"])


def test_images_that_were_not_wanted_are_said_not_to_be_asked_for() -> None:
    played = shown(World(record(embed=IMAGES)))
    assert played.post["attachment"][0]["renditions"][0]["why"] == "not asked for"


def test_attachment_whose_server_is_not_known_says_so() -> None:
    world = World(record(embed=IMAGES), changed={"did": Answer(failure="connect")})
    assert shown(world, media=True).post["attachment"][0]["why"] == "no server is known that has it"


def test_gallery_and_blobs_in_the_oldest_form_are_read() -> None:
    gallery = {
        "$type": "app.bsky.embed.gallery",
        "items": [{"alt": "a", "image": BLOB}, {"alt": "b", "image": {"cid": "no"}}],
    }
    first, second = shown(World(record(embed=gallery))).post["attachment"]
    assert first["id"] == BLOB["ref"]["$link"]
    assert second["why"] == "no server is known that has it"
    old = {"images": [{"image": {"cid": BLOB["ref"]["$link"], "mimeType": "image/png"}}]}
    assert shown(World(record(embed=old))).post["attachment"][0]["id"] == BLOB["ref"]["$link"]


def test_video_has_its_file_its_captions_its_playlist_and_its_preview() -> None:
    captions = b"WEBVTT"
    file = BLOB | {"ref": {"$link": str(Cid.of(captions, RAW))}, "mimeType": "text/vtt"}
    video = {"$type": "app.bsky.embed.video", "video": BLOB, "alt": "waves", "captions": [{"lang": "en", "file": file}]}
    seen = {"embed": {"playlist": "https://video.bsky.app/p.m3u8", "thumbnail": "https://video.bsky.app/t.jpg"}}
    world = World(record(embed=video), seen, files={BLOB["ref"]["$link"]: PHOTO, file["ref"]["$link"]: captions})
    played = shown(world, media=True)
    (media,) = played.post["attachment"]
    assert (media["type"], media["description"]) == ("Video", "waves")
    assert [(each["role"], bool(each["exchange"])) for each in media["renditions"]] == [
        ("original", True), ("captions", True), ("manifest", False), ("thumb", False),
    ]  # fmt: skip
    assert [each["sound"] for each in played.document["checks"] if each["name"] == "file"] == [True, True]
    lost = shown(World(record(embed=video), seen, changed={"shown": Answer(b"#EXTM3U")}, files={}), media=True)
    assert asked(lost)[-1][1] == "https://video.bsky.app/p.m3u8"


def test_card_of_a_page_is_a_link_with_its_preview() -> None:
    card = {"uri": "https://news.example/1", "title": "Port", "description": "Boats"}
    embed = {"$type": "app.bsky.embed.external", "external": card | {"thumb": BLOB}}
    played = shown(World(record(embed=embed), {"embed": {"external": card | {"thumb": CDN}}}), media=True)
    (media,) = played.post["attachment"]
    assert (media["type"], media["url"], media["name"], media["description"]) == (
        "Link", "https://news.example/1", "Port", "Boats",
    )  # fmt: skip
    assert [(each["role"], bool(each["exchange"])) for each in media["renditions"]] == [
        ("thumb", True),
        ("thumb", False),
    ]
    plain = shown(World(record(embed={"external": card}))).post["attachment"][0]
    assert "renditions" not in plain


def test_addresses_that_cannot_be_asked_for_are_not() -> None:
    bad = {"embed": {"images": [{"fullsize": "javascript:alert(1)", "thumb": "http://["}]}}
    played = shown(World(record(embed=IMAGES), bad, files={}), media=True)
    assert [role.partition(".")[0] for role, _ in asked(played)][-1] == "blob"


def test_attachment_of_an_unknown_kind_is_said_to_be_missing() -> None:
    played = shown(World(record(embed={"$type": "org.example.hologram", "hologram": 1})))
    assert played.document["missing"][0] == {
        "what": "an attachment", "why": "of a kind that is not known here: org.example.hologram", "exchange": 1,
    }  # fmt: skip


# --- quotes

QUOTED = record("What was said before")
NAMED = {"uri": HEARD, "cid": str(Cid.of(encoded(QUOTED)))}


def quoted(view_of: dict[str, Any]) -> Played:
    embed = {"$type": "app.bsky.embed.record", "record": NAMED}
    return shown(World(record(embed=embed), {"embed": {"record": view_of}}))


def seen_quote(**more: Any) -> dict[str, Any]:
    return NAMED | {"author": author(ELSE, "noor.example"), "value": QUOTED, "likeCount": 9, "embeds": []} | more


def test_quoted_post_is_told_as_far_as_it_is_shown() -> None:
    played = quoted(seen_quote())
    assert played.post["relation"] == "quote"
    (origin,) = played.post["origin"]
    assert (origin["id"], origin["content"]["text"], origin["counts"][0]["value"]) == (HEARD, "What was said before", 9)
    assert origin["attributedTo"]["preferredUsername"] == "noor.example"


def test_quote_of_a_version_that_was_changed_since_is_told() -> None:
    other = quoted(seen_quote(cid=str(Cid.of(b"other"))))
    assert any("another version" in warning for warning in other.document["warnings"])


@pytest.mark.parametrize(
    ("view_of", "type_of", "why"),
    [
        ({"uri": HEARD, "notFound": True}, "Tombstone", "not there"),
        ({"uri": HEARD, "blocked": True, "author": {"did": ELSE}}, "Tombstone", "blocked"),
        ({"uri": HEARD, "detached": True}, "Tombstone", "detached"),
        ({}, "Note", "alone"),
    ],
)
def test_quoted_post_that_is_not_shown_is_missing_with_the_reason(view_of: Any, type_of: str, why: str) -> None:
    played = quoted(view_of)
    assert (played.post["origin"][0]["type"], played.post["origin"][0]["id"]) == (type_of, HEARD)
    assert why in played.document["missing"][0]["why"]


def test_quote_with_images_has_both() -> None:
    embed = {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": NAMED}, "media": IMAGES}
    seen = {"embed": {"record": {"record": seen_quote()}, "media": IMAGES_SHOWN["embed"]}}
    post = shown(World(record(embed=embed), seen)).post
    assert post["origin"][0]["id"] == HEARD
    assert post["attachment"][0]["renditions"][1]["url"] == CDN


def test_images_of_a_quoted_post_are_named_and_not_asked_for() -> None:
    inner = QUOTED | {"embed": IMAGES}
    played = quoted(seen_quote(value=inner, embeds=[IMAGES_SHOWN["embed"]]))
    (media,) = played.post["origin"][0]["attachment"]
    assert [(each["role"], each["why"]) for each in media["renditions"]] == [
        ("best", "not asked for"), ("thumb", "not asked for"),
    ]  # fmt: skip


def test_quotes_within_quotes_are_followed_two_deep() -> None:
    inner = seen_quote()
    for _ in range(5):
        value = QUOTED | {"embed": {"record": NAMED}}
        inner = seen_quote(value=value, embeds=[{"record": inner}])
    played = quoted(inner)
    assert played.post["origin"][0]["origin"][0]["origin"][0] == {
        "type": "Note", "id": HEARD, "url": f"https://bsky.app/profile/{ELSE}/post/3lkbqz4xxxx2a",
        "attributedTo": played.post["origin"][0]["attributedTo"],
    }  # fmt: skip


def test_quoted_list_or_feed_is_a_link() -> None:
    uri = f"at://{ELSE}/app.bsky.feed.generator/boats"
    embed = {"$type": "app.bsky.embed.record", "record": {"uri": uri, "cid": "x"}}
    told = {"embed": {"record": {"$type": "app.bsky.feed.defs#generatorView", "uri": uri, "displayName": "Boats"}}}
    post = shown(World(record(embed=embed), told)).post
    assert post["attachment"] == [
        {"type": "Link", "kind": "app.bsky.feed.defs#generatorView", "id": uri, "name": "Boats"}
    ]
    assert "relation" not in post


# --- what is around


def answer(number: int, below: list[Any] | None = None) -> dict[str, Any]:
    uri = f"at://{ELSE}/{POSTS}/3lkbr{number:08}"
    return threaded(view(record(f"answer {number}"), uri), replies=below or [])


def test_answers_are_flat_the_nearest_first_and_no_more_than_wanted() -> None:
    below = [answer(1, [answer(4, [answer(5)])]), answer(2), {"uri": HEARD, "blocked": True, "author": {"did": ELSE}}]
    world = World(shown={"replyCount": 7}, around={"replies": below})
    everything = shown(world, replies=50, depth=6)
    texts = [each.get("content", {}).get("text") for each in everything.post["replies"]]
    assert texts == ["answer 1", "answer 2", None, "answer 4", "answer 5"]
    assert everything.post["replies"][2]["type"] == "Tombstone"
    assert {each["what"]: each["why"] for each in everything.document["missing"]} == {
        "an answer": "not shown: one of two accounts has blocked the other",
        "answers": "7 are counted, and 3 direct ones are shown",
    }
    few = shown(world, replies=2, depth=6)
    assert len(few.post["replies"]) == 2
    assert "at most 2 were asked for" in few.document["missing"][0]["why"]
    none = shown(World(shown={"replyCount": 7}))
    assert "replies" not in none.post
    assert none.document["missing"][0]["why"] == "not asked for, or not shown: 7 are counted"


def test_posts_above_are_context_the_nearest_first() -> None:
    uri = f"at://{ELSE}/{POSTS}/3lkbqz3aaaa2a"
    reply = {"parent": {"uri": HEARD, "cid": "x"}, "root": {"uri": uri, "cid": "x"}}
    parent = threaded(
        view(record("above", reply={"parent": {"uri": uri}}), HEARD), parent={"uri": uri, "notFound": True}
    )
    played = shown(World(record(reply=reply), around={"parent": parent}))
    assert played.post["inReplyTo"] == HEARD
    assert [each["type"] for each in played.post["context"]] == ["Note", "Tombstone"]
    cut = shown(World(record(reply=reply)))
    assert cut.document["missing"][0]["what"] == "posts further above"


def test_whom_the_author_lets_answer_and_what_is_hidden_is_told() -> None:
    rules = [{"$type": f"app.bsky.feed.threadgate#{name}"} for name in ("mentionRule", "followingRule", "newRule")]
    played = shown(World(gate={"allow": rules, "hiddenReplies": [HEARD]}))
    assert [each["why"] for each in played.document["missing"]] == [
        "the author lets answer: those who are mentioned, those whom the author follows, others, by a rule not known "
        "here",
        "the author has hidden 1; the app may leave them out",
    ]
    assert "nobody" in shown(World(gate={"allow": []})).document["missing"][0]["why"]


def test_labels_that_hide_or_warn_are_told() -> None:
    hidden = shown(World(shown={"labels": [{"val": "!hide"}, {"val": "porn"}]}))
    assert (hidden.state, hidden.rule) == ("available", "bluesky.app.shown-with-hiding-label")
    assert (hidden.post["visibility"], hidden.post["sensitive"]) == ("!hide", True)
    assert "own apps hide it" in hidden.document["warnings"][0]
    asks = shown(World(shown={"author": author(labels=[{"val": "!no-unauthenticated"}])}))
    assert asks.post["visibility"] == "!no-unauthenticated"
    assert "without login" in asks.document["warnings"][0]
    back = shown(World(shown={"labels": [{"val": "!hide", "neg": True}, {"val": None}]}))
    assert "visibility" not in back.post
    own = shown(World(record(labels={"values": [{"val": "other"}, {"val": "graphic-media"}]})))
    assert own.post["sensitive"] is True


def test_account_that_the_platform_verified_is_told() -> None:
    for status, verified in (("valid", True), ("none", False)):
        world = World(shown={"author": author(verification={"verifiedStatus": status})})
        assert shown(world).post["attributedTo"]["verified"] is verified


# --- what does not fit together


def test_text_that_the_app_shows_otherwise_than_it_is_signed_is_contradicted() -> None:
    world = World(record("as signed"))
    forged = view(record("as signed")) | {"record": record("as forged")}
    world.changed["thread"] = Answer.json({"thread": threaded(forged)})
    played = shown(world)
    assert played.post["content"]["text"] == "as signed"
    assert played.post["history"] == [{"content": {"text": "as forged"}}]
    assert checks(played)["record-from-app"] is False
    assert any("record-from-app" in warning for warning in played.document["warnings"])


def test_other_version_in_the_app_is_told_beside_the_signed_one() -> None:
    world = World(record("new words"))
    world.changed["thread"] = Answer.json({"thread": threaded(view(record("old words")))})
    played = shown(world)
    assert "another version" in words(played, "record-from-app")
    assert played.post["history"] == [{"content": {"text": "old words"}}]


def test_signed_record_comes_before_what_both_answers_tell() -> None:
    forged = record("forged twice")
    cid = str(Cid.of(encoded(forged)))
    world = World(record("as signed"))
    world.changed["thread"] = Answer.json({"thread": threaded(view(forged))})
    world.changed["record"] = Answer.json({"uri": URI, "cid": cid, "value": forged})
    played = shown(world)
    assert played.post["content"]["text"] == "as signed"
    assert played.document["sources"]["/post/content/text"]["at"] == f"{world.repository.cid()}/text"


def test_archive_under_another_key_proves_nothing_and_is_told() -> None:
    world = World(changed={"did": Answer.json(document(account=OTHER))})
    played = shown(world)
    assert checks(played) | {"x": 1} == {
        "identifier": False, "archive": True, "signature": False, "record": None, "record-from-server": True,
        "record-from-app": True, "x": 1,
    }  # fmt: skip
    assert "by an earlier key of the account" in words(played, "signature")
    assert "no sound signature" in words(played, "record-from-app")
    assert played.post["content"]["text"] == "The harbour at dawn"


def test_head_signed_before_the_key_was_changed_is_told_as_such() -> None:
    moved = signed_operation(operation(OTHER, Cid.of(encoded(FIRST))), ROTATION)
    world = World(changed={"did": Answer.json(document(account=OTHER)), "did-log": Answer.json(log_of(FIRST, moved))})
    played = shown(world)
    assert checks(played)["identifier"] is True
    assert words(played, "signature").endswith(f"it is by an earlier key of the account, {ACCOUNT.multikey}")
    unknown = shown(replace(world, changed=world.changed | {"did-log": Answer.json(LOG[:0])}))
    assert "earlier key" not in words(unknown, "signature")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"did-log": Answer(failure="connect")}, {"identifier": None}),
        ({"did-log": Answer.json([])}, {"identifier": False}),
        ({"did": Answer.json(document(server="https://other.example"))}, {"identifier": False}),
        ({"did": Answer(failure="connect")}, {"identifier": None, "record": None}),
        ({"did": Answer.json(document() | {"alsoKnownAs": []})}, {"handle": False, "record": True}),
        ({"did": Answer.json(document() | {"verificationMethod": []})}, {"signature": None, "record": None}),
        ({"proof": error("RecordNotFound")}, {"record": None, "record-from-server": True}),
        ({"proof": Answer(b"")}, {"archive": False}),
        ({"proof": Answer(b"", whole=False)}, {"archive": None}),
        (
            {"proof": Answer(car([Cid.of(b"x")], [(Cid.of(b"x"), b"x")]))},
            {"archive": True, "signature": False, "record": False},
        ),
        ({"record": Answer.json({"uri": URI, "value": record()})}, {"record-from-server": True}),
        ({"record": Answer.json({"uri": URI, "value": record()}), "proof": Answer(b"")}, {"record-from-server": None}),
        ({"record": Answer.json({"uri": URI, "cid": "x", "value": record()})}, {"record-from-server": False}),
        ({"record": Answer.json({"uri": URI, "cid": "x", "value": {"a": 1.5}})}, {"record-from-server": None}),
    ],
)
def test_what_cannot_be_checked_is_told_apart_from_what_is_contradicted(changed: Any, expected: Any) -> None:
    found = checks(shown(World(changed=changed), PAGE))
    assert {name: found[name] for name in expected} == expected


def test_log_that_ends_beside_a_document_is_contradicted() -> None:
    end = signed_operation({"type": "plc_tombstone", "prev": str(Cid.of(encoded(FIRST)))}, ROTATION)
    assert checks(shown(World(changed={"did-log": Answer.json(log_of(FIRST, end))})))["identifier"] is False


def test_archive_that_lacks_a_block_or_has_a_bad_tree_is_told() -> None:
    repository = Repository(others() | {f"{POSTS}/{RKEY}": record()})
    kept = [(cid, data) for cid, data in repository.blocks.items() if str(cid) != repository.cid()]
    lacking = shown(World(changed={"proof": Answer(car([repository.root], kept))}))
    assert checks(lacking)["record"] is None
    bad = Repository({f"{POSTS}/{RKEY}": record()}, data=Cid.parse(repository.cid()))
    assert checks(shown(World(changed={"proof": Answer(bad.archive())})))["record"] is False


def test_author_that_the_app_names_otherwise_is_told() -> None:
    played = shown(World(shown={"author": author(ELSE)}))
    assert any("names did:plc:cccc" in warning for warning in played.document["warnings"])


def test_post_that_only_its_server_has_is_read_from_there() -> None:
    played = shown(World(changed={"thread": error("NotFound")}), PAGE)
    assert played.rule == "bluesky.server.record"
    assert (played.post["id"], played.post["attributedTo"]["preferredUsername"]) == (URI, HANDLE)
    assert "does not show the post (NotFound)" in played.document["warnings"][0]
    assert played.document["missing"][0]["why"] == "the app's view of the post was not obtained"
    silent = shown(World(changed={"thread": Answer(failure="connect")}))
    assert "no answer" in silent.document["warnings"][0]


def test_post_that_only_the_archive_has_is_read_from_there() -> None:
    world = World(changed={"thread": error("NotFound"), "record": error("InternalServerError", 500)})
    played = shown(world)
    assert (played.state, played.rule) == ("available", "bluesky.proof.record")
    assert played.post["content"]["text"] == "The harbour at dawn"
    assert played.document["sources"]["/post/id"]["at"] == world.repository.cid()
    unread = Repository({f"{POSTS}/{RKEY}": record()}, signer=OTHER)
    world.changed["proof"] = Answer(unread.archive())
    assert shown(world).post["content"]["text"] == "The harbour at dawn"
    assert (shown(world).state, shown(world).rule) == ("available", "bluesky.server.archive")


def test_post_that_only_the_app_has_is_read_from_there() -> None:
    played = shown(World(changed={"record": error("RecordNotFound"), "proof": error("RepoNotFound")}))
    assert (played.state, played.rule) == ("available", "bluesky.app.shown")
    assert any("answers RecordNotFound" in warning for warning in played.document["warnings"])


def test_every_answer_may_be_anything() -> None:
    reply = {"parent": {"uri": HEARD}, "root": {"uri": HEARD}}
    embed = {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": NAMED}, "media": IMAGES}
    seen = {"embed": {"record": {"record": seen_quote()}, "media": IMAGES_SHOWN["embed"]}, "labels": [{"val": "!hide"}]}
    facets = [{"index": {"byteStart": 0, "byteEnd": 3}, "features": [{"uri": "https://x.example"}]}]
    world = World(
        record(embed=embed, reply=reply, facets=facets, langs=["en"]),
        seen | {"replyCount": 3},
        {"replies": [answer(1, [answer(2)])], "parent": threaded(view(record("above"), HEARD))},
        {"allow": [{"$type": "x#mentionRule"}], "hiddenReplies": [HEARD]},
    )
    played = shown(world, PAGE, media=True, replies=5, depth=3)
    assert all(checks(played).values())
    survives(ADAPTER, played, rounds=300)


def test_nothing_seen_tells_nothing() -> None:
    key = ADAPTER.match(Address.parse(PAGE))
    assert key is not None
    assert ADAPTER.extract(key, ()).post is None
    assert ADAPTER.classify(key, ()).state == "unavailable_unknown"
    assert not isinstance(ADAPTER.about.takes, Target)
