"""Posts of X that its adapter is tried with."""

from collections.abc import Mapping

from adapterkit import Answer
from xanswers import (
    API_USER,
    EARLIER,
    EVERYTHING,
    GUEST,
    ID,
    LONG,
    PARENT,
    PHOTO,
    PICTURE,
    POST,
    QUOTED,
    SHORT,
    TOMBSTONE,
    VIDEO,
    answer,
    api_answer,
    embedded,
    of_api,
    problem,
    shown,
    tweet,
    unavailable,
)

from archiver.model.platform import Access
from archiver.platforms.trial import Example

SYNDICATION = "https://cdn.syndication.twimg.com/tweet-result"
API = "https://api.x.com/2/tweets/"
SEARCH = f"{API}search/recent"
ACTIVATE = "https://api.x.com/1.1/guest/activate.json"
GRAPHQL = "https://x.com/i/api/graphql/"
OEMBED = "https://publish.x.com/oembed"

_GONE = Answer(status=404)
_FILM = Answer(b"\0\0\0\x18ftypmp42 a film", headers=(("Content-Type", "video/mp4"),))
_FILES = {"https://pbs.twimg.com/": PICTURE, "https://video.twimg.com/": _FILM}
_BEFORE = "https://t.co/AbCdEf1234"
_QUOTE = tweet({"id_str": QUOTED, "full_text": "Who gave the order?"}, rest_id=QUOTED, edit_control={})
_POLL = {
    "legacy": {
        "name": "poll2choice_text_only",
        "binding_values": [
            {"key": "choice1_label", "value": {"string_value": "Yes", "type": "STRING"}},
            {"key": "choice1_count", "value": {"string_value": "12", "type": "STRING"}},
            {"key": "choice2_label", "value": {"string_value": "No", "type": "STRING"}},
            {"key": "choice2_count", "value": {"string_value": "3", "type": "STRING"}},
            {"key": "end_datetime_utc", "value": {"string_value": "2024-10-02T19:59:18Z", "type": "STRING"}},
        ],
    }
}
_REPLY = {
    "id": "1841206275088290500", "author_id": "974067", "conversation_id": ID, "text": "So it was.",
    "created_at": "2024-10-01T20:00:00.000Z", "referenced_tweets": [{"type": "replied_to", "id": ID}],
}  # fmt: skip


def by_guest(graphql: Answer, syndication: Answer = _GONE, oembed: Answer = _GONE) -> Mapping[str, Answer]:
    """What is answered to those who have no token."""
    return {SYNDICATION: syndication, ACTIVATE: GUEST, GRAPHQL: graphql, OEMBED: oembed}


_LONG = tweet(
    {"full_text": SHORT, "quoted_status_id_str": QUOTED, "extended_entities": {"media": [PHOTO, VIDEO]}},
    note_tweet={"note_tweet_results": {"result": {"id": "Tm90ZQ", "text": LONG}}},
    quoted_status_result={"result": _QUOTE},
    edit_control={"edit_tweet_ids": [EARLIER, ID], "editable_until_msecs": "1727816358000"},
    card=_POLL,
)
EXAMPLES = (
    Example(
        POST,
        by_guest(answer(_LONG), Answer.json(shown(text=SHORT, mediaDetails=[PHOTO, VIDEO])), embedded()) | _FILES,
        access=Access(media=True),
        also=(
            f"https://twitter.com/i/web/status/{ID}?s=20",
            f"https://twitter.com/#!/lantern_street/status/{ID}",
            f"https://platform.twitter.com/embed/Tweet.html?id={ID}",
            f"https://nitter.net/lantern_street/status/{ID}#m",
        ),
    ),
    Example(
        POST,
        by_guest(_GONE, Answer.json(shown()), embedded())
        | {
            API: api_answer(
                of_api(attachments={"media_keys": ["3_1"]}, referenced_tweets=[{"type": "quoted", "id": QUOTED}]),
                {
                    "media": [{"media_key": "3_1", "type": "photo", "url": PHOTO["media_url_https"]}],
                    "tweets": [of_api(id=QUOTED, text="Who gave the order?")],
                },
            ),
            SEARCH: Answer.json({"data": [_REPLY], "includes": {"users": [API_USER]}, "meta": {"result_count": 1}}),
        }
        | _FILES,
        access=EVERYTHING,
    ),
    Example(
        POST,
        by_guest(
            answer(tweet({"in_reply_to_status_id_str": PARENT, "in_reply_to_screen_name": "harbour_office"})),
            Answer.json(shown(in_reply_to_status_id_str=PARENT, parent=shown(id_str=PARENT, text="When?"))),
        ),
    ),
    Example(
        _BEFORE,
        by_guest(answer(tweet()), Answer.json(shown()))
        | {_BEFORE: Answer(status=301, headers=(("Location", f"{POST}/photo/1"),)), API: api_answer(of_api())},
        access=Access(token=True),
    ),
    Example(_BEFORE, {_BEFORE: Answer.html("<title>News</title>")}, "unavailable_unknown"),
    Example(POST, {SYNDICATION: Answer.json(shown())}),
    Example(POST, by_guest(answer({})), "not_found"),
    Example(POST, by_guest(unavailable("Suspended")), "account_gone"),
    Example(POST, by_guest(unavailable("Protected"), Answer.json(TOMBSTONE)), "private"),
    Example(POST, by_guest(unavailable("NsfwLoggedOut"), Answer.json(TOMBSTONE)), "age_gated"),
    Example(POST, by_guest(answer(TOMBSTONE), Answer.json(TOMBSTONE)), "unavailable_unknown"),
    Example(POST, by_guest(answer(tweet({"withheld_scope": "status"}))), "geo_blocked"),
    Example(POST, by_guest(_GONE, Answer.json({}), Answer(status=500)), "unavailable_unknown"),
    Example(POST, {SYNDICATION: Answer(status=429)}, "rate_limited"),
    Example(POST, {API: Answer(status=402), SYNDICATION: Answer(status=500)}, "needs_token", Access(token=True)),
    Example(POST, by_guest(answer({})) | {API: problem("resource-not-found")}, "not_found", Access(token=True)),
)
