"""The answers of X, each read once: of its API v2, of the guests' GraphQL, of the syndication, and oEmbed."""

import re
from dataclasses import dataclass
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Found
from archiver.platforms.places import path_of
from archiver.platforms.reading import Doc, json_in
from archiver.platforms.statuses import is_challenge
from archiver.platforms.x.asks import REPLIES, VERSION

LIMIT: Final = 88  # the number of the error that says: too much was asked

_GUEST = re.compile("[0-9A-Za-z_-]{1,100}")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LOGIN: Final = ("/login", "/i/flow/login", "/i/flow/signup")
_TEST: Final = "/account/access"
_LOW: Final = 10  # requests that are left before X refuses, below which nothing further is asked


@dataclass(frozen=True, slots=True)
class Answers:
    """What was seen of a post, by role: of each the last exchange, behind all redirects, and its JSON."""

    key: PostKey
    seen: dict[str, Seen]
    docs: dict[str, Doc]

    @classmethod
    def of(cls, key: PostKey, seen: tuple[Seen, ...]) -> "Answers":
        """Return the answers in `seen`, without those that are files."""
        last = {each.role: each for each in seen if _is_told(each.role)}
        return cls(key, last, {role: json_in(each) for role, each in last.items() if each.body})

    def doc(self, role: str) -> Doc:
        """Return the JSON of an answer, nothing where none came."""
        seen = self.seen.get(role)
        return self.docs.get(role, Doc(None, seen.number if seen is not None else 0))

    def by(self, prefix: str) -> tuple[Seen, ...]:
        """Return the answers whose roles begin so, in the order in which they came."""
        return tuple(each for role, each in self.seen.items() if role.startswith(prefix))

    @property
    def result(self) -> Doc:
        """What GraphQL tells of the post, whatever it is: a post, or why there is none."""
        return self.doc("graphql").at("data", "tweetResult", "result")

    @property
    def tweet(self) -> Doc:
        """The post in the answer of GraphQL, nothing where it is none or another one."""
        found = inner(self.result)
        return found if self.is_meant(found.at("rest_id").id or found.at("legacy", "id_str").id, found) else _NOTHING

    @property
    def shown(self) -> Doc:
        """The post in the answer of the syndication, nothing where it is none or another one."""
        found = self.doc("syndication")
        return found if self.is_meant(found.at("id_str").id, found) else _NOTHING

    @property
    def told(self) -> Doc:
        """The post in the answer of the API v2, nothing where it is none or another one."""
        found = self.doc("api").at("data")
        return found if self.is_meant(found.at("id").id, found) else _NOTHING

    @property
    def embedded(self) -> Doc:
        """The answer of oEmbed, nothing where it is none, or of another post."""
        found = self.doc("oembed")
        url = found.at("url").words
        named = re.search(r"/status/([0-9]{1,20})$", url.value[:1000]) if url is not None else None
        return found if named is not None and named[1] == self.key.part("id") and found.at("html").words else _NOTHING

    def is_meant(self, number: Found[str] | None, tweet: Doc) -> bool:
        """Return whether a post is the one that the address means, or another version of it."""
        wanted = self.key.part("id")
        if number is None or not wanted:
            return False
        return number.value == wanted or wanted in {each.value for each in versions(tweet)}


_NOTHING: Final = Doc(None, 0)


def inner(result: Doc) -> Doc:
    """Return the post itself where X wraps it up with what may be done with it."""
    return result.at("tweet") if result.at("__typename").value == "TweetWithVisibilityResults" else result


def versions(tweet: Doc) -> tuple[Found[str], ...]:
    """Return the numbers of all versions of a post, the first one first; none where that is not told."""
    for control in (tweet.at("edit_control"), tweet.at("edit_control", "edit_control_initial")):
        if control.at("edit_tweet_ids").items:
            return _numbers(control.at("edit_tweet_ids"))
    return _numbers(tweet.at("edit_history_tweet_ids"))


def guest_token(answers: Answers) -> str:
    """Return the token that X gave us as a guest, "" where it gave none."""
    seen = answers.seen.get("guest")
    token = answers.doc("guest").at("guest_token").id
    good = seen is not None and seen.status == 200 and token is not None and _GUEST.fullmatch(token.value)
    return token.value if good and token is not None else ""


def refused(seen: Seen, doc: Doc) -> str:
    """Return how an answer asks to be left alone, "" where it does not: "challenge", "login", "limit", "status"."""
    if is_challenge(seen):
        return "challenge"
    path = path_of(seen.header("location")) if seen.status in _REDIRECTS else ""
    if path.startswith(_TEST):
        return "challenge"
    if path.rstrip("/") in _LOGIN or seen.status == 401:
        return "login"
    if seen.status == 429 or LIMIT in error_codes(doc):
        return "limit"
    return "status" if seen.status == 403 else ""


def error_codes(doc: Doc) -> tuple[int, ...]:
    """Return the numbers of the errors that an answer names."""
    codes = (each.at("code").integer for each in doc.at("errors").items[:20])
    return tuple(code.value for code in codes if code is not None)


def is_low(seen: Seen) -> bool:
    """Return whether X says that few further requests will be answered."""
    left = seen.header("x-rate-limit-remaining").strip()
    return left.isascii() and left.isdigit() and len(left) < 10 and int(left) < _LOW


def _numbers(listed: Doc) -> tuple[Found[str], ...]:
    found = (each.id for each in listed.items[:20])
    return tuple(each for each in found if each is not None and re.fullmatch("[0-9]{1,19}", each.value))


def _is_told(role: str) -> bool:
    return role in _ROLES or role.startswith((VERSION, REPLIES))


_ROLES: Final = frozenset({"page", "api", "syndication", "guest", "graphql", "oembed"})
