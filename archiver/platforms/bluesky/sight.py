"""Everything that the answers of an item say, put side by side: what the other modules of this adapter look at."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Found
from archiver.platforms.bluesky.cbor import decoded, encoded, of_json, to_json
from archiver.platforms.bluesky.cid import Cid, Malformed
from archiver.platforms.bluesky.history import History, history_in
from archiver.platforms.bluesky.identity import Identity, identity_in
from archiver.platforms.bluesky.names import POSTS, at_uri, is_did
from archiver.platforms.bluesky.proof import Proof, read_proof
from archiver.platforms.reading import Doc, json_in

NOTHING: Final = Doc(None, 0)
THREAD: Final = "thread"
_WHOLE: Final = frozenset({200, 206})
_MAX_PLAIN: Final = 4096  # bytes of a DID that a server tells as plain text


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a post.

    `did` is its account, None while nobody told. `thread` is the view of the post and what is around it, `answer` the
    whole answer that holds it, `record` the answer of its server; they are empty where the post is not in them.
    `history` is a text with the reason where the log of the account is not as it must be, None where there is none.
    """

    key: PostKey
    seen: tuple[Seen, ...]
    did: Found[str] | None
    identity: Identity | None
    history: History | str | None
    answer: Doc
    thread: Doc
    record: Doc
    proof: Proof | None

    def last(self, role: str) -> Seen | None:
        """Return the last exchange of a target, behind its redirects; None where it was not asked for."""
        return next((each for each in reversed(self.seen) if each.role == role), None)

    @property
    def uri(self) -> str:
        """The name of the post, "" while its account is not known."""
        return at_uri(self.did.value, self.key.part("rkey")) if self.did else ""

    @property
    def proved(self) -> Cid | None:
        """The CID of the record that a sound signature stands over."""
        return self.proof.cid if self.proof is not None and self.proof.exists else None

    @property
    def held(self) -> bool:
        """Whether the post itself is in the answers, from one source at least."""
        return bool(self.thread or self.record) or (self.proof is not None and self.proof.data is not None)

    @property
    def proof_exchange(self) -> int:
        """Which exchange has the archive, 0 for none."""
        found = self.last("proof")
        return found.number if found is not None else 0


def sight_of(key: PostKey, seen: tuple[Seen, ...]) -> Sight:
    """Return what the exchanges say, taken together. Never raises."""
    did = _account(key, seen)
    named = did.value if did is not None else ""
    document = _json(_last(seen, ("did",)))
    identity = identity_in(document, named) if named else None
    uri = at_uri(named, key.part("rkey"))
    answer = _json(_last(seen, (THREAD,)))
    thread = answer.at("thread")
    if not named or thread.at("post", "uri").value != uri or not isinstance(thread.at("post", "record").value, dict):
        thread = NOTHING
    record = _json(_last(seen, ("record",)))
    if not named or not _is_record(record, uri):
        record = NOTHING
    proof = None
    archive = _last(seen, ("proof",))
    if named and archive is not None and archive.status == 200:
        signing = (identity.key, identity.why) if identity else (None, "the DID document was not obtained")
        if archive.whole:
            proof = read_proof(archive.body, named, f"{POSTS}/{key.part('rkey')}", *signing)
        else:
            proof = Proof(lacking="the archive did not come whole", unsigned="the archive did not come whole")
    return Sight(key, seen, did, identity, _history(seen, named), answer, thread, record, proof)


def family(role: str) -> str:
    """Return what the part of a role before the first dot says: the kind of target."""
    return role.partition(".")[0]


def is_good(seen: Seen) -> bool:
    """Whether an answer came whole and is one."""
    return seen.status in _WHOLE and seen.whole and not seen.failure


def signed_record(sight: Sight) -> Doc:
    """Return the record as the archive has it, nothing where it has none that can be read.

    Its place is the CID of the block, then the JSON pointer into the record.
    """
    if sight.proof is None or sight.proof.data is None or sight.proof.cid is None:
        return NOTHING
    try:
        return Doc(to_json(decoded(sight.proof.data)), sight.proof_exchange, str(sight.proof.cid))
    except Malformed:
        return NOTHING


def cid_of(record: Doc) -> Cid | str:
    """Return the CID that a record has as it is told in JSON, or why it can have none."""
    try:
        return Cid.of(encoded(of_json(record.value)))
    except Malformed as exc:
        return str(exc)


def _is_record(answer: Doc, uri: str) -> bool:
    return answer.at("uri").value == uri and isinstance(answer.at("value").value, dict)


def _account(key: PostKey, seen: tuple[Seen, ...]) -> Found[str] | None:
    """Return the DID of the account: the address tells it, or the platform, or the handle's own host."""
    if did := key.part("did"):
        return Found(did, 0, "")
    told = _json(_last(seen, ("handle",))).at("did").text
    if told is not None and is_did(told.value):
        return told
    plain = _last(seen, ("handle-host",))
    if plain is not None and is_good(plain) and len(plain.body) <= _MAX_PLAIN:
        text = plain.body.decode("ascii", "replace").strip()
        if is_did(text):
            return Found(text, plain.number, "")
    return None


def _history(seen: tuple[Seen, ...], did: str) -> History | str | None:
    answer = _last(seen, ("did-log",))
    if not did or answer is None or not is_good(answer):
        return None
    try:
        return history_in(json_in(answer), did)
    except Malformed as exc:
        return str(exc)


def _last(seen: tuple[Seen, ...], families: Iterable[str]) -> Seen | None:
    return next((each for each in reversed(seen) if family(each.role) in families), None)


def _json(seen: Seen | None) -> Doc:
    """Return the JSON of a good answer, nothing where there is none."""
    return json_in(seen) if seen is not None and is_good(seen) else NOTHING
