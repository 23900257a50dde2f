"""The error codes of VK's API, in our words: what each says of the post (docs/spec/platforms/vk.md §States).

VK's own words are not quoted anywhere, nor the parameters that it echoes: only the numbers decide.
"""

from typing import Final

from archiver.model.platform import State

_MEANINGS: Final[dict[int, tuple[State, str]]] = {
    2: ("needs_token", "the application of the token is switched off"),
    4: ("needs_token", "the request was not signed as VK wants it"),
    5: ("needs_token", "VK does not accept the token"),
    6: ("rate_limited", "too many requests in a second"),
    7: ("needs_token", "the token has no right to this"),
    9: ("rate_limited", "too many requests of one kind"),
    14: ("challenge", "VK wants a captcha solved"),
    15: ("private", "VK refuses access"),
    17: ("challenge", "VK wants the owner of the token to confirm it in a browser"),
    18: ("account_gone", "the account is deleted or blocked"),
    19: ("removed_by_platform", "VK blocks this content"),
    20: ("needs_token", "applications of this kind may not ask this"),
    21: ("needs_token", "applications of this kind may not ask this"),
    24: ("challenge", "VK wants a confirmation"),
    25: ("challenge", "VK wants the token confirmed"),
    27: ("needs_token", "VK does not answer this to the token of a community"),
    28: ("needs_token", "VK does not answer this to a service token, only to the token of a user"),
    29: ("rate_limited", "the limit for this method is reached for today"),
    30: ("private", "the profile is private"),
    32: ("rate_limited", "VK wants us to wait"),
    37: ("account_gone", "the account is blocked"),
    38: ("needs_token", "VK does not know the application of the token"),
    39: ("not_found", "no such user"),
    40: ("not_found", "no such community"),
    42: ("needs_token", "the token may not be used from this network address"),
    100: ("unavailable_unknown", "VK does not accept a parameter"),
    101: ("needs_token", "VK does not know the application of the token"),
    103: ("rate_limited", "a limit is reached"),
    104: ("not_found", "not found"),
    113: ("not_found", "no such user"),
    125: ("not_found", "no such community"),
    129: ("not_found", "no such photo"),
    200: ("private", "VK refuses access to the album"),
    203: ("private", "VK refuses access to the community"),
    204: ("private", "VK refuses access to the video"),
    210: ("private", "VK refuses access to the post"),
    211: ("private", "VK refuses access to the comment"),
    212: ("private", "VK refuses access to the comments"),
    601: ("rate_limited", "too much was asked for today"),
    801: ("private", "comments are closed"),
    1114: ("needs_token", "the token has expired"),
    1116: ("needs_token", "VK does not accept the token"),
    1117: ("needs_token", "the token has expired"),
    3300: ("challenge", "VK wants a captcha solved"),
    3301: ("challenge", "VK wants the owner of the token to confirm a telephone number"),
    3302: ("challenge", "VK wants the owner of the token to confirm a password"),
    3303: ("challenge", "VK wants the owner of the token to confirm a code"),
    3304: ("challenge", "VK wants the owner of the token to confirm an e-mail address"),
    3609: ("needs_token", "the token has to be renewed"),
    3610: ("account_gone", "the account is deactivated"),
}

_TO_STOP: Final[frozenset[State]] = frozenset({"rate_limited", "challenge"})
_OF_TOKEN_KIND: Final = frozenset({7, 20, 21, 27, 28})  # other methods may well be answered


def state_of(code: int) -> State:
    """Return how a post stands where the API answers with this error."""
    return _MEANINGS.get(code, ("unavailable_unknown", ""))[0]


def words_for(code: int) -> str:
    """Return the error in words of ours, with its number."""
    meaning = _MEANINGS.get(code, ("unavailable_unknown", ""))[1]
    return f"{meaning} (error {code})" if meaning else f"VK answered with error {code}"


def stops(code: int) -> bool:
    """Return whether the API is to be left alone after this error."""
    state = state_of(code)
    return state in _TO_STOP or (state == "needs_token" and code not in _OF_TOKEN_KIND)
