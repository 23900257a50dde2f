"""What a DID document says of an account: its key, its server, its handles (atproto.com/specs/did)."""

from dataclasses import dataclass
from typing import Final

from archiver.model.post import Found
from archiver.platforms.bluesky.cid import Malformed
from archiver.platforms.bluesky.keys import Key, verification_key
from archiver.platforms.bluesky.names import origin_of
from archiver.platforms.reading import Doc

_MAX_LISTED: Final = 100  # methods, services and names that are looked at


@dataclass(frozen=True, slots=True)
class Identity:
    """An account as its DID document tells it. `server` is "" where none is named, `why` says why there is no `key`."""

    did: Found[str]
    handles: tuple[Found[str], ...]
    server: str
    key: Key | None
    why: str
    exchange: int


def identity_in(doc: Doc, did: str) -> Identity | None:
    """Return what the DID document at `doc` says of `did`, None where it is not the document of this account."""
    named = doc.at("id").text
    if named is None or named.value != did:
        return None
    key, why = _key(doc, did)
    names = (each.text for each in doc.at("alsoKnownAs").items[:_MAX_LISTED])
    handles = tuple(
        Found(name.value.removeprefix("at://"), name.exchange, name.at)
        for name in names
        if name is not None and name.value.startswith("at://")
    )
    return Identity(named, handles, _server(doc, did), key, why, doc.exchange)


def _key(doc: Doc, did: str) -> tuple[Key | None, str]:
    for method in doc.at("verificationMethod").items[:_MAX_LISTED]:
        if method.at("id").value in ("#atproto", f"{did}#atproto") and method.at("controller").value == did:
            kind, text = method.at("type").text, method.at("publicKeyMultibase").text
            try:
                return verification_key(kind.value if kind else "", text.value if text else ""), ""
            except Malformed as exc:
                return None, str(exc)
    return None, "the DID document names no key for the repository"


def _server(doc: Doc, did: str) -> str:
    for service in doc.at("service").items[:_MAX_LISTED]:
        fits = service.at("id").value in ("#atproto_pds", f"{did}#atproto_pds")
        if fits and service.at("type").value == "AtprotoPersonalDataServer":
            endpoint = service.at("serviceEndpoint").text
            return origin_of(endpoint.value) if endpoint is not None else ""
    return ""
