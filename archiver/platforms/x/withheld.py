"""Where X withholds a post, as its answers say: in countries, or everywhere."""

import re
from typing import Final

from archiver.model.post import Found
from archiver.platforms.reading import Doc

EVERYWHERE: Final = frozenset({"XX", "XY"})  # in place of a country: all of them; all, for a claim of copyright

_COUNTRY = re.compile("[A-Z]{2}")
_MAX_COUNTRIES: Final = 300


def scope_of(tweet: Doc) -> Found[str] | None:
    """Return what is withheld here, "status" or "user": told where the words of the post are replaced by a notice."""
    return _legacy(tweet).at("withheld_scope").words


def places_of(tweet: Doc) -> tuple[Found[str], ...]:
    """Return the countries in which a post is withheld, as GraphQL or the syndication tells them."""
    return _codes(_legacy(tweet).at("withheld_in_countries"))


def places_by_api(tweet: Doc) -> tuple[Found[str], ...]:
    """Return the countries in which a post is withheld, as the API v2 tells them."""
    return _codes(tweet.at("withheld", "country_codes"))


def _legacy(tweet: Doc) -> Doc:
    return tweet.at("legacy") if tweet.at("legacy") else tweet


def _codes(listed: Doc) -> tuple[Found[str], ...]:
    found = (each.words for each in listed.items[:_MAX_COUNTRIES])
    return tuple(each for each in found if each is not None and _COUNTRY.fullmatch(each.value))
