"""The log of an account in the directory of did:plc: each entry signed by a key that the one before it allowed.

The identifier is made from the hash of the first entry, so nobody, the directory included, can put another first entry
in its place; nor a later one without one of the keys (web.plc.directory/spec/v0.1/did-plc). What the directory could do
is to leave the newest entries out.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Final

from archiver.platforms.bluesky.cbor import encoded, of_json
from archiver.platforms.bluesky.cid import Cid, Malformed
from archiver.platforms.bluesky.keys import Key, did_key
from archiver.platforms.bluesky.names import origin_of
from archiver.platforms.moments import rfc3339
from archiver.platforms.reading import Doc

MAX_ENTRIES: Final = 500
_MAX_KEYS: Final = 10  # that may sign the next entry; the method allows five


@dataclass(frozen=True, slots=True)
class History:
    """What the log of an account comes to.

    `entries` is how many count, `key` and `server` what the last one names, `since` from when this key is named by the
    clock of the directory ("" where it does not say), `keys` those that it or earlier ones named, oldest first. With
    `ended` the last entry gives the identifier up.
    """

    entries: int
    key: str
    since: str
    server: str
    keys: tuple[str, ...]
    ended: bool


def history_in(doc: Doc, did: str) -> History:
    """Return what the log at `doc` comes to, where every entry that counts is hashed, chained and signed as it must be.

    Raises `Malformed` with the reason otherwise.
    """
    listed = doc.items
    if not listed or len(listed) > MAX_ENTRIES:
        raise Malformed(f"no log of 1 to {MAX_ENTRIES} entries")
    keys: list[str] = []
    previous: Cid | None = None
    allowed: tuple[Key, ...] = ()
    key, since, server, count, ended = "", "", "", 0, False
    for entry in listed:
        if entry.at("nullified").value is True:
            continue
        operation = of_json(entry.at("operation").value)
        if not isinstance(operation, dict) or ended:
            raise Malformed("an entry that is none, or one after the end")
        count += 1
        cid = Cid.of(encoded(operation))
        if operation.get("prev") != (str(previous) if previous else None):
            raise Malformed(f"entry {count} does not name the one before it")
        if previous is None and did != _identifier(cid):
            raise Malformed("the identifier is not the hash of the first entry")
        kind = operation.get("type")
        if kind == "plc_tombstone" and previous is not None:
            ended = True
        elif kind in ("plc_operation", "create"):
            named = _keys_of(operation)
            _require_signature(operation, allowed or named, count)
            allowed = named
            server, before, key = _server(operation), key, _signing_key(operation)
            since = since if key == before else _time(entry)
            keys += [key] if key and key not in keys[-1:] else []
            previous = cid
            continue
        else:
            raise Malformed(f"entry {count} is of a kind that is not known")
        _require_signature(operation, allowed, count)
    if not count:
        raise Malformed("no entry of the log counts")
    return History(count, key, since, server, tuple(keys), ended)


def _time(entry: Doc) -> str:
    moment = rfc3339(entry.at("createdAt").words)
    return moment.value if moment is not None else ""


def _identifier(cid: Cid) -> str:
    return "did:plc:" + base64.b32encode(cid.digest).decode("ascii").lower()[:24]


def _keys_of(operation: dict[str, Any]) -> tuple[Key, ...]:
    """Return the keys that may sign the next entry; the oldest entries name two in another way."""
    legacy = [operation.get("recoveryKey"), operation.get("signingKey")]
    listed = operation.get("rotationKeys") if operation["type"] == "plc_operation" else legacy
    if not isinstance(listed, list) or not 0 < len(listed) <= _MAX_KEYS:
        raise Malformed("an entry without keys that may sign the next one")
    return tuple(did_key(text if isinstance(text, str) else "") for text in listed)


def _require_signature(operation: dict[str, Any], allowed: tuple[Key, ...], number: int) -> None:
    text = operation.get("sig")
    unsigned = encoded({name: value for name, value in operation.items() if name != "sig"})
    try:
        signature = base64.b64decode(str(text) + "=" * (-len(str(text)) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Malformed(f"entry {number} has no signature") from exc
    for key in allowed:
        try:
            return key.require(signature, unsigned)
        except Malformed:
            continue
    raise Malformed(f"entry {number} is not signed by a key that the one before it allows")


def _signing_key(operation: dict[str, Any]) -> str:
    methods = operation.get("verificationMethods")
    text = operation.get("signingKey") if operation["type"] == "create" else None
    if isinstance(methods, dict):
        text = methods.get("atproto")
    try:
        return did_key(text).text if isinstance(text, str) else ""
    except Malformed:
        return ""


def _server(operation: dict[str, Any]) -> str:
    services = operation.get("services")
    service = services.get("atproto_pds") if isinstance(services, dict) else None
    endpoint = service.get("endpoint") if isinstance(service, dict) else operation.get("service")
    return origin_of(endpoint) if isinstance(endpoint, str) else ""
