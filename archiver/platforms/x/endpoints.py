"""The data file of this adapter: addresses, ids and flags that X changes without notice (endpoints.toml)."""

import json
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What the file says, ready to be sent. `bearer` is the public key of X's web pages, nobody's secret."""

    syndication: str
    lang: str
    syndication_features: str
    oembed: str
    guest: str
    bearer: str
    graphql: str
    variables: dict[str, Any]
    features: str
    toggles: str
    api: str
    search: str
    fields: tuple[tuple[str, str], ...]


def endpoints_in(text: str) -> Endpoints:
    """Return what a data file says. Raises `KeyError` or `ValueError` for one that is not whole."""
    data = tomllib.loads(text)
    graphql = data["graphql"]
    return Endpoints(
        syndication=data["syndication"]["url"],
        lang=data["syndication"]["lang"],
        syndication_features=";".join(data["syndication"]["features"]),
        oembed=data["oembed"]["url"],
        guest=data["guest"]["url"],
        bearer=data["guest"]["bearer"],
        graphql=graphql["url"],
        variables=graphql["variables"],
        features=packed(graphql["features"]),
        toggles=packed(graphql["field_toggles"]),
        api=data["api"]["post"],
        search=data["api"]["search"],
        fields=tuple((name, ",".join(values)) for name, values in data["api"]["fields"].items()),
    )


def packed(value: object) -> str:
    """Return JSON without white space, as X's web pages send it within an address."""
    return json.dumps(value, separators=(",", ":"))


ENDPOINTS: Final = endpoints_in(files(__package__).joinpath("endpoints.toml").read_text("utf-8"))
