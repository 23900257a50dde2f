"""What came of holding the answers against each other and against the hashes and signatures in them, in words.

Everything here is computed from recorded bytes, offline. What it cannot show: when a record was first there, and that
the key was in nobody else's hands.
"""

from collections.abc import Iterator

from archiver.model.platform import Seen
from archiver.model.post import Check, Found
from archiver.platforms.bluesky.cid import Cid, Malformed
from archiver.platforms.bluesky.embeds import files_of
from archiver.platforms.bluesky.history import History
from archiver.platforms.bluesky.keys import multikey
from archiver.platforms.bluesky.names import POSTS, is_plc
from archiver.platforms.bluesky.proof import Proof
from archiver.platforms.bluesky.sight import Sight, cid_of, is_good
from archiver.platforms.moments import tid
from archiver.platforms.reading import Doc


def checks_of(sight: Sight) -> tuple[Check, ...]:
    """Return every check of an item, whether it could be made or not. Never raises."""
    if sight.did is None:
        return ()
    return (
        *_handle(sight), _identifier(sight), *_archive(sight), *_told(sight), *_files(sight)
    )  # fmt: skip


def _handle(sight: Sight) -> Iterator[Check]:
    handle = sight.key.part("handle")
    if not handle or sight.did is None:
        return
    told_by = "the platform" if sight.did.at else f"the host {handle}"
    if sight.identity is None:
        words = f"{told_by} says that the handle {handle} is of {sight.did.value}; its DID document was not obtained"
        yield Check("handle", None, words, sight.did.exchange)
        return
    named = handle in {each.value.lower() for each in sight.identity.handles}
    says = "names this handle" if named else "does not name this handle"
    words = f"{told_by} says that the handle {handle} is of {sight.did.value}, and the DID document {says}"
    yield Check("handle", named, words, sight.identity.exchange)


def _identifier(sight: Sight) -> Check:
    """Return whether the log of the account bears out its DID document."""
    log, identity = sight.last("did-log"), sight.identity
    where = log.number if log is not None else identity.exchange if identity is not None else 0
    if sight.did is not None and not is_plc(sight.did.value):
        host = sight.did.value.removeprefix("did:web:")
        words = f"which key is the account's is told by {host} alone: identifiers of this kind have no log"
        return Check("identifier", None, words, where)
    if identity is None:
        return Check("identifier", None, "no DID document of the account was obtained", where)
    history = sight.history
    if history is None:
        words = "which key is the account's is told by the directory alone: no log of the account was obtained"
        return Check("identifier", None, words, where)
    if isinstance(history, str):
        return Check("identifier", False, f"the log of the account is not as it must be: {history}", where)
    if history.ended:
        return Check(
            "identifier", False, "the log ends with giving the identifier up, and a DID document is told", where
        )
    if history.key != (identity.key.text if identity.key else "") or history.server != identity.server:
        words = "the last entry of the log names another key or another server than the DID document"
        return Check("identifier", False, words, where)
    words = (
        f"the identifier is the hash of the first of {history.entries} entries of the log, each signed by a key that "
        "the one before allows; the last names the key and the server of the DID document"
    ) + (f"; this key is named since {history.since}, by the clock of the directory" if history.since else "")
    return Check("identifier", True, words, where)


def _archive(sight: Sight) -> Iterator[Check]:
    """Yield what the archive of the server proves: its bytes, its signature, the record at the path."""
    proof, where, path = sight.proof, sight.proof_exchange, f"{POSTS}/{sight.key.part('rkey')}"
    if proof is None:
        yield Check("record", None, "no archive with the signed head of the repository was obtained", where)
        return
    if not proof.blocks:
        reason = proof.broken or proof.lacking
        yield Check("archive", False if proof.broken else None, reason, where)
        return
    yield Check("archive", True, f"each of {proof.blocks} blocks has the SHA-256 that is its name", where)
    yield _signature(sight, proof)
    unsigned = f"; nothing is proved by it, because no sound signature stands over it: {proof.unsigned}"
    tail = unsigned if proof.unsigned else ""
    sound = None if proof.unsigned else True
    if proof.broken:
        yield Check("record", False, proof.broken, where)
    elif proof.lacking:
        yield Check("record", None, proof.lacking, where)
    elif proof.absent:
        yield Check("record", sound, f"the tree below the signed head shows that no record is at {path}{tail}", where)
    else:
        words = f"the tree below the signed head leads at {path} to the record {proof.cid}, whose bytes are here{tail}"
        yield Check("record", sound, words, where)


def _signature(sight: Sight, proof: Proof) -> Check:
    where, commit = sight.proof_exchange, proof.commit
    if commit is None:
        return Check("signature", False, proof.broken, where)
    key = sight.identity.key if sight.identity is not None else None
    if key is not None and not proof.unsigned:
        time = tid(Found(commit.rev, where, ""))
        dated = f" of {time.value}, by the clock of the server," if time is not None else ""
        words = f"version {commit.rev} of the repository{dated} is signed by the key of the DID document, {key.text}"
        return Check("signature", True, f"{words} ({key.curve})", where)
    words = proof.unsigned
    if isinstance(sight.history, History) and (older := _older_key(commit.signed, commit.signature, sight.history)):
        words += f"; it is by an earlier key of the account, {older}"
    return Check("signature", False if proof.contradicted else None, words, where)


def _older_key(signed: bytes, signature: bytes, history: History) -> str:
    """Return the newest earlier key of the account that a signature is by, "" for none."""
    for text in reversed(history.keys):
        try:
            multikey(text).require(signature, signed)
        except Malformed:
            continue
        return text
    return ""


def _told(sight: Sight) -> Iterator[Check]:
    """Yield whether the records that are told in JSON are the ones that their CIDs name, and that are signed."""
    if sight.record:
        yield _record(sight, "record-from-server", sight.record.at("value"), sight.record.at("cid"))
    if sight.thread:
        view = sight.thread.at("post")
        yield _record(sight, "record-from-app", view.at("record"), view.at("cid"))


def _record(sight: Sight, name: str, record: Doc, named: Doc) -> Check:
    """Return whether a record has the hash that its answer names, and the one that is signed."""
    found, told, where = cid_of(record), named.text, record.exchange
    if not isinstance(found, Cid):
        return Check(name, None, f"the record has no one form in DAG-CBOR to be hashed: {found}", where)
    if told is not None and told.value != str(found):
        words = f"the record as it is told has the hash {found}, and the answer names {told.value[:200]}"
        return Check(name, False, words, where)
    has = f"the record has the hash {found}" + (" that the answer names" if told is not None else "")
    if sight.proved is None:
        if sight.proof is not None and sight.proof.lacks:
            return Check(name, False, f"{has}, and the signed repository does not have it", where)
        return Check(name, None if told is None else True, f"{has}; no sound signature stands over it", where)
    if found != sight.proved:
        words = f"the record is another version, {found}, than the one that is signed, {sight.proved}"
        return Check(name, False, words, where)
    return Check(name, True, f"{has}; it is the one that the signed tree leads to", where)


def _files(sight: Sight) -> Iterator[Check]:
    """Yield whether each captured file has the hash that the record names it by."""
    for file in files_of(sight):
        seen = sight.last(f"blob.{file.cid}")
        if seen is None:
            continue
        if not is_good(seen):
            words = f"the file {file.cid} did not come, or not whole, so it has not been hashed"
            yield Check("file", None, words, seen.number)
        elif _is_file(seen, Cid.parse(file.cid)):
            yield Check("file", True, f"the file has the SHA-256 that the record names it by, {file.cid}", seen.number)
        else:
            yield Check("file", False, f"the file is not the one that the record names, {file.cid}", seen.number)


def _is_file(seen: Seen, cid: Cid) -> bool:
    if seen.header("content-encoding") in ("", "identity"):
        return seen.sha256 == cid.digest.hex()  # of every byte that came, however many these are
    return cid.names(seen.body)
