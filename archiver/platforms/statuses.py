"""What the status of an answer and its headers say by themselves, on every platform."""

from typing import Final

from archiver.model.platform import Seen, Standing, State

GOT: Final = frozenset({200, 206})
REFUSED: Final = frozenset({401, 403, 429})  # after which a host is asked no more
STOPPED: Final = REFUSED | {451}  # after which nothing more is asked for a post that is withheld here
STATES: Final[dict[int, State]] = {
    401: "login_required", 404: "not_found", 410: "not_found", 429: "rate_limited", 451: "geo_blocked",
}  # fmt: skip
"""What a status means where nothing else says more: of others nothing is known."""


def is_challenge(seen: Seen) -> bool:
    """Whether a service before the site answers with a test for browsers or people, and says so in a header."""
    return seen.header("cf-mitigated").lower() == "challenge" or seen.header("x-amzn-waf-action") != ""


def of_status(name: str, seen: Seen) -> Standing:
    """Return what the status of an answer says that has nothing else to say; `name` is how its rule begins."""
    if seen.failure or not seen.status:
        return Standing("unavailable_unknown", f"{name}.failed", seen.number)
    if seen.status in {404, 410}:
        return Standing("not_found", f"{name}.status-{seen.status}", seen.number)
    if seen.status != 200:
        return Standing("unavailable_unknown", f"{name}.status-{seen.status}", seen.number)
    return Standing("unavailable_unknown", f"{name}.{'nothing' if seen.whole else 'broken-off'}", seen.number)
