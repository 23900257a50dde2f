"""Servers that are not there: what they would say of posts that nobody wrote, in the shapes of Mastodon and its kin."""

from typing import Any

from adapterkit import Answer

HERE = "https://berg.example"
AWAY = "https://fluss.example"
NUMBER = "109999999999999999"
ID_TIME = "2023-03-10T16:46:36.874Z"  # what that number says
AWAY_NUMBER = "109999999999900000"
ORIGIN = f"{AWAY}/users/boris/statuses/{AWAY_NUMBER}"
UUID = "0c6f2d6e-3a52-4c6e-9a41-6d1f4f3a5b7c"
STREAMS = "https://www.w3.org/ns/activitystreams"

APP = (
    '<html><head><script id="initial-state" type="application/json">{}</script></head><div id="mastodon"></div></html>'
)
NEWS = "<html><head><title>Берг: новости дня</title></head><body><article>Мост открыт.</article></body></html>"
PAGE = f"""<html><head><title>Anna: "Der Fluss ..." - Berg</title>
<link href="{HERE}/users/anna/statuses/{NUMBER}" rel="alternate" type="application/activity+json">
<meta property="og:type" content="article"><meta property="og:title" content="Anna (@anna@berg.example)">
<meta property="og:url" content="{HERE}/@anna/{NUMBER}"><meta property="profile:username" content="anna@berg.example">
<meta property="og:published_time" content="2023-03-10T16:46:36Z">
<meta property="og:description" content="Der Fluss steigt."></head><body><div id="mastodon"></div></body></html>"""


def account(name: str = "anna", base: str = HERE, **more: Any) -> dict[str, Any]:
    return {
        "id": "7",
        "username": name,
        "acct": name,
        "display_name": f"{name.title()} :berg:",
        "bot": False,
        "group": False,
        "created_at": "2022-11-07T00:00:00.000Z",
        "url": f"{base}/@{name}",
        "uri": f"{base}/users/{name}",
    } | more


def status(number: str = NUMBER, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "created_at": ID_TIME,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "de",
        "uri": f"{HERE}/users/anna/statuses/{number}",
        "url": f"{HERE}/@anna/{number}",
        "replies_count": 0,
        "reblogs_count": 5,
        "favourites_count": 12,
        "edited_at": None,
        "content": "<p>Der Fluss steigt.<br />Siehe :welle:</p><p>Мост закрыт &amp; gesperrt</p>",
        "reblog": None,
        "application": {"name": "Boot", "website": "https://boot.example"},
        "account": account(),
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "quote": None,
        "card": None,
        "poll": None,
    } | more


def as_object(uri: str = f"{HERE}/users/anna/statuses/{NUMBER}", **more: Any) -> dict[str, Any]:
    base, name = "/".join(uri.split("/")[:3]), uri.split("/")[4] if "/users/" in uri else "anna"
    return {
        "@context": [STREAMS, {"sensitive": "as:sensitive"}],
        "id": uri,
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": "2023-03-10T16:46:36Z",
        "url": f"{base}/@{name}/{uri.rpartition('/')[2]}",
        "attributedTo": f"{base}/users/{name}",
        "to": [f"{STREAMS}#Public"],
        "cc": [f"{base}/users/{name}/followers"],
        "sensitive": False,
        "content": "<p>Der Fluss steigt.<br />Siehe :welle:</p><p>Мост закрыт &amp; gesperrt</p>",
        "contentMap": {"de": "<p>Der Fluss steigt.<br />Siehe :welle:</p><p>Мост закрыт &amp; gesperrt</p>"},
        "attachment": [],
        "tag": [],
        "replies": {"id": f"{uri}/replies", "type": "Collection", "totalItems": 3},
    } | more


def remote_status(**more: Any) -> dict[str, Any]:
    """What the server in Berg says of a post that was written at the river."""
    return status(
        uri=ORIGIN,
        url=f"{AWAY}/@boris/{AWAY_NUMBER}",
        account=account("boris", AWAY, acct="boris@fluss.example"),
        application=None,
        **more,
    )


def origin_status(**more: Any) -> dict[str, Any]:
    """What the river's own server says of it."""
    own = {
        "uri": ORIGIN,
        "url": f"{AWAY}/@boris/{AWAY_NUMBER}",
        "account": account("boris", AWAY),
        "replies_count": 4,
    }
    return status(AWAY_NUMBER, **(own | more))


def picture(**more: Any) -> dict[str, Any]:
    return {
        "id": "31",
        "type": "image",
        "url": "https://files.berg.example/original/a.png",
        "preview_url": "https://files.berg.example/small/a.png",
        "remote_url": None,
        "meta": {"original": {"width": 640, "height": 480}, "small": {"width": 400, "height": 300}},
        "description": "Wasser bis zur dritten Stufe",
    } | more


def note(**more: Any) -> dict[str, Any]:
    return {
        "id": "9yzabc1234",
        "createdAt": "2024-02-03T04:05:06.789Z",
        "text": "Der Fluss steigt. $[tada Hilfe]",
        "cw": None,
        "user": {"id": "9yz0000001", "username": "clara", "name": "Clara", "host": None},
        "replyId": None,
        "renoteId": None,
        "visibility": "public",
        "repliesCount": 2,
        "renoteCount": 1,
        "reactions": {"👍": 3, ":welle@.:": 1},
        "files": [],
        "tags": ["fluss"],
    } | more


def error(text: str = "Record not found", code: int = 404) -> Answer:
    return Answer.json({"error": text}, code)


def challenge() -> Answer:
    return Answer.html("<html>Just a moment</html>", 403, ("cf-mitigated", "challenge"))
