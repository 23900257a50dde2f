"""What X is asked, each target by itself (docs/spec/platforms/x.md)."""

from typing import Final
from urllib.parse import quote, urlencode

from archiver.model.platform import PostKey, Target
from archiver.platforms.x.base36 import syndication_token
from archiver.platforms.x.endpoints import ENDPOINTS, packed

VERSION: Final = "version."  # how the roles of earlier and later versions begin
REPLIES: Final = "replies."
FEWEST: Final = 10  # answers that the API can be asked for at once
MOST: Final = 100


def short(key: PostKey) -> Target:
    """Ask for a short link, and follow where it leads."""
    return Target("page", key.part("page"))


def post_by_api(key: PostKey) -> Target:
    """Ask the API v2 for the post, with the operator's token."""
    url = f"{ENDPOINTS.api}/{key.part('id')}?{_query(ENDPOINTS.fields)}"
    return Target("api", url, authorized=True, redirects=False)


def syndication(key: PostKey) -> Target:
    """Ask the interface that shows single posts on pages of others for the post."""
    return Target("syndication", _syndication(key.part("id")), redirects=False)


def version(number: str) -> Target:
    """Ask the same interface for another version of an edited post: each has a number of its own."""
    return Target(f"{VERSION}{number}", _syndication(number), redirects=False)


def guest() -> Target:
    """Ask for the token that X gives to every visitor without a login."""
    return Target("guest", ENDPOINTS.guest, "POST", (_bearer(),), redirects=False)


def graphql(key: PostKey, guest_token: str) -> Target:
    """Ask as X's own web page would ask for the post, as a guest."""
    variables = packed({"tweetId": key.part("id"), **ENDPOINTS.variables})
    told = (("variables", variables), ("features", ENDPOINTS.features), ("fieldToggles", ENDPOINTS.toggles))
    headers = (_bearer(), ("x-guest-token", guest_token))
    return Target("graphql", f"{ENDPOINTS.graphql}?{_query(told)}", headers=headers, redirects=False)


def oembed(key: PostKey, name: str) -> Target:
    """Ask for the post as it is shown on pages of others. `name` is that of its author as far as it is known."""
    told = (("url", f"https://x.com/{name or 'i'}/status/{key.part('id')}"), ("omit_script", "1"))
    return Target("oembed", f"{ENDPOINTS.oembed}?{_query(told)}")


def replies(key: PostKey, wanted: int, depth: int, page: int, count: int, after: str) -> Target:
    """Ask the API for `count` answers in a conversation, of the last week; `after` is the mark of the next page."""
    told = [("query", f"conversation_id:{key.part('id')}"), ("max_results", str(count)), *ENDPOINTS.fields]
    told += [("next_token", after)] if after else []
    role = f"{REPLIES}{wanted}.{depth}.{page}"
    return Target(role, f"{ENDPOINTS.search}?{_query(tuple(told))}", authorized=True, redirects=False)


def _syndication(number: str) -> str:
    told = (
        ("id", number),
        ("lang", ENDPOINTS.lang),
        ("features", ENDPOINTS.syndication_features),
        ("token", syndication_token(int(number))),
    )
    return f"{ENDPOINTS.syndication}?{_query(told)}"


def _bearer() -> tuple[str, str]:
    return "Authorization", f"Bearer {ENDPOINTS.bearer}"


def _query(told: tuple[tuple[str, str], ...]) -> str:
    return urlencode(told, quote_via=quote, safe=":,;")
