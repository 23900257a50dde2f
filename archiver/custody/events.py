"""Typed constructors of what is written into the log: each returns (event name, data). Pure.

The data is complete but for the members that only the store knows, which it fills in while appending: `oldest_open`,
and `case_yaml` of `item.requested` (docs/spec/custody-log.md §5).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from archiver import __version__, canon
from archiver.custody.handover import Held
from archiver.custody.log import FORMAT, Event
from archiver.custody.receipt import Receipt
from archiver.custody.seal import Seal
from archiver.model.batch import AddressList
from archiver.model.item import Picture, StoredFile

if TYPE_CHECKING:
    from archiver.custody.stamp import Stamp  # what reads certificates is not needed to write down what it found

SOFTWARE = f"archiver {__version__}"

Body = tuple[str, dict[str, Any]]


def opened(text: str, *, software: str = SOFTWARE) -> Body:
    """Return `case.opened`; `text` is case.yaml with its private values replaced by commitments."""
    return "case.opened", {"format": FORMAT, "software": software, "case_yaml": _case_yaml(text)}


def amended(text: str, *, reason: str, software: str = SOFTWARE) -> Body:
    """Return `case.amended`: from here on `text`, disclosed as in `opened`, is the case's policy."""
    return "case.amended", {"reason": reason, "software": software, "case_yaml": _case_yaml(text)}


def interrupted(requested: Event, *, reason: str) -> Body:
    """Return `item.interrupted` for an item of which nothing was kept; `requested` is the event that opened it."""
    intent = requested.data
    return "item.interrupted", {
        "item": intent["item"],
        "requested": requested.seq,
        "outcome": "interrupted",
        "url": intent["url"],
        "note": intent["note"],
        "tags": intent["tags"],
        "reason": reason,
    }


def batch_started(listed: AddressList, options: dict[str, Any], *, software: str = SOFTWARE) -> Body:
    """Return `batch.started`: which list is worked through, and how.

    `rows_sha256` is over the digests of its rows, an LF after each. The hash of the file itself is there only where
    no secret can stand in it: with everything else known, a password could be found by trying.
    """
    secret = any(row.options.headers or (row.options.proxy and "@" in row.options.proxy) for row in listed.rows)
    facts = {
        "name": listed.name,
        "format": listed.format,
        "size": listed.size,
        "sha256": None if secret or listed.left_out else listed.sha256,
        "rows_sha256": canon.sha256_hex("".join(f"{row.digest}\n" for row in listed.rows).encode("ascii")),
        "rows": len(listed.rows),
        "left_out": listed.left_out,
    }
    return "batch.started", {"list": facts, "options": options, "software": software}


def batch_ended(started: Event, reason: Literal["done", "stopped"], counts: dict[str, int]) -> Body:
    """Return `batch.ended`: what became of the rows of the list that the batch begun with `started` worked through."""
    return "batch.ended", {"batch": started.seq, "reason": reason, "counts": counts}


def note_added(text: str, item: int | None = None) -> Body:
    """Return `note.added`, about one item or the whole case."""
    return "note.added", {"text": text, "item": item}


def withheld(
    item: int, *, reason: str, authority: str, file: StoredFile | None, also: Sequence[StoredFile] = ()
) -> Body:
    """Return `item.withheld`: `file` and `also` (private and quarantined bytes of the item) go, their hashes stay.

    `file` is None for an item without evidence file, of which only `also` is left.
    """
    data = {"item": item, "reason": reason, "authority": authority, "also": [stored(other) for other in also]}
    return "item.withheld", data if file is None else {**data, "file": stored(file)}


def token(stamp: "Stamp", request: StoredFile, response: StoredFile) -> dict[str, Any]:
    """Return a token as events hold it."""
    return {
        "authority": stamp.authority,
        "request": stored(request),
        "response": stored(response),
        "gen_time": stamp.gen_time,
        "serial": stamp.serial,
        "offset_ms": stamp.offset_ms,
    }


def seal_completed(
    seal: Seal,
    receipt: Receipt,
    files: Mapping[str, StoredFile],
    tokens: Sequence[dict[str, Any]],
    pending: Sequence[tuple[str, str]],
    *,
    software: str = SOFTWARE,
) -> Body:
    """Return `seal.completed`. `files` has what `sealstate.SEAL_FILES` names, without "signature" when nobody signed.

    `tokens` are made by `token`; `pending` are authorities that gave none, and why.
    """
    return "seal.completed", {
        "seal": seal.number,
        **{member: stored(file) for member, file in files.items()},
        "signature": stored(files["signature"]) if "signature" in files else None,
        "signer": seal.signer,
        "fingerprint": receipt.fingerprint,
        "tokens": list(tokens),
        "pending": [{"authority": authority, "reason": reason} for authority, reason in pending],
        "receipt": receipt.text(),
        "software": software,
    }


def token_added(seal: int, added: dict[str, Any], *, software: str = SOFTWARE) -> Body:
    """Return `token.added`: one more token, made by `token`, for a seal that stands."""
    return "token.added", {"seal": seal, "token": added, "software": software}


def key_added(signer: str, key: str, fingerprint: str, file: StoredFile, *, software: str = SOFTWARE) -> Body:
    """Return `key.added`: from here on `signer` signs with the public key `key`, of which `file` is a copy."""
    data = {"signer": signer, "key": key, "fingerprint": fingerprint, "file": stored(file), "software": software}
    return "key.added", data


def key_revoked(signer: str, fingerprint: str, reason: str, since: str | None, *, software: str = SOFTWARE) -> Body:
    """Return `key.revoked`: the key is not to be trusted since `since` (RFC 3339, UTC), None for from the beginning."""
    data = {"signer": signer, "fingerprint": fingerprint, "reason": reason, "since": since, "software": software}
    return "key.revoked", data


def transferred(to: str, held: Held, *, reason: str, instead_of: int | None = None, software: str = SOFTWARE) -> Body:
    """Return `custody.transferred`: the actor passes the case, which holds `held`, on to `to`.

    `instead_of` is the line of an earlier transfer that nobody acknowledged, which this one takes the place of.
    """
    return "custody.transferred", {
        "to": to,
        "reason": reason,
        "instead_of": instead_of,
        **_held(held),
        "software": software,
    }


def acknowledged(
    transfer: Event,
    head: str,
    receipt: Receipt,
    held: Held,
    *,
    compared: bool,
    not_asked: Sequence[str],
    signer: str,
    fingerprint: str,
    software: str = SOFTWARE,
) -> Body:
    """Return `custody.acknowledged`: whom `transfer` names has read everything, found it sound, and takes the case.

    `head` is the hash of the last line received, `receipt` that of the newest seal received; `compared` says that the
    giver's receipt came by another way and fits. `not_asked` are the checks that left something open because the
    receiver did not know more. `signer` and `fingerprint` are the receiver's own.
    """
    return "custody.acknowledged", {
        "from": transfer.actor,
        "to": transfer.data["to"],
        "transfer": transfer.seq,
        "head": head,
        "seal": receipt.seal,
        "receipt": receipt.text(),
        "compared": compared,
        **_held(held),
        "verdict": "sound",
        "not_asked": list(not_asked),
        "signer": signer,
        "fingerprint": fingerprint,
        "software": software,
    }


def export_made(
    kind: Literal["bag", "disclosure", "wacz"],
    items: Sequence[int] | None,
    file: StoredFile,
    *,
    recipients: int,
    seal: int,
    software: str = SOFTWARE,
) -> Body:
    """Return `export.made`: what left the case, up to `seal`, and the file that it left in.

    `items` are those disclosed, None for all. `file.path` is the base name of the export; its size and hash are those
    of the file, of a folder those of the list of hashes in it. `recipients` is for how many it was encrypted.
    """
    return "export.made", {
        "as": kind,
        "items": list(items) if items is not None else None,
        "name": file.path,
        "size": file.size,
        "sha256": file.sha256,
        "encrypted": recipients > 0,
        "recipients": recipients,
        "seal": seal,
        "software": software,
    }


def replay_checked(
    item: int, live: Picture, replay: Picture, *, differing: int, missing: int, browser: str, software: str = SOFTWARE
) -> Body:
    """Return `replay.checked`: `item` was shown again, and its picture laid over the one taken live.

    `differing` counts the pixels that are not the same, those that only one of the two has among them; `missing` the
    requests that the item held no answer for. `browser` is the name and version of the one that showed it again.
    """
    pixels = max(live.width, replay.width) * max(live.height, replay.height)
    return "replay.checked", {
        "item": item,
        "live": {"record": live.record, **_picture(live)},
        "replay": _picture(replay),
        "pixels": pixels,
        "differing": differing,
        "missing": missing,
        "browser": browser,
        "software": software,
    }


def recovered(actions: Sequence[dict[str, Any]], *, software: str = SOFTWARE) -> Body:
    """Return `incident.recovered`: what an interrupted writer left behind, and what was done with it."""
    return "incident.recovered", {"actions": list(actions), "software": software}


def stored(file: StoredFile) -> dict[str, Any]:
    """Return `file` as events hold it."""
    return {"path": file.path, "size": file.size, "sha256": file.sha256}


def _picture(picture: Picture) -> dict[str, Any]:
    return {"sha256": picture.sha256, "width": picture.width, "height": picture.height}


def _held(held: Held) -> dict[str, Any]:
    return {"items": held.items, "files": held.files, "bytes": held.bytes}


def _case_yaml(text: str) -> dict[str, Any]:
    data = text.encode("utf-8")
    return {"text": text, "sha256": canon.sha256_hex(data), "size": len(data)}
